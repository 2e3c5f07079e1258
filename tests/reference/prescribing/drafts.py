"""A random draft and person by number: the same number is the same draft, always."""

import random
from typing import Any

from tests.reference import histories as h
from tests.reference import recorded as r
from tests.reference.bases import (
    BUPRENORPHINE,
    DEPOT,
    INJECTION,
    KINDS,
    METHADONE,
    a_day,
    order_of,
    patient_of,
    product,
    request_of,
)
from tests.reference.changes import CHANGES
from tests.reference.days import months_later
from tests.reference.prescribing import moves as m
from tests.reference.prescribing import moves_switching as s
from tests.reference.prescribing.moves import MOVES
from tests.reference.prescribing.moves_night import NIGHT_MOVES

Plain = dict[str, Any]
HOW_MANY = (0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 9)
# What may be otherwise about the person, as for the counter.
PERSONS = (
    *(h.last_substance, h.covered, h.first_dose, h.new_or_not, h.steps, h.heart, h.pregnant),
    *(h.since_last, h.last_amount, h.sedatives),
    *(r.medicines, r.medicine_that_ended, r.heart_medicines, r.slowed_breathing, r.health),
    *(h.arranged_ahead,),
)
# Kind of draft: kind of person, what is written instead (product, mg, interval), what fits it.
DRAFTS: dict[str, tuple[str, Any, tuple[Any, ...]]] = {
    **{f"renewal, {kind}": (kind, None, (m.near_before, m.near_before, m.steps)) for kind in KINDS},
    "renewal again": ("once a day", None, (m.near_before, m.steps, m.heart, m.ordered_days)),
    "renewal in parts": ("split", None, (m.near_before, m.parts, m.one_of_the_order)),
    "renewal step by step": ("strong mixture", None, (m.steps,)),
    "renewal in steps down": ("tablets", None, (m.steps, m.near_before)),
    "renewal of the heart": ("strong mixture", None, (m.heart,)),
    "renewal of tablets": ("under the tongue", None, (s.preparations, s.high_tablets)),
    "renewal of a depot": ("weekly depot", None, (s.depot_over,)),
    "renewal of a monthly depot": ("monthly depot", None, (s.depot_over,)),
    "renewal of heroin": ("heroin", None, (s.heroin,)),
    "renewal of more heroin": ("heroin", None, (s.heroin,)),
    "start": ("first day", None, (m.near_first_day, m.breathing, m.told, m.tolerance)),
    "start beside sedatives": ("first day", None, (s.first_day_with_sedatives,)),
    "start under the tongue": ("first day under the tongue", None, (m.near_first_day,)),
    "start of a depot": ("first day under the tongue", (DEPOT, 16, 7), (s.test_dose, s.depot)),
    "to buprenorphine": (
        "once a day",
        (BUPRENORPHINE, 8, None),
        (s.switched, s.withdrawal, m.near_first_day),
    ),
    "to methadone": ("under the tongue", (METHADONE, 20, None), (s.switched, m.near_first_day)),
    "to a depot": ("under the tongue", (DEPOT, 24, 7), (s.depot_table, s.depot_table, s.depot)),
    "to a fitting depot": ("under the tongue", (DEPOT, 24, 7), (s.depot_table,)),
    "to the next depot": ("under the tongue", (DEPOT, 24, 7), (s.depot_table,)),
    "from a depot": ("weekly depot", (BUPRENORPHINE, 8, None), (m.near_first_day, m.without_for)),
    "to another depot": ("weekly depot", (DEPOT, 96, 28), (s.depot, m.without_for)),
    "by vein": ("once a day", (INJECTION, 70, None), (s.same_dose, m.licences)),
    "sedative": ("once a day", None, (s.sedative, s.sedative, s.sedative)),
    "another sedative": ("strong mixture", None, (s.sedative, s.sedative)),
    "the night dose": ("night dose", (METHADONE, 60, None), NIGHT_MOVES),
    "a first night dose": ("heroin", (METHADONE, 30, None), NIGHT_MOVES),
    "injections beside a night dose": ("injections and a night dose", None, NIGHT_MOVES),
    "instead of injections": ("night dose", (METHADONE, 60, None), NIGHT_MOVES),
}
_NAMES = tuple(DRAFTS)
_GONE = ("prescription", "unit", "last_covered_on", "steps", "first_dose_on", "medicines")


def _written(kind: str, order: Plain, today: str, instead: Any) -> Plain:
    new = {**order, "product": dict(order["product"]), "parts_ug": list(order["parts_ug"])}
    new |= {"prescription_id": 8, "version": 1, "valid_from": today}
    new["valid_to"] = months_later(today, 5)
    if instead is not None:
        words, mg, interval = instead
        amount = {"daily_ug": mg * 1000, "parts_ug": [mg * 1000], "weekday_ug": None}
        new |= amount | {"product": product(words), "depot_interval_days": interval}
    return new


def draft(number: int) -> tuple[Plain, Plain]:
    """Draft and person as plain facts: an ordinary one, a few things moved to a boundary."""
    rng = random.Random(number)
    today, name = a_day(rng), _NAMES[number % len(_NAMES)]
    kind, instead, fitting = DRAFTS[name]
    order = order_of(kind, today)
    request, patient = request_of(kind, order, today, rng), patient_of(kind, order, today)
    patient["medicines"] = []
    change = {
        **{"at": request["at"], "on": today, "new": _written(kind, order, today, instead)},
        "prescriber": {
            "entitled": True,
            "specialist": True,
            "approved_for": ["diacetylmorphine", "methadone_injection"],
        },
        **{"replaces": True, "reason_not_buprenorphine": True, "low_tolerance": False},
        **{"withdrawal_cows": 10, "preparation": None, "previous_preparation": None},
        **{"dose_found_by": "clinical", "depot_test_at": None, "depot_test_ug": None},
        **{
            "agreed_with_patient": True,
            "night_dose": True,
            "driving_told": True,
            "on_medication_card": True,
        },
        **{"sedative": None, "stops_lifted": [], "orders_dropped": []},
    }
    if "sedative" in name:
        change |= {"sedative": m.taper(today), "new": None}
    moved = rng.choice(HOW_MANY)
    for _ in range(rng.randint(0, moved)):
        rng.choice(PERSONS if rng.random() < 0.7 else CHANGES)(rng, request, patient)
    if name.startswith("start"):
        patient["prescription"] = None
    if name in ("the night dose", "a first night dose"):
        change["new"]["night"] = True
    for _ in range(rng.randint(0, moved)):
        rng.choice(MOVES)(rng, change, patient)
    if rng.random() < 0.75:
        rng.choice(fitting)(rng, change, patient)
    if rng.random() < 0.05:
        patient[rng.choice(_GONE)] = None
    elif rng.random() < 0.05:
        patient[rng.choice(tuple(patient))] = None
    elif rng.random() < 0.05:
        change[rng.choice([one for one in change if one not in ("at", "on", "new")])] = None
    return change, patient
