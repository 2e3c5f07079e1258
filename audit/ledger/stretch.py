"""Verifies one stretch of one chain: what a single process reads from front to back.

The stretch starts from the stored hash of the entry before it. Whether that hash is right is found
by the stretch that ends there, so stretches can be verified in any order and side by side.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from audit.ledger.holding import Found, Row, hold_chain, hold_payload

#: Rows fetched at a time.
BATCH = 5_000

ENTRIES = """
SELECT seq, (extract(epoch FROM recorded_at) * 1000000)::bigint, kind, body, hash
  FROM ledger_entry WHERE chain_id = %s AND seq > %s AND seq <= %s ORDER BY seq
"""
PAYLOADS = """
SELECT seq, kind, person_id, person_seq, unit_id, actor_id, on_day::text, amount_ug,
       payload, key, erased_by_seq
  FROM ledger_payload WHERE chain_id = %s AND seq > %s AND seq <= %s ORDER BY seq
"""
_BEFORE = """
SELECT hash, (extract(epoch FROM recorded_at) * 1000000)::bigint
  FROM ledger_entry WHERE chain_id = %s AND seq = %s
"""

LOWEST, HIGHEST = -(2**63), 2**63 - 1


@dataclass(frozen=True, slots=True)
class Stretch:
    """Entries after `after_seq` up to and with `to_seq` (None: to the end) of one chain.

    `genesis` is the hash before the chain's first entry.
    """

    chain_id: int
    after_seq: int
    to_seq: int | None
    genesis: bytes


def verify_stretch(connection: psycopg.Connection[Any], stretch: Stretch) -> Found:
    """Read a stretch of a chain and hold every entry against its neighbours and its payload."""
    found = Found(stretch.chain_id, 0, stretch.after_seq, *_start(connection, stretch))
    lowest = stretch.after_seq if stretch.after_seq else LOWEST
    highest = HIGHEST if stretch.to_seq is None else stretch.to_seq
    bounds = (stretch.chain_id, lowest, highest)
    with (
        cursor_of(connection, "ledger_entries") as entry_cursor,
        cursor_of(connection, "ledger_payloads") as payload_cursor,
    ):
        entry_cursor.execute(ENTRIES, bounds, binary=True)
        payload_cursor.execute(PAYLOADS, bounds, binary=True)
        payloads = fetched(payload_cursor)
        beside = next(payloads, None)
        for entry in fetched(entry_cursor):
            hold_chain(entry, found)
            seq = entry[0]
            while beside is not None and beside[0] < seq:
                found.add(beside[0], "orphan-payload")
                beside = next(payloads, None)
            if beside is None or beside[0] != seq:
                found.add(seq, "missing-payload")
                continue
            hold_payload(entry, beside, found)
            beside = next(payloads, None)
        while beside is not None:
            found.add(beside[0], "orphan-payload")
            beside = next(payloads, None)
    if stretch.to_seq is not None and found.last_seq < stretch.to_seq:
        found.add(stretch.to_seq, "gap")
    return found


def _start(
    connection: psycopg.Connection[Any], stretch: Stretch
) -> tuple[bytes | None, int | None]:
    """Hash and moment before the stretch; None where that entry is missing (reported there)."""
    if stretch.after_seq == 0:
        return stretch.genesis, None
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(_BEFORE, (stretch.chain_id, stretch.after_seq)).fetchone()
    return (None, None) if row is None else (row[0], row[1])


def cursor_of(connection: psycopg.Connection[Any], name: str) -> psycopg.ServerCursor[Row]:
    return connection.cursor(name, row_factory=tuple_row)


def fetched(cursor: psycopg.ServerCursor[Row]) -> Iterator[Row]:
    while rows := cursor.fetchmany(BATCH):
        yield from rows
