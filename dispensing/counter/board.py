"""Who is under observation in a unit, since when and until when, and when to look next.

Everything is a moment in the database: a restart forgets nothing, and a clock change moves
nothing. A look is due so many minutes after the swallow and after each look, and at the end.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from psycopg import AsyncConnection
from psycopg.rows import class_row

from dispensing.looks import see_as

BoardState = Literal["held", "over", "look", "calm"]
# What needs a person first: deeply sedated, time is up, a look is due.
URGENCY: tuple[BoardState, ...] = ("held", "over", "look", "calm")

OBSERVED = """
SELECT o.reservation_id, o.person_id, p.given_name, p.family_name, p.born_on, o.reason,
    o.started_at, o.due_at, o.check_every_minutes, k.checked_at AS looked_at, k.poss,
    k.breaths_per_minute, coalesce(k.held, false) AS held, clock_timestamp() AS at
FROM observation o JOIN person p USING (person_id)
LEFT JOIN LATERAL (SELECT * FROM sedation_check k WHERE k.reservation_id = o.reservation_id
    ORDER BY k.check_id DESC LIMIT 1) k ON true
WHERE o.unit_id = %(unit_id)s AND o.state = 'running'
"""

BOOK_IN_FORCE = """
SELECT b.book_id FROM unit_rule_book b JOIN unit u USING (unit_id)
WHERE b.unit_id = %(unit_id)s AND b.from_on <= (clock_timestamp() AT TIME ZONE u.zone)::date
ORDER BY b.from_on DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Observed:
    """One person under observation. ``looked_at`` with its readings is the last look, if any."""

    reservation_id: int
    person_id: int
    given_name: str
    family_name: str
    born_on: date
    reason: str
    started_at: datetime
    due_at: datetime
    check_every_minutes: int | None
    looked_at: datetime | None
    poss: int | None
    breaths_per_minute: int | None
    held: bool
    at: datetime

    @property
    def look_at(self) -> datetime:
        """When somebody must look next; the end of the observation is a look too."""
        return next_look(self.started_at, self.due_at, self.check_every_minutes, self.looked_at)

    @property
    def state(self) -> BoardState:
        """What this person needs now, by the database's moment of the query."""
        if self.held:
            return "held"
        if self.at >= self.due_at:
            return "over"
        return "look" if self.at >= self.look_at else "calm"

    @property
    def initials(self) -> str:
        """For a screen that faces the room."""
        return f"{self.given_name[:1]}.{self.family_name[:1]}."


def next_look(
    started_at: datetime,
    due_at: datetime,
    every_minutes: int | None,
    looked_at: datetime | None,
) -> datetime:
    """When the next look is due: so long after the swallow or the last look, at latest at the end.

    Without a recorded interval (an observation older than the board) a look is due at once.
    """
    if every_minutes is None:
        return started_at if looked_at is None else due_at
    return min((looked_at or started_at) + timedelta(minutes=every_minutes), due_at)


async def load_board(connection: AsyncConnection[Any], unit_id: int) -> list[Observed]:
    """Everyone under observation in a unit, the most urgent first."""
    await see_as(connection, unit_id)
    async with connection.cursor(row_factory=class_row(Observed)) as cursor:
        await cursor.execute(OBSERVED, {"unit_id": unit_id})
        found = await cursor.fetchall()
    await connection.commit()
    return sorted(
        found,
        key=lambda one: (URGENCY.index(one.state), one.look_at, one.due_at, one.reservation_id),
    )


async def book_in_force(connection: AsyncConnection[Any], unit_id: int) -> str | None:
    """The id of the rule book a unit decides by today, or None."""
    row = await (await connection.execute(BOOK_IN_FORCE, {"unit_id": unit_id})).fetchone()
    await connection.commit()
    return row[0] if row else None
