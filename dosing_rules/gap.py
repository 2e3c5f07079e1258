"""How many days a person has been without, counted as the book says."""

from datetime import date

from dosing_rules.days import missed_days
from dosing_rules.depots import last_was_depot, lasts_until, window
from dosing_rules.facts import Patient
from dosing_rules.rulebook import RuleBook


def anchor_on(patient: Patient, book: RuleBook) -> date | None:
    """The day the book counts from; ``None`` when it is not recorded."""
    if book.missed_days_anchor == "last_covered":
        return patient.last_covered_on
    if book.missed_days_anchor == "last_swallowed":
        return patient.last_swallowed_on
    return patient.planned_pickup_on


def days_without(on: date, patient: Patient, book: RuleBook) -> int | None:
    """Days in a row without a dose before ``on``; ``None`` when the anchor is not recorded.

    A depot covers the days until the next one is due and, where nothing else was had since, as long
    as that may be late.
    """
    since_on = anchor_on(patient, book)
    if since_on is None:
        return None
    days = _counted(book.missed_days_anchor, since_on, on, patient, book)
    if not days:
        return days
    due, depot = lasts_until(patient), patient.last_depot
    if due is None or depot is None:
        return days
    interval_days = (due - depot.on).days
    if last_was_depot(patient) and (on - due).days <= window(interval_days, book)[1]:
        return 0
    # The day it is due is itself the first one without.
    return min(days, _counted("planned_pickup", due, on, patient, book))


def _counted(anchor: str, since_on: date, on: date, patient: Patient, book: RuleBook) -> int:
    closed_on = patient.unit.closed_on if patient.unit is not None else ()
    return missed_days(
        anchor,
        since_on,
        on,
        book.missed_days_inclusive,
        book.missed_days_count_closed,
        closed_on,
    )
