"""What may be otherwise about the request and the order: each change sits on a boundary."""

import random
from collections.abc import Callable
from typing import Any

from tests.reference.bases import PRODUCTS, claim, dose, product
from tests.reference.book import N
from tests.reference.days import WEEKDAY, plus, seconds

Plain = dict[str, Any]
Change = Callable[[random.Random, Plain, Plain], None]
CHANGES: list[Change] = []
_READINGS = {
    "sedation_poss": (0, 2, 3, 4),
    "breaths_per_minute": (0, 10, 12, 100),
    "alcohol_permille_milli": (0, 500, 1000),
}


def change(function: Change) -> Change:
    CHANGES.append(function)
    return function


def near(rng: random.Random, limit: int, unit: int = 1) -> int:
    """Below, at or above a limit by the smallest step."""
    return limit + rng.choice((-unit, 0, unit))


def moment_before(at: str, ago: int) -> str:
    """The moment so many seconds before another, clock and calendar turned by hand."""
    day = at[:10]
    left = seconds(at) - seconds(f"{day}T00:00:00") - ago
    while left < 0:
        day, left = plus(day, -1), left + 86_400
    while left >= 86_400:
        day, left = plus(day, 1), left - 86_400
    return f"{day}T{left // 3600:02d}:{left // 60 % 60:02d}:{left % 60:02d}"


def last_asked(q: Plain) -> str:
    return max([q["on"], *[one["for_on"] for one in q["doses"]]])


@change
def claims_added(rng: random.Random, q: Plain, p: Plain) -> None:
    order, taken = p["prescription"], list(p["claims"] or [])
    for _ in range(rng.choice((1, 1, 2, 3))):
        about = rng.choice([q["on"], *[one["for_on"] for one in q["doses"]]])
        day = plus(about, rng.choice((0, 0, 0, 0, -1, 1, 2, -20)))
        amount = rng.choice((order["parts_ug"][0], order["daily_ug"], 10_000, 600_000, 5000))
        how = rng.choice(("supervised", "supervised", "take_home"))
        state = rng.choice(("given", "given", "reserved", "uncertain"))
        part, unit = rng.choice((1, 1, 2, 3)), rng.choice((1, 1, 2))
        taken.append(claim(day, part, near(rng, amount), how, state, unit))
    p["claims"] = taken


@change
def supply_in_hand(rng: random.Random, q: Plain, p: Plain) -> None:
    first = rng.choice((-1, 0, 1, 1, 2))
    days = [plus(q["on"], first + n) for n in range(rng.randint(1, 8))]
    daily = p["prescription"]["daily_ug"]
    held = [claim(day, 1, daily, "take_home", "given", 1) for day in days]
    p["claims"] = [*(p["claims"] or []), *held]


@change
def day_nearly_full(rng: random.Random, q: Plain, p: Plain) -> None:
    """What is taken and asked for a day lies at what is ordered (or the cap) for it."""
    if not q["doses"]:
        return
    asked, order = rng.choice(q["doses"]), p["prescription"]
    pattern = order["weekday_ug"]
    number = WEEKDAY[asked["for_on"]]
    whole = pattern[number - 1] if pattern and number <= len(pattern) else order["daily_ug"]
    whole += rng.choice((0, p["extra_ug_allowed_today"] or 0))
    if order["product"]["substance"] == "diacetylmorphine" and rng.random() < 0.6:
        whole = N["diacetylmorphine_day_ug"]
    left = near(rng, whole) - asked["amount_ug"]
    state = rng.choice(("given", "uncertain", "reserved"))
    how = rng.choice(("supervised", "take_home"))
    taken = claim(asked["for_on"], asked["part"] + 1, left, how, state, 1)
    p["claims"] = [*(p["claims"] or []), taken]


@change
def amounts_asked(rng: random.Random, q: Plain, p: Plain) -> None:
    order = p["prescription"]
    for one in q["doses"]:
        if rng.random() < 0.3:
            continue
        parts = order["parts_ug"]
        ordered = order["daily_ug"] if one["how"] == "take_home" else parts[0]
        if 1 < one["part"] <= len(parts) and one["how"] == "supervised":
            ordered = parts[one["part"] - 1]
        ten = N["alarm_factor"]
        extra = p["extra_ug_allowed_today"] or 0
        aims = (ordered, ordered, ordered * ten, ordered // ten, extra, 0, 30_000, 4000, 8000)
        one["amount_ug"] = near(rng, rng.choice(aims))
        if rng.random() < 0.2:
            one["amount_ug"] = near(rng, ordered, order["product"]["strength_ug"] // 20 or 1)


@change
def dose_at_a_cap(rng: random.Random, q: Plain, p: Plain) -> None:
    """Ordered and asked alike: the highest doses, the first day's, and the restart's."""
    order = p["prescription"]
    kind, form = order["product"]["substance"], order["product"]["form"]
    caps = {
        "methadone": (30_000, 40_000, 100_000, 120_000),
        "buprenorphine": (4000, 8000, 12_000, 24_000, 32_000),
        "diacetylmorphine": (400_000, 500_000),
    }[kind]
    amount = near(rng, rng.choice((32_000, 160_000) if form == "depot" else caps))
    order |= {"parts_ug": [amount], "daily_ug": amount, "weekday_ug": None}
    order["high_dose_reason"] = rng.choice((None, None, True, True, False))
    if kind == "diacetylmorphine":
        order |= {"parts_ug": [amount, amount], "daily_ug": 2 * amount}
    for one in q["doses"]:
        one["amount_ug"] = amount


@change
def parts_asked(rng: random.Random, q: Plain, p: Plain) -> None:
    if not q["doses"]:
        return
    if rng.random() < 0.3:
        rng.choice(q["doses"])["part"] = rng.choice((-1, 0, 1, 2, 3))
        return
    order = p["prescription"]
    part = rng.choice((1, 2, 2, 3))
    parts = order["parts_ug"]
    amount = parts[part - 1] if part <= len(parts) else rng.choice((40_000, parts[0]))
    how = rng.choice(("supervised", "supervised", "take_home"))
    more = dose(q["doses"][0]["for_on"], part, amount, how)
    q["doses"] = rng.choice(([more], [*q["doses"], more]))


@change
def days_for(rng: random.Random, q: Plain, p: Plain) -> None:
    if q["doses"]:
        one = rng.choice(q["doses"])
        one["for_on"] = plus(q["on"], rng.choice((-1, 0, 1)))
        if rng.random() < 0.4:
            one["how"] = rng.choice(("supervised", "take_home"))


@change
def supply_asked(rng: random.Random, q: Plain, p: Plain) -> None:
    """Doses to take home: many lengths, with and without today's, in whole days and in parts."""
    order, doses = p["prescription"], list[Plain]()
    if rng.random() < 0.7:
        doses.append(dose(q["on"], 1, order["parts_ug"][0]))
    first = rng.choice((0, 1, 1, 1, 1, 2, 3))
    for ahead in range(first, first + rng.choice((1, 2, 5, 6, 6, 7, 7, 8, 9, 14, 15))):
        day = plus(q["on"], ahead)
        pattern = order["weekday_ug"]
        number = WEEKDAY[day]
        whole = order["daily_ug"]
        if pattern is not None:
            whole = pattern[number - 1] if number <= len(pattern) else 0
        if len(order["parts_ug"]) > 1 and rng.random() < 0.7:
            parts = enumerate(order["parts_ug"], start=1)
            doses += [dose(day, part, amount, "take_home") for part, amount in parts]
        else:
            doses.append(dose(day, 1, whole, "take_home"))
    if rng.random() < 0.1:
        doses = doses[:-1]
    q["doses"] = doses


@change
def nothing_asked(rng: random.Random, q: Plain, p: Plain) -> None:
    if rng.random() < 0.3:
        q["doses"] = []


@change
def extra_allowed(rng: random.Random, q: Plain, p: Plain) -> None:
    """After vomiting or a partial dose, with a part beyond the order."""
    parts = p["prescription"]["parts_ug"]
    allowed = rng.choice((None, 0, 40_000, 40_000, 40_000, -1))
    p["extra_ug_allowed_today"] = allowed
    if rng.random() < 0.7:
        amount = near(rng, rng.choice((allowed or 40_000, 20_000)))
        q["doses"] = [dose(q["on"], len(parts) + rng.choice((1, 1, 1, 2)), amount)]
        if rng.random() < 0.2:
            q["doses"].append(dose(q["on"], len(parts) + 3, near(rng, 20_000)))
        ago = rng.choice((3600, 7200, -60))
        p["last_swallowed_at"] = moment_before(q["at"], ago)
    if rng.random() < 0.6:
        given = [
            claim(q["on"], part, amount, "supervised", "given", 1)
            for part, amount in enumerate(parts, start=1)
        ]
        p["claims"] = [*(p["claims"] or []), *given]


@change
def identified(rng: random.Random, q: Plain, p: Plain) -> None:
    names = ["birth_date", "photo", "card", "full_name", "address"]
    q["identifiers"] = sorted(rng.sample(names, rng.randint(0, 3)))


@change
def observed(rng: random.Random, q: Plain, p: Plain) -> None:
    seen = q["observed"]
    for _ in range(rng.choice((1, 1, 2))):
        what = rng.choice(("affected", "declined", *_READINGS))
        if what in ("affected", "declined"):
            seen[what] = rng.choice((None, True, False))
            continue
        seen[what] = rng.choice((None, *[near(rng, limit) for limit in _READINGS[what]]))


@change
def scanned(rng: random.Random, q: Plain, p: Plain) -> None:
    other = product(rng.choice(PRODUCTS))
    mine = dict(p["prescription"]["product"])
    name = rng.choice(tuple(mine))
    flipped = mine | {"per": "unit" if mine["per"] == "ml" else "ml"}
    nearly = mine | {"strength_ug": near(rng, mine["strength_ug"])}
    q["product"] = rng.choice((None, other, mine | {name: other[name]}, flipped, nearly))


@change
def shown(rng: random.Random, q: Plain, p: Plain) -> None:
    q["prescription_id"] = rng.choice((7, 7, 8, None))
    q["prescription_version"] = rng.choice((3, 3, 2, 4, None))
    if rng.random() < 0.2:
        p["prescription"] |= {"prescription_id": rng.choice((7, 8)), "version": rng.choice((2, 3))}


@change
def product_ordered(rng: random.Random, q: Plain, p: Plain) -> None:
    """Another product ordered, scanned alike or not; a strength of nothing; a wrong form."""
    made = product(rng.choice(PRODUCTS))
    if rng.random() < 0.3:
        made["strength_ug"] = rng.choice((0, -1, 1, 333, 2000))
    if rng.random() < 0.2:
        made["form"] = rng.choice(("tablet", "injection", "depot", "oral_solution"))
    p["prescription"]["product"] = made
    if rng.random() < 0.7:
        q["product"] = dict(made)


@change
def order_amounts(rng: random.Random, q: Plain, p: Plain) -> None:
    """Parts that no longer add up, more parts or none, a total of its own."""
    order = p["prescription"]
    what = rng.randrange(4)
    if what == 0:
        order["daily_ug"] = near(rng, sum(order["parts_ug"]))
    elif what == 1:
        half = order["daily_ug"] // 2
        order["parts_ug"] = [order["daily_ug"] - half, half]
    elif what == 2:
        order["parts_ug"] = [order["daily_ug"], order["daily_ug"] // 10]
        order["daily_ug"] = sum(order["parts_ug"])
    else:
        order["daily_ug"] = sum(order["parts_ug"]) * rng.choice((0, 2, 3))


@change
def weekdays(rng: random.Random, q: Plain, p: Plain) -> None:
    order = p["prescription"]
    daily = order["daily_ug"]
    aims = (0, daily, daily, daily * 2, 24_000, 32_000, 100_000, 120_000, daily // 2)
    length = rng.choice((7, 7, 7, 7, 3, 0))
    pattern = [max(0, near(rng, rng.choice(aims))) for _ in range(length)]
    order["weekday_ug"] = rng.choice((None, pattern, pattern, pattern))
    if rng.random() < 0.5 and pattern:
        for one in q["doses"]:
            number = WEEKDAY[one["for_on"]]
            one["amount_ug"] = near(rng, pattern[number - 1] if number <= length else 0)


@change
def a_day_at_most(rng: random.Random, q: Plain, p: Plain) -> None:
    """A weekly pattern whose largest day lies at a limit."""
    order = p["prescription"]
    limit = rng.choice((24_000, 32_000, 120_000, 100_000))
    if order["product"]["substance"] == "buprenorphine":
        limit = 24_000
    order["weekday_ug"] = [16_000, 0, 16_000, 0, near(rng, limit), 0, 0]
    order |= {"daily_ug": 8000, "parts_ug": [8000]}


@change
def validity(rng: random.Random, q: Plain, p: Plain) -> None:
    order = p["prescription"]
    days = (q["on"], last_asked(q))
    if rng.random() < 0.5:
        order["valid_from"] = plus(rng.choice(days), rng.choice((-1, 0, 1)))
    else:
        ends = [plus(day, by) for day in days for by in (-1, 0, 1)]
        order["valid_to"] = rng.choice((None, *ends))


@change
def reasons(rng: random.Random, q: Plain, p: Plain) -> None:
    p["prescription"]["high_dose_reason"] = rng.choice((None, True, False))


@change
def depot_interval(rng: random.Random, q: Plain, p: Plain) -> None:
    days = rng.choice((None, -7, -1, 0, 1, 6, 7, 8, 28, 28))
    p["prescription"]["depot_interval_days"] = days
