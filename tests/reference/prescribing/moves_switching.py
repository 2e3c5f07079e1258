"""What may be otherwise where a substance, a preparation or a sedative changes."""

import random
from typing import Any

from tests.reference.asking import highest_day
from tests.reference.book import N
from tests.reference.changes import moment_before, near
from tests.reference.days import plus
from tests.reference.prescribing.moves import (
    PLANS,
    YES_NO,
    any_draft,
    breathing,
    move,
    set_dose,
)

Plain = dict[str, Any]
# Under the tongue in mg, days between injections, the depot that fits.
DEPOT_EDGES = (
    *((2, 7, 8), (6, 7, 8), (8, 7, 16), (10, 28, 64), (12, 7, 24)),
    *((16, 28, 96), (18, 7, 32), (24, 28, 128), (26, 28, 160), (32, 28, 160)),
)


@move
def switched(rng: random.Random, c: Plain, p: Plain) -> None:
    """From another substance: how long ago, how much, found how."""
    c["dose_found_by"] = rng.choice((None, "clinical", "clinical", "table", "ratio"))
    kinds = ("methadone", "methadone", "buprenorphine", "diacetylmorphine", None)
    p["last_swallowed_substance"] = rng.choice(kinds)
    p["last_swallowed_ug"] = rng.choice((None, *[near(rng, 30_000)] * 3))
    hours = near(rng, rng.choice((24 * 3600, 24 * 3600, 3600, 0)), rng.choice((1, 60)))
    at = moment_before(c["at"], hours)
    p["last_swallowed_at"] = rng.choice((None, at, at, at))
    ahead = rng.choice((0, 0, 1))
    c["new"]["valid_from"] = plus(c["on"], ahead)
    last = plus(c["on"], ahead + rng.choice((-1, 0, 1)))
    p["last_swallowed_on"] = rng.choice((None, last, last, last))
    old = p["prescription"]
    if old is not None and rng.random() < 0.7:
        set_dose(old, near(rng, 30_000))


@move
def withdrawal(rng: random.Random, c: Plain, p: Plain) -> None:
    """How much withdrawal was measured before a first tablet."""
    c["withdrawal_cows"] = near(rng, N["withdrawal_first_buprenorphine_cows"])


@move
def preparations(rng: random.Random, c: Plain, p: Plain) -> None:
    kinds = (None, "ordinary", "espranor", "zubsolv")
    c["preparation"], c["previous_preparation"] = rng.choice(kinds), rng.choice(kinds)
    if c["new"]["product"]["substance"] == "buprenorphine":
        c["new"]["product"] = c["new"]["product"] | {"code": rng.choice(("bup-8", "bup-2"))}
        if p["prescription"] is not None and rng.random() < 0.7:
            set_dose(c["new"], near(rng, highest_day(p["prescription"])))


@move
def high_tablets(rng: random.Random, c: Plain, p: Plain) -> None:
    """A day of tablets at what asks a doctor, and at what nobody gets."""
    if c["new"]["product"]["form"] == "sublingual_tablet":
        limit = rng.choice(("buprenorphine_high_ug", "buprenorphine_never_above_ug"))
        set_dose(c["new"], near(rng, N[limit]))


@move
def test_dose(rng: random.Random, c: Plain, p: Plain) -> None:
    ago = near(rng, N["depot_test_minutes"] * 60, rng.choice((1, 60)))
    at = moment_before(c["at"], ago)
    c["depot_test_at"] = rng.choice((None, at, at, at))
    amount = near(rng, N["depot_test_ug"])
    c["depot_test_ug"] = rng.choice((None, amount, amount, 4000))


@move
def depot(rng: random.Random, c: Plain, p: Plain) -> None:
    if c["new"]["product"]["form"] == "depot":
        days = (None, -7, 0, 6, 7, 7, 8, 27, 28, 28, 29)
        c["new"]["depot_interval_days"] = rng.choice(days)
        aims = (16_000, 16_000, 32_000, 160_000, 24_000, 96_000)
        set_dose(c["new"], near(rng, rng.choice(aims)))


@move
def depot_over(rng: random.Random, c: Plain, p: Plain) -> None:
    """A depot in force that has lasted as long as it may be late."""
    order = p["prescription"]
    if order is None or order["product"]["form"] != "depot":
        return
    interval = rng.choice((7, 7, 28, 28, order["depot_interval_days"] or 7))
    word = "weekly" if interval <= N["depot_weekly_days"] else "monthly"
    lasts = interval + N[f"depot_{word}_late_days"]
    on = plus(c["on"], -near(rng, max(1, lasts)))
    p["last_covered_on"] = rng.choice((on, on, on, plus(on, 1)))
    given = {"on": on, "interval_days": interval}
    unknown = {"on": on, "interval_days": None}
    p["last_depot"] = rng.choice((given, given, given, given, given, unknown, None))


@move
def after_a_depot(rng: random.Random, c: Plain, p: Plain) -> None:
    """The last dose a depot, near the edge of what it covers before tablets begin."""
    interval = rng.choice((7, 28))
    word = "weekly" if interval <= N["depot_weekly_days"] else "monthly"
    covers = interval + rng.choice((0, N[f"depot_{word}_window_days"], 6))
    p["last_covered_on"] = plus(c["on"], -near(rng, covers))
    p["last_depot"] = {"on": p["last_covered_on"], "interval_days": interval}
    if rng.random() < 0.3 and p["prescription"] is not None:
        p["prescription"]["valid_to"] = plus(c["on"], rng.choice((-1, -1, 3)))


@move
def depot_table(rng: random.Random, c: Plain, p: Plain) -> None:
    """Under the tongue at an edge of the table, with a depot that fits or nearly does."""
    if c["new"]["product"]["form"] != "depot" or p["prescription"] is None:
        return
    mg, interval, fits = rng.choice(DEPOT_EDGES)
    set_dose(p["prescription"], near(rng, 1000 * mg))
    c["new"]["depot_interval_days"] = interval
    set_dose(c["new"], near(rng, 1000 * fits))


@move
def heroin(rng: random.Random, c: Plain, p: Plain) -> None:
    """Sessions at the cap of a dose or a day, one too many, with or without a night dose."""
    c["night_dose"] = rng.choice(YES_NO)
    if c["new"]["product"]["substance"] == "diacetylmorphine":
        cap, day = N["diacetylmorphine_dose_ug"], N["diacetylmorphine_day_ug"]
        parts = rng.choice(((cap, 1000), (cap,), (cap, cap, day - 2 * cap)))
        set_dose(c["new"], *parts[:-1], near(rng, parts[-1]))


@move
def same_dose(rng: random.Random, c: Plain, p: Plain) -> None:
    if p["prescription"] is not None:
        set_dose(c["new"], near(rng, highest_day(p["prescription"])))


@move
def first_day_with_sedatives(rng: random.Random, c: Plain, p: Plain) -> None:
    set_dose(c["new"], near(rng, N["methadone_first_day_sedatives_ug"]))
    breathing(rng, c, p)


@move
def identity(rng: random.Random, c: Plain, p: Plain) -> None:
    """Numbers and versions of orders, which no rule reads."""
    for order in (c["new"], p["prescription"]):
        if order is not None:
            order |= {"prescription_id": rng.randint(1, 9), "version": rng.randint(1, 9)}


@any_draft
def sedative(rng: random.Random, c: Plain, p: Plain) -> None:
    """A benzodiazepine at a limit of a step, a load or a stretch of time."""
    came = rng.choice((None, 0, 20_000, 20_000, 20_000, 40_000))
    was = came or 20_000
    aims = (was, was * 4 // 5, was * 3 // 4, was, 30_000, 0)
    written = {
        "from_ug": came,
        "to_ug": max(0, near(rng, rng.choice(aims))),
        "taken_days": rng.choice((None, *[near(rng, N["dependence_days"])] * 4)),
        "last_step_on": rng.choice((None, *[plus(c["on"], -near(rng, n)) for n in (14, 56, 56)])),
        "purpose": rng.choice((None, "sleep", "anxiety", "other")),
        "planned_days": rng.choice((None, near(rng, 14), near(rng, 28))),
        "others": rng.choice((None, 0, 0, 0, 1, 2)),
        "plan": rng.choice((*PLANS, "tapering", "tapering", "agreed")),
        "plan_on": rng.choice((None, *[plus(c["on"], -near(rng, 90))] * 4)),
        "steps": _steps_before(rng, c["on"], was),
        "original_ug": rng.choice((None, was, 5 * was)),
    }
    c["sedative"] = written


def _steps_before(rng: random.Random, today: str, was: int) -> list[Plain] | None:
    """None, not recorded, or one or two on the way down to what is taken, around the window."""
    if rng.random() < 0.6:
        return rng.choice(([], [], [], None))
    ago = near(rng, N["taper_window_days"])
    steps = [{"on": plus(today, -ago), "from_ug": was * 5 // 4, "to_ug": was}]
    if rng.random() < 0.4:
        steps += [{"on": plus(today, -ago - 7), "from_ug": was * 2, "to_ug": was * 5 // 4}]
    return steps


@any_draft
def last_part(rng: random.Random, c: Plain, p: Plain) -> None:
    """The end of a long taper: small beside the first dose, large beside the rest."""
    if c["sedative"] is None:
        return
    first = rng.choice((20_000, 40_000, 100_000))
    small = first * N["taper_last_percent"] // 100
    came = rng.choice((small, small, 2 * small))
    c["sedative"] |= {
        **{"from_ug": came, "to_ug": max(0, near(rng, came - small)), "original_ug": first},
        **{"plan": rng.choice(("tapering", "tapering", "agreed", "informed"))},
        **{"plan_on": plus(c["on"], -near(rng, 90)), "steps": _steps_before(rng, c["on"], came)},
    }
