"""Depot buprenorphine: given here, in its window, within its maximum."""

from dosing_rules.facts import Patient, Prescription, Request
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
    asks="Does the injection fall into its window?",
    source="SP-05: too early asks the doctor, late is given as soon as possible",
    only="depot",
)
def depot_outside_window(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order = _depot(patient)
    if order is None or patient.last_covered_on is None:
        return None
    interval_days = order.depot_interval_days or 0
    if interval_days <= 0:
        return None
    weekly = interval_days <= book.depot_weekly_days
    window = book.depot_weekly_window_days if weekly else book.depot_monthly_window_days
    limit = "depot_weekly_window_days" if weekly else "depot_monthly_window_days"
    off_by = (request.on - patient.last_covered_on).days - interval_days
    if -window <= off_by <= window:
        return None
    raised = doctor if off_by < 0 else confirm
    return raised(
        limits=(limit,),
        last_covered_on=patient.last_covered_on,
        interval_days=interval_days,
        off_by_days=off_by,
    )


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
