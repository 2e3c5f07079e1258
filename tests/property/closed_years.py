"""Thirty years of a person's plan, with every closure decided as the planner proposes it."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from dispensing.closures.proposals import RUN_UP, Closure, closures, look
from dispensing.counter.planned_days import DAY, Decided, Visit, after, as_if_kept, walk
from dispensing.units.calendar import holidays_between
from dosing_rules import (
    Arrangement,
    Finding,
    Patient,
    Prescription,
    Product,
    Severity,
    TakeHomeException,
    Verdict,
)
from dosing_rules.facts import NO_DEPOT, NO_INDKALD, NO_MEASURE, Unit
from dosing_rules.verdict import ALLOWED

METHADONE = Product("metadon-1", "methadone", "oral_solution", "oral", 1_000, "ml")
BUPRENORPHINE = Product(
    "bupre-8", "buprenorphine", "sublingual_tablet", "sublingual", 8_000, "unit"
)
DEPOT = Product("buvidal", "buprenorphine", "depot", "subcutaneous", 24_000, "unit")
EVERY_DAY = frozenset(range(1, 8))
OWN_LIMIT = 6


@dataclass(frozen=True)
class Kind:
    """How somebody takes the medicine. Without pick-up days everything is swallowed here."""

    product: Product = METHADONE
    daily_ug: int = 80_000
    parts_ug: tuple[int, ...] = (80_000,)
    weekday_ug: tuple[int, ...] | None = None
    interval_days: int | None = None
    pickups: frozenset[int] = frozenset()
    travelled: TakeHomeException | None = None

    def arrangement(self) -> Arrangement:
        home = bool(self.pickups)
        supervised = self.pickups if home else EVERY_DAY
        limit = OWN_LIMIT if home else 0
        return Arrangement(home, supervised, self.pickups, limit, exception=self.travelled)

    def prescription(self, begins: date) -> Prescription:
        return Prescription(
            1,
            1,
            self.product,
            self.daily_ug,
            self.parts_ug,
            begins,
            date(2100, 1, 1),
            self.weekday_ug,
            depot_interval_days=self.interval_days,
        )


HIGH, LOW = 90_000, 60_000
THRICE = (16_000, 0, 16_000, 0, 24_000, 0, 0)
KINDS = {
    "daily supervised": Kind(),
    "split, supervised": Kind(parts_ug=(50_000, 30_000)),
    "weekly pick-up": Kind(pickups=frozenset({1})),
    "weekly pick-up on a Saturday": Kind(pickups=frozenset({6})),
    "weekly pick-up, once travelled": Kind(
        pickups=frozenset({4}),
        travelled=TakeHomeException(14, date(2025, 7, 1), date(2025, 7, 20)),
    ),
    "twice a week": Kind(pickups=frozenset({1, 4})),
    "thrice a week": Kind(pickups=frozenset({1, 3, 5})),
    "split, thrice a week": Kind(parts_ug=(50_000, 30_000), pickups=frozenset({1, 3, 5})),
    "weekdays differ, supervised": Kind(
        parts_ug=(HIGH,), daily_ug=HIGH, weekday_ug=(HIGH, LOW, HIGH, LOW, HIGH, LOW, LOW)
    ),
    "weekdays differ, at home": Kind(
        parts_ug=(HIGH,),
        daily_ug=HIGH,
        weekday_ug=(HIGH, LOW, HIGH, LOW, HIGH, LOW, LOW),
        pickups=frozenset({2, 5}),
    ),
    "thrice-weekly buprenorphine": Kind(BUPRENORPHINE, 24_000, (24_000,), THRICE),
    "weekly depot": Kind(DEPOT, 24_000, (24_000,), interval_days=7),
    "monthly depot": Kind(DEPOT, 96_000, (96_000,), interval_days=28),
}


def closed_days(first: date, last: date, chance: random.Random, weekly: bool) -> frozenset[date]:
    """All public holidays and added days, own closures of one to ten days, perhaps Sundays."""
    closed = set(holidays_between(first, last))
    for year in range(first.year, last.year + 1):
        for _ in range(3):
            begins = date(year, 1, 1) + timedelta(days=chance.randrange(365))
            closed |= {begins + DAY * ahead for ahead in range(chance.randint(1, 10))}
    if weekly:
        days = ((first + DAY * ahead) for ahead in range((last - first).days + 1))
        closed |= {day for day in days if day.isoweekday() == 7}
    return frozenset(day for day in closed if first <= day <= last)


def limit_asked(visit: Visit) -> Verdict:
    """A stand-in for the rules: more days at home than arranged, and no exception that covers."""
    home = [dose for dose in visit.doses if dose.how == "take_home"]
    days = len({dose.for_on for dose in home})
    exception = visit.patient.arrangement.exception if visit.patient.arrangement else None
    covered = exception is not None and exception.covers(home, days)
    arranged = visit.patient.arrangement.take_home_days if visit.patient.arrangement else 0
    beyond = days > (arranged or 0) and not covered
    if not beyond:
        return ALLOWED
    said = Finding("take-home-above-own-limit", Severity.DOCTOR, {}, (), "doctor", "ask-doctor")
    return Verdict(Severity.DOCTOR, (said,))


def patient(kind: Kind, first: date, closed_on: frozenset[date]) -> Patient:
    """The facts of the first day, everything had until then."""
    return as_if_kept(
        Patient(
            prescription=kind.prescription(first - timedelta(days=400)),
            unit=Unit(1, frozenset(), closed_on),
            claims=(),
            right_holder_unit_id=1,
            last_swallowed_at=None,
            last_swallowed_ug=None,
            last_covered_on=None,
            planned_pickup_on=None,
            first_dose_on=first - timedelta(days=400),
            steps=(),
            arrangement=kind.arrangement(),
            indkald=NO_INDKALD,
            indkald_due_on=None,
            sedatives=None,
            vomits=(),
            ecg_on=None,
            qtc_ms=None,
            pregnant=False,
            diversion_supervised_until_on=NO_MEASURE,
            reviewed_on=None,
            last_depot=NO_DEPOT,
        ),
        first,
    )


def years(kind: Kind, first: date, last: date, closed_on: frozenset[date]) -> Iterator[Visit]:
    """Every visit from ``first`` to ``last``; each closure decided a fortnight before it."""
    now = patient(kind, first, closed_on)
    decided: Decided = ((first - timedelta(days=400), kind.arrangement()),)
    day = first

    def until(then: date) -> Iterator[Visit]:
        nonlocal now, day
        for visit in walk(now, decided, day, then - DAY, closed_on):
            now = after(visit.patient, visit.doses, visit.on, visit.at)
            yield visit
        day = max(day, then)

    for closure in closures(closed_on):
        if not first < closure.first <= closure.last < last - RUN_UP:
            continue
        yield from until(max(day, closure.first - RUN_UP))
        decided += _decide(now, decided, closure, closed_on, day)
    yield from until(last + DAY)


def _decide(
    now: Patient, decided: Decided, closure: Closure, closed_on: frozenset[date], day: date
) -> Decided:
    seen = look(now, decided, closure, closed_on, day, OWN_LIMIT, limit_asked)
    assert seen is None or seen.proposal != "call", f"nothing is proposed for {closure}"
    return seen.decided if seen is not None else ()
