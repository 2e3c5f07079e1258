"""From one dose to the next, of the same medicine: how far, how soon, and agreed with whom."""

from dosing_rules.amounts import is_above_percent, reaches_percent
from dosing_rules.change import Change, before_ug, before_unknown, begins, course_is_over
from dosing_rules.days import DAYS_A_WEEK
from dosing_rules.facts import Patient, Prescription
from dosing_rules.plausible import SHORTEST_QTC_MS
from dosing_rules.rule import Objection, ask_prescriber, doctor, rule, stop
from dosing_rules.rulebook import RuleBook


def _rise_ug(change: Change, patient: Patient, book: RuleBook) -> int | None:
    """How far methadone rises above the dose so far; nothing where the course is known to be over.

    A course that only might begin anew is judged both ways, or a lost fact would be milder.
    """
    before = before_ug(change, patient)
    new = change.new
    if new is None or before is None or new.product.substance != "methadone":
        return None
    if course_is_over(change, patient, book):
        return None
    rise = new.largest_day_ug() - before
    return rise if rise > 0 else None


def _week_ug(order: Prescription) -> int:
    return DAYS_A_WEEK * order.daily_ug if order.weekday_ug is None else sum(order.weekday_ug)


def _cut_ug(change: Change, patient: Patient, book: RuleBook) -> tuple[int, int] | None:
    """How far a week's doses fall, and from what; ``None`` where they do not, or begin anew.

    The week counts, because a pattern may hide a lower Sunday behind an unchanged highest day.
    """
    new, before, order = change.new, before_ug(change, patient), patient.prescription
    if new is None or before is None or course_is_over(change, patient, book):
        return None
    ordered = order is not None and order.product.substance == new.product.substance
    before = _week_ug(order) if order is not None and ordered else DAYS_A_WEEK * before
    cut = before - _week_ug(new)
    return (cut, before) if cut > 0 else None


@rule(
    id="order-step-too-large",
    asks="Does the order raise methadone by more than one safe step?",
    source="DK-10 Novavi, UK-03, NO-01",
)
def order_step_too_large(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    rise = _rise_ug(change, patient, book)
    if rise is None or rise <= book.methadone_step_ug:
        return None
    return stop("doctor-decision", limits=("methadone_step_ug",), lifted_by="doctor", rise_ug=rise)


@rule(
    id="order-week-increase-too-large",
    asks="Does methadone rise too much within a week, this order included?",
    source="DK-10 Novavi: at most 20 mg a week; UK-03",
)
def order_week_increase_too_large(
    change: Change, patient: Patient, book: RuleBook
) -> Objection | None:
    rise = _rise_ug(change, patient, book)
    if rise is None or change.new is None:
        return None
    limits = ("methadone_week_increase_ug", "increase_window_days")
    if patient.steps is None:
        return stop("doctor-decision", limits=limits, lifted_by="doctor", rise_ug=None)
    earlier = [
        step.to_ug - step.from_ug
        for step in patient.steps
        if 0 <= (change.new.valid_from - step.on).days < book.increase_window_days
        and step.to_ug > step.from_ug
    ]
    total = rise + sum(earlier)
    if total <= book.methadone_week_increase_ug:
        return None
    return stop("doctor-decision", limits=limits, lifted_by="doctor", rise_ug=total)


@rule(
    id="order-steps-too-close",
    asks="Has methadone had time to build up since the last rise?",
    source="DK-10 Novavi: Tuesday and Thursday; US-02 five days or more in other places",
)
def order_steps_too_close(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    if _rise_ug(change, patient, book) is None or change.new is None:
        return None
    if patient.steps is None:
        return doctor(limits=("step_interval_days",), step_on=None)
    rises = [
        step.on
        for step in patient.steps
        if step.to_ug > step.from_ug and step.on <= change.new.valid_from
    ]
    if not rises or (change.new.valid_from - max(rises)).days >= book.step_interval_days:
        return None
    return doctor(limits=("step_interval_days",), step_on=max(rises))


@rule(
    id="order-ten-fold",
    asks="Is the new dose a tenth of the last one, or ten times as much?",
    source="Ten-fold orders are slips of the pen until shown otherwise",
)
def order_ten_fold(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    before = before_ug(change, patient)
    if change.new is None:
        return None
    new_ug, limits = change.new.largest_day_ug(), ("alarm_factor",)
    if before is None:
        if not before_unknown(change, patient):
            return None
        return stop(
            "doctor-decision", limits=limits, lifted_by="doctor", from_ug=None, to_ug=new_ug
        )
    low = new_ug * book.alarm_factor <= before and not course_is_over(change, patient, book)
    if new_ug < before * book.alarm_factor and not low:
        return None
    if patient.last_swallowed_substance is None:  # perhaps another substance's milligrams
        return stop(
            "doctor-decision", limits=limits, lifted_by="doctor", from_ug=before, to_ug=new_ug
        )
    return stop("correct-order", limits=limits, from_ug=before, to_ug=new_ug)


@rule(
    id="ecg-after-rise",
    asks="Was an ECG taken since methadone rose by half?",
    source="DK-17: again at a rise of 50 percent",
)
def ecg_after_rise(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    rise = _rise_ug(change, patient, book)
    if rise is None or change.new is None:
        return None
    new_ug, ecg_on = change.new.largest_day_ug(), patient.ecg_on
    ecg_on = ecg_on if ecg_on is not None and ecg_on <= change.on else None
    steps = patient.steps or ()
    later = [step.from_ug for step in steps if ecg_on is not None and step.on > ecg_on]
    then_ug = min([new_ug - rise, *later])
    known = ecg_on is not None and patient.steps is not None
    if known and not reaches_percent(new_ug - then_ug, book.ecg_rise_percent, then_ug):
        return None
    return ask_prescriber(limits=("ecg_rise_percent",), ecg_on=ecg_on, to_ug=new_ug)


@rule(
    id="order-with-long-qtc",
    asks="Is the heart's QTc short enough to begin or raise methadone?",
    source="US-03 (Krantz 2009)",
)
def order_with_long_qtc(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    new = change.new
    if new is None or new.product.substance != "methadone":
        return None
    if not begins(change, patient, book) and _rise_ug(change, patient, book) is None:
        return None
    qtc_ms = patient.qtc_ms
    if qtc_ms is None or qtc_ms < SHORTEST_QTC_MS or qtc_ms >= book.qtc_doctor_ms:
        return doctor(limits=("qtc_doctor_ms",), qtc_ms=qtc_ms)
    if qtc_ms >= book.qtc_confirm_ms:
        return ask_prescriber(limits=("qtc_confirm_ms",), qtc_ms=qtc_ms)
    return None


@rule(
    id="reduction-too-large",
    asks="Does the dose fall by more than a careful step?",
    source="Design proposal; DK-46 a deviation needs a written reason",
)
def reduction_too_large(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    cut = _cut_ug(change, patient, book)
    if cut is None or not is_above_percent(cut[0], book.reduction_step_percent, cut[1]):
        return None
    # Said as a day of the week on the average: where days do not differ, that is the daily dose.
    from_ug, cut_ug = cut[1] // DAYS_A_WEEK, cut[0] // DAYS_A_WEEK
    return ask_prescriber(limits=("reduction_step_percent",), from_ug=from_ug, cut_ug=cut_ug)


@rule(
    id="reduction-too-soon",
    asks="Is the last step down long enough ago?",
    source="Design proposal; DK-46 a deviation needs a written reason",
)
def reduction_too_soon(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    if _cut_ug(change, patient, book) is None or change.new is None:
        return None
    if patient.steps is None:
        return ask_prescriber(limits=("reduction_interval_days",), step_on=None)
    cuts = [
        step.on
        for step in patient.steps
        if step.to_ug < step.from_ug and step.on <= change.new.valid_from
    ]
    if not cuts or (change.new.valid_from - max(cuts)).days >= book.reduction_interval_days:
        return None
    return ask_prescriber(limits=("reduction_interval_days",), step_on=max(cuts))


@rule(
    id="reduction-not-agreed",
    asks="Was a reduction told to the person before it begins?",
    source="001:4465-4475: announced in time, agreed where it can be",
)
def reduction_not_agreed(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    if _cut_ug(change, patient, book) is None or change.agreed_with_patient is True:
        return None
    return ask_prescriber(agreed=change.agreed_with_patient)


def _says(order: Prescription) -> tuple[object, ...]:
    """What is given and how much, without the order's days and reasons."""
    interval = order.depot_interval_days
    return (order.product, order.daily_ug, order.parts_ug, order.weekday_ug, interval)


@rule(
    id="order-in-pregnancy",
    asks="Is the dose of a pregnant person changed?",
    source="CT-15 no cut because of pregnancy, no detoxification; the family unit at any change",
)
def order_in_pregnancy(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    if patient.pregnant is False or change.new is None:
        return None
    order = patient.prescription
    if order is not None and _says(order) == _says(change.new):
        return None
    return doctor(pregnant=patient.pregnant)
