"""Conflicts between paper and record: shown until a doctor has written what is to be done.

Closing one changes neither side. It frees the person, at once or from a day on.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from dispensing.acts import Act
from dispensing.counter.decide import written
from dispensing.counter.loading import LOCK_PERSON
from dispensing.downtime import entries
from dispensing.errors import Conflict, NotFound, Unprocessable
from dispensing.looks import see_as
from dispensing.people.sessions import Actor
from dispensing.unit_acts import Place, UnitAnswer, UnitWriting, act_at_unit
from dispensing.wiring import Wiring

LONGEST_WAIT = timedelta(days=30)

LISTED = """
SELECT c.event_id, p.person_id, c.kinds, c.facts, c.for_day, c.opened_at, u.name AS unit,
    e.serial, e.row_no, e.happened, e.happened_at, e.doses, e.note, e.reservation_id,
    p.given_name, p.family_name, p.born_on,
    (SELECT left(s.given_name, 1) || '. ' || s.family_name FROM staff s
        WHERE s.staff_id = e.given_by) AS given_by,
    (SELECT left(s.given_name, 1) || '. ' || s.family_name FROM staff s
        WHERE s.staff_id = e.entered_by) AS entered_by,
    coalesce((SELECT json_agg(json_build_object('happened', o.happened, 'happened_at',
        o.happened_at, 'doses', o.doses, 'serial', o.serial, 'row_no', o.row_no)
        ORDER BY o.event_id) FROM paper_event o
        WHERE o.person_id = c.person_id AND o.for_day = c.for_day AND o.event_id <> c.event_id),
        '[]') AS others
FROM paper_conflict c JOIN paper_event e USING (event_id) JOIN unit u ON u.unit_id = c.unit_id
    JOIN person q ON q.person_id = c.person_id
    JOIN person p ON p.person_id = coalesce(q.merged_into_id, q.person_id)
-- Also where the person belongs: whom a paper elsewhere holds is held there, too.
WHERE %(unit_id)s IN (c.unit_id, p.unit_id, p.right_holder_unit_id) AND c.closed_at IS NULL
ORDER BY c.opened_at, c.event_id
"""
# Of a record merged since, the survivor's: theirs is the next dose.
FIND = """
SELECT coalesce(p.merged_into_id, p.person_id) AS person_id, c.for_day, c.closed_at,
    e.reservation_id, e.happened, e.downtime_id, e.serial, e.row_no
FROM paper_conflict c JOIN paper_event e USING (event_id)
    JOIN person p ON p.person_id = c.person_id
    JOIN person o ON o.person_id = coalesce(p.merged_into_id, p.person_id)
WHERE c.event_id = %(event_id)s
    AND %(unit_id)s IN (c.unit_id, o.unit_id, o.right_holder_unit_id)
"""
SEQ = "SELECT event_seq FROM person WHERE person_id = %(person_id)s"
CLOSE = """
UPDATE paper_conflict SET closed_at = %(at)s, closed_by = %(staff_id)s, decision = %(decision)s,
    no_dose_before_on = %(before)s WHERE event_id = %(event_id)s
"""
FREE = """
DELETE FROM paper_hold WHERE event_id = %(event_id)s
    OR (person_id = %(person_id)s AND kind = 'decided' AND until_on <= %(today)s)
"""
HOLD_UNTIL = """
INSERT INTO paper_hold (person_id, unit_id, kind, downtime_id, serial, row_no, event_id, for_day,
    amount_ug, since, until_on)
VALUES (%(person_id)s, %(unit_id)s, 'decided', %(downtime_id)s, %(serial)s, %(row_no)s,
    %(event_id)s, %(for_day)s, 1, %(at)s, %(before)s)
"""
ADVANCE = "UPDATE person SET event_seq = event_seq + 1 WHERE person_id = %(person_id)s"


async def open_conflicts(
    connection: AsyncConnection[Any], unit_id: int
) -> Sequence[dict[str, Any]]:
    """Conflicts that wait for a doctor, oldest first, with both sides.

    Those of the unit's paper, and of paper anywhere about the unit's own people.
    """
    await see_as(connection, unit_id)
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(LISTED, {"unit_id": unit_id})
        return await cursor.fetchall()


async def close(
    wiring: Wiring,
    token: str | None,
    event_id: int,
    decision: str,
    no_dose_before_on: date | None,
    key: str,
) -> UnitAnswer:
    """A doctor's written decision about a conflict; the person is held until ``no_dose_before_on``.

    Where a dose was had (or may have been) that the record holds no claim of, such a day is needed,
    after the list's day. Raises NotFound for a conflict of neither the actor's paper nor
    people, and Conflict for a closed one.
    """
    text = written(decision)

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        async with connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(FIND, {"event_id": event_id, "unit_id": actor.unit_id})
            found = await cursor.fetchone()
            if found is None:
                raise NotFound("no such conflict here")
            await cursor.execute(LOCK_PERSON, found)
            await cursor.execute(FIND, {"event_id": event_id, "unit_id": actor.unit_id})
            found = await cursor.fetchone() or found
            await cursor.execute(SEQ, found)
            seq = (await cursor.fetchone() or {})["event_seq"]
        if found["closed_at"] is not None:
            raise Conflict("this conflict is closed already", slug="conflict-closed")
        unclaimed = found["reservation_id"] is None and found["happened"] in HAD_OR_UNKNOWN
        _check(no_dose_before_on, found["for_day"], unclaimed, place)
        shared = found | {
            "event_id": event_id,
            "unit_id": actor.unit_id,
            "staff_id": actor.staff_id,
            "at": place.at,
            "today": place.on,
            "decision": text,
            "before": no_dose_before_on,
        }
        statements = [(ADVANCE, shared), (CLOSE, shared), (FREE, shared)]
        if no_dose_before_on is not None and no_dose_before_on > place.on:
            statements.append((HOLD_UNTIL, shared))
        act = Act(found["person_id"], seq + 1, actor.unit_id, actor.staff_id, place.on, place.at)
        entry = entries.conflict_closed(
            act, event_id=event_id, decision=text, no_dose_before_on=no_dose_before_on
        )
        answer = {"event_id": event_id, "no_dose_before_on": no_dose_before_on}
        return UnitWriting(answer, tuple(statements), (entry,))

    asked = {"event": event_id, "decision": text, "before": no_dose_before_on}
    return await act_at_unit(
        wiring, token, key, "close paper conflict", asked, build, roles=("doctor",)
    )


HAD_OR_UNKNOWN = frozenset({"given", "partial", "lost"})


def _check(before: date | None, for_day: date, unclaimed: bool, place: Place) -> None:
    """Raises Unprocessable for a day that is missing or cannot be meant."""
    if before is not None and before > place.on + LONGEST_WAIT:
        raise Unprocessable("at most thirty days ahead", field="no_dose_before_on")
    if unclaimed and (before is None or before <= for_day):
        raise Unprocessable(
            "from which day on there may be a dose again: after the day of the list",
            field="no_dose_before_on",
        )
