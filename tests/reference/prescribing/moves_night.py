"""What may be otherwise about an order for the night and the injections it belongs to."""

import random
from typing import Any

from tests.reference import nights
from tests.reference.bases import BUPRENORPHINE, INJECTION, TABLET, product
from tests.reference.days import plus

Plain = dict[str, Any]


def _near(rng: random.Random, c: Plain) -> str:
    return plus(c["new"]["valid_from"], rng.choice((-1, 0, 1)))


def new_begins(rng: random.Random, c: Plain, p: Plain) -> None:
    c["new"]["valid_from"] = plus(c["on"], rng.choice((-1, 0, 1, 3)))


def other_holds(rng: random.Random, c: Plain, p: Plain) -> None:
    """The injections, or the night's order, around the first day of the new one."""
    for order in (p["prescription"], (p["beside"] or {}).get("prescription")):
        if order is not None and rng.random() < 0.7:
            order[rng.choice(("valid_from", "valid_to"))] = _near(rng, c)


def new_product(rng: random.Random, c: Plain, p: Plain) -> None:
    c["new"]["product"] = product(rng.choice((TABLET, INJECTION, BUPRENORPHINE)))


def new_parts(rng: random.Random, c: Plain, p: Plain) -> None:
    half = c["new"]["daily_ug"] // 2
    c["new"] |= {"parts_ug": [half, half], "daily_ug": 2 * half}


def told(rng: random.Random, c: Plain, p: Plain) -> None:
    c["night_dose"] = rng.choice((None, False))


def other_order(rng: random.Random, c: Plain, p: Plain) -> None:
    """Another medicine beside it, nothing, or a history of its own."""
    asked = {"on": c["on"], "doses": []}
    kinds = (nights.night_products, nights.night_gone, nights.night_had, nights.night_steps)
    more = (nights.night_first, nights.night_details, nights.night_details, nights.night_details)
    rng.choice((*kinds, *more))(rng, asked, p)


NIGHT_MOVES = (
    *(new_begins, other_holds, other_holds, new_product, new_parts, told),
    *(other_order, other_order, other_order),
)
