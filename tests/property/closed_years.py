"""Thirty years of a person's plan, with every closure decided as the planner proposes it."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta

from dispensing.clock import HOME_ZONE
from dispensing.closures.elsewhere import OtherUnit, elsewhere, open_for_guests
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
    #: A measure: nothing goes home, whatever is arranged.
    measured: bool = False

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


# Who may take nothing home: only another unit helps over a closed day.
MEASURED = {
    "daily, after diversion": Kind(measured=True),
    "split, after diversion": Kind(parts_ug=(50_000, 30_000), measured=True),
    "weekdays differ, after diversion": Kind(
        parts_ug=(HIGH,),
        daily_ug=HIGH,
        weekday_ug=(HIGH, LOW, HIGH, LOW, HIGH, LOW, LOW),
        measured=True,
    ),
}


def other_units(
    first: date, last: date, chance: random.Random, codes: frozenset[str]
) -> tuple[OtherUnit, ...]:
    """Three more: one with the same holidays and closures of its own, a pharmacy closed on Sundays,
    and a house that never closes."""
    days = [first + DAY * ahead for ahead in range((last - first).days + 1)]
    closed = (
        closed_days(first, last, chance, weekly=False),
        frozenset(day for day in days if day.isoweekday() == 7),
        frozenset[date](),
    )
    return tuple(
        OtherUnit(
            number,
            f"Enhed {number}",
            "clinic",
            None,
            time(8),
            time(14),
            None,
            0,
            hands_out=True,
            like_ours=number == 2,
            licences=(),
            closed_on=closed_on,
            products=codes,
        )
        for number, closed_on in enumerate(closed, start=2)
    )


def limit_asked(visit: Visit, measured: bool = False) -> Verdict:
    """A stand-in for the rules: more days at home than arranged, and no exception that covers;
    with a measure anything at home; the right elsewhere, or the place closed."""
    unit = visit.patient.unit
    assert unit is not None
    if unit.unit_id != visit.patient.right_holder_unit_id or visit.on in unit.closed_on:
        said = Finding("right-elsewhere", Severity.STOP, {}, (), None, "other-unit")
        return Verdict(Severity.STOP, (said,))
    home = [dose for dose in visit.doses if dose.how == "take_home"]
    if home and measured:
        said = Finding("diversion-measure", Severity.STOP, {}, (), None, "ask-doctor")
        return Verdict(Severity.STOP, (said,))
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


class Years:
    """A person's visits over years; each closure is decided a fortnight before it.

    ``others`` are further units, and ``goes`` says whether the doctor sends the person there where
    the doses could go home as well. ``guest_on`` is what was decided so.
    """

    def __init__(
        self,
        kind: Kind,
        closed_on: frozenset[date],
        others: Sequence[OtherUnit] = (),
        goes: Callable[[], bool] = lambda: False,
    ) -> None:
        self.kind, self.closed_on, self.others, self.goes = kind, closed_on, others, goes
        self.guest_on: dict[date, Unit] = {}

    def visits(self, first: date, last: date) -> Iterator[Visit]:
        """Every visit from ``first`` to ``last``."""
        self._now = patient(self.kind, first, self.closed_on)
        self._decided: Decided = ((first - timedelta(days=400), self.kind.arrangement()),)
        self._day = first
        for closure in closures(self.closed_on):
            if not first < closure.first <= closure.last < last - RUN_UP:
                continue
            yield from self._until(max(self._day, closure.first - RUN_UP))
            self._decide(closure)
        yield from self._until(last + DAY)

    def _until(self, then: date) -> Iterator[Visit]:
        home = self._now
        day, self._day = self._day, max(self._day, then)
        for visit in walk(
            home, self._decided, day, then - DAY, self.closed_on, guest_on=self.guest_on
        ):
            had = after(visit.patient, visit.doses, visit.on, visit.at)
            # On the next day the right lies at home again, without anybody's doing.
            self._now = replace(had, unit=home.unit, right_holder_unit_id=1)
            yield visit

    def _decide(self, closure: Closure) -> None:
        def ask(visit: Visit) -> Verdict:
            return limit_asked(visit, self.kind.measured)

        now, decided, day = self._now, self._decided, self._day
        seen = look(
            now, decided, closure, self.closed_on, day, OWN_LIMIT, ask, guest_on=self.guest_on
        )
        if seen is None:
            return
        if self.others and (
            seen.proposal == "call" or (seen.proposal != "planned" and self.goes())
        ):
            found = elsewhere(
                now, decided, closure, self.closed_on, (day, day), self.others, ask, HOME_ZONE
            )
            if found.offers:
                offer = found.offers[0]
                self.guest_on |= {one: offer.unit.on(one) for one in offer.days}
                self._now = open_for_guests(now, offer.days)
                return
        assert seen.proposal != "call", f"nothing is proposed for {closure}"
        self._decided += seen.decided


def years(kind: Kind, first: date, last: date, closed_on: frozenset[date]) -> Iterator[Visit]:
    """Every visit from ``first`` to ``last``, with one unit only."""
    return Years(kind, closed_on).visits(first, last)
