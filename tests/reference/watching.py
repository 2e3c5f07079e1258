"""What is watched after missed days, a raise, a change of preparation, an injection, a loss."""

from tests.reference.asking import (
    Facts,
    Said,
    by_the_day,
    days_asked,
    depot_was_last,
    depot_words,
    here,
    home,
    is_depot,
    missed_days,
    rule,
    since_last,
    substance,
)
from tests.reference.book import N
from tests.reference.days import days_from, plus, seconds


@rule("urine-before-restart")
def urine_before_restart(request: Facts, patient: Facts) -> Said:
    missed = missed_days(request, patient)
    if missed is None or by_the_day(patient) is None or not request["doses"]:
        return None
    if missed < N["urine_after_missed_days"]:
        return None
    sample = patient["urine_on"]
    first_without = plus(request["on"], -missed)
    if sample is None or not first_without < sample <= request["on"]:
        return "confirm"
    return None


@rule("restart-observed")
def restart_observed(request: Facts, patient: Facts) -> Said:
    missed, kind = missed_days(request, patient), by_the_day(patient)
    if missed is None or kind is None or not here(request):
        return None
    begins = "missed_stop_days" if kind == "diacetylmorphine" else "restart_days"
    return "inform" if missed >= N[f"{kind}_{begins}"] else None


@rule("withdrawal-not-yet")
def withdrawal_not_yet(request: Facts, patient: Facts) -> Said:
    before, cows = patient["last_swallowed_substance"], request["observed"]["withdrawal_cows"]
    if substance(patient) != "buprenorphine" or not request["doses"] or before == "buprenorphine":
        return None
    if cows is None:
        return "doctor"
    return "stop" if cows > 48 or cows < N["withdrawal_first_buprenorphine_cows"] else None


@rule("raised-dose-observed")
def raised_dose_observed(request: Facts, patient: Facts) -> Said:
    if substance(patient) != "methadone" or not here(request):
        return None
    for step in patient["steps"] or []:
        if step["on"] == request["on"] and step["to_ug"] > step["from_ug"]:
            return "inform"
    return None


@rule("depot-far-late")
def depot_far_late(request: Facts, patient: Facts) -> Said:
    given = patient["last_depot"]
    if not is_depot(patient) or not depot_was_last(patient) or given["interval_days"] is None:
        return None
    interval = given["interval_days"]
    late = N[f"depot_{depot_words(interval)}_late_days"]
    return "doctor" if days_from(given["on"], request["on"]) > interval + late else None


def _session(patient: Facts) -> Facts | None:
    return patient["session"] if substance(patient) == "diacetylmorphine" else None


@rule("too-many-attempts")
def too_many_attempts(request: Facts, patient: Facts) -> Said:
    session = _session(patient)
    if session is None:
        return None
    failed = session["failed_attempts"]
    many = failed is None or failed >= N["diacetylmorphine_attempts_count"]
    return "stop" if many else None


@rule("observed-after-attempt")
def observed_after_attempt(request: Facts, patient: Facts) -> Said:
    session = _session(patient)
    if session is None:
        return None
    failed = session["failed_attempts"]
    if failed is not None and failed < N["diacetylmorphine_attempts_count"]:
        return None  # there is another attempt
    last = session["last_attempt_at"]
    if last is None:
        return "stop"
    watched = seconds(request["at"]) - seconds(last)
    minutes = N["diacetylmorphine_attempt_observation_minutes"]
    return "stop" if watched < minutes * 60 else None


@rule("session-not-followed-up")
def session_not_followed_up(request: Facts, patient: Facts) -> Said:
    session = _session(patient)
    if session is None or session["assessed_after"] is True:
        return None
    return "stop"


@rule("supply-needs-certificate")
def supply_needs_certificate(request: Facts, patient: Facts) -> Said:
    days = {dose["for_on"] for dose in home(request)}
    return "inform" if len(days) > N["certificate_days"] else None


@rule("lost-dose-replaced")
def lost_dose_replaced(request: Facts, patient: Facts) -> Said:
    for loss in patient["losses"] or []:
        if loss["for_on"] not in days_asked(request):
            continue
        since = since_last(request, patient)
        if loss["verified"] is not True or since is None:
            return "stop"
        if since < N["lost_replacement_minutes"] * 60:
            return "stop"
    return None
