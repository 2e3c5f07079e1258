"""What is carried out in the morning before the counters open: a person's plan becomes a fact."""

from __future__ import annotations

from datetime import date, timedelta

from dispensing.demo import decisions, nights, treating
from dispensing.demo.catalogue import STRONG_MIXTURE
from dispensing.demo.clinic import Clinic
from dispensing.demo.courses import find_period, weekday_of
from dispensing.demo.decisions import Decider
from dispensing.demo.indkald import hour_for
from dispensing.demo.people import MG
from dispensing.demo.restart import lay_out_rise, order_at
from dispensing.demo.state import Person
from dispensing.demo.tapers import renew_taper

_TRAVEL_DAYS = 13
_WEEK = 7


def carry_out(clinic: Clinic, person: Person, by: Decider, kind: str, value: object) -> None:
    """One planned thing. Unknown kinds are a mistake of ours and raise KeyError."""
    _KINDS[kind](clinic, person, by, value)


def _renew(clinic: Clinic, person: Person, by: Decider, value: object) -> None:
    order = person.prescription
    if order is not None:
        decisions.sign(clinic, person, by, order_at(person, order.daily_ug, by.on))
        nights.renew(clinic, person, by.later(1))


def _dose(clinic: Clinic, person: Person, by: Decider, value: object) -> None:
    if person.prescription is not None:
        decisions.sign(clinic, person, by, order_at(person, int(str(value)), by.on))


def _taper(clinic: Clinic, person: Person, by: Decider, value: object) -> None:
    order = person.prescription
    if order is None or order.daily_ug != person.daily_ug:
        return  # On the way back after a restart: the taper waits, for good.
    person.daily_ug = int(str(value))
    decisions.sign(clinic, person, by, order_at(person, person.daily_ug, by.on))


def _review(clinic: Clinic, person: Person, by: Decider, value: object) -> None:
    decisions.record_care(clinic, person, by, {"reviewed_on": by.on})


def _ecg(clinic: Clinic, person: Person, by: Decider, value: object) -> None:
    drift = clinic.chance.randrange(-9, 10)
    qtc_ms = min(max((person.care.qtc_ms or 420) + drift, 385), 446)
    decisions.record_care(clinic, person, by, {"ecg_on": by.on, "qtc_ms": qtc_ms})


def _plan_renewed(clinic: Clinic, person: Person, by: Decider, value: object) -> None:
    care = person.care
    low = max((care.sedatives_low_ug or 0) - MG, MG)
    found = {
        "sedatives_low_ug": low,
        "sedatives_high_ug": min(low * 2, care.sedatives_high_ug or 0),
        "taper_state": "tapering",
        "taper_plan_on": by.on,
    }
    decisions.record_care(clinic, person, by, found)
    renew_taper(clinic, person, by)


def _indkald(clinic: Clinic, person: Person, by: Decider, value: object) -> None:
    first = value if isinstance(value, date) else None
    if first is None or first <= by.on:
        first = find_period(clinic, person, by.on + timedelta(days=2))
    exception = person.arrangement.exception if person.arrangement is not None else None
    if first is not None and exception is not None and exception.until_on >= first:
        first = find_period(clinic, person, exception.until_on + timedelta(days=1))
    if first is None:
        return
    count = clinic.book.indkald_days
    days = tuple(first + timedelta(days=ahead) for ahead in range(count))
    if not all(clinic.is_open(person.home, day) for day in days):
        return
    decisions.plan_indkald(clinic, person, by, days, hour_for(clinic, person.home, days))


def _travel(clinic: Clinic, person: Person, by: Decider, value: object) -> None:
    """A journey from the next pick-up day on."""
    weekday = weekday_of(person)
    first = by.on + timedelta(days=(weekday - by.on.isoweekday()) % _WEEK)
    last = first + timedelta(days=_TRAVEL_DAYS)
    if any(first <= day <= last for period in person.periods for day in period.days):
        return
    if any(kind == "indkald" for plans in person.plans.values() for kind, _ in plans):
        return  # Agreed already: the journey is planned round it, or not at all here.
    if person.covered_through is not None and person.covered_through >= first:
        return
    decisions.allow_longer(clinic, person, by, first, last, "Ferierejse, aftalt med lægen.")


def _holiday(clinic: Clinic, person: Person, by: Decider, value: object) -> None:
    """The next pick-up day is closed: the supply reaches to the one after it."""
    if not isinstance(value, date):
        return
    decisions.allow_longer(
        clinic, person, by, by.on, value, "Helligdage: afhentningsdagen er lukket."
    )


def _usual(clinic: Clinic, person: Person, by: Decider, value: object) -> None:
    arrangement = decisions.usual_arrangement(person, weekday_of(person))
    decisions.arrange(clinic, person, by, arrangement)
    if person.pharmacy is not None and person.holder != person.pharmacy:
        decisions.move_right(clinic, person, by.later(1), person.pharmacy)
    order = person.prescription
    if order is not None and (person.style == "thrice") != (order.weekday_ug is not None):
        decisions.sign(clinic, person, by.later(2), decisions.usual_order(person, by.on))


def _start(clinic: Clinic, person: Person, by: Decider, value: object) -> None:
    """A new person: enrolled, buprenorphine offered first, a low dose, every dose supervised."""
    book = clinic.book
    person.enrolled_on = by.on
    person.holder = person.home
    person.care.new_to_treatment = True
    person.care.first_dose_on = None
    person.care.reviewed_on = by.on
    if person.substance == "methadone":
        person.care.ecg_on = by.on
        first_ug = min(book.methadone_first_day_doctor_ug, person.daily_ug)
    else:
        first_ug = min(book.buprenorphine_first_day_doctor_ug, person.daily_ug)
    decisions.enrol(clinic, person, by)
    treating.begin(clinic, person, by)
    decisions.arrange(clinic, person, by.later(1), decisions.only_supervised())
    order = decisions.usual_order(person, by.on)
    if person.substance != "diacetylmorphine":
        lay_out_rise(clinic, person, by.on, first_ug)
        order = order_at(person, first_ug, by.on)
    decisions.sign(clinic, person, by.later(1), order)
    care = {name: getattr(person.care, name) for name in person.care.__slots__}
    decisions.record_care(clinic, person, by.later(2), care)
    nights.begin(clinic, person, by.later(3))


def _absent(clinic: Clinic, person: Person, by: Decider, value: object) -> None:
    person.absent_until = value if isinstance(value, date) else None


def _end(clinic: Clinic, person: Person, by: Decider, value: object) -> None:
    """The course ends; a period that runs is finished first."""
    if not person.active:
        return
    if person.running is not None:
        person.plan(by.on + timedelta(days=_WEEK), "end", value)
        return
    treating.end(clinic, person, by, str(value))
    decisions.end_course(clinic, person, by, str(value))


def _to_pharmacy(clinic: Clinic, person: Person, by: Decider, value: object) -> None:
    """Settled, and from now on supplied by a pharmacy nearby."""
    usual = person.style == "weekly" and person.arrangement is not None and person.active
    if not usual or person.running is not None or person.prescription is None:
        return
    if person.prescription.product.code == STRONG_MIXTURE:
        return  # The pharmacies of this demo have the mild one only.
    person.style = "pharmacy"
    person.pharmacy = int(str(value))
    decisions.arrange(clinic, person, by, person.arrangement)
    decisions.move_right(clinic, person, by.later(1), person.pharmacy)


_KINDS = {
    "end": _end,
    "to-pharmacy": _to_pharmacy,
    "renew": _renew,
    "dose": _dose,
    "taper": _taper,
    "review": _review,
    "ecg": _ecg,
    "plan-renewed": _plan_renewed,
    "indkald": _indkald,
    "travel": _travel,
    "holiday": _holiday,
    "usual": _usual,
    "start": _start,
    "absent": _absent,
}
