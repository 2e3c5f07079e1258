"""Pregnancy: the dose is not cut because of it."""

from dosing_rules.facts import Patient, Request
from dosing_rules.rule import Objection, confirm, doctor, rule
from dosing_rules.rulebook import RuleBook
from dosing_rules.rules.amount import first_below


@rule(
    id="pregnant",
    asks="Is the person pregnant, or is it not recorded?",
    source="CT-15",
    only="watched",
)
def pregnant(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    if patient.pregnant is False:
        return None
    return confirm(pregnant=patient.pregnant)


@rule(
    id="pregnant-and-reduced",
    asks="Is the dose of a pregnant person lower than before or than ordered?",
    source="CT-15 no cut because of pregnancy; a doctor at any change",
    only="watched",
)
def pregnant_and_reduced(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    if patient.pregnant is False or patient.prescription is None:
        return None
    order = patient.prescription
    below = first_below(order, request, patient)
    if below is not None:
        asked_ug, ordered_ug, _ = below
        return doctor(pregnant=patient.pregnant, asked_ug=asked_ug, ordered_ug=ordered_ug)
    if patient.steps is None:
        return doctor(pregnant=patient.pregnant, asked_ug=None, ordered_ug=None)
    for step in patient.steps:
        recent = (
            request.on - step.on
        ).days <= book.pregnancy_step_days and step.on <= request.last_day
        if recent and step.to_ug < step.from_ug:
            return doctor(
                limits=("pregnancy_step_days",),
                pregnant=patient.pregnant,
                asked_ug=step.to_ug,
                ordered_ug=step.from_ug,
            )
    return None
