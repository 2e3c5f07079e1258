"""What is looked after, and when: each limit of the book from below, at and above it."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from dispensing.treatment.due import Due, Kept, due
from dosing_rules import Patient, load_book
from dosing_rules.days import months_later
from tests.spec.standard import patient as ordinary

TODAY = date(2026, 11, 24)
ORDINARY = ordinary()
BOOK = load_book("dk-crk-2026")
ALL_ASKED = {
    kind: Kept(kind, "done", TODAY, None)  # type: ignore[arg-type]
    for kind in ("hepatitis", "hiv", "liver", "driving")
}


def waits(kept: dict[Any, Kept] | None = None, **changes: Any) -> dict[str, Due]:
    """What is due for the ordinary patient with these changes."""
    patient: Patient = replace(ORDINARY, **changes)
    found = due(patient, ALL_ASKED | (kept or {}), BOOK, TODAY)
    return {one.kind: one for one in found}


def months_ago(months: int) -> date:
    return months_later(TODAY, -months)


@pytest.mark.parametrize(
    ("reviewed_on", "expected"),
    [
        (TODAY, None),
        (date(2026, 5, 25), None),
        (date(2026, 5, 24), False),
        (date(2026, 5, 23), False),
        (months_ago(12), False),
        (date(2025, 11, 23), True),
        (None, True),
    ],
)
def test_a_review_is_due_after_the_books_months_and_late_after_its_longest(
    reviewed_on: date | None, expected: bool | None
) -> None:
    found = waits(reviewed_on=reviewed_on)
    assert (found["review"].late if "review" in found else None) is expected


def test_an_earlier_day_agreed_for_the_review_counts() -> None:
    agreed = Kept("review", "done", months_ago(1), TODAY)
    assert waits({"review": agreed}, reviewed_on=months_ago(1))["review"].on == TODAY


@pytest.mark.parametrize(
    ("ecg_on", "qtc_ms", "expected"),
    [
        (TODAY, None, True),
        (None, 430, True),
        (months_ago(12), 430, None),
        (date(2025, 11, 23), 430, True),
    ],
)
def test_an_ecg_is_late_where_unknown_or_too_old_for_the_dose(
    ecg_on: date | None, qtc_ms: int | None, expected: bool | None
) -> None:
    order = ORDINARY.prescription
    assert order is not None
    above = replace(order, daily_ug=BOOK.ecg_methadone_ug + 1_000)
    found = waits(prescription=above, ecg_on=ecg_on, qtc_ms=qtc_ms)
    assert (found["ecg"].late if "ecg" in found else None) is expected


def test_below_the_dose_of_the_yearly_ecg_an_old_one_is_enough() -> None:
    assert "ecg" not in waits(ecg_on=months_ago(40), qtc_ms=430)


def test_what_nobody_ever_asked_is_due_though_no_book_says_how_often() -> None:
    found = {one.kind for one in due(ORDINARY, {}, BOOK, TODAY)}
    assert {"hepatitis", "hiv", "liver", "driving"} <= found


@pytest.mark.parametrize(("days", "waiting"), [(-1, True), (0, True), (1, False)])
def test_putting_off_waits_until_the_day_that_was_said(days: int, waiting: bool) -> None:
    """Unknown is not answered: a no is asked again, and a list empties by no silence."""
    on = date.fromordinal(TODAY.toordinal() + days)
    said = Kept("naloxone", "declined", months_ago(1), on)
    assert ("naloxone" in waits({"naloxone": said}, naloxone_on=None)) is waiting


def test_late_comes_first_and_then_the_longest_waiting() -> None:
    kept = {"liver": Kept("liver", "done", months_ago(9), months_ago(2))}
    found = due(replace(ORDINARY, reviewed_on=months_ago(14)), ALL_ASKED | kept, BOOK, TODAY)
    assert [one.kind for one in found][:2] == ["review", "liver"]
