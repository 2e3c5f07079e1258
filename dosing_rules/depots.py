"""What the last depot given says of the days after it: it works until the next one is due."""

from datetime import date, timedelta

from dosing_rules.facts import NO_DEPOT, Patient
from dosing_rules.plausible import depot_possible
from dosing_rules.rulebook import RuleBook


def due_on(patient: Patient) -> date | None:
    """The day the next depot is due; ``None`` where none was given, or nobody knows which kind."""
    depot = patient.last_depot
    if depot is None or depot == NO_DEPOT or depot.interval_days is None:
        return None
    if not depot_possible(depot):
        return None  # that the record cannot be true is a stop of its own
    return depot.on + timedelta(days=depot.interval_days)


def last_was_depot(patient: Patient) -> bool | None:
    """Whether the last dose of all was a depot; ``None``: not known.

    A day after the depot that another dose was for says it was not.
    """
    depot, covered_on = patient.last_depot, patient.last_covered_on
    if depot is None or covered_on is None:
        return None
    return depot != NO_DEPOT and covered_on <= depot.on


def lasts_until(patient: Patient) -> date | None:
    """The day a depot's cover ends; ``None`` where none was given, or the days were not its own.

    Whoever had something else since is counted by that. Only buprenorphine taken beside a depot
    still at work leaves its days covered.
    """
    if last_was_depot(patient) or patient.last_swallowed_substance == "buprenorphine":
        return due_on(patient)
    return None


def window(interval_days: int, book: RuleBook) -> tuple[str, int]:
    """How many days either way the next depot may be given, and the number that says so."""
    if interval_days <= book.depot_weekly_days:
        return "depot_weekly_window_days", book.depot_weekly_window_days
    return "depot_monthly_window_days", book.depot_monthly_window_days


def far_late(interval_days: int, book: RuleBook) -> tuple[str, int]:
    """After how many days late the next depot is a new beginning, and the number that says so."""
    if interval_days <= book.depot_weekly_days:
        return "depot_weekly_late_days", book.depot_weekly_late_days
    return "depot_monthly_late_days", book.depot_monthly_late_days
