"""Whoever is at a place outside the service on the last morning."""

from __future__ import annotations

from datetime import timedelta

from dispensing.demo.clinic import Clinic
from dispensing.demo.decisions import Decider
from dispensing.demo.state import Person
from dispensing.treatment.moves.entries import person_away

_PLACE, _NAME = "hospital", "Bispebjerg Hospital, afd. K"
_PHONE, _TOLD_BY = "35 31 00 00", "Sygeplejerske i afdelingen, på telefon"
_WITHIN, _BACK_AFTER = timedelta(minutes=20), timedelta(days=3)


def in_hospital(clinic: Clinic, person: Person, by: Decider) -> None:
    """Taken in this afternoon, after today's dose here; expected back in three days."""
    away_id, since_at = clinic.number("away"), by.at - _WITHIN
    expected_on = by.on + _BACK_AFTER
    entry = person_away(
        clinic.act(person, by.unit_id, by.actor_id, by.on, by.at),
        away_id=away_id,
        place=_PLACE,
        name=_NAME,
        told_by=_TOLD_BY,
        since_at=since_at,
        expected_on=expected_on,
        gives=True,
        home_doses=0,
    )
    clinic.note(by.unit_id, by.at, entry)
    # Written after the person's own row, which follows from it.
    person.away = (
        away_id,
        person.person_id,
        by.unit_id,
        _PLACE,
        _NAME,
        _PHONE,
        _TOLD_BY,
        since_at,
        expected_on,
        True,
        0,
        by.actor_id,
        by.at,
    )
