"""The register of controlled drugs: a unit's movements of a product, with the balance after each.

Read straight from the movements: the opening balance is the sum of everything before the period,
each line adds its own amount, and the closing balance is what the lines make of it. What an act
leaves unchanged in sum (an opening, a removal within the unit) is a line without amount. Packages
on their way belong to neither unit's balance: they left one and have not reached the other.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from dispensing.errors import NotFound, Unprocessable
from dispensing.looks import look_at_list
from dispensing.people.sessions import Actor, load_actor
from dispensing.stock import store
from dispensing.stock.measures import Measure, signed_mg
from dispensing.wiring import Wiring
from dosing_rules.amounts import mg_text

READS_THE_REGISTER = ("doctor", "pharmacist", "auditor")
#: Who may see a person's initials beside the number; the auditor reads numbers alone.
KNOWS_PEOPLE = frozenset({"doctor", "pharmacist"})
LONGEST_DAYS = 366

ONE_READING = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
PRODUCT = """
SELECT p.code, p.name, p.per, p.strength_ug, u.name AS unit_name, u.zone,
    (SELECT count(*) FROM batch t WHERE t.batch_id = %(batch_id)s AND t.product_code = p.code) > 0
        AS has_batch,
    (SELECT t.lot FROM batch t WHERE t.batch_id = %(batch_id)s) AS lot,
    (%(from_on)s::date::timestamp AT TIME ZONE u.zone) AS from_at,
    ((%(to_on)s::date + 1)::timestamp AT TIME ZONE u.zone) AS until_at, clock_timestamp() AS now
FROM product p, unit u WHERE p.code = %(product_code)s AND u.unit_id = %(unit_id)s
"""
_MOVED = """
    SELECT m.*, b.batch_id, b.scan_code, NULL::text AS place FROM stock_movement m
    JOIN bottle b USING (bottle_id)
    WHERE b.unit_id = %(unit_id)s AND b.product_code = %(product_code)s
    UNION ALL
    SELECT m.*, h.batch_id, NULL, h.place FROM stock_movement m
    JOIN holding h USING (holding_id)
    WHERE h.unit_id = %(unit_id)s AND h.product_code = %(product_code)s
"""
OPENING = f"""
SELECT coalesce(sum(delta_ug) FILTER (WHERE place IS DISTINCT FROM 'transit'), 0)::bigint
FROM ({_MOVED}) m WHERE m.moved_at < %(from_at)s
    AND (%(batch_id)s::bigint IS NULL OR m.batch_id = %(batch_id)s)
"""
# One line per act; a movement of a hand-out is a line of its own.
LINES = f"""
SELECT g.*, t.lot, r.person_id AS handed_to, left(p.given_name, 1) || '.' ||
    left(p.family_name, 1) || '.' AS initials, a.person_id AS brought_by, a.supplier,
    a.delivery_note, a.transfer_id, a.reason, a.wasted_ug, a.reservation_id AS rest_of,
    CASE WHEN f.from_unit_id = %(unit_id)s THEN tu.name ELSE fu.name END AS other_unit,
    left(s.given_name, 1) || '. ' || s.family_name AS by_name,
    left(w.given_name, 1) || '. ' || w.family_name AS witness_name
FROM (
    SELECT min(m.movement_id) AS movement_id, min(m.moved_at) AS at, m.kind, m.act_id,
        m.reservation_id, min(m.moved_by) AS moved_by, min(m.batch_id) AS batch_id,
        string_agg(DISTINCT m.scan_code, ', ') AS bottles,
        bool_and(m.place IS NOT DISTINCT FROM 'transit') AS only_transit,
        coalesce(sum(m.delta_ug) FILTER (WHERE m.place IS DISTINCT FROM 'transit'), 0)::bigint
            AS delta_ug,
        sum(m.delta_ug)::bigint AS told_ug
    FROM ({_MOVED}) m WHERE m.moved_at >= %(from_at)s AND m.moved_at < %(until_at)s
        AND (%(batch_id)s::bigint IS NULL OR m.batch_id = %(batch_id)s)
    GROUP BY m.kind, m.act_id, m.reservation_id,
        CASE WHEN m.act_id IS NULL THEN m.movement_id END, m.batch_id
) g
LEFT JOIN batch t ON t.batch_id = g.batch_id
LEFT JOIN stock_act a ON a.act_id = g.act_id
LEFT JOIN reservation r ON r.reservation_id = coalesce(g.reservation_id, a.reservation_id)
LEFT JOIN person p ON p.person_id = coalesce(r.person_id, a.person_id)
LEFT JOIN stock_transfer f ON f.transfer_id = a.transfer_id
LEFT JOIN unit fu ON fu.unit_id = f.from_unit_id
LEFT JOIN unit tu ON tu.unit_id = f.to_unit_id
JOIN staff s ON s.staff_id = g.moved_by
LEFT JOIN staff w ON w.staff_id = a.witnessed_by
WHERE NOT (g.only_transit AND g.kind = 'arrived')
ORDER BY g.at, g.movement_id
"""
# Differences of the period's counts, explained or not.
DIFFERENCES = """
SELECT c.counted_at AS at, c.count_id, l.line, l.counted_ug, l.book_ug, a.kind, a.reason,
    coalesce(b.scan_code, t.lot) AS place,
    left(s.given_name, 1) || '. ' || s.family_name AS by_name,
    left(w.given_name, 1) || '. ' || w.family_name AS witness_name
FROM stock_count c JOIN stock_count_line l USING (count_id)
LEFT JOIN bottle b ON b.bottle_id = l.bottle_id LEFT JOIN holding h ON h.holding_id = l.holding_id
LEFT JOIN batch t ON t.batch_id = coalesce(b.batch_id, h.batch_id)
LEFT JOIN stock_explanation e ON e.count_id = l.count_id AND e.line = l.line
LEFT JOIN stock_act a ON a.act_id = e.act_id
JOIN staff s ON s.staff_id = c.counted_by LEFT JOIN staff w ON w.staff_id = a.witnessed_by
WHERE c.unit_id = %(unit_id)s AND l.counted_ug <> l.book_ug
    AND coalesce(b.product_code, h.product_code) = %(product_code)s
    AND (%(batch_id)s::bigint IS NULL OR t.batch_id = %(batch_id)s)
    AND c.counted_at >= %(from_at)s AND c.counted_at < %(until_at)s
ORDER BY c.counted_at, c.count_id, l.line
"""


@dataclass(frozen=True, slots=True)
class Period:
    """Which product (and batch) over which days, both included."""

    product_code: str
    from_on: date
    to_on: date
    batch_id: int | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """One line: what moved, to or from whom, by whom, and the balance after it."""

    at: datetime
    kind: str
    in_ug: int
    out_ug: int
    balance_ug: int
    lot: str
    bottles: str
    party: str
    by_name: str
    witness_name: str
    note: str


@dataclass(frozen=True, slots=True)
class Differed:
    """A count that differed; ``kind`` is None while nobody has explained it."""

    at: datetime
    count_id: int
    line: int
    counted_ug: int
    book_ug: int
    kind: str | None
    reason: str | None
    place: str | None
    by_name: str
    witness_name: str | None


@dataclass(frozen=True, slots=True)
class Register:
    """The register of a product for a period, with everything its page and papers show."""

    period: Period
    unit_name: str
    zone: str
    product_name: str
    measure: Measure
    lot: str | None
    opening_ug: int
    closing_ug: int
    lines: tuple[Moved, ...]
    differences: tuple[Differed, ...]
    read_at: datetime
    read_by: str
    # Who is named in the lines: that they were seen is recorded before anybody sees them.
    people: tuple[int, ...] = ()

    @property
    def in_ug(self) -> int:
        return sum(line.in_ug for line in self.lines)

    @property
    def out_ug(self) -> int:
        return sum(line.out_ug for line in self.lines)


def checked(period: Period) -> Period:
    """The period, if it is one. Raises Unprocessable."""
    if period.to_on < period.from_on:
        raise Unprocessable("the period ends before it begins", field="to")
    if period.to_on - period.from_on >= timedelta(days=LONGEST_DAYS):
        raise Unprocessable(f"at most {LONGEST_DAYS} days at a time", field="to")
    return period


async def load_register(
    wiring: Wiring, token: str | None, period: Period
) -> tuple[Actor, Register]:
    """The register as it stands, in one reading of the database.

    Raises Forbidden for who may not read it, NotFound for an unknown product or batch, and
    Unprocessable for a period that is none.
    """
    checked(period)
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, token, wiring.limits)
        actor.must_be(*READS_THE_REGISTER)
        await connection.commit()
        await connection.execute(ONE_READING)
        register = await read_register(connection, actor, period)
        await connection.rollback()
    await look_at_list(wiring, actor, "register", register.people)
    return actor, register


async def read_register(connection: AsyncConnection[Any], actor: Actor, period: Period) -> Register:
    """As ``load_register``, inside a transaction of the caller's."""
    asked: dict[str, Any] = {
        "unit_id": actor.unit_id,
        "product_code": period.product_code,
        "batch_id": period.batch_id,
        "from_on": period.from_on,
        "to_on": period.to_on,
    }
    heads = await (await connection.execute(PRODUCT, asked)).fetchall()
    if not heads or (period.batch_id is not None and not heads[0][6]):
        raise NotFound("no such product or batch")
    _, name, per, strength_ug, unit_name, zone, _, lot, from_at, until_at, now = heads[0]
    asked |= {"from_at": from_at, "until_at": until_at}
    opening_ug = int(await store.one_value(connection, OPENING, **asked))
    lines, people, balance_ug = [], set[int](), opening_ug
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(LINES, asked)
        async for row in cursor:
            balance_ug += row["delta_ug"]
            people |= {row["handed_to"], row["brought_by"]} - {None}
            lines.append(_moved(row, balance_ug, actor.role in KNOWS_PEOPLE))
    differences = await store.all_rows(connection, Differed, DIFFERENCES, **asked)
    return Register(
        period,
        unit_name,
        zone,
        name,
        Measure(per, strength_ug),
        lot if period.batch_id is not None else None,
        opening_ug,
        balance_ug,
        tuple(lines),
        tuple(differences),
        now,
        actor.short_name,
        tuple(sorted(people)),
    )


def _moved(row: dict[str, Any], balance_ug: int, knows_people: bool) -> Moved:
    delta_ug = row["delta_ug"]
    return Moved(
        at=row["at"],
        kind=row["kind"],
        in_ug=max(delta_ug, 0),
        out_ug=max(-delta_ug, 0),
        balance_ug=balance_ug,
        lot=row["lot"] or "",
        bottles=row["bottles"] or "",
        party=_party(row, knows_people),
        by_name=row["by_name"],
        witness_name=row["witness_name"] or "",
        note=_note(row),
    )


def _party(row: dict[str, Any], knows_people: bool) -> str:
    person = row["handed_to"] or row["brought_by"]
    if person is not None:
        return f"nr. {person} {row['initials']}" if knows_people else f"nr. {person}"
    if row["supplier"]:
        note = f", følgeseddel {row['delivery_note']}" if row["delivery_note"] else ""
        return f"{row['supplier']}{note}"
    if row["transfer_id"] is not None:
        return f"{row['other_unit']} (overførsel {row['transfer_id']})"
    return ""


def _note(row: dict[str, Any]) -> str:
    parts = []
    if row["wasted_ug"] is not None:
        parts.append(f"{mg_text(row['wasted_ug'])} mg af resten kasseret")
    if row["only_transit"] and row["told_ug"]:
        parts.append(f"undervejs: {signed_mg(row['told_ug'])} mg")
    if row["reason"]:
        parts.append(row["reason"])
    return "; ".join(parts)
