"""audit draft: compute drafts of the yearly audit from the ledger, beside the service."""

from __future__ import annotations

import os
import secrets
from collections import Counter
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import anyio
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from dispensing.commands.connection import Connection, connection
from dispensing.commands.screen import console, refuse

if TYPE_CHECKING:
    from dispensing.review.drafting import Draft

_DAY = ["%Y-%m-%d"]
NICE = 10


def register(app: typer.Typer) -> None:
    # Beside ``audit year``, whose group it is.
    (group,) = (one.typer_instance for one in app.registered_groups if one.name == "audit")
    assert group is not None
    group.command("draft")(draft)


def draft(
    unit: Annotated[str | None, typer.Option(help="code of the unit; all clinics without")] = None,
    from_on: Annotated[
        datetime | None, typer.Option("--from", formats=_DAY, help="first clinic day")
    ] = None,
    to_on: Annotated[
        datetime | None, typer.Option("--to", formats=_DAY, help="last clinic day, over by now")
    ] = None,
    waiting: Annotated[
        bool, typer.Option("--waiting", help="only what doctors, or the night, asked for")
    ] = False,
    proposed: Annotated[
        str | None,
        typer.Option("--what-if", help="ask the days' decisions again under this installed book"),
    ] = None,
) -> None:
    """Make drafts of the audit: computed from the ledger alone, told of on the audit's pages."""
    if not waiting and (from_on is None or to_on is None):
        raise refuse("Name the days with --from and --to, or take what waits with --waiting.", 2)
    os.nice(NICE)
    with connection() as database:
        if from_on is not None and to_on is not None:
            anyio.run(partial(_ask, database, unit, from_on, to_on, proposed))
        failed = anyio.run(partial(_make, database))
    if failed:
        raise typer.Exit(1)


async def _wired(database: Connection) -> Any:
    from dispensing.database import open_pool
    from dispensing.people.sessions import SessionLimits
    from dispensing.wiring import Wiring
    from dosing_rules import load_book

    pool = await open_pool(database.app_url, min_size=1, max_size=2)
    return Wiring(pool, SessionLimits(), load_book, secrets.token_bytes)


async def _ask(
    database: Connection,
    unit: str | None,
    from_on: datetime,
    to_on: datetime,
    proposed: str | None,
) -> None:
    from dispensing.errors import DispensingError
    from dispensing.review.asking import ask_by_command

    wiring = await _wired(database)
    try:
        asked = await ask_by_command(wiring, unit, from_on.date(), to_on.date(), proposed)
    except DispensingError as error:
        raise refuse(str(error)) from None
    finally:
        await wiring.pool.close()
    console.print(f"{asked} drafts asked for.")


async def _make(database: Connection) -> int:
    from dispensing.review.drafting import Machinery, make, waiting

    wiring = await _wired(database)
    ended: Counter[str] = Counter()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    try:
        async with wiring.pool.connection() as open_connection:
            drafts = await waiting(open_connection)
            await open_connection.commit()
        machinery = Machinery(database.app_url, database.settings.signatures_dir)
        with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as bar:
            task = bar.add_task("Drafts", total=len(drafts))
            for one in drafts:
                bar.update(task, description=_named(one))
                ended[await make(wiring, machinery, one)] += 1
                bar.advance(task)
    finally:
        await wiring.pool.close()
    said = [f"{ended['made']} drafts made"]
    if ended["elsewhere"]:
        said.append(f"{ended['elsewhere']} by the running service")
    if ended["failed"]:
        said.append(f"{ended['failed']} failed: the audit's page says why")
    console.print(f"{', '.join(said)}.")
    return ended["failed"]


def _named(one: Draft) -> str:
    return f"{one.code} {one.first_on} to {one.last_on}"
