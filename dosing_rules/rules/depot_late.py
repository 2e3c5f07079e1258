"""A depot so late that the person is no longer covered by the last one."""

from dosing_rules.facts import Patient, Request
from dosing_rules.rule import Objection, doctor, rule
from dosing_rules.rulebook import RuleBook


@rule(
    id="depot-far-late",
    asks="Is the injection so late that it would be a new beginning?",
    source="SP-05 far late asks the doctor; SP-07",
    only="depot",
)
def depot_far_late(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order = patient.prescription
    if order is None or order.product.form != "depot" or patient.last_covered_on is None:
        return None
    interval_days = max(order.depot_interval_days or 0, 0)
    weekly = interval_days <= book.depot_weekly_days
    late_days = book.depot_weekly_late_days if weekly else book.depot_monthly_late_days
    limit = "depot_weekly_late_days" if weekly else "depot_monthly_late_days"
    late_by = (request.on - patient.last_covered_on).days - interval_days
    if late_by <= late_days:
        return None
    return doctor(
        limits=(limit,),
        last_covered_on=patient.last_covered_on,
        interval_days=order.depot_interval_days,
        late_by_days=late_by,
    )
