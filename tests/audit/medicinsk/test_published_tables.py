"""The published tables, reproduced from ledgers that hold as many people of each row.

They fix the arithmetic and the layout. Tabel 4 and Tabel 5 are printed in whole per cent (the
sector plan for Copenhagen, 003:1283-1297 and 003:1322-1331; Tabel 4 dates itself both May 2006 and
21-07-04, 1994-2004). The cohort of Lægeklinikken Turesensgade is of 001:4350-4399.
"""

from datetime import date, timedelta

import pytest

from audit.medicinsk.indicators.m17_retention import DELEGATED, STATUSES
from audit.medicinsk.model import Period, Table
from tests.audit.medicinsk import by_hand
from tests.audit.medicinsk.by_hand import BOOK, NAMES, Ledger, day

#: Rows of Tabel 4 in its order, in per cent of 5,325.
TABEL_4 = (
    ("in-treatment", 42),
    ("completed", 14),
    ("dead", 10),
    ("prison", 3),
    ("hospital_or_own_doctor", 1),
    ("moved", 5),
    ("expelled", 2),
    ("left_early", 18),
    ("unknown", 5),
)
EVER = 5_325

#: Tabel 5: year, methadone, buprenorphine, drug-free, unknown in per cent, and n.
TABEL_5 = (
    (2001, 63, 7, 26, 4, 1_423),
    (2002, 60, 6, 30, 4, 1_792),
    (2003, 51, 6, 41, 3, 2_001),
    (2004, 46, 5, 48, 1, 2_006),
    (2005, 43, 6, 51, 0, 1_939),
)
PREPARATIONS = ("methadone", "buprenorphine", "drug-free", "unknown")


def shares_of(percents: tuple[int, ...], n: int) -> list[int]:
    """How many of n each row has, so that each rounds to its published per cent and all add up.

    Whole people nearest to the per cent; what is then too many or too few goes to the largest rows.
    """
    counts = [(percent * n + 50) // 100 for percent in percents]
    for place in sorted(range(len(counts)), key=lambda one: -counts[one]):
        room = n // 250
        change = max(-room, min(room, n - sum(counts)))
        counts[place] += change
    assert sum(counts) == n
    return counts


def percents(table: Table, column: str = "n") -> list[int]:
    """A column in whole per cent of its sum, rounded half up."""
    n = table.total(column)
    place = table.columns.index(column)
    return [(200 * row[place].count + n) // (2 * n) for row in table.cells]


def row_percents(table: Table, row: str) -> tuple[list[int], int]:
    """A row in whole per cent of its sum, rounded half up, and the sum."""
    cells = table.cells[table.rows.index(row)]
    n = sum(one.count for one in cells)
    return [(200 * one.count + n) // (2 * n) for one in cells], n


@pytest.fixture(scope="module")
def everybody() -> Ledger:
    """5,325 people enrolled 1994-2004, each with the latest status of Tabel 4."""
    ledger = Ledger()
    ledger.unit(on=day(1, 1, 1994))
    number = 0
    for (status, _), count in zip(
        TABEL_4, shares_of(tuple(p for _, p in TABEL_4), EVER), strict=True
    ):
        for _ in range(count):
            number += 1
            began = day(1, 1, 1994) + timedelta(days=number % 3_600)
            person = ledger.person(number, began)
            if status != "in-treatment":
                person.end(began + timedelta(days=90), status)
    return ledger


def test_tabel_4(everybody: Ledger) -> None:
    until = Period(day(1, 1, 2004), day(7, 21, 2004))
    table = everybody.of("M17", period=until).table("m17.ever")
    assert table.rows == STATUSES
    assert list(zip(table.rows, percents(table), strict=True)) == list(TABEL_4)
    assert table.total("n") == EVER


def test_tabel_4_error_one_status_in_a_hundred_typed_wrong_shows(everybody: Ledger) -> None:
    number = EVER
    for _ in range(EVER // 100 + 27):
        number += 1
        everybody.person(number, day(3, 1, 2003)).end(day(4, 1, 2003), "dead")
    until = Period(day(1, 1, 2004), day(7, 21, 2004))
    table = everybody.of("M17", period=until).table("m17.ever")
    assert percents(table)[STATUSES.index("dead")] == 11


def visitations() -> Ledger:
    ledger = Ledger()
    ledger.unit(on=day(1, 1, 2001))
    number = 0
    for year, *shares, n in TABEL_5:
        for what, count in zip(PREPARATIONS, shares_of(tuple(shares), n), strict=True):
            for _ in range(count):
                number += 1
                began = day(1, 1, year) + timedelta(days=number % 360)
                person = ledger.person(number, began)
                if what == "drug-free":
                    person.assess(began)
                    person.plan(began, began + timedelta(days=90))
                elif what != "unknown":
                    person.order(began, 8, what)
    return ledger


def test_tabel_5() -> None:
    table = (
        visitations()
        .of("M18", period=Period(day(1, 1, 2005), day(12, 31, 2005)))
        .table("m18.years")
    )
    assert table.rows == tuple(str(year) for year, *_ in TABEL_5)
    for year, *shares, n in TABEL_5:
        found, of = row_percents(table, str(year))
        by_name = dict(zip(table.columns, found, strict=True))
        assert [by_name[one] for one in PREPARATIONS] == shares, year
        assert (by_name["diacetylmorphine"], of) == (0, n)


# Turesensgade

MOVED_ON = day(10, 1)
VESTERBRO, OTHER_UNIT, PRACTICE, HERE = 11, 12, 13, 1
#: Where each of 240 went: a unit with a new course there, or a status. Pain treatment and
#: psychiatry are one status of Tabel 4: hospital or own doctor.
WENT: tuple[tuple[int | str, int], ...] = (
    (VESTERBRO, 177),
    (OTHER_UNIT, 42),
    (PRACTICE, 9),
    ("completed", 4),
    ("dead", 4),
    ("hospital_or_own_doctor", 2),
    ("moved", 1),
    ("unknown", 1),
)


def cohort(monkeypatch: pytest.MonkeyPatch) -> Ledger:
    names = {VESTERBRO: "vesterbro", OTHER_UNIT: "anden-enhed", PRACTICE: "egen-laege"}
    monkeypatch.setattr(by_hand, "NAMES", NAMES | names)
    monkeypatch.setattr(by_hand, "KIND", {PRACTICE: "practice"})
    ledger = Ledger()
    for unit_id in (HERE, VESTERBRO, OTHER_UNIT, PRACTICE):
        ledger.unit(unit_id, book=(BOOK.id, BOOK.sha256))
    number = 0
    for where, count in WENT:
        for _ in range(count):
            number += 1
            person = ledger.person(number, date(2025, 3, 1))
            if isinstance(where, str):
                person.end(MOVED_ON, where)
            else:
                person.end(MOVED_ON, "moved")
                ledger.person(number, MOVED_ON, where)
    return ledger


def test_the_cohort_of_turesensgade(monkeypatch: pytest.MonkeyPatch) -> None:
    table = cohort(monkeypatch).of("M17").table("m17.cohort")
    found = {row: cells[0].count for row, cells in zip(table.rows, table.cells, strict=True)}
    assert {row: count for row, count in found.items() if count} == {
        "vesterbro": 177,
        "anden-enhed": 42,
        DELEGATED: 9,
        "completed": 4,
        "dead": 4,
        "hospital_or_own_doctor": 2,
        "moved": 1,
        "unknown": 1,
    }
    assert table.total("n") == 240
    moved = found["vesterbro"] + found["anden-enhed"] + found[DELEGATED]
    assert (moved, (200 * moved + 240) // 480) == (228, 95)


def test_the_cohort_error_a_move_that_was_never_recorded_where_it_went(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ledger = cohort(monkeypatch)
    person = ledger.people[1]
    person.end(day(11, 1), "left_early")
    table = ledger.of("M17").table("m17.cohort")
    assert table.cell("vesterbro", "n").count == 176
    assert table.total("n") == 240
