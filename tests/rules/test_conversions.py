"""From tablets under the tongue to a depot, and levomethadone: each row of the tables (H25)."""

import pytest

from dosing_rules.conversions import first_depot_row, methadone_of_levomethadone_ug
from dosing_rules.rulebook import RuleBookError, load_book, parse_book
from tests.rules.books import local, number

BOOK = load_book("dk-crk-2026")
# From and to mg under the tongue a day, the first weekly and the first monthly depot in mg.
ROWS = [
    (2, 6, 8, None),
    (8, 10, 16, 64),
    (12, 16, 24, 96),
    (18, 24, 32, 128),
    (26, 32, None, 160),
]


@pytest.mark.parametrize(("low", "high", "weekly", "monthly"), ROWS)
def test_first_depot(low: int, high: int, weekly: int | None, monthly: int | None) -> None:
    """H25: both ends of each row have its depot; a microgram beyond has none."""
    for daily_ug in (low * 1000, low * 1000 + 1, high * 1000 - 1, high * 1000):
        row = first_depot_row(daily_ug, BOOK)
        assert row is not None
        assert row.weekly_ug == (None if weekly is None else weekly * 1000)
        assert row.monthly_ug == (None if monthly is None else monthly * 1000)
        assert all(name.startswith("first_depot_") for name in row.limits)
    for daily_ug in (low * 1000 - 1, high * 1000 + 1):
        assert first_depot_row(daily_ug, BOOK) is None


def test_every_book_has_the_table_or_its_own() -> None:
    """H10 H25: it falls back like the other tables; weakly remembered it is refused."""
    until = number("a_until_ug", "6", "mg")
    own = local(
        number("a_from_ug", "2", "mg"),
        until,
        number("a_weekly_ug", "9", "mg"),
        '[[first_depot]]\nfrom = "a_from_ug"\nuntil = "a_until_ug"\nweekly = "a_weekly_ug"\n',
    )
    assert load_book("uk").first_depot == BOOK.first_depot
    [row] = parse_book(own).first_depot
    assert (row.low_ug, row.high_ug, row.weekly_ug, row.monthly_ug) == (2_000, 6_000, 9_000, None)
    weak = number("a_until_ug", "6", "mg", weak="true")
    with pytest.raises(RuleBookError, match="first_depot cannot be weakly remembered"):
        parse_book(own.replace(until.encode(), weak.encode()))
    with pytest.raises(RuleBookError, match="a row of first_depot needs from, until"):
        parse_book(own.replace(b'until = "a_until_ug"\n', b""))


def test_levomethadone_counts_twice() -> None:
    """H08: racemic methadone and levomethadone, two to one."""
    assert methadone_of_levomethadone_ug(30_000) == 60_000
    assert methadone_of_levomethadone_ug(1) == 2
