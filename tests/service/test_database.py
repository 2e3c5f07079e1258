"""Migrations whole or not at all; a pool that outlives the server's restart."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from dispensing.database import migrate, open_pool, with_database, without_password
from dispensing.embedded import Cluster
from dispensing.migrations import database_revision, revisions
from dispensing.roles import prepare_database
from tests.clusters import Database, clone_database, drop_database

ROOT = Path(__file__).parents[2]


@pytest.fixture
def empty(cluster: Cluster, migrated_template: str):
    """A prepared database without any table."""
    prepare_database(cluster.superuser_url, cluster.passwords, database="prepared_empty")
    made = clone_database(cluster, "prepared_empty")
    yield made
    drop_database(cluster, made)


def tables(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return {row[0] for row in rows}


def test_every_step_of_history_leads_to_the_next() -> None:
    known = revisions()
    assert len(known) == len(set(known)) >= 2


def test_migrating_again_changes_nothing(empty: Database) -> None:
    heard: list[str] = []
    assert migrate(empty.owner_url, told=heard.append) == revisions()[-1]
    assert heard == revisions()
    assert migrate(empty.owner_url, told=heard.append) == revisions()[-1]
    assert heard == revisions()


def test_two_migrations_at_once_wait_for_each_other(empty: Database) -> None:
    """H27: two copies of the service start at the same moment."""
    program = "import sys; from dispensing.database import migrate; print(migrate(sys.argv[1]))"
    starts = [
        subprocess.Popen(
            [sys.executable, "-c", program, empty.owner_url],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    said = [process.communicate(timeout=60)[0].strip() for process in starts]
    assert said == [revisions()[-1]] * 3


def test_two_migrations_in_one_process_wait_too(empty: Database) -> None:
    with ThreadPoolExecutor(3) as threads:
        assert list(threads.map(migrate, [empty.owner_url] * 3)) == [revisions()[-1]] * 3


def test_a_migration_broken_off_leaves_nothing(empty: Database) -> None:
    """H27: a step that fails takes the steps before it back."""
    with psycopg.connect(empty.owner_url) as connection:
        connection.execute("CREATE TABLE handover (in_the_way int)")
    with pytest.raises(Exception, match="handover"):
        migrate(empty.owner_url)
    assert tables(empty.owner_url) == {"handover"}
    with psycopg.connect(empty.owner_url) as connection:
        assert database_revision(connection) is None


def test_the_pool_outlives_broken_connections(database: Database) -> None:
    async def story() -> tuple[object, object]:
        pool = await open_pool(database.app_url, min_size=2, max_size=4)
        try:
            async with pool.connection() as connection:
                before = await (await connection.execute("SELECT current_user")).fetchone()
            with psycopg.connect(database.superuser_url, autocommit=True) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE usename = 'dispensing_app' AND datname = current_database()"
                )
                # A server that is gone is found before a connection is lent, not one still going.
                while connection.execute(
                    "SELECT 1 FROM pg_stat_activity"
                    " WHERE usename = 'dispensing_app' AND datname = current_database()"
                ).fetchone():
                    await asyncio.sleep(0.01)
            async with pool.connection() as connection:
                after = await (await connection.execute("SELECT current_user")).fetchone()
            return before, after
        finally:
            await pool.close()

    assert asyncio.run(story()) == (("dispensing_app",), ("dispensing_app",))


def test_a_statement_that_runs_too_long_is_broken_off(database: Database) -> None:
    async def story() -> None:
        pool = await open_pool(database.app_url, min_size=1, max_size=1, statement_timeout_ms=100)
        try:
            async with pool.connection() as connection:
                await connection.execute("SELECT pg_sleep(5)")
        finally:
            await pool.close()

    with pytest.raises(psycopg.errors.QueryCanceled):
        asyncio.run(story())


def test_the_database_of_another_clinic_is_closed(database: Database, cluster: Cluster) -> None:
    """The auditor reads what was granted, and cannot write at all."""
    with psycopg.connect(database.auditor_url) as connection:
        assert connection.execute("SELECT count(*) FROM ledger_entry").fetchone() == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("INSERT INTO ledger_entry DEFAULT VALUES")


def test_urls_are_shown_without_their_password() -> None:
    url = "postgresql://dispensing_app:s3cret@127.0.0.1:5433/dispensing?sslmode=disable"
    assert without_password(url) == "postgresql://dispensing_app@127.0.0.1:5433/dispensing"
    assert with_database(url, "other") == (
        "postgresql://dispensing_app:s3cret@127.0.0.1:5433/other?sslmode=disable"
    )
