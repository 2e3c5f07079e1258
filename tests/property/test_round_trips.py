"""What is written is read back as the same: verdicts, scenario files, facts (H06, H10)."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dispensing.check_scenarios import answer_lines
from dosing_rules import (
    Finding,
    Severity,
    Verdict,
    check_dispensing,
    check_prescription,
    load_book,
)
from dosing_rules.verdict import Limit
from tests.reference import facts
from tests.reference.people import person
from tests.reference.prescribing.drafts import draft
from tests.reference.prescribing.facts import change as core_change

BOOK = load_book("dk-crk-2026")
NUMBERS = st.integers(0, 1_000_000)
WORDS = st.text("abcdefgh_-", min_size=1, max_size=12)
VALUES = st.none() | st.booleans() | st.integers() | WORDS | st.lists(WORDS, max_size=3)
LIMITS = st.builds(
    Limit,
    name=WORDS,
    value=st.booleans() | st.integers() | WORDS,
    unit=WORDS,
    source=st.text(max_size=30),
    confirmed=st.booleans(),
)
FINDINGS = st.builds(
    Finding,
    rule_id=WORDS,
    severity=st.sampled_from(Severity),
    facts=st.dictionaries(WORDS, VALUES, max_size=4),
    limits=st.lists(LIMITS, max_size=3).map(tuple),
    liftable_by=st.sampled_from([None, "nurse", "doctor"]),
    way_on=WORDS,
)
VERDICTS = st.builds(
    Verdict,
    severity=st.sampled_from(Severity),
    findings=st.lists(FINDINGS, max_size=4).map(tuple),
)


def read_back(verdict: Verdict) -> Verdict:
    """Through JSON text and back."""
    return Verdict.from_dict(json.loads(json.dumps(verdict.as_dict())))


@given(verdict=VERDICTS)
@settings(max_examples=500)
def test_any_verdict_is_read_back_as_written(verdict: Verdict) -> None:
    """H06: a record of a decision holds the whole decision."""
    assert read_back(verdict) == verdict


@given(number=NUMBERS)
@settings(max_examples=300)
def test_the_verdict_on_anybody_is_read_back_as_written(number: int) -> None:
    """The same for what the rules really say, at the counter and of a draft."""
    request, patient = person(number)
    said = check_dispensing(facts.request(request), facts.patient(patient), BOOK)
    assert read_back(said) == said
    change, patient = draft(number)
    said = check_prescription(core_change(change), facts.patient(patient), BOOK)
    assert read_back(said) == said


MOMENTS = ("at", "last_swallowed_at", "last_attempt_at")


def zoned(known: Any) -> Any:
    """The facts with the zone of every moment, as a scenario file must say it."""
    if isinstance(known, list):
        return [zoned(one) for one in known]
    if not isinstance(known, dict):
        return known
    return {
        name: f"{value}Z" if name in MOMENTS and value is not None else zoned(value)
        for name, value in known.items()
    }


@given(number=NUMBERS, indent=st.sampled_from([None, 1, 2]))
@settings(max_examples=300)
def test_a_scenario_file_is_answered_as_the_facts_it_holds(number: int, indent: int | None) -> None:
    """H10: one line or spread over many, nothing is lost between the file and the rules."""
    request, patient = person(number)
    expected = check_dispensing(facts.request(request), facts.patient(patient), BOOK)
    text = json.dumps({"request": zoned(request), "patient": zoned(patient)}, indent=indent)
    [(answer, understood)] = answer_lines([*text.splitlines(keepends=True), "\n"])
    assert understood, answer
    assert Verdict.from_dict(json.loads(answer)["verdict"]) == expected


@given(number=NUMBERS)
@settings(max_examples=300)
def test_plain_facts_are_read_back_as_written(number: int) -> None:
    """The comparison's own road: a draft's facts through plain text and back."""
    change, patient = draft(number)
    asked, who = core_change(change), facts.patient(patient)
    assert core_change(facts.plain(asked)) == asked
    assert facts.patient(facts.plain(who)) == who
