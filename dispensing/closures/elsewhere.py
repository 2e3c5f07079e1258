"""Which other unit may hand out on days the own one is closed. Pure: proposed, asked of the rules.

A person goes elsewhere on those closed days on which they would have come here, all of them to
one unit. Units are tried in a fixed order (places like the own one first, then those with room),
so that the same facts always propose the same unit; why each other one is none is told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time
from typing import Literal

from dispensing.closures.proposals import RUN_OUT, Ask, Asked, Closure
from dispensing.counter.planned_days import Decided, Visit, walk, without_plan
from dosing_rules import Patient, Severity, Unit

# So many units are worked out for a person; the first is the proposal.
MOST_OFFERS = 3

WhyNot = Literal["closed", "no-counter", "no-stock", "rules"]
#: A preparation beyond the ordinary ones, from and to which day (None: until further notice).
Licence = tuple[str, date, date | None]


@dataclass(frozen=True, slots=True)
class OtherUnit:
    """A unit besides the own one, as far as a guest asks for it.

    ``products`` are the preparations it has in stock, ``guests`` how many are expected by day,
    ``people`` how many it hands out to itself, ``places`` how many it is made for (None: unknown).
    """

    unit_id: int
    name: str
    kind: str
    phone: str | None
    opens: time
    closes: time
    places: int | None
    people: int
    hands_out: bool
    like_ours: bool
    licences: tuple[Licence, ...]
    closed_on: frozenset[date]
    products: frozenset[str]
    guests: Mapping[date, int] = field(default_factory=dict[date, int])

    def on(self, day: date) -> Unit:
        """The unit as the rules see it on a day."""
        held = frozenset(
            preparation
            for preparation, from_on, to_on in self.licences
            if from_on <= day and (to_on is None or day <= to_on)
        )
        return Unit(self.unit_id, held, self.closed_on)

    def expected(self, days: Sequence[date]) -> int:
        """The most guests of one of the days so far."""
        return max([self.guests.get(day, 0) for day in days], default=0)

    def full(self, days: Sequence[date]) -> bool:
        """Whether it is made for no more people than it has, guests included."""
        return self.places is not None and self.people + self.expected(days) >= self.places


@dataclass(frozen=True, slots=True)
class Offer:
    """A unit that can hand out on all of the days, with the visits there as the rules see them."""

    unit: OtherUnit
    days: tuple[date, ...]
    visits: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class NotThere:
    """A unit that cannot, why, and on which days or by which rules."""

    unit: OtherUnit
    why: WhyNot
    days: tuple[date, ...] = ()
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What is proposed for the days on which the person would have come; the first offer leads.

    ``open_nowhere`` are those on which no other unit is open.
    """

    days: tuple[date, ...]
    offers: tuple[Offer, ...]
    not_there: tuple[NotThere, ...]
    open_nowhere: tuple[date, ...]


def elsewhere(
    patient: Patient,
    decided: Decided,
    closure: Closure,
    closed_on: frozenset[date],
    begins: tuple[date, date],
    units: Sequence[OtherUnit],
    ask: Ask,
    zone: str,
) -> Elsewhere:
    """The units that can hand out to the person on the closed days, best first.

    ``begins``: the day the plan is run from, and the first day that can still be decided.
    """
    first, today = begins
    days = _would_come(patient, decided, closure, closed_on, first, zone)
    had = {claim.for_on for claim in patient.claims or ()}
    if not days or days[0] < today or had & set(days):
        return Elsewhere((), (), (), ())
    offers: list[Offer] = []
    none: list[NotThere] = []
    ordered = sorted(units, key=lambda one: (not one.like_ours, one.full(days), one.unit_id))
    for unit in ordered:
        said = _cannot(unit, days, patient)
        if said is None and len(offers) < MOST_OFFERS:
            said = _asked_there(patient, decided, closure, closed_on, first, unit, days, ask, zone)
        if isinstance(said, Offer):
            offers.append(said)
        elif said is not None:
            none.append(said)
    nowhere = tuple(day for day in days if all(day in unit.closed_on for unit in units))
    return Elsewhere(days, tuple(offers), tuple(none), nowhere)


def open_for_guests(patient: Patient, days: Sequence[date]) -> Patient:
    """The facts once the person goes elsewhere on the days: none of theirs is closed then."""
    if patient.unit is None:
        return patient
    closed_on = patient.unit.closed_on - set(days)
    return replace(patient, unit=replace(patient.unit, closed_on=closed_on))


def stopped_there(visit: Visit, home: Unit | None, ask: Ask) -> tuple[str, ...]:
    """The rules that object to a guest's visit, but for those that would object at home as well."""
    objections = _grave(Asked(visit, ask(visit)))
    if not objections or home is None:
        return objections
    unit = replace(home, closed_on=home.closed_on - {visit.on})
    here = replace(visit.patient, unit=unit, right_holder_unit_id=home.unit_id)
    usual = _grave(Asked(visit, ask(replace(visit, patient=here))))
    return tuple(rule for rule in objections if rule not in usual)


def _grave(asked: Asked) -> tuple[str, ...]:
    findings = asked.verdict.findings
    return tuple(one.rule_id for one in findings if one.severity >= Severity.DOCTOR)


def _would_come(
    patient: Patient,
    decided: Decided,
    closure: Closure,
    closed_on: frozenset[date],
    first: date,
    zone: str,
) -> tuple[date, ...]:
    """The closed days on which the person would come if it were open."""
    as_open = open_for_guests(patient, closure.days)
    visits = walk(as_open, decided, first, closure.last, closed_on - set(closure.days), zone)
    return tuple(dict.fromkeys(visit.on for visit in visits if visit.on >= closure.first))


def _cannot(unit: OtherUnit, days: tuple[date, ...], patient: Patient) -> NotThere | None:
    closed = tuple(day for day in days if day in unit.closed_on)
    if closed:
        return NotThere(unit, "closed", closed)
    if not unit.hands_out:
        return NotThere(unit, "no-counter")
    order = patient.prescription
    if order is None or order.product.code not in unit.products:
        return NotThere(unit, "no-stock")
    return None


def _asked_there(
    patient: Patient,
    decided: Decided,
    closure: Closure,
    closed_on: frozenset[date],
    first: date,
    unit: OtherUnit,
    days: tuple[date, ...],
    ask: Ask,
    zone: str,
) -> Offer | NotThere:
    """The plan run with the days at the unit: every day has its dose, and no rule stops it."""
    guest = open_for_guests(patient, days)
    at = {day: unit.on(day) for day in days}
    visits = walk(guest, decided, first, closure.last + RUN_OUT, closed_on, zone, at)
    there = [visit for visit in visits if visit.on in at]
    rules = [rule for visit in there for rule in stopped_there(visit, guest.unit, ask)]
    lacking = without_plan(guest, visits, closure.days)
    if rules or lacking or {visit.on for visit in there} != set(days):
        return NotThere(unit, "rules", lacking, tuple(dict.fromkeys(rules)))
    return Offer(unit, days, tuple(Asked(visit, ask(visit)) for visit in there))
