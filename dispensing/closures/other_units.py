"""What the planner reads of the other units: open days, licences, stock, and who is expected."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row

from dispensing.closures.elsewhere import Licence, OtherUnit

# Stock is what stands at a counter or in a cabinet, released and good on the last day. Whoever has
# no counter, or nobody who may hand out, hands out nothing.
UNITS = """
SELECT u.unit_id, u.name, u.kind, u.phone, u.opens, u.closes, u.places,
    u.kind = (SELECT o.kind FROM unit o WHERE o.unit_id = %(unit_id)s) AS like_ours,
    (SELECT count(*) FROM person p
        WHERE p.right_holder_unit_id = u.unit_id AND p.ended_on IS NULL) AS people,
    EXISTS (SELECT FROM counter c WHERE c.unit_id = u.unit_id)
        AND EXISTS (SELECT FROM staff s WHERE s.unit_id = u.unit_id AND s.ended_at IS NULL
            AND NOT s.machine AND s.role IN ('nurse', 'doctor')) AS hands_out,
    coalesce((SELECT json_agg(json_build_array(l.preparation, l.from_on, l.to_on))
        FROM unit_licence l WHERE l.unit_id = u.unit_id), '[]')::text AS licences,
    ARRAY(SELECT k.day FROM unit_closed_day k
        WHERE k.unit_id = u.unit_id AND k.day BETWEEN %(first)s AND %(last)s) AS closed_on,
    ARRAY(SELECT b.product_code FROM bottle b JOIN batch t USING (batch_id)
        WHERE b.unit_id = u.unit_id AND b.closed_at IS NULL AND b.balance_ug > 0
            AND t.state = 'released' AND t.expires_on >= %(last)s
        UNION SELECT h.product_code FROM holding h JOIN batch t USING (batch_id)
        WHERE h.unit_id = u.unit_id AND h.place = 'cabinet' AND h.balance_ug > 0
            AND t.state = 'released' AND t.expires_on >= %(last)s) AS products,
    (SELECT json_object_agg(e.day, e.guests) FROM (
        SELECT g.day, count(*) AS guests FROM guest_in_force g
        WHERE g.unit_id = u.unit_id AND g.day BETWEEN %(first)s AND %(last)s
        GROUP BY g.day) e)::text AS guests
FROM unit u WHERE u.unit_id <> %(unit_id)s ORDER BY u.unit_id
"""
_LICENCES = msgspec.json.Decoder(tuple[Licence, ...])
_GUESTS = msgspec.json.Decoder(dict[date, int])


@dataclass(frozen=True, slots=True)
class _Row:
    unit_id: int
    name: str
    kind: str
    phone: str | None
    opens: time
    closes: time
    places: int | None
    like_ours: bool
    people: int
    hands_out: bool
    licences: str
    closed_on: list[date]
    products: list[str]
    guests: str | None

    def unit(self) -> OtherUnit:
        return OtherUnit(
            unit_id=self.unit_id,
            name=self.name,
            kind=self.kind,
            phone=self.phone,
            opens=self.opens,
            closes=self.closes,
            places=self.places,
            people=self.people,
            hands_out=self.hands_out,
            like_ours=self.like_ours,
            licences=_LICENCES.decode(self.licences),
            closed_on=frozenset(self.closed_on),
            products=frozenset(self.products),
            guests=_GUESTS.decode(self.guests) if self.guests else {},
        )


async def load_other_units(
    connection: AsyncConnection[Any], unit_id: int, first: date, last: date
) -> Mapping[int, OtherUnit]:
    """Every unit but this one, by number, with what a guest asks for in a period."""
    async with connection.cursor(row_factory=class_row(_Row)) as cursor:
        await cursor.execute(UNITS, {"unit_id": unit_id, "first": first, "last": last})
        return {row.unit_id: row.unit() for row in await cursor.fetchall()}
