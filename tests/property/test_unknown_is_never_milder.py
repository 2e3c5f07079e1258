"""A fact removed, unknown or garbled never makes a verdict milder (H06, H11, H12, H13, H14)."""

import copy
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dosing_rules import RULES, check_dispensing, load_book
from dosing_rules.check import check_with
from tests.property.scenes import REMOVALS, made, possible_cases, scenes
from tests.spec.columns import Scene

BOOK = load_book("dk-crk-2026")
# What the service cannot record yet is borne when it is missing, by a switch of the book; each of
# these facts is judged by the book with its own switch on, as it stands once it is recorded.
SWITCHES = {
    "patient.medicines": "requires_medicine_list",
    "patient.home_safety": "requires_home_safety",
    "patient.health": "requires_health",
    "patient.session": "requires_session_record",
    "patient.losses": "requires_loss_record",
}
ROWS = [
    made(case.base, list(case.cells))
    for case in possible_cases()
    if "new_to_treatment" not in dict(case.cells)
]


def milder(row: Scene, name: str) -> bool:
    """Whether removing the named fact makes this person's verdict milder."""
    poorer = copy.deepcopy(row)
    if not REMOVALS[name](poorer):
        return False
    book = replace(BOOK, **{SWITCHES[name]: True}) if name in SWITCHES else BOOK
    before = check_dispensing(*row.built(), book)
    after = check_dispensing(*poorer.built(), book)
    return after.severity < before.severity


@pytest.mark.parametrize("name", sorted(REMOVALS))
def test_removed_from_every_row_of_every_table(name: str) -> None:
    """H11 H12 H13 H14: every fact, from every boundary case of every rule."""
    worse = [row for row in ROWS if milder(row, name)]
    assert worse == []


@given(row=scenes(), name=st.sampled_from(sorted(REMOVALS)))
@settings(max_examples=400)
def test_removed_from_random_people(row: Scene, name: str) -> None:
    """H06: the same for combinations nobody thought of."""
    assert not milder(row, name)


@given(row=scenes(most=6))
@settings(max_examples=300)
def test_every_stop_is_asked_and_kept(row: Scene) -> None:
    """All findings return: what one rule says alone, it says among the others."""
    request, patient = row.built()
    together = check_dispensing(request, patient, BOOK)
    alone = [check_with([rule], request, patient, BOOK) for rule in RULES]
    said = [finding for verdict in alone for finding in verdict.findings]
    assert sorted(said, key=lambda one: one.rule_id) == sorted(
        together.findings, key=lambda one: one.rule_id
    )
    assert together.severity == max([verdict.severity for verdict in alone])


@given(row=scenes(most=5), shuffled=st.permutations(RULES))
@settings(max_examples=100)
def test_the_order_of_rules_changes_no_finding(row: Scene, shuffled: list) -> None:
    """Display order is only display."""
    request, patient = row.built()
    one = check_dispensing(request, patient, BOOK)
    other = check_with(shuffled, request, patient, BOOK)
    assert one.severity == other.severity
    assert sorted(finding.rule_id for finding in one.findings) == sorted(
        finding.rule_id for finding in other.findings
    )
