"""Signing an order, pausing and stopping it: the doctor's own act, from today on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal

import msgspec

from dispensing.acts import entry_of
from dispensing.counter.outcome import Outcome, Statement, Writing
from dispensing.errors import CannotDecide, Conflict, Unprocessable, has_cpr
from dispensing.treatment.deciding import (
    Decided,
    Deciding,
    decide,
    not_before,
    within_reach,
    words,
)
from dispensing.treatment.entries import prescription_signed
from dispensing.treatment.orders import store
from dispensing.treatment.orders.asking import Asked, Case, Weighed, ask, in_force, weigh
from dispensing.treatment.orders.drafting import Draft, versions
from dispensing.treatment.orders.store import CASE, Orders, orders_from
from dispensing.treatment.orders.timeline import held, last_day, undone
from dispensing.treatment.supply.following import Following
from dispensing.treatment.supply.store import FRAME, frame_from
from dispensing.wiring import Wiring
from dosing_rules import Prescriber, Prescription, RuleBook, Verdict
from dosing_rules.plausible import order_possible

#: The first number of orders signed here; the next ones of a person keep theirs. Those of the
#: dose for the night are numbered from another one: they are shown beside the main order.
FIRST_ID, FIRST_NIGHT_ID = 100_000, 10**12
_DAY = timedelta(days=1)
#: Orders with what a pharmacy supplies of them, read where a decision about them is signed.
CASE_AND_SUPPLY = f"{CASE.rstrip()}, {FRAME}"


@dataclass(frozen=True, slots=True)
class Stopping:
    """From which day nothing is handed out, and why; ``until_on``: the last day of a pause."""

    from_on: date
    reason: str
    until_on: date | None = None


def case_of(deciding: Deciding, orders: Orders, wiring: Wiring) -> Case:
    """What a draft is judged by. Raises CannotDecide without a rule book."""
    desk = deciding.desk
    if desk.book_id is None:
        raise CannotDecide("no rule book is in force for this unit")
    writer = next(
        (one for one in orders.writers or () if one.staff_id == deciding.actor.staff_id), None
    )
    prescriber = Prescriber(
        entitled=writer is not None and writer.entitled,
        specialist=writer is not None and writer.specialist,
        approved_for=writer.approved_for if writer is not None else frozenset(),
    )
    return Case(desk.at, desk.on, desk.patient, prescriber, wiring.book(desk.book_id))


def asked_of(draft: Draft, orders: Orders, case: Case, person_id: int) -> tuple[Asked, ...]:
    """The draft as versions with their verdicts. Raises Unprocessable for what is no order."""
    product = orders.product(draft.product_code)
    if product is None:
        raise Unprocessable("no such product", field="product_code")
    not_before(draft.valid_from, case.on, "valid_from")
    if draft.valid_to < draft.valid_from:
        raise Unprocessable("the last day lies after the first", field="valid_to")
    within_reach(draft.valid_to, case.on, "valid_to")
    kind = orders.of(night=draft.night)
    first_id = FIRST_NIGHT_ID if draft.night else FIRST_ID
    known = kind[-1].prescription_id if kind else first_id + person_id
    made = versions(draft, product, known, orders.next_version)
    if not all(order_possible(one) for one in made):
        raise Unprocessable("no order holds such an amount", field="daily_mg")
    until = held(orders, case.on, draft.valid_from, night=draft.night)
    gone = undone(orders, case.on, draft.valid_from, night=draft.night)
    return ask(draft, made, _beside(case, orders, night=not draft.night), until, gone)


def _beside(case: Case, orders: Orders, *, night: bool) -> Case:
    """The case with the other order of the pair ending as late as any of its kind does.

    What of it was signed ahead stands beside the draft no less than what holds today.
    """
    patient = case.patient
    other = patient.beside.prescription if night and patient.beside else patient.prescription
    last = last_day(orders, case.on, night=night)
    if other is None or last is None:
        return case
    ends = replace(other, valid_to=last)
    if not night:
        return replace(case, patient=replace(patient, prescription=ends))
    assert patient.beside is not None, "its order was found"
    line = replace(patient.beside, prescription=ends)
    return replace(case, patient=replace(patient, beside=line))


async def sign(wiring: Wiring, token: str, person_id: int, draft: Draft, key: str) -> Outcome:
    """Sign a draft; it holds from its first day on, at the counter at once.

    Refused by the rules, the outcome says by which and nothing is written but the refusal. Raises
    Unprocessable (the field says which), Conflict (``orders-changed``) where another order or stop
    was signed since ``after_version``, and what ``decide`` raises.
    """
    high = words(draft.high_dose_reason, "high_dose_reason", needed=False)
    words(draft.told.reason_not_buprenorphine, "reason_not_buprenorphine", needed=False)
    for rule_id, reason in draft.reasons:
        if has_cpr(rule_id):
            raise Unprocessable("no CPR number in a text", field="reasons")
        words(reason, f"why:{rule_id}")

    def build(deciding: Deciding) -> Decided | Writing:
        orders = orders_from(deciding.found)
        if draft.after_version not in (None, orders.next_version - 1):
            raise Conflict("something was signed meanwhile: look again", slug="orders-changed")
        case = case_of(deciding, orders, wiring)
        asked = asked_of(replace(draft, high_dose_reason=high), orders, case, person_id)
        weighed = weigh(draft, asked)
        if weighed.blocking:
            return _refused(deciding, draft, asked, weighed, case.book)
        writing = _signed(
            deciding, replace(draft, high_dose_reason=high), asked, weighed, case.book
        )
        if draft.night:
            return writing
        ends = [one.order.valid_to for one in asked]
        until = max((day for day in ends if day is not None), default=None)
        more, told = _supplied(deciding, wiring, until, "ordination", len(writing.entries))
        return replace(
            writing,
            statements=(*writing.statements, *more),
            entries=(*writing.entries, *told),
        )

    also = (CASE_AND_SUPPLY, {"person_id": person_id, "pharmacy": None})
    verb = "sign order"
    return await decide(wiring, token, person_id, key, verb, draft, build, also=also)


def _supplied(
    deciding: Deciding, wiring: Wiring, until: date | None, reason: str, further: int
) -> tuple[list[Statement], list[Any]]:
    """What a pharmacy's supply order writes when the medicine is ordered until another day."""
    assert deciding.found is not None, "asked for with the orders"
    following = Following(deciding, frame_from(deciding.found[1]), wiring)
    return following.ordered(until, reason, further)


def _said(draft: Draft, asked: Sequence[Asked], weighed: Weighed, book: RuleBook) -> dict[str, Any]:
    """What was written, what the rules said, and why it was signed all the same."""
    return {
        "draft": msgspec.to_builtins(draft),
        "verdicts": [one.verdict.as_dict() for one in asked],
        "lifts": [list(one) for one in weighed.lifted],
        "book": [book.id, book.sha256],
    }


def _refused(
    deciding: Deciding, draft: Draft, asked: Sequence[Asked], weighed: Weighed, book: RuleBook
) -> Writing:
    told = entry_of(deciding.act(), "order-refused-by-rules", _said(draft, asked, weighed, book))
    outcome = Outcome(
        "refused_by_rules",
        deciding.desk.person_id,
        deciding.desk.at,
        verdict=joined(asked).as_dict(),
        blocking=tuple(dict.fromkeys(one.rule_id for one in weighed.blocking)),
    )
    return Writing(outcome, (), (told,))


def _signed(
    deciding: Deciding, draft: Draft, asked: Sequence[Asked], weighed: Weighed, book: RuleBook
) -> Writing:
    told = [entry_of(deciding.act(), "order-asked", _said(draft, asked, weighed, book))]
    statements: list[Statement] = []
    for one in asked:
        statements.append(_row(deciding, one.order, draft.high_dose_reason))
        statements += [
            (
                store.REASON,
                deciding.signed
                | {"version": one.order.version, "rule_id": rule_id, "reason": reason},
            )
            for rule_id, reason in weighed.lifted
            if any(finding.rule_id == rule_id for finding in one.verdict.findings)
        ]
        told.append(_entry(deciding, one.order, draft.high_dose_reason, len(told)))
    outcome = Outcome(
        "decision_recorded",
        deciding.desk.person_id,
        deciding.desk.at,
        verdict=joined(asked).as_dict(),
    )
    return Writing(outcome, tuple(statements), tuple(told))


def joined(asked: Sequence[Asked]) -> Verdict:
    """The findings of all versions as one verdict, the most severe first, each rule once."""
    findings = {one.rule_id: one for each in reversed(asked) for one in each.verdict.findings}
    ordered = sorted(findings.values(), key=lambda one: one.severity, reverse=True)
    worst = max((one.verdict.severity for one in asked), default=None)
    assert worst is not None, "a draft is one version at least"
    return Verdict(worst, tuple(ordered))


def _row(deciding: Deciding, order: Prescription, high_dose_reason: str | None) -> Statement:
    return (
        store.SIGN,
        deciding.signed
        | {
            "prescription_id": order.prescription_id,
            "version": order.version,
            "product_code": order.product.code,
            "daily_ug": order.daily_ug,
            "parts_ug": list(order.parts_ug),
            "weekday_ug": list(order.weekday_ug) if order.weekday_ug is not None else None,
            "valid_from": order.valid_from,
            "valid_to": order.valid_to,
            "high_dose_reason": high_dose_reason,
            "depot_interval_days": order.depot_interval_days,
            "night": order.night,
        },
    )


def _entry(
    deciding: Deciding, order: Prescription, high_dose_reason: str | None, further: int
) -> Any:
    return prescription_signed(
        deciding.act(further),
        prescription=(order.prescription_id, order.version),
        product=order.product,
        daily_ug=order.daily_ug,
        parts_ug=order.parts_ug,
        weekday_ug=order.weekday_ug,
        valid_from=order.valid_from,
        valid_to=order.valid_to,
        high_dose_reason=high_dose_reason,
        depot_interval_days=order.depot_interval_days,
        night=order.night,
    )


def resumed(orders: Orders, first: date) -> tuple[Prescription, ...]:
    """What was in force or ahead on ``first``, as new versions after a stop; ``()`` for nothing.

    A pause ends with the order as it would have stood, steps ahead included; what was stopped or
    paused on later days stays so, though these versions are newer than those stops.
    """
    stops, found = orders.stops_by_version(), list[Prescription]()
    number = orders.next_version + 1
    for kind in (orders.of(night=False), orders.of(night=True)):
        changes = {one.valid_from for one in kind} | set(stops.values())
        days = sorted({first} | {day for day in changes if day > first})
        for day, following in zip(days, [*days[1:], None], strict=True):
            version = in_force(kind, stops, day)
            order = next((one for one in kind if one.version == version), None)
            if order is None or (order.valid_to is not None and order.valid_to < day):
                continue
            last = order.valid_to
            if following is not None and (last is None or last >= following):
                last = following - _DAY
            again = replace(order, version=number + len(found), valid_from=day, valid_to=last)
            found.append(again)
    return tuple(found)


async def stop(wiring: Wiring, token: str, person_id: int, asked: Stopping, key: str) -> Outcome:
    """Stop the order, or pause it until a day; nothing is handed out from the first day on.

    A dose that is reserved already is asked again when it is to be given, and refused. Raises
    Conflict (``no-order``) where none is in force or ahead, Unprocessable, and as ``decide``.
    """
    reason = words(asked.reason, "reason")

    def build(deciding: Deciding) -> Decided:
        orders, on = orders_from(deciding.found), deciding.desk.on
        not_before(asked.from_on, on, "from_on")
        if asked.until_on is not None:
            within_reach(asked.until_on, on, "until_on")
            if asked.until_on < asked.from_on:
                raise Unprocessable("the last day lies after the first", field="until_on")
        coming = resumed(orders, asked.from_on)
        if not coming:
            raise Conflict("no order is in force or ahead", slug="no-order")
        kind: Literal["pause", "stop"] = "stop" if asked.until_on is None else "pause"
        facts: dict[str, object] = {
            "version": orders.next_version,
            "from_on": asked.from_on.isoformat(),
            "kind": kind,
            "reason": reason,
        }
        row = {"version": orders.next_version, "from_on": asked.from_on, "kind": kind}
        statements: list[Statement] = [(store.STOP, deciding.signed | row | {"reason": reason})]
        told = [entry_of(deciding.act(), "prescription-stopped", facts)]
        again = resumed(orders, asked.until_on + _DAY) if asked.until_on is not None else ()
        high = {one.version: one.high_dose_reason for one in orders.signed}
        for order, before in zip(again, _originals(orders, again), strict=True):
            statements.append(_row(deciding, order, high.get(before)))
            told.append(_entry(deciding, order, high.get(before), len(told)))
        ends = [one.valid_to for one in again if not one.night]
        until = max((day for day in ends if day is not None), default=asked.from_on - _DAY)
        if deciding.desk.book_id is not None:
            more, also_told = _supplied(deciding, wiring, until, kind, len(told))
            statements, told = [*statements, *more], [*told, *also_told]
        return Decided(tuple(statements), tuple(told))

    also = (CASE_AND_SUPPLY, {"person_id": person_id, "pharmacy": None})
    return await decide(
        wiring, token, person_id, key, "stop order", asked, build, also=also, after_course=True
    )


def _originals(orders: Orders, again: Sequence[Prescription]) -> list[int]:
    """Of each resumed order, which version it repeats."""
    stops = orders.stops_by_version()
    return [in_force(orders.of(night=one.night), stops, one.valid_from) or 0 for one in again]
