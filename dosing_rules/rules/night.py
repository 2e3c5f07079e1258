"""Oral methadone for the night beside injections by day: the only two orders that go together."""

from dosing_rules.facts import Patient, Request
from dosing_rules.ordered import of_the_night
from dosing_rules.rule import Objection, rule, stop
from dosing_rules.rulebook import RuleBook


@rule(
    id="night-dose-not-methadone",
    asks="Is the dose for the night methadone by mouth, once a day?",
    source="DK-31, CA-14: oral methadone for the night beside injections",
    only="night",
)
def night_dose_not_methadone(
    request: Request, patient: Patient, book: RuleBook
) -> Objection | None:
    order = patient.prescription
    if order is None or not order.night or order.is_night_methadone():
        return None
    return stop(
        "new-prescription",
        ordered_substance=order.product.substance,
        ordered_form=order.product.form,
        ordered_parts=len(order.parts_ug),
    )


@rule(
    id="night-dose-alone",
    asks="Is there an order of injections in force that the night dose belongs to?",
    source="DK-31, CA-14; a night dose is never the whole treatment unless a doctor says so",
    only="night",
)
def night_dose_alone(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order, beside = patient.prescription, patient.beside
    if order is None or not order.night:
        return None
    main = beside.prescription if beside is not None else None
    if main is not None and main.holds_on(request.on, max(request.on, request.last_day)):
        return None  # of which substance is the next question
    valid_to = main.valid_to if main is not None else None
    return stop("doctor-decision", lifted_by="doctor", valid_to_on=valid_to)


@rule(
    id="night-dose-beside-other",
    asks="Is another opioid than the day's injections ordered, or had, beside the night dose?",
    source="CT-02, CT-12; DK-31: no other two opioids go together, and methadone never twice",
    only="night",
)
def night_dose_beside_other(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order = patient.prescription
    if order is None or not request.doses:
        return None
    if not order.night:
        return _beside_own_order(request, patient)
    if patient.beside is None:
        return stop("new-prescription", other_substance=None, for_on=None)
    main = patient.beside.prescription
    substance = main.product.substance if main is not None else None
    if substance not in (None, "diacetylmorphine"):
        return stop("new-prescription", other_substance=substance, for_on=None)
    for claim in patient.claims or ():
        # Injections never go home: what is at home for such a day is something else.
        home = claim.how == "take_home" and not of_the_night(claim.part)
        if home and claim.for_on in request.asked_by_day:
            return stop("already-has-it", other_substance=None, for_on=claim.for_on)
    if patient.beside.had_on in request.asked_by_day:
        had = patient.beside.had_substance
        if had != "diacetylmorphine":
            return stop("already-has-it", other_substance=had, for_on=patient.beside.had_on)
    return None


def _beside_own_order(request: Request, patient: Patient) -> Objection | None:
    """Of any other main order, no day may hold a dose for the night as well."""
    order = patient.prescription
    if order is None or order.product.substance == "diacetylmorphine":
        return None
    for claim in patient.claims or ():
        if of_the_night(claim.part) and claim.for_on in request.asked_by_day:
            return stop("already-has-it", other_substance="methadone", for_on=claim.for_on)
    return None
