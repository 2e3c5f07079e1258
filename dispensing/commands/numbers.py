"""pepper rotate, cpr-key begin, cpr-key rotate: the keys that people's numbers stand under."""

from __future__ import annotations

import secrets

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from dispensing.commands.connection import connection
from dispensing.commands.screen import console, refuse
from dispensing.number_keys import NumberKeys, Purpose, number_keys
from dispensing.settings import Settings


def register(app: typer.Typer) -> None:
    pepper = typer.Typer(no_args_is_help=True, help="The pepper by which numbers are found.")
    pepper.command("rotate")(rotate_pepper)
    app.add_typer(pepper, name="pepper")
    key = typer.Typer(no_args_is_help=True, help="The key under which numbers are encrypted.")
    key.command("begin")(begin)
    key.command("rotate")(rotate_key)
    app.add_typer(key, name="cpr-key")


def keys_of(settings: Settings) -> NumberKeys:
    return number_keys(settings.cpr_pepper_file, settings.cpr_key_file)


def begin_in(owner_url: str, settings: Settings) -> bool:
    """Make the first keys of a database that has none; whether that was so."""
    from dispensing.database import connect
    from dispensing.persons.rotation import begin_keys

    with connect(owner_url) as owner:
        return begin_keys(owner, keys_of(settings), secrets.token_bytes)


def begin() -> None:
    """Make the first pepper and key, in files beside the database, once."""
    with connection() as database:
        made = begin_in(database.owner(), database.settings)
        if not made:
            console.print("The database has its keys already; nothing was changed.")
            return
        for file in (database.settings.cpr_pepper_file, database.settings.cpr_key_file):
            console.print(f"Written: {file}")
        console.print(
            "Keep copies of both apart from the backups: without them no number can be looked up"
            " or shown again, and a backup with them is no longer sealed."
        )


def rotate_pepper() -> None:
    """Renew the pepper; may be broken off and run again. The service goes on meanwhile."""
    _rotate("pepper")


def rotate_key() -> None:
    """Encrypt every number under a new key; may be broken off and run again."""
    _rotate("cipher")


def _rotate(purpose: Purpose) -> None:
    from dispensing.database import connect
    from dispensing.persons.rotation import RotationRefused, rotate

    columns = (SpinnerColumn(), TextColumn("{task.completed} numbers"), TimeElapsedColumn())
    with (
        connection() as database,
        connect(database.owner()) as owner,
        Progress(*columns, console=console, transient=True) as bar,
    ):
        task = bar.add_task("rotate", total=None)
        try:
            done = rotate(
                owner,
                keys_of(database.settings),
                purpose,
                secrets.token_bytes,
                lambda rewritten: bar.update(task, completed=rewritten),
            )
        except RotationRefused as refused:
            raise refuse(f"{refused}. Nothing was retired.") from None
    taken_up = ", a rotation that had been broken off" if done.taken_up else ""
    console.print(
        f"{done.rewritten} numbers rewritten{taken_up}; version {done.version} is in force and the"
        " older ones are gone from the file. Other machines that serve need the new file now."
    )
