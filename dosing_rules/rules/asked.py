"""Does the request make sense in itself?"""

from dosing_rules.facts import DoseAsked, Patient, Request
from dosing_rules.ordered import of_the_night
from dosing_rules.rule import Objection, rule, stop
from dosing_rules.rulebook import RuleBook

_HOW = ("supervised", "take_home")


@rule(
    id="nothing-asked",
    asks="Is any dose asked for?",
    source="CT-01; a request without a dose cannot be judged",
    only="irregular",
)
def nothing_asked(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    if request.doses:
        return None
    return stop("correct-request")


@rule(
    id="amount-not-positive",
    asks="Is each amount more than nothing?",
    source="CT-01; malformed requests are refused, never guessed",
    only="irregular",
)
def amount_not_positive(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    for dose in request.weighed:
        if dose.amount_ug <= 0 or dose.how not in _HOW:
            return stop("correct-request", asked_ug=dose.amount_ug, for_on=dose.for_on)
    return None


@rule(
    id="same-dose-twice",
    asks="Is the same part of the same day asked for twice?",
    source="CT-02 one dose per day and part",
    only="irregular",
)
def same_dose_twice(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    if len(request.asked_by_day) == len(request.doses):
        return None
    seen: set[tuple[object, int]] = set()
    for dose in request.doses:
        if (dose.for_on, dose.part) in seen:
            return stop("correct-request", for_on=dose.for_on, part=dose.part)
        seen.add((dose.for_on, dose.part))
    return None


@rule(
    id="part-does-not-exist",
    asks="Is a part asked for that the order does not have?",
    source="CT-02 per slot; a doctor's recorded extra today is a part beyond the order",
    only="off_order",
)
def part_does_not_exist(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order = patient.prescription
    if order is None:
        return None
    parts = len(order.parts_ug)
    for dose in request.weighed if not patient.extra_ug_allowed_today else request.doses:
        if order.has_part(dose.part) or _is_extra(dose, request, patient):
            continue
        return stop("correct-request", part=dose.part, ordered_parts=parts, for_on=dose.for_on)
    return None


def _is_extra(dose: DoseAsked, request: Request, patient: Patient) -> bool:
    allowed_ug = patient.extra_ug_allowed_today or 0
    here_today = dose.how == "supervised" and dose.for_on == request.on
    order = patient.prescription
    if order is None or order.night:
        return False
    ordinary = dose.part > 0 and not of_the_night(dose.part)
    return allowed_ug > 0 and ordinary and here_today


@rule(
    id="supervised-for-another-day",
    asks="Is every dose to be swallowed here meant for today?",
    source="CT-01 right date; today's intake is today's dose",
    only="irregular",
)
def supervised_for_another_day(
    request: Request, patient: Patient, book: RuleBook
) -> Objection | None:
    for dose in request.supervised:
        if dose.for_on != request.on:
            return stop("correct-request", for_on=dose.for_on, today_on=request.on)
    return None


@rule(
    id="take-home-for-past-day",
    asks="Is a dose to take home meant for a day that has passed?",
    source="CT-01 right date; a missed day is not handed out afterwards",
    only="irregular",
)
def take_home_for_past_day(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    if request.first_day >= request.on:
        return None
    for dose in request.take_home:
        if dose.for_on < request.on:
            return stop("correct-request", for_on=dose.for_on, today_on=request.on)
    return None
