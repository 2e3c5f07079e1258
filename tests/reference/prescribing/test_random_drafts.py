"""The core and the literal transcription agree on 100,000 random drafts, on every boundary.

A disagreement names its number, and ``tests.reference.prescribing.drafts.draft(number)`` is it.
``REFERENCE_DRAFTS`` asks about more of them; ``-s`` prints every count.
"""

import os
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

import pytest

from dosing_rules import PRESCRIBING_RULES
from tests.reference.prescribing import RULES
from tests.reference.prescribing.compare import PROBES, stretch
from tests.reference.varying import never_varying

DRAFTS = int(os.environ.get("REFERENCE_DRAFTS", "100000"))
CHUNK = 5_000
LEAST = 50
LEAST_OF_A_VALUE = 10

FEWER_THAN_NONE = {"boundary: benzodiazepine-second: benzodiazepine_count, below"}
SEVERITIES = {
    "benzodiazepine-taper-fast": ("confirm", "doctor"),
    "medicine-list-missing": ("inform", "stop"),
    "order-high-buprenorphine": ("doctor", "stop"),
    "order-too-long": ("doctor", "stop"),
    "order-with-level-changer": ("confirm", "doctor"),
    "order-with-long-qtc": ("confirm", "doctor"),
    "order-with-sedating": ("confirm", "doctor"),
    "start-dose-above-limit": ("doctor", "stop"),
    "switch-before-withdrawal": ("doctor", "stop"),
    "switch-to-buprenorphine-too-soon": ("doctor", "stop"),
}


@pytest.fixture(scope="module")
def asked() -> tuple[Counter[str], list[str]]:
    """Every draft asked both ways, on at most two processors."""
    firsts = range(0, DRAFTS, CHUNK)
    counted: Counter[str] = Counter()
    different: list[str] = []
    with ProcessPoolExecutor(min(2, os.cpu_count() or 1)) as workers:
        for counts, found in workers.map(stretch, firsts, [first + CHUNK for first in firsts]):
            counted += counts
            different += found
    for name, count in sorted(counted.items()):
        print(f"{count:>8,}  {name}")
    return counted, different


def test_every_rule_is_transcribed() -> None:
    """None is left out, none is made up."""
    assert set(RULES) == {rule.id for rule in PRESCRIBING_RULES}


def test_both_say_the_same(asked: tuple[Counter[str], list[str]]) -> None:
    """H08 H09 H10 H11 H13 H14 H25: equal sets of rule and severity for every one of them."""
    _, different = asked
    assert not different, "\n".join([f"{len(different)} disagreements", *different[:10]])


def test_every_boundary_is_met(asked: tuple[Counter[str], list[str]]) -> None:
    """Just below, exactly at and just above every number of every rule, often."""
    counted, _ = asked
    sides = ("below", "at", "above")
    names = [f"boundary: {name}, {side}" for name, _, _ in PROBES for side in sides]
    few = {name: counted[name] for name in names if counted[name] < LEAST}
    assert set(few) <= FEWER_THAN_NONE


def test_every_answer_is_given(asked: tuple[Counter[str], list[str]]) -> None:
    """Every rule speaks, in each of its severities, and is silent, often."""
    counted, _ = asked
    said = {name for name in counted if name.startswith("said: ")}
    assert {name.split()[1] for name in said} == set(RULES)
    several = {name.split()[1] for name in said} - set(SEVERITIES)
    assert all(len([one for one in said if one.split()[1] == name]) == 1 for name in several)
    answers = {f"said: {rule} {one}" for rule, every in SEVERITIES.items() for one in every}
    few = {name: counted[name] for name in said | answers if counted[name] < LEAST}
    assert few == {}
    assert max(counted[name] for name in said) <= DRAFTS - LEAST


def test_every_fact_varies(asked: tuple[Counter[str], list[str]]) -> None:
    """A fact that is the same in every draft would prove nothing about it."""
    counted, _ = asked
    assert never_varying(counted, LEAST_OF_A_VALUE) == []
