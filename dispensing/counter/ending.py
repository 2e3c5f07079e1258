"""How a reservation ends without a hand-out, is doubted, or is taken back after the fact.

``returned``: nobody had it, it goes back in the bottle. ``refused``: the person declined, poured
back as well. ``spilled``: it is gone, stock does not return, the dose may be reserved anew.
``uncertain``: nobody knows; it blocks until a named person tells. A reversal is a mirror entry of
a hand-out recorded by mistake; nothing is ever deleted.
"""

from collections.abc import Sequence
from typing import Any, Literal

from dispensing.counter import entries, store
from dispensing.counter.act import act
from dispensing.counter.decide import written
from dispensing.counter.give import open_reservation
from dispensing.counter.loading import Desk
from dispensing.counter.outcome import DoseAnswer, Outcome, State, Statement, Writing
from dispensing.counter.plan import planned_doses
from dispensing.counter.reserve import acting, answers
from dispensing.counter.store import Reservation, reservation_from
from dispensing.errors import Conflict, Forbidden, NotFound
from dispensing.once_per_key import request_hash
from dispensing.people.sessions import HANDS_OUT, Actor
from dispensing.wiring import Wiring

Ending = Literal["returned", "refused", "spilled"]


async def end(
    wiring: Wiring, token: str, reservation_id: int, how: Ending, note: str | None, key: str
) -> Outcome:
    """End a reservation without a hand-out; its doses are free again. See ``act`` for errors.

    A spilled dose needs a note. Raises Conflict for a reservation that is already resolved.
    """
    if how == "spilled":
        written(note)

    def build(actor: Actor, desk: Desk, more: Sequence[Any]) -> Writing:
        actor.must_be(*HANDS_OUT)
        reservation = open_reservation(actor, more[0])
        shared = _shared(actor, desk, reservation) | {"outcome": how, "note": note}
        statements: list[Statement] = [
            (store.RESOLVE, shared),
            (store.RELEASE_CLAIMS, shared),
            (store.UNUSE_DAYS, shared | store.dose_arrays(reservation.doses)),
        ]
        if how != "spilled" and reservation.bottle_id is not None:
            statements.append(_back(shared, reservation, reservation.reserved_ug, "poured_back"))
        entry = entries.not_given(
            acting(actor, desk, on=reservation.day),
            reservation_id=reservation_id,
            outcome=how,
            note=note,
        )
        return Writing(_outcome(how, desk, reservation), tuple(statements), (entry,))

    request = request_hash(f"end {reservation_id} {how}", (note or "").encode())
    return await act(wiring, token, key, request, build, reservation_id=reservation_id)


async def decline(
    wiring: Wiring, token: str, person_id: int, note: str | None, key: str
) -> Outcome:
    """Record that a person declined today's planned doses before anything was reserved.

    Nothing is taken and nothing poured: the person may come back and have the dose, and who does
    not is missed when the day is closed. Raises Conflict when nothing is due now.
    """

    def build(actor: Actor, desk: Desk, more: Sequence[Any]) -> Writing:
        actor.must_be(*HANDS_OUT)
        doses = planned_doses(desk.patient, desk.on)
        if not doses:
            raise Conflict("there is no dose to decline now", slug="nothing-due")
        if any(claim.state != "given" for claim in desk.patient.claims or ()):
            raise Conflict("a dose is reserved: tell what became of it", slug="reserved-already")
        outcome = Outcome(
            state="declined",
            person_id=desk.person_id,
            at=desk.at,
            doses=answers(doses, None, 1),
        )
        return Writing(
            outcome, (), (entries.declined(acting(actor, desk), doses=doses, note=note),)
        )

    request = request_hash(f"decline {person_id}", (note or "").encode())
    return await act(wiring, token, key, request, build, person_id=person_id)


async def doubt(
    wiring: Wiring, token: str, reservation_id: int, note: str | None, key: str
) -> Outcome:
    """Say that nobody knows what became of a reserved dose; it blocks until somebody tells."""

    def build(actor: Actor, desk: Desk, more: Sequence[Any]) -> Writing:
        actor.must_be(*HANDS_OUT)
        reservation = open_reservation(actor, more[0])
        if reservation.uncertain:
            raise Conflict("this dose is uncertain already", slug="already-uncertain")
        shared = _shared(actor, desk, reservation)
        entry = entries.uncertain(
            acting(actor, desk, on=reservation.day), reservation_id=reservation_id, note=note
        )
        statements = ((store.DOUBT_CLAIMS, shared),)
        return Writing(_outcome("uncertain", desk, reservation), statements, (entry,))

    request = request_hash(f"doubt {reservation_id}", (note or "").encode())
    return await act(wiring, token, key, request, build, reservation_id=reservation_id)


async def reverse(
    wiring: Wiring, token: str, reservation_id: int, reason: str, key: str
) -> Outcome:
    """Take back a hand-out that was recorded by mistake: it never happened.

    Its claims are released, the stock returns, a running observation is cancelled, and the mirror
    entry tells who and why. A nurse may do so on the same clinic day, a doctor later. Raises
    Conflict when there is nothing given or it was reversed before.
    """
    reason = written(reason)

    def build(actor: Actor, desk: Desk, more: Sequence[Any]) -> Writing:
        actor.must_be(*HANDS_OUT)
        reservation = reservation_from(more[0])
        if reservation.unit_id != actor.unit_id:
            raise NotFound("no such reservation here")
        if reservation.outcome != "given":
            raise Conflict("only a hand-out that was given can be reversed", slug="not-given")
        if reservation.reversed:
            raise Conflict("this hand-out is reversed already", slug="already-reversed")
        if reservation.told_at_home:
            # What came back, or was lost, had been handed out.
            raise Conflict(
                "doses of this hand-out were brought back or lost: it did happen",
                slug="told-at-home",
            )
        if reservation.rest_told:
            # Two people signed where the rest went: pouring all back would make stock of nothing.
            raise Conflict(
                "what was left of this hand-out is accounted for and signed by two, so it is not"
                " taken back: tell a doctor; a count of the bottle, explained by two, puts the"
                " records right",
                slug="rest-signed",
            )
        if reservation.day != desk.on and actor.role != "doctor":
            raise Forbidden("a doctor reverses a hand-out of an earlier day")
        shared = _shared(actor, desk, reservation) | {"reason": reason}
        unstart = store.UNSTART_NIGHTS if reservation.of_the_night else store.UNSTART_TREATMENT
        statements: list[Statement] = [
            (store.RECORD_REVERSAL, shared),
            (store.RELEASE_CLAIMS, shared),
            (store.UNUSE_DAYS, shared | store.dose_arrays(reservation.given)),
            (CANCEL_OBSERVATION, shared),
            (unstart, shared | {"day": reservation.day}),
        ]
        observed = reservation.observation
        of_indkald = observed is not None and observed.reason == "indkald"
        if of_indkald:
            day = {"person_id": desk.person_id, "day": reservation.day}
            statements += [(FORGET_NEXT_INDKALD, day), (UNCOUNT_INDKALD_DAY, day)]
        if reservation.bottle_id is not None:
            statements.append(_back(shared, reservation, reservation.reserved_ug, "reversed"))
        entry = entries.reversed_(
            acting(actor, desk, on=reservation.day),
            reservation_id=reservation_id,
            reason=reason,
            indkald_day=reservation.day if of_indkald else None,
        )
        outcome = _outcome("reversed", desk, reservation)
        return Writing(outcome, tuple(statements), (entry,))

    request = request_hash(f"reverse {reservation_id}", reason.encode())
    return await act(wiring, token, key, request, build, reservation_id=reservation_id)


CANCEL_OBSERVATION = """
UPDATE observation SET state = 'cancelled', signed_by = %(staff_id)s, signed_at = %(at)s
WHERE reservation_id = %(reservation_id)s AND state = 'running'
"""
# A day of the indkald whose dose never happened is not completed. When it had completed the period,
# the date of the next one is no longer known, which asks a doctor before anything goes home.
FORGET_NEXT_INDKALD = """
UPDATE care SET indkald_due_on = NULL WHERE person_id = %(person_id)s
    AND EXISTS (SELECT 1 FROM indkald i WHERE i.person_id = %(person_id)s
        AND i.state = 'completed' AND %(day)s = ANY (i.completed))
"""
UNCOUNT_INDKALD_DAY = """
UPDATE indkald SET completed = array_remove(completed, %(day)s::date),
    state = CASE WHEN state = 'completed' THEN 'running' ELSE state END
WHERE person_id = %(person_id)s AND %(day)s = ANY (completed)
"""


def _shared(actor: Actor, desk: Desk, reservation: Reservation) -> dict[str, Any]:
    return {
        "reservation_id": reservation.reservation_id,
        "person_id": desk.person_id,
        "unit_id": actor.unit_id,
        "staff_id": actor.staff_id,
        "at": desk.at,
    }


def _back(shared: dict[str, Any], reservation: Reservation, amount_ug: int, kind: str) -> Statement:
    return (
        store.POUR_BACK,
        shared | {"bottle_id": reservation.bottle_id, "amount_ug": amount_ug, "kind": kind},
    )


def _outcome(state: State, desk: Desk, reservation: Reservation) -> Outcome:
    return Outcome(
        state=state,
        person_id=desk.person_id,
        at=desk.at,
        reservation_id=reservation.reservation_id,
        doses=tuple(DoseAnswer(*row) for row in reservation.doses),
    )
