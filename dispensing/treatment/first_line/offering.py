"""Buprenorphine offered first, what was answered, the next chance to change: a doctor's record."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from dispensing.counter.outcome import Outcome
from dispensing.errors import Unprocessable
from dispensing.treatment.courses.running import Frame, decide_in_course
from dispensing.treatment.deciding import Decided, Deciding, words
from dispensing.treatment.entries import substance_offered
from dispensing.treatment.monitoring import LONGEST_WAIT_DAYS
from dispensing.wiring import Wiring

Answer = Literal["accepted", "declined", "not_offered"]
FIRST = "buprenorphine"

RECORD = """
INSERT INTO substance_offer (person_id, unit_id, substance, answer, reason, next_on, offered_on,
    decided_by, decided_at)
VALUES (%(person_id)s, %(unit_id)s, %(substance)s, %(answer)s, %(reason)s, %(next_on)s,
    %(offered_on)s, %(staff_id)s, %(at)s)
"""


@dataclass(frozen=True, slots=True)
class Offer:
    """What was answered. A no, and not offering, say why and when there is a chance to change."""

    answer: Answer
    reason: str | None = None
    next_on: date | None = None


async def offer(wiring: Wiring, token: str, person_id: int, asked: Offer, key: str) -> Outcome:
    """Sign that buprenorphine was offered, or why not, today.

    Raises Unprocessable (the field says which), Conflict (``course-ended``), and as ``decide``.
    """
    accepted = asked.answer == "accepted"
    reason = words(asked.reason, "offer_reason", needed=not accepted)

    def build(case: Deciding, frame: Frame) -> Decided:
        today, next_on = case.desk.on, asked.next_on
        if accepted and next_on is not None:
            raise Unprocessable("nothing to change after a yes", field="next_chance_on")
        if not accepted and (
            next_on is None or not 0 < (next_on - today).days <= LONGEST_WAIT_DAYS
        ):
            raise Unprocessable("a day to come, within a year", field="next_chance_on")
        row = {
            "substance": FIRST,
            "answer": asked.answer,
            "reason": reason,
            "next_on": next_on,
            "offered_on": today,
        }
        told = substance_offered(
            case.act(),
            substance=FIRST,
            accepted=accepted,
            reason=reason,
            answer=asked.answer,
            next_on=None if next_on is None else next_on.isoformat(),
        )
        return Decided(((RECORD, case.signed | row),), (told,))

    same = [asked.answer, reason, asked.next_on]
    return await decide_in_course(wiring, token, person_id, key, "offer first", same, build)
