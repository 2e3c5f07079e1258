"""The entries about units that the indicators read, as values: one type per kind."""

from datetime import date

import msgspec
from msgspec import Struct


class _OfUnit(Struct, tag_field="kind", gc=False):
    on: date
    unit_id: int


class _Opened(Struct, gc=False):
    code: str
    name: str
    unit_kind: str
    places: int | None = None


class UnitOpened(_OfUnit, tag="unit-opened"):
    facts: _Opened


class _Adopted(Struct, gc=False):
    from_on: date
    book: tuple[str, str]


class BookAdopted(_OfUnit, tag="rule-book-adopted"):
    facts: _Adopted


class _Calendar(Struct, gc=False):
    closed: dict[date, str]
    opened: tuple[date, ...] = ()


class CalendarSet(_OfUnit, tag="calendar-set"):
    facts: _Calendar


class _Counted(Struct, gc=False):
    count: int
    #: Line, "bottle" or "holding", its number, counted, booked, tolerance; micrograms.
    lines: tuple[tuple[int, str, int, int, int, int], ...]


class StockCounted(_OfUnit, tag="stock-counted"):
    facts: _Counted


class _Settled(Struct, gc=False):
    count: int | None = None
    line: int | None = None


class StockAdjusted(_OfUnit, tag="stock-adjusted"):
    facts: _Settled


class StockExplained(_OfUnit, tag="stock-explained"):
    facts: _Settled


class _Wasted(Struct, gc=False):
    moves: tuple[tuple[str, int, int], ...] = ()
    witness: int | None = None
    wasted_ug: int | None = None


class StockDestroyed(_OfUnit, tag="stock-destroyed"):
    actor_id: int | None
    facts: _Wasted


class StockRest(_OfUnit, tag="stock-rest"):
    actor_id: int | None
    facts: _Wasted


class StockBroken(_OfUnit, tag="stock-broken"):
    actor_id: int | None
    facts: _Wasted


class _Traced(Struct, gc=False):
    label: str | None = None


class PackageTraced(_OfUnit, tag="package-traced"):
    facts: _Traced


class UnitErased(Struct, tag_field="kind", tag="erased"):
    was: str
    chain: int


class _Day(Struct, gc=False):
    pass


class DayClosed(_OfUnit, tag="day-closed"):
    facts: _Day


UnitTold = (
    UnitOpened
    | BookAdopted
    | CalendarSet
    | StockCounted
    | StockAdjusted
    | StockExplained
    | StockDestroyed
    | StockRest
    | StockBroken
    | PackageTraced
    | DayClosed
    | UnitErased
)
UNIT_KINDS = tuple(
    str(one.__struct_config__.tag) for one in UnitTold.__args__ if one is not UnitErased
)
UNIT_TOLD = msgspec.json.Decoder(UnitTold)
