"""Appending in the caller's transaction: SQL text and parameters, ready for a psycopg pipeline.

The functions in the database take the lock of the chain, the number, the moment and the hash; the
application can write the ledger in no other way. Append last in a transaction: from here to the
commit everyone else who writes to this chain waits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row

from audit.ledger.entry import Sealed

#: SQLSTATE: the database's clock is more than a second behind the chain's last entry. Nothing may
#: be handed out until a person has looked at the clock.
CLOCK_WENT_BACK = "DS001"
#: SQLSTATE: no such chain.
UNKNOWN_CHAIN = "DS002"
#: SQLSTATE: an attempt to change or delete what was recorded.
NEVER_CHANGES = "DS003"

APPEND_SQL = """
SELECT seq, hash, recorded_at FROM ledger_append(
    %(chain_id)s::smallint, %(kind)s::text, %(body)s::bytea, %(payload)s::bytea, %(key)s::bytea,
    %(person_id)s::bigint, %(person_seq)s::bigint, %(on)s::date, %(amount_ug)s::bigint,
    %(unit_id)s::smallint, %(actor_id)s::integer)
"""

APPEND_MANY_SQL = """
SELECT seq, hash, recorded_at FROM ledger_append_many(
    %(chain_id)s::smallint, %(kind)s::text[], %(body)s::bytea[], %(payload)s::bytea[],
    %(key)s::bytea[], %(person_id)s::bigint[], %(person_seq)s::bigint[], %(on)s::date[],
    %(amount_ug)s::bigint[], %(unit_id)s::smallint[], %(actor_id)s::integer[])
"""

OPEN_CHAIN_SQL = """
SELECT ledger_open_chain(%(chain_id)s::smallint, %(institution)s::text, %(purpose)s::text)
    AS chain_id
"""


_COLUMNS = (
    "kind",
    "body",
    "payload",
    "key",
    "person_id",
    "person_seq",
    "on",
    "amount_ug",
    "unit_id",
    "actor_id",
)


@dataclass(frozen=True, slots=True)
class Appended:
    """Where an entry stands in its chain. With the hash it is a receipt."""

    seq: int
    hash: bytes
    recorded_at: datetime


def append_parameters(sealed: Sealed, chain_id: int) -> dict[str, Any]:
    """Parameters of APPEND_SQL.

    Numbers travel as text: psycopg would otherwise choose a type by size, and the statement would
    be prepared again for each combination.
    """
    entry = sealed.entry
    return {
        "chain_id": str(chain_id),
        "kind": entry.kind,
        "body": sealed.body,
        "payload": sealed.payload,
        "key": sealed.key,
        "person_id": _text(entry.person_id),
        "person_seq": _text(entry.person_seq),
        "on": None if entry.on is None else entry.on.isoformat(),
        "amount_ug": _text(entry.amount_ug),
        "unit_id": _text(entry.unit_id),
        "actor_id": _text(entry.actor_id),
    }


def append_many_parameters(sealed: Sequence[Sealed], chain_id: int) -> dict[str, Any]:
    """Parameters of APPEND_MANY_SQL: the same names, each a list in the order of the entries."""
    rows = [append_parameters(one, chain_id) for one in sealed]
    lists = {name: [row[name] for row in rows] for name in _COLUMNS}
    return {"chain_id": str(chain_id), **lists}


async def append(connection: AsyncConnection[Any], sealed: Sealed, chain_id: int) -> Appended:
    """Append one entry in the connection's transaction; visible to others after its commit.

    Raises psycopg.DatabaseError with SQLSTATE CLOCK_WENT_BACK or UNKNOWN_CHAIN, and
    UniqueViolation when the person's order number is taken.
    """
    async with connection.cursor(row_factory=class_row(Appended)) as cursor:
        await cursor.execute(APPEND_SQL, append_parameters(sealed, chain_id))
        appended = await cursor.fetchone()
    if appended is None:
        raise RuntimeError("ledger_append answered nothing")
    return appended


async def append_many(
    connection: AsyncConnection[Any], sealed: Sequence[Sealed], chain_id: int
) -> list[Appended]:
    """Append several entries in order in one call; they share one moment. Errors as `append`."""
    if not sealed:
        return []
    async with connection.cursor(row_factory=class_row(Appended)) as cursor:
        await cursor.execute(APPEND_MANY_SQL, append_many_parameters(sealed, chain_id))
        return await cursor.fetchall()


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)
