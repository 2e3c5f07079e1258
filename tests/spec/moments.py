"""Rows that stand on another day than the ordinary one: the wall clock, and a history moved there."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dosing_rules import NO_MEASURE, Claim, DoseAsked

COPENHAGEN = ZoneInfo("Europe/Copenhagen")


def clock(text: str) -> datetime:
    """What the wall clock in Copenhagen shows, as a moment; no row stands in an hour told twice."""
    return datetime.fromisoformat(text).replace(tzinfo=COPENHAGEN).astimezone(UTC)


def day_of(moment: datetime) -> date:
    """The clinic day of a moment."""
    return moment.astimezone(COPENHAGEN).date()


def moved(value: Any, by: timedelta) -> Any:
    """The same fact so many days later."""
    if isinstance(value, tuple):
        return tuple([moved(one, by) for one in value])
    if isinstance(value, date):  # a datetime is one too
        return value if value == NO_MEASURE else value + by
    if isinstance(value, Claim | DoseAsked):
        kept = {one.name: getattr(value, one.name) for one in fields(value)}
        return replace(value, **{name: moved(one, by) for name, one in kept.items()})
    return value
