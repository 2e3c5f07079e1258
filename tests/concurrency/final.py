"""The database after the fire, read for the checker in one transaction."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import psycopg

from tests.concurrency.replay import Replay, Told, replay, told_from

SWALLOWED_LATELY = """
SELECT person_id FROM claim WHERE swallowed_at > now() - interval '1 day'
AND for_day < (now() AT TIME ZONE 'Europe/Copenhagen')::date
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """A row of the idempotency table."""

    key: str
    status: int
    answer: dict[str, Any]
    chain_id: int
    seq: int
    hash: str


@dataclass(slots=True)
class Final:
    """The database after the fire, read in one transaction.

    ``before`` are reservations that existed when it began, ``units_of`` gives a person's unit and
    the unit that holds the right, ``reordered`` are people whose order was changed,
    ``swallowed_lately`` those with a dose of an earlier day less than a day ago.
    """

    connection: psycopg.Connection[Any]
    before: frozenset[int]
    entries: list[Told]
    hashes: dict[tuple[int, int], str]
    stored: list[Stored]
    replayed: Replay
    units_of: dict[int, tuple[int, int]]
    reordered: set[int]
    swallowed_lately: set[int]

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql).fetchall()  # type: ignore[call-overload]

    def new(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows whose first column is a reservation made since the fire began."""
        return [row for row in self.rows(sql) if row[0] not in self.before]


def read_before(connection: psycopg.Connection[Any]) -> frozenset[int]:
    """The reservations that exist before the clients begin."""
    return frozenset(row[0] for row in connection.execute("SELECT reservation_id FROM reservation"))


def read_final(connection: psycopg.Connection[Any], before: frozenset[int]) -> Final:
    """Read what the checker needs, as a role that may read the idempotency table."""
    ask = connection.execute
    entries = [
        told_from(row)
        for row in ask(
            "SELECT chain_id, seq, kind, person_id, person_seq, payload FROM ledger_payload"
            " WHERE person_seq IS NOT NULL AND payload IS NOT NULL"
        )
    ]
    limits = dict(
        ask("SELECT person_id, max(daily_ug) FROM prescription GROUP BY person_id").fetchall()
    )
    return Final(
        connection,
        before,
        entries,
        {
            (chain, seq): bytes(value).hex()
            for chain, seq, value in ask("SELECT chain_id, seq, hash FROM ledger_entry")
        },
        [
            Stored(key, status, json.loads(bytes(answer)), chain, seq, bytes(value).hex())
            for key, status, answer, chain, seq, value in ask(
                "SELECT key, status, answer, chain_id, entry_seq, entry_hash FROM idempotency"
            )
        ],
        replay(entries, limits, before),
        {
            person: (unit, holder)
            for person, unit, holder in ask(
                "SELECT p.person_id, p.unit_id, coalesce((SELECT max(s.unit_id) FROM supply_day s"
                " WHERE s.person_id = p.person_id AND s.ended_at IS NULL), p.right_holder_unit_id)"
                " FROM person p"
            )
        },
        {row[0] for row in ask("SELECT person_id FROM prescription WHERE version > 1")},
        {row[0] for row in ask(SWALLOWED_LATELY)},
    )
