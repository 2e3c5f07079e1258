"""Other medicines beside the opioid, as far as a list of them is recorded."""

from dosing_rules.facts import Patient, Request
from dosing_rules.medicines import codes_unread, of_kind, other_substitution
from dosing_rules.recorded import NO_HEALTH, counted
from dosing_rules.rule import Objection, confirm, doctor, inform, rule, stop
from dosing_rules.rulebook import RuleBook


def _own(patient: Patient) -> tuple[str, ...]:
    order = patient.prescription
    return () if order is None else (order.product.substance,)


@rule(
    id="opioid-antagonist",
    asks="Does the person take something that works against the opioid?",
    source="CT-12 naltrexone and partial agonists; a list that cannot be read might hold one",
    only="more",
)
def opioid_antagonist(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    medicines = patient.medicines
    if medicines is None:
        if not book.requires_medicine_list:
            return None
        return stop(
            "doctor-decision", limits=("requires_medicine_list",), lifted_by="doctor", atc=None
        )
    found = of_kind(medicines, "antagonist", request.on)
    found += other_substitution(medicines, _own(patient), request.on, partial=True)
    if not found and not codes_unread(medicines):
        return None
    return stop(
        "doctor-decision",
        limits=("medicine_table",),
        lifted_by="doctor",
        atc=found[0].atc if found else None,
    )


@rule(
    id="other-substitution-medicine",
    asks="Does the person get another medicine against opioid dependence than the ordered one?",
    source="CT-10 another opioid beside the ordered one; CT-12",
    only="more",
)
def other_substitution_medicine(
    request: Request, patient: Patient, book: RuleBook
) -> Objection | None:
    found = other_substitution(patient.medicines or (), _own(patient), request.on, partial=False)
    return doctor(limits=("medicine_table",), atc=found[0].atc) if found else None


@rule(
    id="mao-inhibitor",
    asks="Does the person take, or did recently, a monoamine oxidase inhibitor?",
    source="CT-13, CA-11",
    only="more",
)
def mao_inhibitor(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    found = of_kind(patient.medicines or (), "maoi", request.on, days=book.maoi_days)
    if not found:
        return None
    return stop(
        "doctor-decision",
        limits=("maoi_days", "medicine_table"),
        lifted_by="doctor",
        atc=found[0].atc,
        stopped_on=found[0].stopped_on,
    )


@rule(
    id="sedating-medicines",
    asks="How many other things that slow the breathing does the person take?",
    source="CT-10: benzodiazepines alone have rules of their own",
    only="more",
)
def sedating_medicines(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    medicines = patient.medicines or ()
    taken = of_kind(medicines, "gabapentinoid", request.on)
    taken += of_kind(medicines, "sedating", request.on)
    health = counted(patient.health, NO_HEALTH, book.requires_health)
    alcohol = health is not None and health.drinks_daily is not False
    besides = len({one.atc for one in taken}) + alcohol
    if not besides:
        return None
    load = patient.sedatives
    benzodiazepine = bool(of_kind(medicines, "benzodiazepine", request.on)) or (
        load is None or load.diazepam_high_ug > 0
    )
    count = besides + benzodiazepine
    if count >= book.sedating_doctor_count:
        return doctor(limits=("sedating_doctor_count", "medicine_table"), sedating_count=count)
    return confirm(limits=("sedating_confirm_count", "medicine_table"), sedating_count=count)


@rule(
    id="qt-medicines",
    asks="Are several medicines that prolong QT taken beside methadone without a later ECG?",
    source="CT-09, CA-12",
    only="more",
)
def qt_medicines(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order = patient.prescription
    if order is None or order.product.substance != "methadone":
        return None
    found = of_kind(patient.medicines or (), "qt", request.on)
    if len(found) < book.qt_medicines_count:
        return None
    ecg_on = patient.ecg_on
    if ecg_on is not None and all(
        [one.started_on is not None and one.started_on <= ecg_on <= request.on for one in found]
    ):
        return None
    limits = ("qt_medicines_count", "medicine_table")
    return confirm(limits=limits, qt_count=len(found), ecg_on=ecg_on)


@rule(
    id="methadone-level-changes",
    asks="Does another medicine raise or lower methadone, and did that change lately?",
    source="CT-11 CYP3A4 and 2B6; a doctor at a start or stop",
    only="more",
)
def methadone_level_changes(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order = patient.prescription
    if order is None or order.product.substance != "methadone":
        return None
    days = book.interaction_change_days
    medicines = patient.medicines or ()
    found = [
        one
        for kind in ("inhibitor", "inducer")
        for one in of_kind(medicines, kind, request.on, days=days)
    ]
    if not found:
        return None
    changed = [one for one in found if one.changed_within(days, request.on)]
    if not changed:
        limits = ("medicine_table",)
        return inform(limits=limits, atc=found[0].atc, started_on=found[0].started_on)
    return doctor(
        limits=("interaction_change_days", "medicine_table"),
        atc=changed[0].atc,
        started_on=changed[0].started_on,
        stopped_on=changed[0].stopped_on,
    )
