"""What is taken, who stands there and how, where, and what is scanned and asked for."""

from tests.reference.asking import (
    Facts,
    Said,
    claims,
    closed,
    every_claim,
    extra,
    here,
    home,
    is_extra,
    is_new,
    is_night_part,
    rule,
    since_last,
)
from tests.reference.book import N
from tests.reference.days import seconds


@rule("taken-unknown")
def taken_unknown(request: Facts, patient: Facts) -> Said:
    return "stop" if patient["claims"] is None else None


@rule("outcome-uncertain")
def outcome_uncertain(request: Facts, patient: Facts) -> Said:
    for claim in every_claim(patient):
        if claim["state"] == "uncertain":
            return "stop"
    return None


@rule("being-handed-out")
def being_handed_out(request: Facts, patient: Facts) -> Said:
    for claim in every_claim(patient):
        if claim["state"] != "reserved":
            continue
        if claim["unit_id"] != request["unit_id"]:
            return "stop"
        for dose in request["doses"]:
            if claim["for_on"] == dose["for_on"] and claim["part"] == dose["part"]:
                return "stop"
    return None


def _given_for_the_same(request: Facts, patient: Facts, how: str) -> bool:
    for claim in claims(patient):
        if claim["state"] == "given" and claim["how"] == how:
            for dose in request["doses"]:
                if claim["for_on"] == dose["for_on"] and claim["part"] == dose["part"]:
                    return True
    return False


@rule("already-given")
def already_given(request: Facts, patient: Facts) -> Said:
    return "stop" if _given_for_the_same(request, patient, "supervised") else None


@rule("covered-by-take-home")
def covered_by_take_home(request: Facts, patient: Facts) -> Said:
    return "stop" if _given_for_the_same(request, patient, "take_home") else None


@rule("too-soon")
def too_soon(request: Facts, patient: Facts) -> Said:
    swallowed, order = here(request), patient["prescription"]
    if not swallowed or order is None:
        return None
    since = since_last(request, patient)
    if since is None:
        return None if is_new(patient) else "stop"
    if all(is_extra(request, order, dose) for dose in swallowed):
        allowed = extra(patient)
        if allowed > 0 and sum(dose["amount_ug"] for dose in swallowed) <= allowed:
            return None
    night, daily = order["night"], N["interval_daily_minutes"]
    if night and patient["beside"] and patient["beside"]["prescription"]:
        order = patient["beside"]["prescription"]  # swallowed here at night as a session would be
    if len(order["parts_ug"]) < 2:
        minutes = daily
    elif order["product"]["substance"] == "diacetylmorphine":  # morning and afternoon
        minutes = N["interval_diacetylmorphine_minutes"]
    else:
        minutes = N["interval_split_minutes"]
    if since < minutes * 60:
        return "stop"
    seen = [one for one in claims(patient) if one["how"] == "supervised" and night]
    moments = [seconds(one["at"]) for one in seen if one["state"] == "given"]
    return "stop" if moments and seconds(request["at"]) - max(moments) < daily * 60 else None


@rule("identity-not-confirmed")
def identity_not_confirmed(request: Facts, patient: Facts) -> Said:
    return "stop" if len(set(request["identifiers"])) < N["identifiers_count"] else None


@rule("not-assessed")
def not_assessed(request: Facts, patient: Facts) -> Said:
    return "stop" if request["observed"]["affected"] is None else None


@rule("affected-now")
def affected_now(request: Facts, patient: Facts) -> Said:
    return "stop" if request["observed"]["affected"] is True else None


@rule("sedated")
def sedated(request: Facts, patient: Facts) -> Said:
    poss = request["observed"]["sedation_poss"]
    if poss is None:
        return None
    return "stop" if poss >= N["sedation_stop_poss"] or poss < 0 else None


@rule("slow-breathing")
def slow_breathing(request: Facts, patient: Facts) -> Said:
    breaths = request["observed"]["breaths_per_minute"]
    if breaths is None:
        return None
    if breaths > 100:  # nobody breathes faster: a slip
        return "stop"
    if breaths < N["breathing_stop_breaths_per_minute"]:
        return "stop"
    return "confirm" if breaths < N["breathing_confirm_breaths_per_minute"] else None


@rule("alcohol")
def alcohol(request: Facts, patient: Facts) -> Said:
    permille = request["observed"]["alcohol_permille_milli"]
    if permille is None:
        return None
    if permille >= N["alcohol_stop_permille_milli"] or permille < 0:
        return "stop"
    return "doctor" if permille >= N["alcohol_doctor_permille_milli"] else None


@rule("observation-declined")
def observation_declined(request: Facts, patient: Facts) -> Said:
    return "doctor" if request["observed"]["declined"] is not False else None


@rule("vomited-today")
def vomited_today(request: Facts, patient: Facts) -> Said:
    if patient["vomits"] is None:
        return "doctor"
    for vomit in patient["vomits"]:
        if seconds(request["at"]) - seconds(vomit["at"]) < N["vomit_same_day_minutes"] * 60:
            return "doctor"
    return None


@rule("right-elsewhere")
def right_elsewhere(request: Facts, patient: Facts) -> Said:
    return "stop" if patient["right_holder_unit_id"] != request["unit_id"] else None


@rule("unit-unknown")
def unit_unknown(request: Facts, patient: Facts) -> Said:
    unit = patient["unit"]
    return "stop" if unit is None or unit["unit_id"] != request["unit_id"] else None


@rule("unit-closed")
def unit_closed(request: Facts, patient: Facts) -> Said:
    return "stop" if request["on"] in closed(patient) else None


@rule("unit-not-licensed")
def unit_not_licensed(request: Facts, patient: Facts) -> Said:
    unit, order = patient["unit"], patient["prescription"]
    if unit is None or order is None:
        return None
    product = order["product"]
    if product["substance"] == "diacetylmorphine":
        needed = "diacetylmorphine"
    elif product["substance"] == "methadone" and (
        product["form"] == "injection" or product["route"] != "oral"
    ):
        needed = "methadone_injection"
    else:
        return None
    return None if needed in unit["licences"] else "stop"


@rule("product-not-scanned")
def product_not_scanned(request: Facts, patient: Facts) -> Said:
    return "stop" if request["product"] is None else None


def _differs(request: Facts, patient: Facts, *names: str) -> bool:
    scanned, order = request["product"], patient["prescription"]
    if scanned is None or order is None:
        return False
    return any(scanned[name] != order["product"][name] for name in names)


@rule("wrong-substance")
def wrong_substance(request: Facts, patient: Facts) -> Said:
    return "stop" if _differs(request, patient, "substance") else None


@rule("wrong-form")
def wrong_form(request: Facts, patient: Facts) -> Said:
    return "stop" if _differs(request, patient, "form") else None


@rule("wrong-route")
def wrong_route(request: Facts, patient: Facts) -> Said:
    return "stop" if _differs(request, patient, "route") else None


@rule("wrong-strength")
def wrong_strength(request: Facts, patient: Facts) -> Said:
    return "stop" if _differs(request, patient, "strength_ug", "per") else None


@rule("wrong-product")
def wrong_product(request: Facts, patient: Facts) -> Said:
    return "stop" if _differs(request, patient, "code") else None


@rule("product-without-strength")
def product_without_strength(request: Facts, patient: Facts) -> Said:
    order = patient["prescription"]
    return "stop" if order and order["product"]["strength_ug"] <= 0 else None


@rule("nothing-asked")
def nothing_asked(request: Facts, patient: Facts) -> Said:
    return "stop" if not request["doses"] else None


@rule("amount-not-positive")
def amount_not_positive(request: Facts, patient: Facts) -> Said:
    return "stop" if any(dose["amount_ug"] <= 0 for dose in request["doses"]) else None


@rule("same-dose-twice")
def same_dose_twice(request: Facts, patient: Facts) -> Said:
    seen: list[tuple[str, int]] = []
    for dose in request["doses"]:
        if (dose["for_on"], dose["part"]) in seen:
            return "stop"
        seen.append((dose["for_on"], dose["part"]))
    return None


@rule("part-does-not-exist")
def part_does_not_exist(request: Facts, patient: Facts) -> Said:
    order = patient["prescription"]
    if order is None:
        return None
    for dose in request["doses"]:
        ordered = [90] if order["night"] else range(1, len(order["parts_ug"]) + 1)
        if dose["part"] in ordered:
            continue
        beyond = is_extra(request, order, dose) and dose["part"] > 0 and extra(patient) > 0
        if beyond and not is_night_part(dose["part"]):
            continue
        return "stop"
    return None


@rule("supervised-for-another-day")
def supervised_for_another_day(request: Facts, patient: Facts) -> Said:
    return "stop" if any(dose["for_on"] != request["on"] for dose in here(request)) else None


@rule("take-home-for-past-day")
def take_home_for_past_day(request: Facts, patient: Facts) -> Said:
    return "stop" if any(dose["for_on"] < request["on"] for dose in home(request)) else None
