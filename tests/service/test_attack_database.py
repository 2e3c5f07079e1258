"""Somebody inside the application's (or the auditor's) database session: what still holds."""

from collections.abc import Iterator

import psycopg
import pytest

from tests.clusters import Database
from tests.scene import Scene

RECORDS = (
    *("ledger_entry", "ledger_payload", "ledger_head", "reservation", "resolution", "reversal"),
    *("handover", "administration", "stock_movement", "doctor_decision", "prescription"),
    *("missed_dose", "day_close", "refusal", "vomit", "idempotency"),
    *("stock_act", "stock_count", "stock_count_line", "stock_explanation", "package_scanned"),
)
REFUSED = (
    # What happened cannot be changed, nor the order of things that shows it.
    *(f"DELETE FROM {table}" for table in RECORDS),
    *(f"TRUNCATE {table}" for table in RECORDS),
    "UPDATE ledger_entry SET kind = kind",
    "UPDATE ledger_payload SET payload = payload",
    "UPDATE ledger_head SET seq = 0",
    "INSERT INTO ledger_entry SELECT * FROM ledger_entry",
    "SELECT ledger_erase(1::smallint, ARRAY[1]::bigint[], 2)",
    "UPDATE handover SET amount_ug = 1",
    "UPDATE administration SET amount_ug = 1",
    "UPDATE stock_movement SET delta_ug = 0",
    "UPDATE doctor_decision SET allow = true",
    "UPDATE idempotency SET answer = ''",
    # Nobody becomes a doctor, and no order comes from here.
    "INSERT INTO staff SELECT * FROM staff",
    "UPDATE staff SET role = 'doctor'",
    "UPDATE staff SET password_hash = password_hash",
    "UPDATE staff_session SET staff_id = 11",
    "UPDATE staff_session SET counter_id = 2",
    "INSERT INTO prescription SELECT * FROM prescription",
    "UPDATE prescription SET daily_ug = 1",
    "INSERT INTO arrangement SELECT * FROM arrangement",
    "INSERT INTO person (person_id) VALUES (1)",
    "UPDATE person SET unit_id = 2",
    "UPDATE person SET right_holder_unit_id = 2",
    "INSERT INTO unit SELECT * FROM unit",
    "INSERT INTO product SELECT * FROM product",
    "INSERT INTO product_package SELECT * FROM product_package",
    "INSERT INTO cabinet SELECT * FROM cabinet",
    "UPDATE holding SET batch_id = 1",
    "UPDATE batch SET expires_on = expires_on + 1",
    "UPDATE bottle SET batch_id = 1",
    "UPDATE stock_act SET witnessed_by = 1",
    "UPDATE stock_count_line SET counted_ug = book_ug",
    # The barriers stay.
    "ALTER TABLE claim DROP CONSTRAINT claim_once",
    "ALTER TABLE claim DROP CONSTRAINT claim_interval",
    "ALTER TABLE person_day DISABLE TRIGGER ALL",
    "ALTER TABLE ledger_entry DISABLE TRIGGER ALL",
    "SET session_replication_role = replica",
    # No way out into the machine, none up.
    "SET ROLE dispensing_owner",
    "SET SESSION AUTHORIZATION dispensing_owner",
    "ALTER ROLE CURRENT_USER SUPERUSER",
    "CREATE ROLE intruder",
    "COPY person TO PROGRAM 'cat'",
    "COPY person TO '/tmp/people'",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT pg_ls_dir('/')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT * FROM pg_authid",
    "CREATE TABLE intruder (a int)",
    "CREATE TEMP TABLE person (a int)",
    "CREATE SCHEMA intruder",
    "CREATE EXTENSION dblink",
    "CREATE FUNCTION intruder() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE FUNCTION pg_temp.sha256(bytea) RETURNS bytea LANGUAGE sql AS 'SELECT $1'",
)
NOT_THE_AUDITORS = (
    "SELECT * FROM staff_session",
    "SELECT * FROM idempotency",
    "SELECT password_hash FROM staff",
    "DELETE FROM claim",
    "UPDATE claim SET state = 'given'",
    "UPDATE care SET pregnant = false",
    "INSERT INTO doctor_decision DEFAULT VALUES",
    "SELECT nextval('reservation_id_seq')",
    "SELECT * FROM person FOR UPDATE",
    "LOCK TABLE claim IN ACCESS EXCLUSIVE MODE",
)


@pytest.fixture(scope="module")
def people(shared_database: Database) -> Iterator[Scene]:
    made = Scene(shared_database.owner_url)
    made.person()
    yield made
    made.close()


def allowed(url: str, statements: tuple[str, ...]) -> list[str]:
    """Those of the statements that the database lets through."""
    passed: list[str] = []
    with psycopg.connect(url) as connection:
        for statement in statements:
            try:
                connection.execute(statement)
            except psycopg.errors.InsufficientPrivilege:
                pass
            except psycopg.Error as other:
                # Refused for another reason than rights: that is no protection.
                passed.append(f"{statement}: {type(other).__name__}")
            else:
                passed.append(statement)
            connection.rollback()
    return passed


def test_the_application_cannot_rewrite_appoint_prescribe_or_break_out(
    shared_database: Database, people: Scene
) -> None:
    """H23: a break-in through the application is no break-in into the records."""
    assert allowed(shared_database.app_url, REFUSED) == []


def test_the_auditor_only_reads(shared_database: Database, people: Scene) -> None:
    """H24: also no session, no password, no stored answer, and no lock on anybody's dose."""
    assert allowed(shared_database.auditor_url, (*REFUSED, *NOT_THE_AUDITORS)) == []


def test_the_functions_that_write_the_ledger_look_up_nothing_of_the_callers(
    people: Scene,
) -> None:
    """A function with its owner's rights fixes where its names come from, pg_temp last."""
    settings = people.run(
        "SELECT proname, proconfig FROM pg_proc WHERE prosecdef"
        " AND pronamespace = 'public'::regnamespace"
    ).fetchall()
    assert settings
    for name, set_to in settings:
        assert set_to == ["search_path=pg_catalog, public, pg_temp"], name
