"""What only the pages read: heads of the ledger, questions with their answers, who acts.

Nothing here marks a session as used: a page that refreshes by itself must not keep a session
alive that nobody sits at.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row

from dispensing.errors import NotFound
from dispensing.looks import see_as
from dispensing.people.sessions import Actor, load_actor
from dispensing.wiring import Wiring

HEADS = """
SELECT clock_timestamp() AS at, u.unit_id, h.seq
FROM unit u JOIN ledger_head h ON h.chain_id = u.clinical_chain
"""
QUESTION_OF_PERSON = """
SELECT q.question_id, q.asked_at, e.decided_at AS answered_at, e.allow, e.reason, e.rule_ids,
    s.given_name || ' ' || s.family_name AS doctor
FROM (SELECT max(question_id) AS question_id, max(asked_at) AS asked_at FROM doctor_question
    WHERE person_id IN (SELECT unnest(o.person_id || o.also_ids) FROM person o
        WHERE o.person_id = %(person_id)s) AND day = %(day)s
        AND night = %(night)s) q
LEFT JOIN (SELECT * FROM doctor_decision WHERE person_id = %(person_id)s AND day = %(day)s
        AND (night = %(night)s OR NOT allow)
    ORDER BY decision_id DESC LIMIT 1) e ON true
LEFT JOIN staff s ON s.staff_id = e.decided_by
"""
ANSWERED_TODAY = """
SELECT e.person_id, max(e.decided_at) AS answered_at
FROM doctor_decision e JOIN person p USING (person_id)
WHERE (p.unit_id = %(unit_id)s OR p.right_holder_unit_id = %(unit_id)s
        OR p.person_id IN (SELECT v.person_id FROM guest_here v WHERE v.unit_id = %(unit_id)s))
    AND e.day = %(day)s
    AND e.question_id IS NOT NULL
GROUP BY e.person_id
"""
# A question follows the person. Whose record was merged since is asked about as the survivor; asked
# where the person no longer comes (a guest's day is over), it waits for the doctor at home.
ASKED_FROM = """
FROM doctor_question q JOIN person o ON o.person_id = q.person_id
JOIN person p ON p.person_id = coalesce(o.merged_into_id, o.person_id)
JOIN staff s ON s.staff_id = q.asked_by"""
# A pharmacy has no doctors: what it asks waits where the person is treated.
_THERE = """((q.unit_id IN (p.unit_id, p.right_holder_unit_id) OR EXISTS (SELECT FROM guest_here v
    WHERE v.person_id = p.person_id AND v.unit_id = q.unit_id))
    AND NOT EXISTS (SELECT FROM unit z WHERE z.unit_id = q.unit_id AND z.kind = 'pharmacy'))"""
WAITS_HERE = f"""q.answered_at IS NULL AND (q.unit_id = %(unit_id)s AND {_THERE}
    OR %(unit_id)s IN (p.unit_id, p.right_holder_unit_id) AND NOT {_THERE})"""
QUESTION = f"""
SELECT q.question_id, p.person_id, q.verdict, q.note, q.asked_at, q.answered_at, q.day, q.night,
    p.given_name, p.family_name, s.given_name AS asker_given_name,
    s.family_name AS asker_family_name
{ASKED_FROM}
WHERE {WAITS_HERE}
    AND (%(question_id)s::bigint IS NULL OR q.question_id = %(question_id)s)
ORDER BY q.asked_at
"""
# What was told of a person today and left no claim: affected (and not looked at again, which a
# later reservation tells), or declined.
TOLD_TODAY = """
SELECT (SELECT max(f.refused_at) FROM refusal f
        WHERE f.person_id IN (SELECT unnest(o.person_id || o.also_ids) FROM person o
            WHERE o.person_id = %(person_id)s)
        AND f.day = %(day)s AND f.verdict @> '{"findings": [{"rule_id": "affected-now"}]}'
        AND f.refused_at > coalesce((SELECT max(coalesce(c.swallowed_at, c.claimed_at))
            FROM claim c WHERE c.person_id = %(person_id)s AND c.for_day = %(day)s),
            '-infinity')) AS affected_at,
    (SELECT max((convert_from(l.payload, 'UTF8')::jsonb -> 'facts' ->> 'at')::timestamptz)
        FROM (SELECT * FROM ledger_payload WHERE person_id = %(person_id)s
            AND person_seq IS NOT NULL ORDER BY person_seq DESC LIMIT 20) l
        WHERE l.kind = 'dose-declined' AND l.on_day = %(day)s) AS declined_at
"""
NAME = "SELECT given_name, family_name, born_on FROM person WHERE person_id = %(person_id)s"
PAPER_CONFLICTS = """
SELECT count(*) FROM paper_conflict c JOIN person q USING (person_id)
JOIN person p ON p.person_id = coalesce(q.merged_into_id, q.person_id)
WHERE %(unit_id)s IN (c.unit_id, p.unit_id, p.right_holder_unit_id) AND c.closed_at IS NULL
"""
UNIT_NAMES = "SELECT unit_id, name FROM unit"
DAY_CLOSED = "SELECT missed FROM day_close WHERE unit_id = %(unit_id)s AND day = %(day)s"


@dataclass(frozen=True, slots=True)
class AskedOfDoctor:
    """The latest question about a person today and the latest decision, either may be missing."""

    question_id: int | None
    asked_at: datetime | None
    answered_at: datetime | None
    allow: bool | None
    reason: str | None
    rule_ids: list[str] | None
    doctor: str | None


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question that waits, with who asked about whom."""

    question_id: int
    person_id: int
    verdict: dict[str, Any]
    note: str | None
    asked_at: datetime
    answered_at: datetime | None
    day: date
    night: bool
    given_name: str
    family_name: str
    asker_given_name: str
    asker_family_name: str


async def acting_quietly(wiring: Wiring, token: str, *, also_locked: bool = False) -> Actor:
    """Who acts, without marking the session as used. Errors as ``load_actor``."""
    async with wiring.pool.connection() as connection:
        actor = await load_actor(
            connection, token, wiring.limits, also_locked=also_locked, quietly=True
        )
        await connection.commit()
    return actor


async def ledger_heads(connection: AsyncConnection[Any]) -> tuple[datetime, dict[int, int]]:
    """The database's moment, and how long each unit's clinical chain is, by unit."""
    rows = await (await connection.execute(HEADS)).fetchall()
    await connection.commit()
    return rows[0][0], {unit_id: seq for _, unit_id, seq in rows}


async def question_of_person(
    wiring: Wiring, unit_id: int, person_id: int, day: date, *, night: bool = False
) -> AskedOfDoctor | None:
    """What was asked about a person today, and the latest answer; ``night``: of the night dose."""
    async with wiring.pool.connection() as connection:
        await see_as(connection, unit_id)
        async with connection.cursor(row_factory=class_row(AskedOfDoctor)) as cursor:
            asked = {"person_id": person_id, "day": day, "night": night}
            await cursor.execute(QUESTION_OF_PERSON, asked)
            found = await cursor.fetchone()
        await connection.commit()
    return found if found and (found.asked_at or found.answered_at) else None


@dataclass(frozen=True, slots=True)
class ToldToday:
    """When a person was last seen affected today, and when they last declined today's dose."""

    affected_at: datetime | None
    declined_at: datetime | None


async def told_today(wiring: Wiring, unit_id: int, person_id: int, day: date) -> ToldToday | None:
    """What was told of a person today that left no claim."""
    async with wiring.pool.connection() as connection:
        await see_as(connection, unit_id)
        async with connection.cursor(row_factory=class_row(ToldToday)) as cursor:
            await cursor.execute(TOLD_TODAY, {"person_id": person_id, "day": day})
            found = await cursor.fetchone()
        await connection.commit()
    return found


async def answered_today(wiring: Wiring, unit_id: int, day: date) -> dict[int, datetime]:
    """The people of a unit about whom a doctor answered a question today, with the moment."""
    async with wiring.pool.connection() as connection:
        asked = {"unit_id": unit_id, "day": day}
        rows = await (await connection.execute(ANSWERED_TODAY, asked)).fetchall()
        await connection.commit()
    return {person_id: at for person_id, at in rows}


async def open_questions(
    wiring: Wiring, unit_id: int, question_id: int | None = None
) -> list[OpenQuestion]:
    """The unit's questions that wait for a doctor, oldest first; or the one named."""
    async with wiring.pool.connection() as connection:
        await see_as(connection, unit_id)
        async with connection.cursor(row_factory=class_row(OpenQuestion)) as cursor:
            await cursor.execute(QUESTION, {"unit_id": unit_id, "question_id": question_id})
            found = await cursor.fetchall()
        await connection.commit()
    return found


async def paper_conflicts(wiring: Wiring, unit_id: int) -> int:
    """How many conflicts between paper and record wait for a doctor of the unit.

    The unit's own paper, and paper of other places about its people.
    """
    async with wiring.pool.connection() as connection:
        await see_as(connection, unit_id)
        row = await (await connection.execute(PAPER_CONFLICTS, {"unit_id": unit_id})).fetchone()
        await connection.commit()
    return int(row[0]) if row else 0


async def unit_names(wiring: Wiring) -> dict[int, str]:
    """The units by id."""
    async with wiring.pool.connection() as connection:
        rows = await (await connection.execute(UNIT_NAMES)).fetchall()
        await connection.commit()
    return {unit_id: name for unit_id, name in rows}


async def missed_when_closed(wiring: Wiring, unit_id: int, day: date) -> int | None:
    """How many were missed when the day was closed; None while it is open."""
    async with wiring.pool.connection() as connection:
        asked = {"unit_id": unit_id, "day": day}
        row = await (await connection.execute(DAY_CLOSED, asked)).fetchone()
        await connection.commit()
    return row[0] if row else None


@dataclass(frozen=True, slots=True)
class Name:
    """A person's name, and initials for a screen that faces the room."""

    name: str
    initials: str
    born_on: date


async def name_of(connection: AsyncConnection[Any], person_id: int) -> Name:
    """The name of somebody the caller may see. Raises NotFound."""
    row = await (await connection.execute(NAME, {"person_id": person_id})).fetchone()
    if row is None:
        raise NotFound("no such person here")
    return Name(f"{row[0]} {row[1]}", f"{row[0][:1]}.{row[1][:1]}.", row[2])
