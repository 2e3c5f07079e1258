"""What doctors decide about a simulated person, written as rows and ledger entries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

import msgspec

from dispensing.demo.clinic import Clinic
from dispensing.demo.courses import weekday_of
from dispensing.demo.people import parts_of, strength_for, thrice_pattern
from dispensing.demo.state import Period, Person
from dispensing.treatment import entries
from dosing_rules import Arrangement, DoseStep, Prescription, TakeHomeException

VALID_DAYS = 182
DEPOT_DAYS = 7
_ALL_WEEK = (1, 2, 3, 4, 5, 6, 7)
_HIGH_REASON = "Konference med overlæge: stabil på dosis, lavere dosis gav sidemisbrug."


@dataclass(frozen=True, slots=True)
class Order:
    """What a doctor signs; what is not said stays as it is."""

    daily_ug: int
    product_code: str
    valid_from: date
    valid_to: date
    parts_ug: tuple[int, ...]
    weekday_ug: tuple[int, ...] | None = None
    high_dose_reason: str | None = None
    depot_interval_days: int | None = None
    night: bool = False


@dataclass(frozen=True, slots=True)
class Decider:
    """Who decides, and when."""

    unit_id: int
    actor_id: int
    on: date
    at: datetime

    def later(self, seconds: int) -> Decider:
        """The same person a little later."""
        return replace(self, at=self.at + timedelta(seconds=seconds))


def usual_order(person: Person, from_on: date) -> Order:
    """The order that fits the person's dose and style."""
    pattern, interval_days = None, None
    if person.style == "thrice":
        pattern = thrice_pattern(person.daily_ug)
    elif person.style == "depot":
        pattern, interval_days = _depot_pattern(person), DEPOT_DAYS
    high = person.substance == "methadone" and person.daily_ug > 115_000
    return Order(
        daily_ug=person.daily_ug,
        product_code=person.product_code,
        valid_from=from_on,
        valid_to=from_on + timedelta(days=VALID_DAYS),
        parts_ug=parts_of(person.style, person.substance, person.daily_ug),
        weekday_ug=pattern,
        high_dose_reason=_HIGH_REASON if high else None,
        depot_interval_days=interval_days,
    )


def _depot_pattern(person: Person) -> tuple[int, ...]:
    weekday = weekday_of(person)
    return tuple([person.daily_ug if day == weekday else 0 for day in range(1, 8)])


def sign(clinic: Clinic, person: Person, by: Decider, order: Order) -> None:
    """A new version of the prescription."""
    before = person.prescription
    signed = [one.version for one in (before, person.night) if one is not None]
    version = max(signed, default=0) + 1
    code = strength_for(order.product_code, order.weekday_ug or order.parts_ug)
    prescription_id = (500_000 if order.night else 100_000) + person.person_id
    clinic.rows.add(
        "prescription",
        prescription_id,
        version,
        person.person_id,
        code,
        order.daily_ug,
        order.parts_ug,
        order.weekday_ug,
        order.valid_from,
        order.valid_to,
        order.high_dose_reason,
        order.depot_interval_days,
        order.night,
        by.actor_id,
        by.at,
    )
    clinic.note(
        by.unit_id,
        by.at,
        entries.prescription_signed(
            clinic.act(person, by.unit_id, by.actor_id, by.on, by.at),
            prescription=(prescription_id, version),
            product=clinic.product(code),
            daily_ug=order.daily_ug,
            parts_ug=order.parts_ug,
            weekday_ug=order.weekday_ug,
            valid_from=order.valid_from,
            valid_to=order.valid_to,
            high_dose_reason=order.high_dose_reason,
            depot_interval_days=order.depot_interval_days,
            night=order.night,
        ),
    )
    after = Prescription(
        prescription_id=prescription_id,
        version=version,
        product=clinic.product(code),
        daily_ug=order.daily_ug,
        parts_ug=order.parts_ug,
        valid_from=order.valid_from,
        valid_to=order.valid_to,
        weekday_ug=order.weekday_ug,
        high_dose_reason=order.high_dose_reason is not None,
        depot_interval_days=order.depot_interval_days,
        night=order.night,
    )
    if order.night:
        person.night = after
        return
    person.prescription = after
    if before is not None and before.daily_ug != after.daily_ug and before.compares_with(after):
        person.steps.append(DoseStep(after.valid_from, before.daily_ug, after.daily_ug))


def usual_arrangement(person: Person, weekday: int) -> Arrangement:
    """How a style takes the medicine; ``weekday`` is the fixed pick-up day of the weekly."""
    style = person.style
    if person.substance == "diacetylmorphine":
        # Injections are given here; what goes home is the dose for the night.
        return Arrangement(True, frozenset(), frozenset(_ALL_WEEK), 4)
    if style in ("daily", "split"):
        # Swallowed here every day; only what falls on a closed day goes home.
        home = style == "daily" and person.home != 5
        return Arrangement(home, frozenset(_ALL_WEEK), frozenset(_ALL_WEEK), 5 if home else 0)
    if style == "thrice":
        days = frozenset({1, 3, 5})
        return Arrangement(False, days, days, 0, thrice_weekly=True)
    if style == "three":
        days = frozenset({1, 3, 5} if person.person_id % 3 else {2, 4, 6})
        return Arrangement(True, days, days, 6)
    if style == "depot":
        days = frozenset({weekday})
        return Arrangement(False, days, days, 0)
    return Arrangement(True, frozenset({weekday}), frozenset({weekday}), 6)


def only_supervised() -> Arrangement:
    """Every dose here, none home: the beginning, and after a restart."""
    return Arrangement(False, frozenset(_ALL_WEEK), frozenset(_ALL_WEEK), 0)


def arrange(
    clinic: Clinic, person: Person, by: Decider, arrangement: Arrangement, reason: str | None = None
) -> None:
    """A new version of how the person takes the medicine; ``reason`` is the exception's."""
    person.arrangement_version += 1
    person.arrangement = arrangement
    supervised = sorted(arrangement.supervised_weekdays or ())
    pickup = sorted(arrangement.pickup_weekdays or ())
    exception = arrangement.exception
    clinic.rows.add(
        "arrangement",
        person.person_id,
        person.arrangement_version,
        by.on,
        bool(arrangement.self_administration),
        supervised,
        pickup,
        arrangement.take_home_days,
        bool(arrangement.thrice_weekly),
        person.pharmacy,
        exception.days if exception else None,
        exception.from_on if exception else None,
        exception.until_on if exception else None,
        reason if exception else None,
        by.actor_id,
        by.at,
    )
    clinic.note(
        by.unit_id,
        by.at,
        entries.arrangement_decided(
            clinic.act(person, by.unit_id, by.actor_id, by.on, by.at),
            version=person.arrangement_version,
            valid_from=by.on,
            self_administration=bool(arrangement.self_administration),
            supervised_weekdays=supervised,
            pickup_weekdays=pickup,
            take_home_days=arrangement.take_home_days or 0,
            thrice_weekly=bool(arrangement.thrice_weekly),
            pharmacy_unit_id=person.pharmacy,
            exception=exception,
            exception_reason=reason if exception else None,
        ),
    )


def allow_longer(
    clinic: Clinic, person: Person, by: Decider, from_on: date, until_on: date, reason: str
) -> None:
    """A doctor's exception for a longer supply from one pick-up."""
    if person.arrangement is None:
        return
    days = (until_on - from_on).days
    exception = TakeHomeException(days, from_on, until_on)
    arrange(clinic, person, by, replace(person.arrangement, exception=exception), reason)


def record_care(clinic: Clinic, person: Person, by: Decider, values: Mapping[str, object]) -> None:
    """What was found or agreed; the table holds the latest."""
    for name, value in values.items():
        setattr(person.care, name, value)
    act = clinic.act(person, by.unit_id, by.actor_id, by.on, by.at)
    clinic.note(by.unit_id, by.at, entries.care_recorded(act, values))


def enrol(clinic: Clinic, person: Person, by: Decider) -> None:
    """The person is in treatment here, with everything recorded so far."""
    act = clinic.act(person, by.unit_id, by.actor_id, by.on, by.at)
    entry = entries.person_enrolled(
        act,
        card_code=person.card_code,
        names=(person.given_name, person.family_name),
        born_on=person.born_on,
        sex=person.sex,
        right_holder_unit_id=person.holder,
        enrolled_on=person.enrolled_on,
    )
    clinic.note(by.unit_id, by.at, entry)
    person.active = True


def end_course(clinic: Clinic, person: Person, by: Decider, status: str) -> None:
    """The person is no longer in treatment here; what was agreed for later falls away."""
    for period in person.periods:
        if period.state == "planned":
            change_indkald(clinic, person, by, period, "excused")
    person.active, person.ended_on = False, by.on
    person.prescription, person.night, person.plans = None, None, {}
    act = clinic.act(person, by.unit_id, by.actor_id, by.on, by.at)
    clinic.note(by.unit_id, by.at, entries.person_ended(act, ended_on=by.on, status=status))


def move_right(clinic: Clinic, person: Person, by: Decider, holder: int) -> None:
    """Another place may hand out from now on."""
    person.holder = holder
    act = clinic.act(person, by.unit_id, by.actor_id, by.on, by.at)
    clinic.note(by.unit_id, by.at, entries.right_moved(act, right_holder_unit_id=holder))


def plan_indkald(
    clinic: Clinic, person: Person, by: Decider, days: tuple[date, ...], come_at: time
) -> None:
    """A period of supervised days was agreed, and the hour of each."""
    period = Period(
        clinic.number("indkald"), days, [], "planned", by.actor_id, by.at, by.unit_id, come_at
    )
    person.periods.append(period)
    act = clinic.act(person, by.unit_id, by.actor_id, by.on, by.at)
    minutes = clinic.book.indkald_observation_minutes
    entry = entries.indkald_planned(
        act,
        indkald_id=period.indkald_id,
        days=days,
        observation_minutes=minutes,
        come_at=come_at,
    )
    clinic.note(by.unit_id, by.at, entry)


def change_indkald(
    clinic: Clinic,
    person: Person,
    by: Decider,
    period: Period,
    state: str,
    days: tuple[date, ...] | None = None,
) -> None:
    """The period runs, ends, or goes on with other ``days``."""
    period.state = state
    act = clinic.act(person, by.unit_id, by.actor_id, by.on, by.at)
    entry = entries.indkald_changed(
        act, indkald_id=period.indkald_id, state=state, completed=period.completed, days=days
    )
    clinic.note(by.unit_id, by.at, entry)


def last_rows(clinic: Clinic, person: Person) -> None:
    """The rows that hold a present state: person, care, and the periods."""
    rows, care = clinic.rows, person.care
    rows.add(
        "person",
        person.person_id,
        person.card_code,
        person.given_name,
        person.family_name,
        person.born_on,
        person.sex,
        person.home,
        person.holder,
        person.enrolled_on,
        person.ended_on,
        person.dead,
        person.seq,
    )
    rows.add(
        "care",
        person.person_id,
        care.new_to_treatment,
        care.first_dose_on,
        care.sedatives_low_ug,
        care.sedatives_high_ug,
        care.taper_state,
        care.taper_plan_on,
        care.ecg_on,
        care.qtc_ms,
        care.pregnant,
        care.diversion_supervised_until_on,
        care.reviewed_on,
        care.indkald_due_on,
        care.naloxone_on,
        care.night_first_dose_on,
        None if care.medicines is None else json.dumps(msgspec.to_builtins(care.medicines)),
        care.health_on,
        care.filtration_ml_per_minute,
        care.breathing_disease,
        care.drinks_daily,
        care.locked_box,
        care.urine_on,
    )
    for period in person.periods:
        rows.add(
            "indkald",
            period.indkald_id,
            person.person_id,
            period.days,
            period.completed,
            period.state,
            clinic.book.indkald_observation_minutes,
            period.planned_by,
            period.planned_at,
            period.unit_id,
            period.come_at,
        )
    if person.away is not None:
        rows.add("away", *person.away)
