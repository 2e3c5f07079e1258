"""Every rule, row by row, as a doctor can read it in ``tables/`` and in ``docs/rules.md``.

Hazards: H07 wrong person, H08 wrong strength or volume, H09 ten-fold entry, H10 stale prescription,
H11 full dose after missed days, H12 intoxicated, H13 benzodiazepines beside the opioid, H14
pregnancy and reduction, H15 take-home days counted wrong, H17 take-home without a decision, H18
indkald and ECG overdue, H25 wrong preparation or buprenorphine too soon.
"""

from collections import defaultdict

import pytest

from dosing_rules import RULES, Severity, check_dispensing, load_book
from dosing_rules.check import check_under_both, check_with
from tests.spec.columns import apply, scene
from tests.spec.standard import BASES
from tests.spec.table import Case, cases

BOOK, OTHER = load_book("dk-crk-2026"), load_book("dk-novavi")
CASES = list(cases())


def answer(case: Case) -> str:
    """What the rule of the row says about it, ``allow`` when it says nothing."""
    row = scene(case.base)
    # A removed prescription comes last: other columns may still speak of it.
    for column, text in sorted(case.cells, key=lambda cell: cell[1] == "none"):
        apply(row, column, text)
    request, patient = row.built()
    verdict = check_dispensing(request, patient, BOOK)
    assert verdict == check_with(RULES, request, patient, BOOK), "a rule was wrongly not asked"
    both = verdict, check_with(RULES, request, patient, OTHER)
    assert check_under_both(request, patient, BOOK, OTHER) == both
    found = [finding for finding in verdict.findings if finding.rule_id == case.rule_id]
    return found[0].severity.word if found else "allow"


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_row(case: Case) -> None:
    """H07 H08 H09 H10 H11 H12 H13 H14 H15 H17 H18 H25: the row's rule answers as the table says."""
    assert answer(case) == case.verdict, case.place


@pytest.mark.parametrize("base", list(BASES))
def test_base_patients_are_ordinary(base: str) -> None:
    """Somebody with everything recorded and nothing wrong is handed the dose without a word."""
    request, patient = scene(base).built()
    assert check_dispensing(request, patient, BOOK).findings == ()


def test_every_rule_has_a_table_with_both_answers() -> None:
    """Each rule is shown to object and shown to be silent."""
    answers: dict[str, set[str]] = defaultdict(set)
    for case in CASES:
        answers[case.rule_id].add(case.verdict)
    assert set(answers) == {rule.id for rule in RULES}
    assert [rule_id for rule_id, said in answers.items() if "allow" not in said] == []
    assert [rule_id for rule_id, said in answers.items() if said == {"allow"}] == []


def test_tables_use_the_severity_words() -> None:
    """Only the five words of a verdict stand in the last column."""
    words = {severity.word for severity in Severity}
    assert {case.verdict for case in CASES} <= words
