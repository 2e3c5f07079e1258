"""A life as one institution in one period has it: only its courses, only its days.

The whole (``unit_id`` None) has every course of the person, and the person once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

import msgspec

from audit.medicinsk.doses import Doses
from audit.medicinsk.life import DAY, Life
from audit.medicinsk.model import Period
from audit.medicinsk.places import Places
from audit.medicinsk.recorded import Course, Order, known
from dosing_rules import RuleBook

Counts = TypeVar("Counts")


class Part:
    """What an indicator is given. ``cut_on`` is the period's last day."""

    def __init__(
        self, life: Life, unit_id: int | None, period: Period, places: Places, doses: Doses
    ) -> None:
        self.life = life
        self.person_id = life.person_id
        self.unit_id = unit_id
        self.period = period
        self.cut_on = period.last
        self.places = places
        self.doses = doses
        self._remembered: dict[type, Any] = {}
        self.courses = [
            one
            for one in life.courses
            if unit_id in (None, one.unit_id) and one.first <= period.last
        ]

    @cached_property
    def stays(self) -> list[tuple[date, date, int]]:
        """First and last day in treatment within the period, and the unit, in order."""
        first, last = self.period.first, self.period.last
        found: list[tuple[date, date, int]] = []
        for one in self.courses:
            until = last if one.ended_on is None else min(one.ended_on - DAY, last)
            since = max(one.first, first)
            if since <= until:
                found.append((since, until, one.unit_id))
        return found

    @cached_property
    def now(self) -> Course | None:
        """The course at the end of the audit date."""
        return self.course_on(self.cut_on)

    def course_on(self, on: date) -> Course | None:
        """The course here at the end of a day."""
        for one in reversed(self.courses):
            if one.holds(on):
                return one
        return None

    def treats(self, on: date) -> bool:
        """Whether a day lies in the period and the course of that day is of this institution.

        The day of the end counts: what was done on it belongs to the course that ended.
        """
        if not self.period.holds(on):
            return False
        if self.unit_id is None:
            return True
        return any(
            one.first <= on and (one.ended_on is None or on <= one.ended_on) for one in self.courses
        )

    def begun(self) -> Iterator[Course]:
        """Courses that began in the period."""
        for one in self.courses:
            if self.period.holds(one.enrolled_on) and one.status != "absorbed":
                yield one

    @cached_property
    def dose_days(self) -> tuple[int, int, int]:
        """Days in treatment here for which a dose was had: supervised, home, pharmacy."""
        found = [self.doses.counts(since, until) for since, until, _ in self.stays]
        if len(found) == 1:
            return found[0]
        return (
            sum(one[0] for one in found),
            sum(one[1] for one in found),
            sum(one[2] for one in found),
        )

    @cached_property
    def person_days(self) -> int:
        """Days in treatment in the period."""
        return sum((until - since).days + 1 for since, until, _ in self.stays)

    @cached_property
    def order(self) -> Order | None:
        """The main order at the end of the audit date."""
        return self.life.order(self.cut_on) if self.now is not None else None

    def told(self, name: str, on: date | None = None) -> object:
        """What was last recorded of a fact by a day (the audit date); UNSET where nothing was."""
        timeline = self.life.care.get(name)
        if timeline is None:
            return msgspec.UNSET
        return known(timeline, self.cut_on if on is None else on)

    def book(self, on: date | None = None) -> RuleBook | None:
        """The book of the treating unit on a day (the audit date)."""
        on = self.cut_on if on is None else on
        course = self.life.course_on(on) or (self.courses[-1] if self.courses else None)
        return None if course is None else self.places.book(course.unit_id, on)

    def blind(self, kinds: Iterable[str]) -> bool:
        """Whether an entry of one of these kinds was erased: what it said is unknown."""
        if not self.life.erased:
            return False
        wanted = frozenset(kinds)
        return any(
            kind in wanted and (on is None or on <= self.cut_on) for kind, on, _ in self.life.erased
        )

    def remembered(self, of: type, compute: Callable[[Part], Counts]) -> Counts:
        """What an indicator counted of this part: asked for the unit and for all together."""
        if of not in self._remembered:
            self._remembered[of] = compute(self)
        return self._remembered[of]

    @property
    def enrolment_erased(self) -> bool:
        """Whether somebody was enrolled here of whom nothing is known any more."""
        return any(
            kind == "person-enrolled" and self.unit_id in (None, unit_id)
            for kind, _, unit_id in self.life.erased
        )

    def erased_here(self, kinds: Iterable[str]) -> int:
        """Erased entries of these kinds within the period, as the entry before each dates it."""
        if not self.life.erased:
            return 0
        wanted = frozenset(kinds)
        return sum(
            kind in wanted and on is not None and self.treats(on)
            for kind, on, _ in self.life.erased
        )


def told_date(value: object) -> date | None:
    """A recorded day, or None where none is recorded."""
    return value if isinstance(value, date) else None


def told_number(value: object) -> int | None:
    """A recorded number, or None where none is recorded."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None
