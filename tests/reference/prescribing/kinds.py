"""High doses, weekly patterns, depots and diacetylmorphine."""

from tests.reference.asking import highest_day
from tests.reference.book import N
from tests.reference.prescribing.asking import (
    Facts,
    Said,
    is_new_depot,
    new_substance,
    rule,
    under_the_tongue,
    writes_methadone,
)


def is_weekly(order: Facts) -> bool:
    interval = order["depot_interval_days"]
    return interval is not None and interval <= N["depot_weekly_days"]


@rule("order-high-methadone")
def order_high_methadone(change: Facts, patient: Facts) -> Said:
    if not writes_methadone(change) or highest_day(change["new"]) <= N["methadone_high_ug"]:
        return None
    return None if change["new"]["high_dose_reason"] is True else "doctor"


@rule("order-high-buprenorphine")
def order_high_buprenorphine(change: Facts, patient: Facts) -> Said:
    if not under_the_tongue(change["new"]):
        return None
    most = highest_day(change["new"])
    if most > N["buprenorphine_never_above_ug"]:
        return "stop"
    if most <= N["buprenorphine_high_ug"]:
        return None
    return None if change["new"]["high_dose_reason"] is True else "doctor"


def _pattern(change: Facts) -> list[int] | None:
    return change["new"]["weekday_ug"] if under_the_tongue(change["new"]) else None


@rule("order-thrice-weekly-max")
def order_thrice_weekly_max(change: Facts, patient: Facts) -> Said:
    pattern = _pattern(change)
    if pattern is None:
        return None
    return "stop" if highest_day(change["new"]) > N["thrice_weekly_day_ug"] else None


@rule("order-thrice-weekly-sum")
def order_thrice_weekly_sum(change: Facts, patient: Facts) -> Said:
    pattern = _pattern(change)
    if pattern is None:
        return None
    return "confirm" if sum(pattern) != 7 * change["new"]["daily_ug"] else None


@rule("order-depot-above-max")
def order_depot_above_max(change: Facts, patient: Facts) -> Said:
    if not is_new_depot(change):
        return None
    interval = change["new"]["depot_interval_days"]
    monthly = interval is not None and interval > N["depot_weekly_days"]
    most = N["depot_monthly_ug" if monthly else "depot_weekly_ug"]
    return "stop" if highest_day(change["new"]) > most else None


@rule("order-depot-interval")
def order_depot_interval(change: Facts, patient: Facts) -> Said:
    if not is_new_depot(change):
        return None
    fits = (N["depot_weekly_days"], N["depot_monthly_days"])
    return None if change["new"]["depot_interval_days"] in fits else "stop"


@rule("order-heroin-sessions")
def order_heroin_sessions(change: Facts, patient: Facts) -> Said:
    if new_substance(change) != "diacetylmorphine":
        return None
    many = len(change["new"]["parts_ug"]) > N["diacetylmorphine_sessions_count"]
    return "stop" if many else None


@rule("order-heroin-above-cap")
def order_heroin_above_cap(change: Facts, patient: Facts) -> Said:
    if new_substance(change) != "diacetylmorphine":
        return None
    if any(part > N["diacetylmorphine_dose_ug"] for part in change["new"]["parts_ug"]):
        return "doctor"
    return "doctor" if highest_day(change["new"]) > N["diacetylmorphine_day_ug"] else None
