"""What is as on any ordinary day, found at once: then a dozen rules need not be asked one by one.

Each rule still asks for itself; that it objects to nothing regular is shown by a test.
"""

from dosing_rules.facts import Patient, Prescription, Request


def is_regular(request: Request, patient: Patient, order: Prescription) -> bool:
    """Whether record, place, order and request are what they are on any ordinary day.

    The record can be true; this unit is open, known and holds the right; the order is the one that
    was shown, adds up and holds on every day asked for; each dose is one that can be asked for.
    """
    unit = patient.unit
    return (
        patient.impossible is None
        and unit is not None
        and unit.unit_id == request.unit_id
        and patient.right_holder_unit_id == request.unit_id
        and request.on not in unit.closed_on
        and request.prescription_id == order.prescription_id
        and request.prescription_version == order.version
        and order.valid_from <= request.first_day
        and order.valid_to is not None
        and order.valid_to >= request.last_day
        and order.product.strength_ug > 0
        and sum(order.parts_ug) == order.daily_ug
        and _doses_regular(request)
    )


def _doses_regular(request: Request) -> bool:
    """Whether there are doses, one for each day, swallowed here today or carried home ahead."""
    if not request.doses or len(request.asked_by_day) != len(request.doses):
        return False
    for dose in request.weighed:
        if dose.amount_ug <= 0 or dose.how not in ("supervised", "take_home"):
            return False
    for dose in request.supervised:
        if dose.for_on != request.on:
            return False
    return request.first_day >= request.on
