"""A batch put aside, called back or set free; and an emptied bottle taken from the counter.

Anyone who handles stock may put a batch aside at once, everywhere; only a doctor or pharmacist sets
it free. A batch called back by its maker never returns.
"""

from dataclasses import dataclass
from typing import Any, Literal

from psycopg import AsyncConnection

from audit.ledger.entry import Entry
from dispensing.errors import Conflict, Forbidden, NotFound
from dispensing.people.sessions import Actor
from dispensing.stock import entries, store
from dispensing.stock.packages import HANDLES_STOCK
from dispensing.stock.waste import written
from dispensing.unit_acts import Place, UnitAnswer, UnitWriting, act_at_unit, unit_entry
from dispensing.wiring import Wiring

SETS_FREE = ("doctor", "pharmacist")
# A batch that the unit has, or has had.
BATCH_HERE = """
SELECT t.state FROM batch t WHERE t.batch_id = %(batch_id)s AND (
    EXISTS (SELECT 1 FROM bottle b WHERE b.batch_id = t.batch_id AND b.unit_id = %(unit_id)s)
    OR EXISTS (SELECT 1 FROM holding h WHERE h.batch_id = t.batch_id AND h.unit_id = %(unit_id)s))
FOR UPDATE OF t
"""


@dataclass(frozen=True, slots=True)
class BatchNotice:
    """What is said about a batch, and why."""

    batch_id: int
    state: Literal["quarantined", "recalled", "released"]
    reason: str


async def note_batch(wiring: Wiring, token: str, notice: BatchNotice, key: str) -> UnitAnswer:
    """Say what may be done with a batch; it holds at every unit from this moment.

    Raises NotFound for a batch the unit never had, Forbidden for who may not set it free, and
    Conflict for one that was called back or stands so already.
    """
    reason = written(notice.reason)

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        asked = {"batch_id": notice.batch_id, "unit_id": place.unit_id}
        state = await store.one_value(connection, BATCH_HERE, **asked)
        if state is None:
            raise NotFound("no such batch here")
        if notice.state == "released" and actor.role not in SETS_FREE:
            raise Forbidden("a doctor or pharmacist sets a batch free")
        if state == "recalled":
            raise Conflict("a batch that was called back stays so", slug="batch-recalled")
        if state == notice.state:
            raise Conflict("that is said of the batch already", slug="batch-stands-so")
        row = asked | {"state": notice.state, "reason": reason}
        row |= {"staff_id": actor.staff_id, "at": place.at}
        entry = entries.batch_noted(
            unit_id=place.unit_id,
            actor_id=actor.staff_id,
            on=place.on,
            at=place.at,
            batch_id=notice.batch_id,
            state=notice.state,
            reason=reason,
        )
        answer = {"batch_id": notice.batch_id, "state": notice.state}
        return UnitWriting(answer, ((store.NOTE_BATCH, row),), (entry,))

    return await act_at_unit(wiring, token, key, "stock batch", notice, build, roles=HANDLES_STOCK)


async def close_bottle(wiring: Wiring, token: str, bottle_id: int, key: str) -> UnitAnswer:
    """Take an empty bottle away. Raises Conflict ``bottle-not-empty``: destroy the rest first."""

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        bottle = (await store.lock_bottles(connection, place.unit_id, [bottle_id]))[bottle_id]
        if not bottle.open:
            raise Conflict("the bottle is closed already", slug="bottle-closed")
        if bottle.balance_ug:
            raise Conflict(
                "something is left by the records: count it, or destroy the rest with a witness",
                slug="bottle-not-empty",
            )
        entry: Entry = unit_entry("stock-bottle-closed", actor, place, {"bottle": bottle_id})
        closing = (store.CLOSE_BOTTLE, {"bottle_id": bottle_id, "at": place.at})
        return UnitWriting({"bottle_id": bottle_id}, (closing,), (entry,))

    return await act_at_unit(
        wiring, token, key, f"stock close {bottle_id}", bottle_id, build, roles=HANDLES_STOCK
    )
