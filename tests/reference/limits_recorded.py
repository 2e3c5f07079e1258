"""What is compared by the rules about readings, medicines, kidneys, sessions, losses and delays."""

from tests.reference.asking import (
    by_the_day,
    days_asked,
    depot_given,
    depot_was_last,
    home,
    is_depot,
    missed_days,
    since_last,
    substance,
)
from tests.reference.book import N
from tests.reference.days import POSITION, days_from, plus, seconds
from tests.reference.medicines import taken
from tests.reference.probing import Facts, Pairs, probe


def _reading(rule_id: str, what: str, number: str) -> None:
    @probe(f"{rule_id}: {number}")
    def _(q: Facts, p: Facts) -> Pairs:
        if q["observed"][what] is not None:
            yield q["observed"][what], N[number]


_reading("low-oxygen", "oxygen_percent", "oxygen_stop_percent")
_reading("low-oxygen", "oxygen_percent", "oxygen_confirm_percent")
_reading("withdrawal-marked", "withdrawal_cows", "withdrawal_marked_cows")


@probe("pinpoint-and-drowsy: sedation_sign_poss")
def _(q: Facts, p: Facts) -> Pairs:
    if q["observed"]["pupils_pinpoint"] and q["observed"]["sedation_poss"] is not None:
        yield q["observed"]["sedation_poss"], N["sedation_sign_poss"]


@probe("withdrawal-not-yet: withdrawal_first_buprenorphine_cows")
def _(q: Facts, p: Facts) -> Pairs:
    cows = q["observed"]["withdrawal_cows"]
    first = p["last_swallowed_substance"] != "buprenorphine"
    if substance(p) == "buprenorphine" and first and cows is not None:
        yield cows, N["withdrawal_first_buprenorphine_cows"]


@probe("mao-inhibitor: maoi_days")
def _(q: Facts, p: Facts) -> Pairs:
    for one in taken(q, p, "maoi", days=1000):
        if one["stopped_on"]:
            yield days_from(one["stopped_on"], q["on"]), N["maoi_days"]


@probe("opioid-antagonist: stopped today")
def _(q: Facts, p: Facts) -> Pairs:
    for one in taken(q, p, "antagonist", days=1000):
        if one["stopped_on"]:
            yield days_from(one["stopped_on"], q["on"]), 0


for _fact in ("started_on", "stopped_on"):

    @probe(f"methadone-level-changes: interaction_change_days, {_fact}")
    def _(q: Facts, p: Facts, fact: str = _fact) -> Pairs:
        if substance(p) == "methadone":
            for one in taken(q, p, "changes methadone", days=1000):
                if one[fact]:
                    yield days_from(one[fact], q["on"]), N["interaction_change_days"]


@probe("qt-medicines: qt_medicines_count")
def _(q: Facts, p: Facts) -> Pairs:
    if substance(p) == "methadone" and p["medicines"]:
        yield len(list(taken(q, p, "qt"))), N["qt_medicines_count"]


@probe("qt-medicines: ECG after the start")
def _(q: Facts, p: Facts) -> Pairs:
    for one in taken(q, p, "qt") if substance(p) == "methadone" and p["ecg_on"] else ():
        if one["started_on"]:
            yield POSITION[p["ecg_on"]], POSITION[one["started_on"]]


@probe("sedating-medicines: sedating_doctor_count")
def _(q: Facts, p: Facts) -> Pairs:
    if p["medicines"]:
        count = len({one["atc"] for one in taken(q, p, "slows breathing")})
        loaded = p["sedatives"] is None or p["sedatives"]["diazepam_high_ug"] > 0
        yield count + loaded, N["sedating_doctor_count"]


@probe("weak-kidneys: renal_confirm_ml_per_minute")
def _(q: Facts, p: Facts) -> Pairs:
    filtration = (p["health"] or {}).get("filtration_ml_per_minute")
    if substance(p) == "methadone" and filtration is not None:
        yield filtration, N["renal_confirm_ml_per_minute"]


@probe("urine-before-restart: urine_after_missed_days")
def _(q: Facts, p: Facts) -> Pairs:
    missed = missed_days(q, p)
    if missed is not None and by_the_day(p) and q["doses"]:
        yield missed, N["urine_after_missed_days"]


@probe("urine-before-restart: first day without")
def _(q: Facts, p: Facts) -> Pairs:
    if p["urine_on"] and p["last_covered_on"] and (missed_days(q, p) or 0) >= 4:
        yield POSITION[p["urine_on"]], POSITION[plus(q["on"], -(missed_days(q, p) or 0))]


@probe("urine-before-restart: today")
def _(q: Facts, p: Facts) -> Pairs:
    if p["urine_on"] and (missed_days(q, p) or 0) >= 4:
        yield POSITION[p["urine_on"]], POSITION[q["on"]]


@probe("raised-dose-observed: today")
def _(q: Facts, p: Facts) -> Pairs:
    for step in (p["steps"] or []) if substance(p) == "methadone" else []:
        if step["to_ug"] > step["from_ug"]:
            yield POSITION[step["on"]], POSITION[q["on"]]


@probe("raised-dose-observed: rise")
def _(q: Facts, p: Facts) -> Pairs:
    for step in (p["steps"] or []) if substance(p) == "methadone" else []:
        if step["on"] == q["on"]:
            yield step["to_ug"], step["from_ug"]


@probe("hold-until-dissolved: titration_days")
def _(q: Facts, p: Facts) -> Pairs:
    order = p["prescription"]
    if order and order["product"]["form"] == "sublingual_tablet" and p["first_dose_on"]:
        yield days_from(p["first_dose_on"], q["on"]), N["titration_days"]


def _far_late(weekly: bool, number: str) -> None:
    @probe(f"depot-far-late: {number}")
    def _(q: Facts, p: Facts) -> Pairs:
        given = depot_given(p)
        if is_depot(p) and given is not None and depot_was_last(p):
            interval = given["interval_days"]
            if (interval <= N["depot_weekly_days"]) is weekly:
                yield days_from(given["on"], q["on"]), interval + N[number]


_far_late(True, "depot_weekly_late_days")
_far_late(False, "depot_monthly_late_days")


@probe("too-many-attempts: diacetylmorphine_attempts_count")
def _(q: Facts, p: Facts) -> Pairs:
    failed = (p["session"] or {}).get("failed_attempts")
    if substance(p) == "diacetylmorphine" and failed is not None:
        yield failed, N["diacetylmorphine_attempts_count"]


@probe("observed-after-attempt: diacetylmorphine_attempts_count")
def _(q: Facts, p: Facts) -> Pairs:
    failed = (p["session"] or {}).get("failed_attempts")
    if substance(p) == "diacetylmorphine" and failed is not None:
        yield failed, N["diacetylmorphine_attempts_count"]


@probe("observed-after-attempt: diacetylmorphine_attempt_observation_minutes", unit=60)
def _(q: Facts, p: Facts) -> Pairs:
    session = p["session"] or {"failed_attempts": 0}
    failed = session["failed_attempts"]
    many = failed is None or failed >= N["diacetylmorphine_attempts_count"]
    if substance(p) == "diacetylmorphine" and many and session["last_attempt_at"]:
        watched = seconds(q["at"]) - seconds(p["session"]["last_attempt_at"])
        yield watched, N["diacetylmorphine_attempt_observation_minutes"] * 60


@probe("supply-needs-certificate: certificate_days")
def _(q: Facts, p: Facts) -> Pairs:
    yield len({dose["for_on"] for dose in home(q)}), N["certificate_days"]


@probe("lost-dose-replaced: lost_replacement_minutes", unit=60)
def _(q: Facts, p: Facts) -> Pairs:
    since = since_last(q, p)
    lost = [loss for loss in p["losses"] or [] if loss["for_on"] in days_asked(q)]
    if lost and since is not None:
        yield since, N["lost_replacement_minutes"] * 60
