"""Oral methadone for the night as it is ordered beside injections, and nothing else beside them."""

from dosing_rules.change import Change
from dosing_rules.facts import Patient
from dosing_rules.rule import Objection, ask_prescriber, rule, stop
from dosing_rules.rulebook import RuleBook


@rule(
    id="night-order-not-methadone",
    asks="Is what is ordered for the night methadone by mouth, once a day?",
    source="DK-31, CA-14: oral methadone for the night beside injections",
)
def night_order_not_methadone(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    new = change.new
    if new is None or not new.night or new.is_night_methadone():
        return None
    return stop(
        "correct-order",
        ordered_substance=new.product.substance,
        ordered_form=new.product.form,
        ordered_parts=len(new.parts_ug),
    )


@rule(
    id="night-order-alone",
    asks="Is there an order of injections in force that the order for the night belongs to?",
    source="DK-31, CA-14; CT-02: of two opioids only these two go together",
)
def night_order_alone(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    new = change.new
    if new is None or not new.night:
        return None
    main = patient.beside.prescription if patient.beside is not None else None
    substance = main.product.substance if main is not None else None
    if main is not None and substance == "diacetylmorphine":
        begins_on = max(new.valid_from, change.on)
        if main.holds_on(begins_on, begins_on):
            return None
    return stop(
        "correct-order",
        other_substance=substance,
        valid_to_on=main.valid_to if main is not None else None,
    )


@rule(
    id="order-beside-night-dose",
    asks="Does an order for the night go on beside another medicine than injections?",
    source="CT-02; DK-31: methadone for the night goes with injections only, and ends before them",
)
def order_beside_night_dose(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    new, beside = change.new, patient.beside
    if new is None or new.night or new.product.substance == "diacetylmorphine":
        return None
    night = beside.prescription if beside is not None else None
    if night is None or (night.valid_to is not None and night.valid_to < new.valid_from):
        return None
    return stop("correct-order", ends_on=night.valid_to, begins_on=new.valid_from)


@rule(
    id="heroin-without-night-dose",
    asks="Is there something by mouth for the night beside injections?",
    source="DK-31, CA-14",
)
def heroin_without_night_dose(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    new = change.new
    if new is None or new.product.substance != "diacetylmorphine" or change.night_dose is True:
        return None
    night = patient.beside.prescription if patient.beside is not None else None
    if night is not None and night.night and night.holds_on(new.valid_from, new.valid_from):
        return None
    return ask_prescriber(night_dose=change.night_dose)
