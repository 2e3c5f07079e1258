"""H27: an update killed with SIGKILL in the middle of any step, the program or its server.

An event trigger of the test stops the migrating backend after half the statements of a chosen step,
on a lock that the test holds; then either process is killed. What production runs is unchanged.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import groupby, pairwise
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dispensing.database import migrate
from dispensing.embedded import Cluster
from dispensing.migrations import database_revision, revisions
from dispensing.self_check import NotFitToRun, self_check
from tests.clusters import Database, clone_database, drop_database, end_cluster, new_cluster

ROOT = Path(__file__).parents[2]
# Processes that stand ready with the program loaded: two for each step.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["dispensing.database"])

STOPS = """
CREATE SCHEMA stops;
CREATE TABLE stops.chosen (after_revision text, statement bigint);
CREATE TABLE stops.passed (after_revision text);
CREATE FUNCTION stops.here() RETURNS event_trigger LANGUAGE plpgsql AS $$
DECLARE
    stands_at text;
    so_far bigint;
BEGIN
    IF to_regclass('public.alembic_version') IS NOT NULL THEN
        SELECT version_num INTO stands_at FROM public.alembic_version;
    END IF;
    INSERT INTO stops.passed VALUES (coalesce(stands_at, 'nothing'));
    SELECT count(*) INTO so_far FROM stops.passed
    WHERE after_revision = coalesce(stands_at, 'nothing');
    IF EXISTS (SELECT 1 FROM stops.chosen
               WHERE after_revision = coalesce(stands_at, 'nothing') AND statement = so_far) THEN
        PERFORM pg_advisory_xact_lock(27, 27);
    END IF;
END $$;
GRANT USAGE ON SCHEMA stops TO dispensing_owner;
GRANT ALL ON ALL TABLES IN SCHEMA stops TO dispensing_owner;
CREATE EVENT TRIGGER stops ON ddl_command_end EXECUTE FUNCTION stops.here();
"""
NOTHING = "nothing"
STEPS = [NOTHING, *revisions()]
"""Where the database stands before each step; before the last one only the commit is left."""


CATALOG = """
SELECT string_agg(line, E'\\n' ORDER BY line) FROM (
    SELECT c.relnamespace::regnamespace || '.' || a.* FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL SELECT p::text FROM pg_proc p WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT c::text FROM pg_constraint c
    UNION ALL SELECT t::text FROM pg_trigger t
    UNION ALL SELECT p::text FROM pg_policy p
    UNION ALL SELECT concat_ws(' ', oid, relname, relkind, relacl, relrowsecurity)
    FROM pg_class WHERE relnamespace = 'public'::regnamespace
) AS every (line)
"""
"""All that a step can make, with the numbers it was made under: remade alike is not untouched."""


@dataclass(frozen=True, slots=True)
class Ground:
    """A server of this module's own, which the tests may bring down, and what an update makes.

    ``statements`` counts those of each step, by where the database stands before it.
    """

    cluster: Cluster
    statements: dict[str, int]
    undisturbed: str


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    cluster = new_cluster()
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        connection.execute(STOPS)
    with psycopg.connect(cluster.superuser_url, autocommit=True) as connection:
        # Coming up again, the server makes each of its files safe: once, all at once, is quicker.
        with suppress(psycopg.errors.InvalidParameterValue):
            connection.execute("ALTER SYSTEM SET recovery_init_sync_method = 'syncfs'")
        connection.execute("SELECT pg_reload_conf()")
    whole = clone_database(cluster, "dispensing")
    migrate(whole.owner_url)
    counted = one(
        whole,
        "SELECT jsonb_object_agg(after_revision, n)"
        " FROM (SELECT after_revision, count(*) AS n FROM stops.passed GROUP BY 1) AS counted",
    )
    yield Ground(cluster, counted, schema_of(cluster, whole))
    end_cluster(cluster)


@pytest.fixture
def database(ground: Ground) -> Iterator[Database]:
    """Without any schema yet, and with the stops."""
    made = clone_database(ground.cluster, "dispensing")
    yield made
    drop_database(ground.cluster, made)


def one(database: Database, query: str, *parameters: object) -> Any:
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        row = connection.execute(query, parameters).fetchone()  # type: ignore[arg-type]
    return row[0] if row else None


def schema_of(cluster: Cluster, database: Database) -> str:
    """Everything that the steps made, as text."""
    run = [cluster.programs.path("pg_dump"), "--schema-only", "--schema=public"]
    said = subprocess.run(
        [*run, database.superuser_url], check=True, capture_output=True, text=True
    ).stdout
    # Newer programs put a random word into the first and the last line.
    lines = [line for line in said.splitlines() if "restrict" not in line]
    # The order of one table's rights says nothing but who was named first.
    granted = groupby(lines, key=lambda line: line.startswith("GRANT "))
    return "\n".join(line for grant, run in granted for line in (sorted(run) if grant else run))


def stands_at(database: Database) -> str:
    with psycopg.connect(database.superuser_url) as connection:
        return database_revision(connection) or NOTHING


def refused(database: Database) -> bool:
    """Whether the service says that it will not serve before the update is done."""
    try:
        self_check(database.app_url)
    except NotFitToRun as unfit:
        return "migration-missing" in {found.code for found in unfit.findings}
    return False


def until(true: Callable[[], Any]) -> Any:
    """What becomes true within half a minute, or the test fails."""
    for _ in range(600):
        with suppress(psycopg.OperationalError):  # The server is just coming up again.
            if found := true():
                return found
        time.sleep(0.05)
    raise AssertionError("waited for nothing")


def choose(database: Database, step: str | None = None, statement: int = 0) -> None:
    """Where the next update stops, or nowhere."""
    with psycopg.connect(database.superuser_url) as connection:
        connection.execute("TRUNCATE stops.chosen, stops.passed")
        connection.execute("INSERT INTO stops.chosen VALUES (%s, %s)", [step, statement])


def updating(database: Database) -> BaseProcess:
    """The update as a process of its own, which a signal can end anywhere."""
    update = FORKS.Process(target=migrate, args=(database.owner_url,))
    update.start()
    return update


def update_command(database: Database) -> subprocess.Popen[bytes]:
    """The update as an operator runs it."""
    urls = {"DATABASE_URL": database.app_url, "DATABASE_OWNER_URL": database.owner_url}
    command = [sys.executable, "-m", "dispensing", "migrate"]
    return subprocess.Popen(command, cwd=ROOT, env=os.environ | urls, stdout=subprocess.DEVNULL)


@contextmanager
def stopped_within(
    ground: Ground,
    database: Database,
    step: str,
    start: Callable[[Database], Any] = updating,
) -> Iterator[tuple[Any, int]]:
    """An update to the newest schema, stopped half-way through the step after ``step``.

    Gives the process and the server's own process that works for it; afterwards the server goes on.
    """
    choose(database, step, (ground.statements[step] + 1) // 2)
    with suppress(psycopg.OperationalError), psycopg.connect(database.superuser_url) as holding:
        holding.execute("SELECT pg_advisory_xact_lock(27, 27)")
        update = start(database)
        waiting = (
            "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            " AND classid = 27 AND objid = 27"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        yield update, until(lambda: one(database, waiting))
    # The lock is let go; a server whose program is gone finds out, and takes everything back.
    others = (
        "SELECT count(*) = 0 FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    until(lambda: one(database, others))


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def kill_program(ground: Ground, database: Database, step: str) -> None:
    with stopped_within(ground, database, step) as (update, _):
        kill(update.pid)
        update.join()
        assert refused(database), "served while a killed update still works in the server"
    assert update.exitcode == -signal.SIGKILL


def kill_server(ground: Ground, database: Database, step: str) -> None:
    with stopped_within(ground, database, step) as (update, backend):
        kill(backend)
        update.join()
    assert update.exitcode == 1, "the update said it was done"


def test_killed_within_any_step(ground: Ground, database: Database) -> None:
    """H27: from each release on: nothing of the step is left, nor served; again completes."""
    for before, after in pairwise(STEPS):
        whole = one(database, CATALOG)
        for killed in (kill_program, kill_server):
            killed(ground, database, before)
            assert stands_at(database) == before, killed
            assert one(database, CATALOG) == whole, (killed, before)
            assert refused(database), (killed, before)
        choose(database)
        migrate(database.owner_url, after)
    assert stands_at(database) == STEPS[-1]
    self_check(database.app_url)
    assert schema_of(ground.cluster, database) == ground.undisturbed


@pytest.mark.parametrize("step", [STEPS[len(STEPS) // 2], STEPS[-1]])
def test_killed_after_many_steps(ground: Ground, database: Database, step: str) -> None:
    """H27: an update over several releases leaves none of them, killed before the commit too."""
    for killed in (kill_program, kill_server):
        killed(ground, database, step)
        assert stands_at(database) == NOTHING
        assert refused(database)
    choose(database)
    migrate(database.owner_url)
    self_check(database.app_url)
    assert schema_of(ground.cluster, database) == ground.undisturbed


def test_the_command_killed_and_run_again(ground: Ground, database: Database) -> None:
    """H27: `dispensing migrate` itself, as an operator meets it."""
    with stopped_within(ground, database, STEPS[2], update_command) as (command, _):
        kill(command.pid)
        assert command.wait() == -signal.SIGKILL
    assert stands_at(database) == NOTHING
    choose(database)
    assert update_command(database).wait() == 0
    self_check(database.app_url)
    assert schema_of(ground.cluster, database) == ground.undisturbed
