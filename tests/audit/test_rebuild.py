"""Current state is what the ledger makes of it: every row recomputed and compared, one by one.

The replay (`tests/concurrency/replay.py`) reads payloads and nothing else. What no entry tells, and
cannot be rebuilt, is named in docs/ledger.md.
"""

from __future__ import annotations

from datetime import date

import psycopg
import pytest
from psycopg.rows import dict_row

from audit.history.reading import Wanted, read_people, read_units
from audit.history.telling import Decision, Telling
from dispensing.demo.loading import load_demo
from tests.api.stock_books import stock_is_the_ledger
from tests.clusters import Database
from tests.concurrency.final import read_final
from tests.concurrency.tables import i5_stock, i6_tables_are_the_ledger

UNTIL = date(2026, 4, 20)


@pytest.fixture(scope="module")
def loaded(shared_database: Database) -> Database:
    load_demo(shared_database.owner_url, people=40, days=30, until=UNTIL, seed=11)
    return shared_database


def differences(connection: psycopg.Connection) -> list[str]:
    """Rows of the tables that are not those of the ledger, as sentences."""
    final = read_final(connection, frozenset())
    return i6_tables_are_the_ledger(final, {}) + i5_stock(final, {})


def test_tables_rebuilt_from_the_ledger_are_identical(loaded: Database) -> None:
    """I6: reservations, ends, what was given, claims, days used and balances, row by row."""
    with psycopg.connect(loaded.owner_url) as connection:
        counted = connection.execute(
            "SELECT (SELECT count(*) FROM claim), (SELECT count(*) FROM person_day),"
            " (SELECT count(*) FROM handover), (SELECT count(*) FROM reservation)"
        ).fetchone()
        assert counted is not None and min(counted) > 400
        assert differences(connection) == []
        assert stock_is_the_ledger(connection) > 0


def rights_told(connection: psycopg.Connection) -> tuple[dict[int, int | None], dict]:
    """By person where the right lies; by person and day the limit, the substance, the holder."""
    every = Wanted(date.min, date.max)
    units, telling = read_units(connection), None
    holders: dict[int, int | None] = {}
    days: dict[tuple[int, date], dict[str, object]] = {}
    for person_id, entries in read_people(connection, every):
        if telling is None or telling.person_id != person_id:
            telling = Telling(person_id, units, every.first, every.last)
        for asked in telling.tell(entries):
            if not isinstance(asked, Decision) or asked.kind != "handout-reserved":
                continue
            assert asked.request is not None and asked.patient is not None
            order = asked.patient.prescription
            assert order is not None
            for dose in asked.request.doses:
                extra_ug = asked.patient.extra_ug_allowed_today or 0
                most_ug = order.day_ug(dose.for_on) + (extra_ug if dose.for_on == asked.on else 0)
                day = days.setdefault(
                    (person_id, dose.for_on),
                    {
                        **{"limit_ug": 0, "substance": "diacetylmorphine", "night_limit_ug": 0},
                        "right_holder_unit_id": asked.patient.right_holder_unit_id,
                    },
                )
                if order.night:
                    day["night_limit_ug"] = most_ug
                else:
                    day |= {"limit_ug": most_ug, "substance": order.product.substance}
        holders[person_id] = telling.history.holder
    return holders, days


def other_rights(connection: psycopg.Connection) -> list[object]:
    """People and their days of whom the tables say otherwise than the ledger."""
    holders, days = rights_told(connection)
    people = dict(connection.execute("SELECT person_id, right_holder_unit_id FROM person"))
    with connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute(
            "SELECT person_id, day, limit_ug, substance, night_limit_ug, right_holder_unit_id"
            " FROM person_day"
        )
        rows = {(row.pop("person_id"), row.pop("day")): row for row in cursor}
    assert len(people) > 30 and len(rows) > 400
    return [
        *(one for one in holders.keys() | people.keys() if holders.get(one) != people.get(one)),
        *(one for one in days.keys() | rows.keys() if days.get(one) != rows.get(one)),
    ]


def test_rights_and_limits_rebuilt_from_the_ledger_are_identical(loaded: Database) -> None:
    """I6, H02: who may dispense to whom, and what each day may hold, is what the entries say."""
    with psycopg.connect(loaded.owner_url) as connection:
        assert other_rights(connection) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE person SET right_holder_unit_id = right_holder_unit_id + 1 WHERE person_id ="
        " (SELECT min(person_id) FROM person)",
        "UPDATE person_day SET limit_ug = limit_ug + 1 WHERE ctid ="
        " (SELECT min(ctid) FROM person_day)",
        "UPDATE person_day SET right_holder_unit_id = right_holder_unit_id + 1 WHERE ctid ="
        " (SELECT min(ctid) FROM person_day)",
        "UPDATE person_day SET night_limit_ug = 1 WHERE ctid ="
        " (SELECT min(ctid) FROM person_day WHERE night_limit_ug = 0)",
    ],
)
def test_a_right_or_limit_set_by_hand_is_a_difference(loaded: Database, statement: str) -> None:
    """H23: also of what no barrier would have let through."""
    with psycopg.connect(loaded.superuser_url) as connection:
        connection.execute("SET session_replication_role = replica")
        assert connection.execute(statement).rowcount == 1
        assert len(other_rights(connection)) == 1
        connection.rollback()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE claim SET state = 'uncertain' WHERE ctid = (SELECT min(ctid) FROM claim)",
        "DELETE FROM claim WHERE ctid = (SELECT min(ctid) FROM claim)",
        "UPDATE person_day SET used_ug = used_ug - 1 WHERE ctid ="
        " (SELECT min(ctid) FROM person_day WHERE used_ug > 0)",
        "UPDATE handover SET amount_ug = amount_ug + 1 WHERE ctid ="
        " (SELECT min(ctid) FROM handover)",
        "UPDATE bottle SET balance_ug = balance_ug + 1 WHERE ctid = (SELECT min(ctid) FROM bottle)",
        "DELETE FROM resolution WHERE ctid = (SELECT min(ctid) FROM resolution)",
        "UPDATE reservation SET day = day + 1 WHERE ctid = (SELECT min(ctid) FROM reservation)",
    ],
)
def test_one_row_changed_by_hand_is_a_difference(loaded: Database, statement: str) -> None:
    """H23: a table that was set by hand is not what the ledger says."""
    with psycopg.connect(loaded.superuser_url) as connection:
        connection.execute("SET session_replication_role = replica")
        tables = ("claim", "person_day", "handover", "bottle", "resolution", "reservation")
        for table in tables:
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        assert connection.execute(statement).rowcount == 1
        assert differences(connection) != []
        connection.rollback()
