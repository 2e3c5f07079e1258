"""client register, disable: machine clients, by the unit's administrator."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import psycopg
import typer

from dispensing.commands.connection import connection
from dispensing.commands.screen import console, refuse

_BY = Annotated[str, typer.Option("--by", help="user name of the unit's administrator")]
_ID = Annotated[str, typer.Argument(help="client id: small letters, digits, hyphens")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="Machine clients of a unit.")
    group.command("register")(register_client)
    group.command("disable")(disable)
    app.add_typer(group, name="client")


def _done(act: Callable[[psycopg.Connection[Any]], str]) -> None:
    from dispensing.errors import DispensingError

    with connection() as database, psycopg.connect(database.owner(), autocommit=True) as owner:
        try:
            console.print(act(owner))
        except DispensingError as no:
            raise refuse(no.detail or no.title) from None


def register_client(
    client_id: _ID,
    name: Annotated[str, typer.Option(help="what people call it")],
    keys: Annotated[str, typer.Option(help="file of public keys, or an https address")],
    by: _BY,
    scope: Annotated[list[str], typer.Option(help="e.g. system/MedicationDispense.c")],
    unit: Annotated[str | None, typer.Option(help="code of a pharmacy; default: your unit")] = None,
    role: Annotated[str | None, typer.Option(help="nurse or auditor, of a system")] = None,
    card: Annotated[list[str] | None, typer.Option(help="only these people, by card")] = None,
    thumbprint: Annotated[str | None, typer.Option(help="SHA-256 of its certificate")] = None,
) -> None:
    """Register a client that acts at your unit, or at a pharmacy for your unit."""
    from dispensing.clients import by_command
    from dispensing.clients.terms import NewClient, Terms

    if keys.startswith(("https:", "http:")):
        told = keys
    else:
        try:
            told = Path(keys).read_text()
        except (OSError, UnicodeDecodeError):
            raise refuse(f"The file {keys} cannot be read.", 2) from None

    def act(owner: psycopg.Connection[Any]) -> str:
        there = by_command.acts_at(owner, by, unit)
        pharmacy = there.kind == "pharmacy"
        new = NewClient(
            client_id,
            name,
            "pharmacy" if pharmacy else "system",
            "pharmacist" if pharmacy else (role or "nurse"),  # type: ignore[arg-type]
            there.unit_id,
            Terms(told, tuple(scope), "named" if card else "unit", tuple(card or ()), thumbprint),
        )
        number = by_command.register(owner, by, new, there.counter_id)
        return f"{client_id} acts at {there.name} as number {number}."

    _done(act)


def disable(
    client_id: _ID, by: _BY, reason: Annotated[str, typer.Option(help="why, in a few words")]
) -> None:
    """No more tokens for a client; those it has end at once."""
    from dispensing.clients import by_command

    def act(owner: psycopg.Connection[Any]) -> str:
        by_command.disable(owner, by, client_id, reason)
        return f"{client_id} is disabled."

    _done(act)
