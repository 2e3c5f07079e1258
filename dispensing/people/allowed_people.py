"""Whom a machine's client sees: everybody who comes to its unit, or a named list of them.

Asked in one place for one person (``load_desk``, the road of every act and look at a person) and
in one for a list. It decides who is shown; the rules are asked with all facts, always.
"""

from collections.abc import Iterable
from typing import Any

from psycopg import AsyncConnection

from dispensing.people.calling import about
from dispensing.people.sessions import Actor

# A record merged with one of the list is that human, under either number.
NAMED = """
SELECT p.person_id FROM person p
WHERE p.person_id = ANY (%(people)s) AND EXISTS (
    SELECT FROM machine_client_terms t WHERE t.client_id = %(client_id)s
        AND t.version = (SELECT max(version) FROM machine_client_terms n
            WHERE n.client_id = t.client_id)
        AND (t.people = 'unit' OR EXISTS (SELECT FROM machine_client_person l
            WHERE (l.client_id, l.version) = (t.client_id, t.version)
                AND l.person_id = ANY (p.person_id || p.also_ids))))
"""
SEEN_AS = "SELECT set_config('app.unit_id', %(unit_id)s::text, true)"


async def allowed(
    connection: AsyncConnection[Any], actor: Actor, people: Iterable[int]
) -> frozenset[int]:
    """Those of ``people`` whom the actor may see; all of them, but for a machine's client."""
    asked = sorted(set(people))
    if actor.client_id is None or not asked:
        return frozenset(asked)
    values = {"people": asked, "client_id": actor.client_id, "unit_id": actor.unit_id}
    # The list stands behind the second wall, and a commit may lie between.
    await connection.execute(SEEN_AS, values)
    rows = await (await connection.execute(NAMED, values)).fetchall()
    return frozenset(row[0] for row in rows)


async def is_allowed(connection: AsyncConnection[Any], actor: Actor, person_id: int) -> bool:
    """Whether the actor may see the person; the log of a client's calls says whom it was about."""
    if actor.client_id is None:
        return True
    about(person_id)
    return bool(await allowed(connection, actor, (person_id,)))
