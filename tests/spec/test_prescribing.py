"""Every prescribing rule, row by row, as a doctor can read it in ``prescribing_tables/``.

Hazards: H08 H09 wrong amounts in an order, H10 two orders or none, H11 a start too high, H13
benzodiazepines beside the opioid, H14 pregnancy and reduction, H25 a change of preparation.
"""

from collections import defaultdict
from dataclasses import fields, replace

import pytest

from dosing_rules import (
    PRESCRIBING_RULES,
    Change,
    Finding,
    Patient,
    Severity,
    check_prescription,
    load_book,
)
from dosing_rules.conversions import methadone_of_levomethadone_ug
from tests.spec.drafts import DRAFTS, drafted
from tests.spec.table import PRESCRIBING_TABLES, Case, cases

BOOK = load_book("dk-crk-2026")
CASES = list(cases(PRESCRIBING_TABLES))


def findings(case: Case) -> tuple[Finding, ...]:
    """Everything said about the draft of a row."""
    return check_prescription(*drafted(case).built(), BOOK).findings


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_row(case: Case) -> None:
    """H08 H09 H10 H11 H13 H14 H25: the row's rule answers as the table says."""
    said = [one.severity.word for one in findings(case) if one.rule_id == case.rule_id]
    assert (said[0] if said else "allow") == case.verdict, case.place


@pytest.mark.parametrize("base", list(DRAFTS))
def test_ordinary_drafts_are_written_without_a_word(base: str) -> None:
    """With everything recorded and nothing wrong nothing is said."""
    assert check_prescription(*DRAFTS[base]().built(), BOOK).findings == ()


def test_every_prescribing_rule_has_a_table_with_both_answers() -> None:
    """Each rule is shown to object and shown to be silent."""
    answers: dict[str, set[str]] = defaultdict(set)
    for case in CASES:
        answers[case.rule_id].add(case.verdict)
    assert set(answers) == {rule.id for rule in PRESCRIBING_RULES}
    assert [rule_id for rule_id, said in answers.items() if "allow" not in said] == []
    assert [rule_id for rule_id, said in answers.items() if said == {"allow"}] == []


# Contradictions rather than lost facts: somebody with doses behind them is not new. And what the
# service looks up: no order in force is an answer, not a missing one.
NOT_REMOVED = {"new_to_treatment", "prescription", "unit", "arrangement", "beside", "at_night"}
SWITCHES = {
    "medicines": "requires_medicine_list",
    "health": "requires_health",
}
# The clock's, those with parts of their own, and a reading: one not taken is asked for, no more.
NOT_LOST = ("at", "on", "new", "sedative", "withdrawal_cows")
CHANGE_FACTS = [one.name for one in fields(Change) if one.name not in NOT_LOST]
PATIENT_FACTS = [one.name for one in fields(Patient) if one.init and one.name not in NOT_REMOVED]


@pytest.fixture(scope="module")
def rows() -> list[tuple[str, Change, Patient, Severity]]:
    """Every row's draft and person with the verdict on it; to lose what cannot be is no loss."""
    possible = [case for case in CASES if case.rule_id != "draft-impossible"]
    made = [(case.id, *drafted(case).built()) for case in possible]
    return [(name, *two, check_prescription(*two, BOOK).severity) for name, *two in made]


@pytest.mark.parametrize("name", [*CHANGE_FACTS, *PATIENT_FACTS])
def test_a_fact_removed_never_makes_a_draft_milder(
    name: str, rows: list[tuple[str, Change, Patient, Severity]]
) -> None:
    """H11 H13 H14: every fact, from every row of every prescribing table."""
    switched = {SWITCHES[name]: True} if name in SWITCHES else {}
    book = replace(BOOK, **switched)
    milder: list[str] = []
    for row, change, patient, before in rows:
        if name in CHANGE_FACTS:
            change = replace(change, **{name: None})
        else:
            patient = replace(patient, **{name: None})
        if check_prescription(change, patient, book).severity < before:
            milder.append(row)
    assert milder == []


@pytest.mark.parametrize(
    "name",
    [
        *("from_ug", "taken_days", "last_step_on", "purpose", "planned_days", "others"),
        *("steps", "original_ug", "plan_on"),
    ],
)
def test_a_fact_of_the_sedative_removed_never_makes_it_milder(
    name: str, rows: list[tuple[str, Change, Patient, Severity]]
) -> None:
    """H13: the same for what is written beside the opioid."""
    milder: list[str] = []
    for row, change, patient, before in rows:
        if change.sedative is not None:
            poorer = replace(change, sedative=replace(change.sedative, **{name: None}))
            if check_prescription(poorer, patient, BOOK).severity < before:
                milder.append(row)
    assert milder == []


def test_switched_on_what_is_missing_stops() -> None:
    """The list of other medicines, once the clinic keeps it, is needed."""
    change, patient = DRAFTS["renewal"]().built()
    needed = replace(BOOK, requires_medicine_list=True)
    unlisted = replace(patient, medicines=None)
    found = check_prescription(change, unlisted, needed)
    assert [one.rule_id for one in found.findings] == ["medicine-list-missing"]
    assert found.severity is Severity.STOP


def test_levomethadone_counts_twice() -> None:
    """9b: racemic methadone and levomethadone, two to one."""
    assert methadone_of_levomethadone_ug(30_000) == 60_000
