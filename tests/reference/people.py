"""A random person and request by number: the same number is the same person, always."""

import random
from typing import Any

from tests.reference import changes as c
from tests.reference import histories as h
from tests.reference import recorded as r
from tests.reference.bases import KINDS, a_day, order_of, patient_of, request_of
from tests.reference.changes import CHANGES
from tests.reference.nights import NIGHTS

Plain = dict[str, Any]
HOW_MANY = (0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 8, 12)
_NAMES = tuple(KINDS)
# What matters most for a kind of treatment is moved most often.
_FITTING = {
    "once a day": (
        r.raised,
        r.heart_medicines,
        r.losses,
        h.steps,
        h.steps,
        h.last_amount,
        h.indkald,
        h.heart,
    ),
    "strong mixture": (r.medicine_that_ended, r.slowed_breathing, r.urine, h.pregnant),
    "tablets": (r.medicine_that_ended, h.pregnant, h.steps, h.being_set, h.being_set),
    "first day": (h.being_set,),
    "injection": (h.being_set,),
    "split": (h.since_last, c.extra_allowed, c.parts_asked),
    "uneven split": (h.since_last, h.last_amount, c.day_nearly_full),
    "week at home": (
        r.home_safety,
        r.long_supply,
        h.not_today,
        h.arranged,
        h.arranged_ahead,
        h.arranged_ahead,
        h.excepted,
        h.closed_ahead,
        h.indkald,
        h.indkald_due,
    ),
    "days that differ": (h.steps, c.weekdays, c.a_day_at_most),
    "under the tongue": (
        r.withdrawal,
        r.withdrawal,
        h.last_depot,
        h.since_last,
        h.last_substance,
        h.restarted,
        h.restarted,
        h.restarted,
        c.dose_at_a_cap,
    ),
    "first day under the tongue": (c.dose_at_a_cap, h.first_dose),
    "thrice weekly": (c.a_day_at_most, h.arranged, h.since_last),
    "heroin": (
        r.session,
        r.session,
        h.since_last,
        h.since_last,
        c.day_nearly_full,
        c.dose_at_a_cap,
        h.covered,
    ),
    "injections and a night dose": NIGHTS,
    "night dose": NIGHTS,
    "weekly depot": (h.injection_due, h.injection_due, h.last_depot, c.depot_interval),
    "monthly depot": (h.injection_due, h.last_depot),
}
_GONE = ("prescription", "arrangement", "unit", "claims", "first_dose_on", "planned_pickup_on")


def person(number: int) -> tuple[Plain, Plain]:
    """Request and patient as plain facts: an ordinary person, a few things moved to a boundary."""
    rng = random.Random(number)
    today = a_day(rng)
    kind = _NAMES[number % len(_NAMES)]
    order = order_of(kind, today)
    request, patient = request_of(kind, order, today, rng), patient_of(kind, order, today)
    changes = rng.choices(CHANGES, k=rng.choice(HOW_MANY))
    if kind in _FITTING and rng.random() < 0.5:
        changes.append(rng.choice(_FITTING[kind]))
    for change in changes:
        change(rng, request, patient)
    if rng.random() < 0.06:
        patient[rng.choice(_GONE)] = None
    elif rng.random() < 0.06:
        patient[rng.choice(tuple(patient))] = None
    return request, patient
