"""The SQL of merging two records of one human, and of taking that back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row

from dispensing.once_per_key import Statement
from dispensing.persons.joining import Held, Interval, Joined, Moved
from dosing_rules.ordered import LAST_NIGHT_PART, NIGHT_PART

AT_NIGHT = f"BETWEEN {NIGHT_PART} AND {LAST_NIGHT_PART}"

# Both rows and whatever was merged into either before, in the order of their ids.
LOCK_PEOPLE = """
SELECT p.person_id, p.event_seq, p.given_name, p.family_name, p.born_on, p.card_code, p.unit_id,
    p.right_holder_unit_id, p.enrolled_on, p.ended_on, p.merged_into_id, p.also_ids,
    u.name AS unit_name, u.clinical_chain
FROM person p JOIN unit u ON u.unit_id = p.unit_id
WHERE p.person_id = ANY (%(people)s) OR p.merged_into_id = ANY (%(people)s)
ORDER BY p.person_id
"""
LOCK = " FOR UPDATE OF p"
BY_CARD = """
SELECT coalesce(merged_into_id, person_id) FROM person WHERE card_code = upper(%(code)s)
"""
UNSETTLED = """
SELECT EXISTS (SELECT FROM claim WHERE person_id = ANY (%(people)s) AND state <> 'given')
    -- Nor while a paper list may hold a dose of either: a hold stands on the record it names.
    OR EXISTS (SELECT FROM paper_hold h JOIN unit u USING (unit_id)
        WHERE h.person_id = ANY (%(people)s) AND (h.until_on IS NULL
            OR h.until_on > (clock_timestamp() AT TIME ZONE u.zone)::date))
"""
# A list in somebody's hand names both records: no merge while it is used or not yet typed in. Also
# a list of a unit that either is a guest of: today, tomorrow, and on the night after the day.
ON_PAPER = """
WITH place AS (
    SELECT unnest(ARRAY[p.unit_id, p.right_holder_unit_id]) AS unit_id FROM person p
    WHERE p.person_id = ANY (%(people)s) OR p.merged_into_id = ANY (%(people)s)
    UNION SELECT g.unit_id FROM guest_right g JOIN person p USING (person_id)
        JOIN unit u ON u.unit_id = g.unit_id
    WHERE (p.person_id = ANY (%(people)s) OR p.merged_into_id = ANY (%(people)s))
        AND g.withdrawn_at IS NULL
        AND g.day BETWEEN (clock_timestamp() AT TIME ZONE u.zone)::date - 1
            AND (clock_timestamp() AT TIME ZONE u.zone)::date + 1
    UNION SELECT g.unit_id FROM supply_day g JOIN person p USING (person_id)
        JOIN unit u ON u.unit_id = g.unit_id
    WHERE (p.person_id = ANY (%(people)s) OR p.merged_into_id = ANY (%(people)s))
        AND g.ended_at IS NULL
        AND g.day BETWEEN (clock_timestamp() AT TIME ZONE u.zone)::date - 1
            AND (clock_timestamp() AT TIME ZONE u.zone)::date + 1)
SELECT EXISTS (SELECT FROM place JOIN downtime d USING (unit_id) WHERE d.over_at IS NULL)
    OR EXISTS (SELECT FROM place JOIN paper_hold h USING (unit_id) WHERE h.kind = 'row')
"""
CPR_NUMBERS = """
SELECT count(*) FROM person_identifier i JOIN person p USING (person_id)
WHERE (p.person_id = ANY (%(people)s) OR p.merged_into_id = ANY (%(people)s))
    AND i.kind = 'cpr' AND i.withdrawn_at IS NULL AND i.valid_to IS NULL
"""
HELD = """
SELECT c.person_id, c.for_day, c.part, c.reservation_id, c.amount_ug, c.how, d.substance,
    c.swallowed_at, lower(c.swallow_during) AS begins, upper(c.swallow_during) AS ends
FROM claim c JOIN reservation r USING (reservation_id) JOIN product d ON d.code = r.product_code
WHERE c.person_id = %(person_id)s ORDER BY c.for_day, c.part
"""
ORDERED = """
SELECT d.substance, r.daily_ug, r.valid_to FROM prescription r JOIN product d
    ON d.code = r.product_code
    JOIN person p USING (person_id)
    -- The clinic day of whoever treats the person: after midnight another one than the database's.
    CROSS JOIN LATERAL (SELECT (clock_timestamp() AT TIME ZONE u.zone)::date AS today
        FROM unit u WHERE u.unit_id = p.unit_id) c
WHERE r.person_id = %(person_id)s AND NOT r.night AND r.valid_from <= c.today
    AND (p.course_from IS NULL OR r.signed_at >= p.course_from)
    AND NOT EXISTS (SELECT FROM prescription_stop t WHERE t.person_id = r.person_id
        AND t.version > r.version AND t.from_on <= c.today)
ORDER BY version DESC LIMIT 1
"""
NEXT_MERGE_ID = "SELECT nextval('merge_id_seq')"
CUT_INTERVALS = """
UPDATE claim c SET swallow_during = CASE WHEN t.ends IS NOT NULL
    THEN tstzrange(t.begins, t.ends) END
FROM unnest(%(people)s::bigint[], %(days)s::date[], %(parts)s::int[], %(begins)s::timestamptz[],
    %(ends)s::timestamptz[]) AS t (person_id, day, part, begins, ends)
WHERE c.person_id = t.person_id AND c.for_day = t.day AND c.part = t.part
"""
MOVE_CLAIMS = """
UPDATE claim c SET person_id = %(survivor_id)s, part = t.part,
    -- Its label and its records name the part of before, for ever.
    handed_part = coalesce(c.handed_part, c.part)
FROM unnest(%(days)s::date[], %(olds)s::int[], %(parts)s::int[]) AS t (day, old, part)
WHERE c.person_id = %(absorbed_id)s AND c.for_day = t.day AND c.part = t.old
"""
# The day's limit gives way to what was really had: nothing more can be had that day.
JOIN_DAYS = """
UPDATE person_day s SET used_ug = s.used_ug + a.used_ug,
    limit_ug = greatest(s.limit_ug, s.used_ug + a.used_ug),
    night_ug = s.night_ug + a.night_ug,
    night_limit_ug = greatest(s.night_limit_ug, s.night_ug + a.night_ug),
    -- What two records had may be more than the one pair that is handed out together.
    mixed = s.mixed OR a.mixed OR ((s.night_ug > 0 OR a.night_ug > 0)
        AND ((s.used_ug > 0 AND s.substance <> 'diacetylmorphine')
            OR (a.used_ug > 0 AND a.substance <> 'diacetylmorphine'))),
    substance = CASE WHEN s.used_ug = 0 THEN a.substance ELSE s.substance END
FROM person_day a
WHERE s.person_id = %(survivor_id)s AND a.person_id = %(absorbed_id)s AND a.day = s.day
"""
FORGET_JOINED_DAYS = """
DELETE FROM person_day a USING person_day s
WHERE a.person_id = %(absorbed_id)s AND s.person_id = %(survivor_id)s AND a.day = s.day
"""
MOVE_DAYS = """
UPDATE person_day SET person_id = %(survivor_id)s WHERE person_id = %(absorbed_id)s
"""
# Of two findings the one that asks for more care; unknown where either is unknown and it matters.
JOIN_CARE = """
UPDATE care s SET new_to_treatment = s.new_to_treatment AND a.new_to_treatment,
    first_dose_on = greatest(s.first_dose_on, a.first_dose_on),
    sedatives_low_ug = greatest(s.sedatives_low_ug, a.sedatives_low_ug),
    sedatives_high_ug = greatest(s.sedatives_high_ug, a.sedatives_high_ug),
    taper_state = CASE WHEN s.taper_state = a.taper_state THEN s.taper_state END,
    taper_plan_on = CASE WHEN s.taper_plan_on = a.taper_plan_on THEN s.taper_plan_on END,
    ecg_on = CASE WHEN a.ecg_on IS NOT NULL THEN least(s.ecg_on, a.ecg_on) END,
    qtc_ms = greatest(s.qtc_ms, a.qtc_ms),
    pregnant = CASE WHEN s.pregnant OR a.pregnant THEN true
        WHEN s.pregnant IS NULL OR a.pregnant IS NULL THEN NULL ELSE false END,
    diversion_supervised_until_on =
        greatest(s.diversion_supervised_until_on, a.diversion_supervised_until_on),
    reviewed_on = CASE WHEN a.reviewed_on IS NOT NULL THEN least(s.reviewed_on, a.reviewed_on) END,
    indkald_due_on = least(s.indkald_due_on, a.indkald_due_on),
    night_first_dose_on = greatest(s.night_first_dose_on, a.night_first_dose_on),
    -- What either list knows of the one human; of a medicine on both, the one still taken.
    medicines = CASE WHEN s.medicines IS NULL OR a.medicines IS NULL
        THEN coalesce(s.medicines, a.medicines)
        ELSE (SELECT coalesce(jsonb_agg(o.one ORDER BY o.one ->> 'atc'), '[]') FROM (
            SELECT DISTINCT ON (m.one ->> 'atc') m.one
            FROM jsonb_array_elements(s.medicines || a.medicines) AS m (one)
            ORDER BY m.one ->> 'atc', m.one ->> 'stopped_on' DESC NULLS FIRST,
                m.one ->> 'started_on' DESC NULLS FIRST) o) END,
    health_on = least(s.health_on, a.health_on),
    filtration_ml_per_minute = CASE WHEN s.health_on IS NULL THEN a.filtration_ml_per_minute
        WHEN a.health_on IS NULL THEN s.filtration_ml_per_minute
        WHEN s.filtration_ml_per_minute IS NOT NULL AND a.filtration_ml_per_minute IS NOT NULL
        THEN least(s.filtration_ml_per_minute, a.filtration_ml_per_minute) END,
    breathing_disease = CASE WHEN s.health_on IS NULL THEN a.breathing_disease
        WHEN a.health_on IS NULL THEN s.breathing_disease
        ELSE s.breathing_disease OR a.breathing_disease END,
    drinks_daily = CASE WHEN s.health_on IS NULL THEN a.drinks_daily
        WHEN a.health_on IS NULL THEN s.drinks_daily ELSE s.drinks_daily OR a.drinks_daily END,
    locked_box = coalesce(s.locked_box AND a.locked_box, s.locked_box, a.locked_box),
    urine_on = greatest(s.urine_on, a.urine_on)
FROM care a WHERE s.person_id = %(survivor_id)s AND a.person_id = %(absorbed_id)s
"""
MOVE_INDKALD = """
UPDATE indkald i SET person_id = %(survivor_id)s
WHERE i.person_id = %(absorbed_id)s AND i.state IN ('planned', 'running')
    AND NOT EXISTS (SELECT FROM indkald o WHERE o.person_id = %(survivor_id)s
        AND o.state IN ('planned', 'running'))
"""
ABSORB = """
UPDATE person SET merged_into_id = %(survivor_id)s, merged_at = %(at)s,
    ended_on = CASE WHEN person_id = %(absorbed_id)s THEN %(on)s ELSE ended_on END
WHERE person_id = %(absorbed_id)s OR merged_into_id = %(absorbed_id)s
"""
SURVIVE = """
UPDATE person SET also_ids = %(also_ids)s, merged_at = %(at)s WHERE person_id = %(survivor_id)s
"""
RECORD_MERGE = """
INSERT INTO person_merge (merge_id, survivor_id, absorbed_id, unit_id, reason, findings, before,
    merged_by, merged_at)
VALUES (%(merge_id)s, %(survivor_id)s, %(absorbed_id)s, %(unit_id)s, %(reason)s, %(findings)s,
    %(before)s, %(staff_id)s, %(at)s)
"""
MERGES = """
SELECT m.merge_id, m.survivor_id, m.absorbed_id, m.reason, m.findings, m.before, m.merged_by,
    m.merged_at, x.unmerged_at
FROM person_merge m LEFT JOIN person_unmerge x USING (merge_id)
"""
MERGE = MERGES + "WHERE m.merge_id = %(merge_id)s"
MERGES_OF = MERGES + "WHERE m.survivor_id = %(person_id)s ORDER BY m.merge_id"
# Taking a merge back. The absorbed stands on its own again before a dose can be its own.
RELEASE = """
UPDATE person SET merged_into_id = NULL, merged_at = %(at)s, ended_on = %(ended_on)s
WHERE person_id = %(absorbed_id)s
"""
RELEASE_OTHERS = """
UPDATE person SET merged_into_id = %(absorbed_id)s WHERE person_id = ANY (%(absorbed_also)s)
"""
MOVE_BACK = """
UPDATE claim c SET person_id = %(absorbed_id)s, part = t.part,
    swallow_during = CASE WHEN t.ends IS NOT NULL THEN tstzrange(t.begins, t.ends) END
FROM unnest(%(reservations)s::bigint[], %(days)s::date[], %(olds)s::int[], %(parts)s::int[],
    %(begins)s::timestamptz[], %(ends)s::timestamptz[])
    AS t (reservation_id, day, old, part, begins, ends)
WHERE c.person_id = %(survivor_id)s AND c.reservation_id = t.reservation_id
    AND c.for_day = t.day AND c.part = t.old
"""
DAYS_BACK = f"""
INSERT INTO person_day (person_id, day, substance, limit_ug, used_ug, night_limit_ug, night_ug,
    mixed, right_holder_unit_id)
SELECT %(absorbed_id)s, c.for_day,
    coalesce(min(d.substance) FILTER (WHERE c.part NOT {AT_NIGHT}), 'diacetylmorphine'),
    coalesce(sum(c.amount_ug) FILTER (WHERE c.part NOT {AT_NIGHT}), 0),
    coalesce(sum(c.amount_ug) FILTER (WHERE c.part NOT {AT_NIGHT}), 0),
    coalesce(sum(c.amount_ug) FILTER (WHERE c.part {AT_NIGHT}), 0),
    coalesce(sum(c.amount_ug) FILTER (WHERE c.part {AT_NIGHT}), 0),
    bool_or(c.part {AT_NIGHT}) AND bool_or(c.part NOT {AT_NIGHT}
        AND d.substance <> 'diacetylmorphine'),
    -- What was handed out to a guest leaves the day with who sent them.
    min(coalesce((SELECT min(g.from_unit_id) FROM guest_right g
        WHERE g.person_id = r.person_id AND g.day = r.day AND g.unit_id = c.unit_id
        AND g.withdrawn_at IS NULL AND g.unit_id IS DISTINCT FROM a.right_holder_unit_id),
        (SELECT min(g.from_unit_id) FROM supply_day g
        WHERE g.person_id = r.person_id AND g.day = r.day AND g.unit_id = c.unit_id
        AND g.ended_at IS NULL AND g.unit_id IS DISTINCT FROM a.right_holder_unit_id),
        c.unit_id))
FROM claim c JOIN person a USING (person_id) JOIN reservation r USING (reservation_id)
JOIN product d ON d.code = r.product_code
WHERE c.person_id = %(absorbed_id)s AND EXISTS (SELECT FROM person_day s
    WHERE s.person_id = %(survivor_id)s AND s.day = c.for_day) GROUP BY c.for_day
"""
DAYS_LEFT = """
UPDATE person_day s SET used_ug = s.used_ug - a.used_ug, night_ug = s.night_ug - a.night_ug
FROM person_day a
WHERE s.person_id = %(survivor_id)s AND a.person_id = %(absorbed_id)s AND a.day = s.day
"""
RECORD_UNMERGE = """
INSERT INTO person_unmerge (merge_id, reason, unmerged_by, unmerged_at)
VALUES (%(merge_id)s, %(reason)s, %(staff_id)s, %(at)s)
"""


@dataclass(frozen=True, slots=True)
class Record:
    """One of the two records, as locked."""

    person_id: int
    event_seq: int
    given_name: str
    family_name: str
    born_on: date
    card_code: str
    unit_id: int
    right_holder_unit_id: int | None
    enrolled_on: date
    ended_on: date | None
    merged_into_id: int | None
    also_ids: list[int]
    unit_name: str
    clinical_chain: int


@dataclass(frozen=True, slots=True)
class MergeRow:
    """A merge as recorded; ``unmerged_at`` once it was taken back."""

    merge_id: int
    survivor_id: int
    absorbed_id: int
    reason: str
    findings: list[dict[str, Any]]
    before: dict[str, Any]
    merged_by: int
    merged_at: datetime
    unmerged_at: datetime | None


async def load_records(
    connection: AsyncConnection[Any], people: Sequence[int], *, lock: bool
) -> dict[int, Record]:
    """The records by id, with those merged into them; locked in the order of ids."""
    async with connection.cursor(row_factory=class_row(Record)) as cursor:
        await cursor.execute(LOCK_PEOPLE + (LOCK if lock else ""), {"people": list(people)})
        return {row.person_id: row for row in await cursor.fetchall()}


async def held_by(connection: AsyncConnection[Any], person_id: int) -> list[Held]:
    """Every dose the record holds."""
    async with connection.cursor(row_factory=class_row(Held)) as cursor:
        await cursor.execute(HELD, {"person_id": person_id})
        return await cursor.fetchall()


async def load_merges(connection: AsyncConnection[Any], sql: str, **asked: int) -> list[MergeRow]:
    """Merges, oldest first."""
    async with connection.cursor(row_factory=class_row(MergeRow)) as cursor:
        await cursor.execute(sql, asked)
        return await cursor.fetchall()


def dose_statements(joined: Joined, shared: dict[str, Any]) -> list[Statement]:
    """What moves the doses: intervals first, so that none overlap when they meet."""
    return [
        (CUT_INTERVALS, _intervals(joined.intervals)),
        (MOVE_CLAIMS, shared | _moves(joined.moved)),
        (JOIN_DAYS, shared),
        (FORGET_JOINED_DAYS, shared),
        (MOVE_DAYS, shared),
        (JOIN_CARE, shared),
        (MOVE_INDKALD, shared),
    ]


def _intervals(cut: Iterable[Interval]) -> dict[str, Any]:
    rows = list(cut)
    return {
        "people": [one.dose.person_id for one in rows],
        "days": [one.dose.for_day for one in rows],
        "parts": [one.dose.part for one in rows],
        "begins": [one.begins for one in rows],
        "ends": [one.ends for one in rows],
    }


def _moves(moved: Iterable[Moved]) -> dict[str, Any]:
    rows = list(moved)
    return {
        "days": [one.dose.for_day for one in rows],
        "olds": [one.dose.part for one in rows],
        "parts": [one.part for one in rows],
    }
