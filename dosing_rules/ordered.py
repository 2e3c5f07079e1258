"""What is ordered: a preparation, and a doctor's order of it with its days, parts and amounts.

A day's doses have parts, counted from 1. The dose for the night is a part of its own: methadone by
mouth that complements supervised injections, ordered beside them and often carried home.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

from dosing_rules.recorded import Loss

if TYPE_CHECKING:
    from dosing_rules.facts import DoseAsked, Request

Substance = Literal["methadone", "buprenorphine", "diacetylmorphine"]
Route = Literal["oral", "sublingual", "intravenous", "subcutaneous"]
Form = Literal["oral_solution", "tablet", "sublingual_tablet", "injection", "depot"]

#: The part of the day that is the dose for the night. What two records of one human hold of it for
#: one day stands, once they are merged, under the parts after it.
NIGHT_PART = 90
LAST_NIGHT_PART = 98


def of_the_night(part: int) -> bool:
    """Whether a part of a day is the dose for the night."""
    return NIGHT_PART <= part <= LAST_NIGHT_PART


def are_of_the_night(doses: "Sequence[DoseAsked]") -> bool:
    """Whether there are doses, and all of them are for the night."""
    for dose in doses:
        if not NIGHT_PART <= dose.part <= LAST_NIGHT_PART:
            return False
    return bool(doses)


@dataclass(frozen=True, slots=True)
class Product:
    """A preparation of one strength. ``strength_ug`` is per ``per`` (ml of liquid, or one unit)."""

    code: str
    substance: Substance
    form: Form
    route: Route
    strength_ug: int
    per: Literal["ml", "unit"]


@dataclass(frozen=True, slots=True)
class Prescription:
    """The order in force. ``parts_ug`` are a day's supervised parts and add up to ``daily_ug``.

    ``weekday_ug`` (Monday first) is set where days differ, as with buprenorphine thrice weekly.
    ``high_dose_reason`` tells whether a written reason for a high dose is on file. ``night``: the
    prescriber wrote it as the dose for the night beside injections; its one part is ``NIGHT_PART``.
    """

    prescription_id: int
    version: int
    product: Product
    daily_ug: int
    parts_ug: tuple[int, ...]
    valid_from: date
    valid_to: date | None
    weekday_ug: tuple[int, ...] | None = None
    high_dose_reason: bool | None = None
    depot_interval_days: int | None = None
    night: bool = False

    def compares_with(self, other: "Prescription") -> bool:
        """Whether milligrams compare: one substance, and no depot or depots of one interval."""
        one, two = self.product, other.product
        if one.substance != two.substance or "depot" not in (one.form, two.form):
            return one.substance == two.substance
        return one.form == two.form and self.depot_interval_days == other.depot_interval_days

    def to_weigh(self, request: "Request") -> "tuple[DoseAsked, ...]":
        """The doses whose amount must be compared: one of each kind, all where days differ."""
        return request.weighed if self.weekday_ug is None else request.doses

    def holds_on(self, first: date, last: date) -> bool:
        """Whether the order holds on every day from ``first`` to ``last``."""
        return self.valid_from <= first and self.valid_to is not None and last <= self.valid_to

    def is_night_methadone(self) -> bool:
        """Whether it is what may stand beside injections: methadone by mouth, in one part."""
        of = self.product
        by_mouth = of.form in ("oral_solution", "tablet") and of.route == "oral"
        return of.substance == "methadone" and by_mouth and len(self.parts_ug) == 1

    def has_part(self, part: int) -> bool:
        """Whether a part of a day is one that is ordered."""
        return part == NIGHT_PART if self.night else 0 < part <= len(self.parts_ug)

    def parts(self) -> Sequence[int]:
        """The parts of a day that are ordered, in order."""
        return (NIGHT_PART,) if self.night else range(1, len(self.parts_ug) + 1)

    def largest_day_ug(self) -> int:
        """The most that is ordered for any day."""
        pattern = self.weekday_ug
        return self.daily_ug if pattern is None else max((self.daily_ug, *pattern))

    def day_ug(self, day: date) -> int:
        """What is ordered for a clinic day; a pattern that lacks the weekday orders nothing."""
        pattern = self.weekday_ug
        if pattern is None:
            return self.daily_ug
        weekday = day.weekday()
        return pattern[weekday] if weekday < len(pattern) else 0

    def dose_ug(self, dose: "DoseAsked") -> int:
        """What is ordered for one dose: the day's total to take home, the part's swallowed here."""
        if dose.how == "take_home":
            return self.day_ug(dose.for_on)
        return self.part_ug(dose.for_on, dose.part)

    def has_dose(self, dose: "DoseAsked") -> bool:
        """Whether a dose is, in amount and part, one that is ordered for its day."""
        part, parts = dose.part, self.parts_ug
        if self.weekday_ug is None and 0 < part <= len(parts) and not self.night:
            # The same every day, as most orders are.
            ordered_ug = self.daily_ug if dose.how == "take_home" else parts[part - 1]
            return dose.amount_ug == ordered_ug
        return dose.amount_ug == self.dose_ug(dose) and self.has_part(part)

    def part_ug(self, day: date, part: int) -> int:
        """What is ordered for one supervised part of a day; a part beyond the order is nothing."""
        parts = self.parts_ug
        if self.night:
            return self.day_ug(day) if part == NIGHT_PART else 0
        if not 0 < part <= len(parts):
            return 0
        if self.weekday_ug is None:
            return parts[part - 1]
        return self.day_ug(day) if len(parts) == 1 else min(parts[part - 1], self.day_ug(day))


@dataclass(frozen=True, slots=True)
class DoseStep:
    """A change of the daily dose of one substance and form, from the first day it holds."""

    on: date
    from_ug: int
    to_ug: int


@dataclass(frozen=True, slots=True)
class Line:
    """The other order of a pair, and what was had of it; each fact as of ``Patient``, by that name.

    ``had_ug``, ``had_on`` and ``had_substance`` are the last dose had of it: of injections the last
    one seen, of the night dose the last one for a day up to today, swallowed here or carried home.
    """

    prescription: Prescription | None
    had_ug: int | None = None
    had_on: date | None = None
    had_substance: Substance | None = None
    last_covered_on: date | None = None
    planned_pickup_on: date | None = None
    first_dose_on: date | None = None
    steps: tuple[DoseStep, ...] | None = None
    losses: tuple[Loss, ...] | None = None
