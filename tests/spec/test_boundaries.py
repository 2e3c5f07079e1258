"""Every number of the Danish book is met just below, exactly at and just above by rows of tables.

The number itself watches what it is compared with while the rows are asked. Numbers that are
calculated with first are moved by one step instead: some row must notice, up and down.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any, get_args, get_type_hints

import pytest

from dosing_rules import (
    Arrangement,
    Change,
    Finding,
    Health,
    HomeSafety,
    Loss,
    Medicine,
    Observed,
    Patient,
    Prescriber,
    Prescription,
    Request,
    RuleBook,
    SedativeChange,
    Sedatives,
    Session,
    book_tables,
    load_book,
    rule,
)
from dosing_rules.rulebook import NUMBER_NAMES, parse_book
from tests.rules.books import changed, content
from tests.spec.findings import answers, asked, drafted
from tests.spec.table import PRESCRIBING_TABLES, TABLES, Case, cases

BOOK = load_book("dk-crk-2026")
# Told in a sentence, or used by the register and the observation board; no rule asks for them.
ONLY_SAID = {
    "indkald_days",
    "indkald_interval_months",
    "indkald_observation_minutes",
    "raised_dose_observation_minutes",
    "restart_observation_minutes",
    "dissolve_minutes",
    "vomit_replace_minutes",
    "vomit_replace_percent",
    "count_tolerance_ul",
    "sedation_check_minutes",
}
# What is compared is a product, a quotient or a day reckoned with them.
CALCULATED = {
    "alarm_factor",
    "measurable_step_ul",
    "increase_window_days",
    "ecg_rise_percent",
    "reduction_step_percent",
    "driving_rise_percent",
    "taper_confirm_percent",
    "taper_doctor_percent",
    "taper_last_percent",
}
WHOLE = {name for name, limit in BOOK.limits.items() if type(limit.value) is int}
COMPARED = sorted(WHOLE - ONLY_SAID - CALCULATED)


class Watched(int):
    """A number that remembers by how much what it was compared with differed from it."""

    met: set[int]

    def _differs(self, other: object) -> int:
        by = int(other) - int(self)  # type: ignore[call-overload]
        self.met.add(by)
        return by

    def __eq__(self, other: object) -> bool:
        return isinstance(other, int) and self._differs(other) == 0

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __lt__(self, other: int) -> bool:
        return self._differs(other) > 0

    def __le__(self, other: int) -> bool:
        return self._differs(other) >= 0

    def __gt__(self, other: int) -> bool:
        return self._differs(other) < 0

    def __ge__(self, other: int) -> bool:
        return self._differs(other) <= 0

    __hash__ = int.__hash__


def every_row() -> Iterator[tuple[Case, Any]]:
    """The rows of both kinds of tables."""
    for tables in (TABLES, PRESCRIBING_TABLES):
        for case in cases(tables):
            yield case, tables


@pytest.fixture(scope="module")
def met() -> dict[str, set[int]]:
    """By number: what it was compared with in all rows, as differences."""
    found: dict[str, set[int]] = defaultdict(set)

    def watched(name: str, value: int) -> Watched:
        number = Watched(value)
        number.met = found[name]
        return number

    read = book_tables._number  # type: ignore[reportPrivateUsage]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(book_tables, "_number", lambda name, *rest: watched(name, read(name, *rest)))
        book = parse_book(content())
        # A finding may say a number of the book as a fact.
        patch.setattr(rule, "_PLAIN", rule._PLAIN | {Watched})  # type: ignore[reportPrivateUsage]
        return _asked_with(book, watched, found)


def _asked_with(
    book: RuleBook, watched: Callable[[str, int], Watched], found: dict[str, set[int]]
) -> dict[str, set[int]]:
    numbers = {name: getattr(book, name) for name in NUMBER_NAMES if name in WHOLE}
    book = replace(book, **{name: watched(name, value) for name, value in numbers.items()})
    for differences in found.values():
        differences.clear()
    for case, tables in every_row():
        answers(case, tables, book)
    return found


@pytest.mark.parametrize("name", COMPARED)
def test_a_number_is_met_below_at_and_above(name: str, met: dict[str, set[int]]) -> None:
    """H08 H09 H11: one microgram, minute, day or point to either side, and exactly."""
    assert {-1, 0, 1} <= met[name]


@cache
def _said(name: str, by: int) -> list[list[tuple[str, int]]]:
    """What is answered to every row when one number is moved by so much."""
    book = _moved(name, by) if by else BOOK

    def said(found: tuple[Finding, ...]) -> list[tuple[str, int]]:
        return [(one.rule_id, one.severity) for one in found]

    return [said(answers(case, tables, book)) for case, tables in every_row()]


def _moved(name: str, by: int) -> RuleBook:
    """The book with one number a step higher or lower, in its base unit."""
    entry = content().decode().partition(f"[numbers.{name}]\n")[2]
    found = re.search(r'^unit = "(.*)"$', entry, flags=re.MULTILINE)
    assert found is not None
    value = int(BOOK.limits[name].value) + by
    text = f'"{value / 1000:.3f}"' if found.group(1) in ("mg", "ml") else str(value)
    return parse_book(changed(name, value=text))


@pytest.mark.parametrize("name", sorted(CALCULATED))
@pytest.mark.parametrize("by", [1, -1])
def test_a_number_that_is_calculated_with_is_noticed(name: str, by: int) -> None:
    """H09 H10 H18: a step up or down changes the answer to some row."""
    assert _said(name, by) != _said("", 0)


@pytest.mark.parametrize("name", sorted(ONLY_SAID))
def test_a_number_that_is_only_said_changes_no_answer(name: str) -> None:
    """It is on the list rightly: a step up leaves every answer as it is."""
    assert _said(name, 1) == _said("", 0)


def test_awkward_days_are_among_the_rows() -> None:
    """H03 H11 H15: both clock changes of 2026, 29 February 2028, closed days before and ahead."""
    days: dict[str, int] = defaultdict(int)
    for case in cases(TABLES):
        request, patient = asked(case)
        days[request.on.isoformat()] += 1
        closed_on = patient.unit.closed_on if patient.unit is not None else frozenset()
        days["closed today"] += request.on in closed_on
        days["closed before"] += any(day < request.on for day in closed_on)
        days["closed ahead"] += any(day > request.on for day in closed_on)
    for wanted in ("2026-03-29", "2026-10-25", "2028-02-29"):
        assert days[wanted] >= 5, wanted
    for wanted in ("closed today", "closed before", "closed ahead"):
        assert days[wanted] >= 3, (wanted, days[wanted])


def test_whatever_may_be_unknown_is_unknown_in_some_row() -> None:
    """H11: every fact that may be missing is missing in a row; what a draft may lack, too."""
    unknown: set[str] = set()
    for case, tables in every_row():
        parts: list[Any] = list(asked(case) if tables == TABLES else drafted(case))
        while parts:
            part = parts.pop()
            for one in fields(part):
                value = getattr(part, one.name)
                if value is None:
                    unknown.add(f"{type(part).__name__}.{one.name}")
                parts += [value] if is_dataclass(value) else []
                parts += [item for item in _items(value) if is_dataclass(item)]
    kinds = (Request, Observed, Patient, Prescription, Arrangement, HomeSafety, Health, Session)
    optional = {
        f"{kind.__name__}.{one.name}"
        for kind in (*kinds, Loss, Medicine, Sedatives, Change, Prescriber, SedativeChange)
        for one in fields(kind)
        if one.init and type(None) in get_args(get_type_hints(kind)[one.name])
    }
    assert optional - unknown == set()
    assert len(optional) > 60


def _items(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else ()
