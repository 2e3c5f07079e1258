"""The core and the literal transcription agree on 100,000 random people, on every boundary.

Whoever is asked, both give the same set of (rule id, severity). The people are the same on every
machine; a disagreement names its number, and ``tests.reference.people.person(number)`` is it.
"""

import os
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

import pytest

from dosing_rules import RULES as CORE_RULES
from tests.reference import RULES
from tests.reference.boundaries import PROBES
from tests.reference.compare import stretch
from tests.reference.varying import never_varying

PEOPLE = 100_000
CHUNK = 5_000
LEAST_ON_A_BOUNDARY = 50
LEAST_OF_AN_ANSWER = 50
LEAST_OF_A_VALUE = 10
# Rules of the core not yet written out a second time; empty in anything published.
NOT_YET_TRANSCRIBED: frozenset[str] = frozenset()

SEVERITIES = {
    "alcohol": ("doctor", "stop"),
    "benzodiazepine-load": ("inform", "confirm"),
    "benzodiazepine-without-plan": ("inform", "confirm"),
    "buprenorphine-too-soon": ("doctor", "stop"),
    "depot-outside-window": ("confirm", "doctor"),
    "first-day-above-limit": ("doctor", "stop"),
    "high-dose-buprenorphine": ("doctor", "stop"),
    "low-oxygen": ("confirm", "stop"),
    "methadone-level-changes": ("inform", "doctor"),
    "missed-days": ("doctor", "stop"),
    "qtc-long": ("confirm", "doctor"),
    "review-overdue": ("confirm", "doctor"),
    "sedating-medicines": ("confirm", "doctor"),
    "slow-breathing": ("confirm", "stop"),
    "take-home-arranged-otherwise": ("doctor", "stop"),
    "withdrawal-not-yet": ("doctor", "stop"),
}


@pytest.fixture(scope="module")
def asked() -> tuple[Counter[str], list[str]]:
    """Everybody asked both ways, on at most two processors."""
    firsts = range(0, PEOPLE, CHUNK)
    counted: Counter[str] = Counter()
    different: list[str] = []
    with ProcessPoolExecutor(min(2, os.cpu_count() or 1)) as workers:
        lasts = [first + CHUNK for first in firsts]
        for counts, found in workers.map(stretch, firsts, lasts):
            counted += counts
            different += found
    for name, count in sorted(counted.items()):
        print(f"{count:>8,}  {name}")
    return counted, different


def test_every_rule_is_transcribed() -> None:
    """A rule without a second transcription is named, or this fails."""
    assert {rule.id for rule in CORE_RULES} - set(RULES) == set(NOT_YET_TRANSCRIBED)
    assert set(RULES) <= {rule.id for rule in CORE_RULES}


def test_both_say_the_same(asked: tuple[Counter[str], list[str]]) -> None:
    """Equal sets of rule and severity for every one of them."""
    _, different = asked
    assert not different, "\n".join([f"{len(different)} disagreements", *different[:10]])


def test_every_boundary_is_met(asked: tuple[Counter[str], list[str]]) -> None:
    """Just below, exactly at and just above every number of every rule, often."""
    counted, _ = asked
    sides = ("below", "at", "above")
    names = [f"boundary: {name}, {side}" for name, _, _ in PROBES for side in sides]
    few = {name: counted[name] for name in names if counted[name] < LEAST_ON_A_BOUNDARY}
    assert few == {}


def test_every_answer_is_given(asked: tuple[Counter[str], list[str]]) -> None:
    """Every rule speaks, in each of its severities, and is silent, often."""
    counted, _ = asked
    said: Counter[str] = Counter()
    for name, count in counted.items():
        if name.startswith("said: "):
            said[name.split()[1]] += count
    assert {name for name in RULES if not 0 < said[name] <= PEOPLE - LEAST_OF_AN_ANSWER} == set()
    answers = [f"said: {rule} {one}" for rule, every in SEVERITIES.items() for one in every]
    answers += [name for name in counted if name.startswith("said: ")]
    few = {name: counted[name] for name in answers if counted[name] < LEAST_OF_AN_ANSWER}
    assert few == {}


def test_every_fact_varies(asked: tuple[Counter[str], list[str]]) -> None:
    """A fact that is the same for everybody would prove nothing about it."""
    counted, _ = asked
    assert never_varying(counted, LEAST_OF_A_VALUE) == []


def test_every_circumstance_occurs(asked: tuple[Counter[str], list[str]]) -> None:
    """Awkward days, kinds of order, lengths of supply, states of claims, everything unknown."""
    counted, _ = asked
    expected = ["day: clock change", "day: leap day", "day: month's end", "day: closed"]
    expected += ["day: closed days ahead", "order: split", "order: days differ", "claim: elsewhere"]
    expected += [f"home: {days} days" for days in (1, 2, 5, 6, 7, 8, 9, 14, 15)]
    states = ("reserved", "uncertain", "given")
    expected += [f"claim: {how} {one}" for how in ("supervised", "take_home") for one in states]
    expected += [name for name in counted if name.startswith("unknown: ")]
    few = {name: counted[name] for name in expected if counted[name] < LEAST_OF_AN_ANSWER}
    assert few == {}
