"""Is there an order in force, and is it the one on the screen?"""

from dosing_rules.facts import Patient, Request
from dosing_rules.rule import Objection, rule, stop
from dosing_rules.rulebook import RuleBook


@rule(
    id="prescription-missing",
    asks="Is there a prescription at all?",
    source="DK-02 valid order",
    only="irregular",
)
def prescription_missing(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    if patient.prescription is not None:
        return None
    return stop("new-prescription")


@rule(
    id="prescription-not-yet-valid",
    asks="Does the prescription hold already on each day asked for?",
    source="DK-02 valid order; UK-09 not before its date",
    only="irregular",
)
def prescription_not_yet_valid(
    request: Request, patient: Patient, book: RuleBook
) -> Objection | None:
    order = patient.prescription
    if order is None or request.first_day >= order.valid_from:
        return None
    return stop("new-prescription", valid_from_on=order.valid_from, today_on=request.on)


@rule(
    id="prescription-expired",
    asks="Does the prescription still hold on each day asked for?",
    source="DK-02 valid order; an end that is not recorded has passed",
    only="irregular",
)
def prescription_expired(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order = patient.prescription
    if order is None:
        return None
    if order.valid_to is not None and order.valid_to >= request.last_day:
        return None
    return stop("new-prescription", valid_to_on=order.valid_to, asked_until_on=request.last_day)


@rule(
    id="prescription-changed",
    asks="Is the prescription the very one, in the very version, that was shown?",
    source="DK-02 changed since preparation; CT-01 right order",
    only="irregular",
)
def prescription_changed(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order = patient.prescription
    if order is None:
        return None
    if (
        request.prescription_id == order.prescription_id
        and request.prescription_version == order.version
    ):
        return None
    return stop(
        "ask-again",
        same_prescription=request.prescription_id == order.prescription_id,
        shown_version=request.prescription_version,
        current_version=order.version,
    )


@rule(
    id="parts-do-not-add-up",
    asks="Do the ordered part doses add up to the ordered day?",
    source="CT-01 exact match; Irish case of a total given as a day's dose",
    only="irregular",
)
def parts_do_not_add_up(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order = patient.prescription
    if order is None:
        return None
    total_ug = sum(order.parts_ug)
    if total_ug == order.daily_ug:
        return None
    return stop("new-prescription", parts_ug=total_ug, daily_ug=order.daily_ug)
