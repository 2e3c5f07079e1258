"""Each book beside the doctor who writes: the numbers it prints, and the default's strictness."""

import pytest

from dosing_rules import check_prescription, load_book
from dosing_rules.rulebook import installed_books
from tests.spec.drafts import DRAFTS, Draft, apply
from tests.spec.table import PRESCRIBING_TABLES, cases
from tests.spec.test_books import Row, rows, word

WRITTEN = list(rows("prescribing.txt"))


def drafted(base: str, cells: tuple[tuple[str, str], ...]) -> Draft:
    """A base draft with its cells applied; a removed prescription comes last."""
    draft = DRAFTS[base]()
    for column, text in sorted(cells, key=lambda cell: cell[1] == "none"):
        apply(draft, column, text)
    return draft


@pytest.mark.parametrize("row", WRITTEN, ids=[row.id for row in WRITTEN])
def test_what_a_doctor_writes_as_published(row: Row) -> None:
    """H10 H11 H13: the rule turns where the book's number stands."""
    told = tuple(cell for cell in row.cells if cell[0] not in ("rule", "verdict"))
    verdict = check_prescription(*drafted(row.base, told).built(), load_book(row.book))
    found = {finding.rule_id: finding for finding in verdict.findings}
    assert word(found, row.cell("rule")) == row.cell("verdict")


def test_the_stricter_default_is_never_milder_to_who_writes() -> None:
    """Rule by rule, on every row of every prescribing table; and every book has an answer."""
    installed = {book_id: load_book(book_id) for book_id in installed_books()}
    for case in cases(PRESCRIBING_TABLES):
        change = drafted(case.base, case.cells).built()
        answers = {one: check_prescription(*change, book) for one, book in installed.items()}
        strict = {one.rule_id: one.severity for one in answers["strict-2026"].findings}
        for finding in answers["dk-crk-2026"].findings:
            assert strict.get(finding.rule_id, 0) >= finding.severity, case.id
