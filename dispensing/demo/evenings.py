"""What can happen on the last evening of history: orders, findings, arrangements of the cases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, time, timedelta

from dispensing.counter import entries as counter_entries
from dispensing.demo import decisions, medicines
from dispensing.demo.clinic import Clinic, local_moment
from dispensing.demo.decisions import Decider, Order, usual_order
from dispensing.demo.indkald import hour_for
from dispensing.demo.people import MG
from dispensing.demo.restart import order_at
from dispensing.demo.state import Person
from dispensing.treatment import entries
from dispensing.treatment.medicines.names import NAMES
from dispensing.treatment.medicines.store import Item
from dosing_rules import TakeHomeException

Evening = Callable[[Clinic, Person, Decider], None]
_DAY = timedelta(days=1)
_PRACTICE = 7


def _order(person: Person, by: Decider) -> Order:
    """The order in force, from tomorrow on."""
    now = person.prescription
    daily_ug = now.daily_ug if now is not None else person.daily_ug
    return order_at(person, daily_ug, by.on + _DAY)


def _care(clinic: Clinic, person: Person, by: Decider, **values: object) -> None:
    decisions.record_care(clinic, person, by, values)


# Orders


def expired(clinic: Clinic, person: Person, by: Decider) -> None:
    """Prolonged by one day only, and nobody looked again."""
    decisions.sign(
        clinic, person, by, replace(order_at(person, person.daily_ug, by.on), valid_to=by.on)
    )


def raised(step_ug: int) -> Evening:
    """A higher dose from tomorrow on."""

    def act(clinic: Clinic, person: Person, by: Decider) -> None:
        order = _order(person, by)
        daily_ug = order.daily_ug + step_ug
        decisions.sign(clinic, person, by, replace(order, daily_ug=daily_ug, parts_ug=(daily_ug,)))

    return act


def raised_while_set(step_ug: int, days: int) -> Evening:
    """A higher dose from tomorrow on, while the dose is being set since so many days."""

    def act(clinic: Clinic, person: Person, by: Decider) -> None:
        raised(step_ug)(clinic, person, by)
        found_ago("first_dose_on", days)(clinic, person, by.later(1))

    return act


def dose_without_reason(daily_ug: int) -> Evening:
    """Another dose from tomorrow on, with no reason on file."""

    def act(clinic: Clinic, person: Person, by: Decider) -> None:
        order = replace(_order(person, by), daily_ug=daily_ug, parts_ug=(daily_ug,))
        decisions.sign(clinic, person, by, replace(order, high_dose_reason=None))

    return act


def without_reason(clinic: Clinic, person: Person, by: Decider) -> None:
    """The same high dose signed again without its reason."""
    decisions.sign(clinic, person, by, replace(_order(person, by), high_dose_reason=None))


def ordered(product_code: str, daily_ug: int | None = None) -> Evening:
    """Another preparation from tomorrow on."""

    def act(clinic: Clinic, person: Person, by: Decider) -> None:
        order = replace(_order(person, by), product_code=product_code)
        if daily_ug is not None:
            order = replace(order, daily_ug=daily_ug, parts_ug=(daily_ug,))
        decisions.sign(clinic, person, by, order)

    return act


def depot(product_code: str, dose_ug: int, interval_days: int | None = None) -> Evening:
    """An injection from tomorrow on, every so many days if the doctor said how many."""

    def act(clinic: Clinic, person: Person, by: Decider) -> None:
        order = replace(_order(person, by), product_code=product_code, daily_ug=dose_ug)
        order = replace(order, parts_ug=(dose_ug,), depot_interval_days=interval_days)
        decisions.sign(clinic, person, by, order)

    return act


def switched_to_buprenorphine(clinic: Clinic, person: Person, by: Decider) -> None:
    """From methadone to buprenorphine overnight, too early and from too high a dose."""
    order = replace(_order(person, by), product_code="bup-sl-2", high_dose_reason=None)
    decisions.sign(clinic, person, by, replace(order, daily_ug=8 * MG, parts_ug=(8 * MG,)))


def parts_wrong(clinic: Clinic, person: Person, by: Decider) -> None:
    """Two parts that do not add up to the day."""
    order = _order(person, by)
    first = order.daily_ug // (10 * MG) * 5 * MG
    decisions.sign(clinic, person, by, replace(order, parts_ug=(first, first - 5 * MG)))


def pattern(on_each_ug: int | None) -> Evening:
    """A thrice-weekly order whose pattern is too high, or missing."""

    def act(clinic: Clinic, person: Person, by: Decider) -> None:
        today = (by.on + _DAY).isoweekday()
        order = _order(person, by)
        weekday_ug = None
        if on_each_ug is not None:
            weekday_ug = tuple(on_each_ug if day in (today, 1, 3, 5) else 0 for day in range(1, 8))
        decisions.sign(clinic, person, by, replace(order, weekday_ug=weekday_ug))

    return act


def heroin_above_cap(clinic: Clinic, person: Person, by: Decider) -> None:
    """Sessions above what one may hold."""
    half = 450 * MG
    order = replace(_order(person, by), daily_ug=2 * half, parts_ug=(half, half))
    decisions.sign(clinic, person, by, order)


# Arrivals


def _enrolled(clinic: Clinic, person: Person, by: Decider, *, new: bool) -> None:
    person.enrolled_on = by.on
    person.care.new_to_treatment = new
    person.care.first_dose_on = None if new else by.on - timedelta(days=900)
    person.care.reviewed_on = person.care.ecg_on = by.on
    decisions.enrol(clinic, person, by)
    decisions.arrange(clinic, person, by.later(1), decisions.only_supervised())
    care = {name: getattr(person.care, name) for name in person.care.__slots__}
    decisions.record_care(clinic, person, by.later(2), care)


def enrolled_without_order(clinic: Clinic, person: Person, by: Decider) -> None:
    """Enrolled; the doctor has not signed anything yet."""
    _enrolled(clinic, person, by, new=True)


def enrolled_from_elsewhere(clinic: Clinic, person: Person, by: Decider) -> None:
    """Moved here from another town; nobody knows the last dose."""
    _enrolled(clinic, person, by, new=False)
    decisions.sign(clinic, person, by.later(3), usual_order(person, by.on + _DAY))


def first_day_at(daily_ug: int) -> Evening:
    """New to treatment, and tomorrow's first dose is so high."""

    def act(clinic: Clinic, person: Person, by: Decider) -> None:
        _enrolled(clinic, person, by, new=True)
        order = replace(usual_order(person, by.on + _DAY), high_dose_reason=None)
        decisions.sign(
            clinic, person, by.later(3), replace(order, daily_ug=daily_ug, parts_ug=(daily_ug,))
        )

    return act


# Findings


def found(**values: object) -> Evening:
    """Something was found or agreed."""

    def act(clinic: Clinic, person: Person, by: Decider) -> None:
        _care(clinic, person, by, **values)

    return act


def found_ago(name: str, days: int) -> Evening:
    """A date so many days before the morning."""

    def act(clinic: Clinic, person: Person, by: Decider) -> None:
        _care(clinic, person, by, **{name: by.on + _DAY - timedelta(days=days)})

    return act


def found_ahead(name: str, days: int) -> Evening:
    """A date so many days after the morning."""
    return found_ago(name, -days)


def sedated(diazepam_ug: int, state: str) -> Evening:
    """Benzodiazepines in diazepam equivalents, with the state of the plan."""

    def act(clinic: Clinic, person: Person, by: Decider) -> None:
        planned_on = by.on - timedelta(days=20) if state in ("agreed", "tapering") else None
        _care(
            clinic,
            person,
            by,
            sedatives_low_ug=diazepam_ug // 2,
            sedatives_high_ug=diazepam_ug,
            taper_state=state,
            taper_plan_on=planned_on,
        )

    return act


def takes(*items: tuple[str, int, int | None]) -> Evening:
    """A new list: each medicine with how many days ago it was begun, and stopped if it was."""

    def act(clinic: Clinic, person: Person, by: Decider) -> None:
        morning = by.on + _DAY

        def ago(days: int | None) -> date | None:
            return None if days is None else morning - timedelta(days=days)

        listed = [
            Item(code, NAMES[code].capitalize(), None, "medication-card", ago(begun), ago(ended))
            for code, begun, ended in items
        ]
        medicines.write_list(clinic, person, by, tuple(listed))

    return act


def healthy_but(**values: object) -> Evening:
    """Kidneys, lungs and alcohol as they were found, all of it well but this."""
    well = {"filtration_ml_per_minute": 90, "breathing_disease": False, "drinks_daily": False}

    def act(clinic: Clinic, person: Person, by: Decider) -> None:
        _care(clinic, person, by, **({"health_on": by.on} | well | values))

    return act


def pregnant_and_reduced(clinic: Clinic, person: Person, by: Decider) -> None:
    """Pregnant, and the order was lowered."""
    _care(clinic, person, by, pregnant=True)
    order = _order(person, by)
    daily_ug = order.daily_ug - (5 * MG if person.substance == "methadone" else 2 * MG)
    lower = replace(order, daily_ug=daily_ug, parts_ug=(daily_ug,))
    decisions.sign(clinic, person, by.later(1), lower)


def vomited_in_the_night(clinic: Clinic, person: Person, by: Decider) -> None:
    """Vomited just after midnight; told by telephone at once."""
    if person.last_swallowed_at is None or person.last_reservation_id is None:
        return
    happened_at = local_moment(by.on + _DAY, time(0, 0, 30))
    noted_at = happened_at + timedelta(seconds=30)
    minutes = (happened_at - person.last_swallowed_at) // timedelta(minutes=1)
    clinic.rows.add(
        "vomit",
        person.last_reservation_id,
        person.person_id,
        happened_at,
        minutes,
        False,
        by.actor_id,
        noted_at,
    )
    act = clinic.act(person, person.home, by.actor_id, by.on + _DAY, noted_at)
    entry = counter_entries.vomited(
        act,
        reservation_id=person.last_reservation_id,
        happened_at=happened_at,
        minutes_after=minutes,
        witnessed=False,
    )
    clinic.note(person.home, noted_at, entry)


# Arrangements


def arranged(**values: object) -> Evening:
    """The arrangement with something changed."""

    def act(clinic: Clinic, person: Person, by: Decider) -> None:
        if person.arrangement is not None:
            decisions.arrange(clinic, person, by, replace(person.arrangement, **values))  # type: ignore[arg-type]

    return act


def more_supervised(clinic: Clinic, person: Person, by: Decider) -> None:
    """A second supervised day in the week, while pick-ups stay weekly."""
    today = (by.on + _DAY).isoweekday()
    arranged(supervised_weekdays=frozenset({today, (today + 1) % 7 + 1}))(clinic, person, by)


def exception_too_short(clinic: Clinic, person: Person, by: Decider) -> None:
    """A fortnight allowed, but the period written down ends before."""
    first = by.on + _DAY
    exception = TakeHomeException(14, first, first + timedelta(days=10))
    if person.arrangement is not None:
        arrangement = replace(person.arrangement, exception=exception)
        decisions.arrange(clinic, person, by, arrangement, "Ferierejse, aftalt med lægen.")


def travels(clinic: Clinic, person: Person, by: Decider) -> None:
    """A journey from tomorrow on, in order."""
    first = by.on + _DAY
    last = first + timedelta(days=13)
    decisions.allow_longer(clinic, person, by, first, last, "Ferierejse, aftalt med lægen.")


def indkald_from_today(clinic: Clinic, person: Person, by: Decider) -> None:
    """A period that begins tomorrow."""
    days: list[date] = []
    day = by.on + _DAY
    while len(days) < clinic.book.indkald_days:
        if clinic.is_open(person.home, day):
            days.append(day)
        day += _DAY
    come_at = hour_for(clinic, person.home, tuple(days))
    decisions.plan_indkald(clinic, person, by, tuple(days), come_at)


def close_for_a_course(clinic: Clinic, on: date) -> None:
    """The practice is away tomorrow; its people learn it at the door."""
    morning = on + _DAY
    if _PRACTICE not in clinic.closed or not clinic.is_open(_PRACTICE, morning):
        return
    name = "Kursusdag"
    clinic.closed[_PRACTICE][morning] = name
    clinic.rows.add("unit_closed_day", _PRACTICE, morning, name)
    at = local_moment(on, time(17, 15))
    actor = clinic.one_of(_PRACTICE, "doctor")
    closed = {morning: name}
    clinic.note(_PRACTICE, at, entries.calendar_set(_PRACTICE, actor, on, at, closed=closed))
