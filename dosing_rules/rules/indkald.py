"""Indkald: the recurring days of full, supervised intake under observation."""

from dosing_rules.facts import Patient, Request
from dosing_rules.rule import Objection, confirm, doctor, inform, rule, stop
from dosing_rules.rulebook import RuleBook


@rule(
    id="take-home-during-indkald",
    asks="Is a dose to take home asked for a day of a running indkald?",
    source="DK-09; while it runs, supply for its days is suspended",
    only="take_home",
)
def take_home_during_indkald(
    request: Request, patient: Patient, book: RuleBook
) -> Objection | None:
    if not request.take_home:
        return None
    if patient.indkald is None:
        return stop("supervised-here", days=None)
    if not patient.indkald.days:
        return None
    left = patient.indkald.days_left(request.on)
    claimed = [dose.for_on for dose in request.take_home if dose.for_on in left]
    if not claimed:
        return None
    return stop("supervised-here", days=claimed)


@rule(
    id="indkald-dose-not-full",
    asks="Is the full dose swallowed on a day of the indkald?",
    source="DK-09 full daily dose, to verify that it is right",
    only="watched",
)
def indkald_dose_not_full(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order = patient.prescription
    if order is None:
        return None
    indkald = patient.indkald
    if indkald is not None and (not indkald.days or request.on not in indkald.days):
        return None
    for dose in request.supervised:
        ordered_ug = order.part_ug(dose.for_on, dose.part)
        if dose.amount_ug < ordered_ug:
            return doctor(asked_ug=dose.amount_ug, ordered_ug=ordered_ug, for_on=dose.for_on)
    return None


@rule(
    id="indkald-observation",
    asks="Must the person stay for observation after today's dose?",
    source="DK-09 one hour's observation on site",
    only="watched",
)
def indkald_observation(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    indkald = patient.indkald
    if indkald is not None and (
        not indkald.days or request.on not in indkald.days_left(request.on)
    ):
        return None
    if not request.supervised:
        return None
    return inform(
        "observe-after",
        limits=("indkald_observation_minutes",),
        days_left=len(indkald.days_left(request.on)) if indkald is not None else None,
    )


@rule(
    id="indkald-due",
    asks="Is the next indkald soon, and not yet running?",
    source="DK-09 yearly; notice is a design proposal",
    only="take_home",
)
def indkald_due(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    due_on = patient.indkald_due_on
    if not request.take_home or due_on is None:
        return None
    if not 0 <= (due_on - request.on).days <= book.indkald_notice_days:
        return None
    if patient.indkald is not None and patient.indkald.days_left(request.on):
        return None
    return confirm("plan-indkald", limits=("indkald_notice_days",), due_on=due_on)


@rule(
    id="indkald-overdue",
    asks="Has the indkald's time passed without one running?",
    source="DK-09 overdue asks the doctor",
    only="take_home",
)
def indkald_overdue(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    due_on = patient.indkald_due_on
    if not request.take_home or (due_on is not None and request.on <= due_on):
        return None
    if patient.indkald is not None and patient.indkald.days_left(request.on):
        return None
    return doctor("plan-indkald", limits=("indkald_interval_months",), due_on=due_on)
