"""Reserve: from the scan to a dose that is taken everywhere, or a refusal with its reasons.

After a reservation the glass is poured and the label may print; what became of it is told by
``give`` or ``ending``. A reservation never becomes free by itself.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import msgspec

from audit.ledger.entry import Entry
from dispensing.acts import Act
from dispensing.counter import entries, store
from dispensing.counter.act import act, statement
from dispensing.counter.decide import TOO_SOON, Decided, Reason, decide
from dispensing.counter.loading import Bottle, Desk
from dispensing.counter.outcome import DoseAnswer, Outcome, Statement, Writing
from dispensing.counter.reading import with_reading
from dispensing.errors import CannotDecide, Conflict, Unprocessable
from dispensing.once_per_key import request_hash
from dispensing.people.sessions import HANDS_OUT, Actor
from dispensing.people.steps import IdentifiedBy, Step, identified_by, identify
from dispensing.wiring import Wiring
from dosing_rules import (
    DoseAsked,
    Observed,
    Prescription,
    Product,
    Request,
    RuleBook,
    Verdict,
    check_dispensing,
)
from dosing_rules.amounts import ml_text, volume
from dosing_rules.facts import Identifier
from dosing_rules.rules.taken import least_interval

MOST_DOSES = 100


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked to be handed out, as the nurse or the client saw it."""

    person_id: int
    prescription_id: int | None
    prescription_version: int | None
    doses: tuple[DoseAsked, ...]
    identifiers: frozenset[Identifier]
    observed: Observed
    reasons: tuple[Reason, ...] = ()
    bottle_code: str | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """A request with its verdict, what reasons and decisions leave of it, and who showed it how."""

    request: Request
    bottle: Bottle | None
    book: RuleBook
    verdict: Verdict
    decided: Decided
    identified_by: IdentifiedBy = "session"
    # When withdrawal was measured, where the check read it from today's record.
    measured_at: datetime | None = None


async def reserve(
    wiring: Wiring, token: str, order: Order, key: str, step: Step | None = None
) -> Outcome:
    """Reserve the doses of ``order`` for one person, or refuse; both are recorded.

    Only nurses and doctors hand out. ``step`` is the PIN or card of the one signed in, where the
    unit asks for it (StepNeeded without). See ``act`` for keys and errors.
    """
    shown = await identify(wiring, token, step)

    def build(actor: Actor, desk: Desk, more: Sequence[Any]) -> Writing:
        actor.must_be(*HANDS_OUT)
        must_be_resolved(desk)
        if desk.in_downtime:
            raise Conflict(
                "this unit hands out from paper now: end the downtime first", slug="down"
            )
        desk = desk.asked_of(order.doses)
        checked = check(order, actor, desk, wiring)
        if not checked.decided.allowed:
            return refused(order, actor, desk, checked)
        checked = replace(checked, identified_by=identified_by(actor, "reserve", shown))
        return _reserved(int(more[0]), order, actor, desk, checked)

    body = msgspec.json.encode(order, order="deterministic")
    request = request_hash("reserve", body)
    return await act(wiring, token, key, request, build, person_id=order.person_id)


def reading_taken(actor: Actor, desk: Desk, cows: int) -> tuple[Statement, Entry]:
    """Withdrawal measured now: its row, and its entry as the first of the act."""
    row = statement(
        store.RECORD_READING,
        person_id=desk.person_id,
        unit_id=actor.unit_id,
        day=desk.on,
        cows=cows,
        staff_id=actor.staff_id,
        at=desk.at,
    )
    return row, entries.withdrawal_measured(acting(actor, desk), cows=cows)


def _told_with(
    order: Order, actor: Actor, desk: Desk
) -> tuple[tuple[Statement, ...], tuple[Entry, ...]]:
    """Withdrawal told with an order is a record like any other: no later check reads an older."""
    if order.observed.withdrawal_cows is None:
        return (), ()
    row, entry = reading_taken(actor, desk, order.observed.withdrawal_cows)
    return (row,), (entry,)


def must_be_resolved(desk: Desk) -> None:
    """Raises Conflict at a unit restored from a backup that nobody has resolved yet."""
    if desk.restored:
        raise Conflict(
            "this unit was restored from a backup, which forgets what was handed out after it:"
            " a doctor must resolve that first (/gendannelse, POST /api/v1/restoration/resolved)",
            slug="restored-unresolved",
        )


def check(
    order: Order,
    actor: Actor,
    desk: Desk,
    wiring: Wiring,
    *,
    poured: Product | None = None,
    on: date | None = None,
) -> Checked:
    """Ask every rule about an order (of two: the one the doses are of), and weigh the answer.

    ``poured`` is the preparation already in the glass, for a dose reserved before; ``on`` the
    clinic day it was reserved on: midnight may have passed since.
    """
    if len(order.doses) > MOST_DOSES:
        raise Unprocessable(f"at most {MOST_DOSES} doses at a time")
    if sum(dose.how == "supervised" for dose in order.doses) > 1:
        raise Unprocessable("one dose is swallowed at a time; the next waits for its interval")
    if desk.book_id is None:
        raise CannotDecide("no rule book is in force for this unit")
    book = wiring.book(desk.book_id)
    desk = desk.asked_of(order.doses)
    bottle = bottle_in_use(desk, order.bottle_code)
    request = Request(
        at=desk.at,
        on=on or desk.on,
        unit_id=actor.unit_id,
        doses=order.doses,
        product=poured or (bottle.product if bottle is not None else None),
        prescription_id=order.prescription_id,
        prescription_version=order.prescription_version,
        identifiers=order.identifiers,
        observed=with_reading(order.observed, desk.reading, desk.patient),
    )
    verdict = check_dispensing(request, desk.patient, book)
    taken_ug = desk.patient.claimed_ug(request.on)
    decided = decide(request, verdict, order.reasons, desk.decisions, actor.staff_id, taken_ug)
    read = request.observed.withdrawal_cows != order.observed.withdrawal_cows
    measured_at = desk.reading.at if read and desk.reading is not None else None
    return Checked(request, bottle, book, verdict, decided, measured_at=measured_at)


def bottle_in_use(desk: Desk, bottle_code: str | None) -> Bottle | None:
    """The bottle scanned; without a scan the one open bottle that fits the prescription.

    None when the code is no open bottle of this counter, when nothing fits, when it is past its
    date or of a batch put aside, and when two strengths of the same liquid stand open: once poured
    they look alike, so only a scan can tell.
    """
    usable = [bottle for bottle in desk.bottles if bottle.expires_on >= desk.on]
    if bottle_code is not None:
        return next((bottle for bottle in usable if bottle.scan_code == bottle_code), None)
    prescription = desk.patient.prescription
    if prescription is None:
        return None
    ordered = prescription.product
    alike = [
        bottle
        for bottle in usable
        if (bottle.product.substance, bottle.product.form) == (ordered.substance, ordered.form)
    ]
    strengths = {bottle.product.strength_ug for bottle in alike}
    if ordered.per == "ml" and len(strengths) > 1:
        return None
    fitting = [bottle for bottle in alike if bottle.product.code == ordered.code]
    # An emptied bottle still stands there until somebody takes it away.
    return next(
        (bottle for bottle in fitting if bottle.balance_ug), fitting[0] if fitting else None
    )


def limits_ug(
    desk: Desk, prescription: Prescription, doses: Sequence[DoseAsked]
) -> dict[date, int]:
    """The most that may be had on each day asked for; today with the doctor's extra."""
    extra_ug = desk.patient.extra_ug_allowed_today or 0
    return {
        dose.for_on: prescription.day_ug(dose.for_on) + (extra_ug if dose.for_on == desk.on else 0)
        for dose in doses
    }


def interval_minutes(desk: Desk, prescription: Prescription, book: RuleBook) -> int:
    """The least time to the next swallowed dose: a doctor's word of today, else the book's."""
    for decision in reversed(desk.decisions):
        if not decision.allow and TOO_SOON in decision.rule_ids:
            break
        if decision.allow and decision.interval_minutes is not None:
            return decision.interval_minutes
    return least_interval(prescription, book, desk.patient.beside)[1]


def answers(
    doses: Sequence[DoseAsked], bottle: Bottle | None, step_ul: int
) -> tuple[DoseAnswer, ...]:
    """The doses with their volume in the scanned bottle's strength, drawn up to whole steps."""
    return tuple(
        DoseAnswer(
            dose.for_on,
            dose.part,
            dose.amount_ug,
            dose.how,
            volume_ml(dose.amount_ug, bottle, step_ul),
        )
        for dose in doses
    )


def volume_ml(amount_ug: int, bottle: Bottle | None, step_ul: int) -> str | None:
    """The volume to draw up, in ml with a decimal point; None without a liquid's bottle."""
    if bottle is None or bottle.product.per != "ml" or amount_ug < 0:
        return None
    drawn = volume(amount_ug, bottle.product.strength_ug, step_ul)
    return ml_text(drawn.measured_ul, comma=False)


def acting(actor: Actor, desk: Desk, *, on: date | None = None, further: int = 0) -> Act:
    """Who does what to whom now; ``further`` counts earlier entries of the same act.

    ``on`` is the clinic day the act belongs to, where that is not today.
    """
    return Act(
        person_id=desk.person_id,
        person_seq=desk.event_seq + 1 + further,
        unit_id=actor.unit_id,
        actor_id=actor.staff_id,
        on=on or desk.on,
        at=desk.at,
    )


def refused(
    order: Order, actor: Actor, desk: Desk, checked: Checked, *, reservation_id: int | None = None
) -> Writing:
    """The refusal as an outcome: recorded with its whole verdict, nothing taken.

    ``reservation_id`` is that of a dose reserved before, refused when it was to be given.
    """
    verdict = checked.verdict.as_dict()
    prescription = desk.patient.prescription
    measured, told = _told_with(order, actor, desk)
    entry = entries.refused_by_rules(
        acting(actor, desk, further=len(told)),
        request=checked.request,
        ordered=prescription.product if prescription is not None else None,
        verdict=verdict,
        book=(checked.book.id, checked.book.sha256),
        reservation_id=reservation_id,
        measured_at=checked.measured_at,
    )
    record = statement(
        store.RECORD_REFUSAL,
        person_id=desk.person_id,
        unit_id=actor.unit_id,
        day=desk.on,
        verdict=json.dumps(verdict),
        staff_id=actor.staff_id,
        at=desk.at,
    )
    outcome = Outcome(
        state="refused_by_rules",
        person_id=desk.person_id,
        at=desk.at,
        reservation_id=reservation_id,
        doses=answers(order.doses, checked.bottle, checked.book.measurable_step_ul),
        verdict=verdict,
        blocking=tuple(finding.rule_id for finding in checked.decided.blocking),
        lifts=tuple(lift.as_dict() for lift in checked.decided.lifts),
    )
    return Writing(outcome, (*measured, record), (*told, entry))


def _shortened_interval(
    shared: Mapping[str, Any], order: Order, desk: Desk, checked: Checked
) -> list[Statement]:
    """Ends the interval of the dose before, where a doctor decided that it need not be waited for.

    Without this the interval barrier would refuse what the doctor allowed. In every other case
    the barrier stands as it was stored.
    """
    prescription = desk.patient.prescription
    lifted = any(
        lift.rule_id == TOO_SOON and lift.role == "doctor" for lift in checked.decided.lifts
    )
    parts = len(prescription.parts_ug) if prescription is not None else 0
    extra = bool(desk.patient.extra_ug_allowed_today) and any(
        dose.how == "supervised" and dose.part > parts for dose in order.doses
    )
    return [(store.END_INTERVAL, shared)] if lifted or extra else []


def _rows(order: Order) -> list[tuple[date, int, int, str]]:
    return [(dose.for_on, dose.part, dose.amount_ug, dose.how) for dose in order.doses]


def _reserved(
    reservation_id: int, order: Order, actor: Actor, desk: Desk, checked: Checked
) -> Writing:
    prescription, bottle = desk.patient.prescription, checked.bottle
    holder, (measured, told) = desk.patient.right_holder_unit_id, _told_with(order, actor, desk)
    if prescription is None or bottle is None or holder is None or not order.doses:
        raise CannotDecide("the rules allowed an order without prescription, bottle or doses")
    if not bottle.holds(total_ug := sum(dose.amount_ug for dose in order.doses)):
        raise Conflict("the open bottle holds too little; open another", slug="bottle-too-low")
    shared = {
        "reservation_id": reservation_id,
        "person_id": desk.person_id,
        "unit_id": actor.unit_id,
        "staff_id": actor.staff_id,
        "day": desk.on,
        "at": desk.at,
        "interval_minutes": interval_minutes(desk, prescription, checked.book),
    }
    lifts = [lift.as_dict() for lift in checked.decided.lifts]
    statements = (
        *measured,
        (
            store.RECORD_RESERVATION,
            shared
            | {
                "counter_id": actor.counter_id,
                "prescription_id": prescription.prescription_id,
                "prescription_version": prescription.version,
                "product_code": bottle.product.code,
                "bottle_id": bottle.bottle_id,
                "doses": json.dumps(entries.dose_rows(order.doses)),
                "verdict": json.dumps(checked.verdict.as_dict()),
                "lifts": json.dumps(lifts),
                "book_id": checked.book.id,
            },
        ),
        store.use_days(
            shared,
            _rows(order),
            limits_ug(desk, prescription, order.doses),
            prescription,
            desk.kept_holder or holder,
        ),
        *_shortened_interval(shared, order, desk, checked),
        (store.CLAIM_DOSES, shared | store.dose_arrays(_rows(order))),
        (store.POUR, shared | {"bottle_id": bottle.bottle_id, "amount_ug": total_ug}),
    )
    entry = entries.reserved(
        acting(actor, desk, further=len(told)),
        request=checked.request,
        ordered=prescription.product,
        reservation_id=reservation_id,
        prescription=(prescription.prescription_id, prescription.version),
        bottle_id=bottle.bottle_id,
        verdict=checked.verdict,
        lifts=lifts,
        book=(checked.book.id, checked.book.sha256),
        identified_by=checked.identified_by,
        measured_at=checked.measured_at,
    )
    outcome = Outcome(
        state="reserved",
        person_id=desk.person_id,
        at=desk.at,
        reservation_id=reservation_id,
        doses=answers(order.doses, bottle, checked.book.measurable_step_ul),
        verdict=checked.verdict.as_dict(),
        lifts=tuple(lifts),
    )
    return Writing(outcome, statements, (*told, entry))
