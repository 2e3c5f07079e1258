"""Small ledgers for the tests: written through the same functions the service calls."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import psycopg

from audit.ledger.append import APPEND_MANY_SQL, APPEND_SQL, append_many_parameters
from audit.ledger.append import append_parameters as parameters
from audit.ledger.entry import ERASURE_KIND, Entry, Sealed, seal

Connection = psycopg.Connection[Any]
MONDAY = date(2026, 11, 23)


def open_chain(
    connection: Connection, institution: str, purpose: str = "clinical", chain_id: int | None = None
) -> int:
    row = connection.execute(
        "SELECT ledger_open_chain(%s::smallint, %s, %s)", (chain_id, institution, purpose)
    ).fetchone()
    assert row is not None
    return row[0]


def append(connection: Connection, sealed: Sealed, chain_id: int) -> tuple[Any, ...]:
    row = connection.execute(APPEND_SQL, parameters(sealed, chain_id)).fetchone()
    assert row is not None
    return row


def append_many(
    connection: Connection, sealed: Iterable[Sealed], chain_id: int
) -> list[tuple[Any, ...]]:
    return connection.execute(
        APPEND_MANY_SQL, append_many_parameters(list(sealed), chain_id)
    ).fetchall()


def given(person_id: int, person_seq: int, amount_ug: int = 80_000, days: int = 0) -> Entry:
    return Entry(
        "handout-given",
        person_id=person_id,
        person_seq=person_seq,
        unit_id=2,
        actor_id=7,
        on=MONDAY + timedelta(days=days),
        amount_ug=amount_ug,
        facts={"reservation": person_id * 1000 + person_seq, "swallowed": [[1, amount_ug]]},
    )


def write_small_ledger(url: str, chance: random.Random) -> tuple[int, int, int]:
    """Two clinical chains (30 and 20 entries, 5 people in both, one erasure) and one of views."""
    with psycopg.connect(url) as connection:
        north = open_chain(connection, "nord")
        south = open_chain(connection, "syd")
        views = open_chain(connection, "nord", "views")
        orders = dict.fromkeys(range(1, 6), 0)
        for number in range(48):
            person_id = number % 5 + 1
            orders[person_id] += 1
            entry = given(person_id, orders[person_id], 40_000 + 1_000 * number, number // 5)
            append(
                connection,
                seal(entry, chance.randbytes(32)),
                north if number < 20 or number >= 40 else south,
            )
        for number in range(10):
            seen = Entry("patient-viewed", person_id=number % 5 + 1, actor_id=9)
            append(connection, seal(seen, chance.randbytes(32)), views)
        for seqs in ([3, 4], [11]):
            named = Entry(ERASURE_KIND, actor_id=1, facts={"seqs": seqs, "reason": "other person"})
            append(connection, seal(named, chance.randbytes(32)), north)
    return north, south, views


def erase(superuser_url: str, chain_id: int, seqs: list[int], by_seq: int) -> int:
    """Erase as the owner does; the application cannot."""
    with psycopg.connect(superuser_url) as connection:
        row = connection.execute(
            "SELECT ledger_erase(%s::smallint, %s::bigint[], %s)", (chain_id, seqs, by_seq)
        ).fetchone()
    assert row is not None
    return row[0]
