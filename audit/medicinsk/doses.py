"""A person's dose-days in order, counted by slices: the many become few here, once for each person.

A dose-day is a day for which the person had a dose. It counts once, as the most watched way in
which any of it was had.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from datetime import date
from itertools import pairwise

from audit.medicinsk.life import Life
from audit.medicinsk.recorded import Order

#: How a day's dose was had, the most watched way first.
SUPERVISED, HOME, PHARMACY = 0, 1, 2
_FROM_HERE = {"supervised": SUPERVISED, "take_home": HOME}


class Doses:
    """Every day the person had a dose, of any unit and time, and every supply to take home."""

    __slots__ = ("_gaps", "_hows", "_life", "_ug", "beginnings", "days", "supplies")

    def __init__(self, life: Life, is_pharmacy: Callable[[int], bool]) -> None:
        had: dict[date, int] = {}
        amounts: dict[date, int] = {}
        #: Hand-outs with doses to take home: on which day, for how many days.
        self.supplies: list[tuple[date, int]] = []
        #: First days of a course or of a new beginning.
        self.beginnings: list[date] = []
        back, supplies = life.brought_back, self.supplies
        how_of, iso_of = _Hows(is_pharmacy), _ISO
        for entry in life.given.values():
            facts, on = entry.facts, entry.on
            here, out = how_of[entry.unit_id]
            if facts.swallowed:
                at = facts.swallowed_at
                if at and at[:10] != iso_of[on]:
                    # Told of afterwards: the dose is of the day it was swallowed on.
                    on = date.fromisoformat(at[:10])
                ug = 0
                for _, part_ug in facts.swallowed:
                    ug += part_ug
                if on in had:
                    had[on] = min(had[on], here)
                    amounts[on] += ug
                else:
                    had[on], amounts[on] = here, ug
            if facts.taken_home:
                days, last = 0, None
                for day, _, ug in facts.taken_home:
                    if day != last:
                        days, last = days + 1, day
                    if back and (facts.reservation, day) in back:
                        continue
                    if day in had:
                        had[day] = min(had[day], out)
                        amounts[day] += ug
                    else:
                        had[day], amounts[day] = out, ug
                supplies.append((entry.on, days))
            if facts.course_starts_on is not None:
                self.beginnings.append(facts.course_starts_on)
        for entry in life.taken_over:
            for day, _, ug, how in entry.facts.doses:
                had[day] = min(had.get(day, PHARMACY), _FROM_HERE[how])
                amounts[day] = amounts.get(day, 0) + ug
        supplies.sort()
        self.days = sorted(had)
        self._hows = bytes([had[day] for day in self.days])
        self._ug = amounts
        self._life = life
        self._gaps: list[tuple[date, date, Order | None]] | None = None

    @property
    def gaps(self) -> list[tuple[date, date, Order | None]]:
        """Days with a dose and planned ones without between them, and the order of the first.

        The days between are planned where the order gives something for one of them, or where no
        order is known.
        """
        if self._gaps is None:
            numbers = [day.toordinal() for day in self.days]
            self._gaps = []
            for place, (one, other) in enumerate(pairwise(numbers)):
                if other - one == 1:
                    continue
                order = self._life.order(self.days[place])
                between = [date.fromordinal(number) for number in range(one + 1, other)]
                if order is None or any(order.day_ug(day) for day in between):
                    self._gaps.append((self.days[place], self.days[place + 1], order))
        return self._gaps

    def __contains__(self, day: date) -> bool:
        return day in self._ug

    def ug(self, day: date) -> int:
        """Micrograms had for a day."""
        return self._ug.get(day, 0)

    def how(self, day: date) -> int | None:
        """How a day's dose was had; None where there was none."""
        if day not in self._ug:
            return None
        return self._hows[bisect_left(self.days, day)]

    def counts(self, since: date, until: date) -> tuple[int, int, int]:
        """Dose-days from one day to another, both included: supervised, home, pharmacy."""
        hows = self._hows[bisect_left(self.days, since) : bisect_right(self.days, until)]
        return hows.count(SUPERVISED), hows.count(HOME), hows.count(PHARMACY)

    def first(self, since: date, until: date) -> date | None:
        """The first day with a dose from one day to another."""
        place = bisect_left(self.days, since)
        if place == len(self.days) or self.days[place] > until:
            return None
        return self.days[place]

    def supplies_in(self, since: date, until: date) -> Iterator[tuple[date, int]]:
        """Supplies from one day to another, both included."""
        for one in self.supplies[bisect_left(self.supplies, (since, 0)) :]:
            if one[0] > until:
                return
            yield one


class _Iso(dict[date, str]):
    """Days as ISO text: a year's days are asked again and again."""

    def __missing__(self, day: date) -> str:
        found = self[day] = day.isoformat()
        return found


_ISO = _Iso()


class _Hows(dict[int, tuple[int, int]]):
    """By unit: what swallowed there and taken home from there counts as."""

    def __init__(self, is_pharmacy: Callable[[int], bool]) -> None:
        super().__init__()
        self._is_pharmacy = is_pharmacy

    def __missing__(self, unit_id: int) -> tuple[int, int]:
        found = (PHARMACY, PHARMACY) if self._is_pharmacy(unit_id) else (SUPERVISED, HOME)
        self[unit_id] = found
        return found
