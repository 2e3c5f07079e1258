"""What a life is made of: courses, orders, periods of indkald and tapers, each with its days."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import msgspec

from audit.medicinsk import told


@dataclass(slots=True)
class Course:
    """From enrolment at a unit to the end. ``first`` is the day the ledger tells of it.

    ``enrolled_on`` may lie before the ledger began. ``before``: ever in treatment before.
    """

    unit_id: int
    first: date
    enrolled_on: date
    born_on: date | None
    begins: int
    ended_on: date | None = None
    status: str | None = None
    died_on: date | None = None
    contact_on: date | None = None
    before: str | None = None
    erased: bool = False

    def holds(self, on: date) -> bool:
        """Whether the person is in treatment at the end of a day; on the day of the end no more."""
        return self.first <= on and (self.ended_on is None or on < self.ended_on)


@dataclass(frozen=True, slots=True)
class Order:
    """An order as signed; ``place`` is where in the person's entries it stands."""

    place: int
    on: date
    daily_ug: int
    facts: told.OrderFacts

    @property
    def preparation(self) -> str:
        """Substance, and that it is a depot."""
        _, substance, form, *_ = self.facts.product
        return f"{substance}-depot" if form == "depot" else substance

    @property
    def substance(self) -> str:
        """The substance alone."""
        return self.facts.product[1]

    @property
    def is_depot(self) -> bool:
        """Whether it lasts for days."""
        return self.facts.product[2] == "depot"

    def largest_day_ug(self) -> int:
        """The most that is ordered for any day."""
        return max((self.daily_ug, *(self.facts.weekday_ug or ())))

    def day_ug(self, on: date) -> int:
        """What is ordered for a day; a pattern that lacks the weekday orders nothing."""
        pattern = self.facts.weekday_ug
        if pattern is None:
            return self.daily_ug
        return pattern[on.weekday()] if on.weekday() < len(pattern) else 0


@dataclass(slots=True)
class Indkald:
    """A period of supervised days, and what became of it, each with the day it was told."""

    unit_id: int
    days: list[tuple[date, tuple[date, ...]]]
    states: list[tuple[date, str]]
    results: list[tuple[date, str]] = field(default_factory=list[tuple[date, str]])


@dataclass(slots=True)
class Taper:
    """A version of a plan to come off benzodiazepines, and the doses really had under it."""

    on: date
    plan: told.TaperAgreedFacts
    went: list[tuple[date, int]] = field(default_factory=list[tuple[date, int]])
    ended_on: date | None = None


#: The newest value on a day of something that is told now and then.
Timeline = list[tuple[date, Any]]


def known(timeline: Timeline, on: date) -> Any:
    """What was last told by the end of a day; UNSET where nothing was."""
    for told_on, value in reversed(timeline):
        if told_on <= on:
            return value
    return msgspec.UNSET


def join_care(mine: dict[str, Timeline], other: Mapping[str, Timeline], on: date) -> None:
    """From the day of a merge on, of two findings the one that asks for more care, as the service.

    ``mine`` is changed: what either record says later stays behind it.
    """
    for name, join in _JOINS.items():
        values = [known(lines.get(name, []), on) for lines in (mine, other)]
        if any(one is not msgspec.UNSET for one in values):
            joined = join(*[None if one is msgspec.UNSET else one for one in values])
            timeline = mine.setdefault(name, [])
            place = sum(told_on <= on for told_on, _ in timeline)
            timeline.insert(place, (on, joined))


def _both_least(one: Any, other: Any) -> Any:
    """The earlier day; unknown where either is."""
    return None if one is None or other is None else min(one, other)


def _least(one: Any, other: Any) -> Any:
    return min((it for it in (one, other) if it is not None), default=None)


def _greatest(one: Any, other: Any) -> Any:
    return max((it for it in (one, other) if it is not None), default=None)


_JOINS: Mapping[str, Callable[[Any, Any], Any]] = {
    "sedatives_high_ug": _greatest,
    "taper_state": lambda one, other: one if one == other else None,
    "ecg_on": _both_least,
    "qtc_ms": _greatest,
    "reviewed_on": _both_least,
    "indkald_due_on": _least,
}
