"""After the swallow: signing an observation off, and vomiting.

The server keeps the end of an observation; nobody signs it off as completed before that. An
indkald day counts when its observation is completed and the person was not affected.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Literal

from dispensing.counter import entries
from dispensing.counter.act import act, statement
from dispensing.counter.decide import written
from dispensing.counter.loading import Desk
from dispensing.counter.notices import tell_doctor
from dispensing.counter.outcome import Outcome, Statement, Writing
from dispensing.counter.reserve import acting
from dispensing.counter.store import ObservationState, Reservation, reservation_from
from dispensing.errors import CannotDecide, Conflict, NotFound, Unprocessable
from dispensing.once_per_key import request_hash
from dispensing.people.sessions import HANDS_OUT, Actor
from dispensing.wiring import Wiring
from dosing_rules.days import months_later

Signed = Literal["completed", "left_early"]
LONGEST_VOMIT_MINUTES = 24 * 60
# The nurse says whole minutes.
ROUNDING = timedelta(minutes=1)

SIGN_OBSERVATION = """
UPDATE observation SET state = %(state)s, affected = %(affected)s, note = %(note)s,
    signed_by = %(staff_id)s, signed_at = %(at)s
WHERE reservation_id = %(reservation_id)s AND state = 'running'
"""
COMPLETE_INDKALD_DAY = """
UPDATE indkald SET completed = completed || %(day)s::date,
    state = CASE WHEN cardinality(completed) + 1 >= cardinality(days) THEN 'completed'
        ELSE 'running' END
WHERE person_id = %(person_id)s AND state IN ('planned', 'running') AND %(day)s = ANY (days)
    AND NOT %(day)s = ANY (completed)
"""
SET_NEXT_INDKALD = """
UPDATE care SET indkald_due_on = %(due_on)s WHERE person_id = %(person_id)s
"""
RECORD_VOMIT = """
INSERT INTO vomit (reservation_id, person_id, happened_at, minutes_after, witnessed, noted_by,
    noted_at)
VALUES (%(reservation_id)s, %(person_id)s, %(happened_at)s, %(minutes_after)s, %(witnessed)s,
    %(staff_id)s, %(at)s)
"""


def running_observation(actor: Actor, document: str) -> tuple[Reservation, ObservationState]:
    """A hand-out of the actor's unit with its observation, which nobody has signed yet."""
    reservation = reservation_from(document)
    observation = reservation.observation
    if reservation.unit_id != actor.unit_id or observation is None:
        raise NotFound("no such observation here")
    if observation.state != "running":
        raise Conflict("this observation is signed already", slug="already-signed")
    return reservation, observation


async def sign_observation(
    wiring: Wiring,
    token: str,
    reservation_id: int,
    state: Signed,
    affected: bool,
    note: str | None,
    key: str,
) -> Outcome:
    """Sign the observation after a hand-out off. See ``act`` for keys and errors.

    Raises Conflict when it is not running, or signed as completed while it is not over yet or the
    person was deeply sedated at the last look. Leaving early and being affected need a note, and
    the unit's doctors are told.
    """
    if state == "left_early" or affected:
        written(note)

    def build(actor: Actor, desk: Desk, more: Sequence[Any]) -> Writing:
        actor.must_be(*HANDS_OUT)
        reservation, observation = running_observation(actor, more[0])
        if state == "completed":
            _must_be_over(observation, desk)
        shared = {
            "reservation_id": reservation_id,
            "person_id": desk.person_id,
            "staff_id": actor.staff_id,
            "at": desk.at,
            "day": reservation.day,
            "state": state,
            "affected": affected,
            "note": note,
        }
        statements: list[Statement] = [(SIGN_OBSERVATION, shared)]
        counts = observation.reason == "indkald" and state == "completed" and not affected
        next_on = _next_indkald(desk, reservation.day, wiring) if counts else None
        if counts:
            statements.append((COMPLETE_INDKALD_DAY, shared))
        if next_on is not None:
            statements.append((SET_NEXT_INDKALD, shared | {"due_on": next_on}))
        entry = entries.observation_signed(
            acting(actor, desk, on=reservation.day),
            reservation_id=reservation_id,
            state=state,
            affected=affected,
            note=note,
            indkald_day=reservation.day if counts else None,
            next_indkald_on=next_on,
        )
        written_down = [entry]
        if state == "left_early" or affected:
            kind = "left-early" if state == "left_early" else "affected-at-the-end"
            facts = {"reservation": reservation_id, "note": note}
            told, told_entry = tell_doctor(kind, facts, actor, desk, further=1)
            statements.append(told)
            written_down.append(told_entry)
        outcome = Outcome(
            "observation_signed", desk.person_id, desk.at, reservation_id=reservation_id
        )
        return Writing(outcome, tuple(statements), tuple(written_down))

    request = request_hash(f"sign {reservation_id} {state} {affected}", (note or "").encode())
    return await act(wiring, token, key, request, build, reservation_id=reservation_id)


def _must_be_over(observation: ObservationState, desk: Desk) -> None:
    """Nobody signs an observation as completed before its end, or of a person who is held."""
    if desk.at < observation.due_at:
        raise Conflict(
            "the observation is not over yet",
            slug="observation-running",
            due_at=observation.due_at.isoformat(),
        )
    if observation.held:
        raise Conflict(
            "the last look found the person deeply sedated: look again, or call the doctor",
            slug="sedation-held",
        )


def _next_indkald(desk: Desk, day: date, wiring: Wiring) -> date | None:
    """When the next period is due, if this day completes the one that runs."""
    if desk.book_id is None:
        raise CannotDecide("no rule book is in force for this unit")
    indkald = desk.patient.indkald
    if indkald is None or not set(indkald.days) <= {*indkald.completed, day}:
        return None
    return months_later(day, wiring.book(desk.book_id).indkald_interval_months)


async def note_vomit(
    wiring: Wiring,
    token: str,
    reservation_id: int,
    minutes_after: int,
    witnessed: bool,
    key: str,
) -> Outcome:
    """Record that the person vomited after a swallowed dose. It releases nothing by itself."""
    if not 0 <= minutes_after <= LONGEST_VOMIT_MINUTES:
        raise Unprocessable("minutes after the dose lie between 0 and 1440", field="minutes_after")

    def build(actor: Actor, desk: Desk, more: Sequence[Any]) -> Writing:
        actor.must_be(*HANDS_OUT)
        reservation = reservation_from(more[0])
        if reservation.unit_id != actor.unit_id:
            raise NotFound("no such reservation here")
        swallowed = any(how == "supervised" for _, _, _, how in reservation.given)
        if not swallowed or reservation.reversed:
            raise Conflict("nothing was swallowed in this hand-out", slug="not-given")
        happened_at = reservation.swallowed_at + timedelta(minutes=minutes_after)
        if happened_at > desk.at + ROUNDING:
            raise Unprocessable("that many minutes have not passed yet", field="minutes_after")
        if reservation.vomited:
            raise Conflict("vomiting after this dose is recorded already", slug="already-recorded")
        record = statement(
            RECORD_VOMIT,
            reservation_id=reservation_id,
            person_id=desk.person_id,
            happened_at=happened_at,
            minutes_after=minutes_after,
            witnessed=witnessed,
            staff_id=actor.staff_id,
            at=desk.at,
        )
        entry = entries.vomited(
            acting(actor, desk, on=reservation.day),
            reservation_id=reservation_id,
            happened_at=happened_at,
            minutes_after=minutes_after,
            witnessed=witnessed,
        )
        outcome = Outcome("vomited", desk.person_id, desk.at, reservation_id=reservation_id)
        return Writing(outcome, (record,), (entry,))

    request = request_hash(f"vomit {reservation_id} {minutes_after} {witnessed}", b"")
    return await act(wiring, token, key, request, build, reservation_id=reservation_id)
