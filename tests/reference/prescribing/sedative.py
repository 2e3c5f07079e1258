"""A benzodiazepine as it is written: how fast it falls, how high it stands, how long it is for."""

from tests.reference.book import N
from tests.reference.days import days_from
from tests.reference.prescribing.asking import Facts, Said, rule


@rule("benzodiazepine-stopped-at-once")
def benzodiazepine_stopped_at_once(change: Facts, patient: Facts) -> Said:
    one = change["sedative"]
    if one is None or one["to_ug"] > 0:
        return None
    came, days = one["from_ug"], one["taken_days"]
    if came is not None and (came <= 0 or one["plan"] == "tapering"):
        return None
    return "doctor" if days is None or days >= N["dependence_days"] else None


@rule("benzodiazepine-taper-fast")
def benzodiazepine_taper_fast(change: Facts, patient: Facts) -> Said:
    one = change["sedative"]
    if one is None:
        return None
    came, goes = one["from_ug"], one["to_ug"]
    if came is None:
        return "doctor"
    if goes >= came:
        return None
    if 100 * (came - goes) > N["taper_doctor_percent"] * came:
        return "doctor"
    if 100 * (came - goes) > N["taper_confirm_percent"] * came:
        return "confirm"
    last = one["last_step_on"]
    soon = last is None or days_from(last, change["on"]) < N["taper_window_days"]
    return "confirm" if soon else None


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
    return None if one["plan"] in ("agreed", "tapering") else "doctor"


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
