"""Supply orders as a pharmacy reads them: whom it supplies, with what, and whether now.

Only what handing out needs: names and birth date, the card, doses and days, when to ask the clinic.
No number, no reason of a doctor, nothing else of the treatment. An order that is over says so and
tells nothing more of the person.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row, dict_row

from dispensing.counter.facts_sql import AWAY, HOLDER, ORDER_JSON
from dispensing.counter.ordered import NOT_STOPPED, OF_THIS_COURSE

#: How far ahead days are told one by one.
DAYS_TOLD = 35

_OVER = f"""(p.merged_into_id IS NOT NULL OR p.unit_id <> s.unit_id
    OR coalesce(p.ended_on <= m.today, false)
    OR (p.course_from IS NOT NULL AND s.signed_at < p.course_from)
    OR p.right_holder_unit_id IS NULL
    OR p.right_holder_unit_id NOT IN (s.unit_id, s.pharmacy_unit_id)
    OR (s.change = 'ended' AND s.until_on < m.today AND {HOLDER} <> m.unit_id))"""
# The latest version of each; whose it is today is asked as the counter asks it.
ORDERS = f"""
WITH moment AS (
    SELECT clock_timestamp() AS at, (clock_timestamp() AT TIME ZONE u.zone)::date AS today,
        u.unit_id, u.zone FROM unit u WHERE u.unit_id = %(unit_id)s)
SELECT s.supply_id, s.version, s.change, s.person_id, p.given_name, p.family_name, p.born_on,
    p.card_code, c.name AS clinic, c.phone AS clinic_phone, s.from_on, s.until_on, s.weekdays,
    s.supervised_weekdays, s.pickup_weekdays, s.take_home_days, s.stop_rules, s.book_id,
    left(d.given_name, 1) || '. ' || d.family_name AS signed_by, s.signed_at,
    {_OVER} AS over, {AWAY} AS away, coalesce({HOLDER} = m.unit_id, false) AS in_force_now,
    (SELECT json_build_object('state', x.state, 'unit', u.name,
        'at', coalesce(x.swallowed_at, x.claimed_at), 'here', x.unit_id = m.unit_id)::text
        FROM claim x JOIN unit u ON u.unit_id = x.unit_id
        WHERE x.person_id = s.person_id AND x.for_day = m.today
        ORDER BY x.part DESC LIMIT 1) AS today_is,
    (SELECT {ORDER_JSON}::text FROM prescription r JOIN product d ON d.code = r.product_code
        WHERE r.person_id = s.person_id AND r.valid_from <= m.today AND NOT r.night
        AND {NOT_STOPPED.format(day="m.today")} AND {OF_THIS_COURSE}
        ORDER BY r.version DESC LIMIT 1) AS ordered,
    ARRAY(SELECT e.day FROM guest_in_force e WHERE e.person_id = s.person_id
        AND e.unit_id = m.unit_id AND e.day BETWEEN m.today AND m.today + {DAYS_TOLD}
        ORDER BY e.day) AS days
FROM moment m
JOIN (SELECT DISTINCT ON (o.supply_id) o.* FROM supply_order o
    WHERE o.pharmacy_unit_id = %(unit_id)s
        AND (%(supply_id)s::bigint IS NULL OR o.supply_id = %(supply_id)s)
    ORDER BY o.supply_id, o.version DESC) s ON true
JOIN person p ON p.person_id = s.person_id
JOIN unit c ON c.unit_id = s.unit_id JOIN staff d ON d.staff_id = s.signed_by
LEFT JOIN person_day pd ON pd.person_id = p.person_id AND pd.day = m.today
LEFT JOIN guest_in_force gr ON gr.person_id = p.person_id AND gr.day = m.today
ORDER BY p.family_name, p.given_name, s.supply_id
"""

VERSIONS = """
SELECT s.supply_id, s.version, s.change, s.pharmacy_unit_id, u.name AS pharmacy, s.from_on,
    s.wanted_until, s.until_on, s.weekdays, s.reason, s.signed_at,
    left(d.given_name, 1) || '. ' || d.family_name AS signed_by
FROM supply_order s JOIN unit u ON u.unit_id = s.pharmacy_unit_id
JOIN staff d ON d.staff_id = s.signed_by
WHERE s.person_id = %(person_id)s ORDER BY s.supply_id DESC, s.version DESC LIMIT 50
"""
COMING = f"""
SELECT e.day FROM guest_in_force e JOIN unit u ON u.unit_id = e.from_unit_id
WHERE e.person_id = %(person_id)s AND e.guest_id IS NULL
    AND e.day BETWEEN (clock_timestamp() AT TIME ZONE u.zone)::date
        AND (clock_timestamp() AT TIME ZONE u.zone)::date + {DAYS_TOLD} ORDER BY e.day
"""


@dataclass(frozen=True, slots=True)
class TodayIs:
    """What became of today's dose so far: where, and when; ``here``: at this pharmacy."""

    state: Literal["reserved", "uncertain", "given"]
    unit: str
    at: datetime
    here: bool


@dataclass(frozen=True, slots=True)
class SupplyOrder:
    """A supply order in its latest version.

    ``over``: nothing of it is left. ``in_force_now``: the pharmacy holds the right today. ``days``
    are the coming ones at the pharmacy; ``today_is`` and ``ordered`` JSON texts, None for nothing.
    """

    supply_id: int
    version: int
    change: str
    person_id: int
    given_name: str
    family_name: str
    born_on: date
    card_code: str
    clinic: str
    clinic_phone: str | None
    from_on: date
    until_on: date
    weekdays: list[int]
    supervised_weekdays: list[int]
    pickup_weekdays: list[int]
    take_home_days: int
    stop_rules: list[dict[str, Any]]
    book_id: str
    signed_by: str
    signed_at: datetime
    over: bool
    away: bool
    in_force_now: bool
    today_is: str | None
    ordered: str | None
    days: list[date]

    @property
    def dosed_today(self) -> TodayIs | None:
        """Today's dose where one is taken, anywhere."""
        return _TODAY.decode(self.today_is) if self.today_is else None

    @property
    def order(self) -> dict[str, Any] | None:
        """The medicine's order in force: product, parts and days."""
        return msgspec.json.decode(self.ordered) if self.ordered else None


_TODAY = msgspec.json.Decoder(TodayIs)


async def load_supply_orders(
    connection: AsyncConnection[Any], unit_id: int, supply_id: int | None = None
) -> list[SupplyOrder]:
    """A pharmacy's supply orders, by name; ``supply_id`` chooses one, else those that are over
    are left out. The transaction names the unit."""
    asked = {"unit_id": unit_id, "supply_id": supply_id}
    async with connection.cursor(row_factory=class_row(SupplyOrder)) as cursor:
        await cursor.execute(ORDERS, asked)
        found = await cursor.fetchall()
    return [one for one in found if supply_id is not None or not one.over]


async def load_versions(
    connection: AsyncConnection[Any], person_id: int
) -> tuple[list[dict[str, Any]], list[date]]:
    """A person's supply orders, newest version first, and the coming days at a pharmacy."""
    asked = {"person_id": person_id}
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(VERSIONS, asked)
        versions = await cursor.fetchall()
    days = await (await connection.execute(COMING, asked)).fetchall()
    return versions, [row[0] for row in days]
