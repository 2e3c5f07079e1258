"""Packages from one unit to another: sent, on their way, received. A hand-shake of two units.

What was sent leaves the cabinet at once and stands as *on its way* until the other unit has counted
it in. What does not arrive stays on its way, in sight of both, until the sender explains it with a
witness; nothing is adjusted by itself.
"""

from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection

from dispensing.errors import Conflict, NotFound, Unprocessable
from dispensing.people.sessions import Actor
from dispensing.people.witness import Credentials, prove, witnessed_by
from dispensing.stock import entries, store
from dispensing.stock.entries import Move, StockAct
from dispensing.stock.packages import HANDLES_STOCK, MOST_PACKAGES, own_cabinet
from dispensing.stock.store import Holding
from dispensing.stock.waste import Said, amount_text, seen_hash, shown, write, written
from dispensing.unit_acts import Place, UnitAnswer, UnitWriting, act_at_unit
from dispensing.wiring import Wiring

SEND = """
INSERT INTO stock_transfer (transfer_id, from_unit_id, to_unit_id, sent_by, sent_at)
VALUES (%(transfer_id)s, %(unit_id)s, %(to_unit_id)s, %(staff_id)s, %(at)s)
"""
TRANSFER = """
SELECT from_unit_id, to_unit_id FROM stock_transfer WHERE transfer_id = %(transfer_id)s
"""


@dataclass(frozen=True, slots=True)
class Sending:
    """Packages of one cabinet's batch, sent to another unit."""

    holding_id: int
    packages: int
    to_unit_id: int


@dataclass(frozen=True, slots=True)
class Arrival:
    """How many packages arrived, and into which cabinet they were put."""

    transfer_id: int
    packages: int
    cabinet_id: int


@dataclass(frozen=True, slots=True)
class Missing:
    """The sender's explanation of what never arrived: it leaves the records, with a witness."""

    transfer_id: int
    reason: str


def _some(packages: int) -> int:
    if not 0 < packages <= MOST_PACKAGES:
        raise Unprocessable(f"from 1 to {MOST_PACKAGES} packages", field="packages")
    return packages


async def send(wiring: Wiring, token: str, sending: Sending, key: str) -> UnitAnswer:
    """Send packages away. Raises NotFound for stock or unit that is not there, Conflict for more
    than the cabinet holds."""
    packages = _some(sending.packages)

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        if sending.to_unit_id == place.unit_id:
            raise Unprocessable("that is this unit", field="to_unit_id")
        known = "SELECT 1 FROM unit WHERE unit_id = %(unit)s"
        if await store.one_value(connection, known, unit=sending.to_unit_id) is None:
            raise NotFound("no such unit")
        wanted = sending.holding_id
        held = (await store.lock_holdings(connection, place.unit_id, [wanted]))[wanted]
        if held.place != "cabinet" or held.package_ug is None:
            raise NotFound("no such stock in a cabinet here")
        amount_ug = held.package_ug * packages
        store.enough(held.balance_ug, amount_ug)
        transfer_id = int(
            await store.one_value(connection, "SELECT nextval('stock_transfer_id_seq')")
        )
        sent = {"transfer_id": transfer_id, "unit_id": place.unit_id, "at": place.at}
        sent |= {"to_unit_id": sending.to_unit_id, "staff_id": actor.staff_id}
        await connection.execute(SEND, sent)
        way_id = await store.one_value(
            connection,
            store.HOLDING_HERE["transit"],
            unit_id=place.unit_id,
            transfer_id=transfer_id,
            product_code=held.product_code,
            batch_id=held.batch_id,
            package_ug=held.package_ug,
        )
        act = _acting("sent", await store.next_act(connection), actor, place)
        moves = [Move(-amount_ug, holding_id=wanted), Move(amount_ug, holding_id=way_id)]
        facts = _facts(held, transfer_id, packages) | {"to_unit": sending.to_unit_id}
        statements = [
            store.act_statement(act, transfer_id=transfer_id),
            *store.move_statements(act, moves),
        ]
        answer = {"act_id": act.act_id, "transfer_id": transfer_id, "amount_ug": amount_ug}
        return UnitWriting(
            answer, tuple(statements), (entries.act_entry(act, moves, facts),), status=201
        )

    return await act_at_unit(wiring, token, key, "stock send", sending, build, roles=HANDLES_STOCK)


async def arrive(wiring: Wiring, token: str, arrival: Arrival, key: str) -> UnitAnswer:
    """Count a transfer in. What arrived goes into the cabinet; what is missing stays on its way.

    Raises NotFound unless the transfer is on its way to this unit, and Conflict
    ``more-than-sent``, which is recorded: a difference is told, never adjusted.
    """
    packages = _some(arrival.packages)

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        held = await _on_its_way(connection, arrival.transfer_id)
        row = await _units(connection, arrival.transfer_id)
        if row[1] != place.unit_id:
            raise NotFound("no such transfer on its way here")
        await own_cabinet(connection, arrival.cabinet_id, place)
        if held.package_ug is None or held.packages == 0:
            raise Conflict("nothing of it is on its way", slug="nothing-on-its-way")
        if packages > held.packages:
            raise Conflict("more than was sent: ask the sender", slug="more-than-sent")
        amount_ug = held.package_ug * packages
        into_id = await store.one_value(
            connection,
            store.HOLDING_HERE["cabinet"],
            unit_id=place.unit_id,
            cabinet_id=arrival.cabinet_id,
            product_code=held.product_code,
            batch_id=held.batch_id,
            package_ug=held.package_ug,
        )
        act = _acting("arrived", await store.next_act(connection), actor, place)
        moves = [Move(-amount_ug, holding_id=held.holding_id), Move(amount_ug, holding_id=into_id)]
        missing = held.packages - packages
        facts = _facts(held, arrival.transfer_id, packages) | {"missing": missing}
        facts |= {"from_unit": row[0], "cabinet": arrival.cabinet_id}
        statements = [
            store.act_statement(act, transfer_id=arrival.transfer_id),
            *store.move_statements(act, moves),
        ]
        answer = {"act_id": act.act_id, "holding_id": into_id, "missing_packages": missing}
        return UnitWriting(
            answer, tuple(statements), (entries.act_entry(act, moves, facts),), status=201
        )

    return await act_at_unit(
        wiring, token, key, "stock arrive", arrival, build, roles=HANDLES_STOCK
    )


async def _said_missing(connection: AsyncConnection[Any], place: Place, missing: Missing) -> Said:
    reason = written(missing.reason)
    held = await _on_its_way(connection, missing.transfer_id)
    if held.unit_id != place.unit_id:
        raise NotFound("no such transfer from here")
    if held.balance_ug == 0:
        raise Conflict("nothing of it is on its way", slug="nothing-on-its-way")
    lost = amount_text(held.balance_ug, held.measure, held.product_name)
    text = f"Mangler fra overførsel {missing.transfer_id}: {lost}, batch {held.lot}"
    return Said(
        "adjusted",
        f"{text}. Årsag: {reason}",
        (Move(-held.balance_ug, holding_id=held.holding_id),),
        {"transfer": missing.transfer_id},
        {"transfer_id": missing.transfer_id, "reason": reason},
    )


async def missing_text(wiring: Wiring, token: str | None, missing: Missing) -> tuple[str, str]:
    """What the explanation will say, and its hash; writes nothing."""
    return await shown(wiring, token, lambda c, place: _said_missing(c, place, missing))


async def explain_missing(
    wiring: Wiring,
    token: str,
    missing: Missing,
    seen_sha256: str,
    credentials: Credentials | None,
    key: str,
) -> UnitAnswer:
    """The sender writes off what never arrived, with a reason and a witness."""
    seen = seen_hash(seen_sha256)
    proof = await prove(wiring, credentials)

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        told = await _said_missing(connection, place, missing)
        witness = await witnessed_by(connection, actor, proof, told.text, seen)
        return write(await store.next_act(connection), told, actor, place, witness)

    username = credentials.username.strip().lower() if credentials is not None else None
    request = [missing, seen_sha256, username]
    return await act_at_unit(
        wiring, token, key, "stock missing", request, build, roles=HANDLES_STOCK
    )


async def _on_its_way(connection: AsyncConnection[Any], transfer_id: int) -> Holding:
    rows = await store.all_rows(connection, Holding, store.LOCK_TRANSFER, transfer_id=transfer_id)
    if not rows:
        raise NotFound("no such transfer")
    return rows[0]


async def _units(connection: AsyncConnection[Any], transfer_id: int) -> tuple[int, int]:
    row = await (await connection.execute(TRANSFER, {"transfer_id": transfer_id})).fetchone()
    if row is None:
        raise NotFound("no such transfer")
    return row[0], row[1]


def _acting(kind: str, act_id: int, actor: Actor, place: Place) -> StockAct:
    return StockAct(act_id, kind, place.unit_id, actor.staff_id, place.on, place.at)


def _facts(held: Holding, transfer_id: int, packages: int) -> dict[str, object]:
    return {
        "transfer": transfer_id,
        "product": held.product_code,
        "batch": held.batch_id,
        "packages": packages,
    }
