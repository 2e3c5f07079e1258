"""Depot buprenorphine: given here, in its window, within its maximum."""

from dosing_rules.depots import due_on, last_was_depot, window
from dosing_rules.facts import NO_DEPOT, Patient, Prescription, Request
from dosing_rules.rule import Objection, confirm, doctor, rule, stop
from dosing_rules.rulebook import RuleBook


def _depot(patient: Patient) -> Prescription | None:
    order = patient.prescription
    return order if order is not None and order.product.form == "depot" else None


@rule(
    id="depot-interval-unknown",
    asks="Does a depot order say how many days lie between injections?",
    source="SP-05",
    only="depot",
)
def depot_interval_unknown(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order = _depot(patient)
    if order is None or (order.depot_interval_days or 0) > 0:
        return None
    return stop("doctor-decision", lifted_by="doctor", interval_days=order.depot_interval_days)


@rule(
    id="depot-outside-window",
    asks="Does the injection fall into the window of the last one?",
    source="SP-05: too early asks the doctor, late is given soon; SP-04: none after tablets",
    only="depot",
)
def depot_outside_window(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    """The last depot's own interval counts, whatever is ordered now; after tablets none does."""
    depot = patient.last_depot
    if _depot(patient) is None or depot == NO_DEPOT:
        return None
    if depot is None and patient.is_new():
        return None
    if depot is None or depot.interval_days is None:
        given_on = None if depot is None else depot.on
        return doctor(last_depot_on=given_on, interval_days=None, off_by_days=None)
    limit, days = window(depot.interval_days, book)
    off_by = (request.on - depot.on).days - depot.interval_days
    # Late is only who had nothing since.
    if -days <= off_by <= days or (off_by > 0 and last_was_depot(patient) is False):
        return None
    raised = doctor if off_by < 0 else confirm
    return raised(
        limits=(limit,),
        last_depot_on=depot.on,
        interval_days=depot.interval_days,
        off_by_days=off_by,
    )


@rule(
    id="depot-still-works",
    asks="Is another dose asked for while the last depot still works?",
    source="SP-05: a depot covers its interval; no row sets a daily dose beside one",
    only="depot_before",
)
def depot_still_works(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order, depot = patient.prescription, patient.last_depot
    if order is None or order.product.form == "depot" or not request.doses or depot == NO_DEPOT:
        return None
    if depot is None:
        return None if patient.is_new() else doctor(last_depot_on=None, due_on=None)
    if depot.interval_days is None:
        # Of an unknown kind it may be the longest there is.
        if (request.on - depot.on).days >= book.depot_monthly_days:
            return None
        limits = ("depot_monthly_days",)
        return doctor(limits=limits, last_depot_on=depot.on, due_on=None)
    due = due_on(patient)
    if due is None or request.on >= due:
        return None
    return doctor(last_depot_on=depot.on, due_on=due)


@rule(
    id="depot-above-max",
    asks="Is the depot dose within the preparation's maximum?",
    source="SP-06",
    only="depot",
)
def depot_above_max(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order = _depot(patient)
    if order is None:
        return None
    weekly = (order.depot_interval_days or 0) <= book.depot_weekly_days
    limit = "depot_weekly_ug" if weekly else "depot_monthly_ug"
    max_ug = book.depot_weekly_ug if weekly else book.depot_monthly_ug
    dose_ug = order.largest_day_ug()
    if dose_ug <= max_ug:
        return None
    return stop("new-prescription", limits=(limit,), daily_ug=dose_ug)
