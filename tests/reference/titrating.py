"""The day after: what was really had against what is asked for, while the dose is being set."""

from tests.reference.asking import (
    Facts,
    Said,
    asked_for,
    claims,
    days_asked,
    extra,
    is_new,
    maybe_another_substance,
    missed_days,
    rule,
    substance,
    taken_for,
)
from tests.reference.book import N
from tests.reference.days import days_from, strictly_between


def had_for(patient: Facts, day: str | None) -> int:
    """What was swallowed or carried home for a day, every part of it; nothing for no day."""
    given = [one for one in claims(patient) if one["state"] == "given" and one["for_on"] == day]
    return sum(one["amount_ug"] for one in given)


def most_asked(request: Facts, patient: Facts) -> int:
    """The fullest day asked for; of today not what a doctor allowed beyond the order."""
    most: list[int] = []
    for day in days_asked(request):
        allowed = extra(patient) if day == request["on"] else 0
        most.append(asked_for(request, day) + taken_for(patient, day) - allowed)
    return max(most)


def run(request: Facts, patient: Facts, gap: str) -> tuple[list[str], bool]:
    """The earlier days with a dose since the last gap of so many days, in order; was there one?"""
    given = {one["for_on"] for one in claims(patient) if one["state"] == "given"}
    days = sorted(day for day in given if day < request["on"] and had_for(patient, day) != 0)
    for place in range(len(days) - 1, 0, -1):
        between = strictly_between(days[place - 1], days[place])
        if len(between) >= N[gap]:
            return days[place:], True
    return days, False


def has_own_ceiling(request: Facts, patient: Facts) -> bool:
    """The first day ever, of a substance, or back after too long."""
    first, last = patient["first_dose_on"], patient["last_swallowed_substance"]
    missed = missed_days(request, patient)
    if missed is not None and missed >= N["methadone_restart_days"]:
        return True
    if is_new(patient) or (first is not None and first >= request["on"]):
        return True
    return last is not None and maybe_another_substance(patient)


def a_week_ago(request: Facts, patient: Facts) -> str | None:
    """The earliest day with a dose, no longer ago than the window and not before the beginning.

    Since the course was begun, or since a doctor was asked after days without: whichever had less.
    """
    first, covered = patient["first_dose_on"], patient["last_covered_on"]
    settled = first is not None and days_from(first, request["on"]) >= N["titration_days"]
    earliest: list[str | None] = []
    for gap in ("methadone_restart_days", "methadone_missed_doctor_days"):
        days, _ = run(request, patient, gap)
        week = [day for day in days if days_from(day, request["on"]) <= N["increase_window_days"]]
        if first is not None and not settled:
            week = [day for day in week if day >= first]
        earliest.append(week[0] if week else covered)
    return min(earliest, key=lambda day: had_for(patient, day))


def is_compared(request: Facts, patient: Facts) -> bool:
    """Methadone asked for on a later day of a titration or restart."""
    if substance(patient) != "methadone" or not request["doses"]:
        return False
    if has_own_ceiling(request, patient):
        return False
    first = patient["first_dose_on"]
    _, missed = run(request, patient, "methadone_missed_doctor_days")
    return missed or first is None or days_from(first, request["on"]) < N["titration_days"]


@rule("rise-since-last-dose")
def rise_since_last_dose(request: Facts, patient: Facts) -> Said:
    if not is_compared(request, patient):
        return None
    had, asked = had_for(patient, patient["last_covered_on"]), most_asked(request, patient)
    if asked <= had:
        return None
    if had == 0 or asked > had + N["methadone_step_ug"]:
        return "stop"
    before = had_for(patient, a_week_ago(request, patient))
    return "stop" if asked > before + N["methadone_week_increase_ug"] else None
