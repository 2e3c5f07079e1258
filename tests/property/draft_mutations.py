"""One fact of a draft, or of the person it is for, lost or garbled: every fact, every way.

*Lost* and *garbled* mean what they mean in ``tests.property.mutations``. Left out, each for its
reason:

- ``change.at`` and ``change.on`` are the database's clock;
- ``new`` lost is no order, ``sedative`` lost is none written: another question was asked;
- ``new.valid_to`` lost stops, ``new.weekday_ug`` lost is an order for the same dose every day, and
  so is a part lost from the order in force: what is *ordered* is looked up, not remembered;
- ``withdrawal_cows`` is a reading: not taken it is asked for, garbled it stops;
- an order is one for the night or is not; the order beside it is looked up as well;
- no order in force is an answer; a garbled order in force stops by what cannot be true;
- a medicine without the day it stopped is still taken: an answer;
- ``medicines`` and ``health`` lost are asked with the book's switch on, as at the counter.
"""

import random
from collections.abc import Iterator
from typing import Any

from tests.property.mutations import (
    DEPOT,
    HEALTH,
    MEDICINE,
    NO_DAYS,
    NO_MOMENTS,
    PATIENT,
    PRODUCT,
    Path,
    changed_at,
)

Plain = dict[str, Any]
_YES_NO = (None,)
_WORD = ("", "?")
_COUNT = (None, -1)

CHANGE: dict[str, tuple[Any, ...]] = {
    "prescriber": (None,),
    "replaces": _YES_NO,
    "reason_not_buprenorphine": _YES_NO,
    "low_tolerance": _YES_NO,
    "withdrawal_cows": (-1, 49, 10_000),
    "preparation": (None, *_WORD),
    "previous_preparation": (None, *_WORD),
    "dose_found_by": (None, *_WORD),
    "depot_test_at": (None, *NO_MOMENTS),
    "depot_test_ug": (None, -1, -4000),
    "agreed_with_patient": _YES_NO,
    "night_dose": _YES_NO,
    "driving_told": _YES_NO,
    "on_medication_card": _YES_NO,
    "stops_lifted": (None,),
    "orders_dropped": (None,),
}
NEW: dict[str, tuple[Any, ...]] = {
    "daily_ug": (0, -1, -80_000),
    "parts_ug": ([], [-1], [0]),
    "valid_from": NO_DAYS,
    "valid_to": (None, *NO_DAYS),
    "weekday_ug": ([], [-1, 0, 0, 0, 0, 0, 0]),
    "high_dose_reason": _YES_NO,
    "depot_interval_days": (None, 0, -7, 10_000),
}
PRESCRIBER: dict[str, tuple[Any, ...]] = {
    "entitled": _YES_NO,
    "specialist": _YES_NO,
    "approved_for": ([], ["?"]),
}
SEDATIVE: dict[str, tuple[Any, ...]] = {
    "from_ug": (None, -1, -80_000),
    "to_ug": (-1, -80_000),
    "taken_days": (*_COUNT, 10**6),
    "last_step_on": (None, *NO_DAYS),
    "purpose": (None, *_WORD),
    "planned_days": (*_COUNT, 10_000),
    "others": _COUNT,
    "plan": _WORD,
    "plan_on": (None, *NO_DAYS),
    "steps": (None,),
    "original_ug": (None, -1),
}
# What the person's facts are to a prescriber; the others are read at the counter only.
READ = (
    *("unit", "last_swallowed_at", "last_swallowed_ug", "last_covered_on", "first_dose_on"),
    *("steps", "sedatives", "ecg_on", "qtc_ms", "pregnant", "new_to_treatment"),
    *("last_swallowed_on", "last_swallowed_substance", "medicines", "health", "last_depot"),
)
STEP: dict[str, tuple[Any, ...]] = {"on": NO_DAYS, "from_ug": (-1,), "to_ug": (-1, -80_000)}
IN_FORCE: dict[str, tuple[Any, ...]] = {
    "valid_from": NO_DAYS,
    "valid_to": (None, *NO_DAYS),
    "depot_interval_days": (None, 0, -7, 10_000),
}
UNIT: dict[str, tuple[Any, ...]] = {"licences": ([], ["?"])}
SEDATIVES: dict[str, tuple[Any, ...]] = {
    "diazepam_low_ug": (-1, 10**9),
    "diazepam_high_ug": (-1, -80_000),
    "plan_on": NO_DAYS,
}

PLACES: dict[str, tuple[Path, dict[str, tuple[Any, ...]]]] = {
    "change": (("change",), CHANGE),
    "new": (("change", "new"), NEW),
    "new.product": (("change", "new", "product"), PRODUCT),
    "prescriber": (("change", "prescriber"), PRESCRIBER),
    "sedative": (("change", "sedative"), SEDATIVE),
    "sedative.step": (("change", "sedative", "steps", "*"), STEP),
    "patient": (("patient",), {name: PATIENT[name] for name in READ}),
    "in force": (("patient", "prescription"), IN_FORCE),
    "last_depot": (("patient", "last_depot"), DEPOT),
    "unit": (("patient", "unit"), UNIT),
    "step": (("patient", "steps", "*"), STEP),
    "sedatives": (("patient", "sedatives"), SEDATIVES),
    "medicine": (("patient", "medicines", "*"), MEDICINE),
    "health": (("patient", "health"), HEALTH),
}
FACTS: dict[str, tuple[Path, str, tuple[Any, ...]]] = {
    f"{place}.{name}": (path, name, values)
    for place, (path, names) in PLACES.items()
    for name, values in names.items()
}
# Rare ones first, so that they are not drowned by what every draft has.
_RARE = ("last_depot", "sedative", "step", "medicine", "health", "sedatives")
_FIRST = [
    fact
    for fact in sorted(FACTS)
    if fact.split(".")[0] in _RARE
    or fact in ("new.weekday_ug", "new.depot_interval_days", "in force.depot_interval_days")
    or fact in ("new.high_dose_reason", "change.depot_test_at", "change.depot_test_ug")
    or fact in ("change.preparation", "change.previous_preparation", "patient.new_to_treatment")
]
_THEN = sorted(set(FACTS) - set(_FIRST))


def walk(rng: random.Random, everything: Plain, most: int) -> Iterator[tuple[str, Plain]]:
    """Up to so many mutated copies of one draft, each with another fact changed."""
    for fact in rng.sample(_FIRST, len(_FIRST)) + rng.sample(_THEN, len(_THEN)):
        if most == 0:
            return
        path, name, values = FACTS[fact]
        value = rng.choice(values)
        changed = changed_at(everything, path, name, value, rng)
        if changed is not None:
            most -= 1
            yield fact, changed
