"""What a person is planned to get today: the next part, and the days until the next pick-up.

Pure. The plan proposes and the check decides: a plan may well be stopped.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from dosing_rules import NO_DEPOT, Arrangement, Depot, DoseAsked, Patient, Prescription
from dosing_rules.arranged import arranged_for

A_WEEK = 7


def ordered_parts(prescription: Prescription, day: date) -> tuple[tuple[int, int], ...]:
    """The parts of a day's dose with their micrograms, in order; () on a day without a dose."""
    ordered = ((part, prescription.part_ug(day, part)) for part in prescription.parts())
    return tuple((part, amount_ug) for part, amount_ug in ordered if amount_ug > 0)


def planned_doses(patient: Patient, on: date) -> tuple[DoseAsked, ...]:
    """The hand-out planned now: today's next part, and take-home doses to the next pick-up day.

    () when nobody is expected: no prescription, no dose today, or all of today's taken. Of two
    orders it is that in front; of a dose for the night only while the injections beside it hold.
    """
    prescription = patient.prescription
    if prescription is None or (prescription.night and not pair_holds(patient, on)):
        return ()
    if within_depot(prescription, patient.last_depot, on):
        return ()
    claimed = {(claim.for_on, claim.part) for claim in patient.claims or ()}
    doses: list[DoseAsked] = []
    here = only_here(prescription)
    how = "supervised" if here or supervised_today(patient, on) else "take_home"
    left = [
        DoseAsked(on, part, amount_ug, how)
        for part, amount_ug in ordered_parts(prescription, on)
        if (on, part) not in claimed
    ]
    if not left:
        # Nobody who has today's dose is expected, least of all a traveller with a supply.
        return ()
    # A supervised part is swallowed now; the next one waits for the next visit.
    doses.extend(left[:1] if how == "supervised" else left)
    for day in () if here else take_home_days(patient.arrangement, patient, on):
        doses.extend(
            DoseAsked(day, part, amount_ug, "take_home")
            for part, amount_ug in ordered_parts(prescription, day)
            if (day, part) not in claimed and _holds(prescription, day)
        )
    return tuple(doses)


def _holds(prescription: Prescription, day: date) -> bool:
    """Whether it is still this order that day: from a step or stop ahead on it is not."""
    return prescription.valid_to is None or day <= prescription.valid_to


def only_here(prescription: Prescription) -> bool:
    """Whether it is never carried home, whatever is arranged for what is had beside it."""
    return prescription.product.substance == "diacetylmorphine"


def pair_holds(patient: Patient, on: date) -> bool:
    """With the night's order in front: whether the injections beside it are ordered that day."""
    main = patient.beside.prescription if patient.beside is not None else None
    return main is not None and only_here(main) and main.holds_on(on, on)


def planned_now(patient: Patient, on: date) -> tuple[DoseAsked, ...]:
    """What is planned next of either order: the main one first, then the dose for the night."""
    return planned_doses(patient, on) or planned_night(patient, on)


def planned_night(patient: Patient, on: date) -> tuple[DoseAsked, ...]:
    """What is planned of the dose for the night; () for whoever has none."""
    return planned_doses(patient.for_night(), on) if patient.beside is not None else ()


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

    Days of a running indkald are left out: those doses are swallowed here. From the day another
    arrangement begins that is decided ahead, its own pick-up days count, or nothing goes home.
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
        then = arranged_for(patient.arranged_ahead or (), day)
        how = then or arrangement
        if not how.self_administration or day - on > timedelta(days=A_WEEK * 5):
            return
        due = how.pickup_weekdays and day.isoweekday() in how.pickup_weekdays and day not in closed
        # A journey's supply reaches past pick-up days, but into nothing that is decided otherwise.
        travels = last is not None and then is None
        if (due and not travels) or (last is not None and day > last):
            return
        if day not in indkald:
            yield day
        day += timedelta(days=1)
