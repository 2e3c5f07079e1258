"""Each book answers as its own published table says, row by row (``tests/spec/books``)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from dispensing.web.wording import Language, finding_text
from dosing_rules import Finding, RuleBook, Severity, check_dispensing, load_book
from dosing_rules.rulebook import installed_books, parse_book
from dosing_rules.rules.missed_days import restart_ceiling
from tests.rules.books import local, number
from tests.spec.columns import apply, asked, scene, ug
from tests.spec.standard import TODAY
from tests.spec.table import cases

BOOKS = Path(__file__).with_name("books")


@dataclass(frozen=True)
class Row:
    """One row of a book's table: base patient, cells, answers."""

    book: str
    base: str
    cells: tuple[tuple[str, str], ...]

    def cell(self, column: str) -> str:
        return dict(self.cells).get(column, "")

    @property
    def id(self) -> str:
        return f"{self.book} [{self.base}: {', '.join(f'{c}={t}' for c, t in self.cells)}]"


def rows(name: str) -> Iterator[Row]:
    """Every row of one file: ``## book``, ``base: patient``, then tables with a header each."""
    book, base, columns = "", "standard", list[str]()
    for line in (BOOKS / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            book, base, columns = line[3:].strip(), "standard", []
        elif line.startswith("base:"):
            base, columns = line.partition(":")[2].strip(), []
        elif not line.strip() or not book:
            columns = []
        elif line.startswith("#") or set(line.strip()) <= set("-+"):
            continue
        elif not columns:
            columns = [cell.strip() for cell in line.split("|")]
        else:
            texts = [cell.strip() for cell in line.split("|")]
            filled = [(c, t) for c, t in zip(columns, texts, strict=True) if t]
            yield Row(book, base, tuple(filled))


MISSED = list(rows("missed_days.txt"))
TAKE_HOME = list(rows("take_home.txt"))
NUMBERS = list(rows("numbers.txt"))
COUNTING = list(rows("counting.txt"))
ANSWERS = ("verdict", "most", "supervised", "rule")


def findings(row: Row, **more: str) -> dict[str, Finding]:
    """What every rule says about the row, by rule."""
    facts = scene(row.base)
    if days := row.cell("days"):
        back = timedelta(days=int(days))
        facts.patient |= {
            "last_covered_on": TODAY - back - timedelta(days=1),
            "last_swallowed_on": TODAY - back - timedelta(days=1),
            "planned_pickup_on": TODAY - back,
            "claims": tuple(
                replace(claim, for_on=TODAY - back - timedelta(days=1))
                for claim in facts.patient["claims"]
            ),
        }
    told = [cell for cell in row.cells if cell[0] not in (*ANSWERS, "days", "asked")]
    for column, text in told:
        apply(facts, column, text)
    for text in [more.get("asked", row.cell("asked"))]:
        if text:
            asked(facts, text)
    verdict = check_dispensing(*facts.built(), load_book(row.book))
    return {finding.rule_id: finding for finding in verdict.findings}


def word(found: dict[str, Finding], rule_id: str) -> str:
    return found[rule_id].severity.word if rule_id in found else "allow"


@pytest.mark.parametrize("row", MISSED, ids=[row.id for row in MISSED])
def test_missed_days_as_published(row: Row) -> None:
    """H11: the severity after so many days is the one the book prints."""
    found = findings(row)
    assert word(found, "missed-days") == row.cell("verdict")
    if row.cell("supervised"):
        assert found["missed-days"].facts["supervised_days"] == int(row.cell("supervised"))


CEILINGS = [row for row in MISSED if row.cell("most")]


@pytest.mark.parametrize("row", CEILINGS, ids=[row.id for row in CEILINGS])
def test_first_dose_back_as_published(row: Row) -> None:
    """H11: the printed amount passes, a microgram more does not; a default says that it is one."""
    most = row.cell("most")
    if most == "any":
        assert "restart-above-ceiling" not in findings(row)
        return
    assert "restart-above-ceiling" not in findings(row, asked=most.lstrip("*"))
    above = findings(row, asked=str((ug(most.lstrip("*")) + 1) / 1000))
    finding = above["restart-above-ceiling"]
    assert finding.severity.word == "stop"
    book = load_book(row.book)
    # From which day on it holds may be the book's own word where the ceiling is a default.
    ceiling = [limit for limit in finding.limits if limit.unit != "days"]
    defaulted = {limit.name for limit in ceiling} <= book.defaulted
    assert defaulted == most.startswith("*")
    assert all(limit.source.startswith("Default") for limit in ceiling) == defaulted


# Asked for beside a restart, and no more than the nurse's word.
BESIDE = {"urine-before-restart", "amount-below-ordered", "restart-observed"}
BESIDE |= {"hold-until-dissolved"}
# Rows about a beginning or a history that is not recorded: other rules stop for that.
UNRECORDED = {("first_dose_on", "?"), ("first_dose_on", "0"), ("last_covered_on", "?")}
WHOLE = [row for row in MISSED if not UNRECORDED & set(row.cells)]


@pytest.mark.parametrize("row", WHOLE, ids=[row.id for row in WHOLE])
def test_the_whole_verdict_is_the_printed_one(row: Row) -> None:
    """H11: no other rule contradicts the book's own table, asked with the dose it permits."""
    most = row.cell("most").lstrip("*")
    found = findings(row, **({"asked": most} if most not in ("", "any") else {}))
    beside = [found.pop(rule_id) for rule_id in BESIDE & set(found)]
    assert all(one.severity <= Severity.CONFIRM for one in beside)
    worst = max([one.severity for one in found.values()], default=Severity.ALLOW)
    assert worst.word == row.cell("verdict")


@pytest.mark.parametrize("row", TAKE_HOME, ids=[row.id for row in TAKE_HOME])
def test_take_home_as_published(row: Row) -> None:
    """H17: how many days may go home, by how long the treatment has lasted."""
    assert word(findings(row), "take-home-above-limit") == row.cell("verdict")


@pytest.mark.parametrize("row", NUMBERS, ids=[row.id for row in NUMBERS])
def test_numbers_as_published(row: Row) -> None:
    """Start, steps, heart, review: each rule turns where the book's number stands."""
    assert word(findings(row), row.cell("rule")) == row.cell("verdict")


@pytest.mark.parametrize("row", COUNTING, ids=[row.id for row in COUNTING])
def test_days_are_counted_as_the_book_says(row: Row) -> None:
    """H11 H15: anchor, inclusive, closed days: the finding tells the number of days."""
    anchor, inclusive, closed = row.book.split(", ")
    book = parse_book(
        local(
            number("missed_days_anchor", f'"{anchor}"', "anchor"),
            number("missed_days_inclusive", str(inclusive == "today counted").lower(), "yes/no"),
            number("missed_days_count_closed", str("not" not in closed).lower(), "yes/no"),
            number("methadone_missed_inform_days", "1", "days"),
            '[[missed.methadone]]\ndays = "methadone_missed_inform_days"\nseverity = "inform"\n',
        )
    )
    facts = scene("standard")
    for column, text in row.cells[:-1]:
        apply(facts, column, text)
    found = {one.rule_id: one for one in check_dispensing(*facts.built(), book).findings}
    days = found["missed-days"].facts["missed_days"] if "missed-days" in found else 0
    assert days == int(row.cell("days"))


def test_every_book_has_its_table() -> None:
    """No book without rows."""
    assert {row.book for row in MISSED} == {row.book for row in TAKE_HOME} == set(installed_books())


@cache
def _answers(book_id: str, base: str, days: int, first_dose_on: str) -> tuple[int, int]:
    row = Row(book_id, base, (("days", str(days)), ("first_dose_on", first_dose_on)))
    found = findings(row)
    missed = found.get("missed-days")
    return missed.severity if missed else 0, int("restart-above-ceiling" in found)


@pytest.mark.parametrize("book_id", installed_books())
@pytest.mark.parametrize("base", ["standard", "buprenorphine", "heroin"])
def test_more_missed_days_are_never_milder(book_id: str, base: str) -> None:
    """H11: in every book one more day without never makes the answer milder."""
    for first_dose_on in ("-400", "-5", "?"):
        told = [_answers(book_id, base, days, first_dose_on) for days in range(15)]
        for before, after in pairwise(told):
            assert after[0] >= before[0]
            assert after[1] >= before[1]


@pytest.mark.parametrize("book_id", installed_books())
def test_more_missed_days_never_permit_more(book_id: str) -> None:
    """H11: the most for the first day back never rises with the days, nor with a lower order."""
    book: RuleBook = load_book(book_id)
    for substance, orders in (("methadone", range(1, 161)), ("buprenorphine", range(1, 33))):
        for ordered_mg in orders:
            ordered_ug, last_ug = ordered_mg * 1000, ordered_mg * 1000
            for days in range(15):
                found = restart_ceiling(substance, days, ordered_ug, book)
                most_ug = min(ordered_ug, found[0]) if found else ordered_ug
                assert most_ug <= last_ug, (substance, ordered_mg, days)
                last_ug = most_ug


@pytest.mark.parametrize("language", ["da", "en"])
def test_every_answer_of_every_book_can_be_said(language: Language) -> None:
    """In one short line with all its facts, whichever book answered."""
    tabled = {"missed-days", "restart-above-ceiling", "take-home-above-limit"}
    for row in (*MISSED, *TAKE_HOME):
        found = findings(row)
        for finding in [found[rule_id] for rule_id in tabled & set(found)]:
            text = finding_text(finding, language)
            assert len(text.line) < 140
            for part in (text.line, text.why, text.way_on, text.lifted_by, text.source):
                assert part and "{" not in part and "None" not in part


def test_the_stricter_default_is_never_milder_than_the_start_set() -> None:
    """Rule by rule, on every row of every rule's table; and no book is at a loss for an answer."""
    installed = {book_id: load_book(book_id) for book_id in installed_books()}
    for case in cases():
        facts = scene(case.base)
        for column, text in sorted(case.cells, key=lambda cell: cell[1] == "none"):
            apply(facts, column, text)
        request, patient = facts.built()
        answers = {
            book_id: check_dispensing(request, patient, book) for book_id, book in installed.items()
        }
        strict = {one.rule_id: one.severity for one in answers["strict-2026"].findings}
        for finding in answers["dk-crk-2026"].findings:
            assert strict.get(finding.rule_id, 0) >= finding.severity, case.id


def test_a_weak_table_only_tightens() -> None:
    """H11: beside the default of the same substance the weakly remembered rows never permit."""
    for days in range(12):
        for base in ("standard", "buprenorphine"):
            told = {
                book_id: findings(Row(book_id, base, (("days", str(days)),)))
                for book_id in ("us", "strict-2026")
            }
            for rule_id in ("missed-days", "restart-above-ceiling"):
                severities = [
                    one[rule_id].severity if rule_id in one else 0 for one in told.values()
                ]
                assert severities[0] >= severities[1], (days, base, rule_id)
