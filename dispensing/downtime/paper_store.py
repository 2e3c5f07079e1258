"""The SQL of what was handed out from paper, and what it is held against."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row, dict_row

from dispensing.counter.facts_sql import BOOK_JSON, FACTS_FROM, FACTS_SQL, KEPT_HOLDER
from dispensing.counter.loading import LOCK_PERSON, PATIENT
from dispensing.downtime.lists import MOMENT
from dosing_rules import Patient

FACTS = f"""
{MOMENT}
SELECT clock_timestamp() AS at, m.today, m.clinical_chain AS chain_id, p.person_id, p.event_seq,
    p.merged_into_id, p.unit_id AS enrolled_unit_id, p.right_holder_unit_id AS holder_now,
    {BOOK_JSON} AS book_id, {KEPT_HOLDER} AS kept_holder,
    (SELECT coalesce(array_agg(x.night), '{{}}') FROM missed_dose x
        WHERE x.person_id = p.person_id AND x.day = m.today) AS missed_nights,
    (SELECT d.night_ug FROM person_day d WHERE d.person_id = p.person_id AND d.day = m.today)
        AS night_ug,
    (SELECT d.used_ug FROM person_day d WHERE d.person_id = p.person_id AND d.day = m.today)
        AS used_ug,
    (SELECT d.substance FROM person_day d WHERE d.person_id = p.person_id AND d.day = m.today
        AND d.used_ug > 0) AS used_substance,
    {FACTS_SQL}
{FACTS_FROM.format(people="p.person_id = %(person_id)s")}
"""
EARLIER = """
SELECT e.event_id, e.person_id, e.content_sha256, e.happened, e.reservation_id
FROM paper_event e JOIN person p USING (person_id)
WHERE e.serial = %(serial)s AND e.row_no = %(row_no)s
    AND coalesce(p.merged_into_id, p.person_id) = %(person_id)s ORDER BY e.event_id
"""
USED = """
SELECT day, used_ug, night_ug FROM person_day
WHERE person_id = %(person_id)s AND day = ANY (%(days)s)
"""
# Swallowed elsewhere so near in time that the one lies in the other's least interval.
NEAR = """
SELECT lower(swallow_during) AS from_at, upper(swallow_during) AS until_at, unit_id, for_day
FROM claim WHERE person_id = %(person_id)s AND swallow_during && tstzrange(%(at)s,
    %(at)s + make_interval(mins => %(interval_minutes)s::int)) ORDER BY 1
"""
BOTTLE = """
SELECT b.bottle_id FROM bottle b
WHERE b.unit_id = %(unit_id)s AND b.product_code = %(product_code)s AND b.closed_at IS NULL
    AND (b.balance_ug >= %(amount_ug)s OR NOT b.counted)
    AND (%(bottle_code)s::text IS NULL OR b.scan_code = %(bottle_code)s)
ORDER BY b.counter_id IS DISTINCT FROM %(counter_id)s, b.bottle_id LIMIT 1 FOR UPDATE
"""
STAFF = """
SELECT s.staff_id FROM staff s JOIN unit u USING (unit_id)
WHERE s.staff_id = ANY (%(staff)s) AND s.unit_id = %(unit_id)s
    AND (s.role IN ('nurse', 'doctor') OR (s.role = 'pharmacist' AND u.kind = 'pharmacy'))
"""
NEXT_EVENT = "SELECT nextval('paper_event_id_seq'), nextval('reservation_id_seq')"
RECORD_RESERVATION = """
INSERT INTO reservation (reservation_id, person_id, unit_id, counter_id, day, prescription_id,
    prescription_version, product_code, bottle_id, doses, verdict, lifts, book_id, reserved_by,
    reserved_at, source)
VALUES (%(reservation_id)s, %(person_id)s, %(unit_id)s, NULL, %(day)s,
    %(prescription_id)s, %(prescription_version)s, %(product_code)s, %(bottle_id)s, %(doses)s,
    %(verdict)s, '[]', %(book_id)s, %(staff_id)s, %(at)s, 'paper')
"""
# Given, not reserved: the paper tells of what is over. The interval leaves room for what was
# swallowed before or after it; that they are too near is a conflict of its own.
CLAIM = """
INSERT INTO claim (person_id, for_day, part, reservation_id, unit_id, amount_ug, how, state,
    claimed_at, swallowed_at, swallow_during)
SELECT %(person_id)s, d.day, d.part, %(reservation_id)s, %(unit_id)s, d.ug, d.how, 'given',
    %(at)s, CASE WHEN d.how = 'supervised' THEN %(at)s::timestamptz END,
    CASE WHEN d.how = 'supervised' AND %(from_at)s::timestamptz < %(until_at)s::timestamptz
        THEN tstzrange(%(from_at)s, %(until_at)s) END
FROM unnest(%(days)s::date[], %(parts)s::int[], %(amounts_ug)s::bigint[], %(hows)s::text[])
    AS d (day, part, ug, how)
"""
RECORD_EVENT = """
INSERT INTO paper_event (event_id, downtime_id, serial, row_no, person_id, unit_id, for_day,
    happened, happened_at, doses, given_by, witnessed_by, note, entered_by, entered_at,
    content_sha256, reservation_id, verdict)
VALUES (%(event_id)s, %(downtime_id)s, %(serial)s, %(row_no)s, %(person_id)s, %(unit_id)s,
    %(for_day)s, %(happened)s, %(happened_at)s, %(doses)s, %(given_by)s, %(witnessed_by)s,
    %(note)s, %(entered_by)s, %(entered_at)s, %(content)s, %(recorded)s, %(verdict)s)
"""
RECORD_CONFLICT = """
INSERT INTO paper_conflict (event_id, person_id, unit_id, for_day, kinds, facts, opened_at)
VALUES (%(event_id)s, %(person_id)s, %(unit_id)s, %(for_day)s, %(kinds)s, %(facts)s,
    %(entered_at)s)
"""
HOLD_CONFLICT = """
INSERT INTO paper_hold (person_id, unit_id, kind, downtime_id, serial, row_no, event_id, for_day,
    amount_ug, since)
VALUES (%(person_id)s, %(unit_id)s, 'conflict', %(downtime_id)s, %(serial)s, %(row_no)s,
    %(event_id)s, %(for_day)s, greatest(%(total_ug)s, 1), %(entered_at)s)
"""
FREE_ROW = """
DELETE FROM paper_hold WHERE serial = %(serial)s AND row_no = %(row_no)s AND kind = 'row'
"""
ADVANCE = "UPDATE person SET event_seq = event_seq + %(count)s WHERE person_id = %(person_id)s"
# A paper names a record as it was printed; what is told of it is the survivor's, whose doses count.
BY_CARD = """
SELECT coalesce(merged_into_id, person_id) AS person_id FROM person WHERE card_code = %(card)s
"""
SURVIVORS = """
SELECT person_id, coalesce(merged_into_id, person_id) FROM person
WHERE person_id = ANY (%(people)s)
"""


@dataclass(frozen=True, slots=True)
class PaperFacts:
    """A person as the record knows them on the day of the list, under their lock."""

    at: datetime
    today: date
    chain_id: int
    person_id: int
    event_seq: int
    merged_into_id: int | None
    enrolled_unit_id: int
    holder_now: int | None
    kept_holder: int | None
    book_id: str | None
    missed_nights: list[bool]
    night_ug: int | None
    used_ug: int | None
    used_substance: str | None
    facts: str

    @property
    def patient(self) -> Patient:
        return PATIENT.decode(self.facts)


async def lock_and_load(
    connection: AsyncConnection[Any], person_id: int, unit_id: int, for_day: date
) -> PaperFacts | None:
    """The facts for a day at a unit, of the survivor; everybody else who acts on them waits."""
    survivor = (await survivors(connection, [person_id])).get(person_id, person_id)
    while True:
        asked = {"person_id": survivor, "unit_id": unit_id, "for_day": for_day}
        await connection.execute(LOCK_PERSON, asked)
        async with connection.cursor(row_factory=class_row(PaperFacts)) as cursor:
            await cursor.execute(FACTS, asked)
            facts = await cursor.fetchone()
        if facts is None or facts.merged_into_id is None:
            return facts
        # Merged while this waited for the lock.
        survivor = facts.merged_into_id


async def survivors(connection: AsyncConnection[Any], people: Sequence[int]) -> dict[int, int]:
    """Whose each record is now: itself, or the record it was merged into."""
    cursor = await connection.execute(SURVIVORS, {"people": list(people)})
    return dict(await cursor.fetchall())


async def rows_of(
    connection: AsyncConnection[Any], sql: str, **parameters: Any
) -> Sequence[dict[str, Any]]:
    """All rows of a statement as dicts."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(sql, parameters)
        return await cursor.fetchall()
