"""Words the rules share, on plain dicts: what is asked, ordered, taken and arranged."""

from collections.abc import Callable
from typing import Any

from tests.reference.book import N
from tests.reference.days import WEEKDAY, days_from, plus, seconds, strictly_between

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


def here(request: Facts) -> list[Facts]:
    """The doses to be swallowed here."""
    return [dose for dose in request["doses"] if dose["how"] == "supervised"]


def home(request: Facts) -> list[Facts]:
    """The doses to take home."""
    return [dose for dose in request["doses"] if dose["how"] == "take_home"]


def is_night_part(part: int) -> bool:
    """The dose for the night, or what a merge left beside it."""
    return 90 <= part < 99


def every_claim(patient: Facts) -> list[Facts]:
    """What is recorded as taken, of whichever order; nothing where that is not known."""
    return patient["claims"] or []


def claims(patient: Facts) -> list[Facts]:
    """What of it counts for the order asked about.

    Of the night's order that is the night's; of injections everything but the night's; of any other
    order, and where there is none, everything.
    """
    order = patient["prescription"]
    if patient["at_night"] or (order is not None and order["night"]):
        return [one for one in every_claim(patient) if is_night_part(one["part"])]
    if substance(patient) == "diacetylmorphine":
        return [one for one in every_claim(patient) if not is_night_part(one["part"])]
    return every_claim(patient)


def asked_for(request: Facts, day: str) -> int:
    return sum(dose["amount_ug"] for dose in request["doses"] if dose["for_on"] == day)


def taken_for(patient: Facts, day: str) -> int:
    return sum(claim["amount_ug"] for claim in claims(patient) if claim["for_on"] == day)


def days_asked(request: Facts) -> list[str]:
    return sorted({dose["for_on"] for dose in request["doses"]})


def last_day(request: Facts) -> str:
    """Today, or the last day a dose is asked for."""
    return max([request["on"], *days_asked(request)])


def substance(patient: Facts) -> str | None:
    order = patient["prescription"]
    return order["product"]["substance"] if order else None


def is_depot(patient: Facts) -> bool:
    order = patient["prescription"]
    return bool(order) and order["product"]["form"] == "depot"


def by_the_day(patient: Facts) -> str | None:
    """The substance of an order that is taken daily: none for a depot."""
    return None if is_depot(patient) else substance(patient)


def maybe_another_substance(patient: Facts) -> bool:
    """The last dose was of another substance than the order's, or was one of nobody knows what."""
    last = patient["last_swallowed_substance"]
    if last is None and patient["last_swallowed_at"] is None:
        return substance(patient) is not None and patient["last_swallowed_ug"] is not None
    return substance(patient) not in (None, last)


def day_ordered(order: Facts, day: str) -> int:
    """The day's dose; where days differ, the weekday's, and nothing where none is named."""
    pattern = order["weekday_ug"]
    if pattern is None:
        return order["daily_ug"]
    number = WEEKDAY[day]
    return pattern[number - 1] if number <= len(pattern) else 0


def part_ordered(order: Facts, day: str, part: int) -> int:
    """A supervised part; on a day with another amount, never more than the day has."""
    parts = order["parts_ug"]
    if order["night"]:
        return day_ordered(order, day) if part == 90 else 0
    if part < 1 or part > len(parts):
        return 0
    if order["weekday_ug"] is None:
        return parts[part - 1]
    whole = day_ordered(order, day)
    return whole if len(parts) == 1 else min(parts[part - 1], whole)


def dose_ordered(order: Facts, dose: Facts) -> int:
    """A dose to take home is the day's, one swallowed here is the part's."""
    if dose["how"] == "take_home":
        return day_ordered(order, dose["for_on"])
    return part_ordered(order, dose["for_on"], dose["part"])


def highest_day(order: Facts) -> int:
    """The most any day is ordered."""
    return max([order["daily_ug"], *(order["weekday_ug"] or [])])


def is_extra(request: Facts, order: Facts, dose: Facts) -> bool:
    """A part beyond the order, swallowed here, today."""
    return (
        dose["how"] == "supervised"
        and dose["for_on"] == request["on"]
        and dose["part"] > len(order["parts_ug"])
        and not order["night"]
    )


def extra(patient: Facts) -> int:
    """What a doctor recorded beyond today's order; unknown and less than nothing are nothing."""
    return max(0, patient["extra_ug_allowed_today"] or 0)


def is_new(patient: Facts) -> bool:
    """New to treatment, and nothing recorded that speaks against it."""
    if patient["new_to_treatment"] is not True or claims(patient):
        return False
    if patient["last_depot"] not in (None, NO_DEPOT):
        return False
    history = ("last_swallowed_at", "last_swallowed_ug", "last_covered_on", "first_dose_on")
    return all(patient[name] is None for name in history)


def since_last(request: Facts, patient: Facts) -> int | None:
    """Seconds since the last swallowed dose."""
    last = patient["last_swallowed_at"]
    return None if last is None else seconds(request["at"]) - seconds(last)


def had_at_home_since(patient: Facts, until: str) -> bool:
    """A later day than the last swallowed one has its dose, or some of that day's went home.

    It may be so where one of them is not recorded.
    """
    swallowed, covered = patient["last_swallowed_on"], patient["last_covered_on"]
    if None in (swallowed, covered, patient["claims"]) or covered > swallowed:
        return True
    carried = [one for one in every_claim(patient) if one["how"] == "take_home"]
    days = [one["for_on"] for one in carried if one["state"] == "given"]
    return any(swallowed <= day <= until for day in days)


NO_DEPOT = {"on": "0001-01-01", "interval_days": 0}


def depot_given(patient: Facts) -> Facts | None:
    """The last depot of a known kind and a possible day."""
    given = patient["last_depot"]
    if given is None or given == NO_DEPOT or given["interval_days"] is None:
        return None
    possible = "1971-01-01" <= given["on"] <= "2099-12-31" and 1 <= given["interval_days"] <= 366
    return given if possible else None


def depot_words(interval: int) -> str:
    """Seven days and fewer is a weekly preparation."""
    return "weekly" if interval <= N["depot_weekly_days"] else "monthly"


def depot_was_last(patient: Facts) -> bool:
    """A depot was given, and nothing for a later day."""
    given, covered = patient["last_depot"], patient["last_covered_on"]
    if given is None or given == NO_DEPOT or covered is None:
        return False
    return not covered > given["on"]


def depot_ended(patient: Facts) -> str | None:
    """The first day a depot covers no more; none where another medicine was had after it."""
    given = depot_given(patient)
    if given is None:
        return None
    if not depot_was_last(patient) and patient["last_swallowed_substance"] != "buprenorphine":
        return None
    return plus(given["on"], given["interval_days"])


def missed_days(request: Facts, patient: Facts) -> int | None:
    """Days after the last covered day and before today; closed days count, today does not.

    A depot covers the days to the next; not later than its window nobody is without. After tablets
    of its substance the window is gone, after anything else the depot is.
    """
    assert N["missed_days_anchor"] == "last_covered"
    assert N["missed_days_inclusive"] is False and N["missed_days_count_closed"] is True
    covered = patient["last_covered_on"]
    if covered is None:
        return None
    days = strictly_between(covered, request["on"])
    ended = depot_ended(patient)
    if ended is None:
        return len(days)
    if depot_was_last(patient):
        interval = patient["last_depot"]["interval_days"]
        if days_from(ended, request["on"]) <= N[f"depot_{depot_words(interval)}_window_days"]:
            return 0
    return len([day for day in days if day >= ended])


def dose_before(patient: Facts) -> int:
    """What a day had before the days without: as ordered, or more where the last dose was more.

    A last dose of another substance, a depot, or one of a pattern over the week is not a day's;
    neither is one of which that is not known.
    """
    order = patient["prescription"]
    told = [patient[f"last_swallowed_{what}"] for what in ("ug", "on", "substance")]
    if None in [*told, patient["last_depot"]] or order["weekday_ug"] is not None:
        return order["daily_ug"]
    ug, on, of = told
    a_day = of == order["product"]["substance"] and on != patient["last_depot"]["on"]
    return ug if a_day and ug > order["daily_ug"] else order["daily_ug"]


def closed(patient: Facts) -> list[str]:
    """The unit's closed days; none are known where the unit is not."""
    return patient["unit"]["closed_on"] if patient["unit"] else []


def exception_covers(request: Facts, patient: Facts) -> bool:
    """A doctor's exception long enough, with every dose to take home inside its period."""
    arranged = patient["arrangement"]
    if arranged is None or arranged["exception"] is None:
        return False
    granted = arranged["exception"]
    if len(days_in_hand(request, patient)) > granted["days"]:
        return False
    days = [dose["for_on"] for dose in home(request)]
    return all(granted["from_on"] <= day <= granted["until_on"] for day in days)


def days_in_hand(request: Facts, patient: Facts) -> set[str]:
    """The days, today or later, the person would hold a dose to take home for."""
    held = {claim["for_on"] for claim in claims(patient) if claim["how"] == "take_home"}
    asked = {dose["for_on"] for dose in home(request)}
    return {day for day in held if day >= request["on"]} | asked


def only_closed_until(request: Facts, patient: Facts, planned: str) -> bool:
    """The planned day comes later, and every day from tomorrow to it is closed."""
    if planned <= request["on"]:
        return False
    days = [*strictly_between(request["on"], planned), planned]
    return all(day in closed(patient) for day in days)


def below_ordered(request: Facts, patient: Facts, dose: Facts) -> bool:
    """Smaller than ordered; for a day at home everything in hand for that day counts."""
    order = patient["prescription"]
    if dose["amount_ug"] >= dose_ordered(order, dose):
        return False
    if dose["how"] == "supervised":
        return True
    day = dose["for_on"]
    return asked_for(request, day) + taken_for(patient, day) < day_ordered(order, day)
