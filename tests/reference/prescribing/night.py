"""Methadone for the night, ordered beside injections and beside nothing else."""

from tests.reference.night import is_night_methadone
from tests.reference.prescribing.asking import Facts, Said, new_substance, rule


def _other(patient: Facts) -> Facts | None:
    return patient["beside"]["prescription"] if patient["beside"] else None


def _holds(order: Facts, day: str) -> bool:
    return order["valid_to"] is not None and order["valid_from"] <= day <= order["valid_to"]


@rule("night-order-not-methadone")
def night_order_not_methadone(change: Facts, patient: Facts) -> Said:
    new = change["new"]
    return "stop" if new and new["night"] and not is_night_methadone(new) else None


@rule("night-order-alone")
def night_order_alone(change: Facts, patient: Facts) -> Said:
    new, main = change["new"], _other(patient)
    if not new or not new["night"]:
        return None
    if main is None or main["product"]["substance"] != "diacetylmorphine":
        return "stop"
    return None if _holds(main, max(new["valid_from"], change["on"])) else "stop"


@rule("order-beside-night-dose")
def order_beside_night_dose(change: Facts, patient: Facts) -> Said:
    new, night = change["new"], _other(patient)
    if not new or new["night"] or night is None or new_substance(change) == "diacetylmorphine":
        return None
    over = night["valid_to"] is not None and night["valid_to"] < new["valid_from"]
    return None if over else "stop"


@rule("heroin-without-night-dose")
def heroin_without_night_dose(change: Facts, patient: Facts) -> Said:
    if new_substance(change) != "diacetylmorphine" or change["night_dose"] is True:
        return None
    night = _other(patient)
    if night and night["night"] and _holds(night, change["new"]["valid_from"]):
        return None
    return "confirm"
