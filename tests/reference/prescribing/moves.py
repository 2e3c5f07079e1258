"""What may be otherwise about a draft: each move sits on a boundary."""

import random
from collections.abc import Callable
from typing import Any

from tests.reference.bases import PRODUCTS, product
from tests.reference.book import N
from tests.reference.changes import near
from tests.reference.days import months_later, plus
from tests.reference.prescribing.asking import before

Plain = dict[str, Any]
Move = Callable[[random.Random, Plain, Plain], None]
MOVES: list[Move] = []
YES_NO = (None, True, True, False)
PLANS = ("none", "above_guidance", "informed", "agreed", "tapering")


def move(function: Move) -> Move:
    """One that needs a new order is not asked for where only a sedative is written."""

    def moved(rng: random.Random, c: Plain, p: Plain) -> None:
        if c["new"] is not None or function in ANY:
            function(rng, c, p)

    MOVES.append(moved)
    return moved


ANY: list[Move] = []


def any_draft(function: Move) -> Move:
    ANY.append(function)
    return move(function)


def set_dose(new: Plain, *parts: int) -> None:
    new |= {"daily_ug": sum(parts), "parts_ug": list(parts)}


def taper(today: str) -> Plain:
    """Diazepam from 20 to 18 mg, step by step."""
    return {
        **{"from_ug": 20_000, "to_ug": 18_000, "taken_days": 400, "others": 0},
        **{"last_step_on": plus(today, -14), "purpose": "other", "planned_days": 14},
        **{"plan": "tapering", "plan_on": plus(today, -30), "steps": [], "original_ug": 20_000},
    }


@any_draft
def who(rng: random.Random, c: Plain, p: Plain) -> None:
    if c["prescriber"] is not None:
        names = ["diacetylmorphine", "methadone_injection"]
        told = {"entitled": rng.choice(YES_NO), "specialist": rng.choice(YES_NO)}
        c["prescriber"] |= told
        c["prescriber"]["approved_for"] = sorted(rng.sample(names, rng.randint(0, 2)))


@any_draft
def licences(rng: random.Random, c: Plain, p: Plain) -> None:
    names = ["diacetylmorphine", "methadone_injection"]
    if p["unit"] is not None:
        p["unit"]["licences"] = sorted(rng.sample(names, rng.randint(0, 2)))


@move
def near_before(rng: random.Random, c: Plain, p: Plain) -> None:
    """A step up or down at a limit, ten times or a tenth of what it was."""
    was = before(c, p)
    if was is None or was <= 0:
        return
    tenth = max(1, was // 10)
    aims = (was, was + N["methadone_step_ug"], was + tenth, was - tenth, was * 10, tenth)
    set_dose(c["new"], near(rng, rng.choice(aims)))
    c["new"]["weekday_ug"] = None
    if rng.random() < 0.3:
        c["agreed_with_patient"] = rng.choice(YES_NO)
    if rng.random() < 0.3:
        c["driving_told"] = rng.choice(YES_NO)


@move
def at_a_cap(rng: random.Random, c: Plain, p: Plain) -> None:
    """A dose at a limit, and an order in force not far from it."""
    kind, form = c["new"]["product"]["substance"], c["new"]["product"]["form"]
    caps = {
        "methadone": (60_000, 120_000),
        "buprenorphine": (24_000, 32_000),
        "diacetylmorphine": (400_000, 500_000, 200_000),
    }[kind]
    amount = near(rng, rng.choice((32_000, 160_000, 16_000) if form == "depot" else caps))
    parts = [amount] if kind != "diacetylmorphine" else [amount, rng.choice((amount, 600_000))]
    set_dose(c["new"], *parts)
    c["new"]["high_dose_reason"] = rng.choice((None, True, False))
    old = p["prescription"]
    if old is not None and rng.random() < 0.5 and old["product"]["substance"] == kind:
        set_dose(old, *[part - 1000 for part in parts])


@move
def near_first_day(rng: random.Random, c: Plain, p: Plain) -> None:
    amounts = {
        "methadone": (10_000, 20_000, 30_000, 40_000),
        "buprenorphine": (8000, 12_000),
        "diacetylmorphine": (200_000,),
    }[c["new"]["product"]["substance"]]
    set_dose(c["new"], near(rng, rng.choice(amounts)))
    if rng.random() < 0.5:
        c["low_tolerance"] = rng.choice((None, True, False))


@move
def without_for(rng: random.Random, c: Plain, p: Plain) -> None:
    """Days without a dose about the restart, behind or ahead."""
    substance = c["new"]["product"]["substance"]
    name = "missed_stop_days" if substance == "diacetylmorphine" else "restart_days"
    days, order = near(rng, N[f"{substance}_{name}"]), p["prescription"]
    interval = 1
    if order is not None and order["product"]["form"] == "depot":
        interval = max(1, order["depot_interval_days"] or 1)
    ahead = rng.choice((0, 0, 0, min(2, max(days, 0))))
    p["last_covered_on"] = plus(c["on"], -(days - ahead) - interval)
    if interval > 1 and rng.random() < 0.8:
        p["last_depot"] = {"on": p["last_covered_on"], "interval_days": interval}
    if ahead and order is not None:
        order["valid_to"] = plus(c["on"], -1)
    if rng.random() < 0.7:
        c["new"]["valid_from"] = plus(c["on"], ahead)


@move
def parts(rng: random.Random, c: Plain, p: Plain) -> None:
    whole = c["new"]["daily_ug"]
    count = rng.choice((1, 2, 2, 3))
    share = whole // count
    made = [share] * (count - 1) + [whole - share * (count - 1)]
    made[-1] = near(rng, made[-1])
    c["new"]["parts_ug"] = made
    if rng.random() < 0.3:
        c["new"]["daily_ug"] = sum(made)
    if rng.random() < 0.2:
        set_dose(c["new"], *rng.choice(([0], [-1], [1], [0, 1], [whole, near(rng, 0)], [])))


@move
def weekdays(rng: random.Random, c: Plain, p: Plain) -> None:
    new = c["new"]
    if new["product"]["substance"] == "buprenorphine":
        set_dose(new, 8000)
    day = new["daily_ug"]
    most = near(rng, rng.choice((24_000, day * 3)))
    patterns = (
        [day] * 7,
        [2 * day, 0, 2 * day, 0, most, 0, 0],
        [2 * day, 0, 2 * day, 0, most, 0],
        [near(rng, 0), 0, 0, 0, 0, 0, near(rng, 0)],
        [day, day, day, day, day, day, near(rng, day)],
        [],
    )
    new["weekday_ug"] = rng.choice((None, *patterns, patterns[1], patterns[1]))
    old = p["prescription"]
    if old is not None and rng.random() < 0.4:
        old["weekday_ug"] = rng.choice((None, *patterns[:2], patterns[4]))


@move
def ordered_days(rng: random.Random, c: Plain, p: Plain) -> None:
    new, old, today = c["new"], p["prescription"], c["on"]
    what = rng.randrange(4)
    if what == 0:
        new["valid_from"] = plus(today, rng.choice((-1, 0, 1, 2, 5)))
        new["valid_to"] = plus(new["valid_from"], rng.choice((-1, 0, 1, 30)))
    elif what == 1:
        new["valid_from"] = plus(today, rng.choice((0, 0, 1, 20)))
        last = plus(months_later(new["valid_from"], N["order_months"]), rng.choice((-1, 0, 1)))
        new["valid_to"] = rng.choice((None, last, last, last))
    elif old is not None:
        new["valid_from"] = plus(today, rng.choice((0, 0, 1, 3, 7)))
        new["valid_to"] = plus(new["valid_from"], 30)
        end = plus(new["valid_from"], rng.choice((-30, -3, -2, -1, 0, 1, 30)))
        old["valid_to"] = rng.choice((None, end, end, end, end))
        c["replaces"] = rng.choice(YES_NO)


@move
def none_in_force(rng: random.Random, c: Plain, p: Plain) -> None:
    p["prescription"] = None
    if rng.random() < 0.4:
        p["last_swallowed_ug"] = rng.choice((None, near(rng, c["new"]["daily_ug"]), 10_000))


@move
def one_of_the_order(rng: random.Random, c: Plain, p: Plain) -> None:
    """Only one thing about the order is another: the product, the parts, a weekday, an interval."""
    p["pregnant"] = rng.choice((None, True, True, False))
    if rng.random() < 0.6:
        c["new"]["product"] = dict(c["new"]["product"])
        name = rng.choice(("code", "strength_ug", "form", "route"))
        other = product(rng.choice(PRODUCTS))
        c["new"]["product"][name] = other[name]


@move
def steps(rng: random.Random, c: Plain, p: Plain) -> None:
    """Earlier steps that with this one lie at a limit, or as many days ago as still counts."""
    was = before(c, p) or 80_000
    made: list[Plain] = []
    about = (N["increase_window_days"], N["step_interval_days"], N["reduction_interval_days"])
    for _ in range(rng.choice((0, 1, 1, 2))):
        ago = near(rng, rng.choice((0, 1, *about, *about)))
        by = rng.choice((10_000, 10_000, near(rng, 10_000), 5000, -4000, 0))
        made.append(
            {"on": plus(c["new"]["valid_from"], -ago), "from_ug": max(0, was - by), "to_ug": was}
        )
    p["steps"] = None if rng.random() < 0.08 else made
    if rng.random() < 0.7:
        up = rng.choice((near(rng, 10_000), near(rng, 0), 5000, near(rng, -4000)))
        set_dose(c["new"], max(0, was + up))
        c["new"]["weekday_ug"] = None


@move
def heart(rng: random.Random, c: Plain, p: Plain) -> None:
    """QTc at a limit; an ECG before or after a rise of about a half in all."""
    p["qtc_ms"] = rng.choice((None, *[near(rng, one) for one in (450, 500, 200, 0)]))
    was = before(c, p)
    if was is None or rng.random() < 0.3:
        p["ecg_on"] = rng.choice((None, plus(c["on"], 1), c["on"], plus(c["on"], -30)))
        return
    now = (was + rng.choice((10_000, 10_000, 5000))) // 3 * 3  # so that half of a base is whole
    set_dose(c["new"], now)
    c["new"]["weekday_ug"] = None
    base = near(rng, now * 2 // 3)
    on = plus(c["on"], -30)
    p["steps"] = [{"on": on, "from_ug": base, "to_ug": was}]
    p["ecg_on"] = rng.choice((None, *[plus(on, by) for by in (-1, -1, 0, 1)]))


@move
def breathing(rng: random.Random, c: Plain, p: Plain) -> None:
    """A sedative that is written beside the order, and sedatives taken already."""
    if rng.random() < 0.5:
        c["sedative"] = taper(c["on"]) | {"to_ug": rng.choice((0, 0, 1, 18_000))}
    if rng.random() < 0.5:
        high = rng.choice((0, 1, 10_000))
        known = {"diazepam_low_ug": 0, "diazepam_high_ug": high, "plan": "agreed", "plan_on": None}
        p["sedatives"] = rng.choice((None, known, known, known))


@any_draft
def impossible(rng: random.Random, c: Plain, p: Plain) -> None:
    """At the edge of what can be true, in the draft or in what is recorded."""
    day = rng.choice(("0001-01-01", "1970-12-31", "1971-01-01", "2099-12-31", "2100-01-01"))
    what = rng.randrange(6)
    if what == 0:
        c["withdrawal_cows"] = rng.choice((-1, 0, 48, 49))
    elif what == 1:
        name = rng.choice(("preparation", "previous_preparation", "dose_found_by"))
        c[name] = rng.choice(("", "?"))
    elif what == 2 and c["sedative"] is not None:
        wrong = {
            **{"taken_days": (-1, 36_600, 36_601), "planned_days": (-1, 366, 367)},
            **{"others": (-1,), "from_ug": (-1,), "to_ug": (-1,), "plan": ("?",)},
            **{"purpose": ("?",), "last_step_on": (plus(c["on"], 1),), "original_ug": (-1,)},
            **{"plan_on": (day,), "steps": ([{"on": plus(c["on"], 1), "from_ug": 1, "to_ug": 0}],)},
        }
        name = rng.choice(tuple(wrong))
        c["sedative"][name] = rng.choice(wrong[name])
    elif what == 3:
        c["depot_test_ug"] = -1
    elif what == 4:
        known = {"filtration_ml_per_minute": rng.choice((-1, 0, 300, 301)), "drinks_daily": False}
        p["health"] = known | {"breathing_disease": False}
    else:
        p[rng.choice(("urine_on", "reviewed_on", "indkald_due_on"))] = day


@any_draft
def signed_ahead(rng: random.Random, c: Plain, p: Plain) -> None:
    days = sorted({plus(c["on"], rng.randint(1, 60)) for _ in range(rng.randint(1, 3))})
    for name in ("stops_lifted", "orders_dropped"):
        c[name] = rng.choice((None, [], days, days))


@any_draft
def told(rng: random.Random, c: Plain, p: Plain) -> None:
    yes_no = ("driving_told", "agreed_with_patient", "night_dose", "reason_not_buprenorphine")
    yes_no += ("on_medication_card",)
    for name in rng.sample(yes_no, rng.randint(1, 3)):
        c[name] = rng.choice(YES_NO)


@move
def tolerance(rng: random.Random, c: Plain, p: Plain) -> None:
    c["low_tolerance"] = rng.choice((None, True, False))
    c["withdrawal_cows"] = rng.choice((None, near(rng, 8), 0, 20))
