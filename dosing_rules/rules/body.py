"""Kidneys and lungs, as far as they are recorded."""

from dosing_rules.facts import Patient, Request
from dosing_rules.recorded import NO_HEALTH, counted
from dosing_rules.rule import Objection, confirm, doctor, rule
from dosing_rules.rulebook import RuleBook


@rule(
    id="weak-kidneys",
    asks="Do the kidneys clear methadone slowly?",
    source="DK-21",
    only="more",
)
def weak_kidneys(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order = patient.prescription
    health = counted(patient.health, NO_HEALTH, book.requires_health)
    if order is None or order.product.substance != "methadone" or health is None:
        return None
    filtration = health.filtration_ml_per_minute
    if filtration is not None and filtration > book.renal_confirm_ml_per_minute:
        return None
    severe = filtration is None or filtration < book.renal_severe_ml_per_minute
    limit = "renal_severe_ml_per_minute" if severe else "renal_confirm_ml_per_minute"
    return confirm(limits=(limit,), filtration_ml_per_minute=filtration)


@rule(
    id="breathing-disease",
    asks="Does the person have a severe disease of the breathing?",
    source="CA-11",
    only="more",
)
def breathing_disease(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    health = counted(patient.health, NO_HEALTH, book.requires_health)
    if health is None or health.breathing_disease is False:
        return None
    return doctor(breathing_disease=health.breathing_disease)
