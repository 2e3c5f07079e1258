"""Days of a row: offsets from the ordinary day, the wall clock, a history moved to another day."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from dosing_rules import NO_DEPOT, NO_MEASURE, Claim, Depot, DoseAsked
from tests.spec.standard import TODAY

COPENHAGEN = ZoneInfo("Europe/Copenhagen")


def clock(text: str) -> datetime:
    """What the wall clock in Copenhagen shows, as a moment; no row stands in an hour told twice."""
    return datetime.fromisoformat(text).replace(tzinfo=COPENHAGEN).astimezone(UTC)


def day_of(moment: datetime) -> date:
    """The clinic day of a moment."""
    return moment.astimezone(COPENHAGEN).date()


def day(text: str) -> date:
    """An offset from today in days, or an ISO date."""
    return date.fromisoformat(text) if text.count("-") == 2 else TODAY + timedelta(days=int(text))


def depot_given(text: str) -> Depot | None:
    """``-7 every 7``, ``-7 every ?``, ``none``: when the last depot was given, and its interval."""
    if text in ("?", "none"):
        return None if text == "?" else NO_DEPOT
    given, _, every = text.partition(" every ")
    return Depot(day(given), None if every == "?" else int(every))


def dose_days(text: str) -> list[date]:
    """``+1`` or ``+1..+6``."""
    first, _, last = text.partition("..")
    end = day(last or first)
    return [day(first) + timedelta(days=n) for n in range((end - day(first)).days + 1)]


def moved(value: Any, by: timedelta) -> Any:
    """The same fact so many days later."""
    if isinstance(value, tuple):
        return tuple([moved(one, by) for one in value])
    if isinstance(value, date):  # a datetime is one too
        return value if value == NO_MEASURE else value + by
    if isinstance(value, Claim | DoseAsked | Depot):
        kept = {one.name: getattr(value, one.name) for one in fields(value)}
        return replace(value, **{name: moved(one, by) for name, one in kept.items()})
    return value


def ug(text: str) -> int:
    """Milligrams to micrograms, exactly."""
    return int(Decimal(text) * 1000)
