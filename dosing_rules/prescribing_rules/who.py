"""Who may write this?"""

from dosing_rules.change import Change, begins, is_injected, runs_on
from dosing_rules.facts import Patient
from dosing_rules.rule import Objection, doctor, rule, stop
from dosing_rules.rulebook import RuleBook


@rule(
    id="prescriber-not-entitled",
    asks="May the prescriber write for this treatment at all?",
    source="DK-01 employed for the treatment, or delegated",
)
def prescriber_not_entitled(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    entitled = change.prescriber.entitled if change.prescriber is not None else None
    return None if entitled is True else stop("other-prescriber", entitled=entitled)


@rule(
    id="start-by-non-specialist",
    asks="Does a specialist begin the treatment?",
    source="Sector plan 2006-08: only specialists initiate; delegated doctors go on with a course",
)
def start_by_non_specialist(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    if not begins(change, patient, book) or runs_on(change, patient):
        return None
    specialist = change.prescriber.specialist if change.prescriber is not None else None
    return None if specialist is True else stop("other-prescriber", specialist=specialist)


@rule(
    id="prescriber-not-approved",
    asks="Is the prescriber approved for injections and diacetylmorphine?",
    source="DK-30, DK-35",
)
def prescriber_not_approved(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    if change.new is None:
        return None
    product = change.new.product
    if product.substance == "diacetylmorphine":
        needed = "diacetylmorphine"
    elif is_injected(product):
        needed = "methadone_injection"
    else:
        return None
    approved = change.prescriber.approved_for if change.prescriber is not None else frozenset[str]()
    if needed in approved:
        return None
    return stop("other-prescriber", needed_approval=needed)


@rule(
    id="unit-not-approved",
    asks="Is the unit licensed for injections and diacetylmorphine?",
    source="DK-30, DK-35",
)
def unit_not_approved(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    if change.new is None:
        return None
    product = change.new.product
    if product.substance == "buprenorphine" or (
        product.substance == "methadone" and not is_injected(product)
    ):
        return None
    needed = "methadone_injection" if product.substance == "methadone" else "diacetylmorphine"
    if patient.unit is not None and needed in patient.unit.licences:
        return None
    return stop("other-unit", needed_approval=needed)


@rule(
    id="order-not-on-medication-card",
    asks="Is it written in the shared medication card as well?",
    source="DK-37: dependence-forming medicines always stand there",
)
def order_not_on_medication_card(
    change: Change, patient: Patient, book: RuleBook
) -> Objection | None:
    if change.on_medication_card is True or (change.new is None and change.sedative is None):
        return None
    return doctor("write-reason", on_medication_card=change.on_medication_card)
