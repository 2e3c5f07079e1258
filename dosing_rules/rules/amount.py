"""Is it the ordered amount?"""

from datetime import date

from dosing_rules.amounts import is_measurable
from dosing_rules.facts import DoseAsked, Patient, Prescription, Request
from dosing_rules.rule import Objection, confirm, rule, stop
from dosing_rules.rulebook import RuleBook


def _extra_ug(dose: DoseAsked, order: Prescription, request: Request, patient: Patient) -> int:
    """A doctor's recorded extra for today, for a supervised part beyond the ordered ones."""
    if dose.how == "take_home" or dose.for_on != request.on or order.night:
        return 0
    if dose.part <= len(order.parts_ug):
        return 0
    return patient.extra_ug_allowed_today or 0


@rule(
    id="amount-above-ordered",
    asks="Is any dose larger than ordered?",
    source="CT-01 exact match in mg",
    only="off_order",
)
def amount_above_ordered(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order = patient.prescription
    if order is None:
        return None
    for dose in order.to_weigh(request):
        ordered_ug = order.dose_ug(dose)
        if dose.amount_ug <= ordered_ug:
            continue
        ordered_ug += _extra_ug(dose, order, request, patient)
        if dose.amount_ug > ordered_ug:
            return stop(
                "new-prescription",
                asked_ug=dose.amount_ug,
                ordered_ug=ordered_ug,
                for_on=dose.for_on,
            )
    return None


@rule(
    id="amount-below-ordered",
    asks="Is any dose smaller than ordered?",
    source="CT-01 exact match in mg; DK-46 a deviation needs a written reason",
    only="off_order",
)
def amount_below_ordered(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order = patient.prescription
    if order is None:
        return None
    below = first_below(order, request, patient)
    if below is None:
        return None
    asked_ug, ordered_ug, for_on = below
    return confirm(asked_ug=asked_ug, ordered_ug=ordered_ug, for_on=for_on)


def first_below(
    order: Prescription, request: Request, patient: Patient
) -> tuple[int, int, date] | None:
    """What is asked, ordered and for which day, of the first dose that falls short of the order.

    Of a day at home everything in hand for it counts: the day may be handed out in parts.
    """
    for dose in order.to_weigh(request):
        if dose.amount_ug < order.dose_ug(dose):
            break
    else:
        return None
    for dose in request.doses:
        asked_ug, ordered_ug = dose.amount_ug, order.dose_ug(dose)
        if asked_ug >= ordered_ug:
            continue
        if dose.how == "take_home":
            asked_ug = request.asked_ug(dose.for_on) + patient.claimed_ug(dose.for_on)
        if asked_ug < ordered_ug:
            return asked_ug, ordered_ug, dose.for_on
    return None


@rule(
    id="ten-fold-of-ordered",
    asks="Is any dose ten times, or a tenth of, the ordered one?",
    source="Ontario reports 2018-2024: ten-fold doses; CT-01",
    only="off_order",
)
def ten_fold_of_ordered(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order = patient.prescription
    if order is None:
        return None
    for dose in order.to_weigh(request):
        ordered_ug = order.dose_ug(dose)
        if (
            dose.amount_ug != ordered_ug
            and ordered_ug
            and _ten_fold(dose.amount_ug, ordered_ug, book)
        ):
            return stop(
                "correct-request",
                limits=("alarm_factor",),
                asked_ug=dose.amount_ug,
                ordered_ug=ordered_ug,
            )
    return None


@rule(
    id="ten-fold-of-last",
    asks="Is the dose ten times, or a tenth of, the last one swallowed here?",
    source="Ontario reports 2018-2024: 11 mg entered as 110; unknown last dose is on the safe side",
)
def ten_fold_of_last(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order = patient.prescription
    if order is None or not request.supervised:
        return None
    last_ug = patient.last_swallowed_ug
    if last_ug is None:
        if patient.is_new():
            return None
        return stop("doctor-decision", limits=("alarm_factor",), lifted_by="doctor", last_ug=None)
    for dose in request.supervised:
        if dose.amount_ug == last_ug or not _ten_fold(dose.amount_ug, last_ug, book):
            continue
        if _is_comparable(patient, order) and not _both_ordered(dose, last_ug, order):
            return stop(
                "doctor-decision",
                limits=("alarm_factor",),
                lifted_by="doctor",
                asked_ug=dose.amount_ug,
                last_ug=last_ug,
            )
    return None


def _ten_fold(one_ug: int, other_ug: int, book: RuleBook) -> bool:
    factor = book.alarm_factor
    return one_ug >= other_ug * factor or one_ug * factor <= other_ug


def _is_comparable(patient: Patient, order: Prescription) -> bool:
    """Milligrams of two substances are never compared; an unknown one counts as the same.

    Nor are those of a depot with those of a day: one lasts for weeks.
    """
    last, depot = patient.last_swallowed_substance, patient.last_depot
    if last is not None and last != order.product.substance:
        return False
    last_on = patient.last_swallowed_on
    if last is None or depot is None or last_on is None:
        return True
    return (depot.on == last_on) == (order.product.form == "depot")


def _both_ordered(dose: DoseAsked, last_ug: int, order: Prescription) -> bool:
    """A large morning and a small evening part of one order are no alarm."""
    return dose.amount_ug in order.parts_ug and last_ug in order.parts_ug


@rule(
    id="day-above-ordered",
    asks="With what is already taken, would any day hold more than ordered?",
    source="CT-01, CT-02; Irish case: three days' total given as one day's dose",
)
def day_above_ordered(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order = patient.prescription
    if order is None:
        return None
    claimed = patient.last_claim_on >= request.first_day
    daily_ug = order.daily_ug if order.weekday_ug is None else None
    for day, asked_ug in request.asked_by_day.items():
        taken_ug = patient.claimed_ug(day) if claimed else 0
        ordered_ug = order.day_ug(day) if daily_ug is None else daily_ug
        if asked_ug + taken_ug <= ordered_ug:
            continue
        extra_ug = (patient.extra_ug_allowed_today or 0) if day == request.on else 0
        if asked_ug + taken_ug > ordered_ug + extra_ug:
            return stop(
                "new-prescription",
                asked_ug=asked_ug,
                taken_ug=taken_ug,
                ordered_ug=ordered_ug + extra_ug,
                for_on=day,
            )
    return None


@rule(
    id="amount-not-measurable",
    asks="Can the amount be drawn up exactly at the ordered strength?",
    source="CT-01 mg = ml x mg/ml, rounding error 0",
)
def amount_not_measurable(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order = patient.prescription
    if order is None or order.product.per != "ml" or order.product.strength_ug <= 0:
        return None
    strength_ug = order.product.strength_ug
    for dose in request.weighed:
        if not is_measurable(dose.amount_ug, strength_ug, book.measurable_step_ul):
            return confirm(
                limits=("measurable_step_ul",),
                asked_ug=dose.amount_ug,
                ordered_strength_ug=strength_ug,
            )
    return None
