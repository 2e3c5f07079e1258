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
    from dispensing.web.wording import Language
    from dosing_rules import RuleBook

_ID = Annotated[str, typer.Argument(help="the id of a rule book")]
_DAY = ["%Y-%m-%d"]
_LANGUAGE = Annotated[
    str | None,
    typer.Option("--language", help="da or en; a Danish book reads in Danish"),
]


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


def show(book_id: _ID, language: _LANGUAGE = None) -> None:
    """Every number of a book in words, by concern: value, standing, source, own or inherited."""
    from dispensing.commands.book_reading import Reading

    book = _book(book_id)
    Reading(book, _language(language, book)).print()


def diff(one: _ID, other: _ID, language: _LANGUAGE = None) -> None:
    """What differs between two books: numbers, tables, and what is own or default."""
    from dispensing.commands.book_reading import Reading, print_difference

    first, second = _book(one), _book(other)
    spoken = _language(language, first)
    print_difference(Reading(first, spoken), Reading(second, spoken))


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
    yes: Annotated[bool, typer.Option("--yes", help="do not ask once more")] = False,
) -> None:
    """Write a responsible doctor's signature under a book, as it stands today, beside the book."""
    from dispensing.clock import clinic_day, process_now
    from dispensing.commands.book_reading import signing_text
    from dispensing.units.signing import AlreadySigned, write_signature
    from dosing_rules import load_book
    from dosing_rules.book_signature import why_no_signature
    from dosing_rules.rulebook import RuleBookError, Signature

    folder = settings_or_exit().signatures_dir
    try:
        book = load_book(book_id)
        made = Signature(book.id, book.sha256, doctor.strip(), authorisation.strip(), on.date())
        # A signature for a day to come would confirm numbers before anybody stands by them.
        if why := why_no_signature(made, book.jurisdiction, clinic_day(process_now())):
            raise refuse(why, 2)
        console.print(signing_text(book, made), markup=False)
        if not yes and not typer.confirm("Sign?"):
            raise refuse("Nothing was signed.")
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


def _book(book_id: str) -> RuleBook:
    from dosing_rules import load_book
    from dosing_rules.rulebook import RuleBookError

    try:
        return load_book(book_id, settings_or_exit().signatures_dir)
    except RuleBookError as trouble:
        raise refuse(f"{trouble}.") from None


def _language(asked: str | None, book: RuleBook) -> Language:
    """As asked; else the language of the doctors who answer for the book."""
    if asked is None:
        return "da" if book.jurisdiction == "DK" else "en"
    if asked not in ("da", "en"):
        raise refuse("The language is da or en.", 2)
    return "da" if asked == "da" else "en"
