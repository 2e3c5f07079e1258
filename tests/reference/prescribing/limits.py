"""What the rules about an order compare, and with what: on which boundaries a draft sits."""

from collections.abc import Callable

from tests.reference.asking import highest_day
from tests.reference.book import N
from tests.reference.days import POSITION, days_from, months_later, plus
from tests.reference.medicines import taken
from tests.reference.prescribing.asking import (
    ahead,
    before,
    begins,
    days_to_restart,
    fall_percent,
    from_depot_to_depot,
    goes_on,
    is_new_depot,
    new_substance,
    rises,
    steps_before,
    under_the_tongue,
    writes_methadone,
)
from tests.reference.prescribing.beside import slows_breathing
from tests.reference.prescribing.probing import Facts, Pairs, probe


def _start(rule_id: str, substance: str, number: str) -> None:
    @probe(f"{rule_id}: {number}")
    def _(c: Facts, p: Facts) -> Pairs:
        if new_substance(c) != substance or is_new_depot(c) or not begins(c, p):
            return
        if rule_id != "start-dose-with-sedatives" or slows_breathing(c, p):
            yield highest_day(c["new"]), N[number]


for _kind in ("methadone", "buprenorphine"):
    for _word in ("doctor", "stop"):
        _start("start-dose-above-limit", _kind, f"{_kind}_first_day_{_word}_ug")
_start("start-dose-with-sedatives", "methadone", "methadone_first_day_sedatives_ug")
_start("start-dose-low-tolerance", "methadone", "methadone_first_day_low_tolerance_ug")


def _restart(substance: str, number: str) -> None:
    @probe(f"begins: {number}")
    def _(c: Facts, p: Facts) -> Pairs:
        if new_substance(c) != substance or p["last_covered_on"] is None:
            return
        if not from_depot_to_depot(c, p):
            yield days_to_restart(c, p), N[number]


_restart("methadone", "methadone_restart_days")
_restart("buprenorphine", "buprenorphine_restart_days")
_restart("diacetylmorphine", "diacetylmorphine_missed_stop_days")


def _depot_over(weekly: bool, number: str) -> None:
    @probe(f"begins: {number}")
    def _(c: Facts, p: Facts) -> Pairs:
        if c["new"] is None or not from_depot_to_depot(c, p):
            return
        given = p["last_depot"]
        interval = given["interval_days"] or 0
        if interval > 0 and (interval <= 7) is weekly:
            yield days_from(given["on"], c["on"]) + ahead(c, p), interval + N[number]


_depot_over(True, "depot_weekly_late_days")
_depot_over(False, "depot_monthly_late_days")


@probe("order-amounts-not-positive: nothing")
def _(c: Facts, p: Facts) -> Pairs:
    if c["new"]:
        yield min([c["new"]["daily_ug"], *c["new"]["parts_ug"]]), 0


@probe("order-parts-do-not-add-up: the day")
def _(c: Facts, p: Facts) -> Pairs:
    if c["new"]:
        yield sum(c["new"]["parts_ug"]), c["new"]["daily_ug"]


@probe("order-days-impossible: today")
def _(c: Facts, p: Facts) -> Pairs:
    if c["new"]:
        yield POSITION[c["new"]["valid_from"]], POSITION[c["on"]]


@probe("order-days-impossible: end")
def _(c: Facts, p: Facts) -> Pairs:
    if c["new"] and c["new"]["valid_to"]:
        yield POSITION[c["new"]["valid_to"]], POSITION[c["new"]["valid_from"]]


@probe("order-too-long: order_months")
def _(c: Facts, p: Facts) -> Pairs:
    if c["new"] and c["new"]["valid_to"]:
        last = months_later(c["new"]["valid_from"], N["order_months"])
        yield POSITION[c["new"]["valid_to"]], POSITION[last]


@probe("order-overlap: the old end")
def _(c: Facts, p: Facts) -> Pairs:
    old = p["prescription"]
    if c["new"] and old and old["valid_to"] and c["replaces"] is not True:
        yield POSITION[c["new"]["valid_from"]], POSITION[old["valid_to"]]


@probe("order-gap: the day after the old end")
def _(c: Facts, p: Facts) -> Pairs:
    old = p["prescription"]
    if c["new"] and old and old["valid_to"]:
        yield POSITION[c["new"]["valid_from"]], POSITION[plus(old["valid_to"], 1)]


@probe("order-ten-fold: alarm_factor, up")
def _(c: Facts, p: Facts) -> Pairs:
    last = before(c, p)
    if last:
        yield highest_day(c["new"]), last * N["alarm_factor"]


@probe("order-ten-fold: alarm_factor, down", unit=10)
def _(c: Facts, p: Facts) -> Pairs:
    last = before(c, p)
    if last:
        yield highest_day(c["new"]) * N["alarm_factor"], last


def _rise(c: Facts, p: Facts) -> int | None:
    if not writes_methadone(c) or not rises(c, p):
        return None
    return highest_day(c["new"]) - (before(c, p) or 0)


@probe("order-step-too-large: methadone_step_ug")
def _(c: Facts, p: Facts) -> Pairs:
    rise = _rise(c, p)
    if rise is not None:
        yield rise, N["methadone_step_ug"]


@probe("order-step-too-large: the dose before")
def _(c: Facts, p: Facts) -> Pairs:
    if writes_methadone(c) and goes_on(c, p):
        yield highest_day(c["new"]), before(c, p) or 0


@probe("order-week-increase-too-large: methadone_week_increase_ug")
def _(c: Facts, p: Facts) -> Pairs:
    rise = _rise(c, p)
    if rise is None or not p["steps"]:
        return
    for step in steps_before(c, p):
        if days_from(step["on"], c["new"]["valid_from"]) < N["increase_window_days"]:
            rise += max(0, step["to_ug"] - step["from_ug"])
    yield rise, N["methadone_week_increase_ug"]


def _days_since_a_step(name: str, up: bool) -> None:
    @probe(name)
    def _(c: Facts, p: Facts) -> Pairs:
        if (_rise(c, p) is not None) if up else (fall_percent(c, p) > 0):
            for step in p["steps"] or []:
                if (step["to_ug"] > step["from_ug"]) is up and step["to_ug"] != step["from_ug"]:
                    number = name.partition(": ")[2]
                    yield days_from(step["on"], c["new"]["valid_from"]), N.get(number, 0)


_days_since_a_step("order-week-increase-too-large: increase_window_days", True)
_days_since_a_step("order-steps-too-close: step_interval_days", True)
_days_since_a_step("order-steps-too-close: the day it begins", True)
_days_since_a_step("reduction-too-soon: reduction_interval_days", False)


def _heart(number: str, limit: int) -> None:
    @probe(f"order-with-long-qtc: {number}")
    def _(c: Facts, p: Facts) -> Pairs:
        concerns = writes_methadone(c) and (begins(c, p) or _rise(c, p) is not None)
        if concerns and p["qtc_ms"] is not None:
            yield p["qtc_ms"], limit


_heart("qtc_confirm_ms", N["qtc_confirm_ms"])
_heart("qtc_doctor_ms", N["qtc_doctor_ms"])
_heart("shortest", 200)


@probe("ecg-after-rise: ecg_rise_percent", unit=150)
def _(c: Facts, p: Facts) -> Pairs:
    ecg_on = p["ecg_on"]
    if _rise(c, p) is None or ecg_on is None or ecg_on > c["on"] or not p["steps"]:
        return
    since = [step["from_ug"] for step in p["steps"] if step["on"] > ecg_on]
    lowest = min([before(c, p) or 0, *since])
    yield 100 * (highest_day(c["new"]) - lowest), N["ecg_rise_percent"] * lowest


@probe("ecg-after-rise: the step's day")
def _(c: Facts, p: Facts) -> Pairs:
    for step in (p["steps"] or []) if p["ecg_on"] and _rise(c, p) is not None else []:
        yield POSITION[step["on"]], POSITION[p["ecg_on"]]


@probe("ecg-before-methadone: today")
def _(c: Facts, p: Facts) -> Pairs:
    if p["ecg_on"] and writes_methadone(c) and begins(c, p):
        yield POSITION[p["ecg_on"]], POSITION[c["on"]]


@probe("reduction-too-large: reduction_step_percent", unit=700)
def _(c: Facts, p: Facts) -> Pairs:
    last = before(c, p)
    if last and c["new"]["weekday_ug"] is None and fall_percent(c, p) > 0:
        yield 700 * (last - c["new"]["daily_ug"]), 7 * N["reduction_step_percent"] * last


@probe("driving-not-told: driving_rise_percent", unit=100)
def _(c: Facts, p: Facts) -> Pairs:
    last = before(c, p)
    if last and c["driving_told"] is not True and p["prescription"] and not begins(c, p):
        rise = highest_day(c["new"]) - last
        yield 100 * rise, N["driving_rise_percent"] * last


def _highest(name: str, concerns: Callable[[Facts], bool], limit: int) -> None:
    @probe(name)
    def _(c: Facts, p: Facts) -> Pairs:
        if c["new"] and concerns(c):
            yield highest_day(c["new"]), limit


def _tablets(c: Facts) -> bool:
    return under_the_tongue(c["new"])


def _pattern(c: Facts) -> bool:
    return _tablets(c) and c["new"]["weekday_ug"] is not None


def _heroin(c: Facts) -> bool:
    return new_substance(c) == "diacetylmorphine"


_highest("order-high-methadone: methadone_high_ug", writes_methadone, N["methadone_high_ug"])
_highest("order-below-usual: methadone_usual_ug", writes_methadone, N["methadone_usual_ug"])
_highest("order-high-buprenorphine: buprenorphine_high_ug", _tablets, N["buprenorphine_high_ug"])
_highest("order-high-buprenorphine: never", _tablets, N["buprenorphine_never_above_ug"])
_highest("order-thrice-weekly-max: thrice_weekly_day_ug", _pattern, N["thrice_weekly_day_ug"])
_highest("order-heroin-above-cap: day", _heroin, N["diacetylmorphine_day_ug"])


@probe("order-heroin-above-cap: diacetylmorphine_dose_ug")
def _(c: Facts, p: Facts) -> Pairs:
    for part in c["new"]["parts_ug"] if c["new"] and _heroin(c) else []:
        yield part, N["diacetylmorphine_dose_ug"]


@probe("order-heroin-sessions: diacetylmorphine_sessions_count")
def _(c: Facts, p: Facts) -> Pairs:
    if c["new"] and _heroin(c):
        yield len(c["new"]["parts_ug"]), N["diacetylmorphine_sessions_count"]


@probe("order-thrice-weekly-sum: seven days")
def _(c: Facts, p: Facts) -> Pairs:
    if c["new"] and _pattern(c):
        yield sum(c["new"]["weekday_ug"]), 7 * c["new"]["daily_ug"]


@probe("order-below-usual: titration_days")
def _(c: Facts, p: Facts) -> Pairs:
    if writes_methadone(c) and p["first_dose_on"]:
        yield days_from(p["first_dose_on"], c["on"]), N["titration_days"]


@probe("order-with-sedating: sedating_doctor_count")
def _(c: Facts, p: Facts) -> Pairs:
    if c["new"]:
        yield slows_breathing(c, p), N["sedating_doctor_count"]


@probe("order-with-sedating: sedating_confirm_count")
def _(c: Facts, p: Facts) -> Pairs:
    if c["new"]:
        yield slows_breathing(c, p), N["sedating_confirm_count"]


@probe("order-with-qt-medicines: qt_medicines_count")
def _(c: Facts, p: Facts) -> Pairs:
    if writes_methadone(c):
        yield len(list(taken(c, p, "qt"))), N["qt_medicines_count"]


@probe("order-with-mao-inhibitor: maoi_days")
def _(c: Facts, p: Facts) -> Pairs:
    for one in taken(c, p, "maoi", days=1000) if c["new"] else ():
        if one["stopped_on"]:
            yield days_from(one["stopped_on"], c["on"]), N["maoi_days"]


for _fact in ("started_on", "stopped_on"):

    @probe(f"order-with-level-changer: interaction_change_days, {_fact}")
    def _(c: Facts, p: Facts, fact: str = _fact) -> Pairs:
        for one in taken(c, p, "changes methadone", days=1000) if writes_methadone(c) else ():
            if one[fact]:
                yield days_from(one[fact], c["on"]), N["interaction_change_days"]


@probe("order-with-weak-kidneys: renal_confirm_ml_per_minute")
def _(c: Facts, p: Facts) -> Pairs:
    filtration = (p["health"] or {}).get("filtration_ml_per_minute")
    if writes_methadone(c) and filtration is not None:
        yield filtration, N["renal_confirm_ml_per_minute"]
