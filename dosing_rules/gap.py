"""How many days a person has been without, counted as the book says."""

from datetime import date

from dosing_rules.days import missed_days
from dosing_rules.facts import Patient
from dosing_rules.rulebook import RuleBook


def days_without(on: date, patient: Patient, book: RuleBook) -> int | None:
    """Days in a row without a dose before ``on``; ``None`` when the anchor is not recorded."""
    anchor = book.missed_days_anchor
    if anchor == "last_covered":
        anchor_on = patient.last_covered_on
    elif anchor == "last_swallowed":
        anchor_on = patient.last_swallowed_on
    else:
        anchor_on = patient.planned_pickup_on
    if anchor_on is None:
        return None
    closed_on = patient.unit.closed_on if patient.unit is not None else ()
    return missed_days(
        anchor,
        anchor_on,
        on,
        book.missed_days_inclusive,
        book.missed_days_count_closed,
        closed_on,
    )
