"""One invented person while the year runs: what a check must know, in the check's own values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from dosing_rules import (
    NO_DEPOT,
    Arrangement,
    Claim,
    Depot,
    DoseAsked,
    DoseStep,
    Indkald,
    Prescription,
    Vomit,
)
from dosing_rules.medicines import Medicine
from dosing_rules.ordered import of_the_night

DAYS_BACK, DAYS_AHEAD = 14, 35
_DAY = timedelta(days=1)


@dataclass(slots=True)
class Care:
    """The columns of ``care``: what is recorded once about a person and changes slowly."""

    new_to_treatment: bool = False
    first_dose_on: date | None = None
    sedatives_low_ug: int | None = 0
    sedatives_high_ug: int | None = 0
    taper_state: str | None = "none"
    taper_plan_on: date | None = None
    ecg_on: date | None = None
    qtc_ms: int | None = None
    pregnant: bool | None = None
    diversion_supervised_until_on: date | None = None
    reviewed_on: date | None = None
    indkald_due_on: date | None = None
    naloxone_on: date | None = None
    night_first_dose_on: date | None = None
    medicines: tuple[Medicine, ...] | None = None
    health_on: date | None = None
    filtration_ml_per_minute: int | None = None
    breathing_disease: bool | None = None
    drinks_daily: bool | None = None
    locked_box: bool | None = None
    urine_on: date | None = None


@dataclass(slots=True)
class Period:
    """An indkald of one person, as its row."""

    indkald_id: int
    days: tuple[date, ...]
    completed: list[date]
    state: str
    planned_by: int
    planned_at: datetime
    unit_id: int
    come_at: time

    def facts(self) -> Indkald:
        """What a check sees of it."""
        return Indkald(self.days, tuple(self.completed))


@dataclass(frozen=True, slots=True)
class Visit:
    """A person standing at a counter."""

    unit_id: int
    counter: int
    nurse: int
    on: date
    at: datetime
    #: Seconds until the dose is swallowed.
    seconds: int


@dataclass(slots=True)
class Person:
    """Identity, treatment in force and the doses already taken."""

    person_id: int
    card_code: str
    given_name: str
    family_name: str
    born_on: date
    sex: str
    home: int
    holder: int
    enrolled_on: date
    style: str
    substance: str
    product_code: str
    daily_ug: int
    #: Probability of staying away on a day one is expected.
    restless: float
    care: Care
    seq: int = 0
    active: bool = True
    prescription: Prescription | None = None
    #: Methadone for the night, beside injections.
    night: Prescription | None = None
    arrangement: Arrangement | None = None
    arrangement_version: int = 0
    #: A taper of benzodiazepines: versions of its plan, first and present dose of the medicine.
    taper_version: int = 0
    taper_first_ug: int = 0
    taper_ug: int = 0
    medicines_version: int = 0
    pharmacy: int | None = None
    claims: list[Claim] = field(default_factory=list)
    steps: list[DoseStep] = field(default_factory=list)
    periods: list[Period] = field(default_factory=list)
    running: Period | None = None
    vomits: list[Vomit] = field(default_factory=list)
    covered_through: date | None = None
    last_swallowed_at: datetime | None = None
    last_swallowed_ug: int | None = None
    last_swallowed_on: date | None = None
    last_swallowed_substance: str | None = None
    last_depot: Depot = NO_DEPOT
    absent_until: date | None = None
    ended_on: date | None = None
    dead: bool = False
    plans: dict[date, list[tuple[str, object]]] = field(default_factory=dict)
    signed_since: date | None = None
    last_reservation_id: int | None = None
    #: What is counted against each day's limit: substance, limit, used, right holder; and the
    #: limit and use of the dose for the night.
    days: dict[date, list[object]] = field(default_factory=dict)
    #: Which rule this person is made to show on the last morning; None for the ordinary.
    shows: str | None = None
    #: The row of the stay at a place outside the service that lasts; None for who is not away.
    away: tuple[object, ...] | None = None

    def next_seq(self) -> int:
        """The person's own next number in the ledger."""
        self.seq += 1
        return self.seq

    def plan(self, on: date, kind: str, value: object = None) -> None:
        """Something will happen to the treatment that morning."""
        self.plans.setdefault(on, []).append((kind, value))

    def order_of(self, doses: Sequence[DoseAsked]) -> Prescription | None:
        """The order that these doses are of, by their part of the day."""
        return self.night if doses and of_the_night(doses[0].part) else self.prescription

    def nights(self) -> list[Claim]:
        """The claims of doses for the night, in order."""
        return [claim for claim in self.claims if of_the_night(claim.part)]

    def period_ahead(self, on: date) -> Period | None:
        """The indkald that a check sees: running, or agreed on and near."""
        near = [
            (one.days[0], one.indkald_id, one)
            for one in self.periods
            if one.state in ("planned", "running")
            and len(one.completed) < len(one.days)
            and one.days[0] <= on + DAYS_AHEAD * _DAY
            and on <= one.days[-1]
        ]
        return min(near)[2] if near else None

    def last_covered_before(self, on: date) -> date | None:
        """The latest day before ``on`` that a given dose was for."""
        covered = self.covered_through
        if covered is None or covered < on:
            return covered
        given = [c for c in self.claims if c.state == "given" and not of_the_night(c.part)]
        earlier = [c.for_on for c in given if c.for_on < on]
        return max(earlier, default=None)

    def claimed(self, on: date) -> int:
        """How many parts of a day are taken, but the dose for the night."""
        taken = [claim for claim in self.claims if claim.for_on == on]
        return sum(1 for claim in taken if not of_the_night(claim.part))

    def use_day(
        self, day: date, order: Prescription, amount_ug: int, unit_id: int, extra_ug: int = 0
    ) -> None:
        """Count a dose against its day, whose limit a doctor may have raised for once."""
        used, limit_ug = self.days.get(day), order.day_ug(day) + extra_ug
        if order.night:
            had = used or [self.substance, 0, 0, unit_id, 0, 0]
            self.days[day] = [*had[:4], limit_ug, int(str(had[5])) + amount_ug]
        elif used is None:
            self.days[day] = [order.product.substance, limit_ug, amount_ug, unit_id, 0, 0]
        else:
            used[1], used[2] = limit_ug, int(str(used[2])) + amount_ug

    def settle_days(self, lines: list[str], before: date | None = None) -> None:
        """Write the days that can no longer change; all of them without a date."""
        for day in [day for day in self.days if before is None or day < before]:
            substance, limit_ug, used_ug, unit_id, nights_ug, night_ug = self.days[day]
            if before is not None:
                del self.days[day]
            lines.append(
                f"{self.person_id}\t{day}\t{substance}\t{limit_ug}\t{used_ug}\t{unit_id}\t"
                f"{nights_ug}\t{night_ug}\n"
            )

    def forget_before(self, on: date) -> None:
        """Drop claims out of every window; called now and then, the check sees the window only."""
        first = on - DAYS_BACK * _DAY
        self.claims = [claim for claim in self.claims if claim.for_on >= first]
        self.steps = [step for step in self.steps if step.on > first]
