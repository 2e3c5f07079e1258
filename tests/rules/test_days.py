"""Clinic days: missed days by anchor, calendar months, closed days (H11, H15)."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from dosing_rules.days import (
    day_after,
    last_open_before,
    minutes_between,
    missed_days,
    months_later,
    within_months,
)

MONDAY = date(2026, 11, 23)


def days(anchor: str, back: int, *, inclusive: bool = False, closed: frozenset[date] | None = None):
    """Missed days on Monday for an anchor so many days back; closed days count unless given."""
    anchor_on = MONDAY - timedelta(days=back)
    return missed_days(anchor, anchor_on, MONDAY, inclusive, closed is None, closed or frozenset())


@pytest.mark.parametrize(
    ("anchor", "back", "expected"),
    [
        ("last_covered", 0, 0),
        ("last_covered", 1, 0),
        ("last_covered", 2, 1),
        ("last_covered", 5, 4),
        ("last_swallowed", 5, 4),
        ("planned_pickup", 0, 0),
        ("planned_pickup", 1, 1),
        ("planned_pickup", 4, 4),
        ("last_covered", -3, 0),
        ("planned_pickup", -3, 0),
    ],
)
def test_each_anchor_counts_its_own_days(anchor: str, back: int, expected: int) -> None:
    """H11: a covered day had a dose, a planned pick-up day is the first day without."""
    assert days(anchor, back) == expected


def test_inclusive_counts_today_as_well() -> None:
    """H11: the book says whether the day of attendance is a missed day."""
    assert days("last_covered", 1, inclusive=True) == 1
    assert days("last_covered", 5, inclusive=True) == 5
    assert days("planned_pickup", 4, inclusive=True) == 5


def test_closed_days_may_be_left_out_by_the_book() -> None:
    """H15: Saturday and Sunday closed, the last dose on Friday: nothing or two days missed."""
    weekend = frozenset({MONDAY - timedelta(days=1), MONDAY - timedelta(days=2)})
    assert days("last_covered", 3) == 2
    assert days("last_covered", 3, closed=weekend) == 0
    assert days("last_covered", 4, closed=weekend) == 1
    assert days("planned_pickup", 3, closed=weekend) == 1


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2025, 11, 24), 12, date(2026, 11, 24)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2026, 12, 31), 1, date(2027, 1, 31)),
        (date(2026, 12, 31), 0, date(2026, 12, 31)),
    ],
)
def test_months_keep_the_day_or_take_the_last(day: date, months: int, later: date) -> None:
    """Leap days and short months end on the last day of the month."""
    assert months_later(day, months) == later


def test_within_months_is_the_same_as_comparing_with_the_later_day() -> None:
    """The quick answer equals the calendar on every day of four years."""
    start = date(2024, 2, 29)
    for ahead in range(-10, 1_500):
        today = start + timedelta(days=ahead)
        assert within_months(start, 12, today) == (today <= months_later(start, 12))
        assert within_months(date(2025, 8, 31), 6, today) == (today <= date(2026, 2, 28))


@pytest.mark.parametrize(
    ("clock", "before", "after"),
    [
        # 29 March 2026: 02:00 becomes 03:00; 25 October: 03:00 becomes 02:00.
        ("spring", datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 3, 29, 8, tzinfo=UTC)),
        ("autumn", datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 10, 25, 8, tzinfo=UTC)),
    ],
)
def test_hours_between_doses_do_not_know_the_clock_change(
    clock: str, before: datetime, after: datetime
) -> None:
    """Twenty real hours are twenty hours on both nights, whatever the wall clock says."""
    assert minutes_between(before, after) == 20 * 60
    summer = timezone(timedelta(hours=2))
    assert minutes_between(before.astimezone(summer), after) == 20 * 60


def test_a_clock_that_ran_backwards_is_negative() -> None:
    """A moment in the future never counts as long enough ago."""
    now = datetime(2026, 11, 23, 7, tzinfo=UTC)
    assert minutes_between(now + timedelta(minutes=5), now) == -5


def test_last_open_day_before() -> None:
    """H15: before Easter's closed days lies Wednesday, and the search ends where it must."""
    easter = frozenset(date(2026, 4, day) for day in (2, 3, 4, 5, 6))
    assert last_open_before(date(2026, 4, 6), easter, not_before=date(2026, 3, 1)) == date(
        2026, 4, 1
    )
    assert last_open_before(date(2026, 4, 6), easter, not_before=date(2026, 4, 3)) == date(
        2026, 4, 3
    )


def test_the_last_day_there_is_has_no_next() -> None:
    """H06: a garbled day is judged, not raised over."""
    assert day_after(date.max) == date.max
    assert day_after(date(2028, 2, 28)) == date(2028, 2, 29)
    assert day_after(date(2026, 12, 31)) == date(2027, 1, 1)
