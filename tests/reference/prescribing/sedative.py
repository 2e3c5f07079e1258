"""A benzodiazepine as it is written: how fast it falls, how high it stands, how long it is for."""

from tests.reference.book import N
from tests.reference.days import POSITION, days_from
from tests.reference.prescribing.asking import Facts, Said, rule


def plan_is_good(change: Facts) -> bool:
    """Agreed, dated, and not older than the three months after which it is looked at again."""
    one = change["sedative"]
    if one["plan_on"] not in POSITION or one["plan"] not in ("agreed", "tapering"):
        return False
    age = days_from(one["plan_on"], change["on"])
    return age >= 0 and age <= N["taper_plan_days"]


def highest_lately(change: Facts) -> int | None:
    """What was taken a day, at its highest within the two weeks; unknown where a part is."""
    one = change["sedative"]
    if one["from_ug"] is None or one["steps"] is None:
        return None
    highest = one["from_ug"]
    for step in one["steps"]:
        if days_from(step["on"], change["on"]) < N["taper_window_days"]:
            highest = max(highest, step["from_ug"])
    return highest


@rule("benzodiazepine-stopped-at-once")
def benzodiazepine_stopped_at_once(change: Facts, patient: Facts) -> Said:
    one = change["sedative"]
    if one is None or one["to_ug"] > 0:
        return None
    came, days = one["from_ug"], one["taken_days"]
    if came is not None and came <= 0:
        return None
    if came is not None and one["plan"] == "tapering" and plan_is_good(change):
        return None
    return "doctor" if days is None or days >= N["dependence_days"] else None


@rule("benzodiazepine-taper-fast")
def benzodiazepine_taper_fast(change: Facts, patient: Facts) -> Said:
    one = change["sedative"]
    if one is None:
        return None
    if one["from_ug"] is not None and one["to_ug"] >= one["from_ug"]:
        return None
    highest = highest_lately(change)
    if highest is None:
        return "doctor"
    fallen, first = highest - one["to_ug"], one["original_ug"]
    small = first is not None and 100 * fallen <= N["taper_last_percent"] * first
    if small and plan_is_good(change):
        return None
    if 100 * fallen > N["taper_doctor_percent"] * highest:
        return "doctor"
    return "confirm" if 100 * fallen > N["taper_confirm_percent"] * highest else None


@rule("benzodiazepine-raised-in-taper")
def benzodiazepine_raised_in_taper(change: Facts, patient: Facts) -> Said:
    one = change["sedative"]
    if one is None or one["plan"] not in ("agreed", "tapering"):
        return None
    return "doctor" if one["to_ug"] > (one["from_ug"] or 0) else None


@rule("benzodiazepine-above-cap")
def benzodiazepine_above_cap(change: Facts, patient: Facts) -> Said:
    one = change["sedative"]
    return "doctor" if one is not None and one["to_ug"] > N["diazepam_load_ug"] else None


@rule("benzodiazepine-second")
def benzodiazepine_second(change: Facts, patient: Facts) -> Said:
    one = change["sedative"]
    if one is None or one["to_ug"] <= 0:
        return None
    many = one["others"] is None or one["others"] + 1 > N["benzodiazepine_count"]
    return "doctor" if many else None


@rule("new-benzodiazepine-without-plan")
def new_benzodiazepine_without_plan(change: Facts, patient: Facts) -> Said:
    one = change["sedative"]
    if one is None or one["to_ug"] <= 0:
        return None
    return None if plan_is_good(change) else "doctor"


@rule("benzodiazepine-too-long")
def benzodiazepine_too_long(change: Facts, patient: Facts) -> Said:
    one = change["sedative"]
    if one is None or one["to_ug"] <= 0 or one["plan"] == "tapering":
        return None
    most = N["anxiolytic_days" if one["purpose"] == "anxiety" else "hypnotic_days"]
    return "confirm" if one["planned_days"] is None or one["planned_days"] > most else None


@rule("benzodiazepine-taper-stalled")
def benzodiazepine_taper_stalled(change: Facts, patient: Facts) -> Said:
    one = change["sedative"]
    if one is None or one["plan"] != "tapering":
        return None
    if one["from_ug"] is not None and one["to_ug"] < one["from_ug"]:
        return None
    last = one["last_step_on"]
    long = last is None or days_from(last, change["on"]) > N["taper_stalled_days"]
    return "confirm" if long else None
