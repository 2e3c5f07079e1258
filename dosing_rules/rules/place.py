"""May this place hand this out today?"""

from dosing_rules.facts import Patient, Product, Request
from dosing_rules.rule import Objection, rule, stop
from dosing_rules.rulebook import RuleBook


@rule(
    id="right-elsewhere",
    asks="Does this unit hold the right to dispense to this person today?",
    source="CT-02 guest dosing; each person-day has one place that may dispense",
    only="irregular",
)
def right_elsewhere(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    if patient.right_holder_unit_id == request.unit_id:
        return None
    return stop("other-unit", right_holder_unit_id=patient.right_holder_unit_id)


@rule(
    id="unit-unknown",
    asks="Are this unit's licences and closed days known?",
    source="Facts missing means: cannot decide",
    only="irregular",
)
def unit_unknown(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    if patient.unit is not None and patient.unit.unit_id == request.unit_id:
        return None
    return stop("other-unit", unit_id=request.unit_id)


@rule(
    id="unit-closed",
    asks="Is the unit closed today?",
    source="UK-09 closed days; unit calendar",
    only="irregular",
)
def unit_closed(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    if patient.unit is None or request.on not in patient.unit.closed_on:
        return None
    return stop("other-unit", lifted_by="doctor", today_on=request.on)


@rule(
    id="unit-not-licensed",
    asks="Is the unit licensed for this preparation?",
    source="DK-30 diacetylmorphine, DK-35 injectable methadone: approved places only",
)
def unit_not_licensed(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    if patient.unit is None or patient.prescription is None:
        return None
    ordered = _licence_for(patient.prescription.product)
    if ordered is None or ordered in patient.unit.licences:
        return None
    return stop("other-unit", licence=ordered)


def _licence_for(product: Product) -> str | None:
    if product.substance == "diacetylmorphine":
        return "diacetylmorphine"
    if product.substance == "methadone" and (
        product.route != "oral" or product.form == "injection"
    ):
        return "methadone_injection"
    return None
