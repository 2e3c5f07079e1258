"""Is the dose already taken, anywhere, by anyone, in any form?"""

from datetime import datetime

from dosing_rules.days import minutes_between
from dosing_rules.facts import Claim, Patient, Prescription, Request
from dosing_rules.ordered import Line
from dosing_rules.rule import Objection, rule, stop
from dosing_rules.rulebook import RuleBook


@rule(
    id="taken-unknown",
    asks="Is it known what has already been taken?",
    source="CT-02; what cannot be seen is not a dose that was not given",
    only="taken",
)
def taken_unknown(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    if patient.claims is not None:
        return None
    return stop("resolve-uncertain")


def _given(request: Request, patient: Patient, how: str) -> Claim | None:
    for dose in request.doses:
        for claim in patient.claims_by_day.get(dose.for_on, ()):
            if claim.part == dose.part and claim.how == how and claim.state == "given":
                return claim
    return None


@rule(
    id="already-given",
    asks="Was the dose for that day and part already swallowed, at any unit?",
    source="CT-02 one dose per day and part, across units",
    only="taken",
)
def already_given(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    if patient.last_claim_on < request.first_day:
        return None
    claim = _given(request, patient, "supervised")
    if claim is None:
        return None
    return stop(
        "already-has-it",
        for_on=claim.for_on,
        part=claim.part,
        taken_ug=claim.amount_ug,
        given_at=claim.at,
        unit_id=claim.unit_id,
    )


@rule(
    id="covered-by-take-home",
    asks="Is the dose for that day and part already in the person's hands?",
    source="CT-03 a take-home dose covers its day",
    only="taken",
)
def covered_by_take_home(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    if patient.last_claim_on < request.first_day:
        return None
    claim = _given(request, patient, "take_home")
    if claim is None:
        return None
    return stop(
        "already-has-it",
        for_on=claim.for_on,
        part=claim.part,
        taken_ug=claim.amount_ug,
        given_at=claim.at,
        unit_id=claim.unit_id,
    )


@rule(
    id="being-handed-out",
    asks="Is the dose reserved, or the person being served at another place, right now?",
    source="CT-02; two counters in the same minute",
    only="taken",
)
def being_handed_out(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    if not patient.unsettled_claims:
        return None
    asked = {(dose.for_on, dose.part) for dose in request.doses}
    for claim in patient.unsettled_claims:
        if claim.state != "reserved":
            continue
        if claim.unit_id != request.unit_id or (claim.for_on, claim.part) in asked:
            return stop(
                "finish-reservation",
                for_on=claim.for_on,
                part=claim.part,
                reserved_at=claim.at,
                unit_id=claim.unit_id,
            )
    return None


@rule(
    id="outcome-uncertain",
    asks="Is it unknown whether an earlier dose was swallowed?",
    source="Unknown is not the same as not given; a named person resolves it first",
    only="taken",
)
def outcome_uncertain(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    for claim in patient.unsettled_claims:
        if claim.state != "reserved":
            return stop(
                "resolve-uncertain",
                for_on=claim.for_on,
                part=claim.part,
                taken_ug=claim.amount_ug,
                reserved_at=claim.at,
                unit_id=claim.unit_id,
            )
    return None


@rule(
    id="too-soon",
    asks="Is the last swallowed dose long enough ago?",
    source="CT-02 minimum interval, for a daily and for a split dose; DK-31 sessions and the night",
)
def too_soon(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order = patient.prescription
    if order is None or not request.supervised:
        return None
    limit, needed = least_interval(order, book, patient.beside)
    last_at = patient.last_swallowed_at
    if last_at is None:
        if patient.is_new():
            return None
        return stop("doctor-decision", limits=(limit,), lifted_by="doctor", last_at=None)
    passed = minutes_between(last_at, request.at)
    if passed < needed and not _within_extra(request, patient):
        return _wait(limit, last_at, passed)
    night_at = _last_night_at(request, patient) if order.night else None
    if night_at is None:
        return None
    passed = minutes_between(night_at, request.at)
    if passed >= book.interval_daily_minutes:
        return None
    return _wait("interval_daily_minutes", night_at, passed)


def _wait(limit: str, last_at: datetime, passed: int) -> Objection:
    return stop(
        "wait-until", limits=(limit,), lifted_by="doctor", last_at=last_at, passed_minutes=passed
    )


def _last_night_at(request: Request, patient: Patient) -> datetime | None:
    """When a dose for the night was last seen swallowed; from one night to the next is a day."""
    swallowed = [
        claim.at
        for claims in patient.claims_by_day.values()
        for claim in claims
        if claim.how == "supervised" and claim.state == "given"
    ]
    return max(swallowed, default=None)


def least_interval(
    order: Prescription, book: RuleBook, beside: Line | None = None
) -> tuple[str, int]:
    """The number that says how long after one dose the next may be swallowed, and its minutes.

    Of a pair what is swallowed here at night waits after an injection as the next one would.
    """
    if order.night and beside is not None and beside.prescription is not None:
        order = beside.prescription
    if len(order.parts_ug) <= 1:
        return "interval_daily_minutes", book.interval_daily_minutes
    if order.product.substance == "diacetylmorphine":
        # Gone in hours: its sessions lie closer than the halves of a day of methadone.
        return "interval_diacetylmorphine_minutes", book.interval_diacetylmorphine_minutes
    return "interval_split_minutes", book.interval_split_minutes


def _within_extra(request: Request, patient: Patient) -> bool:
    """A doctor's recorded extra for today is a decision about today's interval too."""
    allowed_ug = patient.extra_ug_allowed_today or 0
    if allowed_ug <= 0:
        return False
    order = patient.prescription
    if order is not None and order.night:
        return False
    parts = len(order.parts_ug) if order is not None else 0
    asked_ug = sum([dose.amount_ug for dose in request.supervised])
    beyond = all([dose.part > parts and dose.for_on == request.on for dose in request.supervised])
    return beyond and asked_ug <= allowed_ug
