"""Can what is recorded be true at all?"""

from dosing_rules.facts import Patient, Request
from dosing_rules.rule import Objection, rule, stop
from dosing_rules.rulebook import RuleBook


@rule(
    id="record-impossible",
    asks="Does the record hold anything that cannot be true?",
    source="A lost or garbled fact must never open the cabinet",
    only="irregular",
)
def record_impossible(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    if patient.impossible is None:
        return None
    return stop("doctor-decision", lifted_by="doctor", fact=patient.impossible)
