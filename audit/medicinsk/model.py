"""What the medicinsk audit answers with: figures as values, with the people behind each count.

Pure and frozen. Names, labels and notes are keys of ``texts.toml``; a label that the table does not
hold (a year, a preparation's code, a rule's id) stands for itself. Amounts are whole micrograms,
lengths whole days or minutes. ``people`` are the ids behind a count, sorted, each once: whoever
shows them asks first whether the reader's role allows it, and records the look.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, TypeVar

from audit.definitions import Share as Plain
from audit.definitions import Standing
from audit.medicinsk.signed import SignedTo

#: What is counted.
Unit = Literal[
    "people",
    "courses",
    "dose_days",
    "days",
    "supplies",
    "periods",
    "handouts",
    "lifts",
    "gaps",
    "counts",
    "acts",
    "cases",
    "ug",
    "minutes",
    "ms",
    "numbers",
    "decisions",
    "place_days",
]


@dataclass(frozen=True, slots=True)
class Period:
    """Clinic days from ``first`` to ``last``, both included. ``last`` is the audit date."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1

    def holds(self, on: date) -> bool:
        """Whether a day is in it."""
        return self.first <= on <= self.last

    def year_before(self) -> Period:
        """The same days one year earlier; 29 February becomes 28."""
        return Period(_a_year_before(self.first), _a_year_before(self.last))


def _a_year_before(on: date) -> date:
    try:
        return on.replace(year=on.year - 1)
    except ValueError:
        return on.replace(year=on.year - 1, day=28)


@dataclass(frozen=True, slots=True)
class Counted:
    """So many, and who stands behind them (not always as many: one person has many dose-days)."""

    count: int = 0
    people: tuple[int, ...] = ()


NONE = Counted()


@dataclass(frozen=True, slots=True)
class Share:
    """Who counts, who does not, and of whom it is not known.

    ``target`` in per cent; ``reach`` says whether at least or at most so many should count.
    """

    key: str
    unit: Unit
    yes: Counted = NONE
    no: Counted = NONE
    unknown: Counted = NONE
    target: int | None = None
    reach: Literal["at-least", "at-most"] = "at-least"

    @property
    def plain(self) -> Plain:
        """The three counts alone."""
        return Plain(self.yes.count, self.no.count, self.unknown.count)

    @property
    def n(self) -> int:
        """All asked about, the unknown too."""
        return self.plain.n

    @property
    def percent(self) -> int | None:
        """Of those of whom it is known, rounded half up; None where it is known of none."""
        return self.plain.percent

    @property
    def standing(self) -> Standing | None:
        """Whether the target is met, whatever the unknown turn out to be; None without one."""
        if self.target is None:
            return None
        if self.reach == "at-least":
            return self.plain.standing(self.target)
        # At most: as many as may yet turn out to count must still be few enough.
        return _at_most(self.plain, self.target)


def _at_most(share: Plain, target: int) -> Standing | None:
    if share.n == 0:
        return None
    if 100 * share.yes > target * share.n:
        return "missed"
    return "met" if 100 * (share.yes + share.unknown) <= target * share.n else "open"


@dataclass(frozen=True, slots=True)
class Distribution:
    """Values in ascending order; ``people[i]`` is whose value ``values[i]`` is (0: nobody's).

    Quantiles are by nearest rank (Hyndman and Fan's type 1): the smallest value that at least that
    share of the values does not exceed. They are whole and one of the values, never between two.
    """

    key: str
    unit: Unit
    values: tuple[int, ...] = ()
    people: tuple[int, ...] = ()
    unknown: Counted = NONE
    #: Upper ends of the histogram's bars, each with it; the last bar is open.
    edges: tuple[int, ...] = ()

    @property
    def n(self) -> int:
        """How many values are known."""
        return len(self.values)

    def quantile(self, percent: int) -> int | None:
        """The value at ``percent`` (1 to 100) by nearest rank; None without values."""
        if not self.values:
            return None
        return self.values[max(-(-percent * len(self.values) // 100), 1) - 1]

    @property
    def median(self) -> int | None:
        """The value at 50 per cent."""
        return self.quantile(50)

    @property
    def quartiles(self) -> tuple[int | None, int | None]:
        """The values at 25 and 75 per cent."""
        return self.quantile(25), self.quantile(75)

    @property
    def tails(self) -> tuple[int | None, int | None]:
        """The values at 5 and 95 per cent."""
        return self.quantile(5), self.quantile(95)

    def histogram(self) -> tuple[int, ...]:
        """How many values lie in each bar: up to each edge, and above the last."""
        bars = [0] * (len(self.edges) + 1)
        for value in self.values:
            bars[next((i for i, edge in enumerate(self.edges) if value <= edge), -1)] += 1
        return tuple(bars)


def distribution(
    key: str,
    unit: Unit,
    pairs: Iterable[tuple[int, int]],
    unknown: Counted = NONE,
    edges: Sequence[int] = (),
) -> Distribution:
    """A distribution of (value, person) pairs in any order."""
    ordered = sorted(pairs)
    return Distribution(
        key,
        unit,
        tuple([value for value, _ in ordered]),
        tuple([person for _, person in ordered]),
        unknown,
        tuple(edges),
    )


@dataclass(frozen=True, slots=True)
class Table:
    """Counts by row and column; ``cells[row][column]``. Labels as everywhere."""

    key: str
    unit: Unit
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[Counted, ...], ...]

    def cell(self, row: str, column: str) -> Counted:
        """One cell by its labels."""
        return self.cells[self.rows.index(row)][self.columns.index(column)]

    def total(self, column: str) -> int:
        """The sum of a column."""
        place = self.columns.index(column)
        return sum(row[place].count for row in self.cells)


@dataclass(frozen=True, slots=True)
class Rate:
    """Events in person-time, per 100 years, in thousandths; with the exact 95 % Poisson interval.

    All three None without time.
    """

    key: str
    events: Counted
    person_days: int
    per_100_years_milli: int | None
    low_milli: int | None
    high_milli: int | None


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum that is no count of people: micrograms booked, places, numbers of a book."""

    key: str
    unit: Unit
    value: int | None
    people: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence beside a figure, by its key, with what is filled in."""

    key: str
    values: tuple[tuple[str, str], ...] = ()


_Kind = TypeVar("_Kind", Share, Distribution, Table, Rate, Amount)


@dataclass(frozen=True, slots=True)
class Indicator:
    """One of M1-M22 for one institution and period. The definition stands in ``definitions``."""

    id: str
    shares: tuple[Share, ...] = ()
    distributions: tuple[Distribution, ...] = ()
    tables: tuple[Table, ...] = ()
    rates: tuple[Rate, ...] = ()
    amounts: tuple[Amount, ...] = ()
    notes: tuple[Note, ...] = ()

    def share(self, key: str) -> Share:
        """One share by its key. Raises KeyError, as the others do."""
        return _of(self.shares, key)

    def distribution(self, key: str) -> Distribution:
        """One distribution by its key."""
        return _of(self.distributions, key)

    def table(self, key: str) -> Table:
        """One table by its key."""
        return _of(self.tables, key)

    def rate(self, key: str) -> Rate:
        """One rate by its key."""
        return _of(self.rates, key)

    def amount(self, key: str) -> Amount:
        """One amount by its key."""
        return _of(self.amounts, key)


def _of(ones: Sequence[_Kind], key: str) -> _Kind:
    for one in ones:
        if one.key == key:
            return one
    raise KeyError(key)


@dataclass(frozen=True, slots=True)
class Institution:
    """A place that treats. ``unit_id`` None: all institutions together, each person once.

    ``opened_on`` and ``closed_on`` where that lies in the period: the figures are of fewer days.
    """

    unit_id: int | None
    code: str
    name: str
    kind: str = "clinic"
    opened_on: date | None = None
    closed_on: date | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """All indicators of one institution in one period; ``erased`` payloads it could not read."""

    institution: Institution
    period: Period
    indicators: tuple[Indicator, ...]
    erased: int = 0

    def indicator(self, id_: str) -> Indicator:
        """One indicator. Raises KeyError."""
        for one in self.indicators:
            if one.id == id_:
                return one
        raise KeyError(id_)


@dataclass(frozen=True, slots=True)
class ChainRange:
    """How much of one chain the figures stand on: first and last entry, and the last one's hash.

    ``signed``: the newest checkpoint in it; None where nothing was signed, or nobody asked.
    """

    chain_id: int
    institution: str
    first_seq: int
    last_seq: int
    head_hash: str
    signed: SignedTo | None = None


@dataclass(frozen=True, slots=True)
class BookInForce:
    """A rule book by which a unit decided, from and to which day (None: still).

    ``unconfirmed``: how many of its numbers nobody has confirmed; None where the book of this hash
    is not at hand, and its numbers are then unknown.
    """

    unit_id: int
    book_id: str
    sha256: str
    from_on: date
    to_on: date | None
    unconfirmed: int | None


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The period's decisions asked again under a proposed book: how many verdicts change, by rule.

    Each rule with how many verdicts become (more severe, milder).
    """

    book_id: str
    sha256: str
    decisions: int
    changed: int
    unknown: int
    by_rule: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Report:
    """One institution's audit: its figures, last year and the others beside them, and the proof."""

    figures: Figures
    before: Figures | None
    others: tuple[Figures, ...]
    whole: Figures
    ledger: tuple[ChainRange, ...]
    books: tuple[BookInForce, ...]
    definitions_sha256: str
    what_if: tuple[WhatIf, ...] = field(default=())

    @property
    def institution(self) -> Institution:
        """Whose audit it is."""
        return self.figures.institution

    @property
    def period(self) -> Period:
        """Of which days."""
        return self.figures.period

    @property
    def cut_on(self) -> date:
        """The audit date: what is counted on a date is counted at the end of this day."""
        return self.figures.period.last
