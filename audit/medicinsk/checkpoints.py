"""What was signed of a chain that figures stand on: printed in the report, to be checked later."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from audit.ledger.checkpoint import read_checkpoint
from audit.ledger.note import NoteError
from audit.ledger.tree import Frontier, leaf_hash
from audit.medicinsk.model import ChainRange
from audit.medicinsk.signed import SignedTo

BATCH = 20_000

_NEWEST = """
SELECT note FROM ledger_checkpoint WHERE chain_id = %s AND size <= %s
ORDER BY made_at DESC, size DESC LIMIT 1
"""
_LEAVES = "SELECT hash FROM ledger_entry WHERE chain_id = %s AND seq <= %s ORDER BY seq"


def with_signed(
    connection: psycopg.Connection[Any],
    ranges: Iterable[ChainRange],
    wanted: Callable[[ChainRange], bool],
    changed: Callable[[str], Exception],
) -> tuple[ChainRange, ...]:
    """The ranges, the wanted ones with the newest checkpoint that lies within them.

    The root is computed anew from the entries: what is printed then is what the figures stand on,
    whoever put the checkpoint there. Raises ``changed`` where it is another. Whose signature it is
    is for whoever holds the keys (``audit verify``).
    """
    return tuple(
        replace(one, signed=_signed(connection, one, changed)) if wanted(one) else one
        for one in ranges
    )


def _signed(
    connection: psycopg.Connection[Any], one: ChainRange, changed: Callable[[str], Exception]
) -> SignedTo | None:
    asked = (one.chain_id, one.last_seq)
    row = connection.execute(_NEWEST, asked).fetchone()
    if row is None:
        return None
    try:
        said = read_checkpoint(row[0])
    except NoteError:
        raise changed(f"chain {one.chain_id}: a checkpoint that is none") from None
    tree = Frontier()
    with connection.cursor("ledger_signed", row_factory=tuple_row) as cursor:
        cursor.execute(_LEAVES, (one.chain_id, said.size), binary=True)
        while rows := cursor.fetchmany(BATCH):
            tree.extend([leaf_hash(leaf) for (leaf,) in rows])
    if (tree.size, tree.root()) != (said.size, said.root):
        raise changed(f"chain {one.chain_id}: not what was signed over {said.size} entries")
    return SignedTo(said.origin, said.size, said.root.hex())
