"""replay: every past hand-out and refusal asked again, under its own book and under another."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from dispensing.commands.connection import connection
from dispensing.commands.screen import console, errors, refuse

if TYPE_CHECKING:
    from audit.history.reading import Wanted
    from audit.history.replay import Changed, Replay, Replayed
    from dosing_rules import RuleBook, Severity

_DAY = ["%Y-%m-%d"]
_SHOWN = 20


def register(app: typer.Typer) -> None:
    app.command("replay")(replay)


def replay(
    book: Annotated[
        str | None, typer.Option(help="another book: an installed id, or a TOML file")
    ] = None,
    from_on: Annotated[
        datetime | None, typer.Option("--from", formats=_DAY, help="first clinic day")
    ] = None,
    to_on: Annotated[
        datetime | None, typer.Option("--to", formats=_DAY, help="last clinic day")
    ] = None,
    unit: Annotated[
        str | None, typer.Option(help="only decisions of the unit of this code")
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option("--json", help="write each changed decision here; names people by number"),
    ] = None,
) -> None:
    """Ask every past hand-out and refusal again, from the ledger alone.

    Under its own book the answer must be the recorded one, byte for byte; exit code 1 when one is
    not. With --book: how many decisions that book would have answered otherwise, by rule.
    """
    if file is not None and book is None:
        raise refuse("--json lists what another book changes: name it with --book.", 2)
    with connection() as database:
        folder = database.settings.signatures_dir
        other = book_named(book, folder) if book is not None else None
        first = from_on.date() if from_on is not None else date.min
        last = to_on.date() if to_on is not None else date.max
        began = time.process_time()
        found = _run(database.app_url, first, last, unit, other, folder, file)
        _tell(found, other, time.process_time() - began)
    if found.differing:
        raise typer.Exit(1)


def book_named(named: str, signatures: Path) -> RuleBook:
    """A book that is installed, or a file. Ends the command where there is none."""
    from dosing_rules import load_book
    from dosing_rules.rulebook import RuleBookError, parse_book

    path = Path(named)
    try:
        if path.suffix == ".toml":
            return parse_book(path.read_bytes())
        return load_book(named, signatures)
    except OSError as trouble:
        raise refuse(f"Cannot read {named}: {trouble.strerror}.", 2) from None
    except RuleBookError as trouble:
        raise refuse(f"{trouble}.", 2) from None


def _run(
    url: str,
    first: date,
    last: date,
    unit: str | None,
    other: RuleBook | None,
    signatures: Path,
    file: Path | None,
) -> Replayed:
    import msgspec
    import psycopg

    from audit.history.reading import Wanted
    from audit.history.replay import BookDiffers, Replay
    from dispensing.database import connect
    from dosing_rules import load_book
    from dosing_rules.rulebook import RuleBookError

    def own_book(book_id: str) -> Sequence[RuleBook]:
        plain, signed = load_book(book_id), load_book(book_id, signatures)
        return (plain,) if signed == plain else (plain, signed)

    try:
        with connect(url) as open_connection, _lines(file) as lines:
            open_connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            open_connection.read_only = True
            wanted = Wanted(first, last, _unit_id(open_connection, unit))

            def write(changed: Changed) -> None:
                if lines is not None:
                    lines.write(json.dumps(changed.as_dict()) + "\n")

            return _watched(open_connection, wanted, Replay(own_book, other, write))
    except BookDiffers as trouble:
        raise refuse(f"{trouble}.", 2) from None
    except RuleBookError as trouble:
        raise refuse(f"Decisions were made by a book that is not here: {trouble}.", 2) from None
    except msgspec.ValidationError as trouble:
        raise refuse(f"An entry of the ledger is none of its kind: {trouble}.", 2) from None


def _unit_id(connection: object, code: str | None) -> int | None:
    import psycopg

    assert isinstance(connection, psycopg.Connection)
    if code is None:
        return None
    row = connection.execute("SELECT unit_id FROM unit WHERE code = %s", (code,)).fetchone()
    if row is None:
        raise refuse("No unit of that code.", 2)
    return int(row[0])


def _watched(connection: object, wanted: Wanted, running: Replay) -> Replayed:
    import psycopg

    from audit.history.replay import replay_ledger

    assert isinstance(connection, psycopg.Connection)
    columns = (
        TextColumn("Asking again"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("replay", total=None)
        return replay_ledger(
            connection,
            wanted,
            running,
            lambda done, total: bar.update(task, completed=done, total=total),
        )


@contextmanager
def _lines(file: Path | None) -> Iterator[TextIO | None]:
    """A new file that only its owner may read: it names people by their numbers."""
    if file is None:
        yield None
        return
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise refuse(f"{file} exists already.", 2) from None
    except OSError as trouble:
        raise refuse(f"Cannot write {file}: {trouble.strerror}.", 2) from None
    with os.fdopen(handle, "w", encoding="utf-8") as lines:
        yield lines


def _tell(found: Replayed, other: RuleBook | None, seconds: float) -> None:
    checks = found.agreed + found.differing
    checks += checks if other is not None else 0
    rate = f", {checks / seconds:,.0f} checks a second" if seconds > 0 else ""
    console.print(f"{found.decisions} decisions asked again in {seconds:.1f} s{rate}.")
    for count, what in (
        (found.erased, "are erased: nobody can ask them again"),
        (found.unknown, "stand on a fact that is erased, missing, on paper or merged: unknown"),
    ):
        if count:
            console.print(f"[yellow]?[/] {count} of them {what}.")
    if found.differing:
        errors.print(
            f"[bold red]✘[/] {found.differing} get ANOTHER answer under their own book:"
            " the ledger's facts or the rules are not what they were."
        )
        for one in found.differences[:_SHOWN]:
            errors.print(
                f"  unit {one.unit_id}, entry {one.seq}, {one.on}, person {one.person_id}:"
                f" {', '.join(one.rules)}"
            )
    elif found.agreed:
        console.print(f"[green]✔[/] {found.agreed} get the recorded answer, byte for byte.")
    if other is not None:
        _tell_changes(found, other)


def _tell_changes(found: Replayed, other: RuleBook) -> None:
    from rich.table import Table

    tally = found.tally
    ways = ", ".join(f"{count} {way}" for way, count in tally.directions().items() if count)
    console.print(
        f"{other.id} would have answered {tally.decisions} decisions about"
        f" {len(tally.people)} people otherwise" + (f": {ways}." if ways else ".")
    )
    if not tally.rules:
        return
    table = Table("rule", "recorded", other.id, "decisions", title="By rule")
    ordered = sorted(tally.rules.items(), key=lambda one: (-one[1], one[0][0]))
    for (rule_id, before, after), count in ordered:
        table.add_row(rule_id, _word(before), _word(after), str(count))
    console.print(table)


def _word(severity: Severity | None) -> str:
    return severity.word if severity is not None else "-"
