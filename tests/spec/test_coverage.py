"""Every numbered line of the guidelines has its rule, or a reason why it is none."""

import re
from pathlib import Path

from dosing_rules import PRESCRIBING_RULES, RULES

COVERAGE = Path(__file__).parents[2] / "docs" / "rules-coverage.md"
ROWS = Path(__file__).with_name("guideline_rows.txt")
LINE = re.compile(r"^\| ([A-Z]{2}-\d{2}) \| (.*?) \| (.*?) ?\|$", re.MULTILINE)
NAMED = re.compile(r"`([a-z]+(?:-[a-z]+)*)`")


def lines() -> list[tuple[str, list[str], str]]:
    """Row, rules named, reason."""
    text = COVERAGE.read_text(encoding="utf-8")
    return [(row, NAMED.findall(rules), why.strip()) for row, rules, why in LINE.findall(text)]


def test_every_row_is_answered_once() -> None:
    """In the order of the source, each with rules or with a reason, never with both."""
    wanted = ROWS.read_text(encoding="utf-8").split()
    assert [row for row, _, _ in lines()] == wanted
    assert len(wanted) > 130
    for row, rules, why in lines():
        assert bool(rules) != bool(why), row


def test_every_rule_is_named_and_exists() -> None:
    """A rule is on a row, or on the list of those beyond."""
    text = COVERAGE.read_text(encoding="utf-8")
    beyond = text.partition("## Rules beyond the list")[2].partition("## Known to be missing")[0]
    named = {rule for _, rules, _ in lines() for rule in rules}
    known = {rule.id for rule in (*RULES, *PRESCRIBING_RULES)}
    assert named <= known
    assert set(NAMED.findall(beyond)) == known - named
