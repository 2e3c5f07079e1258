"""What may be otherwise about the person's history, arrangement and health, on boundaries."""

import random
from typing import Any

from tests.reference.asking import days_in_hand
from tests.reference.bases import claim
from tests.reference.book import N
from tests.reference.changes import change, dose_at_a_cap, last_asked, moment_before, near
from tests.reference.days import WEEKDAY, month_lengths, plus

Plain = dict[str, Any]


def _months_back(day: str, months: int) -> str:
    """The same day of an earlier month, or that month's last."""
    year, month, number = int(day[:4]), int(day[5:7]), int(day[8:])
    for _ in range(months):
        year, month = (year - 1, 12) if month == 1 else (year, month - 1)
    return f"{year:04d}-{month:02d}-{min(number, month_lengths(year)[month - 1]):02d}"


@change
def since_last(rng: random.Random, q: Plain, p: Plain) -> None:
    heroin = p["prescription"]["product"]["substance"] == "diacetylmorphine"
    often = (6 * 60,) * 4 if heroin else (8 * 60, 20 * 60, 20 * 60, 24 * 60)
    minutes = rng.choice((*often, 24 * 60, 0))
    at = moment_before(q["at"], near(rng, minutes * 60, rng.choice((1, 60))))
    p["last_swallowed_at"] = rng.choice((None, at, at, at, at))
    if p["prescription"]["product"]["substance"] == "buprenorphine" and rng.random() < 0.5:
        p["last_swallowed_substance"] = rng.choice(("methadone", "diacetylmorphine", None))


@change
def last_amount(rng: random.Random, q: Plain, p: Plain) -> None:
    here = [one["amount_ug"] for one in q["doses"] if one["how"] == "supervised"]
    asked = rng.choice(here) if here else 80_000
    aims = (asked * 10, asked // 10, 30_000, asked, 0, p["prescription"]["parts_ug"][-1])
    p["last_swallowed_ug"] = rng.choice((None, *[near(rng, aim) for aim in aims], aims[-1]))


@change
def last_substance(rng: random.Random, q: Plain, p: Plain) -> None:
    kinds = ("methadone", "methadone", "buprenorphine", "diacetylmorphine", None)
    p["last_swallowed_substance"] = rng.choice(kinds)
    if rng.random() < 0.5:
        p["last_swallowed_ug"] = near(rng, 30_000)


@change
def vomited(rng: random.Random, q: Plain, p: Plain) -> None:
    ago = near(rng, rng.choice((0, 3600, 12 * 3600, 12 * 3600)))
    one = {"at": moment_before(q["at"], ago), "minutes_after": rng.choice((5, 10, 45))}
    one["witnessed"] = rng.random() < 0.5
    p["vomits"] = rng.choice((None, [], [one], [one], [one, one]))


@change
def covered(rng: random.Random, q: Plain, p: Plain) -> None:
    interval = p["prescription"]["depot_interval_days"]
    days = (None, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 30)
    back = rng.choice(days)
    if interval and rng.random() < 0.7:
        window = rng.choice((2, 2, 7, 7))
        back = near(rng, max(1, interval + rng.choice((-window, window))))
    p["last_covered_on"] = None if back is None else plus(q["on"], -back)
    if interval and back is not None and rng.random() < 0.7:
        p["last_depot"] = {"on": plus(q["on"], -back), "interval_days": interval}


@change
def last_depot(rng: random.Random, q: Plain, p: Plain) -> None:
    """A depot once, of this kind or that, perhaps the last dose of all; none; nobody knows."""
    interval = rng.choice((7, 7, 28, 28, None))
    edges = {7: (5, 7, 9, 14), 28: (21, 28, 35, 42), None: (7, 28, 28)}[interval]
    on = plus(q["on"], -near(rng, rng.choice(edges)))
    none = {"on": "0001-01-01", "interval_days": 0}
    given = {"on": on, "interval_days": interval}
    p["last_depot"] = rng.choice((None, none, given, given, given, given, given, given))
    if rng.random() < 0.6:
        p["last_covered_on"] = p["last_swallowed_on"] = on
    elif rng.random() < 0.2:
        p["last_covered_on"] = plus(on, 1)


@change
def injection_due(rng: random.Random, q: Plain, p: Plain) -> None:
    """A depot at the edge of its window, or at its highest dose; any other order as it was."""
    order = p["prescription"]
    interval = order["depot_interval_days"]
    if order["product"]["form"] != "depot" or not interval or interval < 0:
        return
    word = "weekly" if interval <= 7 else "monthly"
    window, far = N[f"depot_{word}_window_days"], N[f"depot_{word}_late_days"]
    due = max(0, interval + rng.choice((-window, window, far)))
    p["last_covered_on"] = plus(q["on"], -near(rng, due))
    p["last_depot"] = {"on": p["last_covered_on"], "interval_days": interval}
    if rng.random() < 0.5:
        most = near(rng, N["depot_weekly_ug" if interval <= 7 else "depot_monthly_ug"])
        order |= {"daily_ug": most, "parts_ug": [most]}


@change
def restarted(rng: random.Random, q: Plain, p: Plain) -> None:
    """Days missed, and the amount asked and ordered at the restart's ceiling."""
    kind = p["prescription"]["product"]["substance"]
    days, amounts = {
        "methadone": ((3, 4, 5), (30_000,)),
        "buprenorphine": ((5, 6, 7, 8, 9), (8000, 4000)),
        "diacetylmorphine": ((0, 1, 2), (200_000,)),
    }[kind]
    p["last_covered_on"] = plus(q["on"], -(rng.choice(days) + 1))
    for one in q["doses"]:
        one["amount_ug"] = near(rng, rng.choice(amounts))
    if kind == "buprenorphine" and rng.random() < 0.4:
        daily = near(rng, N["buprenorphine_restart_above_ug"])
        p["prescription"] |= {"daily_ug": daily, "parts_ug": [daily]}


@change
def first_dose(rng: random.Random, q: Plain, p: Plain) -> None:
    if rng.random() < 0.4:
        dose_at_a_cap(rng, q, p)
    days = (None, 1, 0, 0, -1, -12, -13, -14, -15, -500)
    back = rng.choice(days)
    p["first_dose_on"] = None if back is None else plus(q["on"], back)


@change
def being_set(rng: random.Random, q: Plain, p: Plain) -> None:
    """A rising dose on some of the last days, and today's a step or a week's rise above it."""
    back = rng.choice((1, 1, 2, 3, 6, 7, 8, 9, 13, 14, 15, 500))
    p["first_dose_on"] = rng.choice((None, *[plus(q["on"], -back)] * 7))
    ages = sorted({rng.choice((1, 1, 1, 2, 4)), *rng.choices((2, 3, 5, 6, 7, 8, 9), k=2)})
    if back < 9 and rng.random() < 0.6:
        ages = [one for one in ages if one <= back] or [1]
    amounts = rng.choice(((30_000,), (30_000, 40_000), (30_000, 40_000, 45_000), (80_000, 30_000)))
    how = rng.choice(("supervised", "supervised", "take_home"))
    p["claims"] = [
        claim(plus(q["on"], -age), 1, amounts[max(0, len(amounts) - 1 - place)], how, "given", 1)
        for place, age in enumerate(ages)
    ]
    p["last_covered_on"] = plus(q["on"], -ages[0])
    for one in q["doses"]:
        was = rng.choice((amounts[-1], amounts[0]))
        one["amount_ug"] = near(rng, was + rng.choice((0, 10_000, 10_000, 20_000, 20_000)))
    if rng.random() < 0.3:
        p["extra_ug_allowed_today"] = rng.choice((0, 10_000, 10_000))


@change
def new_or_not(rng: random.Random, q: Plain, p: Plain) -> None:
    p["new_to_treatment"] = rng.choice((None, True, True, False))
    names = ("last_swallowed_at", "last_swallowed_ug", "last_covered_on", "first_dose_on")
    for name in names:
        if rng.random() < 0.8:
            p[name] = None
    if rng.random() < 0.8:
        p["claims"] = []
    if rng.random() < 0.3:
        p["first_dose_on"] = q["on"]


@change
def steps(rng: random.Random, q: Plain, p: Plain) -> None:
    made: list[Plain] = []
    for _ in range(rng.choice((0, 1, 1, 2, 2, 3))):
        about = rng.choice((q["on"], q["on"], last_asked(q)))
        on = plus(about, rng.choice((1, 0, -1, -3, -5, -6, -7, -8, -13, -14, -15)))
        before = rng.choice((0, 30_000, 50_000, 60_000))
        rise = near(rng, rng.choice((5000, 10_000, 10_000, 20_000, 40_000, -10_000, 0)))
        made.append({"on": on, "from_ug": before, "to_ug": max(0, before + rise)})
    p["steps"] = None if rng.random() < 0.1 else made


@change
def place(rng: random.Random, q: Plain, p: Plain) -> None:
    what = rng.randrange(4)
    if what == 0:
        p["right_holder_unit_id"] = rng.choice((None, 1, 2))
    elif what == 1:
        p["unit"]["unit_id"] = rng.choice((1, 2))
        q["unit_id"] = rng.choice((1, 1, 2))
    elif what == 2:
        names = ["diacetylmorphine", "methadone_injection"]
        p["unit"]["licences"] = sorted(rng.sample(names, rng.randint(0, 2)))
    else:
        p["unit"]["closed_on"] = [plus(q["on"], n) for n in range(-3, 9) if rng.random() < 0.4]


@change
def closed_ahead(rng: random.Random, q: Plain, p: Plain) -> None:
    """The planned day comes after a row of closed days, one of them perhaps open."""
    ahead = rng.randint(1, 4)
    days = [plus(q["on"], n) for n in range(1, ahead + 1)]
    if rng.random() < 0.3:
        days.remove(rng.choice(days))
    p["unit"]["closed_on"] = days
    p["planned_pickup_on"] = plus(q["on"], ahead)


@change
def not_today(rng: random.Random, q: Plain, p: Plain) -> None:
    """Fetches on another weekday, and is planned for another day or today."""
    p["arrangement"]["pickup_weekdays"] = [WEEKDAY[plus(q["on"], 1)]]
    p["planned_pickup_on"] = rng.choice((None, plus(q["on"], 1), plus(q["on"], -6), q["on"]))


@change
def planned(rng: random.Random, q: Plain, p: Plain) -> None:
    days = [plus(q["on"], by) for by in (-1, 0, 1, 2)]
    p["planned_pickup_on"] = rng.choice((None, *days))


@change
def arranged(rng: random.Random, q: Plain, p: Plain) -> None:
    how = p["arrangement"]
    for _ in range(rng.choice((1, 1, 2))):
        name = rng.choice(tuple(how))
        if name in ("self_administration", "thrice_weekly"):
            how[name] = rng.choice((None, True, False))
        elif name == "take_home_days":
            how[name] = rng.choice((None, near(rng, len(days_in_hand(q, p))), 0))
        elif name != "exception":
            days = sorted(rng.sample(range(1, 8), rng.randint(0, 3)))
            how[name] = rng.choice((None, days, days))


@change
def arranged_ahead(rng: random.Random, q: Plain, p: Plain) -> None:
    """One or two arrangements begin round the last day that is asked for."""
    last = max([one["for_on"] for one in q["doses"]], default=q["on"])
    held = len(days_in_hand(q, p))
    begins = sorted({plus(last, rng.randint(-3, 1)) for _ in range(rng.choice((1, 1, 2)))})
    p["arranged_ahead"] = rng.choice(
        (None, *[[_begins(rng, day, held) for day in begins] for _ in range(7)])
    )


def _begins(rng: random.Random, day: str, held: int) -> Plain:
    home = rng.choice((True, True, True, True, False, None))
    here = sorted(rng.sample(range(1, 8), rng.randint(0, 2)))
    exception = {
        "days": near(rng, rng.randint(1, 4)),
        "from_on": plus(day, rng.randint(-1, 1)),
        "until_on": plus(day, rng.randint(0, 3)),
    }
    how = {
        "self_administration": home,
        "supervised_weekdays": rng.choice((None, here, here, here, here)),
        "pickup_weekdays": rng.choice((None, here)),
        "take_home_days": rng.choice((None, rng.randint(0, 4), rng.randint(0, 4), held, held)),
        "thrice_weekly": rng.choice((None, False, True)),
        "exception": rng.choice((None, None, exception)),
    }
    return {"from_on": day, "arrangement": how}


@change
def excepted(rng: random.Random, q: Plain, p: Plain) -> None:
    at_home = [one["for_on"] for one in q["doses"] if one["how"] == "take_home"]
    first, last = min(at_home, default=q["on"]), max(at_home, default=q["on"])
    p["arrangement"]["exception"] = {
        "days": near(rng, len(days_in_hand(q, p))),
        "from_on": plus(first, rng.choice((-1, -1, 0, 1))),
        "until_on": plus(last, rng.choice((1, 1, 0, -1))),
    }


@change
def diversion(rng: random.Random, q: Plain, p: Plain) -> None:
    days = [plus(q["on"], by) for by in (-1, 0, 1, 30)]
    p["diversion_supervised_until_on"] = rng.choice((None, "0001-01-01", *days))


@change
def indkald(rng: random.Random, q: Plain, p: Plain) -> None:
    first = rng.randint(-5, 7)
    days = [plus(q["on"], first + n) for n in range(4)]
    done = days[: rng.randint(0, 4)] if rng.random() < 0.7 else []
    period = {"days": days, "completed": done}
    p["indkald"] = rng.choice((None, {"days": [], "completed": []}, period, period, period))
    for one in q["doses"]:
        if rng.random() < 0.5:
            one["amount_ug"] = near(rng, one["amount_ug"])


@change
def indkald_due(rng: random.Random, q: Plain, p: Plain) -> None:
    days = [plus(q["on"], by) for by in (-1, 0, 1, 29, 30, 31)]
    p["indkald_due_on"] = rng.choice((None, *days))


@change
def heart(rng: random.Random, q: Plain, p: Plain) -> None:
    near_year = plus(_months_back(q["on"], N["ecg_months"]), rng.randint(-3, 3))
    p["ecg_on"] = rng.choice((None, near_year, near_year, near_year, plus(q["on"], 1)))
    qtc = near(rng, rng.choice((450, 500, 0)))
    p["qtc_ms"] = rng.choice((None, qtc, qtc, qtc))
    order = p["prescription"]
    if rng.random() < 0.5 and order["product"]["substance"] == "methadone":
        amount = near(rng, rng.choice((100_000, 150_000)))
        order |= {"daily_ug": amount, "parts_ug": [amount]}


@change
def pregnant(rng: random.Random, q: Plain, p: Plain) -> None:
    p["pregnant"] = rng.choice((None, True, True, False))
    if rng.random() < 0.5:
        about = rng.choice((-14, -14, 0, (last_asked(q) > q["on"]) * 3))
        on = rng.choice((plus(q["on"], near(rng, about)), plus(last_asked(q), near(rng, 0))))
        p["steps"] = [{"on": on, "from_ug": 80_000, "to_ug": near(rng, 80_000)}]


@change
def sedatives(rng: random.Random, q: Plain, p: Plain) -> None:
    low = rng.choice((0, 5000, 15_000))
    high = max(low, near(rng, rng.choice((0, 10_000, 30_000, 30_000))))
    ago = near(rng, rng.choice((0, 90, 90)))
    taken = {
        "diazepam_low_ug": low,
        "diazepam_high_ug": high,
        "plan": rng.choice(("none", "above_guidance", "informed", "agreed", "tapering")),
        "plan_on": rng.choice((None, plus(q["on"], -ago), plus(q["on"], -ago))),
    }
    p["sedatives"] = rng.choice((None, taken, taken, taken))


@change
def reviewed(rng: random.Random, q: Plain, p: Plain) -> None:
    months = rng.choice((N["review_confirm_months"], N["review_doctor_months"]))
    day = plus(_months_back(q["on"], months), rng.randint(-3, 3))
    p["reviewed_on"] = rng.choice((None, day, day, day, day))
