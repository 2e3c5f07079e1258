"""Closing the day: what was planned and nobody fetched becomes a missed dose in the ledger.

A day with an unresolved reservation cannot be closed: somebody must first tell what became of it.
Closing also retires the swallow intervals that can no longer meet another dose, so that the
interval barrier stays as small as a few days however long the history grows.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from audit.ledger.append import append, append_many
from dispensing.acts import Act
from dispensing.counter import entries
from dispensing.counter.away import AWAY_ON
from dispensing.counter.facts_sql import AT_NIGHT
from dispensing.counter.missed_indkald import find_missed
from dispensing.counter.ordered import NOT_STOPPED, OF_THIS_COURSE
from dispensing.errors import Conflict, Unprocessable
from dispensing.people.sessions import HANDS_OUT, Actor, load_actor
from dispensing.unit_acts import Place, unit_entry
from dispensing.wiring import Wiring

# Longer than any interval between swallowed doses that a book or a doctor may set.
INTERVAL_DAYS_KEPT = 8
# Advisory locks from here on: two who close the same unit's day wait for each other.
CLOSING = 7_240_000

PLANNED_BUT_NOT_FETCHED = f"""
SELECT p.person_id, p.event_seq, r.night,
    CASE WHEN r.weekday_ug IS NULL THEN r.daily_ug
        ELSE r.weekday_ug[extract(isodow FROM %(day)s::date)::int] END AS planned_ug
FROM person p
-- The main order, and the one for the night beside injections: each may be missed alone.
JOIN LATERAL (SELECT DISTINCT ON (r.night) daily_ug, weekday_ug, valid_from, valid_to,
        depot_interval_days, night, product_code
    FROM prescription r
    WHERE r.person_id = p.person_id AND r.valid_from <= %(day)s
        AND {NOT_STOPPED.format(day="%(day)s")}
        AND {OF_THIS_COURSE}
    ORDER BY r.night, r.version DESC) r ON true
WHERE coalesce((SELECT e.unit_id FROM guest_in_force e
        WHERE e.person_id = p.person_id AND e.day = %(day)s), p.right_holder_unit_id) = %(unit_id)s
    -- Whoever was away that day is missed by nobody here, also when it is closed after the return;
    -- whoever is away since a later day was missed on this one.
    AND NOT {AWAY_ON.format(day="%(day)s::date")}
    AND p.ended_on IS NULL AND p.enrolled_on <= %(day)s
    AND r.valid_to >= %(day)s
    AND coalesce(r.weekday_ug[extract(isodow FROM %(day)s::date)::int], r.daily_ug) > 0
    AND (NOT r.night OR EXISTS (SELECT FROM (SELECT m.valid_to, d.substance
            FROM prescription m JOIN product d ON d.code = m.product_code
            WHERE m.person_id = p.person_id AND m.valid_from <= %(day)s AND NOT m.night
            AND (p.course_from IS NULL OR m.signed_at >= p.course_from)
            ORDER BY m.version DESC LIMIT 1) m
        WHERE m.valid_to >= %(day)s AND m.substance = 'diacetylmorphine'))
    AND NOT EXISTS (SELECT 1 FROM claim c
        WHERE c.person_id = p.person_id AND c.for_day = %(day)s
        AND (c.part {AT_NIGHT}) = r.night)
    -- Between depots nothing is planned, by the interval under which the last one was given.
    AND NOT EXISTS (SELECT 1 FROM claim c JOIN reservation v USING (reservation_id)
        JOIN prescription o ON o.prescription_id = v.prescription_id
            AND o.version = v.prescription_version
        WHERE r.depot_interval_days IS NOT NULL AND c.person_id = p.person_id
        AND c.state = 'given' AND c.for_day > %(day)s::date - o.depot_interval_days)
    AND NOT EXISTS (SELECT 1 FROM missed_dose d
        WHERE d.person_id = p.person_id AND d.day = %(day)s AND d.night = r.night)
ORDER BY p.person_id, r.night
"""
LOCK_PEOPLE = """
SELECT person_id FROM person WHERE (right_holder_unit_id = %(unit_id)s OR person_id IN (
    SELECT e.person_id FROM guest_in_force e WHERE e.unit_id = %(unit_id)s AND e.day = %(day)s)
    OR person_id IN (SELECT i.person_id FROM indkald i WHERE i.state IN ('planned', 'running')
        AND %(day)s = ANY (i.days)))
    AND ended_on IS NULL
ORDER BY person_id FOR UPDATE
"""
UNRESOLVED = """
SELECT count(DISTINCT c.reservation_id) AS unresolved,
    (SELECT count(*) FROM paper_hold h WHERE h.unit_id = %(unit_id)s AND h.for_day <= %(day)s
        AND h.kind <> 'decided') AS on_paper,
    (SELECT count(*) FROM downtime d WHERE d.unit_id = %(unit_id)s AND d.over_at IS NULL) AS down,
    (SELECT count(*) FROM restoration s WHERE s.unit_id = %(unit_id)s AND s.closed_at IS NULL)
        AS restored
FROM claim c JOIN reservation r USING (reservation_id)
WHERE c.unit_id = %(unit_id)s AND r.day <= %(day)s AND c.state <> 'given'
"""
RECORD_MISSED = """
INSERT INTO missed_dose (person_id, day, unit_id, planned_ug, night)
SELECT d.person_id, %(day)s, %(unit_id)s, d.ug, d.night
FROM unnest(%(people)s::bigint[], %(planned_ug)s::bigint[], %(nights)s::boolean[])
    AS d (person_id, ug, night)
"""
ADVANCE_PEOPLE = """
UPDATE person p SET event_seq = event_seq + t.entries
FROM (SELECT person_id, count(*) AS entries FROM unnest(%(people)s::bigint[]) AS t (person_id)
    GROUP BY person_id) t WHERE p.person_id = t.person_id
"""
RETIRE_INTERVALS = """
UPDATE claim SET swallow_during = NULL
WHERE unit_id = %(unit_id)s AND swallow_during IS NOT NULL AND state = 'given'
    AND for_day < %(retired_before)s
"""
RECORD_CLOSE = """
INSERT INTO day_close (unit_id, day, missed, closed_by, closed_at)
VALUES (%(unit_id)s, %(day)s, %(missed)s, %(staff_id)s, %(at)s)
"""


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """A closed day of a unit and how many planned doses were missed."""

    unit_id: int
    day: date
    missed: int
    repeated: bool = False


async def close_day(wiring: Wiring, token: str, day: date) -> ClosedDay:
    """Close a clinic day of the actor's unit; closing it again answers the same.

    Raises Unprocessable for a day to come or before the unit's first, and Conflict while
    reservations are unresolved.
    """
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, token, wiring.limits)
        actor.must_be(*HANDS_OUT)
        asked = {"unit_id": actor.unit_id, "day": day}
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", (CLOSING + actor.unit_id,))
        # The people are locked next: whoever is at a counter just now finishes before we count.
        await connection.execute(LOCK_PEOPLE, asked)
        async with connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(
                "SELECT (clock_timestamp() AT TIME ZONE u.zone)::date AS today, u.clinical_chain,"
                " (SELECT missed FROM day_close k WHERE k.unit_id = u.unit_id AND k.day = %(day)s)"
                " AS closed_missed, (SELECT min(from_on) FROM unit_rule_book b"
                " WHERE b.unit_id = u.unit_id) AS opened_on"
                " FROM unit u WHERE u.unit_id = %(unit_id)s",
                asked,
            )
            unit = await cursor.fetchone()
            if unit is None:
                raise Conflict("the unit is gone")
            if day > unit["today"]:
                raise Unprocessable("a day to come cannot be closed", field="day")
            if unit["opened_on"] is None or day < unit["opened_on"]:
                raise Unprocessable("the unit handed nothing out on that day", field="day")
            if unit["closed_missed"] is not None:
                return ClosedDay(actor.unit_id, day, unit["closed_missed"], repeated=True)
            await cursor.execute(UNRESOLVED, asked)
            try:
                told_of_all(await cursor.fetchone() or {})
            except Conflict as conflict:
                await _record_no(wiring, connection, actor, day, unit, conflict.type_slug)
                raise
            await cursor.execute(PLANNED_BUT_NOT_FETCHED, asked)
            missed = await cursor.fetchall()
        await _record(wiring, connection, actor, unit["clinical_chain"], day, missed)
        await connection.commit()
        return ClosedDay(actor.unit_id, day, len(missed))


def told_of_all(row: dict[str, Any]) -> None:
    """Raises Conflict while the end of a dose is not told: reserved, on paper, or forgotten.

    What a backup forgot was had, and is not to be written down as missed.
    """
    if row["unresolved"]:
        raise Conflict(
            "tell what became of every reserved dose first",
            slug="unresolved-reservations",
            unresolved=row["unresolved"],
        )
    if row["on_paper"] or row["down"]:
        raise Conflict(
            "rows of the paper list are missing, or a conflict waits for a doctor",
            slug="paper-unresolved",
            unresolved=row["on_paper"],
        )
    if row["restored"]:
        raise Conflict(
            "this unit was restored from a backup, which forgets what was handed out after it:"
            " a doctor must resolve that first (/gendannelse, POST /api/v1/restoration/resolved)",
            slug="restored-unresolved",
        )


async def _record_no(
    wiring: Wiring,
    connection: AsyncConnection[Any],
    actor: Actor,
    day: date,
    unit: dict[str, Any],
    slug: str,
) -> None:
    """That the day could not be closed is an entry of the unit."""
    await connection.rollback()
    place = Place(actor.now, unit["today"], actor.unit_id, unit["clinical_chain"])
    facts = {"verb": f"close day {day.isoformat()}", "problem": slug}
    told = unit_entry("unit-act-refused", actor, place, facts)
    await append(connection, wiring.seal(told), place.chain_id)
    await connection.commit()


async def _record(
    wiring: Wiring,
    connection: AsyncConnection[Any],
    actor: Actor,
    chain_id: int,
    day: date,
    missed: list[dict[str, Any]],
) -> None:
    people = [row["person_id"] for row in missed]
    shared = {
        "unit_id": actor.unit_id,
        "day": day,
        "staff_id": actor.staff_id,
        "at": actor.now,
        "missed": len(missed),
        "people": people,
        "planned_ug": [row["planned_ug"] for row in missed],
        "nights": [row["night"] for row in missed],
        "retired_before": day - timedelta(days=INTERVAL_DAYS_KEPT),
    }
    for sql in (RECORD_MISSED, ADVANCE_PEOPLE, RETIRE_INTERVALS, RECORD_CLOSE):
        await connection.execute(sql, shared)
    written = [
        entries.missed(
            Act(
                row["person_id"],
                # In order: of whoever missed both, the night's entry is the second.
                row["event_seq"] + 1 + (number > 0 and people[number - 1] == row["person_id"]),
                actor.unit_id,
                actor.staff_id,
                day,
                actor.now,
            ),
            planned_ug=row["planned_ug"],
            night=row["night"],
        )
        for number, row in enumerate(missed)
    ]
    sealed = [wiring.seal(entry) for entry in written]
    await append_many(connection, sealed, chain_id)
    await find_missed(wiring, connection, actor, chain_id, day)
    closed = entries.day_closed(
        actor.unit_id, actor.staff_id, day, actor.now, missed_count=len(missed)
    )
    await append(connection, wiring.seal(closed), chain_id)
