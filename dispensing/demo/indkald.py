"""Indkald in the simulated year: its hour, days that were not held, the doctor's conclusion."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from audit.ledger.entry import Entry
from dispensing.counter import entries as counter_entries
from dispensing.counter.missed_indkald import Why, day_missed
from dispensing.demo import decisions
from dispensing.demo.catalogue import BY_ID, Place
from dispensing.demo.clinic import Clinic
from dispensing.demo.courses import plan_next_indkald
from dispensing.demo.decisions import Decider
from dispensing.demo.state import Period, Person
from dispensing.treatment.indkald import entries
from dosing_rules.days import months_later

_DAY = timedelta(days=1)
_MOST_ASIDE = 10
#: Of ten people who miss the last day, with so many the doctor does not go on.
_EXCUSED = 3
#: The latest ones wait for the doctor's conclusion when the history ends.
_UNCONCLUDED = timedelta(days=4)
_GOES_ON = "Gik før timen var omme; resten af dagene holdes som aftalt."
_EXCUSES = "Var syg den dag; nye dage aftales om en uge."
_RIGHT = "Vågen og klar hele timen alle dage, ingen abstinenser: dosis er rigtig."


def places_of(place: Place) -> int:
    """How many a clinic can have under observation at once: more where more people come."""
    return max(3, place.share // 60)


def say_places(clinic: Clinic, place: Place, on: date, at: datetime) -> None:
    """A place's doctor says how many, on its first day."""
    if place.kind == "pharmacy":
        return
    doctor, places = clinic.doctor(place.unit_id), places_of(place)
    clinic.rows.add("indkald_places", place.unit_id, 1, places, doctor, at)
    facts: dict[str, object] = {"at": at.isoformat(), "version": 1, "places": places}
    entry = Entry(
        kind="indkald-places-decided", unit_id=place.unit_id, actor_id=doctor, on=on, facts=facts
    )
    clinic.note(place.unit_id, at, entry)


def hour_for(clinic: Clinic, unit_id: int, days: tuple[date, ...]) -> time:
    """The emptiest hour on these days at which the observation ends before closing."""
    place = BY_ID[unit_id]
    minutes = clinic.book.indkald_observation_minutes
    closes = place.closes.hour * 60 + place.closes.minute
    hours = [
        hour
        for hour in range(place.opens.hour, place.closes.hour)
        if hour >= place.opens.hour + (place.opens.minute > 0) and hour * 60 + minutes < closes
    ]
    seats = clinic.seats
    chosen = min(hours, key=lambda hour: (max(seats[unit_id, day, hour] for day in days), hour))
    seats.update((unit_id, day, chosen) for day in days)
    return time(chosen)


def evening(clinic: Clinic, person: Person, on: date, at: datetime, closer: int) -> None:
    """After closing: a day that was not held is found, and a period ends with its last day."""
    period = person.running
    if period is None:
        return
    if on in period.days and on not in period.completed:
        _missed(clinic, person, period, on, at, closer)
    if person.running is None or len(period.completed) < len(period.days):
        return
    by = Decider(person.home, closer, on, at)
    decisions.change_indkald(clinic, person, by, period, "completed")
    _over(clinic, person, by)
    due_on = months_later(max(period.completed), clinic.book.indkald_interval_months)
    decisions.record_care(clinic, person, by.later(1), {"indkald_due_on": due_on})
    plan_next_indkald(clinic, person, due_on)
    if on < clinic.frame.until - _UNCONCLUDED:
        doctor = Decider(person.home, clinic.doctor(person.home), on, at + timedelta(minutes=30))
        _conclude(clinic, person, doctor, period, due_on)


def _over(clinic: Clinic, person: Person, by: Decider) -> None:
    """Nothing runs any more; who is supplied by a pharmacy is so again."""
    person.running = None
    if person.pharmacy is not None:
        decisions.move_right(clinic, person, by.later(2), person.pharmacy)


def _conclude(clinic: Clinic, person: Person, by: Decider, period: Period, due_on: date) -> None:
    act = clinic.act(person, by.unit_id, by.actor_id, by.on, by.at)
    entry = entries.concluded(
        act, indkald_id=period.indkald_id, result="right", note=_RIGHT, next_due_on=due_on
    )
    clinic.note(by.unit_id, by.at, entry)
    clinic.rows.add(
        "indkald_conclusion",
        period.indkald_id,
        person.person_id,
        by.unit_id,
        "right",
        _RIGHT,
        due_on,
        by.actor_id,
        by.at,
    )


def _missed(
    clinic: Clinic, person: Person, period: Period, on: date, at: datetime, closer: int
) -> None:
    """Found at closing and told; a doctor goes on or excuses, but for the last day of history."""
    unit_id, number = person.home, period.indkald_id
    why: Why = "not-observed" if person.claimed(on) else "no-dose"
    clinic.rows.add("indkald_missed", number, on, person.person_id, unit_id, why, closer, at)
    found = day_missed(
        clinic.act(person, unit_id, closer, on, at),
        indkald_id=number,
        day=on,
        why=why,
    )
    clinic.note(unit_id, at, found)
    waits = on + _DAY == clinic.frame.until
    told: dict[str, object] = {"indkald": number, "day": on.isoformat(), "why": why}
    _tell(clinic, person, on, at, closer, told, waits)
    if waits:
        return
    by = Decider(unit_id, clinic.doctor(unit_id), on, at + timedelta(minutes=20))
    left = tuple(day for day in period.days if day != on)
    # While days are still to come nothing went home for them: who is excused would be without.
    to_come = any(day > on for day in period.days)
    goes_on = bool(left) and (to_come or person.person_id % _MOST_ASIDE >= _EXCUSED)
    choice, reason = ("continue", _GOES_ON) if goes_on else ("excuse", _EXCUSES)
    if goes_on:
        period.days = left
        decisions.change_indkald(clinic, person, by, period, "running", left)
    else:
        decisions.change_indkald(clinic, person, by, period, "excused")
    act = clinic.act(person, unit_id, by.actor_id, on, by.at)
    decided = entries.missed_decided(
        act, indkald_id=number, day=on, choice=choice, reason=reason, further=()
    )
    clinic.note(unit_id, by.at, decided)
    clinic.rows.add(
        "indkald_missed_decision",
        number,
        on,
        person.person_id,
        unit_id,
        choice,
        reason,
        by.actor_id,
        by.at,
    )
    if not goes_on:
        _over(clinic, person, replace(by, at=by.at + timedelta(seconds=1)))
        person.plan(on + timedelta(days=7), "indkald", None)


def _tell(
    clinic: Clinic,
    person: Person,
    on: date,
    at: datetime,
    closer: int,
    facts: dict[str, object],
    waits: bool,
) -> None:
    """The doctor's notice, read where one has decided."""
    unit_id, notice_id = person.home, clinic.number("doctor_notice")
    act = clinic.act(person, unit_id, closer, on, at)
    told = counter_entries.doctor_told(act, notice="indkald-missed", facts=facts)
    clinic.note(unit_id, at, told)
    doctor, read_at = clinic.doctor(unit_id), at + timedelta(minutes=19)
    if not waits:
        read = counter_entries.doctor_notice_read(
            unit_id,
            doctor,
            on,
            read_at,
            notice_id=notice_id,
            person_id=person.person_id,
            notice="indkald-missed",
            answer=None,
        )
        clinic.note(unit_id, read_at, read)
    clinic.rows.add(
        "doctor_notice",
        notice_id,
        person.person_id,
        unit_id,
        "indkald-missed",
        facts,
        closer,
        at,
        None if waits else doctor,
        None if waits else read_at,
        None,
    )
