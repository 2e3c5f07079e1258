"""Methadone for the night beside injections: which order is asked about, and the pair."""

from tests.reference.asking import Facts, Said, is_night_part, rule

_OF_ITS_OWN = ("last_covered_on", "planned_pickup_on", "first_dose_on", "steps", "losses")
_HAD = {
    "last_swallowed_ug": "had_ug",
    "last_swallowed_on": "had_on",
    "last_swallowed_substance": "had_substance",
}
_NONE: Facts = {"prescription": None, **dict.fromkeys((*_OF_ITS_OWN, *_HAD.values()))}


def in_front(request: Facts, patient: Facts) -> Facts:
    """The person as that order asks which the doses are of: the night's where all are."""
    doses = request["doses"]
    if not doses or not all(is_night_part(dose["part"]) for dose in doses):
        return patient
    return at_night(patient)


def at_night(patient: Facts) -> Facts:
    """The night's order in front, the other beside it."""
    if patient["at_night"]:
        return patient
    night = patient["beside"] or _NONE
    main = {name: patient[name] for name in ("prescription", *_OF_ITS_OWN)}
    main |= {known: patient[name] for name, known in _HAD.items()}
    shown = {**patient, "prescription": night["prescription"], "beside": main, "at_night": True}
    shown |= {"extra_ug_allowed_today": 0, "first_dose_on": night["first_dose_on"]}
    shown |= {"steps": night["steps"], "losses": night["losses"]}
    if night["had_on"] is not None:
        # Something was had of it; before that, what was had of the other order counts.
        shown |= {name: night[known] for name, known in _HAD.items()}
        shown |= {name: night[name] for name in ("last_covered_on", "planned_pickup_on")}
    return shown


def is_night_methadone(order: Facts) -> bool:
    """Methadone, by mouth, one part."""
    product = order["product"]
    by_mouth = product["route"] == "oral" and product["form"] in ("oral_solution", "tablet")
    return product["substance"] == "methadone" and by_mouth and len(order["parts_ug"]) == 1


@rule("night-dose-not-methadone")
def night_dose_not_methadone(request: Facts, patient: Facts) -> Said:
    order = patient["prescription"]
    if order is None or not order["night"]:
        return None
    return None if is_night_methadone(order) else "stop"


@rule("night-dose-alone")
def night_dose_alone(request: Facts, patient: Facts) -> Said:
    order = patient["prescription"]
    if order is None or not order["night"]:
        return None
    main = patient["beside"]["prescription"] if patient["beside"] else None
    if main is None or main["valid_to"] is None:
        return "stop"
    days = [request["on"], *[dose["for_on"] for dose in request["doses"]]]
    if main["valid_from"] > request["on"] or max(days) > main["valid_to"]:
        return "stop"
    return None


@rule("night-dose-beside-other")
def night_dose_beside_other(request: Facts, patient: Facts) -> Said:
    order, days = patient["prescription"], [dose["for_on"] for dose in request["doses"]]
    if order is None or not days:
        return None
    nights = [one for one in patient["claims"] or [] if is_night_part(one["part"])]
    if not order["night"]:
        if order["product"]["substance"] == "diacetylmorphine":
            return None
        return "stop" if any(one["for_on"] in days for one in nights) else None
    if patient["beside"] is None:
        return "stop"
    main = patient["beside"]["prescription"]
    if main is not None and main["product"]["substance"] != "diacetylmorphine":
        return "stop"
    for one in patient["claims"] or []:
        if one["how"] == "take_home" and one not in nights and one["for_on"] in days:
            return "stop"
    had = patient["beside"]
    if had["had_on"] in days and had["had_substance"] != "diacetylmorphine":
        return "stop"
    return None
