"""The reference answers every row of every spec table, one rule at a time, as the table does."""

import pytest

from tests.reference import RULES
from tests.reference.facts import patient, plain, request
from tests.spec.columns import apply, scene
from tests.spec.table import Case, cases

CASES = [case for case in cases() if case.rule_id in RULES]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_row(case: Case) -> None:
    """The same tables prove the core; both read the same words."""
    row = scene(case.base)
    for column, text in case.cells:
        apply(row, column, text)
    asked, person = row.built()
    facts, known = plain(asked), plain(person)
    assert (RULES[case.rule_id](facts, known) or "allow") == case.verdict
    assert request(facts) == asked and patient(known) == person
