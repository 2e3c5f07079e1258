"""staff add, role, qualify, end, pin-reset, password, card, subject, policy: who works here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

import psycopg
import typer

from dispensing.commands.connection import connection
from dispensing.commands.screen import console, refuse

_BY = Annotated[str, typer.Option("--by", help="user name of the unit's administrator")]
_NAME = Annotated[str, typer.Argument(help="user name")]
_DAY = ["%Y-%m-%d"]


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="Staff of a unit, by its administrator.")
    for name, command in (
        ("add", add),
        ("role", role),
        ("qualify", qualify),
        ("end", end),
        ("pin-reset", pin_reset),
        ("password", password),
        ("card", card),
        ("card-end", card_end),
        ("subject", subject),
        ("policy", policy),
    ):
        group.command(name)(command)
    app.add_typer(group, name="staff")


def _done(act: Callable[[psycopg.Connection[Any], Any], str]) -> None:
    """Run ``act`` as the owner with the settings, and say what it answers."""
    from dispensing.errors import DispensingError

    with connection() as database, psycopg.connect(database.owner(), autocommit=True) as owner:
        try:
            console.print(act(owner, database.settings))
        except DispensingError as no:
            raise refuse(no.detail or no.title) from None


def _new_password() -> tuple[str, str]:
    """A password asked for twice (never an argument: those stand in the shell's history)."""
    from pwdlib import PasswordHash

    typed = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    if len(typed) < 12:
        raise refuse("A password has at least 12 characters.", 2)
    return typed, PasswordHash.recommended().hash(typed)


def add(
    username: _NAME,
    role: Annotated[str, typer.Option(help="nurse, doctor, pharmacist, auditor, administrator")],
    given: Annotated[str, typer.Option(help="given name")],
    family: Annotated[str, typer.Option(help="family name")],
    by: _BY,
    authorisation: Annotated[str | None, typer.Option(help="authorisation id")] = None,
) -> None:
    """Somebody begins to work at the administrator's unit."""
    from dispensing.units import staffing

    _, hashed = _new_password()
    new = staffing.NewStaff(username, role, given, family, hashed, authorisation)
    _done(lambda owner, _: f"Added as number {staffing.add_staff(owner, by, new)}.")


def role(username: _NAME, role: Annotated[str, typer.Argument()], by: _BY) -> None:
    """Another role, at once."""
    from dispensing.units import staffing

    _done(lambda owner, _: f"Number {staffing.change_role(owner, by, username, role)}: {role}.")


def qualify(
    username: _NAME,
    by: _BY,
    specialist: Annotated[bool, typer.Option(help="begins treatments")] = False,
    approved: Annotated[
        list[str] | None, typer.Option(help="methadone_injection, diacetylmorphine")
    ] = None,
) -> None:
    """What a doctor may order from now on; what is not named is taken away."""
    from dispensing.units import staffing

    def act(owner: psycopg.Connection[Any], _: Any) -> str:
        number = staffing.qualify(owner, by, username, specialist, approved or ())
        return f"Number {number}: {'specialist' if specialist else 'goes on with courses'}."

    _done(act)


def end(username: _NAME, by: _BY) -> None:
    """Somebody leaves; sessions, cards and subjects end at once."""
    from dispensing.units import staffing

    _done(lambda owner, _: f"Number {staffing.end_employment(owner, by, username)} has left.")


def pin_reset(username: _NAME, by: _BY) -> None:
    """Forget the PIN; the person chooses another with the password."""
    from dispensing.units import staffing

    _done(lambda owner, _: f"Number {staffing.reset_pin(owner, by, username)} has no PIN.")


def password(username: _NAME, by: _BY) -> None:
    """Set a new password; open sessions end."""
    from dispensing.units import staffing

    _, hashed = _new_password()
    _done(lambda owner, _: f"Number {staffing.set_password(owner, by, username, hashed)}: changed.")


def card(username: _NAME, by: _BY) -> None:
    """Issue a staff card: scan it when asked."""
    from dispensing.settings import secret_key
    from dispensing.units import staffing

    code = typer.prompt("Scan the card (M-…)", hide_input=True)

    def act(owner: psycopg.Connection[Any], settings: Any) -> str:
        key = secret_key(settings.secret_key_file)
        number = staffing.issue_card(owner, by, username, code, key)
        return f"Number {number} has a new card; the one before is dead."

    _done(act)


def card_end(username: _NAME, by: _BY) -> None:
    """A card is lost."""
    from dispensing.units import staffing

    _done(lambda owner, _: f"Number {staffing.end_card(owner, by, username)} has no card.")


def subject(
    username: _NAME,
    subject: Annotated[str, typer.Argument(help="the provider's subject of the person")],
    by: _BY,
    issuer: Annotated[str | None, typer.Option(help="default: the issuer of the settings")] = None,
) -> None:
    """Let the identity provider vouch for somebody."""
    from dispensing.units import staffing

    def act(owner: psycopg.Connection[Any], settings: Any) -> str:
        named = issuer or (settings.oidc.issuer if settings.oidc else "")
        return f"Number {staffing.add_subject(owner, by, username, named, subject)}: known."

    _done(act)


def policy(
    by: _BY,
    lock: Annotated[int, typer.Option(help="the screen locks after so many seconds")] = 60,
    hide: Annotated[int, typer.Option(help="people are hidden after so many seconds")] = 20,
    idle: Annotated[int, typer.Option(help="a machine's session ends after so many minutes")] = 60,
    step: Annotated[str, typer.Option(help="with each hand-out: none, pin or card")] = "none",
    step_at: Annotated[str, typer.Option(help="reserve, given or both")] = "both",
    labels: Annotated[
        str, typer.Option(help="scanned back when given: when_printed, always or never")
    ] = "when_printed",
    start: Annotated[
        datetime | None, typer.Option("--from", formats=_DAY, help="default today")
    ] = None,
) -> None:
    """Decide for the unit when screens lock and what a hand-out carries: PIN or card, labels."""
    from dispensing.people.policy import Policy
    from dispensing.units import staffing

    decided = Policy(lock, hide, idle, step, step_at, labels)  # type: ignore[arg-type]
    day = start.date() if start is not None else None
    _done(lambda owner, _: f"Holds from {staffing.decide_policy(owner, by, decided, day)}.")
