"""Withdrawal measured at the counter (COWS), kept as a record of its own and an entry.

What it means is the rule book's. The checks of the day read the latest one (``reading``); whoever
is asked sees the points with their moment.
"""

from collections.abc import Sequence
from typing import Any

from dispensing.counter.act import act
from dispensing.counter.loading import Desk
from dispensing.counter.outcome import Outcome, Writing
from dispensing.counter.reserve import reading_taken
from dispensing.errors import Unprocessable
from dispensing.once_per_key import request_hash
from dispensing.people.sessions import HANDS_OUT, Actor
from dispensing.wiring import Wiring
from dosing_rules.plausible import MOST_COWS


async def measure(wiring: Wiring, token: str, person_id: int, cows: int, key: str) -> Outcome:
    """Record ``cows`` points of withdrawal, measured now. See ``act`` for keys and errors.

    Raises Unprocessable for points off the scale.
    """
    if not 0 <= cows <= MOST_COWS:
        raise Unprocessable(f"the scale goes from 0 to {MOST_COWS}", field="cows")

    def build(actor: Actor, desk: Desk, more: Sequence[Any]) -> Writing:
        actor.must_be(*HANDS_OUT)
        record, entry = reading_taken(actor, desk, cows)
        outcome = Outcome("withdrawal_measured", desk.person_id, desk.at)
        return Writing(outcome, (record,), (entry,))

    request = request_hash(f"withdrawal {person_id} {cows}", b"")
    return await act(wiring, token, key, request, build, person_id=person_id)
