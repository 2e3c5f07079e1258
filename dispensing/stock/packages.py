"""Whole packages: taken in from a supplier, moved between cabinets, opened at a counter.

What a package is comes from its scanned code alone. ``expected`` says what the person means to
take; anything else stops: 1 mg/ml and 5 mg/ml look the same in the hand.
"""

from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection

from dispensing.errors import Conflict, NotFound, Unprocessable
from dispensing.once_per_key import Statement
from dispensing.people.sessions import Actor
from dispensing.stock import entries, store
from dispensing.stock.entries import Move, StockAct
from dispensing.stock.scan import ScannedPackage, read_package
from dispensing.stock.store import Batch, Package
from dispensing.unit_acts import Place, UnitAnswer, UnitWriting, act_at_unit
from dispensing.wiring import Wiring

HANDLES_STOCK = ("nurse", "doctor", "pharmacist")
MOST_PACKAGES = 1_000
ALSO_OPEN = """
SELECT DISTINCT p.name FROM bottle b JOIN product p ON p.code = b.product_code
JOIN product q ON q.code = %(product_code)s
WHERE b.counter_id = %(counter_id)s AND b.closed_at IS NULL AND p.substance = q.substance
    AND p.form = q.form AND p.strength_ug <> q.strength_ug ORDER BY p.name
"""
OWN_CABINET = """
SELECT 1 FROM cabinet WHERE cabinet_id = %(cabinet_id)s AND unit_id = %(unit_id)s
"""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A delivery of one kind of package: the code of one of them, and how many."""

    code: str
    packages: int
    cabinet_id: int
    supplier: str
    delivery_note: str | None = None
    expected: str | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """A package taken out of a cabinet and opened at the actor's counter."""

    code: str
    cabinet_id: int | None = None
    expected: str | None = None


@dataclass(frozen=True, slots=True)
class Relocation:
    """Packages carried from one cabinet of the unit to another."""

    holding_id: int
    packages: int
    to_cabinet_id: int


@dataclass(frozen=True, slots=True)
class Known:
    """A scanned package that the service knows: kind, batch if recorded, and the scan itself."""

    scanned: ScannedPackage
    package: Package
    batch: Batch | None


async def known_package(
    connection: AsyncConnection[Any], code: str, place: Place, expected: str | None
) -> Known:
    """What a scanned code is here.

    Raises Unprocessable for an unreadable code and Conflict with its own slug for an unknown
    package, another product than expected, an expiry that has passed or differs, and a batch that
    is put aside or called back.
    """
    scanned = read_package(code)
    found = await store.all_rows(connection, Package, store.PACKAGE, gtin=scanned.gtin)
    if not found:
        raise Conflict("no package of that number is known", slug="unknown-package")
    package: Package = found[0]
    if expected is not None and expected != package.product_code:
        raise Conflict("another product or strength than was meant", slug="wrong-product")
    if scanned.expires_on < place.on:
        raise Conflict("the package has expired", slug="batch-expired")
    batches = await store.all_rows(
        connection, Batch, store.BATCH, product_code=package.product_code, lot=scanned.lot
    )
    batch: Batch | None = batches[0] if batches else None
    if batch is not None:
        if batch.expires_on != scanned.expires_on:
            raise Conflict("the batch is known with another expiry", slug="expiry-differs")
        if batch.state != "released":
            raise Conflict("the batch must not be used", slug=f"batch-{batch.state}")
    return Known(scanned, package, batch)


def _acting(kind: str, act_id: int, actor: Actor, place: Place) -> StockAct:
    return StockAct(act_id, kind, place.unit_id, actor.staff_id, place.on, place.at)


def _facts(known: Known, batch_id: int, count: int) -> dict[str, object]:
    scanned, package = known.scanned, known.package
    batch = (batch_id, scanned.lot, scanned.expires_on)
    return entries.packages(package.product_code, batch, package.gtin, package.amount_ug, count)


async def _scanned_once(
    connection: AsyncConnection[Any], known: Known, step: str, act: StockAct
) -> list[Statement]:
    """A package with a serial number takes each step once."""
    asked = {"gtin": known.scanned.gtin, "serial": known.scanned.serial, "step": step}
    if known.scanned.serial is None:
        return []
    if await store.one_value(connection, store.ALREADY_SCANNED, **asked):
        raise Conflict("this very package was scanned before", slug=f"package-already-{step}")
    return [(store.SCANNED, asked | {"act_id": act.act_id})]


async def receive(wiring: Wiring, token: str, receipt: Receipt, key: str) -> UnitAnswer:
    """Take packages in from a supplier; a batch is recorded the first time it is scanned.

    Raises as ``known_package`` and ``act_at_unit`` do; NotFound for another unit's cabinet.
    """
    if not 0 < receipt.packages <= MOST_PACKAGES:
        raise Unprocessable(f"from 1 to {MOST_PACKAGES} packages", field="packages")
    if not receipt.supplier.strip():
        raise Unprocessable("write who delivered", field="supplier")

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        await own_cabinet(connection, receipt.cabinet_id, place)
        known = await known_package(connection, receipt.code, place, receipt.expected)
        if known.scanned.serial is not None and receipt.packages != 1:
            raise Conflict(
                "packages with a serial number are scanned one by one", slug="scan-each-package"
            )
        act = _acting("received", await store.next_act(connection), actor, place)
        once = await _scanned_once(connection, known, "received", act)
        batch_id = await _batch_id(connection, known)
        holding_id = await store.one_value(
            connection,
            store.HOLDING_HERE["cabinet"],
            unit_id=place.unit_id,
            cabinet_id=receipt.cabinet_id,
            product_code=known.package.product_code,
            batch_id=batch_id,
            package_ug=known.package.amount_ug,
        )
        amount_ug = known.package.amount_ug * receipt.packages
        moves = [Move(amount_ug, holding_id=holding_id)]
        supplier, note = receipt.supplier.strip(), receipt.delivery_note
        facts = _facts(known, batch_id, receipt.packages) | {
            "cabinet": receipt.cabinet_id,
            "supplier": supplier,
            "delivery_note": note,
            "serial": known.scanned.serial,
        }
        statements = [
            store.act_statement(act, supplier=supplier, delivery_note=note),
            *once,
            *store.move_statements(act, moves),
        ]
        answer = _answer(known, act, batch_id, amount_ug) | {"holding_id": holding_id}
        return UnitWriting(
            answer, tuple(statements), (entries.act_entry(act, moves, facts),), status=201
        )

    return await act_at_unit(
        wiring, token, key, "stock receive", receipt, build, roles=HANDLES_STOCK
    )


async def _batch_id(connection: AsyncConnection[Any], known: Known) -> int:
    if known.batch is not None:
        return known.batch.batch_id
    added = await store.one_value(
        connection,
        store.ADD_BATCH,
        product_code=known.package.product_code,
        lot=known.scanned.lot,
        expires_on=known.scanned.expires_on,
    )
    if added is None:
        raise Conflict("the batch is known with another expiry", slug="expiry-differs")
    return int(added)


async def open_package(wiring: Wiring, token: str, opening: Opening, key: str) -> UnitAnswer:
    """Open a package at the actor's counter: out of the cabinet, into a bottle with its own code.

    Raises Conflict ``not-in-cabinet`` when no cabinet here holds one, ``several-cabinets`` when
    the person must say which, ``no-counter`` without a counter; else as ``known_package``.
    """

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        if actor.counter_id is None:
            raise Conflict("sign in at the counter where it is opened", slug="no-counter")
        known = await known_package(connection, opening.code, place, opening.expected)
        holding_id = await _holding_with(connection, known, opening.cabinet_id, place)
        held = (await store.lock_holdings(connection, place.unit_id, [holding_id]))[holding_id]
        amount_ug = known.package.amount_ug
        if held.balance_ug < amount_ug or known.batch is None:
            raise Conflict("the cabinet holds none of it", slug="not-in-cabinet")
        act = _acting("opened", await store.next_act(connection), actor, place)
        once = await _scanned_once(connection, known, "opened", act)
        bottle_id = int(await store.one_value(connection, "SELECT nextval('bottle_id_seq')"))
        scan_code = f"B-{bottle_id}"
        moves = [Move(amount_ug, bottle_id=bottle_id), Move(-amount_ug, holding_id=holding_id)]
        asked = {"product_code": known.package.product_code, "counter_id": actor.counter_id}
        also = await (await connection.execute(ALSO_OPEN, asked)).fetchall()
        bottle = asked | {
            "bottle_id": bottle_id,
            "unit_id": place.unit_id,
            "batch_id": known.batch.batch_id,
            "scan_code": scan_code,
            "opening_ug": amount_ug,
            "at": place.at,
        }
        facts = _facts(known, known.batch.batch_id, 1) | {
            "bottle": bottle_id,
            "scan_code": scan_code,
            "counter": actor.counter_id,
            "serial": known.scanned.serial,
        }
        statements = [
            store.act_statement(act),
            *once,
            (store.OPEN_BOTTLE, bottle),
            *store.move_statements(act, moves),
        ]
        answer = _answer(known, act, known.batch.batch_id, amount_ug) | {
            "bottle_id": bottle_id,
            "scan_code": scan_code,
            "other_strengths_open": [row[0] for row in also],
        }
        return UnitWriting(
            answer, tuple(statements), (entries.act_entry(act, moves, facts),), status=201
        )

    return await act_at_unit(wiring, token, key, "stock open", opening, build, roles=HANDLES_STOCK)


async def _holding_with(
    connection: AsyncConnection[Any], known: Known, cabinet_id: int | None, place: Place
) -> int:
    asked = {
        "unit_id": place.unit_id,
        "batch_id": known.batch.batch_id if known.batch else 0,
        "package_ug": known.package.amount_ug,
        "cabinet_id": cabinet_id,
    }
    rows = await (await connection.execute(store.HOLDINGS_WITH, asked)).fetchall()
    if not rows:
        raise Conflict("no cabinet here holds that package", slug="not-in-cabinet")
    if len(rows) > 1:
        raise Conflict("several cabinets hold it: say which", slug="several-cabinets")
    return int(rows[0][0])


async def relocate(wiring: Wiring, token: str, relocation: Relocation, key: str) -> UnitAnswer:
    """Carry packages from one cabinet of the unit to another."""
    if not 0 < relocation.packages <= MOST_PACKAGES:
        raise Unprocessable(f"from 1 to {MOST_PACKAGES} packages", field="packages")

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        await own_cabinet(connection, relocation.to_cabinet_id, place)
        wanted = relocation.holding_id
        held = (await store.lock_holdings(connection, place.unit_id, [wanted]))[wanted]
        if held.place != "cabinet" or held.package_ug is None:
            raise NotFound("no such stock in a cabinet here")
        if held.cabinet_id == relocation.to_cabinet_id:
            raise Unprocessable("it lies in that cabinet already", field="to_cabinet_id")
        amount_ug = held.package_ug * relocation.packages
        store.enough(held.balance_ug, amount_ug)
        to_id = await store.one_value(
            connection,
            store.HOLDING_HERE["cabinet"],
            unit_id=place.unit_id,
            cabinet_id=relocation.to_cabinet_id,
            product_code=held.product_code,
            batch_id=held.batch_id,
            package_ug=held.package_ug,
        )
        act = _acting("moved", await store.next_act(connection), actor, place)
        moves = [Move(-amount_ug, holding_id=wanted), Move(amount_ug, holding_id=to_id)]
        facts = {"product": held.product_code, "packages": relocation.packages}
        statements = [store.act_statement(act), *store.move_statements(act, moves)]
        answer = {"act_id": act.act_id, "holding_id": to_id, "amount_ug": amount_ug}
        return UnitWriting(
            answer, tuple(statements), (entries.act_entry(act, moves, facts),), status=201
        )

    return await act_at_unit(
        wiring, token, key, "stock move", relocation, build, roles=HANDLES_STOCK
    )


async def own_cabinet(connection: AsyncConnection[Any], cabinet_id: int, place: Place) -> None:
    """Raise NotFound unless the cabinet is the unit's."""
    found = await store.one_value(
        connection, OWN_CABINET, cabinet_id=cabinet_id, unit_id=place.unit_id
    )
    if found is None:
        raise NotFound("no such cabinet here")


def _answer(known: Known, act: StockAct, batch_id: int, amount_ug: int) -> dict[str, Any]:
    scanned, package = known.scanned, known.package
    return {
        "act_id": act.act_id,
        "product_code": package.product_code,
        "product_name": package.product_name,
        "batch_id": batch_id,
        "lot": scanned.lot,
        "expires_on": scanned.expires_on.isoformat(),
        "amount_ug": amount_ug,
    }
