"""What the planner reads and writes: people with their facts on a day to come, decisions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row

from dispensing.clock import local_moment
from dispensing.counter.facts_sql import AWAY, BOOK_JSON, DAYS_BACK, FACTS_FROM, FACTS_SQL
from dispensing.counter.planned_days import OPENED
from dispensing.looks import see_as
from dispensing.once_per_key import Statement
from dispensing.treatment.arrangements.store import ARRANGE
from dosing_rules import Arrangement

# The counter's own facts, as they stand recorded for a day to come. For whoever is away nothing is
# planned: the place where they are hands out.
PEOPLE = f"""
WITH moment AS (
    SELECT %(at)s::timestamptz AS at, %(day)s::date AS today, u.unit_id, u.zone,
        u.clinical_chain, u.card_at_given
    FROM unit u WHERE u.unit_id = %(unit_id)s)
SELECT p.person_id, p.event_seq, p.given_name, p.family_name, p.born_on, {BOOK_JSON} AS book_id,
    k.naloxone_on IS NOT NULL AS naloxone, {FACTS_SQL},
    (SELECT json_agg(json_build_object('version', a.version, 'valid_from', a.valid_from,
        'pharmacy', a.pharmacy_unit_id, 'reason', a.exception_reason, 'arrangement',
        json_build_object('self_administration', a.self_administration,
            'supervised_weekdays', a.supervised_weekdays, 'pickup_weekdays', a.pickup_weekdays,
            'take_home_days', a.take_home_days, 'thrice_weekly', a.thrice_weekly,
            'exception', CASE WHEN a.exception_days IS NOT NULL THEN json_build_object(
                'days', a.exception_days, 'from_on', a.exception_from,
                'until_on', a.exception_until) END)) ORDER BY a.version)::text
        FROM arrangement a WHERE a.person_id = p.person_id
        AND (p.course_from IS NULL OR a.decided_at >= p.course_from)) AS arrangements,
    (SELECT json_build_object('version', c.version, 'choice', c.choice, 'last', c.last_day,
        'pickup_on', c.pickup_on, 'guest_unit_id', c.guest_unit_id,
        'prescription_version', c.prescription_version,
        'reason', c.reason, 'decided_at', c.decided_at,
        'decided_by', left(s.given_name, 1) || '. ' || s.family_name)::text
        FROM closure_decision c JOIN staff s ON s.staff_id = c.decided_by
        WHERE c.person_id = p.person_id AND c.unit_id = m.unit_id AND c.first_day = %(first)s
        ORDER BY c.version DESC LIMIT 1) AS decision,
    (SELECT json_agg(json_build_object('guest_id', e.guest_id, 'day', e.day, 'unit_id', e.unit_id,
        'taken', EXISTS (SELECT FROM claim x WHERE x.person_id = p.person_id
            AND x.for_day = e.day)) ORDER BY e.day)::text
        FROM guest_in_force e WHERE e.person_id = p.person_id
        AND e.day >= m.today - {DAYS_BACK}) AS guest_rights
{
    FACTS_FROM.format(
        people="p.right_holder_unit_id = m.unit_id AND p.ended_on IS NULL"
        f" AND NOT {AWAY}"
        " AND (%(people)s::bigint[] IS NULL OR p.person_id = ANY (%(people)s))"
    )
}
ORDER BY p.family_name, p.given_name, p.person_id
"""
LOCK_PEOPLE = """
SELECT person_id FROM person WHERE person_id = ANY (%(people)s) ORDER BY person_id FOR UPDATE
"""
EVENT_SEQ = "SELECT event_seq FROM person WHERE person_id = %(person_id)s"
ADVANCE = """
UPDATE person SET event_seq = event_seq + %(count)s WHERE person_id = %(person_id)s
"""
DECIDE = """
INSERT INTO closure_decision (unit_id, first_day, last_day, person_id, version, choice, pickup_on,
    guest_unit_id, prescription_version, reason, decided_by, decided_at)
VALUES (%(unit_id)s, %(first)s, %(last)s, %(person_id)s, %(version)s, %(choice)s, %(pickup_on)s,
    %(guest_unit_id)s, %(prescription_version)s, %(reason)s, %(staff_id)s, %(at)s)
"""


@dataclass(frozen=True, slots=True)
class Arranged:
    """An arrangement as it is recorded."""

    version: int
    valid_from: date
    pharmacy: int | None
    reason: str | None
    arrangement: Arrangement


@dataclass(frozen=True, slots=True)
class ClosureDecision:
    """What a doctor decided last for a person and a closure."""

    version: int
    choice: str
    last: date
    pickup_on: date | None
    guest_unit_id: int | None
    prescription_version: int
    reason: str
    decided_at: datetime
    decided_by: str


@dataclass(frozen=True, slots=True)
class GuestDay:
    """A day at another unit. ``taken``: a dose of that day is, so that nothing of it changes.

    ``guest_id`` None: at a pharmacy, by a supply order, whether this unit is closed or not.
    """

    guest_id: int | None
    day: date
    unit_id: int
    taken: bool


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person of the unit with the facts of the day that was asked for."""

    person_id: int
    event_seq: int
    given_name: str
    family_name: str
    born_on: date
    book_id: str | None
    naloxone: bool
    facts: str
    arrangements: str | None
    decision: str | None
    guest_rights: str | None

    @property
    def arranged(self) -> tuple[Arranged, ...]:
        """Every arrangement, in the order they were decided."""
        return _ARRANGED.decode(self.arrangements) if self.arrangements else ()

    @property
    def last_decision(self) -> ClosureDecision | None:
        """The doctor's last decision about this closure."""
        return _DECISION.decode(self.decision) if self.decision else None

    @property
    def guests(self) -> tuple[GuestDay, ...]:
        """The days at other units that are decided and in force, in order."""
        return _GUEST_DAYS.decode(self.guest_rights) if self.guest_rights else ()


_GUEST_DAYS = msgspec.json.Decoder(tuple[GuestDay, ...])
_ARRANGED = msgspec.json.Decoder(tuple[Arranged, ...])
_DECISION = msgspec.json.Decoder(ClosureDecision)


async def load_people(
    connection: AsyncConnection[Any],
    unit_id: int,
    day: date,
    first: date,
    zone: str,
    people: Sequence[int] | None = None,
) -> list[PersonRow]:
    """The people whose right lies at the unit, as recorded for ``day``; by name.

    ``first`` is the closure's first day, whose decisions come with them.
    """
    await see_as(connection, unit_id)
    async with connection.cursor(row_factory=class_row(PersonRow)) as cursor:
        await cursor.execute(
            PEOPLE,
            {
                "unit_id": unit_id,
                "day": day,
                "first": first,
                "at": local_moment(day, OPENED, zone),
                "people": list(people) if people is not None else None,
            },
        )
        return await cursor.fetchall()


def arrange(one: Arranged, person_id: int, staff_id: int, at: datetime) -> Statement:
    """The row of a further arrangement."""
    how, exception = one.arrangement, one.arrangement.exception
    values: Mapping[str, object] = {
        "person_id": person_id,
        "version": one.version,
        "valid_from": one.valid_from,
        "self_administration": how.self_administration is True,
        "supervised_weekdays": sorted(how.supervised_weekdays or ()),
        "pickup_weekdays": sorted(how.pickup_weekdays or ()),
        "take_home_days": how.take_home_days or 0,
        "thrice_weekly": how.thrice_weekly is True,
        "pharmacy": one.pharmacy,
        "exception_days": exception.days if exception else None,
        "exception_from": exception.from_on if exception else None,
        "exception_until": exception.until_on if exception else None,
        "exception_reason": one.reason if exception else None,
        "staff_id": staff_id,
        "at": at,
    }
    return ARRANGE, values
