"""rulebook list, show, diff, validate, sign, adopt: the numbers, and who answers for them."""

from __future__ import annotations

import secrets
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dispensing.commands.connection import connection, settings_or_exit
from dispensing.commands.screen import console, errors, refuse

if TYPE_CHECKING:
    from dosing_rules import Limit, RuleBook

_ID = Annotated[str, typer.Argument(help="the id of a rule book")]
_DAY = ["%Y-%m-%d"]

# Concerns in the order in which a doctor reads; the first whose beginning fits takes the number.
_CONCERNS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Missed days", ("missed_", "methadone_missed", "buprenorphine_missed", "diacetylmorphine_m")),
    ("Beginning again", ("methadone_restart", "methadone_reind", "buprenorphine_restart")),
    ("Start and titration", ("titration", "methadone_first", "methadone_step", "methadone_week")),
    ("Start and titration", ("increase_", "buprenorphine_first", "buprenorphine_after")),
    ("Take-home", ("take_home",)),
    ("Indkald and review", ("indkald", "review")),
    ("Seen at the counter", ("sedation", "breathing", "alcohol", "vomit", "observ")),
    ("Benzodiazepines", ("diazepam", "taper", "benzodiazepine", "sedative")),
    ("Heart", ("ecg", "qtc")),
    ("Depot", ("depot",)),
    ("Doses and intervals", ("interval_", "methadone_", "buprenorphine_", "diacetylmorphine_")),
    ("Doses and intervals", ("thrice", "pregnancy", "heroin", "session")),
)
_OTHER = "Identity, amounts and the rest"


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="Rule books: the numbers behind the rules.")
    for name, command in (
        ("list", books),
        ("show", show),
        ("diff", diff),
        ("validate", validate),
        ("sign", sign),
        ("adopt", adopt),
    ):
        group.command(name)(command)
    app.add_typer(group, name="rulebook")


def books() -> None:
    """Every packaged book: how many numbers it says itself, by default, confirmed."""
    from rich.table import Table

    from dosing_rules.rulebook import installed_books

    table = Table("book", "title", "own", "default", "confirmed", "sha256")
    for book_id in installed_books():
        book = _book(book_id)
        confirmed = sum(limit.confirmed for limit in book.limits.values())
        own = len(book.limits) - len(book.defaulted)
        counted = (str(own), str(len(book.defaulted)), str(confirmed))
        table.add_row(book.id, book.title, *counted, book.sha256[:12])
    console.print(table)


def show(book_id: _ID) -> None:
    """Every number of a book by concern, with unit, standing, source, and whether it is its own."""
    from rich.markup import escape
    from rich.table import Table

    book = _book(book_id)
    console.print(f"[bold]{book.id}[/] {escape(book.title)} · {book.jurisdiction}")
    console.print(f"sha256 {book.sha256}")
    if book.falls_back_to is not None:
        console.print(f"What it does not say comes from {book.falls_back_to}.")
    by_concern: dict[str, list[Limit]] = {}
    for limit in book.limits.values():
        by_concern.setdefault(concern(limit.name), []).append(limit)
    for heading in sorted(by_concern, key=_order):
        table = Table("number", "value", "said by", "standing", "source", title=heading)
        for limit in by_concern[heading]:
            said = "default" if limit.name in book.defaulted else "book"
            standing = "confirmed" if limit.confirmed else "not confirmed"
            weak = " (weak)" if limit.name in book.weak else ""
            table.add_row(limit.name, _text(limit), said, standing + weak, escape(limit.source))
        console.print(table)
    for line in table_lines(book):
        console.print(line, markup=False)
    unconfirmed = sum(not limit.confirmed for limit in book.limits.values())
    console.print(f"{unconfirmed} of {len(book.limits)} numbers are not confirmed by a doctor.")


def diff(one: _ID, other: _ID) -> None:
    """What differs between two books: numbers, tables, and what is own or default."""
    from rich.table import Table

    first, second = _book(one), _book(other)
    table = Table("number", first.id, second.id)
    for name in sorted(set(first.limits) | set(second.limits), key=lambda n: (_order_of(n), n)):
        here, there = _said(first, name), _said(second, name)
        if here.removesuffix(" (default)") != there.removesuffix(" (default)"):
            table.add_row(name, here, there)
    console.print(table)
    lines, others = table_lines(first), table_lines(second)
    for sign_, kept, against in (("-", lines, others), ("+", others, lines)):
        for line in kept:
            if line not in against:
                console.print(f"{sign_} {line}", markup=False)


def validate(file: Annotated[Path, typer.Argument(help="a rule book's TOML file")]) -> None:
    """Name every error of FILE with number and line; exit code 1 when there is one."""
    from dosing_rules.book_problems import problems
    from dosing_rules.rulebook import parse_book

    try:
        content = file.read_bytes()
    except OSError as trouble:
        raise refuse(f"Cannot read {file}: {trouble.strerror}.") from None
    if found := problems(content):
        for problem in found:
            errors.print(f"{file}:{problem.line}: {problem.message}", markup=False, soft_wrap=True)
        raise typer.Exit(1)
    book = parse_book(content)
    own = len(book.limits) - len(book.defaulted)
    console.print(
        f"[green]✔[/] {book.id}: {own} numbers of its own, {len(book.defaulted)} by default."
    )
    console.print(f"sha256 {book.sha256}")


def sign(
    book_id: _ID,
    doctor: Annotated[str, typer.Option(help="the responsible doctor's name")],
    authorisation: Annotated[str, typer.Option(help="the doctor's authorisation id")],
    on: Annotated[datetime, typer.Option("--date", formats=_DAY, help="the day of signing")],
) -> None:
    """Write a responsible doctor's signature under a book, as it stands today, beside the book."""
    from dispensing.units.signing import AlreadySigned, write_signature
    from dosing_rules import load_book
    from dosing_rules.rulebook import RuleBookError, Signature

    if not doctor.strip() or not authorisation.strip():
        raise refuse("A signature needs the doctor's name and authorisation id.", 2)
    folder = settings_or_exit().signatures_dir
    try:
        book = load_book(book_id)
        made = Signature(book.id, book.sha256, doctor.strip(), authorisation.strip(), on.date())
        path = write_signature(folder, made)
    except (RuleBookError, AlreadySigned) as trouble:
        raise refuse(f"{trouble}.") from None
    except OSError as trouble:
        raise refuse(f"Cannot write in {folder}: {trouble.strerror}.") from None
    console.print(f"[green]✔[/] {book.id} signed: {len(book.limits)} numbers count as confirmed.")
    console.print(f"{path}", soft_wrap=True)
    console.print("A running service reads signatures when it starts.")


def adopt(
    unit: Annotated[str, typer.Argument(help="the unit's code")],
    book_id: _ID,
    from_on: Annotated[datetime, typer.Option("--from", formats=_DAY, help="tomorrow or later")],
    by: Annotated[
        str | None, typer.Option(help="username of a doctor or administrator of the unit")
    ] = None,
) -> None:
    """Let a unit decide by another book from a day on. The past stays as it was decided."""
    from dispensing.database import connect
    from dispensing.errors import DispensingError
    from dispensing.units.adopt import adopt_book

    book = _book(book_id)
    with connection() as database:
        url = database.owner_url or database.app_url
        try:
            with connect(url) as open_connection:
                done = adopt_book(
                    open_connection,
                    unit=unit,
                    book=book,
                    from_on=from_on.date(),
                    key=secrets.token_bytes(32),
                    by=by,
                )
        except DispensingError as trouble:
            raise refuse(f"{trouble}.") from None
    before = f" (until then {done.before_id})" if done.before_id else ""
    console.print(
        f"[green]✔[/] {done.unit_name} decides by {done.book_id} from {done.from_on}{before};"
        f" ledger entry {done.seq}."
    )
    if unconfirmed := sum(not limit.confirmed for limit in book.limits.values()):
        console.print(f"{unconfirmed} of its numbers are not confirmed by a doctor yet.")


def concern(name: str) -> str:
    """Under which heading a number stands."""
    for heading, beginnings in _CONCERNS:
        if name.startswith(beginnings):
            return heading
    return _OTHER


def table_lines(book: RuleBook) -> list[str]:
    """The book's tables in words: missed days, beginning again, take-home by time in treatment."""
    lines: list[str] = []
    for substance, bands in book.missed.items():
        for band in [one for rows in bands for one in rows]:
            titration = " while the dose is being set" if band.titration else ""
            days = band.supervised_days
            then = f", then {days} supervised days in a row" if days else ""
            lines.append(
                f"{substance}: {band.days} days missed{titration}: {band.severity.word}{then}"
            )
    for substance, ceilings in book.restart.items():
        for row in [one for rows in ceilings for one in rows]:
            amounts = [f"{row.ug / 1000:g} mg"] if row.ug is not None else []
            amounts += [f"{row.percent} % of the order"] if row.percent is not None else []
            most = (" or, if higher, " if row.higher else " or, if lower, ").join(amounts)
            above = f" with more than {row.above_ug / 1000:g} mg" if row.above_ug else ""
            lines.append(f"{substance}: {row.days} days missed{above}: begin with at most {most}")
    for supply in book.take_home:
        lines.append(
            f"take-home: before day {supply.before_days} of treatment at most {supply.days} days"
        )
    return lines


def _book(book_id: str) -> RuleBook:
    from dosing_rules import load_book
    from dosing_rules.rulebook import RuleBookError

    try:
        return load_book(book_id, settings_or_exit().signatures_dir)
    except RuleBookError as trouble:
        raise refuse(f"{trouble}.") from None


def _order(heading: str) -> int:
    headings = [one for one, _ in _CONCERNS]
    return headings.index(heading) if heading in headings else len(headings)


def _order_of(name: str) -> int:
    return _order(concern(name))


def _said(book: RuleBook, name: str) -> str:
    if name not in book.limits:
        return "-"
    return _text(book.limits[name]) + (" (default)" if name in book.defaulted else "")


def _text(limit: Limit) -> str:
    from dispensing.web.wording import limit_text

    return limit_text(limit, "en")
