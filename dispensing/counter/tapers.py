"""The taper of benzodiazepines as the counter sees it: which step comes next. It informs only.

What a doctor decided about it stands above the counter (``treatment``); the database's view
``taper_now`` says what is left of the plan in force.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from psycopg import AsyncConnection
from psycopg.rows import class_row

TAPER = """
SELECT w.atc, w.dose_ug, w.next_on, w.next_ug FROM taper_now w JOIN person p
    ON w.person_id = ANY (p.person_id || p.also_ids)
WHERE p.person_id = %(person_id)s AND w.next_on IS NOT NULL
ORDER BY w.person_id = p.person_id DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Taper:
    """A plan in force: micrograms a day of the substance now, and its next step."""

    atc: str
    dose_ug: int
    next_on: date
    next_ug: int

    def word(self, today: date) -> Literal["behind", "step-today", "later"]:
        """Whether the step is over its day, due today, or still to come."""
        if self.next_on < today:
            return "behind"
        return "step-today" if self.next_on == today else "later"

    def days_behind(self, today: date) -> int:
        """How many days ago the step was planned; zero where it is not over its day."""
        return max((today - self.next_on).days, 0)


async def taper_of(connection: AsyncConnection[Any], person_id: int) -> Taper | None:
    """The plan in force of somebody the caller may see, while a step of it is left."""
    async with connection.cursor(row_factory=class_row(Taper)) as cursor:
        await cursor.execute(TAPER, {"person_id": person_id})
        return await cursor.fetchone()
