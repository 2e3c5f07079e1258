"""The service's own PostgreSQL cluster, for a machine or a demonstration without a server.

Below the data folder:

    cluster.json        port and random passwords (0600)
    cluster.lock        held while starting or stopping
    cluster.users       shared lock of every process that uses the cluster
    server/             owned by the server's user: data/ (the cluster) and server.log

It listens on 127.0.0.1 only, has no socket file, and asks every role for its password (SCRAM).
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from dispensing.postgres_programs import (
    PostgresFailed,
    Programs,
    ServerUser,
    find_programs,
    is_postgres,
    postmaster_pid,
    reachable,
    run_program,
    server_user,
    within_reach,
)
from dispensing.roles import APP, AUDITOR, DATABASE, OWNER, ROLES, prepare_database

SUPERUSER = "postgres"
# Raised when `prepare_database` learns something new, so that older clusters are prepared again.
PREPARATION = 2
START_TIMEOUT_S = 120

SERVER_SETTINGS = """\
# Written by the service at every start; changes here are lost.
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = ''
max_connections = 200
password_encryption = 'scram-sha-256'
# An answer leaves after the commit is on disk, or a dose may be given twice.
fsync = on
full_page_writes = on
synchronous_commit = on
timezone = 'UTC'
log_timezone = 'UTC'
# Sized for a demonstration on two cores.
shared_buffers = 256MB
effective_cache_size = 1GB
wal_buffers = 16MB
min_wal_size = 256MB
max_wal_size = 2GB
wal_compression = on
checkpoint_timeout = 15min
random_page_cost = 1.1
jit = off
# The log carries no statements and no values: they would be health data.
log_min_error_statement = panic
log_error_verbosity = terse
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
"""


class ClusterRefused(RuntimeError):
    """The cluster is not started and nothing was touched. The message says what to do."""


@dataclass(slots=True)
class Cluster:
    """A running cluster. URLs hold passwords: never print them."""

    data_dir: Path
    port: int
    programs: Programs
    user: ServerUser
    passwords: dict[str, str] = field(repr=False)
    started_here: bool = False
    _using: int | None = field(default=None, repr=False)

    @property
    def superuser_url(self) -> str:
        return self.url(SUPERUSER, "postgres")

    @property
    def owner_url(self) -> str:
        return self.url(OWNER)

    @property
    def app_url(self) -> str:
        return self.url(APP)

    @property
    def auditor_url(self) -> str:
        return self.url(AUDITOR)

    @property
    def log_file(self) -> Path:
        return self.data_dir / "server" / "server.log"

    @property
    def postmaster_pid(self) -> int | None:
        return postmaster_pid(self.data_dir / "server" / "data")

    def url(self, role: str, database: str = DATABASE) -> str:
        return f"postgresql://{role}:{self.passwords[role]}@127.0.0.1:{self.port}/{database}"

    def revive(self) -> bool:
        """Start the server again where it has died. Returns whether it had."""
        with _exclusive(self.data_dir / "cluster.lock"):
            pid = self.postmaster_pid
            if (pid is not None and is_postgres(pid)) or _answers(self):
                return False
            _start(self)
            _write_memory(self.data_dir, self.port, self.passwords, PREPARATION)
        return True

    def release(self) -> bool:
        """Leave the cluster; the last one to leave stops it. Returns whether it was stopped."""
        if self._using is None:
            return False
        with _exclusive(self.data_dir / "cluster.lock"):
            try:
                fcntl.flock(self._using, fcntl.LOCK_EX | fcntl.LOCK_NB)
                alone = True
            except OSError:
                alone = False
            if alone:
                self._stop_server()
            os.close(self._using)
            self._using = None
        return alone

    def stop(self) -> None:
        """Stop the server, whoever else uses it."""
        with _exclusive(self.data_dir / "cluster.lock"):
            self._stop_server()
            if self._using is not None:
                os.close(self._using)
                self._using = None

    def _stop_server(self) -> None:
        data = self.data_dir / "server" / "data"
        pid = postmaster_pid(data)
        if pid is None or not is_postgres(pid):
            return
        stop = [self.programs.path("pg_ctl"), "stop", "-D", data, "-w"]
        try:
            run_program([*stop, "-t", "30", "-m", "fast"], self.user, cwd=data)
        except PostgresFailed:
            pid = postmaster_pid(data)
            if pid is not None and is_postgres(pid):
                run_program([*stop, "-t", "30", "-m", "immediate"], self.user, cwd=data)


def ensure_cluster(data_dir: Path, pg_bin: Path | None = None) -> Cluster:
    """The running cluster below `data_dir`: made, started or joined as needed.

    Two calls at once, from any processes, give the same cluster. Raises ClusterRefused,
    PostgresMissing or PostgresFailed; existing data is never deleted or converted.
    """
    data_dir = data_dir.absolute()
    user = _user_of(data_dir)
    _make_folders(data_dir, user)
    with _exclusive(data_dir / "cluster.lock"):
        data = data_dir / "server" / "data"
        written_by = _version_of(data)
        programs = find_programs(pg_bin, prefer=written_by)
        if written_by is not None and written_by != programs.version:
            raise ClusterRefused(_other_version(data, written_by, programs))
        programs = within_reach(programs, user, data_dir)
        if written_by is None:
            _initialise(data_dir, programs, user)
        remembered = _read_memory(data_dir)
        # A role that came later has no password in an older cluster's memory.
        passwords = {role: secrets.token_urlsafe(24) for role in ROLES} | remembered["passwords"]
        cluster = Cluster(data_dir, remembered["port"], programs, user, passwords)
        if not _answers(cluster):
            _start(cluster)
            cluster.started_here = True
        if remembered.get("prepared") != PREPARATION:
            prepare_database(cluster.superuser_url, cluster.passwords)
        _write_memory(data_dir, cluster.port, cluster.passwords, PREPARATION)
        using = os.open(data_dir / "cluster.users", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(using, fcntl.LOCK_SH)
        cluster._using = using
    return cluster


def _user_of(data_dir: Path) -> ServerUser:
    """Who runs the server: whoever owns the cluster already, else the usual choice."""
    user = server_user()
    server = data_dir / "server"
    if not server.exists():
        return user
    owner = server.stat()
    if owner.st_uid == user.uid:
        return user
    if not user.switched or owner.st_uid == 0:
        raise ClusterRefused(
            f"{server} belongs to another user (uid {owner.st_uid}); start the service as that"
            " user, or set DISPENSING_DATA_DIR to another folder"
        )
    return ServerUser(f"uid {owner.st_uid}", owner.st_uid, owner.st_gid, switched=True)


def _make_folders(data_dir: Path, user: ServerUser) -> None:
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o755 if user.switched else 0o700)
    if user.switched and not reachable(data_dir, user):
        raise ClusterRefused(
            f"PostgreSQL runs as the user {user.name} when the service is started as root, and"
            f" that user cannot reach {data_dir}; set DISPENSING_DATA_DIR to a folder that it can"
            " reach, such as /var/lib/dispensing"
        )
    server = data_dir / "server"
    if not server.exists():
        # Aside, and moved into place whole: who starts at the same moment never finds it as root's.
        aside = data_dir / f"server.{os.getpid()}"
        aside.mkdir(mode=0o700, exist_ok=True)
        if user.switched:
            os.chown(aside, user.uid, user.gid)
        try:
            aside.rename(server)
        except OSError:
            # Somebody else's is there, and in use.
            aside.rmdir()


def _initialise(data_dir: Path, programs: Programs, user: ServerUser) -> None:
    """Make the cluster aside and move it into place whole: a broken-off try leaves no half one."""
    server = data_dir / "server"
    aside = server / "data.new"
    shutil.rmtree(aside, ignore_errors=True)
    passwords = {role: secrets.token_urlsafe(24) for role in (SUPERUSER, *ROLES)}
    password_file = server / "first-password"
    password_file.unlink(missing_ok=True)
    _write_for(user, password_file, passwords[SUPERUSER] + "\n")
    command = [
        *(programs.path("initdb"), "-D", aside, f"--username={SUPERUSER}"),
        *(f"--pwfile={password_file}", "--auth=scram-sha-256"),
        *("--encoding=UTF8", "--data-checksums", "--no-instructions"),
    ]
    try:
        try:
            run_program([*command, "--locale=C.UTF-8"], user, cwd=server)
        except PostgresFailed as failure:
            if "locale" not in str(failure):
                raise
            shutil.rmtree(aside, ignore_errors=True)
            run_program([*command, "--locale=C"], user, cwd=server)
    finally:
        password_file.unlink(missing_ok=True)
    _write_for(user, aside / "postgresql.conf", "\ninclude = 'dispensing.conf'\n", os.O_APPEND)
    _write_memory(data_dir, 0, passwords, None)
    aside.rename(server / "data")


def _start(cluster: Cluster) -> None:
    data = cluster.data_dir / "server" / "data"
    give_up_at = time.monotonic() + START_TIMEOUT_S
    if not cluster.port:
        cluster.port = _free_port()
    while True:
        pid = postmaster_pid(data)
        if pid is not None and not is_postgres(pid):
            # Left by a killed server or an earlier boot; the number belongs to another by now.
            (data / "postmaster.pid").unlink(missing_ok=True)
        elif pid is not None and _wait_for_answer(cluster, 10):
            return
        settings = SERVER_SETTINGS.format(port=cluster.port)
        _write_for(cluster.user, data / "dispensing.conf", settings)
        start = [cluster.programs.path("pg_ctl"), "start", "-D", data, "-w", "-s"]
        since = cluster.log_file.stat().st_size if cluster.log_file.exists() else 0
        try:
            run_program(
                [*start, "-t", str(START_TIMEOUT_S), "-l", cluster.log_file],
                cluster.user,
                cwd=data,
                timeout_s=START_TIMEOUT_S + 10,
            )
            return
        except PostgresFailed as failure:
            said = _log_since(cluster.log_file, since)
            if time.monotonic() > give_up_at:
                raise PostgresFailed(f"{failure}\n{said}") from None
            if "could not bind" in said or "could not create any TCP" in said:
                cluster.port = _free_port()
            elif "shared memory block" in said or "lock file" in said:
                time.sleep(0.3)  # Children of a killed server are still ending.
            else:
                raise PostgresFailed(f"{failure}\n{said}") from None


def _write_for(user: ServerUser, file: Path, text: str, how: int = os.O_TRUNC) -> None:
    """Write a file of the server's user. As root, never through a link that user laid there."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | how, 0o600)
    with open(handle, "w") as opened:
        opened.write(text)
        if user.switched:
            os.fchown(handle, user.uid, user.gid)


def _answers(cluster: Cluster) -> bool:
    """Whether the server at the remembered port is ours: right password and right folder."""
    if not cluster.port:
        return False
    try:
        with psycopg.connect(cluster.superuser_url, connect_timeout=5) as connection:
            row = connection.execute("SHOW data_directory").fetchone()
    except psycopg.OperationalError:
        return False
    return row is not None and Path(row[0]) == cluster.data_dir / "server" / "data"


def _wait_for_answer(cluster: Cluster, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if _answers(cluster):
            return True
        pid = postmaster_pid(cluster.data_dir / "server" / "data")
        if pid is None or not is_postgres(pid):
            return False
        time.sleep(0.1)
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _version_of(data: Path) -> int | None:
    try:
        return int((data / "PG_VERSION").read_text().split(".")[0])
    except FileNotFoundError:
        return None


def _other_version(data: Path, written_by: int, programs: Programs) -> str:
    return (
        f"The data in {data} were written by PostgreSQL {written_by}, but the programs found in"
        f" {programs.folder} are version {programs.version}. Nothing was touched. Either point"
        f" DISPENSING_PG_BIN at the programs of version {written_by}, or carry the data over:"
        " `dispensing backup FILE` with the old version, move the folder away, then"
        " `dispensing restore FILE` with the new one. Demonstration data may simply be moved"
        " away. docs/operations.md shows each step."
    )


def _read_memory(data_dir: Path) -> dict:
    return json.loads((data_dir / "cluster.json").read_text())


def _write_memory(
    data_dir: Path, port: int, passwords: dict[str, str], prepared: int | None
) -> None:
    aside = data_dir / ".cluster.json.new"
    aside.unlink(missing_ok=True)
    with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump({"port": port, "passwords": passwords, "prepared": prepared}, file)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(data_dir / "cluster.json")


def _log_since(log_file: Path, offset: int) -> str:
    try:
        with open(log_file, errors="replace") as file:
            file.seek(offset)
            return file.read()[-2000:]
    except OSError:
        return ""


@contextmanager
def _exclusive(lock_file: Path) -> Iterator[None]:
    lock = os.open(lock_file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
