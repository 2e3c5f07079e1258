"""What is compared by the rules about the person now, and about what has been taken."""

from collections.abc import Callable

from tests.reference.amounts import largest_week, rise
from tests.reference.asking import (
    asked_for,
    by_the_day,
    claims,
    days_asked,
    dose_before,
    extra,
    here,
    last_day,
    maybe_another_substance,
    missed_days,
    since_last,
    substance,
    taken_for,
)
from tests.reference.book import N
from tests.reference.days import POSITION, days_from, seconds, strictly_between
from tests.reference.probing import Facts, Pairs, probe
from tests.reference.titrating import a_week_ago, had_for, has_own_ceiling, is_compared, most_asked


def _observed(rule_id: str, what: str, limit: int) -> None:
    @probe(f"{rule_id}: {limit}")
    def _(q: Facts, p: Facts) -> Pairs:
        if q["observed"][what] is not None:
            yield q["observed"][what], limit


_observed("sedated", "sedation_poss", N["sedation_stop_poss"])
_observed("sedated", "sedation_poss", 0)
_observed("benzodiazepine-load", "sedation_poss", N["sedation_sign_poss"])
_observed("slow-breathing", "breaths_per_minute", N["breathing_stop_breaths_per_minute"])
_observed("slow-breathing", "breaths_per_minute", N["breathing_confirm_breaths_per_minute"])
_observed("alcohol", "alcohol_permille_milli", N["alcohol_doctor_permille_milli"])
_observed("alcohol", "alcohol_permille_milli", N["alcohol_stop_permille_milli"])
_observed("alcohol", "alcohol_permille_milli", 0)


def _interval(rule_id: str, number: str, applies: Callable[[Facts, Facts], bool]) -> None:
    @probe(f"{rule_id}: {number}", unit=60)
    def _(q: Facts, p: Facts) -> Pairs:
        since = since_last(q, p)
        if since is not None and p["prescription"] and q["doses"] and applies(q, p):
            yield since, N[number] * 60


def _split(p: Facts) -> bool:
    return len(p["prescription"]["parts_ug"]) > 1


_interval("too-soon", "interval_daily_minutes", lambda q, p: bool(here(q)) and not _split(p))
_interval(
    "too-soon",
    "interval_split_minutes",
    lambda q, p: bool(here(q)) and _split(p) and substance(p) != "diacetylmorphine",
)
_interval(
    "too-soon",
    "interval_diacetylmorphine_minutes",
    lambda q, p: bool(here(q)) and _split(p) and substance(p) == "diacetylmorphine",
)
_interval(
    "buprenorphine-too-soon",
    "buprenorphine_after_agonist_minutes",
    lambda q, p: (
        substance(p) == "buprenorphine" and p["last_swallowed_substance"] != "buprenorphine"
    ),
)


@probe("vomited-today: vomit_same_day_minutes", unit=60)
def _(q: Facts, p: Facts) -> Pairs:
    for vomit in p["vomits"] or []:
        yield seconds(q["at"]) - seconds(vomit["at"]), N["vomit_same_day_minutes"] * 60


@probe("identity-not-confirmed: identifiers_count")
def _(q: Facts, p: Facts) -> Pairs:
    yield len(q["identifiers"]), N["identifiers_count"]


def _missed(kind: str, number: str, rule_id: str = "missed-days") -> None:
    @probe(f"{rule_id}: {number}")
    def _(q: Facts, p: Facts) -> Pairs:
        missed = missed_days(q, p)
        if missed is not None and by_the_day(p) == kind:
            yield missed, N[number]


def _restart(kind: str, number: str, days: str) -> None:
    @probe(f"restart-above-ceiling: {number}")
    def _(q: Facts, p: Facts) -> Pairs:
        missed = missed_days(q, p)
        if missed is not None and by_the_day(p) == kind and missed >= N[days]:
            for day in days_asked(q):
                yield asked_for(q, day) + taken_for(p, day), N[number]


def _day_one(kind: str, number: str) -> None:
    @probe(f"first-day-above-limit: {number}")
    def _(q: Facts, p: Facts) -> Pairs:
        first = p["first_dose_on"]
        new = first is None or first >= q["on"] or maybe_another_substance(p)
        if by_the_day(p) == kind and new:
            for day in days_asked(q):
                allowed = extra(p) if day == q["on"] else 0
                yield asked_for(q, day) + taken_for(p, day) - allowed, N[number]


for _kind in ("methadone", "buprenorphine"):
    for _what in ("doctor", "stop"):
        _missed(_kind, f"{_kind}_missed_{_what}_days")
        _day_one(_kind, f"{_kind}_first_day_{_what}_ug")
    _missed(_kind, f"{_kind}_restart_days", "restart-above-ceiling")
    _restart(_kind, f"{_kind}_restart_ug", f"{_kind}_restart_days")
_missed("diacetylmorphine", "diacetylmorphine_missed_stop_days")
_missed("buprenorphine", "buprenorphine_restart_long_days", "restart-above-ceiling")
_restart("buprenorphine", "buprenorphine_restart_long_ug", "buprenorphine_restart_long_days")
_restart("buprenorphine", "buprenorphine_restart_low_ug", "buprenorphine_restart_days")


@probe("restart-above-ceiling: buprenorphine_restart_above_ug")
def _(q: Facts, p: Facts) -> Pairs:
    missed = missed_days(q, p)
    if by_the_day(p) == "buprenorphine" and (missed or 0) >= N["buprenorphine_restart_days"]:
        yield dose_before(p), N["buprenorphine_restart_above_ug"]


@probe("coverage-unknown: today")
def _(q: Facts, p: Facts) -> Pairs:
    if p["last_covered_on"] is not None:
        yield POSITION[p["last_covered_on"]], POSITION[q["on"]]


def _steps(q: Facts, p: Facts) -> list[Facts]:
    return (p["steps"] or []) if substance(p) == "methadone" else []


@probe("step-too-large: methadone_step_ug")
def _(q: Facts, p: Facts) -> Pairs:
    for step in _steps(q, p):
        yield rise(step), N["methadone_step_ug"]


@probe("step-too-large: increase_window_days")
def _(q: Facts, p: Facts) -> Pairs:
    for step in _steps(q, p):
        yield days_from(step["on"], q["on"]), N["increase_window_days"]


@probe("step-too-large: last day asked for")
def _(q: Facts, p: Facts) -> Pairs:
    for step in _steps(q, p):
        yield POSITION[step["on"]], POSITION[last_day(q)]


@probe("week-increase-too-large: methadone_week_increase_ug")
def _(q: Facts, p: Facts) -> Pairs:
    if _steps(q, p):
        yield largest_week(q, p), N["methadone_week_increase_ug"]


@probe("rise-since-last-dose: methadone_step_ug")
def _(q: Facts, p: Facts) -> Pairs:
    had = had_for(p, p["last_covered_on"])
    if is_compared(q, p) and had:
        yield most_asked(q, p), had + N["methadone_step_ug"]


@probe("rise-since-last-dose: methadone_week_increase_ug")
def _(q: Facts, p: Facts) -> Pairs:
    before = had_for(p, a_week_ago(q, p)) if is_compared(q, p) else 0
    if before:
        yield most_asked(q, p), before + N["methadone_week_increase_ug"]


@probe("rise-since-last-dose: titration_days")
def _(q: Facts, p: Facts) -> Pairs:
    first = p["first_dose_on"]
    if substance(p) != "methadone" or not q["doses"] or has_own_ceiling(q, p) or not first:
        return
    if most_asked(q, p) > had_for(p, p["last_covered_on"]) + N["methadone_step_ug"]:
        yield days_from(first, q["on"]), N["titration_days"]


@probe("rise-since-last-dose: methadone_missed_doctor_days")
def _(q: Facts, p: Facts) -> Pairs:
    given = sorted({one["for_on"] for one in claims(p) if one["state"] == "given"})
    days = [day for day in given if day < q["on"]]
    if substance(p) == "methadone" and len(days) > 1 and not has_own_ceiling(q, p):
        yield len(strictly_between(days[-2], days[-1])), N["methadone_missed_doctor_days"]


@probe("buprenorphine-after-high-methadone: buprenorphine_after_methadone_ug")
def _(q: Facts, p: Facts) -> Pairs:
    last, before = p["last_swallowed_ug"], p["last_swallowed_substance"]
    if substance(p) == "buprenorphine" and last is not None and before != "buprenorphine":
        yield last, N["buprenorphine_after_methadone_ug"]


@probe("prescription-not-yet-valid: valid_from")
def _(q: Facts, p: Facts) -> Pairs:
    if p["prescription"]:
        first = min([q["on"], *days_asked(q)])
        yield POSITION[first], POSITION[p["prescription"]["valid_from"]]


@probe("prescription-expired: valid_to")
def _(q: Facts, p: Facts) -> Pairs:
    if p["prescription"] and p["prescription"]["valid_to"]:
        yield POSITION[last_day(q)], POSITION[p["prescription"]["valid_to"]]
