"""The unit's tapers: who is behind first, then whose step is due, then who waits for a plan."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
from psycopg import AsyncConnection

from dispensing.looks import look_at_list
from dispensing.people.sessions import load_actor
from dispensing.treatment.deciding import READERS
from dispensing.treatment.sedatives.following import Standing, Went, standing
from dispensing.treatment.sedatives.plan import Pause, Step
from dispensing.wiring import Wiring
from dosing_rules.facts import TaperState

PEOPLE = """
SELECT (clock_timestamp() AT TIME ZONE u.zone)::date AS today, p.person_id, p.given_name,
    p.family_name, p.born_on, k.taper_state, k.sedatives_low_ug, k.sedatives_high_ug,
    k.pregnant, n.atc, n.dose_ug, q.from_ug, q.step_on, q.step_ug, q.pauses::text
FROM unit u JOIN person p USING (unit_id) LEFT JOIN care k USING (person_id)
LEFT JOIN LATERAL (SELECT * FROM taper_now w WHERE w.person_id = ANY (p.person_id || p.also_ids)
    ORDER BY w.person_id = p.person_id DESC LIMIT 1) n ON true
LEFT JOIN taper_plan q ON (q.person_id, q.version) = (n.person_id, n.version)
WHERE u.unit_id = %(unit_id)s AND p.ended_on IS NULL AND p.merged_into_id IS NULL
    AND (n.version IS NOT NULL OR k.taper_state IS NULL OR k.taper_state <> 'none'
        OR k.sedatives_high_ug > 0)
"""
_PAUSES = msgspec.json.Decoder(tuple[Pause, ...])
_ORDER = {"behind": 0, "step-today": 1, "done": 2, "ahead": 3, "on-plan": 4}
#: Where a person is, for the counts: a taper by how it stands, the rest by their state.
Where = str


@dataclass(frozen=True, slots=True)
class OnTheWay:
    """Somebody who takes benzodiazepines, or of whom nobody knows; ``stands`` with a plan."""

    person_id: int
    given_name: str
    family_name: str
    born_on: date
    state: TaperState | None
    low_ug: int | None
    high_ug: int | None
    pregnant: bool
    atc: str | None
    stands: Standing | None

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}"

    @property
    def initials(self) -> str:
        """For a screen that faces the room."""
        return f"{self.given_name[:1]}.{self.family_name[:1]}."

    @property
    def where(self) -> Where:
        """How the taper stands; without one the state, ``unknown`` where nothing is recorded."""
        if self.stands is not None:
            return self.stands.word
        return self.state or "unknown"

    @property
    def order(self) -> tuple[int, int, str]:
        """Behind first, the longest first; those without a plan by the larger load."""
        if self.stands is not None:
            days = self.stands.days if self.stands.word == "behind" else 0
            return _ORDER[self.stands.word], -days, self.name
        return (5 if self.state else 6), -(self.high_ug or 0), self.name


async def load_tapers(wiring: Wiring, token: str) -> tuple[OnTheWay, ...]:
    """Everybody of the actor's unit who takes benzodiazepines or may; the look is recorded.

    Raises NotSignedIn, Forbidden.
    """
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, token, wiring.limits)
        actor.must_be(*READERS)
        people = await tapers_of_unit(connection, actor.unit_id)
        await connection.commit()
    await look_at_list(wiring, actor, "tapers", [one.person_id for one in people])
    return people


async def tapers_of_unit(connection: AsyncConnection[Any], unit_id: int) -> tuple[OnTheWay, ...]:
    """As ``load_tapers``, in a transaction that sees as the unit; nothing is recorded."""
    rows = await (await connection.execute(PEOPLE, {"unit_id": unit_id})).fetchall()
    return tuple(sorted([_read(row) for row in rows], key=lambda one: one.order))


def _read(row: Any) -> OnTheWay:
    today, person_id, given, family, born_on, state, low_ug, high_ug, pregnant = row[:9]
    atc, dose_ug, from_ug, step_on, step_ug, pauses = row[9:]
    stands = None
    if atc is not None:
        steps = [Step(day, ug) for day, ug in zip(step_on, step_ug, strict=True)]
        # What is had now is had, since whenever.
        now = (Went(date.min, dose_ug),)
        stands = standing(from_ug, steps, now, _PAUSES.decode(pauses), today)
    return OnTheWay(
        person_id,
        given,
        family,
        born_on,
        state,
        low_ug,
        high_ug,
        pregnant is True,
        atc,
        stands,
    )


def counted(people: tuple[OnTheWay, ...]) -> Mapping[Where, int]:
    """How many stand where, in the order of the list."""
    counts: dict[Where, int] = {}
    for one in people:
        counts[one.where] = counts.get(one.where, 0) + 1
    return counts
