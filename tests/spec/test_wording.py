"""Every finding can be said in both languages, in one short line, with its own facts."""

import re
from dataclasses import replace

import pytest

from dispensing.web.wording import day_text, finding_text, limit_text, placeholders, texts
from dosing_rules import PRESCRIBING_RULES, RULES, Finding, check_dispensing, load_book
from tests.spec.columns import apply, scene
from tests.spec.standard import TODAY
from tests.spec.table import cases

BOOK = load_book("dk-crk-2026")
LONGEST_LINE = 140
LEFT_OVER = re.compile(r"[{}]|None|True|False|_ug|\bug\b")
# Facts that may be missing without making a sentence false: the text says "not recorded" there.
MAY_BE_UNKNOWN = {"last_substance", "reviewed_on", "exception_days"}


def exercised() -> list[Finding]:
    """Every finding that the spec tables raise, of every rule."""
    found: list[Finding] = []
    for case in cases():
        row = scene(case.base)
        for column, text in sorted(case.cells, key=lambda cell: cell[1] == "none"):
            apply(row, column, text)
        found += check_dispensing(*row.built(), BOOK).findings
    return found


FINDINGS = exercised()


def test_the_tables_exercise_every_rule() -> None:
    """The completeness below means something."""
    assert {finding.rule_id for finding in FINDINGS} == {rule.id for rule in RULES}


@pytest.mark.parametrize("language", ["da", "en"])
def test_each_rule_and_way_on_has_its_words(language: str) -> None:
    """No rule and no way on without Danish and English; none left over from an earlier rule."""
    known = [rule.id for rule in (*RULES, *PRESCRIBING_RULES)]
    assert set(texts()["rules"]) == set(known)
    assert len(known) == len(set(known))
    assert {finding.way_on for finding in FINDINGS} <= set(texts()["ways"])
    for entry in texts()["rules"].values():
        assert entry[language]["line"]
        assert entry[language]["why"]
        assert entry[language]["passes_when"]
    for entry in texts()["ways"].values():
        assert entry[language]["button"]
        assert entry[language]["text"]


@pytest.mark.parametrize("language", ["da", "en"])
def test_each_finding_reads_as_a_line(language: str) -> None:
    """Under 140 characters, every placeholder filled, nothing of the code showing through."""
    for finding in FINDINGS:
        text = finding_text(finding, language)  # type: ignore[arg-type]
        assert len(text.line) < LONGEST_LINE, text.line
        words = (text.line, text.why, text.way_on, text.way_on_text, text.lifted_by)
        for part in (*words, text.passes_when):
            assert part
            assert not LEFT_OVER.search(part), part
        assert (
            "not confirmed" in text.source or "ikke bekræftet" in text.source or not finding.limits
        )


@pytest.mark.parametrize("language", ["da", "en"])
def test_placeholders_exist_in_the_finding(language: str) -> None:
    """A text asks only for facts and limits that its finding carries."""
    for finding in FINDINGS:
        entry = texts()["rules"][finding.rule_id][language]
        known = set(finding.facts) | {limit.name for limit in finding.limits}
        if finding.limits:
            known.add("limit")
        line = finding_text(finding, language).line  # type: ignore[arg-type]
        said_unknown = "unknown" in entry and entry["unknown"][:12] == line[:12]
        asked = placeholders(entry["unknown"] if said_unknown else entry["line"])
        assert asked <= known, (finding.rule_id, asked - known)
        assert placeholders(entry["why"]) <= known
        assert placeholders(entry["passes_when"]) <= known


def test_every_stop_has_a_way_on() -> None:
    """A hard block without a way through would be worked around: each names one."""
    for finding in FINDINGS:
        assert finding.way_on in texts()["ways"]
        if finding.severity.word == "doctor":
            assert finding.liftable_by == "doctor"
        if finding.severity.word == "confirm":
            assert finding.liftable_by == "nurse"


def test_days_and_units_by_name() -> None:
    """A unit's name where it is known, hours in full, a day long ago with its year."""
    given = next(one for one in FINDINGS if one.rule_id == "already-given")
    assert finding_text(given, "da", units={1: "Vigerslev"}).line.endswith("på Vigerslev.")
    ecg = next(one for one in FINDINGS if one.rule_id == "ecg-too-old" and one.facts["ecg_on"])
    assert finding_text(ecg, "da").line.startswith("Seneste EKG er fra 23. nov 2025")
    hour = next(limit for limit in BOOK.limits.values() if limit.value == 60)
    assert (limit_text(hour, "da"), limit_text(hour, "en")) == ("1 time", "1 hour")
    odd = replace(hour, value=75)
    assert (limit_text(odd, "da"), limit_text(replace(odd, value=5), "da")) == (
        "1 t 15 min",
        "5 min",
    )


def test_every_number_of_the_book_can_be_said() -> None:
    """Units and policies alike, in both languages."""
    for limit in BOOK.limits.values():
        assert limit_text(limit, "da")
        assert limit_text(limit, "en")
    assert limit_text(BOOK.limits["alcohol_doctor_permille_milli"], "da") == "0,5 ‰"
    assert limit_text(BOOK.limits["measurable_step_ul"], "en") == "0.05 ml"
    assert limit_text(BOOK.limits["missed_days_inclusive"], "da") == "nej"


def test_numbers_read_as_danish() -> None:
    """H08 H09: decimal comma, no trailing zero that reads as ten-fold, days with their weekday."""
    below = next(
        finding
        for finding in FINDINGS
        if finding.rule_id == "amount-below-ordered" and finding.facts["asked_ug"] == 79_999
    )
    assert finding_text(below, "da").line.startswith("Mindre end ordineret: 79,999 mg af 80 mg")
    assert finding_text(below, "en").line.startswith("Less than ordered: 79.999 mg of 80 mg")
    assert day_text(TODAY, "da") == "tir 24. nov"
    assert day_text(TODAY, "en") == "Tue 24 Nov"
