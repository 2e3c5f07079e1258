"""One fact of a person lost or garbled: every fact, every way.

*Lost* is ``None``, or for lists that say what was found (identifiers, licences, doses) nothing.
*Garbled* is a value of the right type that cannot be true: a day or moment of the year 1, 1900,
1970 or 9999; less than nothing, and nothing where something must be; more than a year where days
are counted in weeks; a word nobody uses; a weekday there is not.

Not garbled is a possible but wrong value, such as another amount: nobody can tell. Left out, each
for its reason:

- ``request.at`` and ``request.on`` are the database's clock, not facts about anybody;
- ``unit.closed_on``, empty lists of claims, steps and vomits, ``NO_INDKALD``, ``NO_MEASURE``
  and ``NO_DEPOT`` say "looked up, and none"; the whole fact lost is ``None`` and is here;
- a reading not taken (sedation, breathing, alcohol, oxygen, pupils, withdrawal) leaves the word to
  ``affected``: readings are garbled here, not lost;
- a weekly pattern lost is an order for the same dose every day, except where the arrangement
  lives from it (thrice weekly);
- lists of weekdays without an entry say "no such day";
- an order is one for the night or is not, and ``Line(None)`` says that there is none beside;
- somebody recorded as new to treatment who has a history is a contradiction, and is left out;
- a medicine without the day it stopped is still taken, and an empty list of medicines or losses
  says "looked up, and none": answers both;
- what few services keep yet (medicines, health, home, session, losses) may be missing by a switch
  of the book: lost, it is asked with the switch on (``SWITCHES``).
"""

import random
from collections.abc import Callable, Iterator
from typing import Any

Plain = dict[str, Any]
Path = tuple[str | int, ...]

NO_DAYS: tuple[Any, ...] = ("0001-01-01", "1900-01-01", "1970-01-01", "9999-12-31")
NO_MOMENTS = tuple(f"{day}T00:00:00" for day in NO_DAYS)
_DAY = (None, *NO_DAYS)
_WORD = ("", "?")
_YES_NO = (None,)
_AMOUNT = (None, -1, -80_000)

PATIENT: dict[str, tuple[Any, ...]] = {
    "prescription": (None,),
    "unit": (None,),
    "claims": (None,),
    "right_holder_unit_id": (None, 0, -1),
    "last_swallowed_at": (None, *NO_MOMENTS),
    "last_swallowed_ug": _AMOUNT,
    "last_covered_on": _DAY,
    "planned_pickup_on": _DAY,
    "first_dose_on": _DAY,
    "steps": (None,),
    "arrangement": (None,),
    "indkald": (None,),
    "indkald_due_on": _DAY,
    "sedatives": (None,),
    "vomits": (None,),
    "ecg_on": _DAY,
    "qtc_ms": (None, 0, -1, 1, 199, 10_000),
    "pregnant": _YES_NO,
    "diversion_supervised_until_on": (None, *NO_DAYS[1:]),
    "reviewed_on": _DAY,
    "new_to_treatment": _YES_NO,
    "extra_ug_allowed_today": _AMOUNT,
    "last_swallowed_on": _DAY,
    "last_swallowed_substance": (None, *_WORD),
    "urine_on": _DAY,
    "naloxone_on": _DAY,
    "medicines": (None,),
    "home_safety": (None,),
    "health": (None,),
    "session": (None,),
    "losses": (None,),
    "last_depot": (None,),
    "beside": (None,),
    "arranged_ahead": (None,),
}
PRESCRIPTION: dict[str, tuple[Any, ...]] = {
    "prescription_id": (0, -1),
    "version": (0, -1),
    "daily_ug": (0, -1, -80_000),
    "parts_ug": ([], [-1]),
    "valid_from": NO_DAYS,
    "valid_to": _DAY,
    "weekday_ug": (None, [], [-1, 0, 0, 0, 0, 0, 0]),
    "high_dose_reason": _YES_NO,
    "depot_interval_days": (None, 0, -7, 10_000),
}
# Of the other order only what a possible one could not be; which it is, is asked by its own tables.
BESIDE_ORDER: dict[str, tuple[Any, ...]] = {
    "valid_from": NO_DAYS,
    "valid_to": _DAY,
    "weekday_ug": ([], [-1, 0, 0, 0, 0, 0, 0]),
    "depot_interval_days": (10_000,),
}
PRODUCT: dict[str, tuple[Any, ...]] = {
    "code": _WORD,
    "substance": _WORD,
    "form": _WORD,
    "route": _WORD,
    "strength_ug": (0, -1),
    "per": _WORD,
}
ARRANGEMENT: dict[str, tuple[Any, ...]] = {
    "self_administration": _YES_NO,
    "supervised_weekdays": (None, [0], [8], [2, 9]),
    "pickup_weekdays": (None, [0], [8], [2, 9]),
    "take_home_days": (None, -1, 10_000),
    "thrice_weekly": _YES_NO,
    "exception": (None,),
}
AHEAD: dict[str, tuple[Any, ...]] = {"from_on": NO_DAYS}
EXCEPTION: dict[str, tuple[Any, ...]] = {
    "days": (-1, 10_000),
    "from_on": NO_DAYS,
    "until_on": NO_DAYS,
}
UNIT: dict[str, tuple[Any, ...]] = {"unit_id": (0, -1), "licences": ([], ["?"])}
CLAIM: dict[str, tuple[Any, ...]] = {
    "for_on": NO_DAYS,
    "part": (0, -1),
    "amount_ug": (0, -1, -80_000),
    "how": _WORD,
    "state": _WORD,
    "unit_id": (0, -1),
    "at": NO_MOMENTS,
}
STEP: dict[str, tuple[Any, ...]] = {"on": NO_DAYS, "from_ug": (-1,), "to_ug": (-1, -80_000)}
VOMIT: dict[str, tuple[Any, ...]] = {
    "at": NO_MOMENTS,
    "minutes_after": (-1, 10_000),
    "witnessed": (False,),
}
INDKALD: dict[str, tuple[Any, ...]] = {
    "days": tuple([day] for day in NO_DAYS),
    "completed": ([], *([day] for day in NO_DAYS)),
}
SEDATIVES: dict[str, tuple[Any, ...]] = {
    "diazepam_low_ug": (-1, 10**9),
    "diazepam_high_ug": (-1, -80_000),
    "plan": _WORD,
    "plan_on": _DAY,
}
MEDICINE: dict[str, tuple[Any, ...]] = {
    "atc": _WORD,
    "started_on": (None, *NO_DAYS),
    "stopped_on": NO_DAYS,
}
HEALTH: dict[str, tuple[Any, ...]] = {
    "filtration_ml_per_minute": (None, -1, 10_000),
    "breathing_disease": _YES_NO,
    "drinks_daily": _YES_NO,
}
HOME: dict[str, tuple[Any, ...]] = {"naloxone_kit": _YES_NO, "locked_box": _YES_NO}
SESSION: dict[str, tuple[Any, ...]] = {
    "failed_attempts": (None, -1),
    "last_attempt_at": (None, *NO_MOMENTS),
    "assessed_after": _YES_NO,
}
DEPOT: dict[str, tuple[Any, ...]] = {"on": NO_DAYS, "interval_days": (None, 0, -7, 10_000)}
BESIDE: dict[str, tuple[Any, ...]] = {
    "had_ug": _AMOUNT,
    "had_on": NO_DAYS,
    "had_substance": _WORD,
    "last_covered_on": NO_DAYS,
    "planned_pickup_on": NO_DAYS,
    "first_dose_on": _DAY,
    "steps": (None,),
    "losses": (None,),
}
LOSS: dict[str, tuple[Any, ...]] = {"for_on": NO_DAYS, "verified": _YES_NO}
REQUEST: dict[str, tuple[Any, ...]] = {
    "unit_id": (0, -1),
    "doses": ([],),
    "product": (None,),
    "prescription_id": (None, -1),
    "prescription_version": (None, -1),
    "identifiers": ([], ["?"], ["?", ""]),
}
OBSERVED: dict[str, tuple[Any, ...]] = {
    "affected": _YES_NO,
    "declined": _YES_NO,
    "sedation_poss": (-1, 99),
    "breaths_per_minute": (-1, 10_000),
    "alcohol_permille_milli": (-1, 10**9),
    "oxygen_percent": (-1, 101, 10_000),
    "withdrawal_cows": (-1, 49, 10_000),
}
DOSE: dict[str, tuple[Any, ...]] = {
    "for_on": NO_DAYS,
    "part": (0, -1),
    "amount_ug": (0, -1, -80_000),
    "how": _WORD,
}

PLACES: dict[str, tuple[Path, dict[str, tuple[Any, ...]]]] = {
    "patient": (("patient",), PATIENT),
    "prescription": (("patient", "prescription"), PRESCRIPTION),
    "prescription.product": (("patient", "prescription", "product"), PRODUCT),
    "arrangement": (("patient", "arrangement"), ARRANGEMENT),
    "exception": (("patient", "arrangement", "exception"), EXCEPTION),
    "ahead": (("patient", "arranged_ahead", "*"), AHEAD),
    "ahead.arrangement": (("patient", "arranged_ahead", "*", "arrangement"), ARRANGEMENT),
    "unit": (("patient", "unit"), UNIT),
    "claim": (("patient", "claims", "*"), CLAIM),
    "step": (("patient", "steps", "*"), STEP),
    "vomit": (("patient", "vomits", "*"), VOMIT),
    "indkald": (("patient", "indkald"), INDKALD),
    "sedatives": (("patient", "sedatives"), SEDATIVES),
    "medicine": (("patient", "medicines", "*"), MEDICINE),
    "health": (("patient", "health"), HEALTH),
    "home_safety": (("patient", "home_safety"), HOME),
    "session": (("patient", "session"), SESSION),
    "loss": (("patient", "losses", "*"), LOSS),
    "last_depot": (("patient", "last_depot"), DEPOT),
    "beside": (("patient", "beside"), BESIDE),
    "beside.prescription": (("patient", "beside", "prescription"), BESIDE_ORDER),
    "request": (("request",), REQUEST),
    "request.product": (("request", "product"), PRODUCT),
    "observed": (("request", "observed"), OBSERVED),
    "dose": (("request", "doses", "*"), DOSE),
}
FACTS: dict[str, tuple[Path, str, tuple[Any, ...]]] = {
    f"{place}.{name}": (path, name, values)
    for place, (path, names) in PLACES.items()
    for name, values in names.items()
}
# Missing by a switch of the book: asked about with the switch on.
SWITCHES = {
    "patient.medicines": "requires_medicine_list",
    "patient.home_safety": "requires_home_safety",
    "patient.health": "requires_health",
    "patient.session": "requires_session_record",
    "patient.losses": "requires_loss_record",
    "beside.losses": "requires_loss_record",
}
# No rule of the Danish book reads these; they are garbled all the same.
READ_BY_NO_RULE = {"claim.at", "vomit.minutes_after", "vomit.witnessed"}
READ_BY_NO_RULE |= {"ahead.arrangement.thrice_weekly"}


def _means_something(fact: str, everything: Plain, before: Any, after: Any) -> bool:
    """Whether the change loses or garbles a fact, rather than saying another possible thing."""
    if before is None or before == after:
        return before is None and fact == "sedatives.plan_on"
    order, arranged = everything["patient"]["prescription"], everything["patient"]["arrangement"]
    if fact == "prescription.weekday_ug" and after is None:
        under_the_tongue = order["product"]["form"] == "sublingual_tablet"
        return under_the_tongue and (arranged is None or arranged["thrice_weekly"] is not False)
    return not (fact == "indkald.days" and not before)


def mutated(everything: Plain, fact: str, rng: random.Random) -> Plain | None:
    """The same facts with one lost or garbled; ``None`` where there is nothing to change."""
    path, name, values = FACTS[fact]
    return changed_at(
        everything,
        path,
        name,
        rng.choice(values),
        rng,
        lambda before, after: _means_something(fact, everything, before, after),
    )


def _is_lost(before: Any, after: Any) -> bool:
    return before is not None and before != after


def changed_at(
    everything: Plain,
    path: Path,
    name: str,
    value: Any,
    rng: random.Random,
    means_something: Callable[[Any, Any], bool] = _is_lost,
) -> Plain | None:
    """A copy with one fact of one place changed; ``None`` where there is nothing to change."""
    copy = dict(everything)
    here: Any = copy
    for key in path:
        if isinstance(here, list):
            if not here:
                return None
            at = rng.randrange(len(here))
            here[at] = dict(here[at])
            here = here[at]
            continue
        if here[key] is None:
            return None
        here[key] = list(here[key]) if isinstance(here[key], list) else dict(here[key])
        here = here[key]
    if not means_something(here[name], value):
        return None
    here[name] = value
    return copy


def walk(rng: random.Random, everything: Plain, most: int) -> Iterator[tuple[str, Plain]]:
    """Up to so many mutated copies of one person, each with another fact changed."""
    # What few people have comes first, so that it is not drowned by what everybody has.
    order = rng.sample(_RARE, len(_RARE)) + rng.sample(_OFTEN, len(_OFTEN))
    for fact in order:
        if most == 0:
            return
        changed = mutated(everything, fact, rng)
        if changed is not None:
            most -= 1
            yield fact, changed


_RARE = [
    fact
    for fact in sorted(FACTS)
    if fact.split(".")[0] in ("exception", "indkald", "vomit", "step", "sedatives", "observed")
    or fact.split(".")[0] in ("medicine", "health", "home_safety", "session", "loss")
    or fact.split(".")[0] in ("last_depot", "beside", "ahead")
    or fact in (*SWITCHES, "patient.urine_on", "patient.last_depot", "patient.beside")
    or fact in ("prescription.weekday_ug", "prescription.depot_interval_days")
    or fact
    in ("prescription.high_dose_reason", "patient.new_to_treatment", "arrangement.exception")
]
_OFTEN = sorted(set(FACTS) - set(_RARE))
