"""A pharmacy's own packages: what a counter there hands out from, and nothing of how much is left.

A pharmacy keeps the register of controlled drugs of its own. Here a package is its product, batch
and expiry: strength and ten-fold errors are asked of what was scanned, as of any other bottle, and
a batch that was called back is not handed out. No balance, no count, no register reads it.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg import AsyncConnection

from dispensing.errors import Conflict, NotFound, Unprocessable
from dispensing.people.sessions import AT_PHARMACY, Actor
from dispensing.stock import store
from dispensing.stock.packages import known_package
from dispensing.stock.scan import PLAIN_LOT
from dispensing.stock.store import Batch
from dispensing.unit_acts import Place, UnitAnswer, UnitWriting, act_at_unit, unit_entry
from dispensing.wiring import Wiring

#: Only a pharmacist of a pharmacy; a clinic's packages are received, counted and opened.
ROLES = (AT_PHARMACY,)
PRODUCT = "SELECT 1 FROM product WHERE code = %(product_code)s"
# The amounts mean nothing: an uncounted bottle holds whatever is poured from it.
OPEN = """
INSERT INTO bottle (bottle_id, unit_id, counter_id, batch_id, product_code, scan_code, opening_ug,
    balance_ug, opened_at, counted)
VALUES (%(bottle_id)s, %(unit_id)s, %(counter_id)s, %(batch_id)s, %(product_code)s, %(scan_code)s,
    1, 1, %(at)s, false)
"""
STANDS = """
SELECT scan_code FROM bottle WHERE counter_id = %(counter_id)s AND batch_id = %(batch_id)s
    AND NOT counted AND closed_at IS NULL LIMIT 1
"""
FIND = """
SELECT bottle_id, batch_id, product_code FROM bottle
WHERE bottle_id = %(bottle_id)s AND unit_id = %(unit_id)s AND NOT counted AND closed_at IS NULL
FOR UPDATE
"""


@dataclass(frozen=True, slots=True)
class OwnPackage:
    """A package as scanned (``code``, a GS1 text), or typed: product, batch and expiry."""

    code: str | None = None
    product_code: str | None = None
    lot: str | None = None
    expires_on: date | None = None


async def _typed(connection: AsyncConnection[Any], asked: OwnPackage, place: Place) -> Batch:
    """The batch as typed. Raises Unprocessable and, as ``known_package``, Conflict."""
    if asked.product_code is None or asked.lot is None or asked.expires_on is None:
        raise Unprocessable("scan the code, or say product, batch and expiry", field="code")
    named = {"product_code": asked.product_code, "lot": asked.lot}
    if not PLAIN_LOT.fullmatch(asked.lot):
        raise Unprocessable("batch or serial cannot be read", field="lot")
    if await store.one_value(connection, PRODUCT, **named) is None:
        raise Unprocessable("no such product", field="product_code")
    if asked.expires_on < place.on:
        raise Conflict("the package has expired", slug="batch-expired")
    added = await store.one_value(connection, store.ADD_BATCH, **named, expires_on=asked.expires_on)
    if added is None:
        raise Conflict("the batch is known with another expiry", slug="expiry-differs")
    batch: Batch = (await store.all_rows(connection, Batch, store.BATCH, **named))[0]
    if batch.state != "released":
        raise Conflict("the batch must not be used", slug=f"batch-{batch.state}")
    return batch


async def _scanned(connection: AsyncConnection[Any], asked: OwnPackage, place: Place) -> Batch:
    """The batch as scanned."""
    known = await known_package(connection, asked.code or "", place, asked.product_code)
    scanned = known.scanned
    typed = OwnPackage(None, known.package.product_code, scanned.lot, scanned.expires_on)
    return await _typed(connection, typed, place)


async def stand_ready(wiring: Wiring, token: str, asked: OwnPackage, key: str) -> UnitAnswer:
    """A package of the pharmacy's own stands ready at the actor's counter.

    Raises Forbidden for whoever is no pharmacist of a pharmacy, Conflict ``no-counter`` without a
    counter, ``package-stands-there`` where one of the batch does already (its ``scan_code`` comes
    with it), else as ``packages.known_package``.
    """

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        if actor.counter_id is None:
            raise Conflict("sign in at the counter where it stands", slug="no-counter")
        find = _typed if asked.code is None else _scanned
        batch = await find(connection, asked, place)
        here = {"counter_id": actor.counter_id, "batch_id": batch.batch_id}
        stands = await store.one_value(connection, STANDS, **here)
        if stands is not None:
            raise Conflict(
                "one of that batch stands there", slug="package-stands-there", scan_code=stands
            )
        bottle_id = int(await store.one_value(connection, "SELECT nextval('bottle_id_seq')"))
        facts: dict[str, object] = {
            "bottle": bottle_id,
            "product": batch.product_code,
            "lot": batch.lot,
            "expires_on": batch.expires_on.isoformat(),
            "counter": actor.counter_id,
        }
        row = here | {
            "bottle_id": bottle_id,
            "unit_id": place.unit_id,
            "product_code": batch.product_code,
            "scan_code": f"B-{bottle_id}",
            "at": place.at,
        }
        entry = unit_entry("pharmacy-package-ready", actor, place, facts)
        answer = {
            "bottle_id": bottle_id,
            "scan_code": row["scan_code"],
            "product_code": batch.product_code,
            "lot": batch.lot,
            "expires_on": batch.expires_on,
        }
        return UnitWriting(answer, ((OPEN, row),), (entry,), 201)

    return await act_at_unit(wiring, token, key, "own package", asked, build, roles=ROLES)


async def put_away(wiring: Wiring, token: str, bottle_id: int, key: str) -> UnitAnswer:
    """A package of the pharmacy's own stands ready no more. Raises NotFound for any other."""

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        asked = {"bottle_id": bottle_id, "unit_id": actor.unit_id, "at": place.at}
        found = await (await connection.execute(FIND, asked)).fetchone()
        if found is None:
            raise NotFound("no such package stands ready here")
        entry = unit_entry("pharmacy-package-away", actor, place, {"bottle": bottle_id})
        return UnitWriting({"bottle_id": bottle_id}, ((store.CLOSE_BOTTLE, asked),), (entry,), 201)

    verb = f"own package away {bottle_id}"
    return await act_at_unit(wiring, token, key, verb, None, build, roles=ROLES)
