"""Other medicines, breathing and kidneys beside what is written."""

from tests.reference.book import N
from tests.reference.days import days_from
from tests.reference.medicines import beside_the_order, is_readable, taken
from tests.reference.prescribing.asking import Facts, Said, new_substance, rule, writes_methadone


def slows_breathing(change: Facts, patient: Facts) -> int:
    """How many things beside the opioid slow the breathing; benzodiazepines together are one."""
    count = len({one["atc"] for one in taken(change, patient, "slows breathing")})
    if patient["health"] and patient["health"]["drinks_daily"] is not False:
        count += 1
    known = patient["sedatives"]
    loaded = known is None or known["diazepam_high_ug"] > 0
    written = change["sedative"] is not None and change["sedative"]["to_ug"] > 0
    if loaded or written or list(taken(change, patient, "benzodiazepine")):
        count += 1
    return count


@rule("order-with-antagonist")
def order_with_antagonist(change: Facts, patient: Facts) -> Said:
    if change["new"] is None:
        return None
    if "partial" in _other_orders(change, patient):
        return "stop"
    return "stop" if list(taken(change, patient, "antagonist")) else None


def _other_orders(change: Facts, patient: Facts) -> set[str]:
    """Beside what is written, and beside the order that ends with it."""
    ours = {new_substance(change)}
    if change["replaces"] is True and patient["prescription"] is not None:
        ours.add(patient["prescription"]["product"]["substance"])
    return beside_the_order(change["on"], patient["medicines"] or [], ours)


@rule("order-with-other-substitution")
def order_with_other_substitution(change: Facts, patient: Facts) -> Said:
    if change["new"] is None:
        return None
    return "doctor" if "other" in _other_orders(change, patient) else None


@rule("order-with-mao-inhibitor")
def order_with_mao_inhibitor(change: Facts, patient: Facts) -> Said:
    if change["new"] is None:
        return None
    return "stop" if list(taken(change, patient, "maoi", N["maoi_days"])) else None


@rule("order-with-sedating")
def order_with_sedating(change: Facts, patient: Facts) -> Said:
    if change["new"] is None:
        return None
    count = slows_breathing(change, patient)
    if count >= N["sedating_doctor_count"]:
        return "doctor"
    return "confirm" if count >= N["sedating_confirm_count"] else None


@rule("order-with-breathing-disease")
def order_with_breathing_disease(change: Facts, patient: Facts) -> Said:
    if change["new"] is None or patient["health"] is None:
        return None
    return None if patient["health"]["breathing_disease"] is False else "doctor"


@rule("order-with-level-changer")
def order_with_level_changer(change: Facts, patient: Facts) -> Said:
    if not writes_methadone(change):
        return None
    lately, today = N["interaction_change_days"], change["on"]
    found = list(taken(change, patient, "changes methadone", lately))
    for one in found:
        stopped = one["stopped_on"] is not None and one["stopped_on"] <= today
        begun = one["started_on"]
        if stopped or begun is None or days_from(begun, today) <= lately:
            return "doctor"
    return "confirm" if found else None


@rule("order-with-qt-medicines")
def order_with_qt_medicines(change: Facts, patient: Facts) -> Said:
    if not writes_methadone(change):
        return None
    many = len(list(taken(change, patient, "qt"))) >= N["qt_medicines_count"]
    return "confirm" if many else None


@rule("order-with-weak-kidneys")
def order_with_weak_kidneys(change: Facts, patient: Facts) -> Said:
    if not writes_methadone(change) or patient["health"] is None:
        return None
    filtration = patient["health"]["filtration_ml_per_minute"]
    weak = filtration is None or filtration <= N["renal_confirm_ml_per_minute"]
    return "confirm" if weak else None


@rule("medicine-list-missing")
def medicine_list_missing(change: Facts, patient: Facts) -> Said:
    listed = patient["medicines"]
    if listed is None:
        return "stop" if N["requires_medicine_list"] else "inform"
    return "stop" if any(not is_readable(one["atc"]) for one in listed) else None
