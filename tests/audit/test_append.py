"""Appending on a real PostgreSQL: same bytes as Python, one order, one clock, one way in."""

from __future__ import annotations

import asyncio
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
from psycopg.rows import dict_row

from audit.ledger import Entry, genesis, link, seal
from audit.ledger.append import (
    CLOCK_WENT_BACK,
    NEVER_CHANGES,
    UNKNOWN_CHAIN,
)
from audit.ledger.append import append as append_async
from audit.ledger.append import append_many as append_many_async
from audit.ledger.bulk import ENTRY_COPY_SQL, HEAD_SQL, PAYLOAD_COPY_SQL, ChainRows
from audit.ledger.chain import microseconds
from audit.ledger.verify import verify_database
from tests.audit.ledgers import append, append_many, given, open_chain, write_small_ledger


def test_database_and_python_compute_the_same_hashes(database) -> None:
    chance = random.Random(1)
    with psycopg.connect(database.app_url) as connection:
        chain_id = open_chain(connection, "Gartneriet på Ø")
        previous = genesis("Gartneriet på Ø", "clinical")
        for number in range(1, 21):
            entry = Entry("noted", facts={"note": "æøå" * number, "number": number})
            sealed = seal(entry, chance.randbytes(32))
            seq, stored, recorded_at = append(connection, sealed, chain_id)
            assert seq == number
            previous = link(previous, seq, microseconds(recorded_at), sealed.body)
            assert stored == previous


def test_several_entries_in_one_call_are_linked_like_single_ones(database) -> None:
    chance = random.Random(2)
    sealed = [seal(given(1, number), chance.randbytes(32)) for number in range(1, 5)]
    sealed.append(seal(Entry("day-closed"), chance.randbytes(32)))
    with psycopg.connect(database.app_url) as connection:
        chain_id = open_chain(connection, "nord")
        first = append(connection, sealed[0], chain_id)
        rest = append_many(connection, sealed[1:], chain_id)
        assert append_many(connection, [], chain_id) == []
    assert [row[0] for row in rest] == [2, 3, 4, 5]
    previous = first[1]
    for (seq, stored, recorded_at), one in zip(rest, sealed[1:], strict=True):
        previous = link(previous, seq, microseconds(recorded_at), one.body)
        assert stored == previous
    assert verify_database(database.auditor_url).sound


def test_appending_from_asyncio_gives_receipts(database) -> None:
    async def write() -> list[int]:
        connection = await psycopg.AsyncConnection.connect(database.app_url, row_factory=dict_row)
        async with connection:
            cursor = await connection.execute("SELECT ledger_open_chain(NULL, 'nord', 'clinical')")
            chain_id = (await cursor.fetchone() or {})["ledger_open_chain"]
            one = await append_async(connection, seal(given(1, 1), bytes(32)), chain_id)
            more = await append_many_async(
                connection, [seal(given(1, n), bytes(32)) for n in (2, 3)], chain_id
            )
            assert await append_many_async(connection, [], chain_id) == []
            return [one.seq, *(each.seq for each in more)]

    assert asyncio.run(write()) == [1, 2, 3]
    assert verify_database(database.app_url).entries == 3


def test_rows_for_copy_are_the_bytes_the_database_would_write(database) -> None:
    chance = random.Random(3)
    entries = [given(1, number, 1_000 * number, number) for number in range(1, 41)]
    entries += [Entry("day-closed", unit_id=1, actor_id=2, on=date(1999, 12, 31)), Entry("noted")]
    keys = [chance.randbytes(32) for _ in entries]
    with psycopg.connect(database.app_url) as connection:
        chain_id = open_chain(connection, "nord")
        written = [
            append(connection, seal(entry, key), chain_id)
            for entry, key in zip(entries, keys, strict=True)
        ]
        tables = _tables(connection)
    with psycopg.connect(database.superuser_url) as connection:
        for table in ("ledger_entry", "ledger_payload"):
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
            connection.execute(f"DELETE FROM {table}")
            connection.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER never_changes")
        connection.execute("ALTER TABLE ledger_payload ENABLE ALWAYS TRIGGER only_erased")
    with psycopg.connect(database.owner_url) as connection, connection.cursor() as cursor:
        rows = ChainRows(chain_id, 0, genesis("nord", "clinical"))
        for entry, key, (_, _, recorded_at) in zip(entries, keys, written, strict=True):
            rows.add(entry, key, microseconds(recorded_at))
        assert rows.waiting() == len(entries)
        with cursor.copy(ENTRY_COPY_SQL) as copy:
            copy.write(rows.take_entries())
        with cursor.copy(PAYLOAD_COPY_SQL) as copy:
            copy.write(rows.take_payloads())
        cursor.execute(HEAD_SQL, rows.head_parameters())
        assert _tables(connection) == tables
    assert verify_database(database.auditor_url).sound


def _tables(connection) -> list:
    return [
        connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()
        for table in ("ledger_head", "ledger_entry", "ledger_payload")
    ]


def test_copy_rows_never_go_back_in_time() -> None:
    rows = ChainRows(1, 0, genesis("nord", "clinical"))
    rows.add(Entry("noted"), bytes(32), 2_000)
    with pytest.raises(ValueError):
        rows.add(Entry("noted"), bytes(32), 1_999)


def test_eight_connections_at_once_make_one_gap_free_chain(database) -> None:
    """Some transactions give up after appending: the number they had is given again, no gap."""
    with psycopg.connect(database.app_url) as connection:
        chain_id = open_chain(connection, "nord")

    def write(person_id: int) -> list[int]:
        chance = random.Random(person_id)
        seqs: list[int] = []
        with psycopg.connect(database.app_url) as connection:
            while len(seqs) < 25:
                sealed = [seal(given(person_id, len(seqs) + 1), chance.randbytes(32))]
                if len(seqs) < 24:
                    sealed.append(seal(given(person_id, len(seqs) + 2), chance.randbytes(32)))
                rows = append_many(connection, sealed, chain_id)
                if chance.random() < 0.3:
                    connection.rollback()
                else:
                    connection.commit()
                    seqs += [row[0] for row in rows]
        return seqs

    with ThreadPoolExecutor(8) as pool:
        numbers = [seq for seqs in pool.map(write, range(1, 9)) for seq in seqs]
    assert sorted(numbers) == list(range(1, 201))
    report = verify_database(database.auditor_url)
    assert report.sound and report.entries == 200


def test_a_persons_order_number_is_taken_once_in_all_institutions(database) -> None:
    with psycopg.connect(database.app_url, autocommit=True) as connection:
        north, south = open_chain(connection, "nord"), open_chain(connection, "syd")
        append(connection, seal(given(1, 1), bytes(32)), north)
        with pytest.raises(psycopg.errors.UniqueViolation):
            append(connection, seal(given(1, 1), bytes(32)), south)
        append(connection, seal(given(1, 2), bytes(32)), south)
    assert verify_database(database.auditor_url).sound


def test_a_clock_that_went_back_stops_the_hand_out(database) -> None:
    """H19: an entry is never written more than a second before the one it follows."""
    with psycopg.connect(database.app_url, autocommit=True) as connection:
        chain_id = open_chain(connection, "nord")
        append(connection, seal(given(1, 1), bytes(32)), chain_id)
        with psycopg.connect(database.superuser_url) as superuser:
            superuser.execute("UPDATE ledger_head SET last_at = clock_timestamp() + '1 min'")
        for write in (append, lambda c, s, i: append_many(c, [s], i)):
            with pytest.raises(psycopg.DatabaseError) as refused:
                write(connection, seal(given(1, 2), bytes(32)), chain_id)
            assert refused.value.sqlstate == CLOCK_WENT_BACK
        assert connection.execute("SELECT count(*) FROM ledger_entry").fetchone() == (1,)


def test_moments_never_go_back_within_the_tolerated_second(database) -> None:
    """H19: a clock that jitters back by less than a second is held, not followed."""
    with (
        psycopg.connect(database.app_url, autocommit=True) as connection,
        psycopg.connect(database.superuser_url, autocommit=True) as superuser,
    ):
        chain_id = open_chain(connection, "nord")
        for order in range(1, 20):
            ahead = datetime.now(UTC) + timedelta(milliseconds=800)
            superuser.execute("UPDATE ledger_head SET last_at = %s", (ahead,))
            row = append(connection, seal(given(1, order), bytes(32)), chain_id)
            if datetime.now(UTC) < ahead:  # Else this machine was too slow to say anything.
                break
    assert row[2] == ahead


def test_an_unknown_chain_is_refused(database) -> None:
    with psycopg.connect(database.app_url) as connection:
        with pytest.raises(psycopg.DatabaseError) as refused:
            append(connection, seal(given(1, 1), bytes(32)), 99)
        assert refused.value.sqlstate == UNKNOWN_CHAIN


def test_a_chain_is_opened_once(database) -> None:
    with psycopg.connect(database.app_url, autocommit=True) as connection:
        assert open_chain(connection, "nord", chain_id=7) == 7
        assert open_chain(connection, "nord", "views") == 8
        with pytest.raises(psycopg.errors.UniqueViolation):
            open_chain(connection, "nord")
        with pytest.raises(psycopg.errors.CheckViolation):
            open_chain(connection, "syd", "other")


NOT_FOR_THE_APPLICATION = [
    *(f"UPDATE {t} SET seq = seq" for t in ("ledger_head", "ledger_entry", "ledger_payload")),
    *(f"DELETE FROM {t}" for t in ("ledger_head", "ledger_entry", "ledger_payload")),
    *(f"TRUNCATE {t}" for t in ("ledger_head", "ledger_entry", "ledger_payload")),
    "INSERT INTO ledger_entry SELECT chain_id, seq + 100, recorded_at, kind, body, hash"
    " FROM ledger_entry",
    "INSERT INTO ledger_payload SELECT * FROM ledger_payload",
    "INSERT INTO ledger_head SELECT * FROM ledger_head",
    "COPY ledger_entry FROM STDIN",
    "UPDATE ledger_payload SET payload = NULL, key = NULL, erased_at = now()",
    "SELECT ledger_erase(1::smallint, '{3}', 29)",
    "ALTER TABLE ledger_entry DISABLE TRIGGER ALL",
    "ALTER TABLE ledger_entry OWNER TO dispensing_app",
    "DROP TRIGGER never_changes ON ledger_entry",
    "DROP INDEX ledger_payload_person_order",
    "DROP TABLE ledger_entry CASCADE",
    "ALTER TABLE ledger_payload DROP CONSTRAINT ledger_payload_pkey",
    "GRANT dispensing_owner TO dispensing_app",
    "CREATE OR REPLACE FUNCTION ledger_link(p_prev bytea, p_seq bigint, p_at timestamptz,"
    " p_body bytea) RETURNS bytea LANGUAGE sql AS 'SELECT p_prev'",
    "CREATE FUNCTION public.sha256(bytea) RETURNS bytea LANGUAGE sql AS 'SELECT $1'",
    "SET ROLE dispensing_owner",
    "SET SESSION AUTHORIZATION dispensing_owner",
    "SET session_replication_role = replica",
    "ALTER ROLE dispensing_app SUPERUSER",
    "SELECT pg_read_file('PG_VERSION')",
    "COPY (SELECT 1) TO PROGRAM 'cat'",
    "UPDATE pg_trigger SET tgenabled = 'D'",
    "CREATE RULE quiet AS ON INSERT TO ledger_entry DO INSTEAD NOTHING",
]


@pytest.fixture(scope="module")
def written(shared_database):
    write_small_ledger(shared_database.app_url, random.Random(4))
    return shared_database


@pytest.mark.parametrize("statement", NOT_FOR_THE_APPLICATION)
def test_the_application_cannot_touch_what_was_recorded(written, statement) -> None:
    """H23: whoever breaks in through the application can add records, never change one."""
    with (
        psycopg.connect(written.app_url, autocommit=True) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entry SET body = body",
        "UPDATE ledger_entry SET body = body WHERE false",
        "DELETE FROM ledger_entry",
        "TRUNCATE ledger_entry",
        "UPDATE ledger_payload SET amount_ug = 1",
        "UPDATE ledger_payload SET payload = NULL, key = NULL, erased_at = now(),"
        " erased_by_seq = 29, person_id = 1, on_day = NULL, amount_ug = NULL, unit_id = NULL,"
        " actor_id = NULL",
        "DELETE FROM ledger_payload",
        "TRUNCATE ledger_payload",
        "DELETE FROM ledger_head",
        "TRUNCATE ledger_head CASCADE",
    ],
)
def test_even_the_owner_is_refused_by_the_tables_themselves(written, statement) -> None:
    """H23: a migration written in haste cannot rewrite history by mistake."""
    with psycopg.connect(written.owner_url, autocommit=True) as connection:
        with pytest.raises(psycopg.DatabaseError) as refused:
            connection.execute(statement)
        assert refused.value.sqlstate == NEVER_CHANGES


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT ledger_open_chain(NULL, 'other', 'clinical')",
        "SELECT ledger_append(1::smallint, 'noted', '', '', '', 1, 1, NULL, 1, 1::smallint, 1)",
        "SELECT ledger_erase(1::smallint, '{3}', 29)",
        "DELETE FROM ledger_entry",
        "INSERT INTO ledger_head SELECT * FROM ledger_head",
    ],
)
def test_the_auditor_reads_and_writes_nothing(written, statement) -> None:
    with (
        psycopg.connect(written.auditor_url, autocommit=True) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement)


def test_a_shadow_table_does_not_catch_the_entries(database) -> None:
    """H23: the functions look for their tables in one place, whatever the caller's path says."""
    with psycopg.connect(database.superuser_url, autocommit=True) as superuser:
        superuser.execute(f"GRANT TEMPORARY ON DATABASE {database.name} TO dispensing_app")
    with psycopg.connect(database.app_url, autocommit=True) as connection:
        chain_id = open_chain(connection, "nord")
        connection.execute("CREATE TEMP TABLE ledger_entry (LIKE public.ledger_entry)")
        connection.execute("CREATE TEMP TABLE ledger_head AS TABLE public.ledger_head")
        connection.execute("SET search_path = pg_temp, public")
        append(connection, seal(given(1, 1), bytes(32)), chain_id)
        assert connection.execute("SELECT count(*) FROM public.ledger_entry").fetchone() == (1,)
