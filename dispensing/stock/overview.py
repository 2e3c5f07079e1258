"""What the stock pages show: what stands where, what is on its way, and what waits for somebody."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg import AsyncConnection

from dispensing.errors import NotFound
from dispensing.people.sessions import Actor
from dispensing.stock import store
from dispensing.stock.measures import Measure, measured_text, signed_mg

#: A nurse counts blind; who counts sees no balance on any page.
SEES_BALANCES = frozenset({"doctor", "pharmacist"})

BOTTLES = """
SELECT b.bottle_id, b.scan_code, c.counter_id, c.name AS counter_name, b.balance_ug,
    b.closed_at IS NULL AS open, b.opened_at, t.lot, t.expires_on, t.state, t.batch_id,
    p.code AS product_code, p.name AS product_name, p.per, p.strength_ug
FROM bottle b JOIN counter c USING (counter_id) JOIN batch t USING (batch_id)
JOIN product p ON p.code = b.product_code
WHERE b.unit_id = %(unit_id)s AND b.counted AND (b.closed_at IS NULL OR b.balance_ug <> 0)
ORDER BY c.counter_id, p.name, b.bottle_id
"""
SHELVES = """
SELECT h.holding_id, h.place, c.cabinet_id, c.name AS cabinet_name, h.balance_ug, h.package_ug,
    t.lot, t.expires_on, t.state, t.batch_id, p.code AS product_code, p.name AS product_name,
    p.per, p.strength_ug
FROM holding h JOIN product p ON p.code = h.product_code LEFT JOIN batch t USING (batch_id)
LEFT JOIN cabinet c USING (cabinet_id)
WHERE h.unit_id = %(unit_id)s AND h.place <> 'transit' AND h.balance_ug > 0
ORDER BY h.place, c.cabinet_id, p.name, t.expires_on, t.lot
"""
ON_THE_WAY = """
SELECT f.transfer_id, f.from_unit_id = %(unit_id)s AS ours, a.name AS from_name,
    b.name AS to_name, f.sent_at, (h.balance_ug / h.package_ug)::int AS packages,
    p.name AS product_name, t.lot
FROM stock_transfer f JOIN holding h USING (transfer_id) JOIN product p ON p.code = h.product_code
JOIN batch t USING (batch_id) JOIN unit a ON a.unit_id = f.from_unit_id
JOIN unit b ON b.unit_id = f.to_unit_id
WHERE h.balance_ug > 0 AND (f.from_unit_id = %(unit_id)s OR f.to_unit_id = %(unit_id)s)
ORDER BY f.transfer_id
"""
UNEXPLAINED = """
SELECT c.count_id, l.line, c.counted_at, coalesce(k.name, d.name) AS place_name,
    p.name AS product_name
FROM stock_count c JOIN stock_count_line l USING (count_id)
LEFT JOIN bottle b ON b.bottle_id = l.bottle_id LEFT JOIN holding h ON h.holding_id = l.holding_id
JOIN product p ON p.code = coalesce(b.product_code, h.product_code)
LEFT JOIN counter k ON k.counter_id = c.counter_id
LEFT JOIN cabinet d ON d.cabinet_id = c.cabinet_id
WHERE c.unit_id = %(unit_id)s AND l.counted_ug <> l.book_ug AND NOT EXISTS (
    SELECT 1 FROM stock_explanation e WHERE e.count_id = l.count_id AND e.line = l.line)
ORDER BY c.count_id, l.line LIMIT 100
"""
# Of the last month; what is older is the register's matter.
LEFT_IN_GLASS = """
SELECT r.reservation_id, x.resolved_at, p.name AS product_name, p.per, p.strength_ug,
    (SELECT sum((d ->> 2)::bigint) FROM jsonb_array_elements(r.doses) d)::bigint - coalesce((
        SELECT sum(h.amount_ug) FROM handover h WHERE h.reservation_id = r.reservation_id), 0)
        ::bigint AS rest_ug
FROM reservation r JOIN resolution x USING (reservation_id)
JOIN product p ON p.code = r.product_code
WHERE r.unit_id = %(unit_id)s AND r.day > %(on)s::date - 31 AND r.bottle_id IS NOT NULL
    AND x.outcome IN ('given', 'spilled')
    AND NOT EXISTS (SELECT 1 FROM reversal v WHERE v.reservation_id = r.reservation_id)
    AND NOT EXISTS (SELECT 1 FROM stock_act a WHERE a.reservation_id = r.reservation_id
        AND a.kind = 'rest')
    AND (SELECT sum((d ->> 2)::bigint) FROM jsonb_array_elements(r.doses) d) > coalesce((
        SELECT sum(h.amount_ug) FROM handover h WHERE h.reservation_id = r.reservation_id), 0)
ORDER BY r.reservation_id LIMIT 100
"""
COUNTED = """
SELECT l.line, l.counted_ug, l.book_ug, l.tolerance_ug, coalesce(b.scan_code, t.lot) AS place_code,
    p.name AS product_name, p.per, p.strength_ug, a.kind, a.reason,
    left(w.given_name, 1) || '. ' || w.family_name AS witness_name
FROM stock_count c JOIN stock_count_line l USING (count_id)
LEFT JOIN bottle b ON b.bottle_id = l.bottle_id LEFT JOIN holding h ON h.holding_id = l.holding_id
LEFT JOIN batch t ON t.batch_id = coalesce(b.batch_id, h.batch_id)
JOIN product p ON p.code = coalesce(b.product_code, h.product_code)
LEFT JOIN stock_explanation e ON e.count_id = l.count_id AND e.line = l.line
LEFT JOIN stock_act a ON a.act_id = e.act_id LEFT JOIN staff w ON w.staff_id = a.witnessed_by
WHERE c.count_id = %(count_id)s AND c.unit_id = %(unit_id)s ORDER BY l.line
"""
PRODUCTS = "SELECT code, name FROM product ORDER BY name"
COUNTERS = "SELECT counter_id, name FROM counter WHERE unit_id = %(unit_id)s ORDER BY counter_id"
UNITS = "SELECT unit_id, name FROM unit WHERE unit_id <> %(unit_id)s ORDER BY name"


@dataclass(frozen=True, slots=True)
class BottleRow:
    """An open bottle, or a closed one of which something is left by the records."""

    bottle_id: int
    scan_code: str
    counter_id: int
    counter_name: str
    balance_ug: int
    open: bool
    opened_at: datetime
    lot: str
    expires_on: date
    state: str
    batch_id: int
    product_code: str
    product_name: str
    per: str
    strength_ug: int

    @property
    def balance_text(self) -> str:
        return measured_text(self.balance_ug, Measure(self.per, self.strength_ug))


@dataclass(frozen=True, slots=True)
class Shelf:
    """Packages of a batch in a cabinet, or medicine brought back."""

    holding_id: int
    place: str
    cabinet_id: int | None
    cabinet_name: str | None
    balance_ug: int
    package_ug: int | None
    lot: str | None
    expires_on: date | None
    state: str | None
    batch_id: int | None
    product_code: str
    product_name: str
    per: str
    strength_ug: int

    @property
    def balance_text(self) -> str:
        if self.package_ug:
            return str(self.balance_ug // self.package_ug)
        return measured_text(self.balance_ug, Measure(self.per, self.strength_ug))


@dataclass(frozen=True, slots=True)
class OnTheWay:
    """Packages that one unit sent and the other has not counted in."""

    transfer_id: int
    ours: bool
    from_name: str
    to_name: str
    sent_at: datetime
    packages: int
    product_name: str
    lot: str


@dataclass(frozen=True, slots=True)
class Unexplained:
    """A counted difference that waits for an explanation."""

    count_id: int
    line: int
    counted_at: datetime
    place_name: str
    product_name: str


@dataclass(frozen=True, slots=True)
class LeftInGlass:
    """What was poured of a hand-out and not had; it waits for two names."""

    reservation_id: int
    resolved_at: datetime
    product_name: str
    per: str
    strength_ug: int
    rest_ug: int

    @property
    def rest_text(self) -> str:
        return measured_text(self.rest_ug, Measure(self.per, self.strength_ug))


@dataclass(frozen=True, slots=True)
class CountedRow:
    """A line of a count with what the records said, and its explanation if there is one."""

    line: int
    counted_ug: int
    book_ug: int
    tolerance_ug: int
    place_code: str | None
    product_name: str
    per: str
    strength_ug: int
    kind: str | None
    reason: str | None
    witness_name: str | None

    @property
    def measure(self) -> Measure:
        return Measure(self.per, self.strength_ug)

    @property
    def counted_text(self) -> str:
        return measured_text(self.counted_ug, self.measure)

    @property
    def book_text(self) -> str:
        return measured_text(self.book_ug, self.measure)

    @property
    def difference_text(self) -> str:
        difference_ug = self.counted_ug - self.book_ug
        return f"{'+' if difference_ug > 0 else ''}{signed_mg(difference_ug)} mg"

    @property
    def needs_witness(self) -> bool:
        return abs(self.counted_ug - self.book_ug) > self.tolerance_ug


@dataclass(frozen=True, slots=True)
class Overview:
    """The stock page."""

    bottles: list[BottleRow]
    shelves: list[Shelf]
    on_the_way: list[OnTheWay]
    unexplained: list[Unexplained]
    glasses: list[LeftInGlass]
    products: list[tuple[str, str]]
    cabinets: list[tuple[int, str]]
    counters: list[tuple[int, str]]
    units: list[tuple[int, str]]
    sees_balances: bool

    @property
    def of_cabinets(self) -> list[Shelf]:
        return [shelf for shelf in self.shelves if shelf.place == "cabinet"]

    @property
    def brought_back(self) -> list[Shelf]:
        return [shelf for shelf in self.shelves if shelf.place == "returns"]


async def load_overview(connection: AsyncConnection[Any], actor: Actor, on: date) -> Overview:
    """Everything of the actor's unit."""
    asked = {"unit_id": actor.unit_id, "on": on}

    async def pairs(sql: str) -> list[Any]:
        return await (await connection.execute(sql, asked)).fetchall()

    return Overview(
        await store.all_rows(connection, BottleRow, BOTTLES, **asked),
        await store.all_rows(connection, Shelf, SHELVES, **asked),
        await store.all_rows(connection, OnTheWay, ON_THE_WAY, **asked),
        await store.all_rows(connection, Unexplained, UNEXPLAINED, **asked),
        await store.all_rows(connection, LeftInGlass, LEFT_IN_GLASS, **asked),
        await pairs(PRODUCTS),
        await pairs(store.CABINETS),
        await pairs(COUNTERS),
        await pairs(UNITS),
        actor.role in SEES_BALANCES,
    )


async def load_count(
    connection: AsyncConnection[Any], actor: Actor, count_id: int
) -> list[CountedRow]:
    """A count of the unit, line by line. Raises NotFound."""
    rows = await store.all_rows(
        connection, CountedRow, COUNTED, count_id=count_id, unit_id=actor.unit_id
    )
    if not rows:
        raise NotFound("no such count here")
    return rows
