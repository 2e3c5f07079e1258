"""Current state is what the ledger makes of it: every row recomputed and compared, one by one.

The replay (`tests/concurrency/replay.py`) reads payloads and nothing else. What no entry tells, and
cannot be rebuilt, is named in docs/ledger.md.
"""

from __future__ import annotations

from datetime import date

import psycopg
import pytest

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
