"""The order, how much is asked beside it, and how long the person has been without."""

from tests.reference.asking import (
    NO_DEPOT,
    Facts,
    Said,
    asked_for,
    below_ordered,
    by_the_day,
    claims,
    day_ordered,
    days_asked,
    depot_given,
    depot_was_last,
    depot_words,
    dose_before,
    dose_ordered,
    extra,
    had_at_home_since,
    here,
    highest_day,
    is_depot,
    is_extra,
    is_new,
    last_day,
    maybe_another_substance,
    missed_days,
    rule,
    since_last,
    substance,
    taken_for,
)
from tests.reference.book import N
from tests.reference.days import days_from, from_to, plus


@rule("coverage-unknown")
def coverage_unknown(request: Facts, patient: Facts) -> Said:
    covered = patient["last_covered_on"]
    if covered is not None:
        return "stop" if covered >= request["on"] else None
    if patient["new_to_treatment"] is True and patient["first_dose_on"] == request["on"]:
        return None
    return None if is_new(patient) else "stop"


@rule("missed-days")
def missed_days_rule(request: Facts, patient: Facts) -> Said:
    missed, kind = missed_days(request, patient), substance(patient)
    if missed is None or kind is None:
        return None
    if is_depot(patient) and depot_was_last(patient):
        return None  # its window and far late are asked instead
    if missed >= N[f"{kind}_missed_stop_days"]:
        return "stop"
    if kind != "diacetylmorphine" and missed >= N[f"{kind}_missed_doctor_days"]:
        return "doctor"
    return None


@rule("restart-above-ceiling")
def restart_above_ceiling(request: Facts, patient: Facts) -> Said:
    missed, kind = missed_days(request, patient), by_the_day(patient)
    if missed is None:
        return None
    ceiling = None
    if kind == "methadone" and missed >= N["methadone_restart_days"]:
        ceiling = N["methadone_restart_ug"]
    if kind == "buprenorphine" and missed >= N["buprenorphine_restart_days"]:
        above = dose_before(patient) > N["buprenorphine_restart_above_ug"]
        ceiling = N["buprenorphine_restart_ug" if above else "buprenorphine_restart_low_ug"]
    if kind == "buprenorphine" and missed >= N["buprenorphine_restart_long_days"]:
        ceiling = N["buprenorphine_restart_long_ug"]
    if ceiling is None:
        return None
    days = days_asked(request)
    most = max([asked_for(request, day) + taken_for(patient, day) for day in days], default=0)
    return "stop" if most > ceiling else None


@rule("first-day-above-limit")
def first_day_above_limit(request: Facts, patient: Facts) -> Said:
    first, kind = patient["first_dose_on"], by_the_day(patient)
    if kind not in ("methadone", "buprenorphine"):
        return None
    if first is not None and first < request["on"] and not maybe_another_substance(patient):
        return None
    most = 0
    for day in [request["on"], *days_asked(request)]:
        allowed = extra(patient) if day == request["on"] else 0
        most = max(most, asked_for(request, day) + taken_for(patient, day) - allowed)
    if most > N[f"{kind}_first_day_stop_ug"]:
        return "stop"
    return "doctor" if most > N[f"{kind}_first_day_doctor_ug"] else None


@rule("step-too-large")
def step_too_large(request: Facts, patient: Facts) -> Said:
    if substance(patient) != "methadone":
        return None
    if patient["steps"] is None:
        return "stop"
    begin = plus(request["on"], -(N["increase_window_days"] - 1))
    for step in patient["steps"]:
        recent = begin <= step["on"] <= last_day(request)
        if recent and rise(step) > N["methadone_step_ug"]:
            return "stop"
    return None


def rise(step: Facts) -> int:
    """How far a step rises; a beginning from nothing counts from the first day's limit."""
    before = step["from_ug"] if step["from_ug"] > 0 else N["methadone_first_day_doctor_ug"]
    return max(0, step["to_ug"] - before)


def largest_week(request: Facts, patient: Facts) -> int:
    """The most the dose rises within seven days that end today or on a later day asked for."""
    most = 0
    for end in from_to(request["on"], last_day(request)):
        week = from_to(plus(end, -(N["increase_window_days"] - 1)), end)
        most = max(most, sum(rise(step) for step in patient["steps"] if step["on"] in week))
    return most


@rule("week-increase-too-large")
def week_increase_too_large(request: Facts, patient: Facts) -> Said:
    if substance(patient) != "methadone" or patient["steps"] is None:
        return None
    return "stop" if largest_week(request, patient) > N["methadone_week_increase_ug"] else None


@rule("buprenorphine-too-soon")
def buprenorphine_too_soon(request: Facts, patient: Facts) -> Said:
    since = since_last(request, patient)
    if substance(patient) != "buprenorphine" or not request["doses"]:
        return None
    if patient["last_swallowed_substance"] == "buprenorphine":
        return None
    if since is not None and since < N["buprenorphine_after_agonist_minutes"] * 60:
        return "stop"
    if maybe_another_substance(patient) and had_at_home_since(patient, request["on"]):
        return "doctor"
    return None


@rule("buprenorphine-after-high-methadone")
def buprenorphine_after_high_methadone(request: Facts, patient: Facts) -> Said:
    last = patient["last_swallowed_ug"]
    if substance(patient) != "buprenorphine" or last is None:
        return None
    if patient["last_swallowed_substance"] == "buprenorphine":
        return None
    return "doctor" if last < 0 or last > N["buprenorphine_after_methadone_ug"] else None


@rule("prescription-missing")
def prescription_missing(request: Facts, patient: Facts) -> Said:
    return "stop" if patient["prescription"] is None else None


@rule("prescription-not-yet-valid")
def prescription_not_yet_valid(request: Facts, patient: Facts) -> Said:
    order = patient["prescription"]
    if order is None:
        return None
    days = [request["on"], *days_asked(request)]
    return "stop" if any(day < order["valid_from"] for day in days) else None


@rule("prescription-expired")
def prescription_expired(request: Facts, patient: Facts) -> Said:
    order = patient["prescription"]
    if order is None:
        return None
    if order["valid_to"] is None:
        return "stop"
    days = [request["on"], *days_asked(request)]
    return "stop" if any(day > order["valid_to"] for day in days) else None


@rule("prescription-changed")
def prescription_changed(request: Facts, patient: Facts) -> Said:
    order = patient["prescription"]
    if order is None:
        return None
    if request["prescription_id"] != order["prescription_id"]:
        return "stop"
    return "stop" if request["prescription_version"] != order["version"] else None


@rule("parts-do-not-add-up")
def parts_do_not_add_up(request: Facts, patient: Facts) -> Said:
    order = patient["prescription"]
    return "stop" if order and sum(order["parts_ug"]) != order["daily_ug"] else None


@rule("ten-fold-of-ordered")
def ten_fold_of_ordered(request: Facts, patient: Facts) -> Said:
    order = patient["prescription"]
    for dose in request["doses"] if order else []:
        ordered, asked = dose_ordered(order, dose), dose["amount_ug"]
        if ordered <= 0:
            continue
        if asked >= ordered * N["alarm_factor"] or asked * N["alarm_factor"] <= ordered:
            return "stop"
    return None


@rule("ten-fold-of-last")
def ten_fold_of_last(request: Facts, patient: Facts) -> Said:
    order, last = patient["prescription"], patient["last_swallowed_ug"]
    if order is None or not here(request):
        return None
    if last is None:
        return None if is_new(patient) else "stop"
    if patient["last_swallowed_substance"] not in (None, substance(patient)):
        return None
    given, last_on = patient["last_depot"], patient["last_swallowed_on"]
    known = None not in (patient["last_swallowed_substance"], given, last_on)
    if known and is_depot(patient) != (given["on"] == last_on):
        return None  # weeks against a day
    for dose in here(request):
        asked = dose["amount_ug"]
        if asked == last or (asked in order["parts_ug"] and last in order["parts_ug"]):
            continue
        if asked >= last * N["alarm_factor"] or asked * N["alarm_factor"] <= last:
            return "stop"
    return None


@rule("amount-above-ordered")
def amount_above_ordered(request: Facts, patient: Facts) -> Said:
    order = patient["prescription"]
    for dose in request["doses"] if order else []:
        most = dose_ordered(order, dose)
        if is_extra(request, order, dose):
            most = extra(patient)
        if dose["amount_ug"] > most:
            return "stop"
    return None


@rule("day-above-ordered")
def day_above_ordered(request: Facts, patient: Facts) -> Said:
    order = patient["prescription"]
    for day in days_asked(request) if order else []:
        most = day_ordered(order, day) + (extra(patient) if day == request["on"] else 0)
        if asked_for(request, day) + taken_for(patient, day) > most:
            return "stop"
    return None


@rule("amount-below-ordered")
def amount_below_ordered(request: Facts, patient: Facts) -> Said:
    if patient["prescription"] is None:
        return None
    below = [below_ordered(request, patient, dose) for dose in request["doses"]]
    return "confirm" if any(below) else None


@rule("amount-not-measurable")
def amount_not_measurable(request: Facts, patient: Facts) -> Said:
    order = patient["prescription"]
    if order is None or order["product"]["per"] != "ml" or order["product"]["strength_ug"] <= 0:
        return None
    for dose in request["doses"]:
        # ul = ug * 1000 / (ug per ml), which must be a whole number of steps
        if dose["amount_ug"] * 1000 % (order["product"]["strength_ug"] * N["measurable_step_ul"]):
            return "confirm"
    return None


@rule("high-dose-methadone")
def high_dose_methadone(request: Facts, patient: Facts) -> Said:
    order = patient["prescription"]
    if substance(patient) != "methadone" or order["high_dose_reason"] is True:
        return None
    return "doctor" if highest_day(order) > N["methadone_high_ug"] else None


@rule("high-dose-buprenorphine")
def high_dose_buprenorphine(request: Facts, patient: Facts) -> Said:
    order = patient["prescription"]
    if by_the_day(patient) != "buprenorphine":
        return None
    if highest_day(order) > N["buprenorphine_never_above_ug"]:
        return "stop"
    if highest_day(order) > N["buprenorphine_high_ug"]:
        return None if order["high_dose_reason"] is True else "doctor"
    return None


def _thrice_weekly(patient: Facts) -> bool:
    """Thrice weekly, or not recorded; a matter of buprenorphine under the tongue only."""
    if by_the_day(patient) != "buprenorphine":
        return False
    arranged = patient["arrangement"]
    return arranged is None or arranged["thrice_weekly"] is not False


@rule("thrice-weekly-above-max")
def thrice_weekly_above_max(request: Facts, patient: Facts) -> Said:
    if not _thrice_weekly(patient):
        return None
    most = highest_day(patient["prescription"])
    return "stop" if most > N["thrice_weekly_day_ug"] else None


@rule("thrice-weekly-without-pattern")
def thrice_weekly_without_pattern(request: Facts, patient: Facts) -> Said:
    if not _thrice_weekly(patient):
        return None
    return "stop" if patient["prescription"]["weekday_ug"] is None else None


@rule("diacetylmorphine-above-cap")
def diacetylmorphine_above_cap(request: Facts, patient: Facts) -> Said:
    if substance(patient) != "diacetylmorphine":
        return None
    if any(dose["amount_ug"] > N["diacetylmorphine_dose_ug"] for dose in request["doses"]):
        return "doctor"
    for day in [request["on"], *days_asked(request)]:
        if asked_for(request, day) + taken_for(patient, day) > N["diacetylmorphine_day_ug"]:
            return "doctor"
    return None


@rule("diacetylmorphine-sessions")
def diacetylmorphine_sessions(request: Facts, patient: Facts) -> Said:
    if substance(patient) != "diacetylmorphine":
        return None
    sessions = [claim for claim in claims(patient) if claim["for_on"] == request["on"]]
    sessions += here(request)
    return "stop" if len(sessions) > N["diacetylmorphine_sessions_count"] else None


def _weekly(order: Facts) -> bool:
    days = order["depot_interval_days"]
    return days is None or days <= N["depot_weekly_days"]


@rule("depot-interval-unknown")
def depot_interval_unknown(request: Facts, patient: Facts) -> Said:
    if not is_depot(patient):
        return None
    days = patient["prescription"]["depot_interval_days"]
    return "stop" if days is None or days <= 0 else None


@rule("depot-outside-window")
def depot_outside_window(request: Facts, patient: Facts) -> Said:
    given = patient["last_depot"]
    if not is_depot(patient) or given == NO_DEPOT:
        return None
    if given is None:
        return None if is_new(patient) else "doctor"
    interval = given["interval_days"]
    if interval is None:
        return "doctor"
    window = N[f"depot_{depot_words(interval)}_window_days"]
    since = days_from(given["on"], request["on"])
    if since < interval - window:
        return "doctor"
    covered = patient["last_covered_on"]
    if since <= interval + window or (covered is not None and covered > given["on"]):
        return None
    return "confirm"


@rule("depot-still-works")
def depot_still_works(request: Facts, patient: Facts) -> Said:
    given = patient["last_depot"]
    if patient["prescription"] is None or is_depot(patient) or not request["doses"]:
        return None
    if given is None:
        return None if is_new(patient) else "doctor"
    if given["interval_days"] is None:
        works = N["depot_monthly_days"]
    elif depot_given(patient) is None:
        return None
    else:
        works = given["interval_days"]
    return "doctor" if days_from(given["on"], request["on"]) < works else None


@rule("depot-above-max")
def depot_above_max(request: Facts, patient: Facts) -> Said:
    if not is_depot(patient):
        return None
    order = patient["prescription"]
    most = N["depot_weekly_ug" if _weekly(order) else "depot_monthly_ug"]
    return "stop" if highest_day(order) > most else None
