"""The command line as an operator meets it: clear refusals, right exit codes, nothing half done."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from dispensing.commands.serving import listen
from dispensing.embedded import Cluster, ensure_cluster
from tests.clusters import Database, end_cluster, new_cluster

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def home() -> Iterator[Cluster]:
    made = new_cluster()
    made.release()
    yield made
    end_cluster(made)


def environment(**variables: str) -> dict[str, str]:
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("DISPENSING_", "DATABASE_"))}
    return kept | {"COLUMNS": "200"} | variables


def dispensing(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dispensing", *arguments],
        cwd=ROOT,
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=90,
    )


def test_a_setting_that_cannot_be_used_is_named() -> None:
    done = dispensing("self-check", DISPENSING_PORT="eighty")
    assert done.returncode == 2
    assert "DISPENSING_PORT must be a whole number" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_self_check_ends_with_three_on_a_database_without_schema(home: Cluster) -> None:
    done = dispensing("self-check", DISPENSING_DATA_DIR=str(home.data_dir))
    assert done.returncode == 3
    assert "kør `dispensing migrate`" in done.stderr


def test_the_service_refuses_to_run_as_the_owner(database: Database) -> None:
    """The role that owns the tables could change what happened."""
    done = dispensing("serve", "--port", "0", DATABASE_URL=database.owner_url)
    assert done.returncode == 3
    assert "ejer skemaet" in done.stderr
    assert "http://" not in done.stdout


def test_a_server_that_does_not_answer_is_said_without_the_password() -> None:
    url = "postgresql://dispensing_app:s3cret-canary@127.0.0.1:1/dispensing"
    done = dispensing("self-check", DATABASE_URL=url)
    assert done.returncode == 1
    assert "svarer ikke" in done.stderr
    assert "s3cret-canary" not in done.stderr + done.stdout


def test_a_migration_needs_the_owners_url(database: Database) -> None:
    done = dispensing("migrate", DATABASE_URL=database.app_url)
    assert done.returncode == 1
    assert "DATABASE_OWNER_URL" in done.stderr


def test_backup_and_restore_from_the_command_line(home: Cluster, tmp_path: Path) -> None:
    """H26: the lines to keep apart are printed by both, and the warning stands after a restore."""
    file = str(tmp_path / "monday.dump")
    here = str(home.data_dir)
    assert dispensing("migrate", DISPENSING_DATA_DIR=here).returncode == 0
    assert dispensing("backup", file, DISPENSING_DATA_DIR=here).returncode == 0
    refused = dispensing("restore", file, DISPENSING_DATA_DIR=here)
    assert refused.returncode == 1 and "only into an empty one" in refused.stderr
    other = new_cluster()
    try:
        done = dispensing("restore", file, DISPENSING_DATA_DIR=str(other.data_dir))
        assert done.returncode == 0, done.stderr
        assert "The ledger is sound" in done.stdout
        assert "would be handed out again" in done.stdout
        assert dispensing("self-check", DISPENSING_DATA_DIR=str(other.data_dir)).returncode == 0
        asked = dispensing("restoration", DISPENSING_DATA_DIR=str(other.data_dir))
        assert asked.returncode == 0, asked.stderr
        assert "Nothing waits to be resolved" in asked.stdout, "there is no unit in it"
    finally:
        end_cluster(other)


def test_a_prepared_server_is_used_by_its_printed_urls(cluster: Cluster) -> None:
    """On a server: prepare once as superuser, migrate as owner, check as application."""
    own = new_cluster()
    try:
        done = dispensing("prepare-database", own.superuser_url, "--database", "clinic")
        assert done.returncode == 0, done.stderr
        urls = dict(
            line.split("=", 1) for line in done.stdout.splitlines() if line.startswith("DATA")
        )
        assert set(urls) == {"DATABASE_URL", "DATABASE_OWNER_URL"}
        assert dispensing("migrate", **urls).returncode == 0
        assert dispensing("self-check", **urls).returncode == 0
    finally:
        end_cluster(own)


def test_a_taken_port_is_said_and_the_next_one_used(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as other_copy:
        other_copy.bind(("127.0.0.1", 0))
        other_copy.listen()
        taken = other_copy.getsockname()[1]
        with listen("127.0.0.1", taken) as listening:
            assert taken < listening.getsockname()[1] < taken + 50
    assert f"Port {taken} is taken" in " ".join(capsys.readouterr().out.split())


@contextmanager
def started(*arguments: str, **variables: str) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """A serving command: its process, its address, and what it said up to there."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "dispensing", *arguments, "--port", "0"],
        cwd=ROOT,
        env=environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    said = ""
    try:
        assert process.stdout is not None
        for line in process.stdout:
            said += line
            if "http://" in line:
                break
        else:
            raise AssertionError(f"the service ended before it said its address: {said}")
        yield process, line.split()[0].rstrip("/"), said
    finally:
        process.terminate()
        process.communicate(timeout=30)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_the_service_serves_and_ends_cleanly_with_its_cluster(
    home: Cluster, ending: signal.Signals
) -> None:
    """Ctrl-C leaves no server and no cluster behind."""
    with started("serve", DISPENSING_DATA_DIR=str(home.data_dir)) as (process, address, _):
        with urllib.request.urlopen(f"{address}/api/v1/openapi.json", timeout=30) as answer:
            assert answer.status == 200
        process.send_signal(ending)
        said, _ = process.communicate(timeout=30)
        assert process.returncode == 0, said
        assert "The service has stopped." in said
        assert not (home.data_dir / "server" / "data" / "postmaster.pid").exists()


def test_a_demonstration_is_loaded_once_renewed_for_a_new_day_and_harms_no_other_data() -> None:
    own = new_cluster()
    own.release()
    here = {"DISPENSING_DATA_DIR": str(own.data_dir)}
    small = ("demo", "--people", "30", "--days", "10")
    try:
        with started(*small, "--until", "2026-11-23", **here) as (_, _, said):
            assert "Loaded 30 people" in said
        with started(*small, "--until", "2026-11-23", **here) as (_, _, said):
            assert "Loaded" not in said, "the second start finds it there"
            refused = dispensing(*small, "--until", "2026-11-24", **here)
            assert refused.returncode == 1
            assert "Another copy of the service is using" in refused.stderr
        with started(*small, "--until", "2026-11-24", **here) as (_, _, said):
            assert "is put away for a new one" in said and "Loaded 30 people" in said
        assert dispensing("ledger", "verify", **here).returncode == 0
        cluster = ensure_cluster(own.data_dir)
        with psycopg.connect(cluster.owner_url) as connection:
            connection.execute("COMMENT ON DATABASE dispensing IS NULL")  # As a restored one.
        cluster.release()
        refused = dispensing(*small, "--until", "2026-11-25", **here)
        assert refused.returncode == 1 and "Nothing was touched" in refused.stderr
    finally:
        end_cluster(own)
