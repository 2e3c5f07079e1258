"""Groups of places simulated apart, in this process or in several, as chunks ready for COPY."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from multiprocessing.connection import Connection, wait
from random import Random

from audit.ledger.entry import Entry
from dispensing.demo.cases import last_evening
from dispensing.demo.catalogue import BOOK_ID, Place
from dispensing.demo.clinic import Clinic, Frame, local_moment
from dispensing.demo.indkald import say_places
from dispensing.demo.state import Person
from dispensing.demo.year import run_year
from dispensing.treatment import entries
from dosing_rules import load_book

LOADED_KIND = "synthetic-data-loaded"


@dataclass(frozen=True, slots=True)
class Job:
    """One group's work: everything a process needs to do it alone."""

    group: int
    chance_seed: int
    frame_values: tuple[int, date, date]
    staff: dict[int, dict[str, list[int]]]
    counters: dict[int, list[int]]
    people: list[Person]
    #: What the first group writes down about the load itself.
    marker: dict[str, object] | None


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some days of a group, ready for COPY; ``heads`` come with the last one."""

    person_days: int
    rows: list[tuple[str, bytes]]
    ledger: list[tuple[bytes, bytes]]
    heads: list[dict[str, object]]


def simulate(job: Job) -> Iterator[Chunk]:
    """Run one group's year."""
    seed, start, until = job.frame_values
    frame = Frame(seed, start, until, load_book(BOOK_ID), job.staff, job.counters)
    clinic = Clinic(frame, job.group, Random(job.chance_seed))
    _open_places(clinic, job.marker)
    finished = False
    for days in _with_end(run_year(clinic, job.people, last_evening)):
        finished = days is None
        chains = list(clinic.chains.values())
        yield Chunk(
            (days or 0) * len(job.people),
            clinic.rows.take(),
            [(c.take_entries(), c.take_payloads()) for c in chains if c.waiting()],
            [chain.head_parameters() for chain in chains] if finished else [],
        )


def _with_end(days: Iterable[int]) -> Iterator[int | None]:
    yield from days
    yield None


def _open_places(clinic: Clinic, marker: dict[str, object] | None) -> None:
    """The frame in the ledger: places, their rule book, their calendar."""
    frame = clinic.frame
    on = frame.start
    for place in clinic.places:
        at = local_moment(on, place.opens) - timedelta(hours=4)
        actor = clinic.one_of(place.unit_id, "administrator")
        if marker is not None and place is clinic.places[0]:
            facts = {"at": at.isoformat(), **marker}
            entry = Entry(
                kind=LOADED_KIND, unit_id=place.unit_id, actor_id=actor, on=on, facts=facts
            )
            clinic.note(place.unit_id, at, entry)
        _open_place(clinic, place, actor, on, at + timedelta(seconds=1))
        closed = clinic.closed[place.unit_id]
        for day, name in closed.items():
            clinic.rows.add("unit_closed_day", place.unit_id, day, name)
    clinic.seal()


def _open_place(clinic: Clinic, place: Place, actor: int, on: date, at: datetime) -> None:
    unit_id = place.unit_id
    book = (clinic.book.id, clinic.book.sha256)
    clinic.note(
        unit_id,
        at,
        entries.unit_opened(
            unit_id,
            actor,
            on,
            at,
            code=place.code,
            name=place.name,
            kind=place.kind,
            hours=(place.opens, place.closes),
            places=place.places,
            licences=[(preparation, on, None) for preparation in place.licences],
        ),
    )
    adopted = entries.rule_book_adopted(unit_id, actor, on, at, from_on=on, book=book)
    clinic.note(unit_id, at, adopted)
    calendar = entries.calendar_set(unit_id, actor, on, at, closed=clinic.closed[unit_id])
    clinic.note(unit_id, at, calendar)
    say_places(clinic, place, on, at)


def run_here(jobs: list[Job]) -> Iterator[Chunk]:
    """One group after the other, in this process."""
    for job in jobs:
        yield from simulate(job)


def run_apart(jobs: list[Job], processes: int) -> Iterator[Chunk]:
    """Groups spread over processes by size; chunks in the order in which they come.

    A group's own chunks stay in order, and groups share no row, so the database ends the same.
    Raises RuntimeError when a process fails.
    """
    shares: list[list[Job]] = [[] for _ in range(processes)]
    for job in sorted(jobs, key=lambda one: -len(one.people)):
        min(shares, key=lambda share: sum(len(one.people) for one in share)).append(job)
    context = multiprocessing.get_context("spawn")
    workers = []
    ends: list[Connection] = []
    for share in shares:
        if not share:
            continue
        here, there = context.Pipe(duplex=False)
        worker = context.Process(target=_work, args=(there, share), daemon=True)
        worker.start()
        there.close()
        workers.append(worker)
        ends.append(here)
    try:
        while ends:
            for end in wait(ends):
                assert isinstance(end, Connection)
                try:
                    message = end.recv()
                except EOFError:
                    raise RuntimeError("a process of the load ended early") from None
                if message is None:
                    ends.remove(end)
                elif isinstance(message, str):
                    raise RuntimeError(f"a process of the load failed: {message}")
                else:
                    yield message
    finally:
        for worker in workers:
            if worker.is_alive():
                worker.terminate()
            worker.join()


def _work(end: Connection, jobs: list[Job]) -> None:
    import gc

    # A year's rows are no garbage: looking for cycles among them costs a tenth of the time.
    gc.freeze()
    gc.disable()
    try:
        for chunk in run_here(jobs):
            end.send(chunk)
        end.send(None)
    except BaseException as trouble:
        end.send(f"{type(trouble).__name__}: {trouble}")
        raise
