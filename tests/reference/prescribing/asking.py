"""Words the rules about drafts share: what is written, what came before, what begins a course."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from tests.reference.asking import (
    depot_ended,
    depot_was_last,
    depot_words,
    highest_day,
    is_new,
    missed_days,
)
from tests.reference.book import N
from tests.reference.days import days_from, strictly_between

Facts = dict[str, Any]
Said = str | None
RULES: dict[str, Callable[[Facts, Facts], Said]] = {}
_Rule = Callable[[Facts, Facts], Said]


def rule(rule_id: str) -> Callable[[_Rule], _Rule]:
    """Register the transcription of one rule."""

    def register(function: _Rule) -> _Rule:
        assert rule_id not in RULES
        RULES[rule_id] = function
        return function

    return register


def new_substance(change: Facts) -> str | None:
    return change["new"]["product"]["substance"] if change["new"] else None


def is_new_depot(change: Facts) -> bool:
    return change["new"] is not None and change["new"]["product"]["form"] == "depot"


def writes_methadone(change: Facts) -> bool:
    return new_substance(change) == "methadone"


def under_the_tongue(order: Facts | None) -> bool:
    """Buprenorphine that is not a depot."""
    return (
        order is not None
        and order["product"]["substance"] == "buprenorphine"
        and order["product"]["form"] != "depot"
    )


def is_injected(order: Facts | None) -> bool:
    """Methadone given by needle, whatever else is said of it."""
    if order is None or order["product"]["substance"] != "methadone":
        return False
    return order["product"]["form"] == "injection" or order["product"]["route"] != "oral"


def ahead(change: Facts, patient: Facts, until: str | None = None) -> int:
    """Days from today until the new order begins that no dose and no order in force covers.

    ``until``: the first day a depot no longer covers.
    """
    today, starts = change["on"], change["new"]["valid_from"]
    order, covered = patient["prescription"], patient["last_covered_on"]
    days = [today, *strictly_between(today, starts)] if starts > today else []
    holds = order["valid_to"] if order is not None else None
    days = [day for day in days if holds is None or day > holds]
    days = [day for day in days if until is None or day >= until]
    return len([day for day in days if covered is None or day > covered])


def from_depot_to_depot(change: Facts, patient: Facts) -> bool:
    return is_new_depot(change) and depot_was_last(patient)


def days_to_restart(change: Facts, patient: Facts) -> int:
    """Days without, behind and ahead; a depot covers until the next one is due."""
    return (missed_days(change, patient) or 0) + ahead(change, patient, depot_ended(patient))


def is_over(change: Facts, patient: Facts) -> bool | None:
    """Whether too many days pass without a dose before the new order begins; not known: ``None``.

    From depot to depot the last one lasts its interval, and as many days more as it may be late.
    """
    if patient["last_covered_on"] is None:
        return None
    given = patient["last_depot"]
    if from_depot_to_depot(change, patient):
        if given["interval_days"] is None:
            return None
        late = N[f"depot_{depot_words(given['interval_days'])}_late_days"]
        passed = days_from(given["on"], change["on"]) + ahead(change, patient)
        return passed > given["interval_days"] + late
    substance = new_substance(change)
    number = "missed_stop_days" if substance == "diacetylmorphine" else "restart_days"
    over = days_to_restart(change, patient) >= N[f"{substance}_{number}"]
    # Neither a depot nobody recorded nor one of unknown interval says how long it lasted.
    unknown = given is None or given["interval_days"] is None
    return None if over and unknown else over


def begins(change: Facts, patient: Facts) -> bool:
    """Whether a course begins: none is running, too long without, or another substance."""
    if change["new"] is None:
        return False
    substance = new_substance(change)
    if patient["first_dose_on"] is None or patient["last_swallowed_substance"] != substance:
        return True
    order = patient["prescription"]
    known = order is not None and order["product"]["substance"] == substance
    if not known and patient["last_swallowed_ug"] is None:
        return True
    return is_over(change, patient) is not False


def is_running(change: Facts, patient: Facts) -> bool:
    """A course of this substance was begun and its order holds today."""
    order, substance = patient["prescription"], new_substance(change)
    if order is None or patient["first_dose_on"] is None or order["valid_to"] is None:
        return False
    if {order["product"]["substance"], patient["last_swallowed_substance"]} != {substance}:
        return False
    return order["valid_from"] <= change["on"] <= order["valid_to"]


def before(change: Facts, patient: Facts) -> int | None:
    """The dose so far: the order in force's highest day; where it ran out, the last swallowed.

    Only of the same substance, and never a depot against something taken daily.
    """
    order, substance = patient["prescription"], new_substance(change)
    if substance is None or first_for_the_night(change, patient):
        return None
    if order is not None and order["product"]["substance"] == substance:
        same_way = (order["product"]["form"] == "depot") == is_new_depot(change)
        return highest_day(order) if same_way else None
    if patient["last_swallowed_substance"] not in (None, substance) or is_new_depot(change):
        return None
    return patient["last_swallowed_ug"]


def first_for_the_night(change: Facts, patient: Facts) -> bool:
    """Nothing was ordered for the night before: what was had is of the injections."""
    return change["new"] is not None and change["new"]["night"] and patient["prescription"] is None


def may_go_on_unknown(change: Facts, patient: Facts) -> bool:
    """A dose of the same substance may have come before, and its amount is not recorded."""
    order, substance = patient["prescription"], new_substance(change)
    if first_for_the_night(change, patient):
        return False
    if is_new(patient) or is_new_depot(change) or patient["last_swallowed_ug"] is not None:
        return False
    if order is not None and order["product"]["substance"] == substance:
        return False
    return patient["last_swallowed_substance"] in (None, substance)


def goes_on(change: Facts, patient: Facts) -> bool:
    """A dose that can be compared with the one before; not where the course is known to be over."""
    if change["new"] is None or is_over(change, patient):
        return False
    return before(change, patient) is not None


def rises(change: Facts, patient: Facts) -> bool:
    """The highest day is more than it was."""
    if not goes_on(change, patient):
        return False
    return highest_day(change["new"]) > (before(change, patient) or 0)


def _week(order: Facts) -> int:
    pattern = order["weekday_ug"]
    return 7 * order["daily_ug"] if pattern is None else sum(pattern)


def fall_percent(change: Facts, patient: Facts) -> Fraction:
    """By how much a week falls, in percent of the week before; nothing where it does not."""
    if not goes_on(change, patient):
        return Fraction(0)
    order = patient["prescription"]
    same = order is not None and order["product"]["substance"] == new_substance(change)
    week = _week(order) if same else 7 * (before(change, patient) or 0)
    less = week - _week(change["new"])
    if less <= 0:
        return Fraction(0)
    return Fraction(100 * less, week) if week > 0 else Fraction(100)


def steps_before(change: Facts, patient: Facts) -> list[Facts]:
    """The steps known up to the day the new order begins."""
    return [one for one in patient["steps"] or [] if one["on"] <= change["new"]["valid_from"]]


def days_before_new(change: Facts, day: str) -> int:
    return days_from(day, change["new"]["valid_from"])


def nobody_yet(patient: Facts) -> bool:
    """New to treatment, without any history."""
    return is_new(patient)
