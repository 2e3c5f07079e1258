"""What is compared by the rules about the order and the amounts asked for."""

from tests.reference.asking import (
    asked_for,
    by_the_day,
    claims,
    day_ordered,
    days_asked,
    depot_given,
    depot_was_last,
    dose_ordered,
    extra,
    here,
    highest_day,
    home,
    is_depot,
    is_extra,
    substance,
    taken_for,
)
from tests.reference.book import N
from tests.reference.days import POSITION, days_from
from tests.reference.probing import Facts, Pairs, probe


@probe("parts-do-not-add-up: daily_ug")
def _(q: Facts, p: Facts) -> Pairs:
    if p["prescription"]:
        yield sum(p["prescription"]["parts_ug"]), p["prescription"]["daily_ug"]


@probe("amount-not-positive: 0")
def _(q: Facts, p: Facts) -> Pairs:
    for dose in q["doses"]:
        yield dose["amount_ug"], 0


@probe("supervised-for-another-day: today")
def _(q: Facts, p: Facts) -> Pairs:
    for dose in here(q):
        yield POSITION[dose["for_on"]], POSITION[q["on"]]


@probe("take-home-for-past-day: today")
def _(q: Facts, p: Facts) -> Pairs:
    for dose in home(q):
        yield POSITION[dose["for_on"]], POSITION[q["on"]]


@probe("part-does-not-exist: parts ordered")
def _(q: Facts, p: Facts) -> Pairs:
    for dose in q["doses"] if p["prescription"] else []:
        yield dose["part"], len(p["prescription"]["parts_ug"])


@probe("part-does-not-exist: 0")
def _(q: Facts, p: Facts) -> Pairs:
    for dose in q["doses"] if p["prescription"] else []:
        yield dose["part"], 0


def _asked_and_ordered(q: Facts, p: Facts) -> Pairs:
    for dose in q["doses"] if p["prescription"] else []:
        yield dose["amount_ug"], dose_ordered(p["prescription"], dose)


probe("amount-above-ordered: ordered")(_asked_and_ordered)
probe("amount-below-ordered: ordered")(_asked_and_ordered)


@probe("ten-fold-of-ordered: ten times")
def _(q: Facts, p: Facts) -> Pairs:
    for asked, ordered in _asked_and_ordered(q, p):
        if ordered > 0:
            yield asked, ordered * N["alarm_factor"]


@probe("ten-fold-of-ordered: a tenth", unit=10)
def _(q: Facts, p: Facts) -> Pairs:
    for asked, ordered in _asked_and_ordered(q, p):
        if ordered > 0:
            yield asked * N["alarm_factor"], ordered


def _asked_and_last(q: Facts, p: Facts) -> Pairs:
    last = p["last_swallowed_ug"]
    comparable = p["last_swallowed_substance"] in (None, substance(p))
    if p["prescription"] and last is not None and comparable:
        for dose in here(q):
            yield dose["amount_ug"], last


@probe("ten-fold-of-last: ten times", unit=10)
def _(q: Facts, p: Facts) -> Pairs:
    for asked, last in _asked_and_last(q, p):
        yield asked, last * N["alarm_factor"]


@probe("ten-fold-of-last: a tenth", unit=10)
def _(q: Facts, p: Facts) -> Pairs:
    for asked, last in _asked_and_last(q, p):
        yield asked * N["alarm_factor"], last


@probe("amount-above-ordered: extra")
def _(q: Facts, p: Facts) -> Pairs:
    for dose in q["doses"] if p["prescription"] and extra(p) else []:
        if is_extra(q, p["prescription"], dose):
            yield dose["amount_ug"], extra(p)


@probe("too-soon: extra")
def _(q: Facts, p: Facts) -> Pairs:
    order, doses = p["prescription"], here(q)
    if order and extra(p) and doses and all(is_extra(q, order, dose) for dose in doses):
        yield sum(dose["amount_ug"] for dose in doses), extra(p)


@probe("day-above-ordered: ordered")
def _(q: Facts, p: Facts) -> Pairs:
    for day in days_asked(q) if p["prescription"] else []:
        most = day_ordered(p["prescription"], day) + (extra(p) if day == q["on"] else 0)
        yield asked_for(q, day) + taken_for(p, day), most


@probe("amount-not-measurable: measurable_step_ul", unit=1)
def _(q: Facts, p: Facts) -> Pairs:
    order = p["prescription"]
    if order and order["product"]["per"] == "ml" and order["product"]["strength_ug"] > 0:
        step_ug = order["product"]["strength_ug"] * N["measurable_step_ul"] // 1000
        for dose in q["doses"] if step_ug > 1 else []:
            half = step_ug // 2
            yield (dose["amount_ug"] + half) % step_ug - half, 0


def _highest(rule_id: str, kind: str, number: str) -> None:
    @probe(f"{rule_id}: {number}")
    def _(q: Facts, p: Facts) -> Pairs:
        if by_the_day(p) == kind:
            yield highest_day(p["prescription"]), N[number]


_highest("high-dose-methadone", "methadone", "methadone_high_ug")
_highest("high-dose-buprenorphine", "buprenorphine", "buprenorphine_high_ug")
_highest("high-dose-buprenorphine", "buprenorphine", "buprenorphine_never_above_ug")
_highest("ecg-too-old", "methadone", "ecg_methadone_ug")


@probe("thrice-weekly-above-max: thrice_weekly_day_ug")
def _(q: Facts, p: Facts) -> Pairs:
    every_day = p["arrangement"] is not None and p["arrangement"]["thrice_weekly"] is False
    if by_the_day(p) == "buprenorphine" and not every_day:
        yield highest_day(p["prescription"]), N["thrice_weekly_day_ug"]


@probe("diacetylmorphine-above-cap: diacetylmorphine_dose_ug")
def _(q: Facts, p: Facts) -> Pairs:
    for dose in q["doses"] if substance(p) == "diacetylmorphine" else []:
        yield dose["amount_ug"], N["diacetylmorphine_dose_ug"]


@probe("diacetylmorphine-above-cap: diacetylmorphine_day_ug")
def _(q: Facts, p: Facts) -> Pairs:
    for day in days_asked(q) if substance(p) == "diacetylmorphine" else []:
        yield asked_for(q, day) + taken_for(p, day), N["diacetylmorphine_day_ug"]


@probe("diacetylmorphine-sessions: diacetylmorphine_sessions_count")
def _(q: Facts, p: Facts) -> Pairs:
    if substance(p) == "diacetylmorphine":
        today = [one for one in claims(p) if one["for_on"] == q["on"]]
        yield len(here(q)) + len(today), N["diacetylmorphine_sessions_count"]


def _depot_days(p: Facts) -> int | None:
    return p["prescription"]["depot_interval_days"] if is_depot(p) else None


@probe("depot-interval-unknown: 0")
def _(q: Facts, p: Facts) -> Pairs:
    days = _depot_days(p)
    if days is not None:
        yield days, 0


@probe("depot-above-max: depot_weekly_days")
def _(q: Facts, p: Facts) -> Pairs:
    days = _depot_days(p)
    if days is not None:
        yield days, N["depot_weekly_days"]


def _depot(weekly: bool, word: str) -> None:
    def _is(p: Facts) -> bool:
        days = _depot_days(p)
        return days is not None and days > 0 and (days <= N["depot_weekly_days"]) is weekly

    @probe(f"depot-above-max: depot_{word}_ug")
    def _(q: Facts, p: Facts) -> Pairs:
        if _is(p):
            yield highest_day(p["prescription"]), N[f"depot_{word}_ug"]

    for sign, side in ((-1, "early"), (1, "late")):

        @probe(f"depot-outside-window: depot_{word}_window_days {side}")
        def _(q: Facts, p: Facts, sign: int = sign) -> Pairs:
            given = depot_given(p)
            if is_depot(p) and given is not None and (sign < 0 or depot_was_last(p)):
                days = given["interval_days"]
                if (days <= N["depot_weekly_days"]) is weekly:
                    due = days + sign * N[f"depot_{word}_window_days"]
                    yield days_from(given["on"], q["on"]), due

    @probe(f"missed-days: depot_{word}_window_days")
    def _(q: Facts, p: Facts) -> Pairs:
        given = depot_given(p)
        if by_the_day(p) and given is not None and depot_was_last(p):
            days = given["interval_days"]
            if (days <= N["depot_weekly_days"]) is weekly:
                due = days + N[f"depot_{word}_window_days"]
                yield days_from(given["on"], q["on"]), due


@probe("depot-still-works: its own interval")
def _(q: Facts, p: Facts) -> Pairs:
    given = depot_given(p)
    if by_the_day(p) and given is not None and q["doses"]:
        yield days_from(given["on"], q["on"]), given["interval_days"]


@probe("depot-still-works: depot_monthly_days")
def _(q: Facts, p: Facts) -> Pairs:
    given = p["last_depot"]
    if by_the_day(p) and given and given["interval_days"] is None and q["doses"]:
        yield days_from(given["on"], q["on"]), N["depot_monthly_days"]


_depot(True, "weekly")
_depot(False, "monthly")
