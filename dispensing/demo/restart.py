"""Coming back and setting out: a low first dose, then upwards in steps to the usual one.

The ceilings and the length of the supervised window come from the rule book; how fast this demo's
doctors go is theirs, and slower than the book allows.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from dispensing.demo.clinic import Clinic
from dispensing.demo.decisions import Order, usual_order
from dispensing.demo.people import parts_of
from dispensing.demo.state import Person
from dosing_rules.rules.missed_days import restart_ceiling

_PACE = {"methadone": (10_000, 4), "buprenorphine": (4_000, 2)}


def order_at(person: Person, daily_ug: int, from_on: date) -> Order:
    """The usual order at another daily dose; on the way there is no weekly pattern."""
    usual = usual_order(person, from_on)
    if person.style == "depot":
        return usual
    if person.arrangement is not None and not person.arrangement.thrice_weekly:
        usual = replace(usual, weekday_ug=None)
    if daily_ug == person.daily_ug:
        return usual
    return replace(
        usual,
        daily_ug=daily_ug,
        parts_ug=parts_of(person.style, person.substance, daily_ug),
        weekday_ug=None,
        high_dose_reason=None if daily_ug < 115_000 else usual.high_dose_reason,
    )


def restart_order(clinic: Clinic, person: Person, on: date, missed: int) -> Order | None:
    """The lower order after so many days without, and the way back laid out; None if unlimited."""
    # The demo's doctors begin as low also after a day or two fewer than the book asks for.
    days = max(missed, clinic.book.restart_days(person.substance))
    found = restart_ceiling(person.substance, days, person.daily_ug, clinic.book)
    if found is None:
        return None
    ceiling_ug, _ = found
    first_ug = min(ceiling_ug, person.daily_ug)
    lay_out_rise(clinic, person, on, first_ug)
    return order_at(person, first_ug, on)


def lay_out_rise(clinic: Clinic, person: Person, on: date, first_ug: int) -> None:
    """Plan the steps from a first dose to the usual one, then the usual way of taking it."""
    for plans in person.plans.values():
        plans[:] = [plan for plan in plans if plan[0] not in ("dose", "usual", "taper")]
    step_ug, days = _PACE[person.substance]
    dose_ug, day = first_ug, on
    while dose_ug < person.daily_ug:
        day = clinic.next_open(person.home, day + timedelta(days=days))
        dose_ug = min(dose_ug + step_ug, person.daily_ug)
        person.plan(day, "dose", dose_ug)
    settled = max(day, on + timedelta(days=clinic.book.titration_days)) + timedelta(days=3)
    person.plan(settled, "usual")
