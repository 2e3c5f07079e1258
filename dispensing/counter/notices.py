"""What a doctor is told without having been asked, and that a doctor has read it.

A question waits for a decision about a dose; a notice only has to be seen: somebody left the
observation early, was deeply sedated, lost a dose. It stands on the doctor's page until a doctor
has read it, with a word in answer where one is needed, and nothing else makes it go away.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from psycopg.rows import class_row

from audit.ledger.entry import Entry
from dispensing.counter import entries
from dispensing.counter.act import act
from dispensing.counter.loading import Desk
from dispensing.counter.outcome import Outcome, Statement, Writing
from dispensing.counter.reserve import acting
from dispensing.errors import NotFound
from dispensing.once_per_key import request_hash
from dispensing.people.sessions import Actor, load_actor
from dispensing.wiring import Wiring

TELL = """
INSERT INTO doctor_notice (person_id, unit_id, kind, facts, told_by, told_at)
VALUES (%(person_id)s, %(unit_id)s, %(kind)s, %(facts)s, %(staff_id)s, %(at)s)
"""
MARK_READ = """
UPDATE doctor_notice SET read_by = %(staff_id)s, read_at = %(at)s, answer = %(answer)s
WHERE notice_id = %(notice_id)s AND read_at IS NULL
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

    ``further`` counts the act's entries before this one. ``facts``: JSON values, no floats.
    """
    statement = (
        TELL,
        {
            "person_id": desk.person_id,
            "unit_id": actor.unit_id,
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
        async with connection.cursor(row_factory=class_row(DoctorNotice)) as cursor:
            await cursor.execute(OPEN_NOTICES, {"unit_id": unit_id, "notice_id": notice_id})
            found = await cursor.fetchall()
        await connection.commit()
    return found


async def read_notice(
    wiring: Wiring, token: str, notice_id: int, answer: str | None, key: str
) -> Outcome:
    """A doctor has read a notice, with a word in answer or none. See ``act`` for keys and errors.

    Raises NotFound for a notice that is not open at the doctor's unit.
    """
    async with wiring.pool.connection() as connection:
        doctor = await load_actor(connection, token, wiring.limits)
        doctor.must_be("doctor")
        row = await (
            await connection.execute(
                "SELECT person_id, kind FROM doctor_notice WHERE notice_id = %s AND unit_id = %s",
                (notice_id, doctor.unit_id),
            )
        ).fetchone()
        await connection.commit()
    if row is None:
        raise NotFound("no such notice here")
    person_id, kind = row

    def build(actor: Actor, desk: Desk, more: Sequence[Any]) -> Writing:
        actor.must_be("doctor")
        shared = {
            "notice_id": notice_id,
            "staff_id": actor.staff_id,
            "at": desk.at,
            "answer": answer,
        }
        entry = entries.doctor_notice_read(
            acting(actor, desk), notice_id=notice_id, notice=kind, answer=answer
        )
        return Writing(
            Outcome("notice_read", desk.person_id, desk.at), ((MARK_READ, shared),), (entry,)
        )

    request = request_hash(f"read-notice {notice_id}", (answer or "").encode())
    return await act(wiring, token, key, request, build, person_id=person_id)
