"""Methadone for the night of those who inject by day: ordered, fetched in the afternoon, missed.

It begins as low as a first day may be, and stays there. While it is new the doctor decides each
evening that it may go home.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from dispensing.counter import entries
from dispensing.demo import decisions
from dispensing.demo.catalogue import Place
from dispensing.demo.clinic import Clinic
from dispensing.demo.decisions import Decider, Order, usual_order
from dispensing.demo.handout import hand_out
from dispensing.demo.people import MG
from dispensing.demo.state import Person, Visit

_NIGHT_UG = 30 * MG
_MIXTURE = "met-sol-1"
_DAY = timedelta(days=1)
#: So long after the afternoon's injection it is handed over.
_AFTER = timedelta(minutes=20)


def order_night(person: Person, from_on: date) -> Order:
    """30 mg by mouth, as long as the injections are ordered."""
    usual = usual_order(person, from_on)
    return replace(
        usual,
        daily_ug=_NIGHT_UG,
        product_code=_MIXTURE,
        parts_ug=(_NIGHT_UG,),
        weekday_ug=None,
        night=True,
    )


def begin(clinic: Clinic, person: Person, by: Decider) -> None:
    """From the day after the injections: the second order, beside them."""
    if person.substance == "diacetylmorphine":
        decisions.sign(clinic, person, by, order_night(person, by.on + _DAY))


def renew(clinic: Clinic, person: Person, by: Decider) -> None:
    """Signed anew with the injections."""
    if person.night is not None:
        decisions.sign(clinic, person, by, order_night(person, max(by.on, person.night.valid_from)))


def fetch(clinic: Clinic, people: list[Person], place: Place, on: date, closes: datetime) -> int:
    """Everybody who injected today fetches tonight's; answers how many went without."""
    left = 0
    closer = clinic.one_of(place.unit_id, "nurse")
    for person in people:
        order = person.night
        if order is None or order.valid_from > on or not person.active:
            continue
        swallowed_at = person.last_swallowed_at
        came = person.last_swallowed_on == on and swallowed_at is not None
        if came and swallowed_at is not None:
            nurse = clinic.one_of(place.unit_id, "nurse")
            visit = Visit(place.unit_id, 0, nurse, on, swallowed_at + _AFTER, 5)
            if hand_out(clinic, person, visit, night=True):
                continue
        left += 1
        _miss(clinic, person, place, closer, on, closes + timedelta(minutes=5, seconds=left))
    return left


def _miss(
    clinic: Clinic, person: Person, place: Place, closer: int, on: date, at: datetime
) -> None:
    clinic.rows.add("missed_dose", person.person_id, on, place.unit_id, _NIGHT_UG, True)
    act = clinic.act(person, place.unit_id, closer, on, at)
    clinic.note(place.unit_id, at, entries.missed(act, planned_ug=_NIGHT_UG, night=True))
