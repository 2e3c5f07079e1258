"""Who has looked at a person: read from the chains of views, for the person who asks.

Staff are told by role and unit, and numbered within the extract, so that the patient sees that it
was the same one again without a name (decision 0018). A list or search that showed the person
counts. An entry whose words were erased is told as what it is: not known any more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row

from dispensing.errors import Unprocessable
from dispensing.looks import record_look
from dispensing.people.sessions import Actor, load_actor
from dispensing.persons import store
from dispensing.wiring import Wiring

ROLES = ("doctor", "administrator")
LONGEST_DAYS = 3660

# Times are those the ledger gave; days are of the actor's unit.
LOOKS = """
WITH asked AS (
    SELECT p.person_id || p.also_ids AS ids,
        %(from_on)s::date::timestamp AT TIME ZONE %(zone)s AS from_at,
        (%(to_on)s::date + 1)::timestamp AT TIME ZONE %(zone)s AS until_at
    FROM person p WHERE p.person_id = %(person_id)s),
found AS (
    SELECT l.* FROM ledger_payload l, asked
    WHERE l.person_id = ANY (asked.ids) AND l.person_seq IS NULL
    UNION
    SELECT l.* FROM ledger_payload l, asked
    WHERE l.kind IN ('list-viewed', 'people-searched', 'number-searched', 'emergency-list-viewed')
        AND l.payload IS NOT NULL
        AND EXISTS (SELECT FROM jsonb_array_elements(
            convert_from(l.payload, 'UTF8')::jsonb -> 'facts' -> 'found') AS shown (id)
            WHERE shown.id::bigint = ANY (asked.ids)))
SELECT e.recorded_at AS at, f.kind,
    CASE WHEN f.payload IS NOT NULL
        THEN convert_from(f.payload, 'UTF8')::jsonb -> 'facts' ->> 'page' END AS page,
    f.actor_id, s.role, u.name AS unit_name,
    EXISTS (SELECT FROM emergency_access x, asked WHERE x.staff_id = f.actor_id
        AND x.person_id = ANY (asked.ids) AND f.person_id = ANY (asked.ids)
        AND e.recorded_at >= x.opened_at AND e.recorded_at < x.until_at) AS in_emergency
FROM asked, found f JOIN ledger_entry e USING (chain_id, seq)
JOIN ledger_head h ON h.chain_id = f.chain_id AND h.purpose = 'views'
LEFT JOIN staff s ON s.staff_id = f.actor_id LEFT JOIN unit u ON u.unit_id = f.unit_id
WHERE e.recorded_at >= asked.from_at AND e.recorded_at < asked.until_at
ORDER BY e.recorded_at, f.chain_id, f.seq
"""


@dataclass(frozen=True, slots=True)
class _Row:
    at: datetime
    kind: str
    page: str | None
    actor_id: int | None
    role: str | None
    unit_name: str | None
    in_emergency: bool


@dataclass(frozen=True, slots=True)
class Look:
    """One look. ``viewer`` numbers the members of staff of this extract, from 1."""

    at: datetime
    what: str
    role: str
    viewer: int
    unit_name: str
    in_emergency: bool


@dataclass(frozen=True, slots=True)
class Extract:
    """Who looked at a person in a period, oldest first."""

    person: store.PersonRow
    from_on: date
    to_on: date
    made_at: datetime
    zone: str
    unit_name: str
    looks: tuple[Look, ...]


async def who_looked(
    wiring: Wiring, token: str | None, person_id: int, from_on: date | None, to_on: date | None
) -> tuple[Actor, Extract]:
    """The extract for a person of the actor's unit; a year back when no period is said.

    It is a view itself, and stands in the next extract. Raises Forbidden, NotFound and
    Unprocessable for a period that is none.
    """
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, token, wiring.limits)
        actor.must_be(*ROLES)
        person = await store.load_person(connection, actor, person_id, lock=False)
        last = to_on or await _today(connection, actor)
        first = from_on or date(last.year - 1, last.month, min(last.day, 28))
        if not 0 <= (last - first).days <= LONGEST_DAYS:
            raise Unprocessable("the period ends before it begins, or is too long", field="to")
        async with connection.cursor(row_factory=class_row(_Row)) as cursor:
            asked: dict[str, Any] = {
                "person_id": person_id,
                "from_on": first,
                "to_on": last,
                "zone": actor.zone,
            }
            await cursor.execute(LOOKS, asked)
            rows = await cursor.fetchall()
        await record_look(wiring, connection, actor, person_id, "extract")
        await connection.commit()
    made = Extract(person, first, last, actor.now, actor.zone, actor.unit_name, _numbered(rows))
    return actor, made


async def _today(connection: AsyncConnection[Any], actor: Actor) -> date:
    asked = {"zone": actor.zone}
    row = await (
        await connection.execute("SELECT (clock_timestamp() AT TIME ZONE %(zone)s)::date", asked)
    ).fetchone()
    assert row is not None
    return row[0]


def _numbered(rows: Sequence[_Row]) -> tuple[Look, ...]:
    viewers: dict[int | None, int] = {}
    return tuple(
        Look(
            row.at,
            row.page or row.kind,
            row.role or "",
            viewers.setdefault(row.actor_id, len(viewers) + 1),
            row.unit_name or "",
            row.in_emergency,
        )
        for row in rows
    )
