"""A unit's calendar: which days it is closed, decided ahead, and opened again as a later decision.

Only an administrator or doctor of the unit decides, for a coming day; for today with a reason,
never for a day that is over (the table's trigger refuses it, too). Every decision is a record with
its ledger entry; ``unit_closed_day``, which the rules read, is what holds of them now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

import holidays
from psycopg import AsyncConnection
from psycopg.rows import class_row

from dispensing.errors import Conflict, Unprocessable
from dispensing.people.sessions import Actor
from dispensing.unit_acts import Place, UnitAnswer, UnitWriting, act_at_unit
from dispensing.units.entries import calendar_set
from dispensing.units.falling_back import fall_back
from dispensing.wiring import Wiring

DECIDES = ("administrator", "doctor")
SEES = ("nurse", "doctor", "pharmacist", "auditor", "administrator")
MOST_DAYS = 60
LONGEST_NAME = 100
LEAST_REASON_LETTERS = 3
# A calendar is made for the next years, not for the next century.
MOST_AHEAD = timedelta(days=3 * 366)
# What many Danish workplaces add to the public holidays.
_ADDED = {(6, 5): "Grundlovsdag", (12, 24): "Juleaftensdag", (12, 31): "Nytårsaftensdag"}

CLOSED = """
SELECT day, name FROM unit_closed_day
WHERE unit_id = %(unit_id)s AND day BETWEEN %(first)s AND %(last)s ORDER BY day
"""
HOURS = "SELECT opens, closes FROM unit WHERE unit_id = %(unit_id)s"
DECIDE = """
INSERT INTO calendar_decision (unit_id, day, version, closed, name, reason, decided_by, decided_at)
SELECT %(unit_id)s, %(day)s, 1 + coalesce(max(version), 0), %(closed)s, %(name)s, %(reason)s,
    %(staff_id)s, %(at)s
FROM calendar_decision WHERE unit_id = %(unit_id)s AND day = %(day)s
"""
# Whoever decides about the same unit's days waits here.
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('calendar', %(unit_id)s))"


@dataclass(frozen=True, slots=True)
class DaysAsked:
    """Days to close, each with its name, and days to open again. ``reason`` where today is one."""

    closed: Mapping[date, str]
    opened: tuple[date, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """A day the unit is closed, and what it is called."""

    day: date
    name: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """A unit's year: what is closed, what is proposed and not decided, when it is open else."""

    year: int
    opens: time
    closes: time
    closed: tuple[ClosedDay, ...]
    proposed: tuple[ClosedDay, ...]


@lru_cache(maxsize=64)
def _holidays_of(year: int) -> tuple[tuple[date, str], ...]:
    found = dict(holidays.country_holidays("DK", years=year, language="da").items())
    for (month, day), name in _ADDED.items():
        found.setdefault(date(year, month, day), name)
    return tuple(sorted(found.items()))


def holidays_between(first: date, last: date) -> dict[date, str]:
    """Danish public holidays and 5 June, 24 and 31 December, with their Danish names."""
    return {
        day: name
        for year in range(first.year, last.year + 1)
        for day, name in _holidays_of(year)
        if first <= day <= last
    }


async def load_closed(
    connection: AsyncConnection[Any], unit_id: int, first: date, last: date
) -> tuple[ClosedDay, ...]:
    """The unit's closed days of a period, both ends included."""
    async with connection.cursor(row_factory=class_row(ClosedDay)) as cursor:
        await cursor.execute(CLOSED, {"unit_id": unit_id, "first": first, "last": last})
        return tuple(await cursor.fetchall())


async def load_calendar(wiring: Wiring, actor: Actor, year: int, today: date) -> Calendar:
    """The year of the actor's unit. Raises Forbidden, and Unprocessable for a far year."""
    actor.must_be(*SEES)
    if not today.year - 10 <= year <= today.year + 3:
        raise Unprocessable("a year near this one", field="year")
    first, last = date(year, 1, 1), date(year, 12, 31)
    async with wiring.pool.connection() as connection:
        row = await (await connection.execute(HOURS, {"unit_id": actor.unit_id})).fetchone()
        assert row is not None
        closed = await load_closed(connection, actor.unit_id, first, last)
        await connection.commit()
    taken = {one.day for one in closed}
    proposed = tuple(
        ClosedDay(day, name)
        for day, name in holidays_between(max(first, today), last).items()
        if day not in taken and day > today
    )
    return Calendar(year, row[0], row[1], closed, proposed)


async def decide_days(wiring: Wiring, token: str | None, asked: DaysAsked, key: str) -> UnitAnswer:
    """Close days and open days again, all in one act with one entry.

    Raises Unprocessable for a day that is over or too far ahead, for today without a reason and
    for a name that is none; Conflict (``already-so``) when nothing of it would change.
    """
    _readable(asked)

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        _coming(asked, place)
        await connection.execute(ONE_AT_A_TIME, {"unit_id": actor.unit_id})
        days = [*asked.closed, *asked.opened]
        known = await load_closed(connection, actor.unit_id, min(days), max(days))
        names = {one.day: one.name for one in known}
        closed = {day: name for day, name in asked.closed.items() if names.get(day) != name}
        opened = [day for day in asked.opened if day in names]
        if not closed and not opened:
            raise Conflict("the calendar says so already", slug="already-so")
        entry = calendar_set(
            actor.unit_id,
            actor.staff_id,
            place.on,
            place.at,
            closed=closed,
            opened=opened,
            reason=asked.reason,
        )
        rows = [(day, True, name) for day, name in closed.items()]
        rows += [(day, False, names[day]) for day in opened]
        statements = [(DECIDE, _row(actor, place, asked.reason, *row)) for row in rows]
        more, told = await fall_back(connection, actor, place, sorted(closed))
        answer = {"closed": sorted(closed), "opened": sorted(opened)}
        return UnitWriting(answer, (*statements, *more), (*told, entry))

    request = (sorted(asked.closed.items()), sorted(asked.opened), asked.reason)
    return await act_at_unit(wiring, token, key, "calendar", request, build, roles=DECIDES)


def _readable(asked: DaysAsked) -> None:
    days: Sequence[date] = [*asked.closed, *asked.opened]
    if not days or len(days) > MOST_DAYS:
        raise Unprocessable(f"from one to {MOST_DAYS} days", field="days")
    if len(set(days)) != len(days):
        raise Unprocessable("a day is either closed or opened, once", field="days")
    for name in asked.closed.values():
        if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
            raise Unprocessable("a closed day has a name", field="name")


def _coming(asked: DaysAsked, place: Place) -> None:
    for day in (*asked.closed, *asked.opened):
        if day < place.on:
            raise Unprocessable("a day that is over stays as it was", field="days", day=str(day))
        if day > place.on + MOST_AHEAD:
            raise Unprocessable("too far ahead", field="days")
        if day == place.on and len((asked.reason or "").strip()) < LEAST_REASON_LETTERS:
            raise Unprocessable("today needs a reason", field="reason")


def _row(
    actor: Actor, place: Place, reason: str | None, day: date, closed: bool, name: str
) -> dict[str, object]:
    at: datetime = place.at
    return {
        "unit_id": actor.unit_id,
        "day": day,
        "closed": closed,
        "name": name,
        "reason": reason,
        "staff_id": actor.staff_id,
        "at": at,
    }
