"""A random person and request by number: the same number is the same person, always."""

import random
from typing import Any

from tests.reference import histories  # registers its changes
from tests.reference.bases import KINDS, a_day, order_of, patient_of, request_of
from tests.reference.changes import CHANGES

Plain = dict[str, Any]
HOW_MANY = (0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 8, 12)
_NAMES = tuple(KINDS)
_GONE = ("prescription", "arrangement", "unit", "claims", "first_dose_on", "planned_pickup_on")

assert histories


def person(number: int) -> tuple[Plain, Plain]:
    """Request and patient as plain facts: an ordinary person, a few things moved to a boundary."""
    rng = random.Random(number)
    today = a_day(rng)
    kind = _NAMES[number % len(_NAMES)]
    order = order_of(kind, today)
    request, patient = request_of(kind, order, today, rng), patient_of(kind, order, today)
    for change in rng.choices(CHANGES, k=rng.choice(HOW_MANY)):
        change(rng, request, patient)
    if rng.random() < 0.06:
        patient[rng.choice(_GONE)] = None
    elif rng.random() < 0.06:
        patient[rng.choice(tuple(patient))] = None
    return request, patient
