"""The check itself: all findings, in order, with their numbers, and back from JSON."""

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from dosing_rules import RULES, Finding, RuleBook, Severity, Verdict, check_dispensing, load_book
from dosing_rules.check import check_under_both, check_with
from dosing_rules.regular import is_regular
from dosing_rules.replay import Tally, check_many, compare
from dosing_rules.rule import Objection, Rule, stop
from dosing_rules.rulebook import parse_book
from tests.rules.books import changed
from tests.spec.standard import (
    BASES,
    METHADONE_5,
    TODAY,
    arrangement,
    patient,
    prescription,
    request,
)

BOOK = load_book("dk-crk-2026")


def test_the_ordinary_patient_is_handed_the_dose_without_a_word() -> None:
    """Everything recorded, nothing wrong: allow, and no finding."""
    verdict = check_dispensing(request(), patient(), BOOK)
    assert verdict == Verdict(Severity.ALLOW)
    assert verdict.word == "allow"


def test_every_rule_is_asked_and_all_findings_come_back() -> None:
    """H08 H11: the counter sees every reason at once, the most severe first."""
    person = patient(last_covered_on=date(2026, 11, 19), pregnant=None, reviewed_on=None)
    verdict = check_dispensing(request(product=METHADONE_5), person, BOOK)
    found = {finding.rule_id for finding in verdict.findings}
    assert found >= {"missed-days", "restart-above-ceiling", "wrong-strength", "pregnant"}
    severities = [finding.severity for finding in verdict.findings]
    assert severities == sorted(severities, reverse=True)
    assert verdict.severity is Severity.STOP
    order = [rule.id for rule in RULES]
    stops = [f.rule_id for f in verdict.findings if f.severity is Severity.STOP]
    assert stops == sorted(stops, key=order.index)


def test_a_finding_carries_facts_limit_and_way_on() -> None:
    """What was compared, with which number of which standing, and who may lift it."""
    person = patient(last_covered_on=date(2026, 11, 19))
    verdict = check_dispensing(request(), person, BOOK)
    finding = next(one for one in verdict.findings if one.rule_id == "missed-days")
    assert finding.facts == {
        "missed_days": 4,
        "anchor": "last_covered",
        "anchor_on": "2026-11-19",
    }
    assert [(limit.name, limit.value, limit.unit) for limit in finding.limits] == [
        ("methadone_missed_stop_days", 4, "days")
    ]
    assert finding.limits[0].confirmed is False
    assert (finding.liftable_by, finding.way_on) == ("doctor", "doctor-decision")


def test_a_verdict_survives_json() -> None:
    """Stored with the answer, read back the same."""
    person = patient(
        last_covered_on=None, arrangement=None, indkald=None, sedatives=None, claims=None
    )
    verdict = check_dispensing(request(product=None), person, BOOK)
    assert len(verdict.findings) > 3
    assert Verdict.from_dict(json.loads(json.dumps(verdict.as_dict()))) == verdict


def test_a_failing_rule_is_never_an_allow() -> None:
    """An error in a rule reaches the caller; nothing is handed out on it."""

    def broken(*_: object) -> Objection | None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        check_with([Rule("broken", "?", "", broken)], request(), patient(), BOOK)


def test_a_finding_cannot_carry_what_json_cannot() -> None:
    """Facts are numbers, words and dates, so that they can be stored and shown."""
    _, facts, *_ = stop("identify", days=[TODAY], at=None)
    assert facts == {"days": ["2026-11-24"], "at": None}
    with pytest.raises(TypeError):
        stop("identify", share=0.5)


@pytest.mark.parametrize("anchor", ["last_swallowed", "planned_pickup"])
def test_another_book_counts_from_another_anchor(anchor: str) -> None:
    """H11: the same person is judged by the book's own anchor, unknown meaning stop."""
    book = parse_book(changed("missed_days_anchor", value=f'"{anchor}"'))
    fact = "last_swallowed_on" if anchor == "last_swallowed" else "planned_pickup_on"
    ordinary = patient(last_swallowed_on=date(2026, 11, 23), planned_pickup_on=TODAY)
    assert check_dispensing(request(), ordinary, book).findings == ()
    late = replace(ordinary, **{fact: date(2026, 11, 19)})
    assert "missed-days" in {
        one.rule_id for one in check_dispensing(request(), late, book).findings
    }
    unknown = replace(ordinary, **{fact: None})
    found = {one.rule_id for one in check_dispensing(request(), unknown, book).findings}
    assert "coverage-unknown" in found


def test_closed_days_may_be_spared_by_a_book() -> None:
    """H15: the same gap over closed days, under a book that does not count them."""
    book = parse_book(changed("missed_days_count_closed", value="false"))
    person = patient(last_covered_on=date(2026, 11, 19))
    assert person.unit is not None
    closed = frozenset(date(2026, 11, day) for day in (20, 21, 22, 23))
    spared = replace(person, unit=replace(person.unit, closed_on=closed))
    assert check_dispensing(request(), spared, book).severity is Severity.ALLOW
    assert check_dispensing(request(), spared, BOOK).severity is Severity.STOP
    unseen = replace(person, unit=None)
    found = {one.rule_id for one in check_dispensing(request(), unseen, book).findings}
    assert "missed-days" in found


def test_replay_lists_what_another_book_would_have_answered() -> None:
    """Another book changes the decisions it should and no other, each rule with its direction."""
    ordinary = (request(), patient())
    high = (request(), patient(prescription=prescription(daily_ug=130_000, parts_ug=(130_000,))))
    holiday = (request(), patient(arrangement=arrangement(take_home_days=14)))
    asked = [ordinary, high, holiday]
    before = list(check_many(asked, BOOK))

    def changes(book: RuleBook) -> list[list[tuple[str, str]]]:
        after = check_many(asked, book)
        found = [compare(one, other) for one, other in zip(before, after, strict=True)]
        return [[(change.rule_id, change.direction) for change in one] for one in found]

    assert changes(BOOK) == [[], [], []]
    assert changes(parse_book(changed("take_home_days", value="5"))) == [[], [], []]
    milder = changes(parse_book(changed("methadone_high_ug", value="130")))
    assert milder[0] == milder[2] == [] and milder[1][0][1] == "milder"
    tally = Tally()
    after = next(check_many(asked[1:], parse_book(changed("methadone_high_ug", value="130"))))
    tally.add(7, before[1], after, compare(before[1], after))
    tally.add(7, after, before[1], compare(after, before[1]))
    assert tally.decisions == 2 and tally.people == {7}
    assert tally.directions() == {"stricter": 1, "milder": 1, "as severe": 0}


def test_other_rules_that_weigh_the_same_are_as_severe() -> None:
    """One confirmation in another's place: two rules changed, the whole answer did not."""
    moved = {"milder": "review-overdue", "stricter": "pregnant"}
    before, after = (
        Verdict(Severity.CONFIRM, (Finding(rule_id, Severity.CONFIRM, {}, (), "nurse", "x"),))
        for rule_id in moved.values()
    )
    changes = compare(before, after)
    assert {change.direction: change.rule_id for change in changes} == moved
    tally = Tally()
    tally.add(7, before, after, changes)
    assert tally.directions() == {"stricter": 0, "milder": 0, "as severe": 1}


def test_under_two_books_it_is_the_check_under_each() -> None:
    """What describes the request is found once; every book still gives its own answer."""
    other = load_book("uk")
    for name, base in BASES.items():
        asked, who = base()
        early = replace(who, planned_pickup_on=asked.on + timedelta(days=1), reviewed_on=None)
        apart = tuple(check_dispensing(asked, early, book) for book in (BOOK, other))
        assert check_under_both(asked, early, BOOK, other) == apart, name
        assert apart == tuple(check_with(RULES, asked, early, book) for book in (BOOK, other))


def test_a_dose_had_in_a_way_nobody_knows_is_not_regular() -> None:
    """H09: a garbled word is refused also where everything else is as on any ordinary day."""
    asked, who = BASES["standard"]()
    assert who.prescription is not None and is_regular(asked, who, who.prescription)
    how: Any = "swallowed"
    garbled = replace(asked, doses=(replace(asked.doses[0], how=how),))
    assert not is_regular(garbled, who, who.prescription)
    said = [finding.rule_id for finding in check_dispensing(garbled, who, BOOK).findings]
    assert "amount-not-positive" in said


def test_where_only_another_order_moves_the_day_the_finding_says_so() -> None:
    """H15: under a book that stops, the way on of an early pick-up is a new order; nobody lifts."""
    asked, who = BASES["take-home"]()
    early = replace(who, planned_pickup_on=asked.on + timedelta(days=1))
    for book, way_on, lifted_by in (
        ("uk", "new-prescription", None),
        ("dk-crk-2026", "doctor-decision", "doctor"),
    ):
        verdict = check_dispensing(asked, early, load_book(book))
        (found,) = [one for one in verdict.findings if one.rule_id == "early-pickup"]
        assert (found.way_on, found.liftable_by) == (way_on, lifted_by), book
