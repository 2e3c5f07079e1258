"""What may be otherwise about medicines, health, home, sessions, losses and the newer readings."""

import random
from typing import Any

from tests.reference.bases import dose
from tests.reference.changes import change, moment_before, near
from tests.reference.days import plus
from tests.reference.medicines import AGAINST_DEPENDENCE, KINDS

Plain = dict[str, Any]
CODES = (*KINDS, *AGAINST_DEPENDENCE, "C09AA02", "V03AB15", "garbled", "n07bb04", "N07BB0")


def _medicine(rng: random.Random, today: str, codes: tuple[str, ...]) -> Plain:
    begun = plus(today, rng.choice((0, -1, -13, -14, -15, -30, -400)))
    stopped = plus(today, rng.choice((1, 0, -1, -9, -13, -14, -15, -16)))
    return {
        "atc": rng.choice(codes),
        "started_on": rng.choice((None, begun, begun, begun)),
        "stopped_on": rng.choice((None, None, stopped)),
    }


@change
def medicines(rng: random.Random, q: Plain, p: Plain) -> None:
    taken = [_medicine(rng, q["on"], CODES) for _ in range(rng.choice((0, 1, 1, 2, 3)))]
    p["medicines"] = rng.choice((None, taken, taken, taken, taken))


@change
def medicine_that_ended(rng: random.Random, q: Plain, p: Plain) -> None:
    """One medicine begun or stopped at the edge of what still counts."""
    atc = rng.choice(("N07BB04", "N02AE01", "N06AG02", "N06AF03", "J02AC01", "J04AB02"))
    edges = {"N0": (0, 0, -14), "J0": (-14,)}["J0" if atc.startswith("J") else "N0"]
    if atc.startswith("N06"):
        edges = (-14,)
    ended = plus(q["on"], near(rng, rng.choice(edges)))
    one = {"atc": atc, "started_on": plus(q["on"], -90), "stopped_on": ended}
    p["medicines"] = [*(p["medicines"] or []), one]


@change
def heart_medicines(rng: random.Random, q: Plain, p: Plain) -> None:
    """Two that prolong QT, and an ECG about the day the later began."""
    codes = ("N06AB04", "N05AD01", "J02AC01")
    p["medicines"] = [_medicine(rng, q["on"], codes) for _ in range(rng.choice((1, 2, 2, 3)))]
    for one in p["medicines"]:
        if rng.random() < 0.6:
            one["stopped_on"] = None
    begun = max(one["started_on"] or q["on"] for one in p["medicines"])
    p["ecg_on"] = rng.choice((None, *[plus(begun, by) for by in (-1, 0, 1)]))


@change
def slowed_breathing(rng: random.Random, q: Plain, p: Plain) -> None:
    codes = ("N02BF02", "R06AD02", "N05CM02", "N05BA01", "C09AA02")
    p["medicines"] = [_medicine(rng, q["on"], codes) for _ in range(rng.choice((0, 1, 2, 3)))]
    for one in p["medicines"]:
        if rng.random() < 0.7:
            one["stopped_on"] = None
    if rng.random() < 0.4:
        health(rng, q, p)


@change
def health(rng: random.Random, q: Plain, p: Plain) -> None:
    filtration = near(rng, rng.choice((10, 50, 90)))
    known = {
        "filtration_ml_per_minute": rng.choice((None, filtration, filtration, filtration)),
        "breathing_disease": rng.choice((None, True, False, False)),
        "drinks_daily": rng.choice((None, True, False)),
    }
    p["health"] = rng.choice((None, known, known, known))


@change
def home_safety(rng: random.Random, q: Plain, p: Plain) -> None:
    answers = (None, True, True, False)
    day = plus(q["on"], rng.choice((-300, -1, 0, 1)))
    p["naloxone_on"] = rng.choice((None, None, day))
    p["home_safety"] = {"naloxone_kit": rng.choice(answers), "locked_box": rng.choice(answers)}


@change
def session(rng: random.Random, q: Plain, p: Plain) -> None:
    at = moment_before(q["at"], near(rng, 30 * 60, rng.choice((1, 60))))
    p["session"] = {
        "failed_attempts": rng.choice((None, 0, 1, 2, 3, 4)),
        "last_attempt_at": rng.choice((None, at, at, at)),
        "assessed_after": rng.choice((None, True, True, False)),
    }


@change
def losses(rng: random.Random, q: Plain, p: Plain) -> None:
    days = [q["on"], plus(q["on"], -1), *[one["for_on"] for one in q["doses"]]]
    lost = [{"for_on": rng.choice(days), "verified": rng.choice((None, True, True, False))}]
    p["losses"] = rng.choice((None, [], lost, lost, lost * 2))
    if rng.random() < 0.6:
        p["last_swallowed_at"] = moment_before(q["at"], near(rng, 48 * 3600, rng.choice((1, 60))))


@change
def urine(rng: random.Random, q: Plain, p: Plain) -> None:
    """A sample about the last day with a dose, or today, after more or fewer missed days."""
    back = rng.choice((4, 5, 5, 6, 10))
    if p["prescription"]["product"]["form"] == "depot":
        return
    p["last_covered_on"] = plus(q["on"], -back)
    about = rng.choice((p["last_covered_on"], q["on"]))
    day = plus(about, rng.choice((-1, 0, 1, 2)))
    p["urine_on"] = rng.choice((None, day, day, day))


@change
def newer_readings(rng: random.Random, q: Plain, p: Plain) -> None:
    seen = q["observed"]
    seen["oxygen_percent"] = rng.choice((None, *[near(rng, one) for one in (90, 92, 0)]))
    seen["pupils_pinpoint"] = rng.choice((None, True, True, False))
    if rng.random() < 0.5:
        seen["sedation_poss"] = rng.choice((None, -1, 0, 1, 2, 3))


@change
def withdrawal(rng: random.Random, q: Plain, p: Plain) -> None:
    q["observed"]["withdrawal_cows"] = rng.choice((None, near(rng, 8), near(rng, 13), 0, -1))
    if rng.random() < 0.5:
        kinds = ("methadone", "diacetylmorphine", "buprenorphine", None)
        p["last_swallowed_substance"] = rng.choice(kinds)


@change
def raised(rng: random.Random, q: Plain, p: Plain) -> None:
    on = plus(q["on"], rng.choice((-1, 0, 0, 1)))
    p["steps"] = [{"on": on, "from_ug": 70_000, "to_ug": near(rng, 70_000)}]


@change
def long_supply(rng: random.Random, q: Plain, p: Plain) -> None:
    if rng.random() < 0.3:
        days = range(1, near(rng, 30) + 1)
        daily = p["prescription"]["daily_ug"]
        q["doses"] = [dose(plus(q["on"], n), 1, daily, "take_home") for n in days]
