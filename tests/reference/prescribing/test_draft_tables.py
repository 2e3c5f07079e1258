"""The reference answers every row of every prescribing table, one rule at a time."""

import pytest

from tests.reference.facts import patient, plain
from tests.reference.prescribing import RULES
from tests.reference.prescribing.facts import change
from tests.spec.drafts import drafted
from tests.spec.table import PRESCRIBING_TABLES, Case, cases

CASES = [case for case in cases(PRESCRIBING_TABLES) if case.rule_id in RULES]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_row(case: Case) -> None:
    """The same tables prove the core; both read the same words."""
    draft, person = drafted(case).built()
    facts, known = plain(draft), plain(person)
    assert (RULES[case.rule_id](facts, known) or "allow") == case.verdict
    assert change(facts) == draft and patient(known) == person
