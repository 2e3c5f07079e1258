"""Doses above the usual range."""

from dosing_rules.facts import Patient, Request
from dosing_rules.rule import Objection, doctor, rule, stop
from dosing_rules.rulebook import RuleBook


@rule(
    id="high-dose-methadone",
    asks="Is there a written reason for a high dose of methadone?",
    source="DK-19",
    only="methadone",
)
def high_dose_methadone(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order = patient.prescription
    if order is None or order.product.substance != "methadone":
        return None
    day_ug = order.largest_day_ug()
    if day_ug <= book.methadone_high_ug or order.high_dose_reason is True:
        return None
    return doctor(limits=("methadone_high_ug",), daily_ug=day_ug, reason=order.high_dose_reason)


@rule(
    id="high-dose-buprenorphine",
    asks="Is the dose of buprenorphine within the product's maximum, or reasoned?",
    source="DK-20, SP-08",
    only="buprenorphine",
)
def high_dose_buprenorphine(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order = patient.prescription
    if order is None or order.product.substance != "buprenorphine" or order.product.form == "depot":
        return None
    day_ug = order.largest_day_ug()
    if day_ug > book.buprenorphine_never_above_ug:
        return stop("new-prescription", limits=("buprenorphine_never_above_ug",), daily_ug=day_ug)
    if day_ug <= book.buprenorphine_high_ug or order.high_dose_reason is True:
        return None
    limits = ("buprenorphine_high_ug", "buprenorphine_never_above_ug")
    return doctor(limits=limits, daily_ug=day_ug, reason=order.high_dose_reason)


@rule(
    id="thrice-weekly-above-max",
    asks="Is each day of a thrice-weekly arrangement within its maximum?",
    source="SP-09",
    only="buprenorphine",
)
def thrice_weekly_above_max(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order = patient.prescription
    if order is None or order.product.substance != "buprenorphine" or order.product.form == "depot":
        return None
    arrangement = patient.arrangement
    if arrangement is not None and arrangement.thrice_weekly is False:
        return None
    day_ug = order.largest_day_ug()
    if day_ug <= book.thrice_weekly_day_ug:
        return None
    return stop("new-prescription", limits=("thrice_weekly_day_ug",), daily_ug=day_ug)


@rule(
    id="thrice-weekly-without-pattern",
    asks="Does a thrice-weekly arrangement say which day gets what?",
    source="SP-09 double and triple doses belong to named days",
    only="buprenorphine",
)
def thrice_weekly_without_pattern(
    request: Request, patient: Patient, book: RuleBook
) -> Objection | None:
    order = patient.prescription
    if order is None or order.product.substance != "buprenorphine" or order.product.form == "depot":
        return None
    arrangement = patient.arrangement
    if arrangement is not None and arrangement.thrice_weekly is False:
        return None
    if order.weekday_ug is not None:
        return None
    return stop("new-prescription", daily_ug=order.daily_ug)


@rule(
    id="diacetylmorphine-above-cap",
    asks="Is the dose and the day of diacetylmorphine within the caps?",
    source="DK-33",
    only="diacetylmorphine",
)
def diacetylmorphine_above_cap(
    request: Request, patient: Patient, book: RuleBook
) -> Objection | None:
    order = patient.prescription
    if order is None or order.product.substance != "diacetylmorphine":
        return None
    dose_ug = max([dose.amount_ug for dose in request.doses], default=0)
    days = {request.on, *request.asked_by_day}
    day_ug = max([request.asked_ug(day) + patient.claimed_ug(day) for day in days])
    if dose_ug <= book.diacetylmorphine_dose_ug and day_ug <= book.diacetylmorphine_day_ug:
        return None
    return doctor(
        limits=("diacetylmorphine_dose_ug", "diacetylmorphine_day_ug"),
        asked_ug=dose_ug,
        day_ug=day_ug,
    )


@rule(
    id="diacetylmorphine-sessions",
    asks="Is it no more than the day's permitted sessions?",
    source="DK-31",
    only="diacetylmorphine",
)
def diacetylmorphine_sessions(
    request: Request, patient: Patient, book: RuleBook
) -> Objection | None:
    order = patient.prescription
    if order is None or order.product.substance != "diacetylmorphine":
        return None
    sessions = len(request.supervised) + len(patient.claims_on(request.on))
    if sessions <= book.diacetylmorphine_sessions_count:
        return None
    return stop("already-has-it", limits=("diacetylmorphine_sessions_count",), sessions=sessions)
