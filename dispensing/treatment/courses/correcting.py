"""A name or birth date that was written down wrong is corrected; what stood there is kept.

Whoever is called something else now may be somebody known: the look-alikes are looked for again, as
for a newcomer. What is printed with the old words is told, and made anew by hand.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import msgspec
from psycopg import AsyncConnection

from dispensing.acts import Act
from dispensing.errors import Conflict, NotFound, Unprocessable
from dispensing.looks import record_view
from dispensing.people.sessions import Actor, load_actor
from dispensing.persons import store
from dispensing.treatment.courses import entries
from dispensing.treatment.courses.known import ONE_BY_ONE, Found, find, load_known, must_be_new
from dispensing.treatment.courses.naming import must_be_born, name_in
from dispensing.treatment.courses.registering import Record, load_record
from dispensing.treatment.deciding import READERS, words
from dispensing.treatment.in_hand import on_paper
from dispensing.unit_acts import Place, UnitAnswer, UnitWriting, act_at_unit
from dispensing.wiring import Wiring

CORRECT = """
INSERT INTO person_correction (person_id, unit_id, old_given_name, old_family_name, old_born_on,
    given_name, family_name, born_on, reason, corrected_by, corrected_at)
VALUES (%(person_id)s, %(unit_id)s, %(old_given_name)s, %(old_family_name)s, %(old_born_on)s,
    %(given_name)s, %(family_name)s, %(born_on)s, %(reason)s, %(staff_id)s, %(at)s)
"""
NEWEST = """
SELECT coalesce(max(correction_id), 0) FROM person_correction WHERE person_id = %(person_id)s
"""
# Labels with the old name, on doses for today or later: packed here, or at home.
LABELLED = """
SELECT count(*) FROM claim c JOIN label e ON (e.reservation_id, e.for_day, e.part)
    = (c.reservation_id, c.for_day, coalesce(c.handed_part, c.part))
WHERE c.person_id = %(person_id)s AND c.for_day >= %(on)s
    AND NOT EXISTS (SELECT FROM label_void v WHERE v.code = e.code)
"""


@dataclass(frozen=True, slots=True)
class Correction:
    """Name and birth date as they should be, and why they were not.

    ``after``: the newest correction that was seen, 0 for none. ``other_than``: the look-alikes that
    were looked at (``Found.token``).
    """

    given_name: str
    family_name: str
    born_on: date
    reason: str
    after: int = 0
    other_than: str = ""


async def correct(
    wiring: Wiring, token: str | None, person_id: int, asked: Correction, key: str
) -> UnitAnswer:
    """Correct a person of the own unit, once per ``key``.

    The answer has ``labels``, how many of today's and later doses are labelled with the old name,
    and ``on_paper``, the (list, row) of valid lists that tell the old name and birth date. Raises
    NotFound for whoever is not treated here, Unprocessable (the field says which), Conflict:
    ``look-alike`` (as for a newcomer), ``recorded-meanwhile``; see ``act_at_unit``.
    """
    wanted = checked(asked)

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        must_be_born(wanted.born_on, place.on)
        await connection.execute(ONE_BY_ONE)
        record = await load_record(connection, person_id)
        if record.unit_id != actor.unit_id:
            raise NotFound("no such person here")
        about = {"person_id": person_id, "on": place.on}
        newest = await (await connection.execute(NEWEST, about)).fetchone()
        if newest is None or newest[0] != wanted.after:
            raise Conflict("corrected meanwhile: look again", slug="recorded-meanwhile")
        if _called(record) == _called(wanted):
            raise Unprocessable("nothing is another than before", field="corrected")
        found = await _alike(connection, actor, wanted, person_id)
        must_be_new(found, actor.unit_id, again=False, other_than=wanted.other_than)
        labelled = await (await connection.execute(LABELLED, about)).fetchone()
        told = {
            "labels": labelled[0] if labelled is not None else 0,
            "on_paper": await on_paper(connection, person_id),
        }
        return _written(record, wanted, told, actor, place)

    same = [person_id, msgspec.to_builtins(wanted)]
    return await act_at_unit(wiring, token, key, "correct person", same, build, roles=READERS)


async def look_alikes(
    wiring: Wiring, token: str | None, person_id: int, asked: Correction
) -> Found:
    """Whom the person could be taken for by then, to be shown; the look is recorded."""
    wanted = checked(asked)
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, token, wiring.limits)
        actor.must_be(*READERS)
        found = await _alike(connection, actor, wanted, person_id)
        shown = [one.person_id for one in found.here]
        await record_view(wiring, connection, actor, entries.look_alikes_shown(actor, found=shown))
        await connection.commit()
    return found


def checked(asked: Correction) -> Correction:
    """The correction as it may be kept, but for its days. Raises Unprocessable."""
    reason = words(asked.reason, "correction_reason")
    assert reason is not None, "needed"
    return replace(
        asked,
        given_name=name_in(asked.given_name, "given_name"),
        family_name=name_in(asked.family_name, "family_name"),
        reason=reason,
    )


async def _alike(
    connection: AsyncConnection[Any], actor: Actor, wanted: Correction, person_id: int
) -> Found:
    people = await load_known(connection, actor, wanted.born_on, None)
    others = [one for one in people if one.person_id != person_id]
    names = wanted.given_name, wanted.family_name
    return find(others, actor.unit_id, None, *names, wanted.born_on)


def _called(one: Record | Correction) -> tuple[str, str, date]:
    return one.given_name, one.family_name, one.born_on


def _written(
    record: Record, wanted: Correction, told: dict[str, Any], actor: Actor, place: Place
) -> UnitWriting:
    act = Act(
        record.person_id,
        record.event_seq + 1,
        actor.unit_id,
        actor.staff_id,
        place.on,
        place.at,
    )
    row = {
        "person_id": record.person_id,
        "unit_id": actor.unit_id,
        "old_given_name": record.given_name,
        "old_family_name": record.family_name,
        "old_born_on": record.born_on,
        "given_name": wanted.given_name,
        "family_name": wanted.family_name,
        "born_on": wanted.born_on,
        "reason": wanted.reason,
        "staff_id": actor.staff_id,
        "at": place.at,
    }
    entry = entries.person_corrected(
        act, before=_called(record), after=_called(wanted), reason=wanted.reason
    )
    advance = (store.ADVANCE_PERSON, {"person_id": record.person_id, "count": 1})
    answer = {"person_id": record.person_id} | told
    return UnitWriting(answer, ((CORRECT, row), advance), (entry,), 201)
