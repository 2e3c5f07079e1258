"""ledger verify: read the whole ledger again and say what does not fit; and its neighbours."""

from __future__ import annotations

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from dispensing.commands import signing
from dispensing.commands.connection import connection
from dispensing.commands.screen import console, errors


def register(app: typer.Typer) -> None:
    ledger = typer.Typer(no_args_is_help=True, help="The ledger of what happened.")
    ledger.command("verify")(verify)
    signing.register_in(ledger)
    app.add_typer(ledger, name="ledger")


def verify() -> None:
    """Verify every chain, commitment and column; exit code 1 when anything does not fit."""
    with connection() as database:
        # The owner reads what the application reads; a server's URL may be the application's only.
        sound = verify_and_tell(database.app_url)
    if not sound:
        raise typer.Exit(1)


def verify_and_tell(url: str) -> bool:
    """Verify the ledger at `url`, print what was found, and return whether it is sound."""
    from audit.ledger.verify import verify_database

    columns = (
        TextColumn("Verifying the ledger"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("verify", total=None)
        report = verify_database(
            url, lambda done, total: bar.update(task, completed=done, total=total)
        )
    for problem in report.problems[:50]:
        errors.print(
            f"[red]✘[/] {problem.what}: chain {problem.chain_id}, entry {problem.seq}"
            + (f", person {problem.person_id}" if problem.person_id is not None else "")
        )
    if len(report.problems) > 50:
        errors.print(f"… and {len(report.problems) - 50} more")
    counted = (
        f"{report.entries} entries in {report.chains} chains, {report.erased} erased,"
        f" {report.seconds:.1f} s"
    )
    if report.sound:
        console.print(f"[green]✔[/] The ledger is sound: {counted}.")
    else:
        errors.print(f"[bold red]✘ The ledger is NOT sound[/]: {counted}.")
    return report.sound


def heads(url: str) -> list[str]:
    """One line per chain: how far it reaches, and the beginning of its newest hash."""
    from dispensing.database import connect

    with connect(url) as connection:
        rows = connection.execute(
            "SELECT institution, purpose, seq, encode(hash, 'hex') FROM ledger_head ORDER BY 1, 2"
        ).fetchall()
    return [
        f"{place} ({purpose}): entry {seq}, {digest[:16]}" for place, purpose, seq, digest in rows
    ]
