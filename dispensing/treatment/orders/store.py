"""The SQL of orders, and what a prescriber's case is loaded from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
from psycopg import AsyncConnection

from dispensing.counter.facts_sql import PRODUCT_JSON
from dispensing.counter.ordered import OF_THIS_COURSE
from dosing_rules import Prescription, Product

#: An order with the last day it was signed for, whatever was signed after it.
AS_SIGNED = f"""json_build_object('prescription_id', r.prescription_id,
    'version', r.version, 'daily_ug', r.daily_ug, 'parts_ug', r.parts_ug,
    'weekday_ug', r.weekday_ug, 'valid_from', r.valid_from, 'valid_to', r.valid_to,
    'high_dose_reason', r.high_dose_reason IS NOT NULL,
    'depot_interval_days', r.depot_interval_days, 'night', r.night,
    'product', {PRODUCT_JSON})"""
#: Everything that may still come into force, and the latest that has; who writes, and what exists.
CASE = f"""
SELECT json_build_object(
    'orders', coalesce((SELECT json_agg({AS_SIGNED}
        ORDER BY r.version)
        FROM prescription r JOIN product d ON d.code = r.product_code
        JOIN person p ON p.person_id = r.person_id AND {OF_THIS_COURSE}
        WHERE r.person_id = %(person_id)s), '[]'),
    'last_version', coalesce((SELECT max(r.version) FROM prescription r
        WHERE r.person_id = %(person_id)s), 0),
    'signed', coalesce((SELECT json_agg(json_build_object('version', r.version,
        'signed_at', r.signed_at, 'signed_by', left(s.given_name, 1) || '. ' || s.family_name,
        'high_dose_reason', r.high_dose_reason,
        'reasons', coalesce((SELECT json_agg(json_build_array(w.rule_id, w.reason)
            ORDER BY w.rule_id) FROM prescription_reason w
            WHERE (w.person_id, w.version) = (r.person_id, r.version)), '[]'))
        ORDER BY r.version)
        FROM prescription r JOIN staff s ON s.staff_id = r.signed_by
        JOIN person p ON p.person_id = r.person_id AND {OF_THIS_COURSE}
        WHERE r.person_id = %(person_id)s), '[]'),
    'stops', coalesce((SELECT json_agg(json_build_object('version', t.version,
        'from_on', t.from_on, 'kind', t.kind, 'reason', t.reason, 'signed_at', t.signed_at,
        'signed_by', left(s.given_name, 1) || '. ' || s.family_name) ORDER BY t.version)
        FROM prescription_stop t JOIN staff s ON s.staff_id = t.signed_by
        WHERE t.person_id = %(person_id)s), '[]'),
    'products', (SELECT json_agg({PRODUCT_JSON} ORDER BY d.code) FROM product d),
    'names', (SELECT json_object_agg(d.code, d.name) FROM product d),
    'writers', (SELECT json_agg(json_build_object('staff_id', s.staff_id,
        'entitled', s.authorisation_id IS NOT NULL, 'specialist', s.specialist,
        'approved_for', s.approved_for)) FROM staff s JOIN person p ON p.unit_id = s.unit_id
        WHERE p.person_id = %(person_id)s AND s.role = 'doctor' AND s.ended_at IS NULL))::text
"""
SIGN = """
INSERT INTO prescription (prescription_id, version, person_id, product_code, daily_ug, parts_ug,
    weekday_ug, valid_from, valid_to, high_dose_reason, depot_interval_days, night, signed_by,
    signed_at)
VALUES (%(prescription_id)s, %(version)s, %(person_id)s, %(product_code)s, %(daily_ug)s,
    %(parts_ug)s, %(weekday_ug)s, %(valid_from)s, %(valid_to)s, %(high_dose_reason)s,
    %(depot_interval_days)s, %(night)s, %(staff_id)s, %(at)s)
"""
REASON = """
INSERT INTO prescription_reason (person_id, version, rule_id, reason)
VALUES (%(person_id)s, %(version)s, %(rule_id)s, %(reason)s)
"""
STOP = """
INSERT INTO prescription_stop (person_id, version, from_on, kind, reason, signed_by, signed_at)
VALUES (%(person_id)s, %(version)s, %(from_on)s, %(kind)s, %(reason)s, %(staff_id)s, %(at)s)
"""


@dataclass(frozen=True, slots=True)
class Signed:
    """Who signed a version, when, and why in spite of which rules."""

    version: int
    signed_at: datetime
    signed_by: str
    high_dose_reason: str | None
    reasons: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Stop:
    """A pause or a stop, a version of its own."""

    version: int
    from_on: date
    kind: str
    reason: str
    signed_at: datetime
    signed_by: str


@dataclass(frozen=True, slots=True)
class Writer:
    """A doctor of the unit that treats the person."""

    staff_id: int
    entitled: bool
    specialist: bool
    approved_for: frozenset[str]


@dataclass(frozen=True, slots=True)
class Orders:
    """A person's orders of this course, all stops, and what may be ordered by whom.

    ``last_version``: of all orders, those of an earlier course too.
    """

    orders: tuple[Prescription, ...]
    signed: tuple[Signed, ...]
    stops: tuple[Stop, ...]
    products: tuple[Product, ...]
    names: dict[str, str]
    writers: tuple[Writer, ...] | None = None
    last_version: int = 0

    def of(self, *, night: bool) -> tuple[Prescription, ...]:
        """The main orders, or those of the dose for the night beside injections."""
        return tuple(one for one in self.orders if one.night is night)

    @property
    def next_version(self) -> int:
        """The number of the next order or stop."""
        return max(self.last_version, *[one.version for one in (*self.orders, *self.stops)], 0) + 1

    def product(self, code: str) -> Product | None:
        """The product of a code."""
        return next((one for one in self.products if one.code == code), None)

    def stops_by_version(self) -> dict[int, date]:
        """The day each stop begins."""
        return {one.version: one.from_on for one in self.stops}


_ORDERS = msgspec.json.Decoder(Orders)


def orders_from(row: Sequence[Any] | None) -> Orders:
    """The row of CASE."""
    assert row is not None, "one row, whoever it is about"
    return _ORDERS.decode(row[0])


async def load_orders(connection: AsyncConnection[Any], person_id: int) -> Orders:
    """A person's orders. The caller has asked who may see them."""
    return orders_from(await (await connection.execute(CASE, {"person_id": person_id})).fetchone())
