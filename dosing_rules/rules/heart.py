"""Methadone and the heart."""

from dosing_rules.days import within_months
from dosing_rules.facts import Patient, Request
from dosing_rules.plausible import SHORTEST_QTC_MS
from dosing_rules.rule import Objection, confirm, doctor, rule
from dosing_rules.rulebook import RuleBook


@rule(
    id="ecg-too-old",
    asks="Is there a recent ECG at a high methadone dose?",
    source="DK-18, US-03 (Krantz 2009)",
    only="methadone",
)
def ecg_too_old(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order = patient.prescription
    if order is None or order.product.substance != "methadone":
        return None
    day_ug = order.largest_day_ug()
    if day_ug <= book.ecg_methadone_ug:
        return None
    ecg_on = patient.ecg_on
    if ecg_on is not None and (
        ecg_on <= request.on and within_months(ecg_on, book.ecg_months, request.on)
    ):
        return None
    return confirm(limits=("ecg_methadone_ug", "ecg_months"), ecg_on=ecg_on, daily_ug=day_ug)


@rule(
    id="qtc-long",
    asks="Is the heart's QTc interval known and short enough for methadone?",
    source="DK-17 ECG before treatment; US-03 (Krantz 2009)",
    only="methadone",
)
def qtc_long(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order = patient.prescription
    if order is None or order.product.substance != "methadone":
        return None
    qtc_ms = patient.qtc_ms
    if qtc_ms is None or qtc_ms < SHORTEST_QTC_MS or qtc_ms >= book.qtc_doctor_ms:
        return doctor(limits=("qtc_doctor_ms",), qtc_ms=qtc_ms)
    if qtc_ms >= book.qtc_confirm_ms:
        return confirm(limits=("qtc_confirm_ms",), qtc_ms=qtc_ms)
    return None
