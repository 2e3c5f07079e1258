"""Any verbs in any order: after every step stock, days and claims add up, and no day is had twice.

A walk is drawn from a seed and played through the API. What is refused is fine; what must never
happen is that the books disagree, or that an answer is none of the described ones.
"""

import contextlib
import random

import psycopg
import pytest

from tests.api.books import days_add_up, stock_adds_up
from tests.api.client import Counter
from tests.scene import Scene

STEPS = 60
EXPECTED = {200, 201, 403, 404, 409, 422}


@pytest.mark.parametrize("seed", range(6))
def test_a_walk_of_verbs_keeps_the_books(
    scene: Scene, nurse: Counter, doctor: Counter, seed: int
) -> None:
    """H06, H23: hand-out, waste, doubt and reversal; each balance is the sum of its movements."""
    chance = random.Random(seed)
    today = scene.today.isoweekday()
    people = [
        scene.person(),
        scene.person(parts_ug=[40_000, 40_000]),
        scene.person(
            take_home=True, supervised_weekdays=[today], pickup_weekdays=[today], take_home_days=6
        ),
    ]
    scene.indkald(people[0])
    known: list[int] = []
    for _ in range(STEPS):
        answer = step(chance, scene, nurse, doctor, chance.choice(people), known)
        assert answer.status_code in EXPECTED, answer.text
        if answer.status_code == 201 and answer.json()["state"] == "reserved":
            known.append(answer.json()["reservation_id"])
        days_add_up(scene)
        stock_adds_up(scene)
    assert len(known) > 3


def step(
    chance: random.Random,
    scene: Scene,
    nurse: Counter,
    doctor: Counter,
    person: int,
    known: list[int],
):
    """One verb, most often a sensible one."""
    verb = chance.choice(
        ["reserve"] * 4
        + ["give"] * 3
        + ["partial", "returned", "refused", "spilled", "doubts", "reverse", "reverse"]
        + ["vomits", "decide", "later", "sign"]
    )
    still_open = scene.one(
        "SELECT max(reservation_id) FROM claim WHERE person_id = %s AND state <> 'given'", person
    )
    had = scene.one(
        "SELECT max(reservation_id) FROM claim WHERE person_id = %s AND state = 'given'"
        " AND for_day >= %s",
        person,
        scene.today,
    )
    after = verb in ("reverse", "vomits", "sign", "later")
    sensible = had if after else still_open
    if verb == "reserve" or not known or (sensible is None and chance.random() < 0.8):
        part = chance.choice([1, 1, 2])
        amount = chance.choice(["80", "40", "40", "20"])
        doses = [nurse.dose(amount, part), *nurse.home(*range(1, chance.randrange(1, 4)))]
        why = [{"rule_id": "amount-below-ordered", "reason": "asked for less"}]
        return nurse.reserve(
            person, doses=doses if chance.random() < 0.5 else doses[:1], reasons=why
        )
    seldom = chance.random() < 0.1
    reservation = chance.choice(known) if seldom or sensible is None else sensible
    match verb:
        case "give":
            return nurse.give(reservation)
        case "partial":
            return nurse.give(reservation, swallowed_mg=chance.choice(["10", "40", "79.999"]))
        case "reverse":
            return nurse.tell(reservation, "reversals", reason="mistake")
        case "vomits":
            return nurse.tell(reservation, "vomits", minutes_after=5, witnessed=True)
        case "sign":
            return nurse.tell(
                reservation, "observations", state="left_early", affected=False, note="had to go"
            )
        case "decide":
            rules = ["too-soon", "vomited-today", "early-pickup", "indkald-dose-not-full"]
            return doctor.decide(person, *rules, extra_mg=chance.choice(["0", "40"]))
        case "later":
            # Not onto an earlier dose: the barrier would not have let that happen.
            with contextlib.suppress(psycopg.errors.ExclusionViolation):
                scene.hours_earlier(reservation, 9)
            return nurse.get(f"/people/{person}")
        case _:
            return nurse.tell(reservation, verb, note="as it was")
