"""What the counter asks the doctor, and what the doctor decides for one person and day.

A decision names the findings it lifts; the next reserve weighs it (``decide``). It never changes
a dose or a prescription, and it ends with the clinic day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from dispensing.counter import entries
from dispensing.counter.act import act, statement
from dispensing.counter.decide import written
from dispensing.counter.loading import Desk
from dispensing.counter.other_chain import pharmacy_told, told_at
from dispensing.counter.outcome import Outcome, Statement, Writing
from dispensing.counter.reserve import Order, acting, check
from dispensing.errors import Unprocessable
from dispensing.once_per_key import request_hash
from dispensing.people.sessions import HANDS_OUT, Actor
from dispensing.wiring import Wiring
from dosing_rules import RULES, Severity

# Above any dose of any preparation: what is larger is a slip of the pen, not a decision.
LARGEST_UG = 10_000_000
LONGEST_INTERVAL_MINUTES = 7 * 24 * 60

RECORD_QUESTION = """
INSERT INTO doctor_question (person_id, unit_id, day, verdict, note, night, asked_by, asked_at)
VALUES (%(person_id)s, %(unit_id)s, %(day)s, %(verdict)s, %(note)s, %(night)s, %(staff_id)s, %(at)s)
"""
RECORD_DECISION = """
INSERT INTO doctor_decision (question_id, person_id, day, allow, rule_ids, max_ug, extra_ug,
    interval_minutes, reason, night, decided_by, decided_at)
VALUES ((SELECT max(question_id) FROM doctor_question
    WHERE person_id IN (SELECT unnest(o.person_id || o.also_ids) FROM person o
        WHERE o.person_id = %(person_id)s) AND night = %(night)s
        AND answered_at IS NULL),
    %(person_id)s, %(day)s, %(allow)s, %(rule_ids)s, %(max_ug)s, %(extra_ug)s,
    %(interval_minutes)s, %(reason)s, %(night)s, %(staff_id)s, %(at)s)
"""
CLOSE_QUESTIONS = """
UPDATE doctor_question SET answered_at = %(at)s
WHERE person_id IN (SELECT unnest(o.person_id || o.also_ids) FROM person o
    WHERE o.person_id = %(person_id)s) AND night = %(night)s
    AND answered_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """A doctor's decision: which findings are lifted (or stand), within what, and why.

    ``max_ug`` is the most of any day's dose; ``extra_ug`` is all that is allowed beyond the order
    today (a later one takes its place when larger, a "no" takes it back);
    ``interval_minutes`` replaces the book's least time between swallowed doses. ``night``: it is
    decided of the dose for the night beside injections, of which nothing is allowed beyond its
    order.
    """

    allow: bool
    rule_ids: frozenset[str]
    reason: str
    max_ug: int | None = None
    extra_ug: int = 0
    interval_minutes: int | None = None
    night: bool = False


async def ask(wiring: Wiring, token: str, order: Order, note: str | None, key: str) -> Outcome:
    """Put a person's verdict before the unit's doctors. See ``act`` for keys and errors."""

    def build(actor: Actor, desk: Desk, more: Sequence[Any]) -> Writing:
        actor.must_be(*HANDS_OUT)
        desk = desk.asked_of(order.doses)
        checked = check(order, actor, desk, wiring)
        findings = [
            finding.rule_id
            for finding in checked.verdict.findings
            if finding.severity >= Severity.CONFIRM
        ]
        if not findings:
            raise Unprocessable("there is nothing to ask: no finding stands in the way")
        record = statement(
            RECORD_QUESTION,
            person_id=desk.person_id,
            unit_id=actor.unit_id,
            day=desk.on,
            verdict=msgspec.json.encode(checked.verdict.as_dict()).decode(),
            note=note,
            night=desk.at_night,
            staff_id=actor.staff_id,
            at=desk.at,
        )
        shown = (desk.reading.cows, desk.reading.at) if desk.reading is not None else None
        entry = entries.question_asked(
            acting(actor, desk), finding_ids=findings, note=note, withdrawal=shown
        )
        outcome = Outcome(
            "question_asked",
            desk.person_id,
            desk.at,
            verdict=checked.verdict.as_dict(),
            blocking=tuple(findings),
        )
        return Writing(outcome, (record, *_heard(wiring, actor, desk)), (entry,))

    body = msgspec.json.encode((order, note), order="deterministic")
    request = request_hash("ask", body)
    return await act(wiring, token, key, request, build, person_id=order.person_id)


def _heard(wiring: Wiring, actor: Actor, desk: Desk) -> tuple[Statement, ...]:
    """A pharmacy's question waits with the doctors of the unit that treats: their page hears it."""
    if actor.unit_kind != "pharmacy" or desk.enrolled_unit_id is None:
        return ()
    unit_id, by = desk.enrolled_unit_id, actor.unit_id
    told = pharmacy_told(unit_id, actor.staff_id, desk.on, desk.at, by_unit=by, what="question")
    return (told_at(wiring, unit_id, told),)


async def answer(wiring: Wiring, token: str, person_id: int, answered: Answer, key: str) -> Outcome:
    """A doctor decides for a person and today; open questions about the person are answered.

    Raises Forbidden for anybody but a doctor and Unprocessable for an unknown rule, an amount out
    of range or a missing reason.
    """
    reason = written(answered.reason)
    _validate(answered)

    def build(actor: Actor, desk: Desk, more: Sequence[Any]) -> Writing:
        actor.must_be("doctor")
        rule_ids = sorted(answered.rule_ids)
        shared = {
            "person_id": desk.person_id,
            "day": desk.on,
            "staff_id": actor.staff_id,
            "at": desk.at,
            "allow": answered.allow,
            "rule_ids": rule_ids,
            "max_ug": answered.max_ug,
            "extra_ug": answered.extra_ug,
            "interval_minutes": answered.interval_minutes,
            "reason": reason,
            "night": answered.night,
        }
        statements: tuple[Statement, ...] = ((RECORD_DECISION, shared), (CLOSE_QUESTIONS, shared))
        entry = entries.question_answered(
            acting(actor, desk),
            allow=answered.allow,
            rule_ids=rule_ids,
            max_ug=answered.max_ug,
            extra_ug=answered.extra_ug,
            interval_minutes=answered.interval_minutes,
            reason=reason,
            night=answered.night,
        )
        outcome = Outcome("question_answered", desk.person_id, desk.at, blocking=tuple(rule_ids))
        return Writing(outcome, statements, (entry,))

    body = msgspec.json.encode(answered, order="deterministic")
    request = request_hash(f"answer {person_id}", body)
    return await act(wiring, token, key, request, build, person_id=person_id)


def _validate(answered: Answer) -> None:
    known = {rule.id for rule in RULES}
    if not answered.rule_ids or not answered.rule_ids <= known:
        raise Unprocessable("name the findings that are decided on", field="rule_ids")
    if answered.max_ug is not None and not 0 < answered.max_ug <= LARGEST_UG:
        raise Unprocessable("the most allowed is more than nothing", field="max_mg")
    if not 0 <= answered.extra_ug <= LARGEST_UG:
        raise Unprocessable("the extra amount is nothing or more", field="extra_mg")
    if answered.night and answered.extra_ug:
        raise Unprocessable("of the night dose nothing goes beyond its order", field="extra_mg")
    minutes = answered.interval_minutes
    if minutes is not None and not 0 < minutes <= LONGEST_INTERVAL_MINUTES:
        raise Unprocessable("the interval is between a minute and a week", field="interval_minutes")
