"""A depot so late that the person is no longer covered by the last one."""

from dosing_rules.depots import far_late, last_was_depot
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
    order, depot = patient.prescription, patient.last_depot
    if order is None or order.product.form != "depot" or depot is None:
        return None
    # Of an unknown kind the window asks the doctor already; after other doses they are counted.
    if depot.interval_days is None or not last_was_depot(patient):
        return None
    limit, late_days = far_late(depot.interval_days, book)
    late_by = (request.on - depot.on).days - depot.interval_days
    if late_by <= late_days:
        return None
    return doctor(
        limits=(limit,),
        last_depot_on=depot.on,
        interval_days=depot.interval_days,
        late_by_days=late_by,
    )
