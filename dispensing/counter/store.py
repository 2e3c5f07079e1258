"""The SQL of the hand-out: statements to run in one transaction, and reservations read back.

Every statement here either does all it says or raises: the commit travels in the same pipeline, so
a row count that nobody looked at must never be the only sign of trouble. The constraints
``claim_once``, ``claim_interval``, ``person_day_limit`` and the balance check are the barriers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec

from dispensing.counter.facts_sql import AT_NIGHT
from dispensing.counter.outcome import Statement
from dosing_rules import DoseAsked, Prescription
from dosing_rules.ordered import of_the_night

RECORD_RESERVATION = """
INSERT INTO reservation (reservation_id, person_id, unit_id, counter_id, day, prescription_id,
    prescription_version, product_code, bottle_id, doses, verdict, lifts, book_id, reserved_by,
    reserved_at)
VALUES (%(reservation_id)s, %(person_id)s, %(unit_id)s, %(counter_id)s, %(day)s,
    %(prescription_id)s, %(prescription_version)s, %(product_code)s, %(bottle_id)s, %(doses)s,
    %(verdict)s, %(lifts)s, %(book_id)s, %(staff_id)s, %(at)s)
"""
# The interval is claimed at once, not first when swallowed: two reservations across midnight meet.
CLAIM_DOSES = """
INSERT INTO claim (person_id, for_day, part, reservation_id, unit_id, amount_ug, how, state,
    claimed_at, swallow_during)
SELECT %(person_id)s, d.day, d.part, %(reservation_id)s, %(unit_id)s, d.ug, d.how, 'reserved',
    %(at)s, CASE WHEN d.how = 'supervised'
        THEN tstzrange(%(at)s, %(at)s + make_interval(mins => %(interval_minutes)s::int)) END
FROM unnest(%(days)s::date[], %(parts)s::int[], %(amounts_ug)s::bigint[], %(hows)s::text[])
    AS d (day, part, ug, how)
"""
# Only on a doctor's decision: the dose before was swallowed long enough ago for the doctor.
END_INTERVAL = """
UPDATE claim SET swallow_during = tstzrange(lower(swallow_during), %(at)s)
WHERE person_id = %(person_id)s AND state = 'given' AND lower(swallow_during) < %(at)s
    AND upper(swallow_during) > %(at)s
"""
USE_DAYS = """
INSERT INTO person_day (person_id, day, substance, limit_ug, used_ug, right_holder_unit_id)
SELECT %(person_id)s, d.day, %(substance)s, d.limit_ug, d.ug, %(right_holder_unit_id)s
FROM unnest(%(days)s::date[], %(limits_ug)s::bigint[], %(amounts_ug)s::bigint[])
    AS d (day, limit_ug, ug)
ON CONFLICT (person_id, day) DO UPDATE SET substance = excluded.substance,
    limit_ug = excluded.limit_ug, used_ug = person_day.used_ug + excluded.used_ug
"""
# Of a dose for the night a day has a limit and a use of its own: another substance.
USE_NIGHTS = """
INSERT INTO person_day (person_id, day, substance, limit_ug, used_ug, night_limit_ug, night_ug,
    right_holder_unit_id)
SELECT %(person_id)s, d.day, 'diacetylmorphine', 0, 0, d.limit_ug, d.ug, %(right_holder_unit_id)s
FROM unnest(%(days)s::date[], %(limits_ug)s::bigint[], %(amounts_ug)s::bigint[])
    AS d (day, limit_ug, ug)
ON CONFLICT (person_id, day) DO UPDATE SET night_limit_ug = excluded.night_limit_ug,
    night_ug = person_day.night_ug + excluded.night_ug
"""
# A pharmacy's own package is counted in its own register: of it nothing moves here.
POUR = """
WITH poured AS (
    UPDATE bottle SET balance_ug = balance_ug - %(amount_ug)s
    WHERE bottle_id = %(bottle_id)s AND counted)
INSERT INTO stock_movement (bottle_id, kind, delta_ug, reservation_id, moved_by, moved_at)
SELECT b.bottle_id, 'poured', -%(amount_ug)s::bigint, %(reservation_id)s::bigint,
    %(staff_id)s::integer, %(at)s::timestamptz
FROM bottle b WHERE b.bottle_id = %(bottle_id)s AND b.counted
"""
POUR_BACK = """
WITH back AS (
    UPDATE bottle SET balance_ug = balance_ug + %(amount_ug)s
    WHERE bottle_id = %(bottle_id)s AND counted)
INSERT INTO stock_movement (bottle_id, kind, delta_ug, reservation_id, moved_by, moved_at)
SELECT b.bottle_id, %(kind)s::text, %(amount_ug)s::bigint, %(reservation_id)s::bigint,
    %(staff_id)s::integer, %(at)s::timestamptz
FROM bottle b WHERE b.bottle_id = %(bottle_id)s AND b.counted
"""
RESOLVE = """
INSERT INTO resolution (reservation_id, outcome, note, resolved_by, resolved_at)
VALUES (%(reservation_id)s, %(outcome)s, %(note)s, %(staff_id)s, %(at)s)
"""
RECORD_HANDOVERS = """
INSERT INTO handover (reservation_id, for_day, part, person_id, unit_id, how, amount_ug,
    handed_over_by, handed_over_at)
SELECT %(reservation_id)s, d.day, d.part, %(person_id)s, %(unit_id)s, d.how, d.ug, %(staff_id)s,
    %(at)s
FROM unnest(%(days)s::date[], %(parts)s::int[], %(amounts_ug)s::bigint[], %(hows)s::text[])
    AS d (day, part, ug, how)
"""
RECORD_ADMINISTRATIONS = """
INSERT INTO administration (reservation_id, part, person_id, unit_id, day, amount_ug,
    witnessed_by, swallowed_at)
SELECT %(reservation_id)s, d.part, %(person_id)s, %(unit_id)s, d.day, d.ug, %(staff_id)s, %(at)s
FROM unnest(%(days)s::date[], %(parts)s::int[], %(amounts_ug)s::bigint[], %(hows)s::text[])
    AS d (day, part, ug, how) WHERE d.how = 'supervised'
"""
SETTLE_CLAIMS = """
UPDATE claim c SET state = 'given', amount_ug = d.ug,
    swallowed_at = CASE WHEN c.how = 'supervised' THEN %(at)s::timestamptz END,
    swallow_during = CASE WHEN c.how = 'supervised'
        THEN tstzrange(%(at)s, %(at)s + make_interval(mins => %(interval_minutes)s::int)) END
FROM unnest(%(days)s::date[], %(parts)s::int[], %(amounts_ug)s::bigint[]) AS d (day, part, ug)
WHERE c.reservation_id = %(reservation_id)s AND c.for_day = d.day AND c.part = d.part
"""
DOUBT_CLAIMS = """
UPDATE claim SET state = 'uncertain' WHERE reservation_id = %(reservation_id)s
"""
RELEASE_CLAIMS = "DELETE FROM claim WHERE reservation_id = %(reservation_id)s"
UNUSE_DAYS = f"""
UPDATE person_day p SET used_ug = p.used_ug - d.ug, night_ug = p.night_ug - d.night_ug
FROM (SELECT day, coalesce(sum(ug) FILTER (WHERE part NOT {AT_NIGHT}), 0) AS ug,
        coalesce(sum(ug) FILTER (WHERE part {AT_NIGHT}), 0) AS night_ug
    FROM unnest(%(days)s::date[], %(parts)s::int[], %(amounts_ug)s::bigint[])
        AS d (day, part, ug) GROUP BY day) d
WHERE p.person_id = %(person_id)s AND p.day = d.day
"""
# A first dose that never happened begins nothing: without another one the beginning is unknown.
UNSTART_TREATMENT = f"""
UPDATE care k SET first_dose_on = NULL WHERE k.person_id = %(person_id)s
    AND k.first_dose_on = %(day)s AND NOT EXISTS (SELECT 1 FROM claim c
        WHERE c.person_id = k.person_id AND c.state = 'given' AND c.part NOT {AT_NIGHT})
"""
UNSTART_NIGHTS = f"""
UPDATE care k SET night_first_dose_on = NULL WHERE k.person_id = %(person_id)s
    AND k.night_first_dose_on = %(day)s AND NOT EXISTS (SELECT 1 FROM claim c
        WHERE c.person_id = k.person_id AND c.state = 'given' AND c.part {AT_NIGHT})
"""
START_NIGHTS = """
UPDATE care SET night_first_dose_on = %(day)s WHERE person_id = %(person_id)s
"""
START_TREATMENT = """
UPDATE care SET new_to_treatment = false, first_dose_on = %(day)s
WHERE person_id = %(person_id)s
"""
RECORD_READING = """
INSERT INTO withdrawal_reading (person_id, unit_id, day, cows, measured_by, measured_at)
VALUES (%(person_id)s, %(unit_id)s, %(day)s, %(cows)s, %(staff_id)s, %(at)s)
"""
RECORD_REFUSAL = """
INSERT INTO refusal (person_id, unit_id, day, verdict, refused_to, refused_at)
VALUES (%(person_id)s, %(unit_id)s, %(day)s, %(verdict)s, %(staff_id)s, %(at)s)
"""
RECORD_REVERSAL = """
INSERT INTO reversal (reservation_id, reason, reversed_by, reversed_at)
VALUES (%(reservation_id)s, %(reason)s, %(staff_id)s, %(at)s)
"""
START_OBSERVATION = """
INSERT INTO observation (reservation_id, person_id, unit_id, reason, started_at, due_at,
    check_every_minutes, state)
VALUES (%(reservation_id)s, %(person_id)s, %(unit_id)s, %(reason)s, %(at)s, %(due_at)s,
    %(check_every_minutes)s, 'running')
"""
NEXT_RESERVATION_ID = "SELECT nextval('reservation_id_seq')"
LOAD_RESERVATION = """
SELECT json_build_object('reservation_id', r.reservation_id, 'person_id', r.person_id,
    'unit_id', r.unit_id, 'day', r.day, 'prescription_id', r.prescription_id,
    'prescription_version', r.prescription_version, 'product_code', r.product_code,
    'bottle_id', r.bottle_id, 'doses', r.doses, 'lifts', r.lifts,
    'reserved_at', r.reserved_at, 'outcome', x.outcome,
    'reserved_by', (SELECT left(s.given_name, 1) || '. ' || s.family_name FROM staff s
        WHERE s.staff_id = r.reserved_by),
    'counter', coalesce((SELECT n.name FROM counter n WHERE n.counter_id = r.counter_id), ''),
    'resolved_at', x.resolved_at, 'resolved_by', x.resolved_by,
    'swallowed_at', (SELECT min(a.swallowed_at) FROM administration a
        WHERE a.reservation_id = r.reservation_id),
    'reversed', v.reservation_id IS NOT NULL,
    'vomited', exists (SELECT 1 FROM vomit w WHERE w.reservation_id = r.reservation_id),
    -- A dose had elsewhere was handed over by nobody here.
    'given', CASE WHEN r.source = 'elsewhere' THEN r.doses::json ELSE coalesce((SELECT json_agg(
        json_build_array(h.for_day, h.part, h.amount_ug, h.how) ORDER BY h.for_day, h.part)
        FROM handover h WHERE h.reservation_id = r.reservation_id), '[]') END,
    'observation', (SELECT json_build_object('state', o.state, 'due_at', o.due_at,
        'reason', o.reason, 'held', coalesce((SELECT k.held FROM sedation_check k
            WHERE k.reservation_id = o.reservation_id ORDER BY k.check_id DESC LIMIT 1), false))
        FROM observation o WHERE o.reservation_id = r.reservation_id),
    'told_at_home', exists (SELECT 1 FROM home_return b WHERE b.reservation_id = r.reservation_id)
        OR exists (SELECT 1 FROM loss_report l WHERE l.reservation_id = r.reservation_id),
    'rest_told', exists (SELECT 1 FROM stock_act a WHERE a.reservation_id = r.reservation_id
        AND a.kind = 'rest'),
    'batch_blocked', coalesce((SELECT t.state <> 'released' FROM bottle b JOIN batch t
        USING (batch_id) WHERE b.bottle_id = r.bottle_id), false),
    'collectors', coalesce((SELECT json_agg(json_build_object('collector_id', c.collector_id,
        'name', c.name, 'relation', c.relation, 'from_on', c.from_on, 'until_on', c.until_on))
        FROM collector c LEFT JOIN collector_withdrawn w USING (collector_id)
        WHERE c.person_id = r.person_id AND w.collector_id IS NULL
        AND c.until_on >= r.day), '[]'),
    'labels', coalesce((SELECT json_agg(json_build_object('code', e.code, 'for_on', e.for_day,
        'part', e.part, 'print_no', e.print_no, 'void', o.code IS NOT NULL,
        'scanned', s.code IS NOT NULL) ORDER BY e.for_day, e.part, e.print_no) FROM label e
        LEFT JOIN label_void o USING (code) LEFT JOIN label_scan s USING (code)
        WHERE e.reservation_id = r.reservation_id), '[]'),
    'states', coalesce((SELECT json_agg(DISTINCT c.state) FROM claim c
        WHERE c.reservation_id = r.reservation_id), '[]'))::text AS document
FROM reservation r
LEFT JOIN resolution x USING (reservation_id)
LEFT JOIN reversal v USING (reservation_id)
WHERE r.reservation_id = %(reservation_id)s
"""

DoseRow = tuple[date, int, int, str]


@dataclass(frozen=True, slots=True)
class ObservationState:
    """The observation that followed a hand-out; ``held``: deeply sedated at the last look."""

    state: str
    due_at: datetime
    reason: str
    held: bool = False


@dataclass(frozen=True, slots=True)
class Collector:
    """Somebody who may fetch take-home doses for a person, from and until which day."""

    collector_id: int
    name: str
    relation: str
    from_on: date
    until_on: date


@dataclass(frozen=True, slots=True)
class PrintedLabel:
    """A label printed for a dose of a reservation; ``void`` once another replaced it."""

    code: str
    for_on: date
    part: int
    print_no: int
    void: bool
    scanned: bool


@dataclass(frozen=True, slots=True)
class Reservation:
    """A reservation as recorded, with what became of it. Doses are (day, part, ug, how)."""

    reservation_id: int
    person_id: int
    unit_id: int
    day: date
    prescription_id: int
    prescription_version: int
    product_code: str
    bottle_id: int | None
    doses: tuple[DoseRow, ...]
    lifts: tuple[dict[str, Any], ...]
    reserved_at: datetime
    outcome: str | None
    resolved_at: datetime | None
    resolved_by: int | None
    reversed: bool
    vomited: bool
    given: tuple[DoseRow, ...]
    observation: ObservationState | None
    states: tuple[str, ...]
    swallowed_at: datetime | None = None
    reserved_by: str = ""
    counter: str = ""
    collectors: tuple[Collector, ...] = ()
    told_at_home: bool = False
    rest_told: bool = False
    batch_blocked: bool = False
    labels: tuple[PrintedLabel, ...] = ()

    @property
    def open(self) -> bool:
        """Reserved or uncertain: nobody has said yet what became of it."""
        return self.outcome is None

    @property
    def uncertain(self) -> bool:
        """Somebody said that nobody knows whether it was swallowed."""
        return "uncertain" in self.states

    @property
    def asked(self) -> tuple[DoseAsked, ...]:
        """The reserved doses as the check knows them."""
        return tuple(DoseAsked(day, part, ug, how) for day, part, ug, how in self.doses)  # type: ignore[arg-type]

    @property
    def of_the_night(self) -> bool:
        """Whether it is of the dose for the night."""
        return any(of_the_night(part) for _, part, _, _ in self.doses)

    @property
    def reserved_ug(self) -> int:
        return sum(row[2] for row in self.doses)


_RESERVATION = msgspec.json.Decoder(Reservation)


def reservation_from(document: str) -> Reservation:
    """Read the document of ``LOAD_RESERVATION``."""
    return _RESERVATION.decode(document)


def array(values: Sequence[date | int | str]) -> str:
    """A PostgreSQL array as text, for values without quotes or commas: days, numbers, words.

    The statements name the type; finding it out from the elements costs more than the insert.
    """
    return "{" + ",".join([str(value) for value in values]) + "}"


def dose_arrays(rows: Sequence[DoseRow]) -> dict[str, str]:
    """Dose rows as the parallel arrays of the statements above."""
    return {
        "days": array([row[0] for row in rows]),
        "parts": array([row[1] for row in rows]),
        "amounts_ug": array([row[2] for row in rows]),
        "hows": array([row[3] for row in rows]),
    }


def use_days(
    shared: Mapping[str, Any],
    rows: Sequence[DoseRow],
    limits_ug: Mapping[date, int],
    order: Prescription,
    right_holder_unit_id: int,
) -> Statement:
    """Count each day's doses against what may be had that day (parts of a day added up)."""
    used: dict[date, int] = {}
    for day, _, amount_ug, _ in rows:
        used[day] = used.get(day, 0) + amount_ug
    return (
        USE_NIGHTS if order.night else USE_DAYS,
        {
            **shared,
            "days": array(list(used)),
            "limits_ug": array([limits_ug[day] for day in used]),
            "amounts_ug": array(list(used.values())),
            "substance": order.product.substance,
            "right_holder_unit_id": right_holder_unit_id,
        },
    )
