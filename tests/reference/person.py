"""Taking doses home, the indkald, and what is recorded about the person's health."""

from tests.reference.asking import (
    Facts,
    Said,
    below_ordered,
    claims,
    closed,
    days_in_hand,
    dose_ordered,
    exception_covers,
    here,
    highest_day,
    home,
    last_day,
    maybe_another_substance,
    missed_days,
    only_closed_until,
    rule,
    substance,
)
from tests.reference.book import N
from tests.reference.days import WEEKDAY, days_from, months_later, plus


@rule("take-home-without-decision")
def take_home_without_decision(request: Facts, patient: Facts) -> Said:
    if not home(request):
        return None
    arranged = patient["arrangement"]
    decided = arranged is not None and arranged["self_administration"] is True
    return None if decided else "stop"


@rule("diversion-measure")
def diversion_measure(request: Facts, patient: Facts) -> Said:
    if not home(request):
        return None
    until = patient["diversion_supervised_until_on"]
    if until is None:
        return "stop"
    return "stop" if any(dose["for_on"] <= until for dose in home(request)) else None


@rule("injectable-never-home")
def injectable_never_home(request: Facts, patient: Facts) -> Said:
    order = patient["prescription"]
    if order is None or not home(request):
        return None
    product = order["product"]
    only_here = product["form"] in ("injection", "depot")
    return "stop" if only_here or product["substance"] == "diacetylmorphine" else None


@rule("take-home-above-limit")
def take_home_above_limit(request: Facts, patient: Facts) -> Said:
    if not home(request) or exception_covers(request, patient):
        return None
    return "stop" if len(days_in_hand(request, patient)) > N["take_home_days"] else None


@rule("take-home-above-own-limit")
def take_home_above_own_limit(request: Facts, patient: Facts) -> Said:
    if not home(request) or exception_covers(request, patient):
        return None
    arranged = patient["arrangement"]
    if arranged is None or arranged["take_home_days"] is None:
        return "doctor"
    too_many = len(days_in_hand(request, patient)) > arranged["take_home_days"]
    return "doctor" if too_many else None


@rule("take-home-for-supervised-day")
def take_home_for_supervised_day(request: Facts, patient: Facts) -> Said:
    if exception_covers(request, patient):
        return None
    arranged = patient["arrangement"]
    weekdays = arranged["supervised_weekdays"] if arranged else None
    for dose in home(request):
        day = dose["for_on"]
        if day in closed(patient):
            continue
        if weekdays is None or WEEKDAY[day] in weekdays:
            return "doctor"
    return None


@rule("take-home-arranged-otherwise")
def take_home_arranged_otherwise(request: Facts, patient: Facts) -> Said:
    if not home(request):
        return None
    if patient["arranged_ahead"] is None:
        return "stop"
    answers = {_said_of_the_day(dose["for_on"], patient) for dose in home(request)}
    if "stop" in answers:
        return "stop"
    asked = {dose["for_on"] for dose in home(request)}
    held = {one["for_on"] for one in claims(patient) if one["how"] == "take_home"} | asked
    for one in patient["arranged_ahead"]:
        if not any(day >= one["from_on"] for day in asked):
            continue
        allowed = [one["arrangement"]["take_home_days"]]
        if one["arrangement"]["exception"]:
            allowed.append(one["arrangement"]["exception"]["days"])
        in_hand = len([day for day in held if day >= one["from_on"]])
        if not any(days is not None and in_hand <= days for days in allowed):
            return "doctor"
    return "doctor" if "doctor" in answers else None


def _said_of_the_day(day: str, patient: Facts) -> Said:
    """What is decided ahead says of one day's dose at home."""
    begun = [one for one in patient["arranged_ahead"] if one["from_on"] <= day]
    if not begun:
        return None
    how = begun[-1]["arrangement"]
    if how["self_administration"] is not True:
        return "stop"
    granted = how["exception"]
    if granted and granted["from_on"] <= day <= granted["until_on"]:
        return None
    if day in closed(patient):
        return None
    weekdays = how["supervised_weekdays"]
    return "doctor" if weekdays is None or WEEKDAY[day] in weekdays else None


@rule("not-a-pickup-day")
def not_a_pickup_day(request: Facts, patient: Facts) -> Said:
    if not home(request) or exception_covers(request, patient):
        return None
    arranged, planned = patient["arrangement"], patient["planned_pickup_on"]
    weekdays = arranged["pickup_weekdays"] if arranged else None
    if weekdays is not None and WEEKDAY[request["on"]] in weekdays:
        return None
    if planned is None:
        return "doctor"
    if planned == request["on"] or only_closed_until(request, patient, planned):
        return None
    return "doctor"


@rule("early-pickup")
def early_pickup(request: Facts, patient: Facts) -> Said:
    if not home(request) or exception_covers(request, patient):
        return None
    planned = patient["planned_pickup_on"]
    if planned is None:
        return "doctor"
    if planned <= request["on"] or only_closed_until(request, patient, planned):
        return None
    return "doctor"


@rule("take-home-in-titration")
def take_home_in_titration(request: Facts, patient: Facts) -> Said:
    if not home(request):
        return None
    first = patient["first_dose_on"]
    if first is None or days_from(first, request["on"]) < N["titration_days"]:
        return "doctor"
    if maybe_another_substance(patient) or begins_again(request, patient):
        return "doctor"
    return None


def begins_again(request: Facts, patient: Facts) -> bool:
    """Without for so long that the course starts over; a count nobody has is long enough."""
    kind, missed = substance(patient), missed_days(request, patient)
    if kind is None:
        return False
    name = "missed_stop" if kind == "diacetylmorphine" else "restart"
    return missed is None or missed >= N[f"{kind}_{name}_days"]


def _days_left(request: Facts, patient: Facts) -> list[str]:
    """The planned days from today on that are not yet done."""
    period = patient["indkald"]
    if period is None:
        return []
    left = [day for day in period["days"] if day >= request["on"]]
    return [day for day in left if day not in period["completed"]]


@rule("take-home-during-indkald")
def take_home_during_indkald(request: Facts, patient: Facts) -> Said:
    if not home(request):
        return None
    if patient["indkald"] is None:
        return "stop"
    left = _days_left(request, patient)
    return "stop" if any(dose["for_on"] in left for dose in home(request)) else None


@rule("indkald-dose-not-full")
def indkald_dose_not_full(request: Facts, patient: Facts) -> Said:
    order, period = patient["prescription"], patient["indkald"]
    if order is None or (period is not None and request["on"] not in period["days"]):
        return None
    for dose in here(request):
        if dose["amount_ug"] < dose_ordered(order, dose):
            return "doctor"
    return None


@rule("indkald-overdue")
def indkald_overdue(request: Facts, patient: Facts) -> Said:
    if not home(request) or _days_left(request, patient):
        return None
    due = patient["indkald_due_on"]
    return "doctor" if due is None or due < request["on"] else None


@rule("indkald-due")
def indkald_due(request: Facts, patient: Facts) -> Said:
    due = patient["indkald_due_on"]
    if not home(request) or _days_left(request, patient) or due is None:
        return None
    soon = request["on"] <= due <= plus(request["on"], N["indkald_notice_days"])
    return "confirm" if soon else None


@rule("indkald-observation")
def indkald_observation(request: Facts, patient: Facts) -> Said:
    if not here(request):
        return None
    if patient["indkald"] is None:
        return "inform"
    return "inform" if request["on"] in _days_left(request, patient) else None


@rule("qtc-long")
def qtc_long(request: Facts, patient: Facts) -> Said:
    if substance(patient) != "methadone":
        return None
    qtc = patient["qtc_ms"]
    if qtc is None or qtc < 200 or qtc >= N["qtc_doctor_ms"]:
        return "doctor"
    return "confirm" if qtc >= N["qtc_confirm_ms"] else None


@rule("ecg-too-old")
def ecg_too_old(request: Facts, patient: Facts) -> Said:
    if substance(patient) != "methadone":
        return None
    if highest_day(patient["prescription"]) <= N["ecg_methadone_ug"]:
        return None
    taken_on = patient["ecg_on"]
    if taken_on is None or taken_on > request["on"]:
        return "confirm"
    if request["on"] > months_later(taken_on, N["ecg_months"]):
        return "confirm"
    return None


@rule("pregnant-and-reduced")
def pregnant_and_reduced(request: Facts, patient: Facts) -> Said:
    if patient["pregnant"] is False or patient["prescription"] is None:
        return None
    if any(below_ordered(request, patient, dose) for dose in request["doses"]):
        return "doctor"
    if patient["steps"] is None:
        return "doctor"
    begin = plus(request["on"], -N["pregnancy_step_days"])
    for step in patient["steps"]:
        if begin <= step["on"] <= last_day(request) and step["to_ug"] < step["from_ug"]:
            return "doctor"
    return None


@rule("pregnant")
def pregnant(request: Facts, patient: Facts) -> Said:
    return None if patient["pregnant"] is False else "confirm"


def _sedated_or_leaving(request: Facts) -> str:
    """Said only, unless doses go home or the person is drowsy."""
    poss = request["observed"]["sedation_poss"]
    drowsy = poss is not None and poss >= N["sedation_sign_poss"]
    return "confirm" if home(request) or drowsy else "inform"


@rule("benzodiazepine-load")
def benzodiazepine_load(request: Facts, patient: Facts) -> Said:
    sedatives = patient["sedatives"]
    if sedatives is not None:
        larger = max(sedatives["diazepam_low_ug"], sedatives["diazepam_high_ug"])
        if larger <= N["diazepam_load_ug"]:
            return None
    return _sedated_or_leaving(request)


@rule("benzodiazepine-without-plan")
def benzodiazepine_without_plan(request: Facts, patient: Facts) -> Said:
    sedatives = patient["sedatives"]
    if sedatives is None or max(sedatives["diazepam_low_ug"], sedatives["diazepam_high_ug"]) == 0:
        return None
    agreed_on = sedatives["plan_on"]
    planned = sedatives["plan"] in ("agreed", "tapering") and agreed_on is not None
    if planned and 0 <= days_from(agreed_on, request["on"]) <= N["taper_plan_days"]:
        return None
    return _sedated_or_leaving(request)


@rule("review-overdue")
def review_overdue(request: Facts, patient: Facts) -> Said:
    reviewed = patient["reviewed_on"]
    if reviewed is None or reviewed > request["on"]:
        return "doctor"
    if request["on"] > months_later(reviewed, N["review_doctor_months"]):
        return "doctor"
    if request["on"] > months_later(reviewed, N["review_confirm_months"]):
        return "confirm"
    return None
