"""Every finding can be said in both languages, in one short line, with its own facts."""

import re
from dataclasses import replace

import pytest

from dispensing.web.wording import (
    Language,
    day_text,
    finding_text,
    limit_text,
    placeholders,
    texts,
)
from dosing_rules import PRESCRIBING_RULES, RULES, Finding, Severity, load_book
from tests.spec.findings import answers
from tests.spec.standard import TODAY
from tests.spec.table import PRESCRIBING_TABLES, TABLES, cases

BOOK = load_book("dk-crk-2026")
LONGEST_LINE = 140
# What belongs to the program and not to a nurse: names with underscores, ids, code's own words.
LEFT_OVER = re.compile(r"[{}<>]|\bNone\b|\bTrue\b|\bFalse\b|[a-z]_[a-z]|\bug\b|\bnull\b")


def exercised(tables: object) -> list[Finding]:
    """Every finding that the rows of the tables raise, of every rule."""
    return [one for case in cases(tables) for one in answers(case, tables, BOOK)]  # type: ignore[arg-type]


AT_THE_COUNTER = exercised(TABLES)
WRITTEN = exercised(PRESCRIBING_TABLES)
FINDINGS = [*AT_THE_COUNTER, *WRITTEN]


def test_the_tables_exercise_every_rule() -> None:
    """The completeness below means something, for both lists of rules."""
    assert {finding.rule_id for finding in AT_THE_COUNTER} == {rule.id for rule in RULES}
    assert {finding.rule_id for finding in WRITTEN} == {rule.id for rule in PRESCRIBING_RULES}


def test_a_finding_says_all_that_an_objection_must() -> None:
    """Rule, severity, facts of plain kinds, each number with unit, source and standing, way on."""
    for finding in FINDINGS:
        assert finding.severity > Severity.ALLOW
        for name, value in finding.facts.items():
            assert re.fullmatch(r"[a-z]+(_[a-z]+)*", name)
            assert value is None or type(value) in (int, str, bool, list)
        for limit in finding.limits:
            assert limit == BOOK.limits[limit.name]
            assert limit.unit and limit.source
        assert finding.way_on
        assert Finding.from_dict(finding.as_dict()) == finding


def test_who_may_lift_it() -> None:
    """Information needs nobody; a nurse confirms at the counter, a doctor what a doctor writes."""
    for finding in FINDINGS:
        written = finding.rule_id in {rule.id for rule in PRESCRIBING_RULES}
        wanted = {
            Severity.INFORM: {None},
            Severity.CONFIRM: {"doctor" if written else "nurse"},
            Severity.DOCTOR: {"doctor"},
            Severity.STOP: {None, "doctor"},
        }
        assert finding.liftable_by in wanted[finding.severity], finding.rule_id


@pytest.mark.parametrize("language", ["da", "en"])
def test_each_rule_and_way_on_has_its_words(language: Language) -> None:
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
def test_each_finding_reads_as_a_line(language: Language) -> None:
    """Under 140 characters, every placeholder filled, nothing of the code showing through."""
    doubt = {"da": "ikke bekræftet", "en": "not confirmed"}[language]
    for finding in FINDINGS:
        text = finding_text(finding, language)
        assert len(text.line) < LONGEST_LINE, text.line
        words = (text.line, text.why, text.way_on, text.way_on_text, text.lifted_by)
        for part in (*words, text.passes_when):
            assert part
            assert not LEFT_OVER.search(part), part
        for limit in finding.limits:
            assert limit.source in text.source
            assert limit_text(limit, language) in text.source
        unsure = any(not limit.confirmed for limit in finding.limits)
        assert (doubt in text.source) == unsure


def test_both_languages_are_written_and_differ() -> None:
    """No text is the other language's, left standing."""
    for rule_id, entry in texts()["rules"].items():
        for part in ("line", "why", "passes_when"):
            assert entry["da"][part] != entry["en"][part], rule_id
    for way_on, entry in texts()["ways"].items():
        assert entry["da"]["text"] != entry["en"]["text"], way_on


# A digit, or a word that says how much, how many or how long.
NUMBER = re.compile(
    r"\d|\b(?:to|tre|fire|fem|seks|syv|otte|ni|ti|tolv|halv\w*|tiendedel\w*|uge\w*|\w*måned\w*"
    r"|år|årlig\w*|døgn\w*|two|three|four|five|six|seven|eight|nine|ten|half|\w*fold|tenth\w*"
    r"|\w*week\w*|month\w*|year\w*)\b",
    re.IGNORECASE,
)
# What names a thing and is no limit that a book could set otherwise.
NAMES = re.compile(
    # preparations and arrangements by their names
    r"tre gange om ugen|thrice weekly|ugemønstret|weekly pattern|ugedepot|månedsdepot"
    r"|uge (og|eller) måned"
    r"|(weekly|monthly)( depots?)?|ugentligt|månedligt"
    # the week itself
    r"|alle syv ugedage|(all )?seven weekdays|ugedage?|weekdays?|ugen giver|the week makes"
    r"|syv (daglige|dages?)|seven (daily|days)"
    # two, where there must be one
    r"|to (skranker|doser|gange|på én gang|gældende|tegn)"
    r"|two (counters|doses|at once|orders|signs)",
    re.IGNORECASE,
)


@pytest.mark.parametrize("language", ["da", "en"])
def test_no_text_says_a_number_itself(language: Language) -> None:
    """H10: another book has another number; a text takes it from the finding's limits."""
    said: list[tuple[str, str, str]] = []
    for rule_id, entry in texts()["rules"].items():
        for part, text in entry[language].items():
            # In English "to" is no number.
            bare = re.sub(r"\{\w+\}", "", NAMES.sub("", text))
            found = set(NUMBER.findall(bare)) - ({"to", "To"} if language == "en" else set())
            said += [(rule_id, part, text)] if found else []
    assert said == []


@pytest.mark.parametrize("language", ["da", "en"])
def test_placeholders_exist_in_the_finding(language: Language) -> None:
    """A text asks only for facts and limits that its finding carries."""
    for finding in FINDINGS:
        entry = texts()["rules"][finding.rule_id][language]
        known = set(finding.facts) | {limit.name for limit in finding.limits}
        if finding.limits:
            known.add("limit")
        asked = placeholders(entry["line"]) & set(finding.facts)
        missing = any(finding.facts[name] is None for name in asked)
        line = entry["unknown"] if missing and "unknown" in entry else entry["line"]
        for text in (line, entry["why"], entry["passes_when"]):
            assert placeholders(text) <= known, (finding.rule_id, placeholders(text) - known)


def test_every_way_on_is_one_with_words() -> None:
    """A hard block without a way through would be worked around: each names one."""
    for finding in FINDINGS:
        assert finding.way_on in texts()["ways"]


@pytest.mark.parametrize("language", ["da", "en"])
def test_a_bare_number_says_its_unit_beside_its_source(language: Language) -> None:
    """Breaths a minute, points of a scale, ml/min: a number alone would say nothing."""
    for finding in FINDINGS:
        for limit in finding.limits:
            said = finding_text(finding, language).source
            if type(limit.value) is int:
                assert re.search(rf"(^|· ){re.escape(limit_text(limit, language))}[ :]", said)
                bare = rf"(^|· ){limit.value}: "
                assert not re.search(bare, said), (limit.name, said)


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
