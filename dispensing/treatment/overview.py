"""What a unit has to see to, everybody at once, from the same facts as at the counter."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from psycopg import AsyncConnection

from dispensing.counter.facts_sql import BOOK_JSON, FACTS_FROM, FACTS_SQL, MOMENT
from dispensing.counter.loading import PATIENT
from dispensing.errors import CannotDecide
from dispensing.looks import look_at_list
from dispensing.people.sessions import load_actor
from dispensing.treatment.deciding import READERS
from dispensing.treatment.due import Due, Kind, due
from dispensing.treatment.monitoring import KEPT
from dispensing.wiring import Wiring

NUMBERS = f"""
{MOMENT.format(unit="%(unit_id)s")}
SELECT m.today, p.person_id, p.event_seq, {BOOK_JSON} AS book_id FROM moment m
JOIN person p ON p.unit_id = m.unit_id AND p.ended_on IS NULL AND p.merged_into_id IS NULL
"""
PEOPLE = f"""
{MOMENT.format(unit="%(unit_id)s")}
SELECT m.today, p.person_id, p.event_seq, {BOOK_JSON} AS book_id, p.given_name, p.family_name,
    p.born_on, {FACTS_SQL},
    (SELECT coalesce(json_object_agg(n.kind, json_build_object('kind', n.kind,
        'answer', n.answer, 'found_on', n.found_on, 'next_on', n.next_on)), '{{}}')::text
    FROM (SELECT DISTINCT ON (w.kind) w.* FROM monitoring w 
        WHERE w.person_id = ANY (p.person_id || p.also_ids)
        ORDER BY w.kind, w.monitoring_id DESC) n) AS kept
{FACTS_FROM.format(people="p.person_id = ANY (%(people)s)")}
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody with something due, late first."""

    person_id: int
    given_name: str
    family_name: str
    born_on: date
    due: tuple[Due, ...]

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}"

    @property
    def initials(self) -> str:
        """For a screen that faces the room."""
        return f"{self.given_name[:1]}.{self.family_name[:1]}."

    @property
    def kinds(self) -> frozenset[Kind]:
        return frozenset(one.kind for one in self.due)


@dataclass(slots=True)
class DueLately:
    """What each person has due, until a newer event, another day or another book.

    Everything that makes or ends what is due is an entry of the person, whose number tells.
    """

    _known: dict[int, tuple[tuple[Any, ...], Waiting]] = field(default_factory=dict)

    def known(self, person_id: int, of: tuple[Any, ...]) -> Waiting | None:
        """What was found ``of`` this day, event and book; None where it was of another."""
        found = self._known.get(person_id)
        return found[1] if found is not None and found[0] == of else None

    def learn(self, one: Waiting, of: tuple[Any, ...]) -> None:
        """What is due, of this day, event and book."""
        self._known[one.person_id] = (of, one)


async def due_of_unit(
    wiring: Wiring, connection: AsyncConnection[Any], unit_id: int, lately: DueLately
) -> tuple[Waiting, ...]:
    """Everybody treated by a unit who has something due, in a transaction that sees as the unit.

    Late ones first, then whoever waited longest. The caller records who is shown. Raises
    CannotDecide without a rule book.
    """
    asked: dict[str, Any] = {"unit_id": unit_id}
    numbers = {
        person_id: (today, seq, book_id)
        for today, person_id, seq, book_id in await (
            await connection.execute(NUMBERS, asked)
        ).fetchall()
    }
    if any(book_id is None for _, _, book_id in numbers.values()):
        # A list that is empty for want of a book would look like a unit with nothing to do.
        raise CannotDecide("no rule book is in force for this unit")
    people = [found for id_, of in numbers.items() if (found := lately.known(id_, of)) is not None]
    known = {one.person_id for one in people}
    if new := [person_id for person_id in numbers if person_id not in known]:
        rows = await (await connection.execute(PEOPLE, asked | {"people": new})).fetchall()
        for today, person_id, seq, book_id, given, family, born_on, facts, kept in rows:
            found = due(PATIENT.decode(facts), KEPT.decode(kept), wiring.book(book_id), today)
            one = Waiting(person_id, given, family, born_on, found)
            lately.learn(one, (today, seq, book_id))
            people.append(one)
    waiting = [one for one in people if one.due]
    return tuple(sorted(waiting, key=lambda one: (one.due[0].order, one.name, one.person_id)))


async def load_due(wiring: Wiring, token: str) -> tuple[Waiting, ...]:
    """Everybody treated by the actor's unit who has something due; the look is recorded.

    Late ones first, then whoever waited longest. Raises NotSignedIn, Forbidden, CannotDecide.
    """
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, token, wiring.limits)
        actor.must_be(*READERS)
        people = await due_of_unit(wiring, connection, actor.unit_id, DueLately())
        await connection.commit()
    await look_at_list(wiring, actor, "monitoring-due", [one.person_id for one in people])
    return people
