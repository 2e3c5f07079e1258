"""Looking at people is recorded in the unit's chain of views, before anybody sees them.

A look at one person is an entry each time. A list that refreshes by itself would drown the chain:
it is recorded once a day for each viewer, list and person. What was typed in a search is never
kept, only whom it showed.
"""

from collections.abc import Iterable
from typing import Any

from psycopg import AsyncConnection

from audit.ledger.append import append
from audit.ledger.entry import Entry
from dispensing.errors import CannotDecide
from dispensing.people.sessions import Actor
from dispensing.wiring import Wiring

VIEWS_CHAIN = "SELECT views_chain FROM unit WHERE unit_id = %(unit_id)s"


SEE_AS = "SELECT set_config('app.unit_id', %(unit_id)s::text, true)"


async def see_as(connection: AsyncConnection[Any], unit_id: int) -> None:
    """The transaction sees what the unit may see; one that loads its actor does already."""
    await connection.execute(SEE_AS, {"unit_id": unit_id})


async def record_view(
    wiring: Wiring, connection: AsyncConnection[Any], actor: Actor, viewed: Entry
) -> None:
    """Put an entry in the chain of views of the actor's unit; the caller commits.

    From here to the commit other looks of the unit wait. Raises CannotDecide for a unit that is
    gone: nobody is shown whose look cannot be recorded.
    """
    chain = await (await connection.execute(VIEWS_CHAIN, {"unit_id": actor.unit_id})).fetchone()
    if chain is None:
        raise CannotDecide("the unit is gone")
    await append(connection, wiring.seal(viewed), chain[0])


async def record_look(
    wiring: Wiring, connection: AsyncConnection[Any], actor: Actor, person_id: int, page: str
) -> None:
    """One person is about to be shown on ``page``; the caller commits before showing."""
    await record_view(wiring, connection, actor, look_entry(actor, person_id, page))


def look_entry(actor: Actor, person_id: int, page: str, **more: object) -> Entry:
    """The entry of a look at one person. ``more`` are further facts, JSON values."""
    return Entry(
        kind="person-viewed",
        person_id=person_id,
        unit_id=actor.unit_id,
        actor_id=actor.staff_id,
        facts={"at": actor.now.isoformat(), "page": page, **more},
    )


async def look_at(wiring: Wiring, actor: Actor, person_id: int, page: str) -> None:
    """Record and commit a look at one person, in a transaction of its own."""
    async with wiring.pool.connection() as connection:
        await record_look(wiring, connection, actor, person_id, page)
        await connection.commit()


async def look_at_list(wiring: Wiring, actor: Actor, page: str, people: Iterable[int]) -> None:
    """Record and commit whom a list is about to show, but for those it has shown today already."""
    shown = wiring.shown_lately.new(actor, page, people)
    if not shown:
        return
    listed = Entry(
        kind="list-viewed",
        unit_id=actor.unit_id,
        actor_id=actor.staff_id,
        facts={"at": actor.now.isoformat(), "page": page, "found": shown},
    )
    async with wiring.pool.connection() as connection:
        await record_view(wiring, connection, actor, listed)
        await connection.commit()
    wiring.shown_lately.learn(actor, page, shown)
