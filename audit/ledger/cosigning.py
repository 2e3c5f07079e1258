"""The log's side of cosigning: what a witness is asked, and keeping what it answers."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from audit.ledger.checkpoint import read_checkpoint
from audit.ledger.note import PublicKey, read_note
from audit.ledger.tree import consistency_proof
from audit.ledger.witness import Refused

_NEWEST = """
SELECT note, size FROM ledger_checkpoint WHERE chain_id = %s ORDER BY made_at DESC, size DESC
LIMIT 1
"""
_LEAVES = "SELECT hash FROM ledger_entry WHERE chain_id = %s AND seq <= %s ORDER BY seq"
_NOTE = "SELECT note FROM ledger_checkpoint WHERE origin = %s AND size = %s"
_ADD = "SELECT ledger_add_cosignature(%s, %s, %s)"


def request(connection: psycopg.Connection[Any], chain_id: int, since: int) -> str:
    """What a witness that saw `since` entries of a chain needs. Raises Refused."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(_NEWEST, (chain_id,)).fetchone()
        if row is None:
            raise Refused(f"nothing of chain {chain_id} was signed yet")
        note, size = row
        leaves = [hash_ for (hash_,) in cursor.execute(_LEAVES, (chain_id, size)).fetchall()]
    if not 0 <= since <= size or len(leaves) != size:
        raise Refused(f"the newest checkpoint is over {size} entries")
    proof = consistency_proof(leaves, since)
    hashes = "".join(f"{base64.b64encode(one).decode()}\n" for one in proof)
    return f"old {since}\n{hashes}\n{note}"


def take_answer(connection: psycopg.Connection[Any], answer: str, keys: Iterable[PublicKey]) -> int:
    """Keep a witness's lines, which follow the checkpoint's text. Raises Refused and NoteError."""
    one = read_checkpoint(answer)
    known = list(keys)
    held = {(key.name, key.number) for key in one.signed_by(known) if key.name != one.origin}
    lines = [line for line in one.note.signatures if (line.name, line.number) in held]
    if not lines:
        raise Refused("no known witness has signed it")
    row = connection.execute(_NOTE, (one.origin, one.size)).fetchone()
    if row is None or read_note(row[0]).text != one.note.text:
        raise Refused("that is no checkpoint of this ledger")
    for line in lines:
        connection.execute(_ADD, (one.origin, one.size, str(line)))
    connection.commit()
    return len(lines)
