"""Clinic days: coverage, missed days from a named anchor, months, closed days.

A clinic day is a ``date`` in the unit's zone; nothing here knows the time or a zone.
"""

from calendar import monthrange
from collections.abc import Container
from datetime import date, datetime, timedelta

_DAY = timedelta(days=1)
_MINUTES_A_DAY = 24 * 60
_SECONDS_A_MINUTE = 60
DAYS_A_WEEK = 7


def minutes_between(start: datetime, end: datetime) -> int:
    """Whole minutes from one aware moment to another; negative when the clock went wrong."""
    passed = end - start
    return passed.days * _MINUTES_A_DAY + passed.seconds // _SECONDS_A_MINUTE


def day_after(day: date) -> date:
    """The next day; the last day there is stays itself, so that a garbled day does not raise."""
    return day + _DAY if day < date.max else day


def months_later(day: date, months: int) -> date:
    """The same day of the month so many months later, or that month's last day."""
    index = day.month - 1 + months
    year, month = day.year + index // 12, index % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def within_months(day: date, months: int, today: date) -> bool:
    """Whether ``today`` is no later than so many months after ``day``."""
    index = (today.year - day.year) * 12 + today.month - day.month
    if index != months:
        return index < months
    return today <= months_later(day, months)


def missed_days(
    anchor: str,
    anchor_on: date,
    today: date,
    inclusive: bool,
    count_closed: bool,
    closed_on: Container[date],
) -> int:
    """Days in a row without a dose before today.

    ``anchor`` names what ``anchor_on`` is: ``last_covered`` and ``last_swallowed`` are days *with*
    a dose, so counting starts the day after; ``planned_pickup`` is itself the first day without.
    ``inclusive`` counts today as well. Closed days count unless the book says otherwise.
    """
    days = (today - anchor_on).days + inclusive - (anchor != "planned_pickup")
    if days <= 0:
        return 0
    if count_closed:
        return days
    first = anchor_on if anchor == "planned_pickup" else anchor_on + _DAY
    return sum(1 for ahead in range(days) if first + timedelta(days=ahead) not in closed_on)


def last_open_before(day: date, closed_on: Container[date], *, not_before: date) -> date:
    """The last open day before ``day``, looking back no further than ``not_before``."""
    candidate = day - _DAY
    while candidate > not_before and candidate in closed_on:
        candidate -= _DAY
    return candidate
