"""Who stays for observation after a hand-out, as the counter decides it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from dispensing.counter import entries
from dispensing.demo.clinic import Clinic
from dispensing.demo.state import Person, Visit
from dosing_rules import DoseAsked

_LEAVES_EARLY = 0.03
_LEFT = "Gik efter tyve minutter uden at vente; ikke påvirket, da personen gik."


def observe(
    clinic: Clinic,
    person: Person,
    visit: Visit,
    reservation_id: int,
    given_at: datetime,
    doses: Sequence[DoseAsked],
) -> None:
    """Stay for observation on an indkald day and after a raised dose; the server keeps the end."""
    if not any(dose.how == "supervised" for dose in doses):
        return
    running = person.running
    if running is not None and visit.on in running.days:
        reason = "indkald"
    elif person.substance == "methadone" and any(
        step.on == visit.on and step.to_ug > step.from_ug for step in person.steps
    ):
        reason = "raised-dose"
    else:
        return
    unit_id = visit.unit_id
    due_at = given_at + timedelta(minutes=clinic.book.indkald_observation_minutes)
    early = clinic.chance.random() < _LEAVES_EARLY
    signed_at = given_at + timedelta(minutes=20) if early else due_at + timedelta(seconds=45)
    counts = running is not None and reason == "indkald" and not early
    state, note = ("left_early", _LEFT) if early else ("completed", None)
    act = clinic.act(person, unit_id, visit.nurse, visit.on, given_at)
    clinic.note(
        unit_id,
        given_at,
        entries.observation_started(
            act, reservation_id=reservation_id, due_at=due_at, reason=reason
        ),
    )
    act = clinic.act(person, unit_id, visit.nurse, visit.on, signed_at)
    clinic.note(
        unit_id,
        signed_at,
        entries.observation_signed(
            act,
            reservation_id=reservation_id,
            state=state,
            affected=False,
            note=note,
            indkald_day=visit.on if counts else None,
        ),
    )
    clinic.rows.add(
        "observation",
        clinic.number("observation"),
        reservation_id,
        person.person_id,
        unit_id,
        reason,
        given_at,
        due_at,
        state,
        False,
        note,
        visit.nurse,
        signed_at,
    )
    if running is not None and counts:
        running.completed.append(visit.on)
