"""The first order, and the first after too long without."""

from dosing_rules.amounts import is_above_percent
from dosing_rules.change import Change, before_ug, begins
from dosing_rules.facts import Patient, Prescription
from dosing_rules.medicines import of_kind
from dosing_rules.recorded import NO_HEALTH, counted
from dosing_rules.rule import Objection, ask_prescriber, doctor, inform, rule, stop
from dosing_rules.rulebook import RuleBook


def _first_methadone(change: Change, patient: Patient, book: RuleBook) -> Prescription | None:
    """The order, where it begins a course of methadone."""
    new = change.new
    if new is None or new.product.substance != "methadone":
        return None
    return new if begins(change, patient, book) else None


@rule(
    id="start-dose-above-limit",
    asks="Is the first day's dose one that an unknown tolerance can bear?",
    source="DK-16, UK-01, US-01 methadone; SP-10 buprenorphine",
)
def start_dose_above_limit(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    new = change.new
    if new is None or new.product.form == "depot" or not begins(change, patient, book):
        return None
    substance = new.product.substance
    if substance not in ("methadone", "buprenorphine"):
        return None
    if substance == "methadone":
        doctor_ug, stop_ug = book.methadone_first_day_doctor_ug, book.methadone_first_day_stop_ug
    else:
        doctor_ug = book.buprenorphine_first_day_doctor_ug
        stop_ug = book.buprenorphine_first_day_stop_ug
    day_ug = new.largest_day_ug()
    if day_ug > stop_ug:
        return stop("new-prescription", limits=(f"{substance}_first_day_stop_ug",), day_ug=day_ug)
    at_it = substance == "methadone" and book.methadone_first_day_inclusive
    if day_ug > doctor_ug or (at_it and day_ug == doctor_ug):
        return doctor(limits=(f"{substance}_first_day_doctor_ug",), day_ug=day_ug)
    return None


@rule(
    id="start-dose-with-sedatives",
    asks="Is the first dose lower where something else slows the breathing?",
    source="UK-02",
)
def start_dose_with_sedatives(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    new = _first_methadone(change, patient, book)
    if new is None or new.largest_day_ug() <= book.methadone_first_day_sedatives_ug:
        return None
    load, medicines = patient.sedatives, patient.medicines or ()
    besides = [
        one
        for kind in ("benzodiazepine", "gabapentinoid", "sedating")
        for one in of_kind(medicines, kind, change.on)
    ]
    health = counted(patient.health, NO_HEALTH, book.requires_health)
    drinks = health is not None and health.drinks_daily is not False
    written = change.sedative is not None and change.sedative.to_ug > 0
    taken = load is None or load.diazepam_high_ug > 0
    if not taken and not written and not besides and not drinks:
        return None
    return doctor(
        limits=("methadone_first_day_sedatives_ug",),
        day_ug=new.largest_day_ug(),
        diazepam_ug=load.diazepam_high_ug if load is not None else None,
    )


@rule(
    id="start-dose-low-tolerance",
    asks="Is the first dose lower where tolerance is low or not known?",
    source="US-02: 2.5-10 mg at low tolerance",
)
def start_dose_low_tolerance(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    new = _first_methadone(change, patient, book)
    if new is None or change.low_tolerance is False:
        return None
    if new.largest_day_ug() <= book.methadone_first_day_low_tolerance_ug:
        return None
    return doctor(
        limits=("methadone_first_day_low_tolerance_ug",),
        day_ug=new.largest_day_ug(),
        low_tolerance=change.low_tolerance,
    )


@rule(
    id="methadone-without-reason",
    asks="Is it written down why methadone and not buprenorphine?",
    source="DK-03 buprenorphine is offered first; asked at every order, so that no one is left out",
)
def methadone_without_reason(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    if change.new is None or change.new.product.substance != "methadone":
        return None
    if change.reason_not_buprenorphine is True:
        return None
    return ask_prescriber(reason=change.reason_not_buprenorphine)


@rule(
    id="ecg-before-methadone",
    asks="Was an ECG taken before the first methadone?",
    source="DK-17, US-03; a start is not delayed for it (CA-12)",
)
def ecg_before_methadone(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    ecg_on = patient.ecg_on
    if _first_methadone(change, patient, book) is None:
        return None
    if ecg_on is not None and ecg_on <= change.on:
        return None
    return ask_prescriber(ecg_on=ecg_on)


@rule(
    id="driving-not-told",
    asks="Was the person told about driving at a start or a rise?",
    source="DK-26, DK-27: told and written in the record",
)
def driving_not_told(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    if change.driving_told is True or not _may_affect_driving(change, patient, book):
        return None
    return inform(limits=("driving_rise_percent",), driving_told=change.driving_told)


def _may_affect_driving(change: Change, patient: Patient, book: RuleBook) -> bool:
    sedative, new, order = change.sedative, change.new, patient.prescription
    if sedative is not None and sedative.to_ug > (sedative.from_ug or 0):
        return True
    if new is None:
        return False
    if order is None or begins(change, patient, book):
        return True
    before = before_ug(change, patient)
    if before is None:
        return True
    return is_above_percent(new.largest_day_ug() - before, book.driving_rise_percent, before)
