"""Give: what was reserved is swallowed before the nurse's eyes, or carried home.

What may have changed since the reservation is asked again: the prescription, a stop, sedation.
A finding that was lifted then stays lifted; a new one refuses, and the reservation stands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import msgspec

from audit.ledger.entry import Entry
from dispensing.counter import entries, store
from dispensing.counter.act import act
from dispensing.counter.card import card_facts
from dispensing.counter.collectors import collection
from dispensing.counter.decide import Reason
from dispensing.counter.label_scan import RECORD_SCAN, label_facts, scanned_back
from dispensing.counter.loading import Desk, DoctorDecision
from dispensing.counter.notices import tell_doctor
from dispensing.counter.outcome import Outcome, Statement, Writing
from dispensing.counter.reserve import (
    Checked,
    Order,
    acting,
    answers,
    bottle_in_use,
    check,
    interval_minutes,
    must_be_resolved,
    refused,
)
from dispensing.counter.staying import observation_after
from dispensing.counter.store import DoseRow, Reservation, reservation_from
from dispensing.errors import CannotDecide, Conflict, NotFound, Unprocessable
from dispensing.once_per_key import request_hash
from dispensing.people.sessions import HANDS_OUT, Actor
from dispensing.people.steps import Step, identified_by, identify
from dispensing.wiring import Wiring
from dosing_rules import DoseAsked, Observed, Product, RuleBook
from dosing_rules.beginning import is_known_change
from dosing_rules.facts import Identifier
from dosing_rules.gap import days_without


@dataclass(frozen=True, slots=True)
class Giving:
    """What the nurse says when the hand-out is done.

    ``swallowed_ug`` is set only when less was swallowed than reserved; the rest is waste.
    ``observe`` asks for an observation that no rule demands. ``card_code`` is the card scanned at
    the hand-out; ``scanned_code`` the one this session scanned last since the dose was poured, as
    the server knows it; ``without_card`` the written reason to give without the person's card.
    ``collector_id`` is who fetched it in the person's stead, by which ``identity_shown``.
    ``label_codes`` are labels scanned back with this very act, beside those scanned before it;
    ``without_labels`` the written reason where one is missing.
    """

    identifiers: frozenset[Identifier]
    observed: Observed
    swallowed_ug: int | None = None
    observe: bool = False
    reasons: tuple[Reason, ...] = ()
    card_code: str | None = None
    scanned_code: str | None = None
    without_card: str | None = None
    collector_id: int | None = None
    identity_shown: str | None = None
    label_codes: tuple[str, ...] = ()
    without_labels: str | None = None


async def give(
    wiring: Wiring,
    token: str,
    reservation_id: int,
    giving: Giving,
    key: str,
    step: Step | None = None,
) -> Outcome:
    """Record that a reserved (or uncertain) hand-out was given. See ``act`` for keys and errors.

    ``step`` is the PIN or card of the one signed in, where the unit asks for it.

    Raises NotFound for another unit's reservation and Conflict for one that is already resolved.
    """

    shown = await identify(wiring, token, step)

    def build(actor: Actor, desk: Desk, more: Sequence[Any]) -> Writing:
        actor.must_be(*HANDS_OUT)
        must_be_resolved(desk)
        reservation = open_reservation(actor, more[0])
        desk = desk.asked_of(reservation.asked)
        _batch(reservation)
        _card(desk, reservation, giving)
        _labels(actor, reservation, giving)
        order = _order_again(desk, reservation, giving)
        poured = poured_product(desk, reservation)
        free = with_doctors_word(without_own(desk, reservation), reservation)
        checked = check(order, actor, free, wiring, poured=poured, on=reservation.day)
        # Of an uncertain dose somebody tells what did happen: no rule can refuse the past.
        if not checked.decided.allowed and not reservation.uncertain:
            return refused(order, actor, desk, checked, reservation_id=reservation_id)
        checked = replace(checked, identified_by=identified_by(actor, "given", shown))
        fetched, records = collection(
            actor, desk, reservation, giving.collector_id, giving.identity_shown
        )
        writing = _given(actor, desk, reservation, giving, checked, fetched)
        writing = replace(writing, statements=writing.statements + records)
        return writing if checked.decided.allowed else _past_a_stop(writing, actor, desk, checked)

    # What was scanned is no part of the request: a press repeated is the same press.
    body = msgspec.json.encode(replace(giving, scanned_code=None), order="deterministic")
    request = request_hash(f"give {reservation_id}", body)
    return await act(wiring, token, key, request, build, reservation_id=reservation_id)


def open_reservation(actor: Actor, document: str) -> Reservation:
    """A reservation of the actor's unit that nobody has resolved yet."""
    reservation = reservation_from(document)
    if reservation.unit_id != actor.unit_id:
        raise NotFound("no such reservation here")
    if not reservation.open:
        raise Conflict("this reservation is already resolved", slug="already-resolved")
    return reservation


def without_own(desk: Desk, reservation: Reservation) -> Desk:
    """The facts as they would be without this reservation's own claims."""
    own = {(day, part) for day, part, _, _ in reservation.doses}
    claims = tuple(
        claim
        for claim in desk.patient.claims or ()
        if (claim.for_on, claim.part) not in own or claim.state == "given"
    )
    return replace(desk, patient=replace(desk.patient, claims=claims))


def with_doctors_word(desk: Desk, reservation: Reservation) -> Desk:
    """The facts with what a doctor allowed at the reservation, also after midnight.

    Today's decisions come later in the list: a doctor who has said no since then is heard.
    """
    earlier = tuple(
        DoctorDecision(
            rule_ids=frozenset({str(lift["rule"])}),
            allow=True,
            max_ug=None,
            interval_minutes=None,
            reason=str(lift["reason"]),
            decided_by=int(lift["staff"]),
        )
        for lift in reservation.lifts
        if lift["role"] == "doctor"
    )
    return replace(desk, decisions=earlier + desk.decisions)


def _order_again(desk: Desk, reservation: Reservation, giving: Giving) -> Order:
    """The reserved order with what the nurse sees now; earlier written reasons still hold."""
    lifted = tuple(
        Reason(str(lift["rule"]), str(lift["reason"]))
        for lift in reservation.lifts
        if lift["role"] == "nurse"
    )
    return Order(
        person_id=desk.person_id,
        prescription_id=reservation.prescription_id,
        prescription_version=reservation.prescription_version,
        doses=reservation.asked,
        identifiers=giving.identifiers,
        observed=giving.observed,
        reasons=lifted + giving.reasons,
    )


def poured_product(desk: Desk, reservation: Reservation) -> Product | None:
    """What was poured, while the order is still for it; None makes the check stop."""
    prescription = desk.patient.prescription
    if prescription is None or prescription.product.code != reservation.product_code:
        return None
    return prescription.product


def _batch(reservation: Reservation) -> None:
    """A batch called back after pouring is not handed out. Raises Conflict."""
    if reservation.batch_blocked and not reservation.uncertain:
        raise Conflict(
            "the batch was called back after pouring: put the dose back", slug="batch-called-back"
        )


def _card(desk: Desk, reservation: Reservation, giving: Giving) -> Mapping[str, object]:
    """What the entry says of the card scanned at the hand-out. Raises Conflict."""
    told = reservation.uncertain
    return card_facts(desk, giving.card_code, giving.scanned_code, giving.without_card, told=told)


def _labels(actor: Actor, reservation: Reservation, giving: Giving) -> tuple[str, ...]:
    """The labels scanned back with this act. Raises Conflict where one is wrong or missing."""
    return scanned_back(
        reservation,
        giving.label_codes,
        actor.policy.label_scan,
        told=reservation.uncertain,
        without=giving.without_labels,
    )


def _seen(
    desk: Desk,
    reservation: Reservation,
    giving: Giving,
    scanned: Sequence[str],
    fetched: Mapping[str, object],
) -> Mapping[str, object]:
    """What the entry says of card, labels, and who fetched it."""
    card = _card(desk, reservation, giving)
    return {**card, **fetched, **label_facts(reservation, scanned, giving.without_labels)}


def _given(
    actor: Actor,
    desk: Desk,
    reservation: Reservation,
    giving: Giving,
    checked: Checked,
    fetched: Mapping[str, object],
) -> Writing:
    prescription = desk.patient.prescription
    if prescription is None:
        raise CannotDecide("the rules allowed a hand-out without a prescription")
    given = swallowed_rows(reservation, giving.swallowed_ug)
    shared = {
        "reservation_id": reservation.reservation_id,
        "person_id": desk.person_id,
        "unit_id": actor.unit_id,
        "staff_id": actor.staff_id,
        "day": reservation.day,
        # An uncertain dose was swallowed, if at all, when it was poured.
        "at": reservation.reserved_at if reservation.uncertain else desk.at,
        "identified_by": checked.identified_by,
        "interval_minutes": interval_minutes(desk, prescription, checked.book),
        "outcome": "given",
        "note": None,
    }
    arrays = store.dose_arrays(given)
    statements: list[Statement] = [
        # When it was told, which for an uncertain dose is later than when it was swallowed.
        (store.RESOLVE, shared | {"at": desk.at}),
        (store.RECORD_HANDOVERS, shared | arrays),
        (store.RECORD_ADMINISTRATIONS, shared | arrays),
        (store.SETTLE_CLAIMS, shared | arrays),
    ]
    scanned = _labels(actor, reservation, giving)
    statements += [(RECORD_SCAN, shared | {"code": code, "at": desk.at}) for code in scanned]
    if less := _less(reservation.doses, given):
        statements.append((store.UNUSE_DAYS, shared | store.dose_arrays(less)))
    starts = starts_course(desk, checked.book, reservation.day)
    if starts:
        begins = store.START_NIGHTS if reservation.of_the_night else store.START_TREATMENT
        statements.append((begins, shared))
    told = shared | {"seen": _seen(desk, reservation, giving, scanned, fetched)}
    ledger = [_given_entry(actor, desk, reservation, given, told, starts)]
    watched = observation_after(desk, reservation, checked, giving.observe, shared["at"])
    if watched is not None:
        statements.append((store.START_OBSERVATION, shared | watched))
        ledger.append(
            entries.observation_started(
                acting(actor, desk, on=reservation.day, further=1),
                reservation_id=reservation.reservation_id,
                **watched,
            )
        )
    bottle = bottle_in_use(desk, None)
    asked = tuple(DoseAsked(day, part, ug, how) for day, part, ug, how in given)  # type: ignore[arg-type]
    outcome = Outcome(
        state="given",
        person_id=desk.person_id,
        at=desk.at,
        reservation_id=reservation.reservation_id,
        doses=answers(asked, bottle, checked.book.measurable_step_ul),
        verdict=checked.verdict.as_dict(),
        observation_due_at=watched["due_at"] if watched is not None else None,
    )
    return Writing(outcome, tuple(statements), tuple(ledger))


def _less(reserved: Sequence[DoseRow], given: Sequence[DoseRow]) -> list[DoseRow]:
    """What was reserved and not swallowed, dose by dose."""
    return [
        (day, part, reserved_ug - swallowed_ug, how)
        for (day, part, reserved_ug, how), (_, _, swallowed_ug, _) in zip(
            reserved, given, strict=True
        )
        if swallowed_ug < reserved_ug
    ]


def _past_a_stop(writing: Writing, actor: Actor, desk: Desk, checked: Checked) -> Writing:
    """An uncertain dose was told as had although the rules now object: the doctor reads of it."""
    blocking = [finding.rule_id for finding in checked.decided.blocking]
    told, entry = tell_doctor(
        "uncertain-past-a-stop",
        {"findings": blocking},
        actor,
        desk,
        further=len(writing.entries),
    )
    return replace(
        writing, statements=(*writing.statements, told), entries=(*writing.entries, entry)
    )


def starts_course(desk: Desk, book: RuleBook, on: date) -> bool:
    """Whether this dose is the first of a course, of a substance, or after so many days without.

    The titration window counts from it.
    """
    patient, order = desk.patient, desk.patient.prescription
    if patient.new_to_treatment or patient.first_dose_on is None or order is None:
        return True
    if is_known_change(patient):
        return True
    if order.product.form == "depot":
        return False
    missed = days_without(on, patient, book)
    return missed is None or missed >= book.restart_days(order.product.substance)


def _given_entry(
    actor: Actor,
    desk: Desk,
    reservation: Reservation,
    given: Sequence[DoseRow],
    shared: Mapping[str, Any],
    starts: bool,
) -> Entry:
    return entries.given(
        acting(actor, desk, on=reservation.day),
        reservation_id=reservation.reservation_id,
        swallowed=[(part, ug) for _, part, ug, how in given if how == "supervised"],
        taken_home=[(day, part, ug) for day, part, ug, how in given if how == "take_home"],
        interval_minutes=shared["interval_minutes"],
        swallowed_at=shared["at"],
        course_starts_on=reservation.day if starts else None,
        identified_by=shared["identified_by"],
        seen=shared["seen"],
    )


def swallowed_rows(reservation: Reservation, swallowed_ug: int | None) -> list[DoseRow]:
    """The reserved doses, the supervised one lowered to what was really swallowed."""
    if swallowed_ug is None:
        return list(reservation.doses)
    supervised = [row for row in reservation.doses if row[3] == "supervised"]
    if len(supervised) != 1:
        raise Unprocessable("only one swallowed dose can be less than reserved")
    if not 0 < swallowed_ug <= supervised[0][2]:
        raise Unprocessable("swallowed is more than nothing and at most what was reserved")
    return [
        (day, part, swallowed_ug if how == "supervised" else ug, how)
        for day, part, ug, how in reservation.doses
    ]
