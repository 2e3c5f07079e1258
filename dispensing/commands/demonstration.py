"""demo and demo-data: the service with a synthetic Copenhagen in it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from typing import Annotated

import psycopg
import typer
from psycopg import sql

from dispensing.clock import demo_today
from dispensing.commands.connection import Connection, connection
from dispensing.commands.numbers import begin_in, keys_of
from dispensing.commands.screen import console, refuse, step

# Kept as the database's comment: known before any table exists, and not carried by a backup, so
# that a restored database is never mistaken for a demonstration that may be renewed.
MARK = "demonstration"


def register(app: typer.Typer) -> None:
    app.command("demo")(demo)
    app.command("demo-data")(demo_data)


def demo(
    people: Annotated[int, typer.Option(help="how many people", min=1)] = 1500,
    days: Annotated[int, typer.Option(help="how many days of history", min=1)] = 365,
    until: Annotated[str | None, typer.Option(help="last day, YYYY-MM-DD; default today")] = None,
    seed: Annotated[int, typer.Option(help="the seed of chance")] = 7,
    host: Annotated[str | None, typer.Option(help="address to listen on")] = None,
    port: Annotated[int | None, typer.Option(help="port, or the next free one")] = None,
    workers: Annotated[int | None, typer.Option(help="server processes")] = None,
) -> None:
    """Start everything: database, schema, synthetic data of today, pages. Ctrl-C ends it."""
    from dispensing.commands.serving import end_politely, serve_on, update_schema
    from dispensing.demo import sign_in_text

    end_politely()
    wanted = f"{MARK} people={people} days={days} until={_day(until)} seed={seed}"
    try:
        with connection() as database:
            _put_old_away(database, wanted)
            update_schema(database)
            if _mark(database) != wanted:
                _load(database, people, days, _day(until), seed)
                if database.cluster is not None:
                    # What was signed of an older demonstration is of another ledger.
                    shutil.rmtree(database.settings.signer_dir, ignore_errors=True)
                _set_mark(database, wanted)
            _give_cards(database)
            greeting = f"{sign_in_text()}\n\n{_register_clients(database)}"
            _resume(database)
            serve_on(database, host=host, port=port, workers=workers, greeting=greeting)
    except KeyboardInterrupt:
        console.print("Stopped.")


def demo_data(
    people: Annotated[int, typer.Option(help="how many people", min=1)] = 1500,
    days: Annotated[int, typer.Option(help="how many days of history", min=1)] = 365,
    until: Annotated[str | None, typer.Option(help="last day, YYYY-MM-DD; default today")] = None,
    seed: Annotated[int, typer.Option(help="the seed of chance")] = 7,
) -> None:
    """Load synthetic people into a migrated database without people."""
    with connection() as database:
        _load(database, people, days, _day(until), seed)
        _set_mark(database, f"{MARK} people={people} days={days} until={_day(until)} seed={seed}")


def _load(database: Connection, people: int, days: int, until: date, seed: int) -> None:
    """Fill the database in one transaction: broken off, it leaves the database as it was."""
    from dispensing.demo.loading import DemoRefused, load_demo

    owner_url = database.owner()
    try:
        begin_in(owner_url, database.settings)
        load_demo(
            owner_url,
            people=people,
            days=days,
            until=until,
            seed=seed,
            console=console,
            numbers=keys_of(database.settings),
        )
    except DemoRefused as refused:
        raise refuse(
            f"{refused} Nothing was touched; set DISPENSING_DATA_DIR to an empty folder for a"
            " demonstration of its own."
        ) from None
    except psycopg.errors.UndefinedTable:
        raise refuse("The database has no schema yet; run `dispensing migrate` first.") from None


def _give_cards(database: Connection) -> None:
    """PINs and staff cards of the printed sign-ins, under this service's own key."""
    from dispensing.demo.staffing import give_cards
    from dispensing.settings import secret_key

    with psycopg.connect(database.owner()) as owner:
        give_cards(owner, secret_key(database.settings.secret_key_file))


def _register_clients(database: Connection) -> str:
    """A machine client for each pharmacy; says where their keys lie."""
    from dispensing.demo.clients import register_clients

    folder = database.settings.data_dir / "clients"
    with psycopg.connect(database.owner(), autocommit=True) as owner:
        register_clients(owner, folder)
    return f"Keys of the pharmacies' systems (docs/clients.md): {folder}"


def _resume(database: Connection) -> None:
    """Whoever stopped it yesterday or for lunch is not asked which paper lists were used."""
    from dispensing.demo.resuming import resume

    resume(database.owner())


def _day(until: str | None) -> date:
    if until is None:
        return demo_today()
    try:
        return date.fromisoformat(until)
    except ValueError:
        raise refuse(f"--until {until!r} is not a date; write it as 2026-11-23.", 2) from None


def _put_old_away(database: Connection, wanted: str) -> None:
    """Drop a demonstration of another day to make room for today's; never anything else."""
    mark = _mark(database)
    if mark is None or not mark.startswith(MARK) or mark == wanted:
        return
    cluster = database.cluster
    if cluster is None:
        raise refuse(
            "The server's database holds another demonstration; drop and prepare it anew, or use"
            " another database."
        )
    others = _on_cluster(
        cluster.superuser_url,
        lambda c: c.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = 'dispensing'"
        ).fetchone(),
    )
    if others and others[0]:
        raise refuse(
            "Another copy of the service is using a demonstration of another day"
            f" ({mark}). Stop it first, or start this one with its own DISPENSING_DATA_DIR."
        )
    with step(f"The {mark} is put away for a new one"):
        from dispensing.roles import prepare_database

        _on_cluster(
            cluster.superuser_url, lambda c: c.execute("DROP DATABASE IF EXISTS dispensing")
        )
        prepare_database(cluster.superuser_url, cluster.passwords)


def _on_cluster(url: str, act: Callable[[psycopg.Connection], object]) -> tuple | None:
    with psycopg.connect(url, autocommit=True) as connection:
        found = act(connection)
    return found if isinstance(found, tuple) else None


def _mark(database: Connection) -> str | None:
    with psycopg.connect(database.owner()) as connection:
        row = connection.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database"
            " WHERE datname = current_database()"
        ).fetchone()
    return row[0] if row else None


def _set_mark(database: Connection, mark: str) -> None:
    with psycopg.connect(database.owner()) as connection:
        name = connection.info.dbname
        connection.execute(
            sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(mark))
        )
