"""The SQL of stock: places read under their locks, acts and movements written.

Every movement changes its place's balance in the same statement; a balance below zero is refused
by the table itself. Places are locked in one order, bottles before holdings and by number, so that
two acts never wait for each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row

from dispensing.errors import Conflict, NotFound
from dispensing.once_per_key import Statement
from dispensing.stock.entries import Move, StockAct
from dispensing.stock.measures import Measure
from dispensing.unit_acts import Place

RECORD_ACT = """
INSERT INTO stock_act (act_id, kind, unit_id, day, reason, supplier, delivery_note, transfer_id,
    person_id, reservation_id, wasted_ug, witnessed_by, witnessed_at, seen_sha256, done_by, done_at)
VALUES (%(act_id)s, %(kind)s, %(unit_id)s, %(day)s, %(reason)s, %(supplier)s, %(delivery_note)s,
    %(transfer_id)s, %(person_id)s, %(reservation_id)s, %(wasted_ug)s, %(witnessed_by)s,
    %(witnessed_at)s, %(seen_sha256)s, %(staff_id)s, %(at)s)
"""
MOVE_HOLDING = """
WITH changed AS (
    UPDATE holding SET balance_ug = balance_ug + %(delta_ug)s WHERE holding_id = %(holding_id)s)
INSERT INTO stock_movement (holding_id, kind, delta_ug, act_id, moved_by, moved_at)
VALUES (%(holding_id)s, %(kind)s, %(delta_ug)s, %(act_id)s, %(staff_id)s, %(at)s)
"""
MOVE_BOTTLE = """
WITH changed AS (
    UPDATE bottle SET balance_ug = balance_ug + %(delta_ug)s WHERE bottle_id = %(bottle_id)s)
INSERT INTO stock_movement (bottle_id, kind, delta_ug, act_id, moved_by, moved_at)
VALUES (%(bottle_id)s, %(kind)s, %(delta_ug)s, %(act_id)s, %(staff_id)s, %(at)s)
"""
OPEN_BOTTLE = """
INSERT INTO bottle (bottle_id, unit_id, counter_id, batch_id, product_code, scan_code, opening_ug,
    balance_ug, opened_at)
VALUES (%(bottle_id)s, %(unit_id)s, %(counter_id)s, %(batch_id)s, %(product_code)s, %(scan_code)s,
    %(opening_ug)s, 0, %(at)s)
"""
CLOSE_BOTTLE = "UPDATE bottle SET closed_at = %(at)s WHERE bottle_id = %(bottle_id)s"
SCANNED = """
INSERT INTO package_scanned (gtin, serial, step, act_id)
VALUES (%(gtin)s, %(serial)s, %(step)s, %(act_id)s)
"""
NOTE_BATCH = """
WITH changed AS (UPDATE batch SET state = %(state)s WHERE batch_id = %(batch_id)s)
INSERT INTO batch_notice (batch_id, state, reason, unit_id, noted_by, noted_at)
VALUES (%(batch_id)s, %(state)s, %(reason)s, %(unit_id)s, %(staff_id)s, %(at)s)
"""
PACKAGE = """
SELECT k.gtin, k.amount_ug, p.code AS product_code, p.name AS product_name, p.per, p.strength_ug
FROM product_package k JOIN product p ON p.code = k.product_code WHERE k.gtin = %(gtin)s
"""
BATCH = """
SELECT batch_id, lot, expires_on, state, product_code FROM batch
WHERE product_code = %(product_code)s AND lot = %(lot)s
"""
ADD_BATCH = """
INSERT INTO batch (product_code, lot, expires_on)
VALUES (%(product_code)s, %(lot)s, %(expires_on)s)
ON CONFLICT (product_code, lot) DO UPDATE SET state = batch.state
    WHERE batch.expires_on = excluded.expires_on RETURNING batch_id
"""
ALREADY_SCANNED = """
SELECT 1 FROM package_scanned WHERE gtin = %(gtin)s AND serial = %(serial)s AND step = %(step)s
"""
_BOTTLE = """
SELECT b.bottle_id, b.unit_id, b.counter_id, b.scan_code, b.balance_ug, b.closed_at IS NULL AS open,
    b.batch_id, t.lot, t.expires_on, t.state, p.code AS product_code, p.name AS product_name,
    p.per, p.strength_ug
FROM bottle b JOIN batch t USING (batch_id) JOIN product p ON p.code = b.product_code
"""
LOCK_BOTTLES = (
    _BOTTLE
    + """WHERE b.bottle_id = ANY (%(ids)s) AND b.unit_id = %(unit_id)s AND b.counted
ORDER BY b.bottle_id FOR UPDATE OF b"""
)
LOCK_COUNTER = (
    _BOTTLE
    + """WHERE b.counter_id = %(counter_id)s AND b.unit_id = %(unit_id)s AND b.counted
    AND (b.closed_at IS NULL OR b.balance_ug <> 0)
ORDER BY b.bottle_id FOR UPDATE OF b"""
)
_HOLDING = """
SELECT h.holding_id, h.unit_id, h.place, h.cabinet_id, c.name AS cabinet_name, h.transfer_id,
    h.balance_ug, h.package_ug, h.batch_id, t.lot, t.expires_on, t.state, p.code AS product_code,
    p.name AS product_name, p.per, p.strength_ug
FROM holding h JOIN product p ON p.code = h.product_code LEFT JOIN batch t USING (batch_id)
LEFT JOIN cabinet c USING (cabinet_id)
"""
LOCK_HOLDINGS = (
    _HOLDING
    + """WHERE h.holding_id = ANY (%(ids)s) AND h.unit_id = %(unit_id)s
ORDER BY h.holding_id FOR UPDATE OF h"""
)
LOCK_CABINET = (
    _HOLDING
    + """WHERE h.cabinet_id = %(cabinet_id)s AND h.unit_id = %(unit_id)s AND h.balance_ug <> 0
ORDER BY h.holding_id FOR UPDATE OF h"""
)
LOCK_TRANSFER = (
    _HOLDING
    + """WHERE h.transfer_id = %(transfer_id)s
ORDER BY h.holding_id FOR UPDATE OF h"""
)
HOLDINGS_WITH = """
SELECT h.holding_id FROM holding h WHERE h.unit_id = %(unit_id)s AND h.place = 'cabinet'
    AND h.batch_id = %(batch_id)s AND h.package_ug = %(package_ug)s AND h.balance_ug > 0
    AND (%(cabinet_id)s::smallint IS NULL OR h.cabinet_id = %(cabinet_id)s)
ORDER BY h.cabinet_id
"""
CABINETS = "SELECT cabinet_id, name FROM cabinet WHERE unit_id = %(unit_id)s ORDER BY cabinet_id"
HOLDING_HERE = {
    "cabinet": """
INSERT INTO holding (unit_id, place, cabinet_id, product_code, batch_id, package_ug)
VALUES (%(unit_id)s, 'cabinet', %(cabinet_id)s, %(product_code)s, %(batch_id)s, %(package_ug)s)
ON CONFLICT (cabinet_id, batch_id, package_ug) WHERE place = 'cabinet'
DO UPDATE SET balance_ug = holding.balance_ug RETURNING holding_id
""",
    "returns": """
INSERT INTO holding (unit_id, place, product_code) VALUES (%(unit_id)s, 'returns', %(product_code)s)
ON CONFLICT (unit_id, product_code) WHERE place = 'returns'
DO UPDATE SET balance_ug = holding.balance_ug RETURNING holding_id
""",
    "transit": """
INSERT INTO holding (unit_id, place, transfer_id, product_code, batch_id, package_ug)
VALUES (%(unit_id)s, 'transit', %(transfer_id)s, %(product_code)s, %(batch_id)s, %(package_ug)s)
ON CONFLICT (transfer_id, batch_id, package_ug) WHERE place = 'transit'
DO UPDATE SET balance_ug = holding.balance_ug RETURNING holding_id
""",
}


@dataclass(frozen=True, slots=True)
class Package:
    """A kind of package by its GTIN: which product, and how much is in it."""

    gtin: str
    amount_ug: int
    product_code: str
    product_name: str
    per: str
    strength_ug: int


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as recorded."""

    batch_id: int
    lot: str
    expires_on: date
    state: str
    product_code: str


@dataclass(frozen=True, slots=True)
class OpenBottle:
    """A bottle at a counter, with its balance under its lock."""

    bottle_id: int
    unit_id: int
    counter_id: int
    scan_code: str
    balance_ug: int
    open: bool
    batch_id: int
    lot: str
    expires_on: date
    state: str
    product_code: str
    product_name: str
    per: str
    strength_ug: int

    @property
    def measure(self) -> Measure:
        return Measure(self.per, self.strength_ug)

    @property
    def name(self) -> str:
        return f"flaske {self.scan_code}"


@dataclass(frozen=True, slots=True)
class Holding:
    """Packages in a cabinet or on their way, or returned medicine; its balance under its lock."""

    holding_id: int
    unit_id: int
    place: str
    cabinet_id: int | None
    cabinet_name: str | None
    transfer_id: int | None
    balance_ug: int
    package_ug: int | None
    batch_id: int | None
    lot: str | None
    expires_on: date | None
    state: str | None
    product_code: str
    product_name: str
    per: str
    strength_ug: int

    @property
    def measure(self) -> Measure:
        return Measure(self.per, self.strength_ug)

    @property
    def packages(self) -> int:
        """Whole packages here."""
        return self.balance_ug // self.package_ug if self.package_ug else 0

    @property
    def name(self) -> str:
        if self.place == "returns":
            return "returneret medicin"
        return f"batch {self.lot}"


Rows = Sequence[Any]


async def all_rows(
    connection: AsyncConnection[Any], kind: type[Any], sql: str, **asked: object
) -> list[Any]:
    """The rows of a statement as values of ``kind``."""
    async with connection.cursor(row_factory=class_row(kind)) as cursor:
        await cursor.execute(sql, asked)
        return await cursor.fetchall()


async def one_value(connection: AsyncConnection[Any], sql: str, **asked: object) -> Any:
    """The first column of the first row, or None."""
    row = await (await connection.execute(sql, asked)).fetchone()
    return row[0] if row else None


async def at_this_moment(connection: AsyncConnection[Any], place: Place) -> Place:
    """The place of the act with the moment moved past the locks it waited for."""
    return replace(place, at=await one_value(connection, "SELECT clock_timestamp()"))


async def lock_bottles(
    connection: AsyncConnection[Any], unit_id: int, ids: Sequence[int]
) -> dict[int, OpenBottle]:
    """These bottles of the unit, locked. Raises NotFound unless all are there."""
    rows = await all_rows(
        connection, OpenBottle, LOCK_BOTTLES, ids=sorted(set(ids)), unit_id=unit_id
    )
    found = {row.bottle_id: row for row in rows}
    if set(ids) - set(found):
        raise NotFound("no such bottle here")
    return found


async def lock_holdings(
    connection: AsyncConnection[Any], unit_id: int, ids: Sequence[int]
) -> dict[int, Holding]:
    """These holdings of the unit, locked. Raises NotFound unless all are there."""
    rows = await all_rows(connection, Holding, LOCK_HOLDINGS, ids=sorted(set(ids)), unit_id=unit_id)
    found = {row.holding_id: row for row in rows}
    if set(ids) - set(found):
        raise NotFound("no such stock here")
    return found


async def next_act(connection: AsyncConnection[Any]) -> int:
    """A fresh act number."""
    return int(await one_value(connection, "SELECT nextval('stock_act_id_seq')"))


def act_statement(act: StockAct, **more: object) -> Statement:
    """The act's row; ``more`` are the columns that only some kinds have."""
    columns: dict[str, object] = dict.fromkeys(
        ("supplier", "delivery_note", "transfer_id", "person_id", "reservation_id", "wasted_ug")
    )
    return RECORD_ACT, columns | more | {
        "act_id": act.act_id,
        "kind": act.kind,
        "unit_id": act.unit_id,
        "day": act.on,
        "reason": act.reason,
        "witnessed_by": act.witness.staff_id if act.witness else None,
        "witnessed_at": act.witness.at if act.witness else None,
        "seen_sha256": act.witness.seen_sha256 if act.witness else None,
        "staff_id": act.actor_id,
        "at": act.at,
    }


def move_statements(act: StockAct, moves: Sequence[Move]) -> list[Statement]:
    """The movements of an act, bottles first."""
    ordered = sorted(moves, key=lambda move: (move.bottle_id is None, move.bottle_id or 0))
    return [
        (
            MOVE_BOTTLE if move.bottle_id is not None else MOVE_HOLDING,
            {
                "bottle_id": move.bottle_id,
                "holding_id": move.holding_id,
                "kind": act.kind,
                "delta_ug": move.delta_ug,
                "act_id": act.act_id,
                "staff_id": act.actor_id,
                "at": act.at,
            },
        )
        for move in ordered
    ]


def enough(balance_ug: int, wanted_ug: int) -> None:
    """Raise Conflict when a place holds less than is asked for."""
    if wanted_ug > balance_ug:
        raise Conflict("there is less than that by the records", slug="stock-too-low")
