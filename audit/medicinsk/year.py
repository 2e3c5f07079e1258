"""The pass: every person once, told to every indicator of every institution and period.

Pure but for the reading: ``count`` takes places and people as values, so that a small ledger in
memory and the database's give the same figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import psycopg

from audit.definitions import definitions_sha256
from audit.history.replay import no_collector
from audit.medicinsk.checkpoints import with_signed
from audit.medicinsk.doses import Doses
from audit.medicinsk.feed import (
    LedgerChanged,
    Reading,
    check_ranges,
    ranges_now,
    read_merges,
    read_people,
    read_places,
)
from audit.medicinsk.indicators import INDICATORS
from audit.medicinsk.indicators.m22_rule_book import in_force
from audit.medicinsk.life import Life
from audit.medicinsk.model import ChainRange, Figures, Institution, Period, Report
from audit.medicinsk.parts import Part
from audit.medicinsk.places import BookOf, Place, Places
from audit.medicinsk.scope import Counting, Scope
from audit.medicinsk.told import Told

WHOLE = Institution(None, "", "", "whole")

#: Person, and the next of their entries: those of one person follow each other.
People = Iterable[tuple[int, Sequence[Told]]]
Key = tuple[int | None, Period]


class UnknownUnit(ValueError):
    """No chain tells of a unit of this code."""


@dataclass(frozen=True, slots=True)
class Counted:
    """All figures of a pass, by institution (None: all together) and period."""

    figures: Mapping[Key, Figures]
    places: Places


def lives(people: People, places: Places, merges: Mapping[int, int]) -> Iterator[Life]:
    """One life after the other; records of one human as one life, after the others."""
    kept: dict[int, Life] = {}
    together = {*merges, *merges.values()}
    life: Life | None = None
    for person_id, entries in people:
        if life is None or life.person_id != person_id:
            if life is not None and life.person_id not in together:
                yield life
            life = Life(person_id, places.unit_of_chain)
            if person_id in together:
                kept[person_id] = life
        life.tell(entries)
    if life is not None and life.person_id not in together:
        yield life
    for absorbed, survivor in merges.items():
        if absorbed in kept and survivor in kept:
            kept[survivor].joined(kept.pop(absorbed))
    yield from kept.values()


def count(
    people: People,
    places: Places,
    periods: Sequence[Period],
    merges: Mapping[int, int] | None = None,
    only: int | None = None,
) -> Counted:
    """The figures of each institution and of all together, in each period.

    ``only``: of one unit alone, and nothing of all together.
    """
    counting: dict[Key, list[Counting]] = {}
    erased: dict[Key, int] = {}

    def counters(key: Key) -> list[Counting]:
        found = counting.get(key)
        if found is None:
            scope = Scope(*key, places)
            found = counting[key] = [one(scope) for one in INDICATORS]
        return found

    for life in lives(people, places, merges or {}):
        doses = Doses(life, places.is_pharmacy)
        units: set[int | None] = {one.unit_id for one in life.courses}
        units |= {unit for kind, _, unit in life.erased if kind == "person-enrolled" and unit}
        units = units & {only} if only is not None else units | {None}
        for period in periods:
            part: Part | None = None
            for unit_id in units:
                # Of a person of one unit that unit and all together have the same.
                if part is None or len(units) > 2:
                    part = Part(life, None if len(units) == 2 else unit_id, period, places, doses)
                for one in counters((unit_id, period)):
                    one.add(part)
        for _, on, unit_id in life.erased:
            for period in periods:
                if on is None or on <= period.last:
                    erased[unit_id, period] = erased.get((unit_id, period), 0) + 1
                    erased[None, period] = erased.get((None, period), 0) + 1
    for period in periods:
        # An institution without people, and all together, have figures too.
        counters((only, period))
        for place in places.treating(period.last) if only is None else ():
            counters((place.unit_id, period))
    figures = {
        key: _figures(places, key, ones, erased.get(key, 0)) for key, ones in counting.items()
    }
    return Counted(figures, places)


def _figures(places: Places, key: Key, ones: Sequence[Counting], erased: int) -> Figures:
    indicators = tuple([one.done() for one in ones])
    unit_id, period = key
    if unit_id is None:
        return Figures(WHOLE, period, indicators, erased)
    place = places.place(unit_id)
    opened_on, closed_on = place.opened_on, place.last_on
    if opened_on is None or not period.first < opened_on <= period.last:
        opened_on = None
    # Nothing says that a unit closes: its last closed day was the last, and nobody is left.
    left = next(one for one in indicators if one.id == "M21").table("m21.months").cells[-1][0]
    if left.count or closed_on is None or not period.first <= closed_on < period.last:
        closed_on = None
    institution = Institution(unit_id, place.code, place.name, place.kind, opened_on, closed_on)
    return Figures(institution, period, indicators, erased)


def report(
    counted: Counted, unit_id: int | None, period: Period, ranges: Sequence[ChainRange]
) -> Report:
    """One institution's report (None: all together), with what was counted beside it."""
    own = counted.figures[unit_id, period]
    last_year = period.year_before()
    before = counted.figures.get((unit_id, last_year))
    if before is not None and not _told_of(counted.places, unit_id, last_year):
        before = None
    others = [
        figures
        for (other, when), figures in counted.figures.items()
        if when == period and other is not None and other != unit_id
    ]
    others.sort(key=lambda one: one.institution.code)
    treating = [one.institution.unit_id for one in (own, *others)]
    books = [
        book
        for place in _sorted(counted.places, treating)
        for book in in_force(place, period, counted.places)
    ]
    whole = counted.figures.get((None, period), own)
    return Report(
        own, before, tuple(others), whole, tuple(ranges), tuple(books), definitions_sha256()
    )


def _ranges(connection: psycopg.Connection[Any], code: str | None) -> tuple[ChainRange, ...]:
    """The chains as they stand; the institution's own (of all together: each) as it was signed."""
    return with_signed(
        connection,
        ranges_now(connection),
        lambda one: code in (None, one.institution),
        LedgerChanged,
    )


def _told_of(places: Places, unit_id: int | None, period: Period) -> bool:
    """Whether the ledger tells of the unit (of any) in a period at all."""
    units = list(places.by_id.values()) if unit_id is None else [places.place(unit_id)]
    return any(one.opened_on is not None and one.opened_on <= period.last for one in units)


def _sorted(places: Places, unit_ids: Iterable[int | None]) -> list[Place]:
    return [places.by_id[one] for one in sorted(one for one in unit_ids if one is not None)]


def unit_of(places: Places, code: str) -> int:
    """A unit's number by its code. Raises UnknownUnit."""
    for place in places.by_id.values():
        if place.code == code:
            return place.unit_id
    raise UnknownUnit(code)


def audit(
    connection: psycopg.Connection[Any],
    period: Period,
    book_of: BookOf,
    *,
    code: str | None = None,
    alone: bool = False,
    at: Sequence[ChainRange] | None = None,
) -> Report:
    """One institution's audit (``code`` None: all together), read from the ledger alone.

    ``alone``: nothing of the other institutions is counted, which is quicker. ``at``: as the ledger
    stood then, to make a signed report's figures again. The caller's transaction is one snapshot
    (REPEATABLE READ). Raises UnknownUnit, LedgerChanged, psycopg.Error.
    """
    if at is not None:
        check_ranges(connection, at)
    ranges = tuple(at) if at is not None else _ranges(connection, code)
    reading = Reading(period.last, ranges, bounded=at is not None)
    places = read_places(connection, reading, book_of, stock_of=code if alone else None)
    unit_id = None if code is None else unit_of(places, code)
    of_unit = None
    if alone and unit_id is not None:
        of_unit = (unit_id, [one.chain_id for one in ranges if one.institution == code])
    last_year = period.year_before()
    periods = (period, last_year) if _told_of(places, unit_id, last_year) else (period,)
    merges = read_merges(connection, reading)
    # Closed before an error goes on: a connection in the middle of a COPY cannot roll back.
    with closing(read_people(connection, reading, of_unit)) as people, no_collector():
        counted = count(people, places, periods, merges, unit_id if alone else None)
    return report(counted, unit_id, period, ranges)
