"""At scale: nothing lost or garbled makes a verdict milder; nothing added removes a stop (H06).

What *lost* and *garbled* mean, and what is left out, stands in ``tests.property.mutations``.
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
    RULES,
    ArrangedAhead,
    Arrangement,
    Claim,
    Depot,
    DoseAsked,
    DoseStep,
    Health,
    HomeSafety,
    Indkald,
    Loss,
    Medicine,
    Observed,
    Patient,
    Prescription,
    Product,
    Request,
    RuleBook,
    Sedatives,
    Session,
    Severity,
    TakeHomeException,
    Unit,
    Verdict,
    Vomit,
    check_dispensing,
    load_book,
)
from dosing_rules.check import check_with
from dosing_rules.ordered import Line
from tests.property.mutations import FACTS, PLACES, READ_BY_NO_RULE, SWITCHES, walk
from tests.reference import facts
from tests.reference.asking import NO_DEPOT
from tests.reference.bases import claim
from tests.reference.changes import moment_before
from tests.reference.days import plus
from tests.reference.people import person

Plain = dict[str, Any]
BOOK = load_book("dk-crk-2026")
MUTATIONS = 250_000
CHUNK = 12_500
EACH_PERSON = 18
LEAST_MUTATIONS_OF_A_FACT = 80
LEAST_CHANGED_BY_A_FACT = 5
ADDITIONS = 12_000

KINDS: dict[str, Any] = {
    "patient": Patient,
    "prescription": Prescription,
    "prescription.product": Product,
    "arrangement": Arrangement,
    "exception": TakeHomeException,
    "ahead": ArrangedAhead,
    "ahead.arrangement": Arrangement,
    "unit": Unit,
    "claim": Claim,
    "step": DoseStep,
    "vomit": Vomit,
    "indkald": Indkald,
    "sedatives": Sedatives,
    "medicine": Medicine,
    "health": Health,
    "home_safety": HomeSafety,
    "session": Session,
    "loss": Loss,
    "last_depot": Depot,
    "beside": Line,
    "beside.prescription": Prescription,
    "request": Request,
    "request.product": Product,
    "observed": Observed,
    "dose": DoseAsked,
}
# Told in tests.property.mutations; ``product``, ``observed`` and ``doses`` are places of their own.
LEFT_OUT = {"request.at", "request.on", "request.observed", "unit.closed_on"}
LEFT_OUT |= {
    "prescription.product",
    "prescription.night",
    "beside.prescription",
    "patient.at_night",
    "ahead.arrangement",
}
LEFT_OUT |= {
    f"beside.prescription.{one.name}"
    for one in fields(Prescription)
    if f"beside.prescription.{one.name}" not in FACTS
}
LEFT_OUT |= {"observed.pupils_pinpoint"}  # a reading: not taken, or one of two answers
SWITCHED_ON = {fact: replace(BOOK, **{switch: True}) for fact, switch in SWITCHES.items()}
HISTORY = ("last_swallowed_at", "last_swallowed_ug", "last_covered_on", "first_dose_on", "claims")
HISTORY += ("last_depot",)


def judged(everything: Plain, book: RuleBook = BOOK) -> Verdict:
    """The core's verdict on plain facts."""
    asked, who = facts.request(everything["request"]), facts.patient(everything["patient"])
    return check_dispensing(asked, who, book)


def strict_people(numbers: Iterator[int]) -> Iterator[tuple[random.Random, Plain, Verdict]]:
    """People with something to lose: an objection, and at most two of the highest severity."""
    for number in numbers:
        request, patient = person(number)
        everything = {"request": request, "patient": patient}
        if patient["new_to_treatment"] and any(
            patient[name] not in (None, [], NO_DEPOT) for name in HISTORY
        ):
            continue  # a contradiction: without the one trace of doses it is a beginning
        verdict = judged(everything)
        if verdict.severity is Severity.ALLOW:
            continue
        highest = [one for one in verdict.findings if one.severity == verdict.severity]
        if len(highest) > 2 or any(one.rule_id == "record-impossible" for one in highest):
            continue
        yield random.Random(number), everything, verdict


def _said(verdict: Verdict) -> set[tuple[str, Severity]]:
    return {(one.rule_id, one.severity) for one in verdict.findings}


def stretch(first: int, wanted: int) -> tuple[Counter[str], list[str]]:
    """So many mutated inputs, counted by fact, and those that made the verdict milder."""
    counted: Counter[str] = Counter()
    milder: list[str] = []
    for rng, everything, before in strict_people(iter(range(first, first + 10 * wanted))):
        for fact, changed in walk(rng, everything, min(EACH_PERSON, wanted)):
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


def test_every_fact_is_lost_or_garbled_somewhere() -> None:
    """A fact added to the records without a line here fails."""
    for place, kind in KINDS.items():
        known = {f"{place}.{one.name}" for one in fields(kind) if one.init}
        assert known - LEFT_OUT <= set(FACTS), known - LEFT_OUT - set(FACTS)
    assert set(KINDS) == set(PLACES)


def test_nothing_lost_or_garbled_is_milder(mutated: tuple[Counter[str], list[str]]) -> None:
    """0 of a quarter of a million."""
    counted, milder = mutated
    assert sum(counted[fact] for fact in FACTS) >= MUTATIONS
    assert not milder, "\n".join([f"{len(milder)} milder", *milder[:3]])


def test_each_fact_was_changed_where_it_matters(mutated: tuple[Counter[str], list[str]]) -> None:
    """Often enough, and often enough with an effect: the test above is not empty for any fact."""
    counted, _ = mutated
    few = {fact: counted[fact] for fact in FACTS if counted[fact] < LEAST_MUTATIONS_OF_A_FACT}
    assert few == {}
    silent = {fact for fact in FACTS if counted[f"{fact} changed"] < LEAST_CHANGED_BY_A_FACT}
    assert silent <= READ_BY_NO_RULE


def _stops(verdict: Verdict) -> set[str]:
    return {one.rule_id for one in verdict.findings if one.severity is Severity.STOP}


def _additions(rng: random.Random, everything: Plain) -> Iterator[tuple[str, Plain]]:
    """One thing more is known: a dose taken, vomiting, sedatives, a measure, a rise, a rest."""
    request, patient = everything["request"], everything["patient"]
    today = request["on"]
    more: dict[str, Any] = {}
    if patient["claims"] is not None:
        state = rng.choice(("reserved", "uncertain", "given"))
        how = rng.choice(("supervised", "take_home"))
        day, amount = plus(today, rng.randint(-14, 20)), rng.choice((1, 10_000, 80_000))
        taken = claim(day, rng.randint(1, 3), amount, how, state, rng.randint(1, 2))
        more["claims"] = [*patient["claims"], taken]
    if patient["vomits"] is not None:
        at = moment_before(request["at"], rng.randint(0, 90_000))
        vomit = {"at": at, "minutes_after": 5, "witnessed": True}
        more["vomits"] = [*patient["vomits"], vomit]
    if patient["steps"] is not None:
        on, after = plus(today, rng.randint(-9, 9)), rng.choice((60_000, 75_000, 90_000))
        step = {"on": on, "from_ug": 70_000, "to_ug": after}
        more["steps"] = [*patient["steps"], step]
    if patient["sedatives"] is not None:
        heavy = {"diazepam_low_ug": 40_000, "diazepam_high_ug": 80_000}
        more["sedatives"] = patient["sedatives"] | heavy
    atc = rng.choice(("N07BB04", "N07BC01", "N07BC06", "N02BF02", "J02AC01", "C09AA02"))
    one = {"atc": atc, "started_on": plus(today, -9), "stopped_on": None}
    more["medicines"] = [*(patient["medicines"] or []), one]
    loss = {"for_on": plus(today, rng.randint(-1, 2)), "verified": rng.random() < 0.5}
    more["losses"] = [*(patient["losses"] or []), loss]
    more["health"] = {
        "filtration_ml_per_minute": rng.choice((5, 90)),
        "breathing_disease": rng.random() < 0.5,
        "drinks_daily": rng.random() < 0.5,
    }
    if patient["diversion_supervised_until_on"] is not None:
        more["diversion_supervised_until_on"] = plus(today, 30)
    for name, value in more.items():
        yield name, {"request": request, "patient": patient | {name: value}}
    seen = request["observed"] | {"sedation_poss": 4}
    yield "sedation", {"request": request | {"observed": seen}, "patient": patient}


def test_nothing_added_removes_a_stop() -> None:
    """More is known, and whatever stopped before still stops."""
    asked: Counter[str] = Counter()
    for number in range(ADDITIONS):
        rng = random.Random(number)
        request, patient = person(number)
        everything = {"request": request, "patient": patient}
        before = _stops(judged(everything))
        if not before:
            continue
        for name, richer in _additions(rng, everything):
            if name == "diversion_supervised_until_on" and number % 2:
                continue
            asked[name] += 1
            # A garbled group that is written anew is a correction, not an addition.
            before = before - {"record-impossible"} if name == "health" else before
            # A day's dose told of shows what is tolerated: a rise above it is less of a rise.
            had = {"rise-since-last-dose"} if name == "claims" else set[str]()
            assert before - had <= _stops(judged(richer)), (name, richer)
    assert min(asked.values()) > ADDITIONS // 10


def test_the_order_of_rules_changes_nothing() -> None:
    """Any order, any of 2,000 people: the same findings; and no rule is left out by a shortcut."""
    for number in range(2_000):
        request, patient = person(number)
        asked, who = facts.request(request), facts.patient(patient)
        shuffled = random.Random(number).sample(RULES, len(RULES))
        one, other = check_dispensing(asked, who, BOOK), check_with(shuffled, asked, who, BOOK)
        by_id = {finding.rule_id: finding for finding in other.findings}
        assert one.severity == other.severity
        assert by_id == {finding.rule_id: finding for finding in one.findings}
