"""A look at a person under observation: how awake, how the breathing is.

The readings are weighed by the same rules and numbers as before a dose. Who is held (a look the
rules answer with a stop) does not leave as completed until a later look is better, and the unit's
doctors are told at once. What a nurse sees is recorded whatever it is.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from dispensing.counter import entries
from dispensing.counter.act import act
from dispensing.counter.loading import Desk
from dispensing.counter.notices import tell_doctor
from dispensing.counter.observe import running_observation
from dispensing.counter.outcome import Outcome, Statement, Writing
from dispensing.counter.reserve import acting
from dispensing.counter.store import Reservation
from dispensing.errors import CannotDecide, Unprocessable
from dispensing.once_per_key import request_hash
from dispensing.people.sessions import HANDS_OUT, Actor
from dispensing.wiring import Wiring
from dosing_rules import Observed, Request, RuleBook, Severity, Verdict, check_observed

# What can be written down at all; what it means is the rule book's.
POSS_SCALE = range(0, 5)
BREATHS_COUNTED = range(0, 101)

RECORD_CHECK = """
INSERT INTO sedation_check (reservation_id, person_id, unit_id, poss, breaths_per_minute, verdict,
    held, note, checked_by, checked_at)
VALUES (%(reservation_id)s, %(person_id)s, %(unit_id)s, %(poss)s, %(breaths_per_minute)s,
    %(verdict)s, %(held)s, %(note)s, %(staff_id)s, %(at)s)
"""


async def check_sedation(
    wiring: Wiring,
    token: str,
    reservation_id: int,
    poss: int,
    breaths_per_minute: int | None,
    note: str | None,
    key: str,
) -> Outcome:
    """Record a look: ``poss`` 0 (asleep, easy to rouse) to 4, breaths counted in a minute or None.

    The outcome carries the verdict of the readings. See ``act`` for keys and errors. Raises
    Conflict where the observation is signed already, Unprocessable for a value off the scale.
    """
    if poss not in POSS_SCALE:
        raise Unprocessable("the sedation scale goes from 0 (S) to 4", field="poss")
    if breaths_per_minute is not None and breaths_per_minute not in BREATHS_COUNTED:
        raise Unprocessable("breaths in a minute lie between 0 and 100", field="breaths")

    def build(actor: Actor, desk: Desk, more: Sequence[Any]) -> Writing:
        actor.must_be(*HANDS_OUT)
        reservation, observation = running_observation(actor, more[0])
        if desk.book_id is None:
            raise CannotDecide("no rule book is in force for this unit")
        book = wiring.book(desk.book_id)
        seen = Observed(sedation_poss=poss, breaths_per_minute=breaths_per_minute)
        request = Request(desk.at, desk.on, actor.unit_id, (), None, None, None, observed=seen)
        verdict = check_observed(request, desk.patient, book)
        writing = _look(actor, desk, reservation, seen, note, verdict, book)
        return replace(
            writing, outcome=replace(writing.outcome, observation_due_at=observation.due_at)
        )

    request = request_hash(
        f"look {reservation_id} {poss} {breaths_per_minute}", (note or "").encode()
    )
    return await act(wiring, token, key, request, build, reservation_id=reservation_id)


def _look(
    actor: Actor,
    desk: Desk,
    reservation: Reservation,
    seen: Observed,
    note: str | None,
    verdict: Verdict,
    book: RuleBook,
) -> Writing:
    """The look as a record and an entry; where it holds the person, the doctors are told."""
    held = verdict.severity >= Severity.STOP
    readings: dict[str, Any] = {
        "poss": seen.sedation_poss,
        "breaths_per_minute": seen.breaths_per_minute,
    }
    shared = readings | {
        "reservation_id": reservation.reservation_id,
        "person_id": desk.person_id,
        "unit_id": actor.unit_id,
        "verdict": json.dumps(verdict.as_dict()),
        "held": held,
        "note": note,
        "staff_id": actor.staff_id,
        "at": desk.at,
    }
    statements: list[Statement] = [(RECORD_CHECK, shared)]
    written = [
        entries.sedation_checked(
            acting(actor, desk, on=reservation.day),
            reservation_id=reservation.reservation_id,
            **readings,
            verdict=verdict,
            held=held,
            note=note,
            book=(book.id, book.sha256),
        )
    ]
    if held:
        statement, told = tell_doctor("sedated", readings, actor, desk, further=1)
        statements.append(statement)
        written.append(told)
    outcome = Outcome(
        "sedation_checked",
        desk.person_id,
        desk.at,
        reservation_id=reservation.reservation_id,
        verdict=verdict.as_dict(),
    )
    return Writing(outcome, tuple(statements), tuple(written))
