"""How a course begins with methadone, and how a dose rises and falls."""

from tests.reference.asking import highest_day
from tests.reference.book import N
from tests.reference.days import days_from
from tests.reference.prescribing.asking import (
    Facts,
    Said,
    before,
    begins,
    days_before_new,
    fall_percent,
    is_injected,
    is_over,
    may_go_on_unknown,
    nobody_yet,
    rises,
    rule,
    steps_before,
    writes_methadone,
)
from tests.reference.prescribing.beside import slows_breathing


def begins_methadone(change: Facts, patient: Facts) -> bool:
    return writes_methadone(change) and begins(change, patient)


def raises_methadone(change: Facts, patient: Facts) -> bool:
    return writes_methadone(change) and rises(change, patient)


@rule("start-dose-with-sedatives")
def start_dose_with_sedatives(change: Facts, patient: Facts) -> Said:
    if not begins_methadone(change, patient) or slows_breathing(change, patient) == 0:
        return None
    limit = N["methadone_first_day_sedatives_ug"]
    return "doctor" if highest_day(change["new"]) > limit else None


@rule("start-dose-low-tolerance")
def start_dose_low_tolerance(change: Facts, patient: Facts) -> Said:
    if not begins_methadone(change, patient) or change["low_tolerance"] is False:
        return None
    limit = N["methadone_first_day_low_tolerance_ug"]
    return "doctor" if highest_day(change["new"]) > limit else None


@rule("methadone-without-reason")
def methadone_without_reason(change: Facts, patient: Facts) -> Said:
    if not writes_methadone(change):
        return None
    return None if change["reason_not_buprenorphine"] is True else "confirm"


def _has_ecg(change: Facts, patient: Facts) -> bool:
    """One of a day ahead is none."""
    return patient["ecg_on"] is not None and patient["ecg_on"] <= change["on"]


@rule("ecg-before-methadone")
def ecg_before_methadone(change: Facts, patient: Facts) -> Said:
    if not begins_methadone(change, patient):
        return None
    return None if _has_ecg(change, patient) else "confirm"


@rule("order-ten-fold")
def order_ten_fold(change: Facts, patient: Facts) -> Said:
    if change["new"] is None:
        return None
    last, now = before(change, patient), highest_day(change["new"])
    if last is None:
        return "stop" if may_go_on_unknown(change, patient) else None
    ten = N["alarm_factor"]
    if now >= last * ten:
        return "stop"
    return "stop" if now * ten <= last and not is_over(change, patient) else None


@rule("order-step-too-large")
def order_step_too_large(change: Facts, patient: Facts) -> Said:
    if not raises_methadone(change, patient):
        return None
    rise = highest_day(change["new"]) - (before(change, patient) or 0)
    return "stop" if rise > N["methadone_step_ug"] else None


@rule("order-week-increase-too-large")
def order_week_increase_too_large(change: Facts, patient: Facts) -> Said:
    if not raises_methadone(change, patient):
        return None
    if patient["steps"] is None:
        return "stop"
    rise = highest_day(change["new"]) - (before(change, patient) or 0)
    for step in steps_before(change, patient):
        if days_before_new(change, step["on"]) < N["increase_window_days"]:
            rise += max(0, step["to_ug"] - step["from_ug"])
    return "stop" if rise > N["methadone_week_increase_ug"] else None


@rule("order-steps-too-close")
def order_steps_too_close(change: Facts, patient: Facts) -> Said:
    if not raises_methadone(change, patient):
        return None
    if patient["steps"] is None:
        return "doctor"
    for step in steps_before(change, patient):
        lately = days_before_new(change, step["on"]) < N["step_interval_days"]
        if lately and step["to_ug"] > step["from_ug"]:
            return "doctor"
    return None


@rule("order-with-long-qtc")
def order_with_long_qtc(change: Facts, patient: Facts) -> Said:
    if not begins_methadone(change, patient) and not raises_methadone(change, patient):
        return None
    qtc = patient["qtc_ms"]
    if qtc is None or qtc < 200 or qtc >= N["qtc_doctor_ms"]:
        return "doctor"
    return "confirm" if qtc >= N["qtc_confirm_ms"] else None


@rule("ecg-after-rise")
def ecg_after_rise(change: Facts, patient: Facts) -> Said:
    if not raises_methadone(change, patient):
        return None
    if patient["steps"] is None or not _has_ecg(change, patient):
        return "confirm"
    since = [step["from_ug"] for step in patient["steps"] if step["on"] > patient["ecg_on"]]
    lowest = min([before(change, patient) or 0, *since])
    rise = highest_day(change["new"]) - lowest
    return "confirm" if 100 * rise >= N["ecg_rise_percent"] * lowest else None


@rule("order-in-pregnancy")
def order_in_pregnancy(change: Facts, patient: Facts) -> Said:
    new, old = change["new"], patient["prescription"]
    if new is None or patient["pregnant"] is False:
        return None
    names = ("product", "daily_ug", "parts_ug", "weekday_ug", "depot_interval_days")
    same = old is not None and all(new[name] == old[name] for name in names)
    return None if same else "doctor"


@rule("reduction-too-large")
def reduction_too_large(change: Facts, patient: Facts) -> Said:
    falls = fall_percent(change, patient)
    return "confirm" if falls > N["reduction_step_percent"] else None


@rule("reduction-too-soon")
def reduction_too_soon(change: Facts, patient: Facts) -> Said:
    if fall_percent(change, patient) == 0:
        return None
    if patient["steps"] is None:
        return "confirm"
    for step in steps_before(change, patient):
        lately = days_before_new(change, step["on"]) < N["reduction_interval_days"]
        if lately and step["to_ug"] < step["from_ug"]:
            return "confirm"
    return None


@rule("reduction-not-agreed")
def reduction_not_agreed(change: Facts, patient: Facts) -> Said:
    if fall_percent(change, patient) == 0:
        return None
    return None if change["agreed_with_patient"] is True else "confirm"


@rule("order-below-usual")
def order_below_usual(change: Facts, patient: Facts) -> Said:
    new = change["new"]
    if not writes_methadone(change) or is_injected(new) or nobody_yet(patient):
        return None
    if new["night"]:
        return None  # no whole treatment
    if highest_day(new) >= N["methadone_usual_ug"] or is_over(change, patient):
        return None
    if patient["last_swallowed_substance"] not in (None, "methadone"):
        return None
    first = patient["first_dose_on"]
    if first is not None and days_from(first, change["on"]) < N["titration_days"]:
        return None
    return "inform"


@rule("driving-not-told")
def driving_not_told(change: Facts, patient: Facts) -> Said:
    if change["driving_told"] is True:
        return None
    sedative = change["sedative"]
    if sedative is not None:
        came = sedative["from_ug"]
        if sedative["to_ug"] > (came or 0):
            return "inform"
    if change["new"] is None:
        return None
    if begins(change, patient) or patient["prescription"] is None:
        return "inform"
    last = before(change, patient)
    if last is None:
        return "inform"  # nothing to compare with might be a rise
    rise = highest_day(change["new"]) - last
    return "inform" if 100 * rise > N["driving_rise_percent"] * last else None
