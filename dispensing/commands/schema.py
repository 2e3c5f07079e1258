"""prepare-database, migrate, self-check."""

from __future__ import annotations

import secrets
from typing import Annotated

import psycopg
import typer

from dispensing.commands.connection import connection, settings_or_exit
from dispensing.commands.screen import console, refuse, step


def register(app: typer.Typer) -> None:
    app.command("prepare-database")(prepare)
    app.command("migrate")(migrate)
    app.command("self-check")(check_self)


def prepare(
    superuser_url: Annotated[
        str, typer.Argument(help="postgresql:// URL of a superuser of the server")
    ],
    database: Annotated[str, typer.Option(help="name of the database")] = "dispensing",
) -> None:
    """Make roles, database and extension on a server, and print the URLs with new passwords."""
    from dispensing.database import with_database
    from dispensing.roles import APP, AUDITOR, OWNER, ROLES, SIGNER, prepare_database

    passwords = {role: secrets.token_urlsafe(24) for role in ROLES}
    try:
        prepare_database(superuser_url, passwords, database=database)
    except psycopg.Error as failure:
        raise refuse(f"The server refused: {failure}") from None
    info = psycopg.conninfo.conninfo_to_dict(superuser_url)
    where = f"{info.get('host', 'localhost')}:{info.get('port', 5432)}"
    console.print("Keep these; the passwords are shown only now (a second run makes new ones):")
    for variable, role in (
        ("DATABASE_URL", APP),
        ("DATABASE_OWNER_URL", OWNER),
        ("DISPENSING_SIGNER_URL", SIGNER),
        ("# auditor:", AUDITOR),
    ):
        url = with_database(f"postgresql://{role}:{passwords[role]}@{where}/", database)
        typer.echo(f"{variable}{'' if variable.startswith('#') else '='}{url}")


def migrate() -> None:
    """Bring the database's schema to this program's."""
    from dispensing.database import migrate as run

    with connection() as database:
        url = database.owner()
        try:
            with step("Schema brought up to date"):
                stands_at = run(url, told=lambda name: console.print(f"  {name}"))
        except psycopg.OperationalError as failure:
            raise refuse(f"The database does not answer: {failure}") from None
    console.print(f"The database stands at {stands_at}.")


def check_self() -> None:
    """Look whether the database can be trusted; exit code 3 when it cannot."""
    settings_or_exit()
    with connection() as database:
        fit_or_exit(database.app_url)
    console.print("Fit to run.")


def fit_or_exit(app_url: str) -> None:
    """Return only when the service may run on this database."""
    from dispensing.self_check import EXIT_CODE, NotFitToRun, self_check

    try:
        self_check(app_url)
    except NotFitToRun as unfit:
        raise refuse(str(unfit), EXIT_CODE) from None
    except psycopg.OperationalError as failure:
        raise refuse(
            f"Databasen svarer ikke.\n  (The database does not answer: {failure})"
        ) from None
