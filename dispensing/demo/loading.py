"""Load the synthetic Copenhagen: one transaction from an empty database to a full year.

Rows come from the simulation as COPY text and ledger entries as binary COPY; the owner role writes
them with secondary indexes and references put aside, and makes those again before the commit.
"""

from __future__ import annotations

import json
import os
import time as clock
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from random import Random

import psycopg
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from audit.ledger.append import OPEN_CHAIN_SQL
from audit.ledger.bulk import ENTRY_COPY_SQL, HEAD_SQL, PAYLOAD_COPY_SQL
from dispensing.demo.aside import Aside
from dispensing.demo.cases import assign
from dispensing.demo.catalogue import BOOK_ID, BY_ID, GROUPS, PLACES, PREPARATIONS
from dispensing.demo.groups import LOADED_KIND, Chunk, Job, run_apart, run_here
from dispensing.demo.numbers import write_numbers
from dispensing.demo.people import draw_people
from dispensing.demo.rows import NUMBERED, Rows, copy_sql
from dispensing.demo.staffing import by_unit, draw_staff, write_staff
from dispensing.demo.state import Person
from dispensing.demo.stock import Batches
from dispensing.demo.storeroom import gtin_of
from dispensing.number_keys import NumberKeys
from dosing_rules import load_book

#: Below so many person-days one process is quicker than starting several.
APART_FROM = 40_000
VERSION = 7


class DemoRefused(RuntimeError):
    """Nothing was loaded and nothing changed; the message says why."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What stands in the database after a load. ``digest`` is hex, over all entries' hashes."""

    people: int
    entries: int
    digest: str
    seconds: float
    already_there: bool = False


def load_demo(
    owner_url: str,
    *,
    people: int,
    days: int,
    until: date,
    seed: int,
    console: Console | None = None,
    processes: int | None = None,
    numbers: NumberKeys | None = None,
) -> Loaded:
    """Fill a migrated database without people. Same arguments, same rulebook: same bytes.

    With ``numbers``, whose keys the database must know, each person has a number that belongs to
    nobody; the same keys give the same ciphertexts.

    ``until`` is the day on whose morning the demonstration stands; history covers the ``days``
    before it. When exactly this load is there already, says so and changes nothing. Raises
    DemoRefused when the database holds other people.
    """
    console = console or Console(quiet=True)
    began = clock.monotonic()
    marker: dict[str, object] = {
        "people": people,
        "days": days,
        "until": until.isoformat(),
        "seed": seed,
        "version": VERSION,
        "book": load_book(BOOK_ID).sha256,
    }
    with psycopg.connect(owner_url) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('dispensing demo-data'))")
        if _there_already(connection, marker):
            with _progress(console) as progress:
                entries, digest = _digest(connection, progress)
            console.print(f"These people are loaded already. Ledger digest {digest}")
            return Loaded(people, entries, digest, 0.0, already_there=True)
        ahead = connection.execute("SELECT %s::date > clock_timestamp()::date + 1", [until])
        if (ahead.fetchone() or (False,))[0]:
            console.print(
                f"{until} lies ahead: until then the ledger's clock is in the future, and the"
                " service will hand nothing out."
            )
        frame_rows, jobs = _prepare(people, days, until, seed, marker, numbers)
        if processes is None:
            processes = 1 if people * days < APART_FROM else os.cpu_count() or 1
        chunks = run_here(jobs) if processes < 2 else run_apart(jobs, processes)
        aside = Aside(connection)
        with _progress(console) as progress:
            _fill(connection, aside, frame_rows, chunks, progress, people * days)
            entries, digest = _digest(connection, progress)
            connection.commit()
            connection.autocommit = True
            _analyze(connection, progress)
    loaded = Loaded(people, entries, digest, clock.monotonic() - began)
    console.print(
        f"Loaded {people} people, {days} days, {entries} ledger entries"
        f" in {loaded.seconds:.1f} s. Ledger digest {digest}"
    )
    return loaded


def _there_already(connection: psycopg.Connection, marker: dict[str, object]) -> bool:
    row = connection.execute(
        "SELECT payload FROM ledger_payload WHERE kind = %s AND chain_id = %s AND payload IS NOT"
        " NULL ORDER BY seq LIMIT 1",
        (LOADED_KIND, PLACES[0].clinical_chain),
    ).fetchone()
    if row is not None:
        facts = json.loads(bytes(row[0]))["facts"]
        if {name: facts.get(name) for name in marker} == marker:
            return True
        raise DemoRefused(
            "The database holds another demonstration"
            f" ({facts['people']} people, {facts['days']} days until {facts['until']}, seed"
            f" {facts['seed']})."
        )
    for table in ("person", "unit", "staff"):
        if connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() is not None:
            raise DemoRefused(f"The database is not empty: there are rows in {table}.")
    return False


def _prepare(
    people: int,
    days: int,
    until: date,
    seed: int,
    marker: dict[str, object],
    numbers: NumberKeys | None,
) -> tuple[Rows, list[Job]]:
    """Places, staff and people, and one job per group. The only chance is this one."""
    chance = Random(seed)
    start = until - timedelta(days=days)
    rows = Rows()
    counters = _write_places(rows, start)
    workers = draw_staff(chance)
    write_staff(rows, workers, seed)
    _write_products(rows, start, until)
    drawn = draw_people(chance, people, start, until)
    assign(drawn, until)
    if numbers is not None:
        write_numbers(rows, drawn, numbers, start)
    by_group: dict[int, list[Person]] = {group: [] for group in GROUPS}
    for person in drawn:
        by_group[BY_ID[person.home].group].append(person)
    staff = by_unit(workers)
    jobs = [
        Job(
            group,
            chance.getrandbits(64),
            (seed, start, until),
            staff,
            counters,
            by_group[group],
            marker if group == GROUPS[0] else None,
        )
        for group in GROUPS
    ]
    return rows, jobs


def _write_places(rows: Rows, start: date) -> dict[int, list[int]]:
    book = load_book(BOOK_ID)
    counters: dict[int, list[int]] = {}
    counter_id = 0
    for place in PLACES:
        rows.add(
            "unit",
            place.unit_id,
            place.code,
            place.name,
            place.kind,
            place.opens,
            place.closes,
            place.phone,
            place.places,
            place.clinical_chain,
            place.views_chain,
        )
        for licence in place.licences:
            rows.add("unit_licence", place.unit_id, licence, start)
        rows.add("unit_rule_book", place.unit_id, start, book.id, book.sha256)
        rows.add("cabinet", place.unit_id, place.unit_id, "Medicinskab 1")
        counters[place.unit_id] = []
        for number in range(1, place.counters + 1):
            counter_id += 1
            rows.add("counter", counter_id, place.unit_id, f"Skranke {number}")
            counters[place.unit_id].append(counter_id)
    return counters


def _write_products(rows: Rows, start: date, until: date) -> None:
    for one in PREPARATIONS:
        product = one.product
        rows.add(
            "product",
            product.code,
            one.name,
            product.substance,
            product.form,
            product.route,
            product.strength_ug,
            product.per,
        )
        rows.add("product_package", gtin_of(product.code), product.code, one.package_ug, one.name)
    Batches(start, until).write(rows)


def _fill(
    connection: psycopg.Connection,
    aside: Aside,
    frame_rows: Rows,
    chunks: Iterator[Chunk],
    progress: Progress,
    person_days: int,
) -> None:
    cursor = connection.cursor()
    # Sorting for the indexes and joining for the references in memory; only for this transaction.
    cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
    cursor.execute("SET LOCAL work_mem = '128MB'")
    for place in PLACES:
        for chain_id, purpose in (
            (place.clinical_chain, "clinical"),
            (place.views_chain, "views"),
        ):
            asked = {"chain_id": chain_id, "institution": place.code, "purpose": purpose}
            cursor.execute(OPEN_CHAIN_SQL, asked)
    aside.put()
    _copy_rows(cursor, frame_rows.take())
    bar = progress.add_task("A year of hand-outs", total=person_days)
    for chunk in chunks:
        _copy_rows(cursor, chunk.rows)
        for entries, payloads in chunk.ledger:
            with cursor.copy(ENTRY_COPY_SQL) as copy:
                copy.write(entries)
            with cursor.copy(PAYLOAD_COPY_SQL) as copy:
                copy.write(payloads)
        for head in chunk.heads:
            cursor.execute(HEAD_SQL, head)
        progress.advance(bar, chunk.person_days)
    steps = aside.steps()
    bar = progress.add_task("Indexes and references", total=len(steps))
    for step in steps:
        cursor.execute(step)
        progress.advance(bar)
    _set_sequences(cursor)


def _copy_rows(cursor: psycopg.Cursor, rows: list[tuple[str, bytes]]) -> None:
    for table, lines in rows:
        with cursor.copy(copy_sql(table)) as copy:
            copy.write(lines)


def _set_sequences(cursor: psycopg.Cursor) -> None:
    """Past every number used. Some tables are numbered by sequences of their own."""
    own = {
        "reservation": "reservation_id_seq",
        "bottle": "bottle_id_seq",
        "person_identifier": "identifier_id_seq",
        "stock_act": "stock_act_id_seq",
        "stock_count": "stock_count_id_seq",
    }
    for table, column in NUMBERED.items():
        sequence = (
            f"'{own[table]}'" if table in own else f"pg_get_serial_sequence('{table}', '{column}')"
        )
        cursor.execute(
            f"SELECT setval({sequence}, greatest((SELECT max({column}) FROM {table}), 1))"
        )


def _digest(connection: psycopg.Connection, progress: Progress) -> tuple[int, str]:
    """How many entries there are, and SHA-256 over all their hashes in order of chain and place."""
    count, running = 0, sha256()
    known = connection.execute("SELECT sum(seq)::bigint FROM ledger_head").fetchone()
    bar = progress.add_task("Digest of the ledger", total=known[0] if known else None)
    with connection.cursor(name="ledger_hashes", binary=True) as cursor:
        cursor.itersize = 50_000
        cursor.execute("SELECT hash FROM ledger_entry ORDER BY chain_id, seq")
        while rows := cursor.fetchmany(cursor.itersize):
            count += len(rows)
            running.update(b"".join([row[0] for row in rows]))
            progress.advance(bar, len(rows))
    return count, running.hexdigest()


def _analyze(connection: psycopg.Connection, progress: Progress) -> None:
    """Statistics of every table, so that the first hand-out is planned well."""
    tables = connection.execute(
        "SELECT quote_ident(relname) FROM pg_class"
        " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1"
    ).fetchall()
    for (table,) in progress.track(tables, description="Statistics"):
        connection.execute(f"ANALYZE {table}")


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description:<24}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=console.quiet,
    )
