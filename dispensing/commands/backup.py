"""backup and restore, by PostgreSQL's own programs."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Annotated

import psycopg
import typer
from alembic.util import CommandError

from dispensing.commands.connection import connection
from dispensing.commands.ledger import heads, verify_and_tell
from dispensing.commands.screen import console, refuse, step
from dispensing.database import connect
from dispensing.downtime.restoring import comment_on, mark_restored
from dispensing.postgres_programs import PostgresMissing, Programs, find_programs
from dispensing.self_check import RESTORING
from dispensing.settings import child_environment

# Made by `prepare-database` as a superuser before; the owner may not make them again.
NOT_OURS = re.compile(r"^\d+; \d+ \d+ (EXTENSION|COMMENT - EXTENSION|SCHEMA|COMMENT - SCHEMA) ")


class BackupFailed(RuntimeError):
    """pg_dump or pg_restore failed, or refused; the message says why."""


def register(app: typer.Typer) -> None:
    app.command("backup")(backup)
    app.command("restore")(restore)


def backup(file: Annotated[Path, typer.Argument(help="the file to write; must not exist")]) -> None:
    """Write the whole database to FILE (PostgreSQL's custom format), consistent at one moment."""
    with connection() as database:
        url = database.owner()
        programs = database.cluster.programs if database.cluster else _programs_or_exit()
        try:
            with step(f"Backup written to {file}"):
                back_up(url, file, programs)
        except (BackupFailed, PostgresMissing) as failure:
            raise refuse(str(failure)) from None
        console.print("The ledger at about that moment; keep these lines apart from the backup:")
        for line in heads(url):
            console.print(f"  {line}")


def restore(file: Annotated[Path, typer.Argument(help="a file written by `backup`")]) -> None:
    """Fill an EMPTY database from FILE, then verify its ledger."""
    with connection() as database:
        url = database.owner()
        programs = database.cluster.programs if database.cluster else _programs_or_exit()
        try:
            with step(f"Restored from {file}"):
                restore_into(url, file, programs)
            console.print("The restored ledger reaches to:")
            for line in heads(url):
                console.print(f"  {line}")
            with step("Every unit marked: nothing is handed out before a doctor resolves it"):
                mark(url)
        except (BackupFailed, PostgresMissing) as failure:
            raise refuse(str(failure)) from None
        sound = verify_and_tell(url)
    console.print(
        "\n[bold yellow]![/] Whatever was handed out after this backup is not in it, and would be"
        " handed out again. Each unit refuses to hand out until somebody has said which lists and"
        " receipts are newer, what they tell is typed in, and a doctor has resolved it on the page"
        " /gendannelse. `dispensing restoration` says what to compare, docs/operations.md how."
    )
    if not sound:
        raise typer.Exit(1)


def back_up(owner_url: str, file: Path, programs: Programs) -> None:
    """Write the database at `owner_url` to `file`, whole or not at all. Raises BackupFailed."""
    if file.exists():
        raise BackupFailed(f"{file} exists; a backup is never overwritten.")
    if not file.absolute().parent.is_dir():
        raise BackupFailed(f"The folder {file.absolute().parent} does not exist.")
    handle, aside_name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.absolute().parent)
    aside = Path(aside_name)
    try:
        # Hashes and keys do not compress; a higher level only costs time.
        dump = [programs.path("pg_dump"), "--format=custom", "--compress=1", "--file", aside]
        _run(dump, owner_url)
        os.fsync(handle)
        os.link(aside, file)  # Fails where the file has come into being meanwhile.
    except FileExistsError:
        raise BackupFailed(f"{file} exists; a backup is never overwritten.") from None
    finally:
        os.close(handle)
        aside.unlink(missing_ok=True)


def restore_into(owner_url: str, file: Path, programs: Programs) -> None:
    """Fill the empty database at `owner_url` from `file`, in one transaction or not at all.

    The service refuses what was filled until `mark`. Raises BackupFailed; a database that holds
    any table is refused and left as it is.
    """
    if not file.is_file():
        raise BackupFailed(f"There is no file {file}.")
    try:
        with connect(owner_url) as connection:
            row = connection.execute(
                "SELECT count(*) FROM pg_class"
                " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
            ).fetchone()
    except psycopg.OperationalError as failure:
        raise BackupFailed(f"The database does not answer: {failure}") from None
    if row is not None and row[0]:
        raise BackupFailed(
            f"The database holds {row[0]} tables; a backup is restored only into an empty one."
            " Nothing was touched. Use a new DISPENSING_DATA_DIR, or a new database on the server."
        )
    # Said before a table is there and taken back by `mark`: broken off in between, nothing serves.
    _say(owner_url, RESTORING)
    try:
        _fill(owner_url, file, programs)
    except BackupFailed:
        _say(owner_url, None)
        raise


def mark(owner_url: str) -> None:
    """Bring the schema up to date and mark every unit as restored. Raises BackupFailed."""
    from dispensing.database import migrate

    try:
        migrate(owner_url)
        mark_restored(owner_url)
    except (psycopg.Error, ValueError, CommandError) as failure:
        raise BackupFailed(
            f"The restored database could not be marked, and so the service refuses it: {failure}"
        ) from None


def _say(owner_url: str, comment: str | None) -> None:
    with connect(owner_url) as connection:
        comment_on(connection, comment)
        connection.commit()


def _fill(owner_url: str, file: Path, programs: Programs) -> None:
    listed = _run([programs.path("pg_restore"), "--list", file], None)
    kept = [line for line in listed.splitlines() if not NOT_OURS.match(line)]
    with tempfile.NamedTemporaryFile("w", prefix="dispensing-restore-") as contents:
        contents.write("\n".join(kept) + "\n")
        contents.flush()
        command: list[str | Path] = [programs.path("pg_restore"), "--exit-on-error", "--no-owner"]
        command += ["--single-transaction", f"--use-list={contents.name}", "--dbname=", file]
        _run(command, owner_url)
    with connect(owner_url) as connection:
        connection.execute("ANALYZE")
        connection.commit()


def _run(command: list[str | Path], url: str | None) -> str:
    """Run a program against `url`, whose password goes by the environment, never by the list."""
    environment = child_environment(LC_ALL="C")
    if url is not None:
        info = psycopg.conninfo.conninfo_to_dict(url)
        names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "dbname": "PGDATABASE"}
        names |= {"password": "PGPASSWORD", "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT"}
        for key, variable in names.items():
            if key in info:
                environment[variable] = str(info[key])
        command = [
            f"--dbname={info['dbname']}" if part == "--dbname=" else part for part in command
        ]
    done = subprocess.run(
        [str(part) for part in command],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise BackupFailed(f"{Path(command[0]).name} failed: {done.stderr.strip()}")
    return done.stdout


def _programs_or_exit() -> Programs:
    from dispensing.settings import load_settings

    try:
        return find_programs(load_settings().pg_bin)
    except PostgresMissing as missing:
        raise refuse(str(missing)) from None
