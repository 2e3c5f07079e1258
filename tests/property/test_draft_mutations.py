"""At scale: nothing lost or garbled makes a draft's verdict milder; nothing added removes a stop.

H06 H11 H13 H14. What *lost* and *garbled* mean, and what is left out, stands in
``tests.property.draft_mutations``. ``DRAFT_MUTATIONS`` asks for more of them.
"""

import os
import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import fields, replace
from typing import Any

import pytest

from dosing_rules import (
    PRESCRIBING_RULES,
    Change,
    Prescriber,
    Prescription,
    Product,
    RuleBook,
    SedativeChange,
    Severity,
    Verdict,
    check_prescription,
    load_book,
)
from dosing_rules.check import verdict_of
from tests.property.draft_mutations import FACTS, PLACES, walk
from tests.property.mutations import SWITCHES
from tests.reference import facts
from tests.reference.asking import NO_DEPOT
from tests.reference.days import plus
from tests.reference.prescribing.drafts import draft
from tests.reference.prescribing.facts import change as core_change

Plain = dict[str, Any]
BOOK = load_book("dk-crk-2026")
MUTATIONS = int(os.environ.get("DRAFT_MUTATIONS", "100000"))
CHUNK = 10_000
EACH_DRAFT = 25
LEAST_OF_A_FACT = 80
LEAST_CHANGED_BY_A_FACT = 5
ADDITIONS = 5_000

SWITCHED_ON = {
    fact: replace(BOOK, **{SWITCHES[fact]: True})
    for fact in ("patient.medicines", "patient.health")
}
KINDS: dict[str, Any] = {
    "change": Change,
    "new": Prescription,
    "new.product": Product,
    "prescriber": Prescriber,
    "sedative": SedativeChange,
}
# Told in tests.property.draft_mutations; ``product`` and so on are places of their own.
LEFT_OUT = {"change.at", "change.on", "change.new", "change.sedative", "new.product"}
LEFT_OUT |= {"new.prescription_id", "new.version", "new.night"}
HISTORY = ("last_swallowed_at", "last_swallowed_ug", "last_covered_on", "first_dose_on", "claims")
HISTORY += ("last_depot",)


def judged(everything: Plain, book: RuleBook = BOOK) -> Verdict:
    """The core's verdict on plain facts."""
    asked, who = core_change(everything["change"]), facts.patient(everything["patient"])
    return check_prescription(asked, who, book)


def strict_drafts(numbers: Iterator[int]) -> Iterator[tuple[random.Random, Plain, Verdict]]:
    """Drafts with something to lose: an objection, and at most two of the highest severity."""
    for number in numbers:
        change, patient = draft(number)
        if patient["new_to_treatment"] and any(
            patient[name] not in (None, [], NO_DEPOT) for name in HISTORY
        ):
            continue  # a contradiction: without the one trace of doses it is a beginning
        everything = {"change": change, "patient": patient}
        verdict = judged(everything)
        if verdict.severity is Severity.ALLOW:
            continue
        highest = [one for one in verdict.findings if one.severity == verdict.severity]
        if len(highest) > 2 or any(one.rule_id == "draft-impossible" for one in highest):
            continue
        yield random.Random(number), everything, verdict


def _said(verdict: Verdict) -> set[tuple[str, Severity]]:
    return {(one.rule_id, one.severity) for one in verdict.findings}


def stretch(first: int, wanted: int) -> tuple[Counter[str], list[str]]:
    """So many mutated drafts, counted by fact, and those that made the verdict milder."""
    counted: Counter[str] = Counter()
    milder: list[str] = []
    for rng, everything, before in strict_drafts(iter(range(first, first + 10 * wanted))):
        for fact, changed in walk(rng, everything, min(EACH_DRAFT, wanted)):
            was, after = before, judged(changed)
            if fact in SWITCHED_ON:
                was = judged(everything, SWITCHED_ON[fact])
                after = judged(changed, SWITCHED_ON[fact])
            wanted -= 1
            counted[fact] += 1
            counted[f"{fact} changed"] += _said(after) != _said(was)
            if after.severity < was.severity:
                milder.append(f"{fact}: {_said(was) - _said(after)} {everything} {changed}")
        if wanted <= 0:
            break
    return counted, milder


@pytest.fixture(scope="module")
def mutated() -> tuple[Counter[str], list[str]]:
    """All of them, on at most two processors."""
    firsts = range(0, 10 * MUTATIONS, 10 * CHUNK)
    counted: Counter[str] = Counter()
    milder: list[str] = []
    with ProcessPoolExecutor(min(2, os.cpu_count() or 1)) as workers:
        for counts, found in workers.map(stretch, firsts, [CHUNK] * len(firsts)):
            counted += counts
            milder += found
    for fact in sorted(FACTS):
        print(f"{counted[fact]:>8,} {counted[f'{fact} changed']:>8,}  {fact}")
    return counted, milder


def test_every_fact_of_a_draft_is_lost_or_garbled() -> None:
    """A fact added to what a prescriber writes without a line here fails."""
    for place, kind in KINDS.items():
        known = {f"{place}.{one.name}" for one in fields(kind) if one.init}
        assert known - LEFT_OUT <= set(FACTS), known - LEFT_OUT - set(FACTS)
    assert set(KINDS) <= set(PLACES)


def test_nothing_lost_or_garbled_is_milder(mutated: tuple[Counter[str], list[str]]) -> None:
    """H06 H11 H13 H14: 0 of a hundred thousand."""
    counted, milder = mutated
    assert sum(counted[fact] for fact in FACTS) >= MUTATIONS
    assert not milder, "\n".join([f"{len(milder)} milder", *milder[:3]])


def test_each_fact_was_changed_where_it_matters(mutated: tuple[Counter[str], list[str]]) -> None:
    """Often enough, and often enough with an effect: the test above is not empty for any fact."""
    counted, _ = mutated
    assert {one: counted[one] for one in FACTS if counted[one] < LEAST_OF_A_FACT} == {}
    silent = {one for one in FACTS if counted[f"{one} changed"] < LEAST_CHANGED_BY_A_FACT}
    assert silent == set()


def _stops(verdict: Verdict) -> set[str]:
    return {one.rule_id for one in verdict.findings if one.severity is Severity.STOP}


def _additions(rng: random.Random, everything: Plain) -> Iterator[tuple[str, Plain]]:
    """One thing more is known: a medicine, a rise, a step down, sedatives, a sedative written."""
    change, patient = everything["change"], everything["patient"]
    today, more = change["on"], dict[str, Any]()
    if patient["medicines"] is not None:
        atc = rng.choice(("N07BB04", "N07BC01", "N07BC06", "N02BF02", "J02AC01", "C09AA02"))
        one = {"atc": atc, "started_on": plus(today, -9), "stopped_on": None}
        more["medicines"] = [*patient["medicines"], one]
    if patient["steps"] is not None:
        on, after = plus(today, rng.randint(-9, 9)), rng.choice((60_000, 75_000, 90_000))
        more["steps"] = [*patient["steps"], {"on": on, "from_ug": 70_000, "to_ug": after}]
    if patient["sedatives"] is not None:
        heavy = {"diazepam_low_ug": 40_000, "diazepam_high_ug": 80_000}
        more["sedatives"] = patient["sedatives"] | heavy
    more["pregnant"] = True
    more["health"] = {
        "filtration_ml_per_minute": 5,
        "breathing_disease": True,
        "drinks_daily": True,
    }
    for name, value in more.items():
        yield name, {"change": change, "patient": patient | {name: value}}
    if change["sedative"] is None:
        written = {
            **{"from_ug": 0, "to_ug": 40_000, "taken_days": 0, "last_step_on": None},
            **{"purpose": "sleep", "planned_days": 90, "others": 2, "plan": "none"},
            **{"plan_on": None, "steps": [], "original_ug": None},
        }
        yield "sedative", {"change": change | {"sedative": written}, "patient": patient}


def test_nothing_added_removes_a_stop() -> None:
    """H13: more is known, and whatever stopped before still stops."""
    asked: Counter[str] = Counter()
    for number in range(ADDITIONS):
        rng = random.Random(number)
        change, patient = draft(number)
        everything = {"change": change, "patient": patient}
        before = _stops(judged(everything))
        if not before:
            continue
        for name, richer in _additions(rng, everything):
            asked[name] += 1
            assert before <= _stops(judged(richer)) | {"draft-impossible"}, (name, richer)
    assert min(asked.values()) > ADDITIONS // 10


def test_the_order_of_rules_changes_nothing() -> None:
    """Any order, any of 2,000 drafts: the same findings."""
    for number in range(2_000):
        change, patient = draft(number)
        asked, who = core_change(change), facts.patient(patient)
        if asked.new is not None and asked.new.night:
            who = who.for_night()
        shuffled = random.Random(number).sample(PRESCRIBING_RULES, len(PRESCRIBING_RULES))
        raised = [(one.id, one.ask(asked, who, BOOK)) for one in shuffled]
        said = [(rule, objection) for rule, objection in raised if objection is not None]
        verdict = check_prescription(asked, who, BOOK)
        if not said:
            assert verdict.findings == ()
            continue
        other = verdict_of(said, BOOK)
        by_id = {finding.rule_id: finding for finding in other.findings}
        assert verdict.severity == other.severity
        assert by_id == {finding.rule_id: finding for finding in verdict.findings}
