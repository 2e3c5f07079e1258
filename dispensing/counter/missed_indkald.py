"""Days of an indkald that were not held, found when the unit closes its day and by nothing else.

Such a day is a state of its own: it stands in the record, the unit's doctors are told, and the
period waits for one of them (``treatment/indkald``). Nothing else follows from it by itself.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row

from audit.ledger.append import append_many
from audit.ledger.entry import Entry
from dispensing.acts import Act, entry_of
from dispensing.counter import entries
from dispensing.counter.away import AWAY_ON
from dispensing.counter.notices import TELL
from dispensing.once_per_key import Statement
from dispensing.people.sessions import Actor
from dispensing.wiring import Wiring

#: Nothing was swallowed here that day; it was, and the observation is not whole; or the person was
#: at a place outside the service, and whatever was swallowed there nobody here observed.
Why = Literal["no-dose", "not-observed", "away"]

# Where an observation still runs the day is not held yet; signed off later, it waits for nobody.
NOT_HELD = f"""
SELECT i.indkald_id, p.person_id, p.event_seq,
    CASE WHEN had.here THEN 'not-observed'
        WHEN had.here IS NOT NULL OR {AWAY_ON.format(day="%(day)s::date")} THEN 'away'
        ELSE 'no-dose' END AS why
FROM indkald i JOIN person p USING (person_id)
-- Null where nothing was swallowed, at no place.
CROSS JOIN LATERAL (SELECT bool_or(v.source <> 'elsewhere') AS here
    FROM claim c JOIN reservation v USING (reservation_id)
    WHERE c.person_id = p.person_id AND c.for_day = %(day)s AND c.state = 'given'
    AND c.how = 'supervised') had
WHERE coalesce(i.unit_id, p.unit_id) = %(unit_id)s AND i.state IN ('planned', 'running')
    AND p.ended_on IS NULL AND p.merged_into_id IS NULL
    AND %(day)s = ANY (i.days) AND NOT %(day)s = ANY (i.completed)
    AND NOT EXISTS (SELECT FROM indkald_missed m
        WHERE m.indkald_id = i.indkald_id AND m.day = %(day)s)
ORDER BY p.person_id, i.indkald_id
"""
RECORD = """
INSERT INTO indkald_missed (indkald_id, day, person_id, unit_id, why, found_by, found_at)
VALUES (%(indkald_id)s, %(day)s, %(person_id)s, %(unit_id)s, %(why)s, %(staff_id)s, %(at)s)
"""
ADVANCE = """
UPDATE person SET event_seq = event_seq + %(count)s WHERE person_id = %(person_id)s
"""


@dataclass(frozen=True, slots=True)
class NotHeld:
    """A person's day that was not held, as it is found."""

    indkald_id: int
    person_id: int
    event_seq: int
    why: Why


def day_missed(act: Act, *, indkald_id: int, day: date, why: Why) -> Entry:
    """A day of the period was not held; what that means a doctor decides."""
    facts = {"indkald": indkald_id, "day": day.isoformat(), "why": why}
    return entry_of(act, "indkald-day-missed", facts)


def written_of(one: NotHeld, actor: Actor, day: date) -> tuple[list[Statement], list[Entry]]:
    """The record of one such day, the doctors' notice, and their entries."""
    notice = {"indkald": one.indkald_id, "day": day.isoformat(), "why": one.why}
    shared = {
        "indkald_id": one.indkald_id,
        "person_id": one.person_id,
        "unit_id": actor.unit_id,
        "staff_id": actor.staff_id,
        "at": actor.now,
    }
    told = {"kind": "indkald-missed", "facts": msgspec.json.encode(notice).decode()}

    def act(further: int) -> Act:
        seq = one.event_seq + 1 + further
        return Act(one.person_id, seq, actor.unit_id, actor.staff_id, day, actor.now)

    statements: list[Statement] = [
        (RECORD, shared | {"day": day, "why": one.why}),
        (TELL, shared | told),
        (ADVANCE, {"count": 2, "person_id": one.person_id}),
    ]
    return statements, [
        day_missed(act(0), indkald_id=one.indkald_id, day=day, why=one.why),
        entries.doctor_told(act(1), notice="indkald-missed", facts=notice),
    ]


async def find_missed(
    wiring: Wiring, connection: AsyncConnection[Any], actor: Actor, chain_id: int, day: date
) -> int:
    """Record every day of an indkald that was not held; the caller has locked the people, and
    commits. Answers how many."""
    async with connection.cursor(row_factory=class_row(NotHeld)) as cursor:
        await cursor.execute(NOT_HELD, {"unit_id": actor.unit_id, "day": day})
        found = await cursor.fetchall()
    written: list[Entry] = []
    for one in found:
        statements, of_one = written_of(one, actor, day)
        for sql, parameters in statements:
            await connection.execute(sql, parameters)
        written += of_one
    if written:
        await append_many(connection, [wiring.seal(entry) for entry in written], chain_id)
    return len(found)
