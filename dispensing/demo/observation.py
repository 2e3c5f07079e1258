"""Who stays for observation after a hand-out, and who looks at them, as the counter decides it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from dispensing.counter import entries
from dispensing.counter.staying import observation_minutes, observation_reason
from dispensing.demo.clinic import Clinic
from dispensing.demo.facts import facts_of
from dispensing.demo.state import Person, Visit
from dosing_rules import DoseAsked, Observed, Request, Verdict, check_observed

_LEAVES_EARLY = 0.03
_LEFT = "Gik efter tyve minutter uden at vente; ikke påvirket, da personen gik."
_SEEN = "Ringet op; har det godt."
_AWAKE_POSS = 1


def observe(
    clinic: Clinic,
    person: Person,
    visit: Visit,
    reservation_id: int,
    given_at: datetime,
    doses: Sequence[DoseAsked],
    verdict: Verdict,
) -> None:
    """Stay where a finding says so; somebody looks at the set times, and signs at the end."""
    reason = observation_reason(verdict, False)
    if reason is None or not any(dose.how == "supervised" for dose in doses):
        return
    unit_id, every = visit.unit_id, clinic.book.sedation_check_minutes
    due_at = given_at + timedelta(minutes=observation_minutes(reason, clinic.book))
    early = clinic.chance.random() < _LEAVES_EARLY
    signed_at = given_at + timedelta(minutes=20) if early else due_at + timedelta(seconds=45)
    running = person.running
    counts = running is not None and reason == "indkald" and not early
    state, note = ("left_early", _LEFT) if early else ("completed", None)
    act = clinic.act(person, unit_id, visit.nurse, visit.on, given_at)
    started = entries.observation_started(
        act,
        reservation_id=reservation_id,
        due_at=due_at,
        reason=reason,
        check_every_minutes=every,
    )
    clinic.note(unit_id, given_at, started)
    clinic.rows.add(
        "observation",
        clinic.number("observation"),
        reservation_id,
        person.person_id,
        unit_id,
        reason,
        given_at,
        due_at,
        every,
        state,
        False,
        note,
        visit.nurse,
        signed_at,
    )
    look_at = given_at + timedelta(minutes=every)
    while look_at < min(signed_at, due_at):
        _look(clinic, person, visit, reservation_id, look_at)
        look_at += timedelta(minutes=every)
    act = clinic.act(person, unit_id, visit.nurse, visit.on, signed_at)
    signed = entries.observation_signed(
        act,
        reservation_id=reservation_id,
        state=state,
        affected=False,
        note=note,
        indkald_day=visit.on if counts else None,
    )
    clinic.note(unit_id, signed_at, signed)
    if early:
        _tell(clinic, person, visit, reservation_id, signed_at)
    if running is not None and counts:
        running.completed.append(visit.on)


def _look(clinic: Clinic, person: Person, visit: Visit, reservation_id: int, at: datetime) -> None:
    """Awake, breathing calmly."""
    breaths = clinic.chance.randrange(13, 19)
    seen = Observed(sedation_poss=_AWAKE_POSS, breaths_per_minute=breaths)
    request = Request(at, visit.on, visit.unit_id, (), None, None, None, observed=seen)
    facts = facts_of(person, visit.on, clinic.unit_facts(visit.unit_id, visit.on))
    verdict = check_observed(request, facts, clinic.book)
    entry = entries.sedation_checked(
        clinic.act(person, visit.unit_id, visit.nurse, visit.on, at),
        reservation_id=reservation_id,
        poss=_AWAKE_POSS,
        breaths_per_minute=breaths,
        verdict=verdict,
        held=False,
        note=None,
        book=(clinic.book.id, clinic.book.sha256),
    )
    clinic.note(visit.unit_id, at, entry)
    clinic.rows.add(
        "sedation_check",
        clinic.number("sedation_check"),
        reservation_id,
        person.person_id,
        visit.unit_id,
        _AWAKE_POSS,
        breaths,
        verdict.as_dict(),
        False,
        None,
        visit.nurse,
        at,
    )


def _tell(clinic: Clinic, person: Person, visit: Visit, reservation_id: int, at: datetime) -> None:
    """Leaving early is told to the doctor, who has read it within the hour."""
    facts = {"reservation": reservation_id, "note": _LEFT}
    act = clinic.act(person, visit.unit_id, visit.nurse, visit.on, at)
    clinic.note(visit.unit_id, at, entries.doctor_told(act, notice="left-early", facts=facts))
    notice_id = clinic.number("doctor_notice")
    doctor, read_at = clinic.doctor(visit.unit_id), at + timedelta(minutes=25)
    read = entries.doctor_notice_read(
        visit.unit_id,
        doctor,
        visit.on,
        read_at,
        notice_id=notice_id,
        person_id=person.person_id,
        notice="left-early",
        answer=_SEEN,
    )
    clinic.note(visit.unit_id, read_at, read)
    clinic.rows.add(
        "doctor_notice",
        notice_id,
        person.person_id,
        visit.unit_id,
        "left-early",
        facts,
        visit.nurse,
        at,
        doctor,
        read_at,
        _SEEN,
    )
