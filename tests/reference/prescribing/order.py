"""Who writes, for which unit, and whether what is written is an order at all."""

from tests.reference.asking import highest_day
from tests.reference.book import N
from tests.reference.days import months_later, plus
from tests.reference.prescribing.asking import (
    Facts,
    Said,
    begins,
    is_injected,
    is_running,
    new_substance,
    rule,
)
from tests.reference.record import cannot_be


@rule("prescriber-not-entitled")
def prescriber_not_entitled(change: Facts, patient: Facts) -> Said:
    who = change["prescriber"]
    return None if who is not None and who["entitled"] is True else "stop"


def _needed(change: Facts) -> str | None:
    if new_substance(change) == "diacetylmorphine":
        return "diacetylmorphine"
    return "methadone_injection" if is_injected(change["new"]) else None


@rule("prescriber-not-approved")
def prescriber_not_approved(change: Facts, patient: Facts) -> Said:
    needed, who = _needed(change), change["prescriber"]
    if needed is None:
        return None
    return None if who is not None and needed in who["approved_for"] else "stop"


@rule("unit-not-approved")
def unit_not_approved(change: Facts, patient: Facts) -> Said:
    needed, unit = _needed(change), patient["unit"]
    if needed is None:
        return None
    return None if unit is not None and needed in unit["licences"] else "stop"


@rule("order-not-on-medication-card")
def order_not_on_medication_card(change: Facts, patient: Facts) -> Said:
    if change["new"] is None and change["sedative"] is None:
        return None
    return None if change["on_medication_card"] is True else "doctor"


@rule("start-by-non-specialist")
def start_by_non_specialist(change: Facts, patient: Facts) -> Said:
    who = change["prescriber"]
    specialist = who is not None and who["specialist"] is True
    if specialist or not begins(change, patient):
        return None
    return None if is_running(change, patient) else "stop"


_WORDS = {
    "substance": ("methadone", "buprenorphine", "diacetylmorphine"),
    "form": ("oral_solution", "tablet", "sublingual_tablet", "injection", "depot"),
    "route": ("oral", "sublingual", "intravenous", "subcutaneous"),
    "per": ("ml", "unit"),
}
_ANSWERS = {
    "preparation": (None, "ordinary", "espranor", "zubsolv"),
    "previous_preparation": (None, "ordinary", "espranor", "zubsolv"),
    "dose_found_by": (None, "clinical", "table", "ratio"),
}


def _no_day(day: str | None) -> bool:
    return day is not None and not "1971-01-01" <= day[:10] <= "2099-12-31"


def _new_cannot_be(new: Facts) -> bool:
    product, pattern, interval = new["product"], new["weekday_ug"], new["depot_interval_days"]
    if any(product[name] not in words for name, words in _WORDS.items()):
        return True
    if product["strength_ug"] <= 0 or not product["code"]:
        return True
    if _no_day(new["valid_from"]) or _no_day(new["valid_to"]):
        return True
    if pattern is not None and (not pattern or min(pattern) < 0):
        return True
    return interval is not None and (interval < 1 or interval > 366)


def _sedative_cannot_be(one: Facts, today: str) -> bool:
    plans = ("none", "above_guidance", "informed", "agreed", "tapering")
    if one["plan"] not in plans or one["purpose"] not in (None, "sleep", "anxiety", "other"):
        return True
    names = ("from_ug", "to_ug", "taken_days", "planned_days", "others", "original_ug")
    if any((one[name] or 0) < 0 for name in names):
        return True
    if (one["taken_days"] or 0) > 36_600 or (one["planned_days"] or 0) > 366:
        return True
    for step in one["steps"] or []:
        if step["from_ug"] < 0 or step["to_ug"] < 0 or _no_day(step["on"]) or step["on"] > today:
            return True
    last = one["last_step_on"]
    return _no_day(last) or _no_day(one["plan_on"]) or (last is not None and last > today)


@rule("draft-impossible")
def draft_impossible(change: Facts, patient: Facts) -> Said:
    if cannot_be(patient) or (change["new"] and _new_cannot_be(change["new"])):
        return "stop"
    if not 0 <= (change["withdrawal_cows"] or 0) <= 48:
        return "stop"
    if any(change[name] not in words for name, words in _ANSWERS.items()):
        return "stop"
    if _no_day(change["depot_test_at"]) or (change["depot_test_ug"] or 0) < 0:
        return "stop"
    one = change["sedative"]
    return "stop" if one is not None and _sedative_cannot_be(one, change["on"]) else None


@rule("order-amounts-not-positive")
def order_amounts_not_positive(change: Facts, patient: Facts) -> Said:
    new = change["new"]
    if new is None:
        return None
    if new["daily_ug"] <= 0 or any(part <= 0 for part in new["parts_ug"]):
        return "stop"
    pattern = new["weekday_ug"]
    if pattern is not None and (min(pattern, default=0) < 0 or max(pattern, default=0) <= 0):
        return "stop"
    return None


@rule("order-parts-do-not-add-up")
def order_parts_do_not_add_up(change: Facts, patient: Facts) -> Said:
    new = change["new"]
    if new is None:
        return None
    if sum(new["parts_ug"]) != new["daily_ug"]:
        return "stop"
    return "stop" if new["weekday_ug"] is not None and len(new["weekday_ug"]) != 7 else None


@rule("order-days-impossible")
def order_days_impossible(change: Facts, patient: Facts) -> Said:
    new = change["new"]
    if new is None:
        return None
    if new["valid_from"] < change["on"]:
        return "stop"
    return "stop" if new["valid_to"] is not None and new["valid_to"] < new["valid_from"] else None


@rule("order-too-long")
def order_too_long(change: Facts, patient: Facts) -> Said:
    new = change["new"]
    if new is None:
        return None
    if new["valid_to"] is None:
        return "stop"
    last = months_later(new["valid_from"], N["order_months"])
    return "doctor" if new["valid_to"] > last else None


@rule("order-overlap")
def order_overlap(change: Facts, patient: Facts) -> Said:
    new, old = change["new"], patient["prescription"]
    if new is None or old is None or change["replaces"] is True:
        return None
    ended = old["valid_to"] is not None and old["valid_to"] < new["valid_from"]
    return None if ended else "stop"


@rule("order-gap")
def order_gap(change: Facts, patient: Facts) -> Said:
    new, old = change["new"], patient["prescription"]
    if new is None or old is None:
        return None
    if old["valid_to"] is None:
        return "confirm"
    earliest = max(plus(old["valid_to"], 1), change["on"])
    return "confirm" if new["valid_from"] > earliest else None


@rule("order-lifts-stop")
def order_lifts_stop(change: Facts, patient: Facts) -> Said:
    return "confirm" if change["new"] and change["stops_lifted"] != [] else None


@rule("order-drops-orders-ahead")
def order_drops_orders_ahead(change: Facts, patient: Facts) -> Said:
    return "confirm" if change["new"] and change["orders_dropped"] != [] else None


@rule("start-dose-above-limit")
def start_dose_above_limit(change: Facts, patient: Facts) -> Said:
    substance = new_substance(change)
    if substance not in ("methadone", "buprenorphine") or not begins(change, patient):
        return None
    if change["new"]["product"]["form"] == "depot":
        return None
    most = highest_day(change["new"])
    if most > N[f"{substance}_first_day_stop_ug"]:
        return "stop"
    return "doctor" if most > N[f"{substance}_first_day_doctor_ug"] else None
