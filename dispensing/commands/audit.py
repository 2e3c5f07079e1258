"""audit year: the medicinsk audit of a period, computed from the ledger alone."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dispensing.commands.connection import connection
from dispensing.commands.screen import console, refuse

if TYPE_CHECKING:
    from audit.medicinsk.model import Period, Report
    from audit.medicinsk.places import BookOf

_DAY = ["%Y-%m-%d"]


def register(app: typer.Typer) -> None:
    audit = typer.Typer(no_args_is_help=True, help="The medicinsk audit, from the ledger alone.")
    audit.command("year")(year)
    app.add_typer(audit, name="audit")


def year(
    from_on: Annotated[datetime, typer.Option("--from", formats=_DAY, help="first clinic day")],
    to_on: Annotated[datetime, typer.Option("--to", formats=_DAY, help="last: the audit date")],
    unit: Annotated[
        str | None, typer.Option(help="the unit of this code; without it all together")
    ] = None,
    alone: Annotated[
        bool, typer.Option(help="count nothing of the other institutions; quicker")
    ] = False,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="write all figures here, and what they stand on")
    ] = None,
    csv_folder: Annotated[
        Path | None,
        typer.Option("--csv", help="write figures.csv and dictionary.csv in this folder"),
    ] = None,
    inside: Annotated[
        bool,
        typer.Option(help="hide no small cells: for whoever may see the people, never to pass on"),
    ] = False,
) -> None:
    """Compute the indicators M1-M22 of a period, last year and the other institutions beside them.

    What is written hides cells under the audit's limit, unless --inside is given.
    """
    from audit.medicinsk.export import dictionary_csv, rows_of, to_csv, to_json
    from audit.medicinsk.model import Period

    first, last = from_on.date(), to_on.date()
    if last < first:
        raise refuse("The last day is before the first.", 2)
    began = time.monotonic()
    report = _computed(Period(first, last), unit, alone)
    _tell(report, time.monotonic() - began)
    rows = rows_of(report, leaves=not inside)
    if json_file is not None:
        _write(json_file, to_json(report, rows, leaves=not inside))
    if csv_folder is not None:
        csv_folder.mkdir(parents=True, exist_ok=True)
        _write(csv_folder / "figures.csv", to_csv(rows))
        _write(csv_folder / "dictionary.csv", dictionary_csv())


def _computed(period: Period, unit: str | None, alone: bool) -> Report:
    import msgspec
    import psycopg

    from audit.medicinsk.year import UnknownUnit, audit
    from dispensing.database import connect

    with connection() as database, connect(database.app_url) as open_connection:
        open_connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        open_connection.read_only = True
        try:
            book_of = _book_of(database.settings.signatures_dir)
            return audit(open_connection, period, book_of, code=unit, alone=alone)
        except UnknownUnit:
            raise refuse("No unit of that code.", 2) from None
        except msgspec.ValidationError as trouble:
            raise refuse(f"An entry of the ledger is none of its kind: {trouble}.", 2) from None


def _book_of(signatures: Path) -> BookOf:
    from dosing_rules import RuleBook, load_book
    from dosing_rules.rulebook import RuleBookError

    def book_of(book_id: str, sha256: str) -> RuleBook | None:
        """The installed book of this id where its bytes have this hash, signed if it is."""
        try:
            book = load_book(book_id, signatures)
        except (RuleBookError, OSError):
            return None
        return book if book.sha256 == sha256 else None

    return book_of


def _tell(report: Report, seconds: float) -> None:
    from rich.table import Table

    from audit.definitions import definitions
    from audit.medicinsk import texts

    table = Table("", texts.word("counts"), "ja", "nej", "ukendt", "%", texts.word("target"))
    for indicator in report.figures.indicators:
        known = definitions()[indicator.id]
        for number, share in enumerate(indicator.shares):
            target = "" if share.standing is None else texts.label(share.standing)
            table.add_row(
                indicator.id if number == 0 else "",
                f"{known.name}: {texts.figure(share.key)}",
                *[str(one.count) for one in (share.yes, share.no, share.unknown)],
                "" if share.percent is None else str(share.percent),
                target,
            )
    console.print(table)
    place = report.institution.name or texts.word("whole")
    console.print(
        f"{place}, {_days(report.period.first, report.period.last)}: {seconds:.1f} s;"
        f" {len(report.others)} beside it{_range(report.ledger)}."
    )


def _days(first: date, last: date) -> str:
    return f"{first.isoformat()} - {last.isoformat()}"


def _range(ranges: Sequence[object]) -> str:
    return f", {len(ranges)} chains"


def _write(file: Path, content: bytes) -> None:
    """A new file that only its owner may read."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise refuse(f"{file} exists already.", 2) from None
    except OSError as trouble:
        raise refuse(f"Cannot write {file}: {trouble.strerror}.", 2) from None
    with os.fdopen(handle, "wb") as out:
        out.write(content)
    console.print(f"[green]✔[/] {file}")
