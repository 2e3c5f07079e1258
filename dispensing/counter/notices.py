"""What a doctor is told without having been asked, and that a doctor has read it.

A question waits for a decision about a dose; a notice only has to be seen: somebody left the
observation early, was deeply sedated, lost a dose. It stands on the doctor's page until a doctor
has read it, with a word in answer where one is needed, and nothing else makes it go away.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row

from audit.ledger.entry import Entry
from dispensing.counter import entries
from dispensing.counter.loading import Desk
from dispensing.counter.outcome import Statement
from dispensing.counter.reserve import acting
from dispensing.errors import Conflict, NotFound
from dispensing.looks import see_as
from dispensing.people.sessions import Actor
from dispensing.unit_acts import Place, UnitAnswer, UnitWriting, act_at_unit
from dispensing.wiring import Wiring

TELL = """
INSERT INTO doctor_notice (person_id, unit_id, kind, facts, told_by, told_at)
VALUES (%(person_id)s, %(unit_id)s, %(kind)s, %(facts)s, %(staff_id)s, %(at)s)
"""
MARK_READ = """
UPDATE doctor_notice SET read_by = %(staff_id)s, read_at = %(at)s, answer = %(answer)s
WHERE notice_id = %(notice_id)s AND read_at IS NULL
"""
LOCK_NOTICE = """
SELECT person_id, kind, read_at FROM doctor_notice
WHERE notice_id = %(notice_id)s AND unit_id = %(unit_id)s FOR UPDATE
"""
OPEN_NOTICES = """
SELECT n.notice_id, n.person_id, n.kind, n.facts, n.told_at, p.given_name, p.family_name,
    left(s.given_name, 1) || '. ' || s.family_name AS told_by
FROM doctor_notice n JOIN person p USING (person_id) JOIN staff s ON s.staff_id = n.told_by
WHERE n.unit_id = %(unit_id)s AND n.read_at IS NULL
    AND (%(notice_id)s::bigint IS NULL OR n.notice_id = %(notice_id)s)
ORDER BY n.told_at
"""


@dataclass(frozen=True, slots=True)
class DoctorNotice:
    """Something a doctor of the unit has not read yet. ``facts`` are what the teller recorded."""

    notice_id: int
    person_id: int
    kind: str
    facts: dict[str, Any]
    told_at: datetime
    given_name: str
    family_name: str
    told_by: str


def tell_doctor(
    kind: str, facts: Mapping[str, object], actor: Actor, desk: Desk, *, further: int = 0
) -> tuple[Statement, Entry]:
    """The statement and the entry with which an act tells the unit's doctors.

    A pharmacy's notice goes to the unit that treats the person: it has no doctors of its own.
    ``further`` counts the act's entries before this one. ``facts``: JSON values, no floats.
    """
    treating = desk.enrolled_unit_id if actor.unit_kind == "pharmacy" else None
    statement = (
        TELL,
        {
            "person_id": desk.person_id,
            "unit_id": treating or actor.unit_id,
            "kind": kind,
            "facts": msgspec.json.encode(facts).decode(),
            "staff_id": actor.staff_id,
            "at": desk.at,
        },
    )
    return statement, entries.doctor_told(
        acting(actor, desk, further=further), notice=kind, facts=facts
    )


async def open_notices(
    wiring: Wiring, unit_id: int, notice_id: int | None = None
) -> list[DoctorNotice]:
    """What no doctor of the unit has read yet, the oldest first."""
    async with wiring.pool.connection() as connection:
        await see_as(connection, unit_id)
        async with connection.cursor(row_factory=class_row(DoctorNotice)) as cursor:
            await cursor.execute(OPEN_NOTICES, {"unit_id": unit_id, "notice_id": notice_id})
            found = await cursor.fetchall()
        await connection.commit()
    return found


async def read_notice(
    wiring: Wiring, token: str, notice_id: int, answer: str | None, key: str
) -> UnitAnswer:
    """A doctor has read a notice, with a word in answer or none. See ``act_at_unit`` for errors.

    An act of the unit: the person may have moved on, or be one with another record by now. Raises
    NotFound for a notice of another unit and Conflict for one that is read already.
    """

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        asked = {"notice_id": notice_id, "unit_id": actor.unit_id}
        row = await (await connection.execute(LOCK_NOTICE, asked)).fetchone()
        if row is None:
            raise NotFound("no such notice here")
        person_id, kind, read_at = row
        if read_at is not None:
            raise Conflict("a doctor has read this already", slug="already-read")
        shared = asked | {"staff_id": actor.staff_id, "at": place.at, "answer": answer}
        entry = entries.doctor_notice_read(
            place.unit_id,
            actor.staff_id,
            place.on,
            place.at,
            notice_id=notice_id,
            person_id=person_id,
            notice=kind,
            answer=answer,
        )
        return UnitWriting({"notice_id": notice_id}, ((MARK_READ, shared),), (entry,))

    verb = f"read-notice {notice_id}"
    return await act_at_unit(wiring, token, key, verb, answer, build, roles=("doctor",))
