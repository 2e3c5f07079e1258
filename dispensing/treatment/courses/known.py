"""Whom somebody may be who is about to be registered: one human has one record across the units.

By number (its keyed hash) a record of any unit is found. By name alone, people of one's own unit,
in treatment or not; of other units only who was born the same day and is called alike, and then
nothing is said but which unit: the way on is a call.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row

from dispensing.errors import Conflict
from dispensing.people.sessions import Actor
from dispensing.persons.look_alikes import name_keys

# Advisory lock: two who register at once come one after the other, so that the second one finds
# whom the first one registered.
ONE_BY_ONE = "SELECT pg_advisory_xact_lock(hashtext('people are registered one by one'))"
KNOWN = """
SELECT p.person_id, p.given_name, p.family_name, p.born_on, p.unit_id,
    p.ended_on IS NOT NULL AS ended, p.dead, u.name AS unit_name, u.phone
FROM person p JOIN unit u USING (unit_id)
WHERE p.merged_into_id IS NULL AND (p.unit_id = %(unit_id)s OR p.born_on = %(born_on)s
    OR p.person_id = %(holder)s)
ORDER BY p.family_name, p.given_name, p.person_id
"""


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody with a record: at which unit, in treatment there or not."""

    person_id: int
    given_name: str
    family_name: str
    born_on: date
    unit_id: int
    ended: bool
    dead: bool
    unit_name: str
    phone: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """Who holds the number, and who could be taken for the newcomer, of this unit and others."""

    holder: Known | None
    here: tuple[Known, ...]
    elsewhere: tuple[Known, ...]

    @property
    def token(self) -> str:
        """Names the look-alikes that were shown, so that no other one is waved through."""
        ids = sorted(one.person_id for one in (*self.here, *self.elsewhere))
        return sha256(repr(ids).encode()).hexdigest()[:16] if ids else ""


def resembles(one: Known, given_name: str, family_name: str, born_on: date) -> tuple[bool, bool]:
    """Whether names are alike, also the wrong way round; and whether one is, on one birth date."""
    mine = name_keys(given_name), name_keys(family_name)
    theirs = name_keys(one.given_name), name_keys(one.family_name)
    straight = [not a.isdisjoint(b) for a, b in zip(mine, theirs, strict=True)]
    crossed = [not a.isdisjoint(b) for a, b in zip(mine, reversed(theirs), strict=True)]
    both = all(straight) or all(crossed)
    return both, born_on == one.born_on and any((*straight, *crossed))


def find(
    people: Iterable[Known],
    unit_id: int,
    holder_id: int | None,
    given_name: str,
    family_name: str,
    born_on: date,
) -> Found:
    """Of all records those that matter before a newcomer gets one."""
    holder, here, elsewhere = None, [], []
    for one in people:
        if one.person_id == holder_id:
            holder = one
            continue
        alike, born_alike = resembles(one, given_name, family_name, born_on)
        if one.unit_id == unit_id and (alike or born_alike):
            here.append(one)
        elif one.unit_id != unit_id and born_alike:
            elsewhere.append(one)
    return Found(holder, tuple(here), tuple(elsewhere))


async def load_known(
    connection: AsyncConnection[Any], actor: Actor, born_on: date, holder_id: int | None
) -> Sequence[Known]:
    """Everybody of the unit, everybody of that birth date, and who holds the number."""
    async with connection.cursor(row_factory=class_row(Known)) as cursor:
        asked = {"unit_id": actor.unit_id, "born_on": born_on, "holder": holder_id}
        await cursor.execute(KNOWN, asked)
        return await cursor.fetchall()


def must_be_new(found: Found, unit_id: int, *, again: bool, other_than: str) -> Known | None:
    """Whose record takes the course, None for a new one.

    Raises Conflict: ``person-known`` (here), ``treated-by-another`` (with the unit and its phone),
    ``course-ended-known`` (the same record can be enrolled ``again``), ``look-alike`` until
    ``other_than`` names those shown. None of it tells a name.
    """
    holder = found.holder
    if holder is not None:
        where = {"unit": holder.unit_name, "phone": holder.phone}
        if not holder.ended:
            if holder.unit_id == unit_id:
                raise Conflict(
                    "this number is of somebody in treatment here",
                    slug="person-known",
                    person_id=holder.person_id,
                )
            raise Conflict(
                "another unit treats this person; call them", slug="treated-by-another", **where
            )
        if not again:
            raise Conflict(
                "a course of this person has ended; enrol again on the same record",
                slug="course-ended-known",
                dead=holder.dead,
                **where,
            )
        return holder
    if found.token and other_than != found.token:
        raise Conflict(
            "somebody known is alike; look again, and say that it is another human",
            slug="look-alike",
            look_alikes=found.token,
            people=[one.person_id for one in found.here],
            units=sorted({one.unit_name for one in found.elsewhere}),
        )
    return None
