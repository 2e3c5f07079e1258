"""The list every fifteen minutes, by one worker of all, and the look for a downtime nobody told.

What is due stands in the database, so a restart makes neither too many lists nor too few. The
service notes there that it is up; when it finds that it was not, while a unit was open and a list
was valid, that unit is taken to have handed out from paper until a person says what happened.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import anyio.to_thread
from psycopg import AsyncConnection
from psycopg.rows import dict_row

from audit.ledger.append import append
from dispensing.downtime import entries, folder, losing
from dispensing.downtime.lists import EmergencyList, prepare
from dispensing.looks import see_as
from dispensing.unit_acts import lock_lists
from dispensing.wiring import Wiring

log = logging.getLogger("dispensing.downtime")

# Advisory lock: one worker makes lists at a time.
MAKING = 7_250_000
EVERY = timedelta(minutes=15)
# Later than this it is told on the pages and in the metrics.
OVERDUE = timedelta(minutes=20)
# A shorter absence sends nobody to the paper.
LONGEST_ABSENCE = timedelta(minutes=10)
UNUSED_KEPT_DAYS = 30
TICK_S, TRY_AGAIN_S = 20.0, 1.0

LOCK = "SELECT pg_try_advisory_xact_lock(%s)"
WAIT_FOR_LOCK = "SELECT pg_advisory_xact_lock(%s)"
# Its own, or guests of the days that lists are made for.
HAS_PEOPLE = """(exists (SELECT 1 FROM person p WHERE p.right_holder_unit_id = u.unit_id
    AND p.ended_on IS NULL) OR exists (SELECT 1 FROM guest_in_force e WHERE e.unit_id = u.unit_id
    AND e.day BETWEEN (clock_timestamp() AT TIME ZONE u.zone)::date
        AND (clock_timestamp() AT TIME ZONE u.zone)::date + 1))"""
# During the day for today, and from opening on for tomorrow, too: the night may take everything.
DUE = f"""
SELECT u.unit_id, u.code, u.clinical_chain, clock_timestamp() AS at,
    (clock_timestamp() AT TIME ZONE u.zone)::date AS today,
    (clock_timestamp() AT TIME ZONE u.zone)::time < u.closes AS for_today,
    (clock_timestamp() AT TIME ZONE u.zone)::time >= u.opens AS for_tomorrow,
    ARRAY(SELECT k.day FROM unit_closed_day k WHERE k.unit_id = u.unit_id) AS closed_on
FROM unit u LEFT JOIN emergency_run r USING (unit_id)
WHERE {HAS_PEOPLE} AND (r.made_at IS NULL OR r.made_at <= clock_timestamp() - %(every)s)
    AND (r.failed_at IS NULL OR r.failed_at <= clock_timestamp() - interval '1 minute')
ORDER BY u.unit_id LIMIT 1
"""
NOTE_MADE = """
INSERT INTO emergency_run (unit_id, alive_at, made_at) VALUES (%(unit_id)s, clock_timestamp(),
    clock_timestamp())
ON CONFLICT (unit_id) DO UPDATE SET made_at = clock_timestamp(), failed_at = NULL, failure = NULL
"""
NOTE_FAILED = """
INSERT INTO emergency_run (unit_id, alive_at, failed_at, failure)
VALUES (%(unit_id)s, clock_timestamp(), clock_timestamp(), %(failure)s)
ON CONFLICT (unit_id) DO UPDATE SET failed_at = clock_timestamp(), failure = %(failure)s,
    made_at = NULL
"""
UNITS = "SELECT unit_id FROM unit ORDER BY unit_id"
# Of one unit at a time: another's rows are not seen, and so not deleted either.
FORGET_UNUSED = """
DELETE FROM emergency_list_rows r USING emergency_list l WHERE l.serial = r.serial
    AND l.valid_until < clock_timestamp() - make_interval(days => %(days)s::int)
    AND NOT EXISTS (SELECT 1 FROM downtime_list d WHERE d.serial = l.serial)
    AND NOT EXISTS (SELECT 1 FROM downtime d WHERE d.unit_id = l.unit_id AND d.left_at IS NULL)
"""
# Absent while open, with a list that could be used. Opening hours of the days in between.
ABSENT = """
SELECT r.unit_id, r.alive_at, u.clinical_chain, clock_timestamp() AS at,
    (clock_timestamp() AT TIME ZONE u.zone)::date AS today
FROM emergency_run r JOIN unit u USING (unit_id)
WHERE r.alive_at < clock_timestamp() - %(absence)s
    AND NOT EXISTS (SELECT 1 FROM downtime d WHERE d.unit_id = r.unit_id AND d.left_at IS NULL)
    AND EXISTS (SELECT 1 FROM emergency_list l WHERE l.unit_id = r.unit_id
        AND l.valid_until > r.alive_at AND l.valid_from < clock_timestamp())
    AND EXISTS (SELECT 1 FROM generate_series((r.alive_at AT TIME ZONE u.zone)::date,
            (clock_timestamp() AT TIME ZONE u.zone)::date, interval '1 day') g (day)
        WHERE (g.day::date + u.opens) AT TIME ZONE u.zone < clock_timestamp()
        AND (g.day::date + u.closes) AT TIME ZONE u.zone > r.alive_at
        AND NOT EXISTS (SELECT 1 FROM unit_closed_day k
            WHERE k.unit_id = u.unit_id AND k.day = g.day::date))
"""
FIND_DOWN = """
INSERT INTO downtime (unit_id, found_by, started_at, told_at, reason)
VALUES (%(unit_id)s, 'service', %(since)s, %(at)s, 'the service was not running')
"""
ALIVE = f"""
INSERT INTO emergency_run (unit_id, alive_at)
SELECT u.unit_id, clock_timestamp() FROM unit u WHERE {HAS_PEOPLE}
ON CONFLICT (unit_id) DO UPDATE SET alive_at = clock_timestamp()
"""


@dataclass(frozen=True, slots=True)
class Filing:
    """Where the lists go as files, and the file with the passphrase, if they are encrypted."""

    folder: Path
    passphrase_file: Path | None = None


async def look_for_absence(wiring: Wiring) -> int:
    """Note that the service is up; answers how many units were left without it while open.

    Awaited before anybody is served: until a person has told, nothing is reserved at such a unit.
    """
    async with wiring.pool.connection() as connection:
        await connection.execute(WAIT_FOR_LOCK, (MAKING,))
        found, locked = await _absent(connection), set[int]()
        while not locked.issuperset(units := {one["unit_id"] for one in found}):
            # Whoever changes whose a person's day is has done so, or sees the downtime; and whoever
            # told one while this waited has told it.
            await lock_lists(connection, *units - locked)
            locked |= units
            found = await _absent(connection)
        await connection.execute(ALIVE)
        for one in found:
            told = {"unit_id": one["unit_id"], "since": one["alive_at"], "at": one["at"]}
            await connection.execute(FIND_DOWN, told)
        for one in found:
            entry = entries.found_down(
                unit_id=one["unit_id"], on=one["today"], at=one["at"], since=one["alive_at"]
            )
            await append(connection, wiring.seal(entry), one["clinical_chain"])
        await connection.commit()
    return len(found)


async def _absent(connection: AsyncConnection[Any]) -> list[dict[str, Any]]:
    """The units that were left without the service while open, with a list that could be used."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(ABSENT, {"absence": LONGEST_ABSENCE})
        return await cursor.fetchall()


async def make_due_lists(wiring: Wiring, filing: Filing, *, every: timedelta = EVERY) -> int:
    """Make every list that is due, unless another worker is at it; answers how many were made."""
    made = 0
    while await _make_next(wiring, filing, every):
        made += 1
    return made


async def _make_next(wiring: Wiring, filing: Filing, every: timedelta) -> bool:
    async with wiring.pool.connection() as connection:
        row = await (await connection.execute(LOCK, (MAKING,))).fetchone()
        if row is None or not row[0]:
            await connection.commit()
            return False
        async with connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(DUE, {"every": every})
            unit = await cursor.fetchone()
        if unit is None:
            for (unit_id,) in await (await connection.execute(UNITS)).fetchall():
                await see_as(connection, unit_id)
                await connection.execute(FORGET_UNUSED, {"days": UNUSED_KEPT_DAYS})
            await connection.commit()
            return False
        try:
            await _make_for(connection, wiring, filing, unit)
        except Exception as trouble:
            # Any trouble at all: the next unit's list must not wait for it. The type alone is
            # told: a message may hold what a log must not.
            log.error("emergency list of unit %s: %s", unit["unit_id"], type(trouble).__name__)
            await connection.rollback()
            failed = {"unit_id": unit["unit_id"], "failure": type(trouble).__name__}
            await connection.execute(NOTE_FAILED, failed)
            await connection.commit()
        return True


async def _make_for(
    connection: AsyncConnection[Any], wiring: Wiring, filing: Filing, unit: dict[str, Any]
) -> None:
    days = [unit["today"]] if unit["for_today"] else []
    if unit["for_tomorrow"]:
        days.append(unit["today"] + timedelta(days=1))
    await see_as(connection, unit["unit_id"])
    lists: list[EmergencyList] = []
    told = []
    for day in days:
        if day in unit["closed_on"]:
            continue
        made, statements, entry = await prepare(connection, wiring, unit["unit_id"], day, None)
        for sql, parameters in statements:
            await connection.execute(sql, parameters)
        lists.append(made)
        told.append(entry)
    await connection.execute(NOTE_MADE, {"unit_id": unit["unit_id"]})
    for entry in told:
        await append(connection, wiring.seal(entry), unit["clinical_chain"])
    await connection.commit()
    # A list that nobody can enter again must not lie in the folder: files come after the commit.
    # One that cannot be written counts as not made, and is made anew in a minute.
    for made in lists:
        await anyio.to_thread.run_sync(_file, filing, unit["code"], made, unit["at"])


def _file(filing: Filing, unit_code: str, made: EmergencyList, now: datetime) -> None:
    secret = folder.passphrase_in(filing.passphrase_file)
    folder.write(filing.folder, unit_code, made, secret)
    folder.remove_old(filing.folder, now)


async def keep_making(
    wiring: Wiring,
    filing: Filing,
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Look and make for ever. Whatever goes wrong is told, and tried again at once."""
    while True:
        wait_s = TICK_S
        try:
            await losing.tell(wiring)
            await look_for_absence(wiring)
            await make_due_lists(wiring, filing)
        except Exception as trouble:
            # The database is away: ask often, so that a downtime is found before a hand-out.
            log.error("emergency lists: %s", type(trouble).__name__)
            wait_s = TRY_AGAIN_S
        await pause(wait_s)
