"""The units as their chains tell: names, places, rule books, calendars, stock, traces, by day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from audit.medicinsk import told_units as told
from dosing_rules import RuleBook

#: The book of an id with these bytes' hash; None where it is not at hand.
BookOf = Callable[[str, str], RuleBook | None]


class Off(NamedTuple):
    """A line of a blind count that differs from what is booked; micrograms, counted less booked."""

    on: date
    count_id: int
    line: int
    off_ug: int
    tolerance_ug: int


@dataclass(frozen=True, slots=True)
class Waste:
    """Medicine destroyed, broken or left over; with a second person, or without."""

    on: date
    ug: int
    witnessed: bool


@dataclass(slots=True)
class Place:
    """A unit: clinic, pharmacy or practice (a doctor's own)."""

    unit_id: int
    code: str = ""
    name: str = ""
    kind: str = "clinic"
    opened_on: date | None = None
    last_on: date | None = None
    places: list[tuple[date, int | None]] = field(default_factory=list[tuple[date, int | None]])
    #: Told on, holds from, book's id and hash.
    books: list[tuple[date, date, str, str]] = field(
        default_factory=list[tuple[date, date, str, str]]
    )
    closed: dict[date, str] = field(default_factory=dict[date, str])
    #: Lines of blind counts by day, and those that differ.
    lines: Counter[date] = field(default_factory=Counter[date])
    off: list[Off] = field(default_factory=list[Off])
    settled: set[tuple[int, int]] = field(default_factory=set[tuple[int, int]])
    waste: list[Waste] = field(default_factory=list[Waste])
    traces: list[tuple[date, bool]] = field(default_factory=list[tuple[date, bool]])
    erased: list[str] = field(default_factory=list[str])

    def book_on(self, on: date) -> tuple[str, str] | None:
        """Id and hash of the book that holds on a day; the latest that has begun."""
        for told_on, from_on, book_id, sha256 in reversed(self.books):
            if told_on <= on and from_on <= on:
                return book_id, sha256
        return None


class Places:
    """Every unit by its number."""

    def __init__(self, book_of: BookOf, chains: Sequence[tuple[int, str]] = ()) -> None:
        """``chains``: (chain, institution's code) of each clinical chain."""
        self.by_id: dict[int, Place] = {}
        self._book_of = book_of
        self._books: dict[tuple[str, str], RuleBook | None] = {}
        self._on_day: dict[tuple[int, date], RuleBook | None] = {}
        self._code_of_chain = dict(chains)

    def place(self, unit_id: int) -> Place:
        """A unit; one of which nothing was told is a clinic without a name."""
        found = self.by_id.get(unit_id)
        if found is None:
            found = self.by_id[unit_id] = Place(unit_id, code=str(unit_id), name=str(unit_id))
        return found

    def treating(self, by: date) -> list[Place]:
        """The units that treat and were open by a day: all but pharmacies."""
        return [
            one
            for one in self.by_id.values()
            if one.kind != "pharmacy" and one.opened_on is not None and one.opened_on <= by
        ]

    def unit_of_chain(self, chain_id: int) -> int | None:
        """Whose chain it is."""
        code = self._code_of_chain.get(chain_id)
        return next((one.unit_id for one in self.by_id.values() if one.code == code), None)

    def is_pharmacy(self, unit_id: int) -> bool:
        """Whether a unit is a pharmacy."""
        found = self.by_id.get(unit_id)
        return found is not None and found.kind == "pharmacy"

    def book(self, unit_id: int, on: date) -> RuleBook | None:
        """The book by which a unit decides on a day; None where none is known or at hand."""
        key = (unit_id, on)
        if key not in self._on_day:
            named = self.place(unit_id).book_on(on)
            self._on_day[key] = None if named is None else self.book_named(*named)
        return self._on_day[key]

    def book_named(self, book_id: str, sha256: str) -> RuleBook | None:
        """A book by id and hash; None where it is not at hand, or another by that id is."""
        named = (book_id, sha256)
        if named not in self._books:
            self._books[named] = self._book_of(book_id, sha256)
        return self._books[named]

    def tell(self, entries: Iterable[told.UnitTold]) -> None:
        """The entries of units, each chain in its order."""
        for entry in entries:
            if isinstance(entry, told.UnitErased):
                unit_id = self.unit_of_chain(entry.chain)
                if unit_id is not None:
                    self.place(unit_id).erased.append(entry.was)
                continue
            _tell(self.place(entry.unit_id), entry)


def _tell(place: Place, entry: told.UnitTold) -> None:
    if isinstance(entry, told.StockCounted):
        facts = entry.facts
        place.lines[entry.on] += len(facts.lines)
        for line, _, _, counted_ug, booked_ug, tolerance_ug in facts.lines:
            if counted_ug != booked_ug:
                off_ug = counted_ug - booked_ug
                place.off.append(Off(entry.on, facts.count, line, off_ug, tolerance_ug))
    elif isinstance(entry, told.DayClosed):
        place.last_on = max(entry.on, place.last_on or entry.on)
    elif isinstance(entry, told.StockDestroyed | told.StockRest | told.StockBroken):
        facts = entry.facts
        ug = facts.wasted_ug
        if ug is None:
            ug = sum(-delta for _, _, delta in facts.moves if delta < 0)
        seen = facts.witness is not None and facts.witness != entry.actor_id
        place.waste.append(Waste(entry.on, ug, seen))
    elif isinstance(entry, told.StockAdjusted | told.StockExplained):
        if entry.facts.count is not None and entry.facts.line is not None:
            place.settled.add((entry.facts.count, entry.facts.line))
    elif isinstance(entry, told.UnitOpened):
        facts = entry.facts
        place.code, place.name, place.kind = facts.code, facts.name, facts.unit_kind
        place.opened_on = place.opened_on or entry.on
        place.places.append((entry.on, facts.places))
    elif isinstance(entry, told.BookAdopted):
        place.books.append((entry.on, entry.facts.from_on, *entry.facts.book))
    elif isinstance(entry, told.CalendarSet):
        place.closed |= entry.facts.closed
        for day in entry.facts.opened:
            place.closed.pop(day, None)
    elif isinstance(entry, told.PackageTraced):
        place.traces.append((entry.on, entry.facts.label is not None))
