"""Other medicines and diseases beside the order being written."""

from dosing_rules.change import Change
from dosing_rules.facts import Patient
from dosing_rules.medicines import MedicineKind, codes_unread, of_kind, other_substitution
from dosing_rules.recorded import NO_HEALTH, counted
from dosing_rules.rule import Objection, ask_prescriber, doctor, inform, rule, stop
from dosing_rules.rulebook import RuleBook


@rule(
    id="medicine-list-missing",
    asks="Is the list of other medicines recorded and readable?",
    source="CT-09 to CT-13; the shared medication card shows them",
)
def medicine_list_missing(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    limits = ("requires_medicine_list",)
    if patient.medicines is None:
        if book.requires_medicine_list:
            return stop("write-reason", limits=limits, lifted_by="doctor", unread_count=None)
        return inform(limits=limits, unread_count=None)
    unread = codes_unread(patient.medicines)
    if not unread:
        return None
    limits = ("medicine_table",)
    return stop("write-reason", limits=limits, lifted_by="doctor", unread_count=unread)


def _own(change: Change, patient: Patient) -> list[str]:
    """The substance written; the order that it takes the place of still stands on the list."""
    old = patient.prescription
    own = [] if change.new is None else [change.new.product.substance]
    return [*own, old.product.substance] if change.replaces is True and old is not None else own


@rule(
    id="order-with-antagonist",
    asks="Does the person take something that works against the opioid?",
    source="CT-12 naltrexone and partial agonists",
)
def order_with_antagonist(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    medicines, own = patient.medicines or (), _own(change, patient)
    found = of_kind(medicines, "antagonist", change.on)
    found += other_substitution(medicines, own, change.on, partial=True)
    if change.new is None or not found:
        return None
    return stop("correct-order", limits=("medicine_table",), atc=found[0].atc)


@rule(
    id="order-with-other-substitution",
    asks="Is another medicine against opioid dependence taken beside the one written?",
    source="CT-10 another opioid beside the ordered one; CT-12",
)
def order_with_other_substitution(
    change: Change, patient: Patient, book: RuleBook
) -> Objection | None:
    own = _own(change, patient)
    found = other_substitution(patient.medicines or (), own, change.on, partial=False)
    if change.new is None or not found:
        return None
    return doctor(limits=("medicine_table",), atc=found[0].atc)


@rule(
    id="order-with-mao-inhibitor",
    asks="Does the person take, or did recently, a monoamine oxidase inhibitor?",
    source="CT-13, CA-11",
)
def order_with_mao_inhibitor(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    found = of_kind(patient.medicines or (), "maoi", change.on, days=book.maoi_days)
    if change.new is None or not found:
        return None
    return stop(
        "wait-until",
        limits=("maoi_days", "medicine_table"),
        atc=found[0].atc,
        stopped_on=found[0].stopped_on,
    )


@rule(
    id="order-with-qt-medicines",
    asks="Is methadone written beside several medicines that prolong QT?",
    source="CT-09, CA-12",
)
def order_with_qt_medicines(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    if change.new is None or change.new.product.substance != "methadone":
        return None
    found = of_kind(patient.medicines or (), "qt", change.on)
    if len(found) < book.qt_medicines_count:
        return None
    return ask_prescriber(limits=("qt_medicines_count", "medicine_table"), qt_count=len(found))


@rule(
    id="order-with-sedating",
    asks="How many other things that slow the breathing does the person take?",
    source="CT-10",
)
def order_with_sedating(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    if change.new is None:
        return None
    medicines, load = patient.medicines or (), patient.sedatives
    health = counted(patient.health, NO_HEALTH, book.requires_health)
    drinks = health is not None and health.drinks_daily is not False
    written = change.sedative is not None and change.sedative.to_ug > 0
    kinds: tuple[MedicineKind, ...] = ("gabapentinoid", "sedating")
    benzodiazepine = written or load is None or load.diazepam_high_ug > 0
    count = (
        len({one.atc for kind in kinds for one in of_kind(medicines, kind, change.on)})
        + drinks
        + (benzodiazepine or bool(of_kind(medicines, "benzodiazepine", change.on)))
    )
    if count < book.sedating_confirm_count:
        return None
    if count >= book.sedating_doctor_count:
        return doctor(limits=("sedating_doctor_count", "medicine_table"), sedating_count=count)
    return ask_prescriber(limits=("sedating_confirm_count", "medicine_table"), sedating_count=count)


@rule(
    id="order-with-level-changer",
    asks="Is methadone written beside a medicine that raises or lowers it?",
    source="CT-11; a doctor where it was started or stopped lately",
)
def order_with_level_changer(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    if change.new is None or change.new.product.substance != "methadone":
        return None
    days, medicines = book.interaction_change_days, patient.medicines or ()
    found = [
        *of_kind(medicines, "inhibitor", change.on, days=days),
        *of_kind(medicines, "inducer", change.on, days=days),
    ]
    if not found:
        return None
    changed = [one for one in found if one.changed_within(days, change.on)]
    limits = ("interaction_change_days", "medicine_table")
    if changed:
        return doctor(limits=limits, atc=changed[0].atc)
    return ask_prescriber(limits=limits, atc=found[0].atc)


@rule(
    id="order-with-weak-kidneys",
    asks="Is methadone written for somebody whose kidneys clear it slowly?",
    source="DK-21",
)
def order_with_weak_kidneys(change: Change, patient: Patient, book: RuleBook) -> Objection | None:
    new = change.new
    health = counted(patient.health, NO_HEALTH, book.requires_health)
    if new is None or new.product.substance != "methadone" or health is None:
        return None
    filtration = health.filtration_ml_per_minute
    if filtration is not None and filtration > book.renal_confirm_ml_per_minute:
        return None
    return ask_prescriber(
        limits=("renal_confirm_ml_per_minute",), filtration_ml_per_minute=filtration
    )


@rule(
    id="order-with-breathing-disease",
    asks="Does the person have a severe disease of the breathing?",
    source="CA-11",
)
def order_with_breathing_disease(
    change: Change, patient: Patient, book: RuleBook
) -> Objection | None:
    health = counted(patient.health, NO_HEALTH, book.requires_health)
    if change.new is None or health is None or health.breathing_disease is False:
        return None
    return doctor(breathing_disease=health.breathing_disease)
