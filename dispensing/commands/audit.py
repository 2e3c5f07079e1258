"""audit: the medicinsk audit of a period and the files beside it, from the ledger alone."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dispensing.commands.connection import connection
from dispensing.commands.replay import book_named
from dispensing.commands.screen import console, refuse

if TYPE_CHECKING:
    import psycopg

    from audit.medicinsk.authorities import Row
    from audit.medicinsk.model import Period, Report, WhatIf
    from audit.medicinsk.places import BookOf

_DAY = ["%Y-%m-%d"]


def register(app: typer.Typer) -> None:
    audit = typer.Typer(no_args_is_help=True, help="The medicinsk audit, from the ledger alone.")
    audit.command("year")(year)
    audit.command("inspection")(inspection)
    audit.command("monthly")(monthly)
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
    proposed: Annotated[
        str | None,
        typer.Option("--what-if", help="ask the period's decisions again under this book, too"),
    ] = None,
) -> None:
    """Compute the indicators M1-M22 of a period, last year and the other institutions beside them.

    What is written hides cells under the audit's limit, unless --inside is given.
    """
    from audit.medicinsk.export import dictionary_csv, rows_of, to_csv, to_json
    from audit.medicinsk.year import audit

    period = _period(from_on, to_on)
    began = time.monotonic()
    with _open() as (open_connection, signatures):
        report = audit(open_connection, period, _book_of(signatures), code=unit, alone=alone)
        if proposed is not None:
            asked = _what_if(open_connection, report, proposed, signatures)
            report = replace(report, what_if=(asked,))
    _tell(report, time.monotonic() - began)
    rows = rows_of(report, leaves=not inside)
    if json_file is not None:
        _write(json_file, [to_json(report, rows, leaves=not inside)])
    if csv_folder is not None:
        csv_folder.mkdir(parents=True, exist_ok=True)
        _write(csv_folder / "figures.csv", [to_csv(rows)])
        _write(csv_folder / "dictionary.csv", [dictionary_csv()])


_Unit = Annotated[str, typer.Option(help="the unit of this code")]
_From = Annotated[datetime, typer.Option("--from", formats=_DAY, help="first clinic day")]
_To = Annotated[datetime, typer.Option("--to", formats=_DAY, help="last clinic day")]


def inspection(file: Path, unit: _Unit, from_on: _From, to_on: _To) -> None:
    """Write every dose that left the unit's cabinet: times, kinds, amounts, indications.

    Names people by their number; only the file's owner may read it.
    """
    from audit.medicinsk import authorities

    rows = authorities.inspection
    _of_people(file, unit, _period(from_on, to_on), authorities.INSPECTION, rows, whole=True)


def monthly(file: Path, unit: _Unit, from_on: _From, to_on: _To) -> None:
    """Write the unit's courses of a month: the start set for Stofmisbrugsdatabasen.

    Names people by their number; only the file's owner may read it.
    """
    from audit.medicinsk import authorities

    rows = authorities.monthly
    _of_people(file, unit, _period(from_on, to_on), authorities.MONTHLY, rows, whole=False)


def _of_people(
    file: Path,
    unit: str,
    period: Period,
    columns: Sequence[str],
    rows: Callable[..., Iterator[Row]],
    *,
    whole: bool,
) -> None:
    """``whole``: also of people whom another unit treats."""
    from audit.medicinsk.authorities import to_csv
    from audit.medicinsk.feed import Reading, ranges_now, read_merges, read_people, read_places
    from audit.medicinsk.year import lives, unit_of

    with _open() as (open_connection, signatures):
        ranges = ranges_now(open_connection)
        reading = Reading(period.last, ranges)
        places = read_places(open_connection, reading, _book_of(signatures))
        unit_id = unit_of(places, unit)
        chains = [one.chain_id for one in ranges if one.institution == unit]
        merges = read_merges(open_connection, reading)
        read = read_people(open_connection, reading, None if whole else (unit_id, chains))
        with closing(read) as people:
            told = rows(lives(people, places, merges), places, period, unit_id)
            _write(file, to_csv(columns, told))


def _period(from_on: datetime, to_on: datetime) -> Period:
    from audit.medicinsk.model import Period

    first, last = from_on.date(), to_on.date()
    if last < first:
        raise refuse("The last day is before the first.", 2)
    return Period(first, last)


@contextmanager
def _open() -> Iterator[tuple[psycopg.Connection[Any], Path]]:
    """The ledger in one snapshot, and the folder of signatures; what goes wrong in words."""
    import msgspec
    import psycopg

    from audit.history.replay import BookDiffers
    from audit.medicinsk.year import UnknownUnit
    from dispensing.database import connect
    from dosing_rules.rulebook import RuleBookError

    with connection() as database, connect(database.app_url) as open_connection:
        open_connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        open_connection.read_only = True
        try:
            yield open_connection, database.settings.signatures_dir
        except UnknownUnit:
            raise refuse("No unit of that code.", 2) from None
        except (BookDiffers, RuleBookError) as trouble:
            raise refuse(f"{trouble}.", 2) from None
        except msgspec.ValidationError as trouble:
            raise refuse(f"An entry of the ledger is none of its kind: {trouble}.", 2) from None


def _what_if(
    open_connection: psycopg.Connection[Any], report: Report, named: str, signatures: Path
) -> WhatIf:
    from audit.medicinsk.whatif import what_if
    from dosing_rules import RuleBook, load_book

    def own_book(book_id: str) -> Sequence[RuleBook]:
        plain, signed = load_book(book_id), load_book(book_id, signatures)
        return (plain,) if signed == plain else (plain, signed)

    unit_id = report.institution.unit_id
    found = what_if(
        open_connection, report.period, unit_id, own_book, book_named(named, signatures)
    )
    console.print(
        f"Under {found.book_id} {found.changed} of {found.decisions} decisions get another answer"
        f" ({found.unknown} cannot be asked)."
    )
    for rule_id, stricter, milder in found.by_rule:
        console.print(f"  {rule_id}: {stricter} stricter, {milder} milder")
    return found


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


def _write(file: Path, pieces: Iterable[bytes]) -> None:
    """A new file that only its owner may read."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise refuse(f"{file} exists already.", 2) from None
    except OSError as trouble:
        raise refuse(f"Cannot write {file}: {trouble.strerror}.", 2) from None
    with os.fdopen(handle, "wb") as out:
        for one in pieces:
            out.write(one)
    console.print(f"[green]✔[/] {file}")
