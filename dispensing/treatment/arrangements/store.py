"""The SQL of arrangements."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
from psycopg import AsyncConnection

from dosing_rules import Arrangement

ARRANGE = """
INSERT INTO arrangement (person_id, version, valid_from, self_administration, supervised_weekdays,
    pickup_weekdays, take_home_days, thrice_weekly, pharmacy_unit_id, exception_days,
    exception_from, exception_until, exception_reason, decided_by, decided_at)
VALUES (%(person_id)s, %(version)s, %(valid_from)s, %(self_administration)s,
    %(supervised_weekdays)s, %(pickup_weekdays)s, %(take_home_days)s, %(thrice_weekly)s,
    %(pharmacy)s, %(exception_days)s, %(exception_from)s, %(exception_until)s,
    %(exception_reason)s, %(staff_id)s, %(at)s)
"""
BASIS = """
INSERT INTO arrangement_basis (person_id, version, kind, reason, checked, missing)
VALUES (%(person_id)s, %(version)s, %(kind)s, %(reason)s, %(checked)s, %(missing)s)
"""
JOURNEY = """
INSERT INTO arrangement_journey (person_id, version, country, certificate, certificate_on)
VALUES (%(person_id)s, %(version)s, %(country)s, %(certificate)s, %(certificate_on)s)
"""
HISTORY = """
SELECT json_build_object('decided', coalesce((SELECT json_agg(json_build_object(
    'version', a.version, 'valid_from', a.valid_from, 'decided_at', a.decided_at,
    'decided_by', left(s.given_name, 1) || '. ' || s.family_name,
    'kind', b.kind, 'reason', coalesce(b.reason, a.exception_reason),
    'missing', coalesce(b.missing, '{}'), 'pharmacy_unit_id', a.pharmacy_unit_id,
    'country', j.country, 'certificate', j.certificate, 'certificate_on', j.certificate_on,
    'arrangement', json_build_object('self_administration', a.self_administration,
        'supervised_weekdays', a.supervised_weekdays, 'pickup_weekdays', a.pickup_weekdays,
        'take_home_days', a.take_home_days, 'thrice_weekly', a.thrice_weekly,
        'exception', CASE WHEN a.exception_days IS NOT NULL THEN json_build_object(
            'days', a.exception_days, 'from_on', a.exception_from,
            'until_on', a.exception_until) END)) ORDER BY a.version DESC)
    FROM arrangement a JOIN staff s ON s.staff_id = a.decided_by
    LEFT JOIN arrangement_basis b USING (person_id, version)
    LEFT JOIN arrangement_journey j USING (person_id, version)
    -- A course that begins has none of the arrangements decided before it.
    JOIN person p ON p.person_id = a.person_id
        AND (p.course_from IS NULL OR a.decided_at >= p.course_from)
    WHERE a.person_id = %(person_id)s), '[]'),
  'last_version', coalesce((SELECT max(a.version) FROM arrangement a
    WHERE a.person_id = %(person_id)s), 0),
  'pharmacies', coalesce((SELECT json_agg(json_build_object('unit_id', u.unit_id,
    'name', u.name) ORDER BY u.name) FROM unit u WHERE u.kind = 'pharmacy'), '[]'))::text
"""


@dataclass(frozen=True, slots=True)
class DecidedOnce:
    """One version: from when, by whom, why, what was missing, and a journey's certificate."""

    version: int
    valid_from: date
    decided_at: datetime
    decided_by: str
    kind: str | None
    reason: str | None
    missing: tuple[str, ...]
    pharmacy_unit_id: int | None
    arrangement: Arrangement
    country: str | None = None
    certificate: str | None = None
    certificate_on: date | None = None


@dataclass(frozen=True, slots=True)
class Pharmacy:
    """A pharmacy that may hand out."""

    unit_id: int
    name: str


@dataclass(frozen=True, slots=True)
class History:
    """Every arrangement of this course, newest first, and the pharmacies there are.

    ``last_version``: of all arrangements, those of an earlier course too.
    """

    decided: tuple[DecidedOnce, ...]
    pharmacies: tuple[Pharmacy, ...]
    last_version: int = 0

    @property
    def next_version(self) -> int:
        """The number of the next decision."""
        return max(self.last_version, *[one.version for one in self.decided], 0) + 1

    def in_force(self, day: date) -> DecidedOnce | None:
        """What holds on a day: the newest that has begun."""
        return next((one for one in self.decided if one.valid_from <= day), None)


_HISTORY = msgspec.json.Decoder(History)


def history_from(row: Any) -> History:
    """The row of HISTORY."""
    return _HISTORY.decode(row[0])


async def load_history(connection: AsyncConnection[Any], person_id: int) -> History:
    """A person's arrangements. The caller has asked who may see them."""
    found = await connection.execute(HISTORY, {"person_id": person_id})
    return history_from(await found.fetchone())
