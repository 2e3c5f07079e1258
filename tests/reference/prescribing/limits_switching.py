"""What is compared where a substance or preparation changes, and where a sedative is written."""

from collections.abc import Callable

from tests.reference.asking import highest_day
from tests.reference.book import N
from tests.reference.days import POSITION, days_from, seconds
from tests.reference.prescribing.asking import (
    begins,
    is_injected,
    is_new_depot,
    is_over,
    new_substance,
    nobody_yet,
    under_the_tongue,
    writes_methadone,
)
from tests.reference.prescribing.moves_switching import DEPOT_EDGES
from tests.reference.prescribing.probing import Facts, Pairs, probe
from tests.reference.prescribing.sedative import highest_lately


@probe("switch-to-buprenorphine-too-soon: buprenorphine_after_agonist_minutes", unit=60)
def _(c: Facts, p: Facts) -> Pairs:
    other = p["last_swallowed_substance"] != "buprenorphine"
    if new_substance(c) == "buprenorphine" and other and p["last_swallowed_at"]:
        since = seconds(c["at"]) - seconds(p["last_swallowed_at"])
        since += 86_400 * max(0, days_from(c["on"], c["new"]["valid_from"]))
        yield since, N["buprenorphine_after_agonist_minutes"] * 60


@probe("switch-before-withdrawal: withdrawal_first_buprenorphine_cows")
def _(c: Facts, p: Facts) -> Pairs:
    other = p["last_swallowed_substance"] != "buprenorphine"
    if new_substance(c) != "buprenorphine" or not other or c["new"]["valid_from"] > c["on"]:
        return
    if c["withdrawal_cows"] is not None:
        yield c["withdrawal_cows"], N["withdrawal_first_buprenorphine_cows"]


@probe("switch-from-high-methadone: buprenorphine_after_methadone_ug")
def _(c: Facts, p: Facts) -> Pairs:
    other = p["last_swallowed_substance"] != "buprenorphine"
    if new_substance(c) == "buprenorphine" and other and p["last_swallowed_ug"] is not None:
        order = p["prescription"]
        ordered = [highest_day(order)] if order and not under_the_tongue(order) else []
        yield max([p["last_swallowed_ug"], *ordered]), N["buprenorphine_after_methadone_ug"]


@probe("switch-to-methadone-same-day: the day it begins")
def _(c: Facts, p: Facts) -> Pairs:
    known = p["last_swallowed_substance"] in ("methadone", "diacetylmorphine")
    if writes_methadone(c) and not known and not nobody_yet(p) and p["last_swallowed_on"]:
        yield POSITION[p["last_swallowed_on"]], POSITION[c["new"]["valid_from"]]


@probe("preparations-not-equal: the same dose")
def _(c: Facts, p: Facts) -> Pairs:
    old, new = p["prescription"], c["new"]
    if under_the_tongue(new) and under_the_tongue(old) and new["product"] != old["product"]:
        yield highest_day(new), highest_day(old)


@probe("route-changed-at-same-dose: the same dose")
def _(c: Facts, p: Facts) -> Pairs:
    old, new = p["prescription"], c["new"]
    if not writes_methadone(c) or old is None or old["product"]["substance"] != "methadone":
        return
    if is_injected(new) and not is_injected(old):
        yield highest_day(new), highest_day(old)


def _depot_begun(c: Facts, p: Facts) -> bool:
    return is_new_depot(c) and begins(c, p)


@probe("first-depot-without-test: depot_test_ug")
def _(c: Facts, p: Facts) -> Pairs:
    if _depot_begun(c, p) and c["depot_test_ug"] is not None:
        yield c["depot_test_ug"], N["depot_test_ug"]


@probe("first-depot-without-test: depot_test_minutes", unit=60)
def _(c: Facts, p: Facts) -> Pairs:
    if _depot_begun(c, p) and c["depot_test_at"]:
        yield seconds(c["at"]) - seconds(c["depot_test_at"]), N["depot_test_minutes"] * 60


@probe("first-depot-sequence: depot_first_weekly_ug")
def _(c: Facts, p: Facts) -> Pairs:
    if _depot_begun(c, p):
        yield highest_day(c["new"]), N["depot_first_weekly_ug"]


@probe("first-depot-sequence: depot_weekly_days")
def _(c: Facts, p: Facts) -> Pairs:
    if _depot_begun(c, p) and c["new"]["depot_interval_days"] is not None:
        yield c["new"]["depot_interval_days"], N["depot_weekly_days"]


def _edge(mg: int, interval: int, fits: int) -> None:
    @probe(f"first-depot-unmatched: from {mg} mg")
    def _(c: Facts, p: Facts) -> Pairs:
        if is_new_depot(c) and not is_over(c, p) and under_the_tongue(p["prescription"]):
            yield p["prescription"]["daily_ug"], mg * 1000

    @probe(f"first-depot-unmatched: {fits} mg from {mg} mg")
    def _(c: Facts, p: Facts) -> Pairs:
        order = p["prescription"]
        if is_new_depot(c) and not is_over(c, p) and under_the_tongue(order):
            near = abs(order["daily_ug"] - mg * 1000) <= 1
            if near and c["new"]["depot_interval_days"] == interval:
                yield highest_day(c["new"]), fits * 1000


for _mg, _interval, _fits in DEPOT_EDGES:
    _edge(_mg, _interval, _fits)


def _depot(number: str, weekly: bool) -> None:
    @probe(f"order-depot-above-max: {number}")
    def _(c: Facts, p: Facts) -> Pairs:
        if is_new_depot(c):
            interval = c["new"]["depot_interval_days"]
            if (interval is None or interval <= N["depot_weekly_days"]) is weekly:
                yield highest_day(c["new"]), N[number]


_depot("depot_weekly_ug", True)
_depot("depot_monthly_ug", False)

for _number in ("depot_weekly_days", "depot_monthly_days"):

    @probe(f"order-depot-interval: {_number}")
    def _(c: Facts, p: Facts, number: str = _number) -> Pairs:
        if is_new_depot(c) and c["new"]["depot_interval_days"] is not None:
            yield c["new"]["depot_interval_days"], N[number]


def _sedative(name: str, pair: Callable[[Facts, Facts], tuple[int, int] | None]) -> None:
    @probe(name, unit=100 if "percent" in name else 1)
    def _(c: Facts, p: Facts) -> Pairs:
        found = pair(c["sedative"], c) if c["sedative"] else None
        if found is not None:
            yield found


def _falls(one: Facts, c: Facts, number: str) -> tuple[int, int] | None:
    came = highest_lately(c)
    if came is None or one["to_ug"] >= one["from_ug"]:
        return None
    return 100 * (came - one["to_ug"]), N[number] * came


def _last_part(one: Facts, c: Facts) -> tuple[int, int] | None:
    came, first = highest_lately(c), one["original_ug"]
    if came is None or first is None or one["to_ug"] >= one["from_ug"]:
        return None
    return 100 * (came - one["to_ug"]), N["taper_last_percent"] * first


def _step_ago(one: Facts, c: Facts) -> tuple[int, int] | None:
    for step in one["steps"] or []:
        return days_from(step["on"], c["on"]), N["taper_window_days"]
    return None


def _plan_age(one: Facts, c: Facts) -> tuple[int, int] | None:
    if one["plan_on"] not in POSITION or one["plan"] not in ("agreed", "tapering"):
        return None
    return days_from(one["plan_on"], c["on"]), N["taper_plan_days"]


def _since_step(one: Facts, c: Facts, number: str) -> tuple[int, int] | None:
    last = one["last_step_on"]
    return None if last is None else (days_from(last, c["on"]), N[number])


def _planned(one: Facts, anxiety: bool, number: str) -> tuple[int, int] | None:
    if one["planned_days"] is None or (one["purpose"] == "anxiety") is not anxiety:
        return None
    return one["planned_days"], N[number]


for _rule, _number in (
    ("benzodiazepine-taper-fast", "taper_confirm_percent"),
    ("benzodiazepine-taper-fast", "taper_doctor_percent"),
):
    _sedative(f"{_rule}: {_number}", lambda one, c, number=_number: _falls(one, c, number))
_sedative("benzodiazepine-taper-fast: taper_last_percent", _last_part)
_sedative("benzodiazepine-taper-fast: taper_window_days", _step_ago)
_sedative("new-benzodiazepine-without-plan: taper_plan_days", _plan_age)
for _rule, _number in (("benzodiazepine-taper-stalled", "taper_stalled_days"),):
    _sedative(f"{_rule}: {_number}", lambda one, c, number=_number: _since_step(one, c, number))
for _anxiety, _number in ((False, "hypnotic_days"), (True, "anxiolytic_days")):
    _sedative(
        f"benzodiazepine-too-long: {_number}",
        lambda one, c, number=_number, anxiety=_anxiety: _planned(one, anxiety, number),
    )
_sedative(
    "benzodiazepine-above-cap: diazepam_load_ug",
    lambda one, c: (one["to_ug"], N["diazepam_load_ug"]),
)
_sedative(
    "benzodiazepine-stopped-at-once: dependence_days",
    lambda one, c: None if one["taken_days"] is None else (one["taken_days"], N["dependence_days"]),
)
_sedative(
    "benzodiazepine-second: benzodiazepine_count",
    lambda one, c: (
        None if one["others"] is None else (one["others"] + 1, N["benzodiazepine_count"])
    ),
)
_sedative(
    "benzodiazepine-raised-in-taper: the dose before",
    lambda one, c: None if one["from_ug"] is None else (one["to_ug"], one["from_ug"]),
)
