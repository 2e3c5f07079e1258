"""What a person is planned to get today: the next part, and the days until the next pick-up.

Pure. The plan proposes and the check decides: a plan may well be stopped.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from dosing_rules import NO_DEPOT, Arrangement, Depot, DoseAsked, Patient, Prescription

A_WEEK = 7


def ordered_parts(prescription: Prescription, day: date) -> tuple[int, ...]:
    """The parts of a day's dose in micrograms, in order; () on a day without a dose."""
    ordered = (prescription.part_ug(day, part) for part in range(1, len(prescription.parts_ug) + 1))
    return tuple(amount_ug for amount_ug in ordered if amount_ug > 0)


def planned_doses(patient: Patient, on: date) -> tuple[DoseAsked, ...]:
    """The hand-out planned now: today's next part, and take-home doses to the next pick-up day.

    () when nobody is expected: no prescription, no dose today, or all of today's taken.
    """
    prescription = patient.prescription
    if prescription is None:
        return ()
    if within_depot(prescription, patient.last_depot, on):
        return ()
    claimed = {(claim.for_on, claim.part) for claim in patient.claims or ()}
    doses: list[DoseAsked] = []
    how = "supervised" if supervised_today(patient, on) else "take_home"
    left = [
        DoseAsked(on, part, amount_ug, how)
        for part, amount_ug in enumerate(ordered_parts(prescription, on), start=1)
        if (on, part) not in claimed
    ]
    if not left:
        # Nobody who has today's dose is expected, least of all a traveller with a supply.
        return ()
    # A supervised part is swallowed now; the next one waits for the next visit.
    doses.extend(left[:1] if how == "supervised" else left)
    for day in take_home_days(patient.arrangement, patient, on):
        doses.extend(
            DoseAsked(day, part, amount_ug, "take_home")
            for part, amount_ug in enumerate(ordered_parts(prescription, day), start=1)
            if (day, part) not in claimed
        )
    return tuple(doses)


def within_depot(prescription: Prescription, last: Depot | None, on: date) -> bool:
    """Whether the last depot still works, so that none is planned yet.

    By that depot's own interval, whatever is ordered now. What was no depot does not count: after
    tablets the first one is due at once.
    """
    if prescription.product.form != "depot" or last is None or last == NO_DEPOT:
        return False
    days = last.interval_days
    return days is not None and on < last.on + timedelta(days=days)


def supervised_today(patient: Patient, on: date) -> bool:
    """Whether today's dose is swallowed here: the arrangement, an indkald day, a measure."""
    arrangement = patient.arrangement
    if arrangement is None or not arrangement.self_administration:
        return True
    if patient.indkald is not None and on in patient.indkald.days:
        return True
    until = patient.diversion_supervised_until_on
    if until is not None and on <= until:
        return True
    weekdays = arrangement.supervised_weekdays
    return weekdays is None or on.isoweekday() in weekdays


def take_home_days(arrangement: Arrangement | None, patient: Patient, on: date) -> Iterator[date]:
    """The days after today that go home: up to the next open pick-up day, or the exception's end.

    Days of a running indkald are left out: those doses are swallowed here.
    """
    if arrangement is None or not arrangement.self_administration:
        return
    if not arrangement.pickup_weekdays or on.isoweekday() not in arrangement.pickup_weekdays:
        return
    closed = patient.unit.closed_on if patient.unit is not None else frozenset[date]()
    indkald = frozenset(patient.indkald.days) if patient.indkald is not None else frozenset[date]()
    exception = arrangement.exception
    travel = exception is not None and exception.from_on <= on <= exception.until_on
    last = on + timedelta(days=exception.days) if travel and exception is not None else None
    day = on + timedelta(days=1)
    while True:
        due = day.isoweekday() in arrangement.pickup_weekdays and day not in closed
        if (last is None and due) or (last is not None and day > last):
            return
        if day - on > timedelta(days=A_WEEK * 5):
            return
        if day not in indkald:
            yield day
        day += timedelta(days=1)
