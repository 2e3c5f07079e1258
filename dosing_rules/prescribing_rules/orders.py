"""The order itself: its amounts, its parts, its days."""

from dosing_rules.change import Change, course_is_over, is_injected
from dosing_rules.days import DAYS_A_WEEK, day_after, within_months
from dosing_rules.facts import Patient, Prescription
from dosing_rules.rule import Objection, ask_prescriber, doctor, inform, rule, stop
from dosing_rules.rulebook import RuleBook


def _new(change: Change, substance: str) -> Prescription | None:
    new = change.new
    return new if new is not None and new.product.substance == substance else None


def _tablets(change: Change) -> Prescription | None:
    new = _new(change, "buprenorphine")
    return new if new is not None and new.product.form != "depot" else None


@rule(
    id="order-amounts-not-positive",
    asks="Is every ordered amount more than nothing?",
    source="CT-01",
)
def order_amounts_not_positive(
    change: Change, patient: Patient, book: RuleBook
) -> Objection | None:
    new = change.new
    if new is None:
        return None
    least_ug = min([new.daily_ug, *new.parts_ug])
    pattern = new.weekday_ug
    if least_ug > 0 and (pattern is None or (any(pattern) and min(pattern) >= 0)):
        return None
    return stop("correct-order", daily_ug=new.daily_ug)


@rule(
    id="order-parts-do-not-add-up",
    asks="Do the part doses add up to the day, and is every weekday named?",
    source="CT-01; Irish case of a total given as a day's dose",
)
def order_parts_do_not_add_up(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    new = change.new
    if new is None:
        return None
    whole_week = new.weekday_ug is None or len(new.weekday_ug) == DAYS_A_WEEK
    if sum(new.parts_ug) == new.daily_ug and whole_week:
        return None
    return stop("correct-order", parts_ug=sum(new.parts_ug), daily_ug=new.daily_ug)


@rule(
    id="order-high-methadone",
    asks="Is there a written reason for a high dose of methadone?",
    source="DK-19",
)
def order_high_methadone(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    new = _new(change, "methadone")
    if new is None or new.high_dose_reason is True:
        return None
    if new.largest_day_ug() <= book.methadone_high_ug:
        return None
    return doctor(limits=("methadone_high_ug",), daily_ug=new.largest_day_ug())


@rule(
    id="order-high-buprenorphine",
    asks="Is the dose of buprenorphine within the product's maximum, or reasoned?",
    source="DK-20, SP-08",
)
def order_high_buprenorphine(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    new = _tablets(change)
    if new is None:
        return None
    day_ug = new.largest_day_ug()
    if day_ug > book.buprenorphine_never_above_ug:
        return stop("correct-order", limits=("buprenorphine_never_above_ug",), daily_ug=day_ug)
    if day_ug <= book.buprenorphine_high_ug or new.high_dose_reason is True:
        return None
    return doctor(limits=("buprenorphine_high_ug",), daily_ug=day_ug)


@rule(
    id="order-below-usual",
    asks="Is the methadone dose below what usually holds?",
    source="UK-04: 60-120 mg; less may leave a person in withdrawal",
)
def order_below_usual(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    new = _new(change, "methadone")
    if new is None or new.night or is_injected(new.product) or patient.is_new():
        return None
    if patient.last_swallowed_substance not in (None, "methadone"):
        return None
    if course_is_over(change, patient, book):
        return None
    first_on = patient.first_dose_on
    if first_on is not None and (change.on - first_on).days < book.titration_days:
        return None
    if new.largest_day_ug() >= book.methadone_usual_ug:
        return None
    return inform(limits=("methadone_usual_ug",), daily_ug=new.largest_day_ug())


@rule(
    id="order-thrice-weekly-max",
    asks="Is each day of a weekly pattern within its maximum?",
    source="SP-09: at most 24 mg on any day",
)
def order_thrice_weekly_max(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    new = _tablets(change)
    if new is None or new.weekday_ug is None:
        return None
    if new.largest_day_ug() <= book.thrice_weekly_day_ug:
        return None
    return stop("correct-order", limits=("thrice_weekly_day_ug",), daily_ug=new.largest_day_ug())


@rule(
    id="order-thrice-weekly-sum",
    asks="Does a weekly pattern add up to seven daily doses?",
    source="SP-09: double on Monday and Wednesday, triple on Friday",
)
def order_thrice_weekly_sum(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    new = _tablets(change)
    if new is None or new.weekday_ug is None:
        return None
    week_ug, expected_ug = sum(new.weekday_ug), new.daily_ug * DAYS_A_WEEK
    if week_ug == expected_ug:
        return None
    return ask_prescriber(week_ug=week_ug, expected_ug=expected_ug)


@rule(
    id="order-depot-above-max",
    asks="Is the depot within the preparation's maximum?",
    source="SP-06",
)
def order_depot_above_max(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    new = change.new
    if new is None or new.product.form != "depot":
        return None
    weekly = (new.depot_interval_days or 0) <= book.depot_weekly_days
    limit = "depot_weekly_ug" if weekly else "depot_monthly_ug"
    max_ug = book.depot_weekly_ug if weekly else book.depot_monthly_ug
    if new.largest_day_ug() <= max_ug:
        return None
    return stop("correct-order", limits=(limit,), daily_ug=new.largest_day_ug())


@rule(
    id="order-depot-interval",
    asks="Is the depot ordered weekly or monthly?",
    source="SP-05",
)
def order_depot_interval(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    new = change.new
    if new is None or new.product.form != "depot":
        return None
    if new.depot_interval_days in (book.depot_weekly_days, book.depot_monthly_days):
        return None
    return stop(
        "correct-order",
        limits=("depot_weekly_days", "depot_monthly_days"),
        interval_days=new.depot_interval_days,
    )


@rule(
    id="order-heroin-above-cap",
    asks="Is diacetylmorphine within the caps for a dose and a day?",
    source="DK-33",
)
def order_heroin_above_cap(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    new = _new(change, "diacetylmorphine")
    if new is None:
        return None
    dose_ug = max(new.parts_ug, default=new.daily_ug)
    day_ug = new.largest_day_ug()
    if dose_ug <= book.diacetylmorphine_dose_ug and day_ug <= book.diacetylmorphine_day_ug:
        return None
    limits = ("diacetylmorphine_dose_ug", "diacetylmorphine_day_ug")
    return doctor(limits=limits, dose_ug=dose_ug, day_ug=day_ug)


@rule(
    id="order-heroin-sessions",
    asks="Is diacetylmorphine ordered for no more than the day's sessions?",
    source="DK-31",
)
def order_heroin_sessions(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    new = _new(change, "diacetylmorphine")
    if new is None or len(new.parts_ug) <= book.diacetylmorphine_sessions_count:
        return None
    return stop(
        "correct-order",
        limits=("diacetylmorphine_sessions_count",),
        sessions=len(new.parts_ug),
    )


@rule(
    id="order-too-long",
    asks="Does the order end, and within the longest validity?",
    source="DK-02",
)
def order_too_long(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    new = change.new
    if new is None:
        return None
    if new.valid_to is None:
        return stop("correct-order", limits=("order_months",), valid_to_on=None)
    if within_months(new.valid_from, book.order_months, new.valid_to):
        return None
    return doctor(limits=("order_months",), valid_to_on=new.valid_to)


@rule(
    id="order-days-impossible",
    asks="Does the order begin today or later, and end after it begins?",
    source="DK-02; nothing is ordered for days gone by",
)
def order_days_impossible(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    new = change.new
    if new is None:
        return None
    ends_on = new.valid_to if new.valid_to is not None else new.valid_from
    if new.valid_from >= change.on and ends_on >= new.valid_from:
        return None
    return stop("correct-order", valid_from_on=new.valid_from, valid_to_on=new.valid_to)


@rule(
    id="order-gap",
    asks="Does the new order begin as the old one ends?",
    source="DK-02; days without an order are days without a dose",
)
def order_gap(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    order, new = patient.prescription, change.new
    if order is None or new is None:
        return None
    ends_on = order.valid_to
    if ends_on is not None and new.valid_from <= max(day_after(ends_on), change.on):
        return None
    return ask_prescriber(ends_on=ends_on, begins_on=new.valid_from)


@rule(
    id="order-lifts-stop",
    asks="Does the new order leave every stop and pause that is signed ahead as it is?",
    source="DK-02: the newest order holds; a stop that falls away unseen is a dose nobody decided",
)
def order_lifts_stop(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    if change.new is None or change.stops_lifted == ():
        return None
    return ask_prescriber(days=change.stops_lifted)


@rule(
    id="order-drops-orders-ahead",
    asks="Does the new order leave every order and step that is signed ahead as it is?",
    source="DK-02: the newest order holds; steps that fall away unseen end a taper or titration",
)
def order_drops_orders_ahead(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    if change.new is None or change.orders_dropped == ():
        return None
    return ask_prescriber(days=change.orders_dropped)


@rule(
    id="order-overlap",
    asks="Does the old order end when the new one begins?",
    source="CT-02: two orders in force are two doses",
)
def order_overlap(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    order, new = patient.prescription, change.new
    if order is None or new is None or change.replaces is True:
        return None
    if order.valid_to is not None and order.valid_to < new.valid_from:
        return None
    return stop("correct-order", ends_on=order.valid_to, begins_on=new.valid_from)
