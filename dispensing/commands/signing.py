"""ledger sign, export, keys, cosign-request, add-cosignature: what outsiders hold it against."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import threading
from datetime import datetime
from pathlib import Path
from typing import Annotated

import psycopg
import typer

from audit.ledger.logbook import Logbook, LogbookError
from dispensing.clock import HOME_ZONE, zone_named
from dispensing.commands.connection import Connection, connection
from dispensing.commands.screen import console, errors, refuse
from dispensing.settings import Settings, child_environment

#: What `serve` starts: under this name the process list shows it.
SIGN = ("-m", "dispensing", "ledger", "sign", "--keep-on")
END_S = 5


def register_in(ledger: typer.Typer) -> None:
    ledger.command("sign")(sign)
    ledger.command("export")(export)
    ledger.command("keys")(keys)
    ledger.command("cosign-request")(cosign_request)
    ledger.command("add-cosignature")(add_cosignature)


def sign(
    keep_on: Annotated[
        bool, typer.Option("--keep-on", help="now, at every quarter of an hour, and at midnight")
    ] = False,
    deep: Annotated[bool, typer.Option(help="build every tree anew from its first leaf")] = False,
) -> None:
    """Sign what every chain of the ledger has. Exit code 1: a chain lacks what was signed.

    Runs with the signer's own role and key; `serve` starts it beside itself.
    """
    from audit.ledger.signer import SignerRefused, sign_all

    with connection() as database:
        url = _url_or_exit(database)
        try:
            logbook = open_logbook(database.settings)
            if keep_on:
                _keep_on(url, logbook)
                return
            with psycopg.connect(url) as signing:
                outcomes = sign_all(signing, logbook, deep=deep)
        except (LogbookError, SignerRefused, ValueError) as trouble:
            raise refuse(str(trouble)) from None
    lost = False
    for one in outcomes:
        told = {
            "signed": f"signed to entry {one.size}",
            "unchanged": f"nothing new since entry {one.size}",
            "begun-anew": f"a new log begins after the loss, with {one.size} entries",
            "entries-missing": f"entries are MISSING: {one.size} were signed, {one.reached} are"
            " there. Nothing is handed out before a person resolves it (/gendannelse)",
            "ledger-differs": f"the ledger is ANOTHER than what was signed over {one.size} entries."
            " Nothing is handed out before a person resolves it (/gendannelse)",
        }[one.what]
        lost |= one.what in ("entries-missing", "ledger-differs")
        console.print(f"{one.origin}: {told}", markup=False)
    if lost:
        raise typer.Exit(1)


def export(
    file: Annotated[Path, typer.Argument(help="the file to write; must not exist")],
) -> None:
    """Write the ledger into FILE for `python -m audit verify`. It holds people: keep it well."""
    from audit.ledger.export import export as write

    with connection() as database:
        lines = Logbook(database.settings.signer_dir).public_lines()
        try:
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as trouble:
            raise refuse(f"{file} cannot be written: {trouble.strerror}.") from None
        try:
            with open(handle, "wb") as out, psycopg.connect(database.app_url) as reading:
                reading.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
                reading.read_only = True
                done = write(reading, out, lines)
                out.flush()
                os.fsync(out.fileno())
        except BaseException:
            file.unlink(missing_ok=True)
            raise
    console.print(
        f"{done.entries} entries in {done.chains} chains, {done.checkpoints} checkpoints: {file}",
        markup=False,
    )


def keys() -> None:
    """Print the signer's public keys, for whoever verifies or cosigns."""
    from dispensing.commands.connection import settings_or_exit

    lines = _lines_of(settings_or_exit())
    if not lines:
        raise refuse("Nothing was signed yet: run `dispensing ledger sign`.")
    for line in lines:
        typer.echo(line)


def cosign_request(
    chain: Annotated[int, typer.Option(help="number of the chain")],
    since: Annotated[int, typer.Option(help="size the witness saw last; 0 the first time")] = 0,
) -> None:
    """Print what a witness needs: the newest checkpoint, and that it continues an older one."""
    from audit.ledger.cosigning import request
    from audit.ledger.witness import Refused

    with connection() as database, psycopg.connect(database.app_url) as reading:
        try:
            typer.echo(request(reading, chain, since), nl=False)
        except Refused as trouble:
            raise refuse(str(trouble)) from None


def add_cosignature(
    file: Annotated[Path, typer.Argument(help="what the witness answered")],
    witness_keys: Annotated[Path, typer.Option(help="the witness's public keys")],
) -> None:
    """Keep a witness's signature under a checkpoint, after looking whether it holds."""
    from audit.__main__ import read_keys
    from audit.ledger.cosigning import take_answer
    from audit.ledger.note import NoteError
    from audit.ledger.witness import Refused

    with connection() as database, psycopg.connect(_url_or_exit(database)) as writing:
        try:
            lines = take_answer(writing, file.read_text(), read_keys(witness_keys))
        except (OSError, NoteError, Refused) as trouble:
            raise refuse(str(trouble)) from None
    console.print(f"{lines} signatures are kept.")


def start(database: Connection) -> subprocess.Popen[bytes] | None:
    """Start the signer beside the service, as a process of its own; None where it runs elsewhere.

    On a server without DISPENSING_SIGNER_URL somebody else's process signs, on another machine or
    as another user: then this one never sees the key.
    """
    url = database.signer()
    if url is None:
        return None
    environment = child_environment(
        DATABASE_URL=database.app_url,
        DISPENSING_DATA_DIR=str(database.settings.data_dir),
        DISPENSING_SIGNER_URL=url,
        DISPENSING_SIGNER_DIR=str(database.settings.signer_dir),
    )
    return subprocess.Popen(
        [sys.executable, *SIGN], env=environment, stdin=subprocess.DEVNULL, start_new_session=True
    )


def end(process: subprocess.Popen[bytes] | None) -> None:
    """End a signer that `start` started; what it was signing it signs next time."""
    if process is None:
        return
    process.terminate()
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def open_logbook(settings: Settings) -> Logbook:
    """The signer's folder, with keys made where there are none."""
    logbook = Logbook(settings.signer_dir)
    logbook.begin(settings.ledger_origin, (secrets.token_bytes(32), secrets.token_bytes(32)))
    return logbook


def day_ended(before: datetime, now: datetime) -> bool:
    """Whether a day ended at home between two moments."""
    zone = zone_named(HOME_ZONE)
    return before.astimezone(zone).date() != now.astimezone(zone).date()


def _keep_on(url: str, logbook: Logbook) -> None:
    from audit.ledger.signer import keep_signing

    ended = threading.Event()
    parent = os.getppid()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: ended.set())
    # The counters come first.
    os.nice(10)

    def pause(seconds: float) -> bool:
        until = seconds
        while until > 0 and not ended.wait(min(until, 1.0)):
            until -= 1.0
            if os.getppid() != parent:
                # The service was killed: without it nobody would end this one.
                return True
        return ended.is_set()

    keep_signing(
        lambda: psycopg.connect(url),
        logbook,
        pause,
        lambda said: errors.print(f"ledger: {said}", markup=False),
        day_ended,
    )


def _lines_of(settings: Settings) -> list[str]:
    return Logbook(settings.signer_dir).public_lines()


def _url_or_exit(database: Connection) -> str:
    url = database.signer()
    if url is None:
        raise refuse("This needs the signer's role: set DISPENSING_SIGNER_URL.")
    return url
