"""What may be otherwise about a dose for the night, its order, and the injections beside it."""

import random
from typing import Any

from tests.reference.bases import (
    BUPRENORPHINE,
    HEROIN,
    INJECTION,
    METHADONE,
    METHADONE_5,
    TABLET,
    claim,
    dose,
    product,
)
from tests.reference.days import plus

Plain = dict[str, Any]
NIGHT = 90


def _order(rng: random.Random, p: Plain) -> Plain | None:
    """One of the two orders."""
    beside = (p["beside"] or {}).get("prescription")
    return rng.choice([p["prescription"], beside])


def night_products(rng: random.Random, q: Plain, p: Plain) -> None:
    order = _order(rng, p)
    if order is not None:
        words = rng.choice((METHADONE_5, TABLET, INJECTION, BUPRENORPHINE, HEROIN))
        order["product"] = product(words)
        if rng.random() < 0.3:
            order["product"]["route"] = rng.choice(("oral", "intravenous"))


def night_validity(rng: random.Random, q: Plain, p: Plain) -> None:
    order = _order(rng, p)
    if order is not None:
        name = rng.choice(("valid_from", "valid_to"))
        order[name] = plus(q["on"], rng.choice((-1, 0, 0, 1, 2, 3)))


def night_parts(rng: random.Random, q: Plain, p: Plain) -> None:
    order = (p["beside"] or {}).get("prescription")
    if order is not None:
        order["parts_ug"] = rng.choice(([30_000, 30_000], [60_000], [59_000]))


def night_had(rng: random.Random, q: Plain, p: Plain) -> None:
    line = p["beside"]
    if line is not None:
        substance = rng.choice(("methadone", "diacetylmorphine", "buprenorphine", None))
        line["had_on"] = rng.choice((None, plus(q["on"], rng.randrange(-3, 2))))
        line["had_substance"] = substance
        if rng.random() < 0.5:
            line["last_covered_on"] = plus(q["on"], -rng.randrange(1, 8))


def main_had(rng: random.Random, q: Plain, p: Plain) -> None:
    p["last_swallowed_on"] = rng.choice((q["on"], plus(q["on"], -1), None))
    p["last_swallowed_substance"] = rng.choice(("methadone", "diacetylmorphine", None))


def night_claims(rng: random.Random, q: Plain, p: Plain) -> None:
    on = plus(q["on"], rng.randrange(-2, 3))
    how = rng.choice(("supervised", "take_home"))
    state = rng.choice(("given", "given", "given", "reserved", "uncertain"))
    part = rng.choice((NIGHT, NIGHT, NIGHT, 91, 89, 98, 99, 1, 2))
    p["claims"] = [*(p["claims"] or []), claim(on, part, 60_000, how, state, rng.choice((1, 1, 2)))]


def night_asked(rng: random.Random, q: Plain, p: Plain) -> None:
    """Swallowed here, for more days, or together with a session."""
    on = q["on"]
    q["doses"] = rng.choice(
        (
            [dose(on, NIGHT, 60_000)],
            [dose(plus(on, day), NIGHT, 60_000, "take_home") for day in range(rng.randrange(1, 5))],
            [dose(on, 1, 200_000), dose(on, NIGHT, 60_000, "take_home")],
            [dose(on, rng.choice((91, 89, 99)), 60_000)],
        )
    )
    if rng.random() < 0.5:
        q["prescription_id"], q["prescription_version"] = 9, 4


def night_first(rng: random.Random, q: Plain, p: Plain) -> None:
    if p["beside"] is not None:
        p["beside"]["first_dose_on"] = rng.choice((None, plus(q["on"], -rng.randrange(12, 17))))


def night_gone(rng: random.Random, q: Plain, p: Plain) -> None:
    """Nothing beside, or a line without an order."""
    if p["beside"] is not None:
        p["beside"]["prescription"] = None
        if rng.random() < 0.5:
            p["beside"] = None


def night_steps(rng: random.Random, q: Plain, p: Plain) -> None:
    if p["beside"] is not None:
        on, to_ug = plus(q["on"], -rng.randrange(0, 9)), rng.choice((70_000, 71_000, 80_000))
        step = {"on": on, "from_ug": 60_000, "to_ug": to_ug}
        p["beside"]["steps"] = rng.choice((None, [step], [step]))
        p["beside"]["losses"] = rng.choice((None, [{"for_on": q["on"], "verified": True}]))


def night_details(rng: random.Random, q: Plain, p: Plain) -> None:
    """Another order for the night, a pattern over the week, another dose had, a supply at home."""
    line = p["beside"]
    if line is None:
        return
    line["had_ug"] = rng.choice((None, 30_000, 50_000, 61_000, 600_000))
    if rng.random() < 0.3:
        line["had_substance"] = rng.choice(("diacetylmorphine", "buprenorphine", None))
    line["planned_pickup_on"] = rng.choice((None, plus(q["on"], rng.randrange(-2, 4))))
    line["last_covered_on"] = rng.choice((None, plus(q["on"], rng.randrange(-3, 0))))
    lost = [{"for_on": plus(q["on"], rng.randrange(3)), "verified": rng.random() < 0.5}]
    line["losses"] = rng.choice((None, lost, lost, lost))
    line["steps"] = rng.choice((None, [], []))
    order = line["prescription"]
    if order is not None:
        order["prescription_id"], order["version"] = rng.randrange(7, 11), rng.randrange(1, 6)
        order["daily_ug"] = rng.choice((60_000, 60_001, 120_000))
        order["weekday_ug"] = rng.choice((None, [60_000] * 5 + [70_000] * 2, [60_000] * 6))
        order["high_dose_reason"] = rng.choice((None, True, False))
        order["depot_interval_days"] = rng.choice((None, 7, 28))
        order["night"] = rng.random() < 0.9
        order["parts_ug"] = rng.choice(([60_000], [60_000], [30_000, 30_000]))
        words = rng.choice((METHADONE, METHADONE, METHADONE_5, TABLET, HEROIN))
        order["product"] = product(words)
    if rng.random() < 0.5:
        line["steps"] = [
            {
                "on": plus(q["on"], -2),
                "from_ug": rng.choice((0, 50_000)),
                "to_ug": rng.choice((60_000, 75_000)),
            }
        ]
    if p["prescription"] is not None and rng.random() < 0.3:
        p["prescription"]["night"] = p["at_night"] = True  # it stands in front already


NIGHTS = (
    *(night_details,) * 12,
    *(night_products, night_validity, night_parts, night_had, main_had, night_claims),
    *(night_asked, night_first, night_gone, night_steps),
)
