"""Moments and clinic days. The one file that may read a clock or draw an id.

The database's clock is the only clock of clinical events: stores ask it inside the transaction
(`database_now`). This process's own clock serves nothing but comparing itself with that one and
choosing a day for the demo. Birth dates and clinic days are dates, never moments: in Copenhagen
local midnight did not exist on 15 May 1940.
"""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

HOME_ZONE = "Europe/Copenhagen"
MIDNIGHT = time(0, 0)

# Read with the first statement of a transaction. clock_timestamp(), not now(): the moment after a
# lock was waited for is the one that counts.
DATABASE_NOW_SQL = "SELECT clock_timestamp() AS now"


@lru_cache(maxsize=64)
def zone_named(zone: str) -> ZoneInfo:
    """The zone from the machine's or the bundled data. Raises ZoneInfoNotFoundError."""
    return ZoneInfo(zone)


def clinic_day(at: datetime, zone: str = HOME_ZONE, day_starts: time = MIDNIGHT) -> date:
    """The clinic day a moment belongs to.

    `at` is an aware moment, `zone` the unit's IANA zone, `day_starts` the wall-clock time at which
    the unit's day begins (a late clinic may count 01:30 to the evening before).
    Raises ValueError for a moment without a zone.
    """
    if at.tzinfo is None:
        raise ValueError("a moment without a zone has no clinic day")
    place = zone_named(zone)
    local = at.astimezone(place)
    # Wall-clock comparison, not subtraction of a duration: on the night of a clock change "one and
    # a half hours earlier" is not "before half past one". Where the wall clock passes `day_starts`
    # twice, the day begins the first time and does not go back.
    begins = datetime.combine(local.date(), day_starts, tzinfo=place)
    if local.time() < day_starts and at < begins.astimezone(UTC):
        return local.date() - timedelta(days=1)
    return local.date()


def local_time_text(at: datetime, zone: str = HOME_ZONE) -> str:
    """HH:MM on the unit's wall clock; in the hour that occurs twice the offset is added."""
    place = zone_named(zone)
    local = at.astimezone(place)
    other = local.replace(fold=1 - local.fold)
    text = f"{local:%H:%M}"
    return f"{text} ({local:%z})" if other.utcoffset() != local.utcoffset() else text


def process_now() -> datetime:
    """This process's clock, aware UTC. Never for a clinical event."""
    return datetime.now(UTC)


def demo_today() -> date:
    """Today in Copenhagen by this machine's clock: the default day of the synthetic data."""
    return clinic_day(process_now())


def new_id() -> uuid.UUID:
    """A fresh id. Drawn at the edge and passed inwards as an argument."""
    return uuid.uuid4()


def day_begins(day: date, zone: str = HOME_ZONE) -> datetime:
    """The first moment of a clinic day, in UTC; where midnight does not exist, the first after."""
    return local_moment(day, MIDNIGHT, zone)


def local_moment(day: date, wall: time, zone: str = HOME_ZONE) -> datetime:
    """The UTC moment of a wall-clock time; the first where it comes twice."""
    return datetime.combine(day, wall, tzinfo=zone_named(zone)).astimezone(UTC)
