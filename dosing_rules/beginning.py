"""Where a course begins: the first dose ever, after too long without, or of another substance."""

from datetime import date

from dosing_rules.facts import Patient


def is_known_change(patient: Patient) -> bool:
    """Whether the last dose swallowed here is known to be of another substance than the order's."""
    order, last = patient.prescription, patient.last_swallowed_substance
    return order is not None and last is not None and last != order.product.substance


def may_be_change(patient: Patient) -> bool:
    """The same, or a dose was swallowed and nobody recorded of what: tolerance is not shown."""
    order, last = patient.prescription, patient.last_swallowed_substance
    if order is None:
        return False
    if last is None:
        return patient.last_swallowed_at is not None or patient.last_swallowed_ug is not None
    return last != order.product.substance


def last_dose_at_home(patient: Patient, until: date) -> bool:
    """Whether a dose was, or may have been, had at home after the last one swallowed here.

    For a later day, or a part of that day that went home: nobody knows at which hour.
    """
    swallowed_on, covered_on = patient.last_swallowed_on, patient.last_covered_on
    if patient.claims is None or swallowed_on is None or covered_on is None:
        return True
    return covered_on > swallowed_on or any(
        [
            claim.how == "take_home"
            and claim.state == "given"
            and swallowed_on <= claim.for_on <= until
            for claim in patient.claims
        ]
    )
