"""Days that a pharmacy closes: whoever has one there by a supply order has it at the clinic again.

In the transaction that closes the day, person by person, with an entry each. A day of which a dose
is taken stays, and so does one of today or tomorrow that a list in use there still gives.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row

from audit.ledger.entry import Entry
from dispensing.acts import Act, entry_of, runs_of
from dispensing.once_per_key import Statement
from dispensing.people.sessions import Actor
from dispensing.unit_acts import Place, lock_lists, unit_entry

LOCK = """
SELECT person_id FROM person WHERE person_id IN (SELECT s.person_id FROM supply_day s
    WHERE s.unit_id = %(unit_id)s AND s.ended_at IS NULL AND s.day = ANY (%(days)s))
ORDER BY person_id FOR UPDATE
"""
FIND = """
SELECT s.person_id, p.event_seq, s.supply_id, s.from_unit_id,
    array_agg(s.day ORDER BY s.day) AS days
FROM supply_day s JOIN person p USING (person_id)
WHERE s.unit_id = %(unit_id)s AND s.ended_at IS NULL AND s.day = ANY (%(days)s)
    AND NOT EXISTS (SELECT FROM claim c WHERE c.person_id = s.person_id AND c.for_day = s.day)
    AND NOT day_on_paper(s.person_id, s.unit_id, s.day)
GROUP BY s.person_id, p.event_seq, s.supply_id, s.from_unit_id ORDER BY s.person_id, s.supply_id
"""
END = """
UPDATE supply_day SET ended_at = %(at)s, ended_by = %(staff_id)s, ended_reason = 'lukkedag'
WHERE person_id = %(person_id)s AND supply_id = %(supply_id)s AND day = ANY (%(days)s)
    AND ended_at IS NULL
"""
ADVANCE = "UPDATE person SET event_seq = event_seq + 1 WHERE person_id = %(person_id)s"


@dataclass(frozen=True, slots=True)
class _Back:
    person_id: int
    event_seq: int
    supply_id: int
    from_unit_id: int
    days: list[date]


async def fall_back(
    connection: AsyncConnection[Any], actor: Actor, place: Place, closed: Sequence[date]
) -> tuple[list[Statement], list[Entry]]:
    """What closing these days writes beside; nothing at a unit that is no pharmacy.

    The statements come after those that close the days: the table asks for it.
    """
    if actor.unit_kind != "pharmacy" or not closed:
        return [], []
    asked = {"unit_id": actor.unit_id, "days": list(closed)}
    await connection.execute(LOCK, asked)
    await lock_lists(connection, actor.unit_id)
    async with connection.cursor(row_factory=class_row(_Back)) as cursor:
        await cursor.execute(FIND, asked)
        found = await cursor.fetchall()
    statements: list[Statement] = []
    told: list[Entry] = []
    before: dict[int, int] = {}
    for one in found:
        # Of two orders of one person the second entry is the next.
        seq = one.event_seq + before.get(one.person_id, 0) + 1
        before[one.person_id] = before.get(one.person_id, 0) + 1
        act = Act(one.person_id, seq, actor.unit_id, actor.staff_id, place.on, place.at)
        row = {
            "person_id": one.person_id,
            "supply_id": one.supply_id,
            "days": one.days,
            "at": place.at,
            "staff_id": actor.staff_id,
        }
        statements += [(END, row), (ADVANCE, row)]
        facts: dict[str, object] = {
            "supply": [one.supply_id, None],
            "pharmacy": actor.unit_id,
            "holder": one.from_unit_id,
            "reason": "lukkedag",
            "begins": [],
            "ends": runs_of(one.days),
        }
        told.append(entry_of(act, "supply-order-changed", facts))
        changed = {"by_unit": actor.unit_id, "change": "changed", "supply": one.supply_id}
        told.append(unit_entry("supply-orders-changed", actor, place, changed))
    return statements, told
