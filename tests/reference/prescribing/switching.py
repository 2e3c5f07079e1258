"""Another substance, another preparation, another way of giving."""

from tests.reference.asking import had_at_home_since, highest_day
from tests.reference.book import N
from tests.reference.days import days_from, seconds
from tests.reference.prescribing.asking import (
    Facts,
    Said,
    begins,
    is_injected,
    is_new_depot,
    is_over,
    new_substance,
    nobody_yet,
    rule,
    under_the_tongue,
    writes_methadone,
)
from tests.reference.prescribing.kinds import is_weekly


def _from_an_agonist(change: Facts, patient: Facts) -> bool:
    """Buprenorphine for somebody whose last dose was another substance, or is not known."""
    if new_substance(change) != "buprenorphine" or nobody_yet(patient):
        return False
    return patient["last_swallowed_substance"] != "buprenorphine"


@rule("switch-to-buprenorphine-too-soon")
def switch_to_buprenorphine_too_soon(change: Facts, patient: Facts) -> Said:
    if not _from_an_agonist(change, patient):
        return None
    if patient["last_swallowed_at"] is None:
        return "stop"
    since = seconds(change["at"]) - seconds(patient["last_swallowed_at"])
    begins_on = max(change["on"], change["new"]["valid_from"])
    since += 86_400 * days_from(change["on"], begins_on)
    if since < N["buprenorphine_after_agonist_minutes"] * 60:
        return "stop"
    return "doctor" if had_at_home_since(patient, begins_on) else None


@rule("switch-before-withdrawal")
def switch_before_withdrawal(change: Facts, patient: Facts) -> Said:
    if new_substance(change) != "buprenorphine" or change["new"]["valid_from"] > change["on"]:
        return None
    if patient["last_swallowed_substance"] == "buprenorphine":
        return None
    cows = change["withdrawal_cows"]
    if cows is None:
        return "doctor"
    return "stop" if cows < N["withdrawal_first_buprenorphine_cows"] else None


@rule("switch-from-high-methadone")
def switch_from_high_methadone(change: Facts, patient: Facts) -> Said:
    if not _from_an_agonist(change, patient):
        return None
    last, order = patient["last_swallowed_ug"], patient["prescription"]
    if last is None:
        return "doctor"
    if order is not None and order["product"]["substance"] != "buprenorphine":
        last = max(last, highest_day(order))
    return "doctor" if last > N["buprenorphine_after_methadone_ug"] else None


@rule("switch-to-methadone-same-day")
def switch_to_methadone_same_day(change: Facts, patient: Facts) -> Said:
    if not writes_methadone(change) or nobody_yet(patient):
        return None
    if patient["last_swallowed_substance"] in ("methadone", "diacetylmorphine"):
        return None
    last = patient["last_swallowed_on"]
    return "stop" if last is None or last >= change["new"]["valid_from"] else None


@rule("dose-found-by-ratio")
def dose_found_by_ratio(change: Facts, patient: Facts) -> Said:
    substance, order = new_substance(change), patient["prescription"]
    if substance is None:
        return None
    ordered_other = order is not None and order["product"]["substance"] != substance
    taken_other = patient["last_swallowed_substance"] != substance and not nobody_yet(patient)
    if not ordered_other and not taken_other:
        return None
    return None if change["dose_found_by"] == "clinical" else "stop"


def _tablet(order: Facts | None) -> bool:
    return order is not None and order["product"]["form"] == "sublingual_tablet"


@rule("preparations-not-equal")
def preparations_not_equal(change: Facts, patient: Facts) -> Said:
    new, old = change["new"], patient["prescription"]
    if not _tablet(new) or not _tablet(old) or new["product"] == old["product"]:
        return None
    if new["product"]["substance"] != old["product"]["substance"]:
        return None
    now, then = change["preparation"], change["previous_preparation"]
    if now is None:
        return "stop"
    return "stop" if now != then and highest_day(new) == highest_day(old) else None


@rule("route-changed-at-same-dose")
def route_changed_at_same_dose(change: Facts, patient: Facts) -> Said:
    new, old = change["new"], patient["prescription"]
    if not writes_methadone(change) or old is None:
        return None
    if old["product"]["substance"] != "methadone" or not is_injected(new) or is_injected(old):
        return None
    return "doctor" if highest_day(new) >= highest_day(old) else None


def _new_to_buprenorphine_depot(change: Facts, patient: Facts) -> bool:
    return is_new_depot(change) and begins(change, patient)


@rule("first-depot-without-test")
def first_depot_without_test(change: Facts, patient: Facts) -> Said:
    if not _new_to_buprenorphine_depot(change, patient):
        return None
    if change["depot_test_at"] is None or change["depot_test_ug"] != N["depot_test_ug"]:
        return "stop"
    since = seconds(change["at"]) - seconds(change["depot_test_at"])
    return "stop" if since < N["depot_test_minutes"] * 60 else None


@rule("first-depot-sequence")
def first_depot_sequence(change: Facts, patient: Facts) -> Said:
    new = change["new"]
    if not _new_to_buprenorphine_depot(change, patient):
        return None
    first = highest_day(new) == N["depot_first_weekly_ug"]
    return None if first and is_weekly(new) else "stop"


# Under the tongue from, to; the weekly and the monthly depot; all in mg.
_TABLE = (
    (2, 6, 8, None),
    (8, 10, 16, 64),
    (12, 16, 24, 96),
    (18, 24, 32, 128),
    (26, 32, None, 160),
)


@rule("first-depot-unmatched")
def first_depot_unmatched(change: Facts, patient: Facts) -> Said:
    new, old = change["new"], patient["prescription"]
    if not is_new_depot(change) or is_over(change, patient):
        return None
    if patient["last_swallowed_substance"] not in (None, "buprenorphine"):
        return None
    if old is not None and not under_the_tongue(old):
        return None
    if new["depot_interval_days"] is None:
        return None  # a stop of its own
    taken = old["daily_ug"] if old is not None else _last_buprenorphine(patient)
    if taken is None:
        return None
    for low, high, weekly, monthly in _TABLE:
        if low * 1000 <= taken <= high * 1000:
            right = weekly if is_weekly(new) else monthly
            return None if right is not None and highest_day(new) == right * 1000 else "confirm"
    return "confirm"


def _last_buprenorphine(patient: Facts) -> int | None:
    """Without an order in force, the last dose under the tongue."""
    known = patient["last_swallowed_substance"] == "buprenorphine"
    return patient["last_swallowed_ug"] if known else None
