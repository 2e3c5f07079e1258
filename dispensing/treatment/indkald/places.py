"""How many a unit can have under observation at once: rooms and eyes, said by its doctor."""

from typing import Any

from psycopg import AsyncConnection

from dispensing.errors import Conflict, Unprocessable
from dispensing.people.sessions import Actor
from dispensing.treatment.deciding import DOCTOR
from dispensing.unit_acts import Place, UnitAnswer, UnitWriting, act_at_unit, unit_entry
from dispensing.wiring import Wiring

MOST_PLACES = 200

NEWEST = """
SELECT version, places FROM indkald_places WHERE unit_id = %(unit_id)s
ORDER BY version DESC LIMIT 1
"""
DECIDE = """
INSERT INTO indkald_places (unit_id, version, places, decided_by, decided_at)
VALUES (%(unit_id)s, %(version)s, %(places)s, %(staff_id)s, %(at)s)
"""
# As the trigger on ``indkald``: whoever agrees on an hour just now finishes first.
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('indkald places'), %(unit_id)s)"


async def decide_places(wiring: Wiring, token: str, places: int, key: str) -> UnitAnswer:
    """The unit's observation places from now on; what is agreed on already stays.

    Raises Unprocessable for a number that is none, Conflict (``already-so``) when it is so already.
    """
    if not 0 < places <= MOST_PLACES:
        raise Unprocessable("a number of places", field="places")

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        unit = {"unit_id": actor.unit_id}
        await connection.execute(ONE_AT_A_TIME, unit)
        row = await (await connection.execute(NEWEST, unit)).fetchone()
        version, standing = row or (0, None)
        if standing == places:
            raise Conflict("it is so already", slug="already-so")
        facts = {"version": version + 1, "places": places}
        values = unit | facts | {"staff_id": actor.staff_id, "at": place.at}
        entry = unit_entry("indkald-places-decided", actor, place, facts)
        return UnitWriting({"places": places}, ((DECIDE, values),), (entry,), 201)

    return await act_at_unit(wiring, token, key, "indkald places", places, build, roles=DOCTOR)
