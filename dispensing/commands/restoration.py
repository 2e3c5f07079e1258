"""restoration: what a restore left to be resolved, unit by unit, and what to compare."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import psycopg
import typer

from dispensing.commands.connection import connection
from dispensing.commands.screen import console, refuse

UNITS = "SELECT unit_id, code, name, zone FROM unit ORDER BY code"


def register(app: typer.Typer) -> None:
    app.command("restoration")(restoration)


def restoration(
    unit: Annotated[str | None, typer.Option(help="code of the unit a paper belongs to")] = None,
    entry: Annotated[int | None, typer.Option(help="entries, as printed on the paper")] = None,
    hash_: Annotated[str | None, typer.Option("--hash", help="the 16 signs beside it")] = None,
    stop: Annotated[
        bool, typer.Option("--stop", help="the paper is genuine: stop every unit if it knows more")
    ] = False,
) -> None:
    """What is not resolved since a restore; with --unit, --entry and --hash: hold a paper to it.

    With --stop a paper that knows of entries the ledger lacks stops the hand-outs of every unit,
    also where nobody knew of a restore. Without it nothing is changed: a paper can be mistyped, and
    anybody can write one. Exit code 1 while anything is not resolved, or the paper knows of more.
    """
    if stop and unit is None:
        raise refuse("--stop belongs to a paper: --unit, --entry and --hash.", 2)
    if len({unit is None, entry is None, hash_ is None}) > 1:
        raise refuse("--unit, --entry and --hash belong together.", 2)
    with connection() as database:
        unresolved = asyncio.run(tell(database.app_url, unit, entry or 0, hash_ or "", stop=stop))
    if unresolved:
        raise typer.Exit(1)


async def tell(
    app_url: str, unit: str | None, entry: int, digest: str, *, stop: bool = False
) -> bool:
    from dispensing.clock import zone_named
    from dispensing.downtime import restoration as use
    from dispensing.downtime.codes import serial_text
    from dispensing.errors import Unprocessable

    unresolved = False
    async with await psycopg.AsyncConnection.connect(app_url) as asked:
        units = await (await asked.execute(UNITS)).fetchall()
        if unit is not None and unit not in {code for _, code, _, _ in units}:
            raise refuse(f"There is no unit {unit}.", 2)
        for unit_id, code, name, zone in units:
            found = await use.standing(asked, unit_id)
            if unit not in (None, code):
                continue
            if found is None:
                if unit is not None:
                    unresolved |= await present(asked, unit_id, entry, digest, stop)
                continue
            unresolved = True
            since = found["uncertain_since"].astimezone(zone_named(zone))
            console.print(f"[bold]{code}[/] {name}: uncertain since {since:%Y-%m-%d %H:%M}")
            console.print(f"  the backup: entry {found['chain_seq']}, {found['chain_hash'][:16]}")
            newest = found["newest_list"]
            if newest is not None:
                console.print(
                    f"  newest list in it: {serial_text(newest['serial'])} for {newest['for_day']},"
                    f" entry {newest['entry']}, {newest['hash']}"
                )
            console.print(f"  rows not told: {found['missing']}")
            if unit is None:
                continue
            try:
                said = await use.compare(asked, found, use.Printed(entry, digest))
            except Unprocessable as wrong:
                raise refuse(f"That is no checkpoint: {wrong}.", 2) from None
            console.print(f"  {WORDS[said.state].format(missing=said.missing)}")
    if not unresolved:
        console.print("Nothing waits to be resolved.")
    return unresolved


async def present(
    asked: psycopg.AsyncConnection[Any], unit_id: int, entry: int, digest: str, stop: bool
) -> bool:
    """Hold a receipt against a ledger nobody doubts so far; answers whether it must be doubted."""
    from dispensing.downtime import losing
    from dispensing.downtime.restoration import Printed
    from dispensing.errors import Unprocessable

    try:
        said = await losing.present(asked, unit_id, Printed(entry, digest), stop=stop)
    except Unprocessable as wrong:
        raise refuse(f"That is no checkpoint: {wrong}.", 2) from None
    if said.state == "reached":
        console.print("The ledger has that entry.")
        return False
    console.print(f"  {WORDS[said.state].format(missing=said.missing)}")
    if stop:
        console.print("[bold red]Nothing is handed out at any unit[/] before a person resolves it.")
    else:
        console.print(
            "Nothing was stopped. Look at the paper again: unit, number, signs. If it is genuine,"
            " run the same with --stop."
        )
    return True


WORDS = {
    "reached": "the paper: the backup reaches as far; nothing printed there is missing",
    "missing": "the paper: at least {missing} entries are missing in the backup; type them in",
    "differs": "the paper: another entry of that number: it was printed from another ledger",
}
