"""Facts about one person, read under that person's lock in one statement.

``LOCK_PERSON`` waits for everyone else who acts on the person; ``LOAD`` then sees what they
committed. Both travel in one round trip. The facts come as one JSON document that decodes straight
into the values the rules ask; windows are bounded, so a long history costs nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row

from dispensing.errors import Conflict, NotFound
from dispensing.people.sessions import ACTOR_SQL, Actor, SessionLimits, accept, token_hash
from dosing_rules import Patient, Product

LOCK_PERSON = "SELECT person_id FROM person WHERE person_id = %(person_id)s FOR UPDATE"
# The person of a reservation; of a merged record the survivor, who holds its doses now.
PERSON_OF_RESERVATION = """
(SELECT coalesce(o.merged_into_id, o.person_id) FROM reservation v JOIN person o USING (person_id)
    WHERE v.reservation_id = %(reservation_id)s)"""
LOCK_PERSON_OF_RESERVATION = f"""
SELECT person_id FROM person WHERE person_id = {PERSON_OF_RESERVATION} FOR UPDATE
"""

# How far the claims reach round today: the fortnight's strip, and the longest supply ahead.
DAYS_BACK, DAYS_AHEAD = 14, 35
# A dose that may have been had from paper is told as this part of its day: none that is ordered.
PAPER_PART = 99

PRODUCT_JSON = """json_build_object('code', d.code, 'substance', d.substance, 'form', d.form,
    'route', d.route, 'strength_ug', d.strength_ug, 'per', d.per)"""

# One SELECT for a set of people: {people} chooses them, {at} and {unit} say when and where.
FACTS_SQL = f"""
json_build_object(
  'prescription', (
    SELECT json_build_object('prescription_id', r.prescription_id, 'version', r.version,
        'daily_ug', r.daily_ug, 'parts_ug', r.parts_ug, 'weekday_ug', r.weekday_ug,
        'valid_from', r.valid_from, 'valid_to', r.valid_to,
        'high_dose_reason', r.high_dose_reason IS NOT NULL,
        'depot_interval_days', r.depot_interval_days, 'product', {PRODUCT_JSON})
    FROM prescription r JOIN product d ON d.code = r.product_code
    WHERE r.person_id = p.person_id AND r.valid_from <= m.today
    -- Whose course has ended has no order, whatever was written before.
    AND (p.ended_on IS NULL OR p.ended_on > m.today)
    ORDER BY r.version DESC LIMIT 1),
  'unit', json_build_object('unit_id', m.unit_id,
    'licences', coalesce((SELECT json_agg(preparation) FROM unit_licence l
        WHERE l.unit_id = m.unit_id AND l.from_on <= m.today
        AND (l.to_on IS NULL OR l.to_on >= m.today)), '[]'),
    -- A day on which another unit hands out to the person is no closed day of theirs.
    'closed_on', coalesce((SELECT json_agg(day) FROM unit_closed_day k
        WHERE k.unit_id = m.unit_id AND k.day BETWEEN m.today - {DAYS_BACK}
        AND m.today + {DAYS_AHEAD} AND k.day NOT IN (SELECT e.day FROM guest_in_force e
            WHERE e.person_id = p.person_id AND e.unit_id <> m.unit_id)), '[]')),
  'claims', coalesce((
    SELECT json_agg(json_build_object('for_on', c.for_day, 'part', c.part,
        'amount_ug', c.amount_ug, 'how', c.how, 'state', c.state, 'unit_id', c.unit_id,
        'at', coalesce(c.swallowed_at, c.claimed_at)) ORDER BY c.for_day, c.part)
    FROM (SELECT w.for_day, w.part, w.amount_ug, w.how, w.state, w.unit_id, w.swallowed_at,
            w.claimed_at FROM claim w WHERE w.person_id = p.person_id
        AND w.for_day BETWEEN m.today - {DAYS_BACK} AND m.today + {DAYS_AHEAD}
        -- What nobody has told the end of blocks, however old it is.
        UNION ALL SELECT w.for_day, w.part, w.amount_ug, w.how, w.state, w.unit_id, w.swallowed_at,
            w.claimed_at FROM claim w WHERE w.person_id = p.person_id AND w.state <> 'given'
        AND w.for_day NOT BETWEEN m.today - {DAYS_BACK} AND m.today + {DAYS_AHEAD}
        -- What may stand on a paper list is an uncertain dose, of no part that is planned.
        UNION ALL SELECT h.for_day, {PAPER_PART}, h.amount_ug, 'supervised', 'uncertain', h.unit_id,
            NULL, h.since FROM paper_hold h WHERE h.person_id = ANY (p.person_id || p.also_ids)
        AND (h.until_on IS NULL OR h.until_on > m.today)) c), '[]'),
  'right_holder_unit_id', coalesce(gr.unit_id, pd.right_holder_unit_id, p.right_holder_unit_id),
  'last_swallowed_at', sw.swallowed_at,
  'last_swallowed_ug', sw.amount_ug,
  'last_swallowed_on', sw.for_day,
  'last_swallowed_substance', sw.substance,
  'last_covered_on', (SELECT max(c.for_day) FROM claim c WHERE c.person_id = p.person_id
    AND c.for_day < m.today AND c.state = 'given'),
  'planned_pickup_on', (SELECT max(c.for_day) + 1 FROM claim c
    WHERE c.person_id = p.person_id AND c.state = 'given'),
  -- By its order: few orders are depots, and the reservation of another order is no depot.
  'last_depot', coalesce((
    SELECT json_build_object('on', c.for_day, 'interval_days', o.depot_interval_days)
    FROM prescription o JOIN product d ON d.code = o.product_code AND d.form = 'depot'
    JOIN reservation v ON v.person_id = o.person_id AND v.prescription_id = o.prescription_id
        AND v.prescription_version = o.version
    JOIN claim c ON c.reservation_id = v.reservation_id AND c.person_id = p.person_id
    WHERE o.person_id = ANY (p.person_id || p.also_ids) AND c.swallowed_at IS NOT NULL
    ORDER BY c.swallowed_at DESC LIMIT 1),
    '{{"on": "0001-01-01", "interval_days": 0}}'),
  'first_dose_on', k.first_dose_on,
  'steps', coalesce((
    SELECT json_agg(json_build_object('on', s.valid_from, 'from_ug', s.before_ug,
        'to_ug', s.daily_ug) ORDER BY s.version)
    -- Milligrams of two substances, of a depot and a tablet, or of two intervals do not compare.
    FROM (SELECT version, valid_from, daily_ug, lag(daily_ug) OVER orders AS before_ug,
            (substance, form = 'depot', interval_days) IS NOT DISTINCT FROM (lag(substance)
                OVER orders, lag(form) OVER orders = 'depot', lag(interval_days) OVER orders)
                AS compares
        FROM (SELECT r.version, r.valid_from, r.daily_ug, d.substance, d.form,
                CASE WHEN d.form = 'depot' THEN r.depot_interval_days END AS interval_days
            FROM prescription r JOIN product d ON d.code = r.product_code
            WHERE r.person_id = p.person_id AND r.valid_from <= m.today) known
        WINDOW orders AS (ORDER BY version)) s
    WHERE s.before_ug <> s.daily_ug AND s.compares
    AND s.valid_from > m.today - {DAYS_BACK}), '[]'),
  'arrangement', (
    SELECT json_build_object('self_administration', a.self_administration,
        'supervised_weekdays', a.supervised_weekdays, 'pickup_weekdays', a.pickup_weekdays,
        'take_home_days', a.take_home_days, 'thrice_weekly', a.thrice_weekly,
        'exception', CASE WHEN a.exception_days IS NOT NULL THEN json_build_object(
            'days', a.exception_days, 'from_on', a.exception_from,
            'until_on', a.exception_until) END)
    FROM arrangement a WHERE a.person_id = p.person_id AND a.valid_from <= m.today
    ORDER BY a.version DESC LIMIT 1),
  'indkald', coalesce((
    SELECT json_build_object('days', i.days, 'completed', i.completed)
    FROM indkald i WHERE i.person_id = p.person_id AND i.state IN ('planned', 'running')
    AND m.today BETWEEN i.days[1] AND i.days[cardinality(i.days)]
    ORDER BY i.indkald_id LIMIT 1),
    '{{"days": [], "completed": []}}'),
  'indkald_due_on', k.indkald_due_on,
  'sedatives', CASE WHEN k.taper_state IS NOT NULL THEN json_build_object(
    'diazepam_low_ug', k.sedatives_low_ug, 'diazepam_high_ug', k.sedatives_high_ug,
    'plan', k.taper_state, 'plan_on', k.taper_plan_on) END,
  'vomits', coalesce((SELECT json_agg(json_build_object('at', v.happened_at,
        'minutes_after', v.minutes_after, 'witnessed', v.witnessed) ORDER BY v.happened_at)
    FROM vomit v WHERE v.person_id = ANY (p.person_id || p.also_ids)
    AND v.happened_at > m.at - interval '24 hours'), '[]'),
  'ecg_on', k.ecg_on, 'qtc_ms', k.qtc_ms, 'pregnant', k.pregnant,
  'diversion_supervised_until_on', CASE WHEN k.person_id IS NOT NULL
    THEN coalesce(k.diversion_supervised_until_on, '0001-01-01') END,
  'reviewed_on', k.reviewed_on,
  'naloxone_on', k.naloxone_on,
  'new_to_treatment', coalesce(k.new_to_treatment, false),
  -- The most a doctor allowed beyond the order, since the last "no": the same yes sent from two
  -- windows must not be twice the amount.
  'extra_ug_allowed_today', (SELECT coalesce(max(e.extra_ug), 0) FROM doctor_decision e
    WHERE e.person_id = p.person_id AND e.day = m.today AND e.allow
    AND (p.merged_at IS NULL OR e.decided_at > p.merged_at)
    AND NOT EXISTS (SELECT FROM doctor_decision n WHERE n.person_id = e.person_id
        AND n.day = e.day AND NOT n.allow AND n.decision_id > e.decision_id)),
  -- None of them is not recorded as "none": the rules' own switch says what that means.
  'losses', (SELECT json_agg(json_build_object('for_on', l.for_day, 'verified', l.verified)
        ORDER BY l.for_day, l.part)
    FROM claim c JOIN loss_report l ON (l.reservation_id, l.for_day, l.part)
        = (c.reservation_id, c.for_day, coalesce(c.handed_part, c.part))
    -- Whose claim it is, whoever's record it was told of: a merge brings the loss along.
    WHERE c.person_id = p.person_id
    AND c.for_day BETWEEN m.today AND m.today + {DAYS_AHEAD})
)::text AS facts
"""
FACTS_FROM = """
FROM moment m
JOIN person p ON {people}
LEFT JOIN care k ON k.person_id = p.person_id
LEFT JOIN person_day pd ON pd.person_id = p.person_id AND pd.day = m.today
LEFT JOIN guest_in_force gr ON gr.person_id = p.person_id AND gr.day = m.today
LEFT JOIN LATERAL (SELECT c.swallowed_at, c.amount_ug, c.for_day, d.substance FROM claim c
    JOIN reservation r USING (reservation_id) JOIN product d ON d.code = r.product_code
    WHERE c.person_id = p.person_id AND c.swallowed_at IS NOT NULL
    ORDER BY c.swallowed_at DESC LIMIT 1) sw ON true
"""
MOMENT = """
WITH moment AS (
    SELECT clock_timestamp() AS at, (clock_timestamp() AT TIME ZONE u.zone)::date AS today,
        u.unit_id, u.zone, u.clinical_chain, u.card_at_given
    FROM unit u WHERE u.unit_id = {unit})
"""
BOOK_JSON = """(SELECT b.book_id FROM unit_rule_book b
    WHERE b.unit_id = p.unit_id AND b.from_on <= m.today ORDER BY b.from_on DESC LIMIT 1)"""
# What doctors decided for the day: the counter and the printed list hear the same.
DECISIONS_JSON = """(SELECT json_agg(json_build_object('rule_ids', e.rule_ids, 'allow', e.allow,
        'max_ug', e.max_ug, 'interval_minutes', e.interval_minutes, 'reason', e.reason,
        'decided_by', e.decided_by) ORDER BY e.decision_id)::text
    FROM doctor_decision e WHERE e.person_id = ANY (p.person_id || p.also_ids)
    AND e.day = m.today
    -- A yes was said of one record without knowing the other; a no holds for the human.
    AND (NOT e.allow OR p.merged_at IS NULL
        OR (e.person_id = p.person_id AND e.decided_at > p.merged_at)))"""
# Where the right lies but for guests: what is handed out to a guest moves it on no other day.
KEPT_HOLDER = "coalesce(pd.right_holder_unit_id, p.right_holder_unit_id)"
UNIT_OF_SESSION = """(SELECT s.unit_id FROM staff_session ss JOIN staff s USING (staff_id)
    WHERE ss.session_hash = %(session_hash)s AND ss.ended_at IS NULL)"""

COUNTER_OF_SESSION = """(SELECT counter_id FROM staff_session
    WHERE session_hash = %(session_hash)s)"""

LOAD = f"""
{MOMENT.format(unit=UNIT_OF_SESSION)}
SELECT m.at, m.today, m.clinical_chain AS chain_id, p.person_id, p.event_seq,
    exists (SELECT 1 FROM downtime w WHERE w.unit_id = m.unit_id AND w.over_at IS NULL)
        AS in_downtime,
    exists (SELECT 1 FROM restoration w WHERE w.unit_id = m.unit_id AND w.closed_at IS NULL)
        AS restored,
    p.unit_id AS enrolled_unit_id, p.merged_into_id, {BOOK_JSON} AS book_id, m.card_at_given,
    {KEPT_HOLDER} AS kept_holder,
    exists (SELECT 1 FROM guest_here v WHERE v.person_id = p.person_id AND v.unit_id = m.unit_id)
        AS guest_here,
    CASE WHEN p.also_ids = '{{}}' THEN ARRAY[p.card_code] ELSE (SELECT array_agg(o.card_code)
        FROM person o WHERE o.person_id = ANY (p.person_id || p.also_ids)) END AS card_codes,
    {DECISIONS_JSON} AS decisions,
    (SELECT json_agg(json_build_object('bottle_id', b.bottle_id, 'scan_code', b.scan_code,
        'balance_ug', b.balance_ug, 'expires_on', t.expires_on, 'lot', t.lot,
        'product', {PRODUCT_JSON}))::text
        FROM bottle b JOIN batch t USING (batch_id) JOIN product d ON d.code = b.product_code
        WHERE b.counter_id = {COUNTER_OF_SESSION} AND b.closed_at IS NULL
            AND t.state = 'released') AS bottles,
    {FACTS_SQL}
{FACTS_FROM.format(people="p.person_id = %(person_id)s")}
"""
# Emergency access lets its opener read one person for an hour; who acts belongs to the person.
OPENED_NOW = """
SELECT access_id, until_at FROM emergency_access
WHERE staff_id = %(staff_id)s AND person_id = %(person_id)s AND until_at > clock_timestamp()
ORDER BY until_at DESC LIMIT 1
"""
RESERVED_ON = "(SELECT day FROM reservation WHERE reservation_id = %(reservation_id)s)"
GUEST_THEN = """exists (SELECT 1 FROM guest_right g
    JOIN reservation v USING (person_id, day, unit_id) WHERE v.reservation_id = %(reservation_id)s
        AND v.unit_id = m.unit_id AND g.withdrawn_at IS NULL)"""
# What was poured before midnight is judged as of its own day: the doctor's extra of that day, and
# coverage before it (its own first part is no earlier day).
LOAD_OF_RESERVATION = (
    LOAD.replace(
        "p.person_id = %(person_id)s",
        f"p.person_id = {PERSON_OF_RESERVATION}",
    )
    .replace("e.day = m.today AND e.allow", f"e.day = {RESERVED_ON} AND e.allow")
    .replace("c.for_day < m.today AND c.state", f"c.for_day < {RESERVED_ON} AND c.state")
    # Nor does a guest's dose become another unit's at midnight, or when its record is merged away.
    .replace("gr.day = m.today", f"gr.day = {RESERVED_ON}")
    .replace("AS guest_here", f"OR {GUEST_THEN} AS guest_here")
)


@dataclass(frozen=True, slots=True)
class Bottle:
    """An open bottle or package at the counter, as scanned."""

    bottle_id: int
    scan_code: str
    balance_ug: int
    expires_on: date
    lot: str
    product: Product


@dataclass(frozen=True, slots=True)
class DoctorDecision:
    """What a doctor decided for this person and day."""

    rule_ids: frozenset[str]
    allow: bool
    max_ug: int | None
    interval_minutes: int | None
    reason: str
    decided_by: int


@dataclass(frozen=True, slots=True)
class Desk:
    """All that one act at the counter needs: moment, person, facts, decisions, open bottles.

    ``in_downtime``: the unit hands out from paper just now, so nothing is reserved here.
    ``restored``: from a backup, and nobody has resolved what it forgot; nothing is handed out.
    """

    at: datetime
    on: date
    chain_id: int
    person_id: int
    event_seq: int
    book_id: str | None
    decisions: tuple[DoctorDecision, ...]
    bottles: tuple[Bottle, ...]
    patient: Patient
    in_downtime: bool = False
    restored: bool = False
    # Also those of records merged into this one.
    card_codes: tuple[str, ...] = ()
    card_at_given: bool = False
    # Who holds the right on other days, where the person is a guest here today.
    kept_holder: int | None = None


@dataclass(frozen=True, slots=True)
class _Row:
    at: datetime
    today: date
    chain_id: int
    person_id: int
    event_seq: int
    enrolled_unit_id: int
    merged_into_id: int | None
    card_at_given: bool
    card_codes: list[str]
    book_id: str | None
    decisions: str | None
    bottles: str | None
    facts: str
    in_downtime: bool
    restored: bool
    kept_holder: int | None
    guest_here: bool

    def desk(self) -> Desk:
        return Desk(
            at=self.at,
            on=self.today,
            chain_id=self.chain_id,
            person_id=self.person_id,
            event_seq=self.event_seq,
            book_id=self.book_id,
            decisions=_DECISIONS.decode(self.decisions) if self.decisions else (),
            bottles=_BOTTLES.decode(self.bottles) if self.bottles else (),
            patient=PATIENT.decode(self.facts),
            in_downtime=self.in_downtime,
            restored=self.restored,
            card_codes=tuple(self.card_codes),
            card_at_given=self.card_at_given,
            kept_holder=self.kept_holder,
        )


PATIENT = msgspec.json.Decoder(Patient)
_DECISIONS = msgspec.json.Decoder(tuple[DoctorDecision, ...])
_BOTTLES = msgspec.json.Decoder(tuple[Bottle, ...])


def at_this_unit(actor: Actor, row: _Row, patient: Patient) -> bool:
    """A person is seen where enrolled, where the right lies today, and where just now a guest."""
    at = (row.enrolled_unit_id, patient.right_holder_unit_id)
    return actor.unit_id in at or row.guest_here


async def _opened(connection: AsyncConnection[Any], actor: Actor, person_id: int) -> bool:
    """Whether the actor has the person open by emergency access just now."""
    asked = {"staff_id": actor.staff_id, "person_id": person_id}
    return await (await connection.execute(OPENED_NOW, asked)).fetchone() is not None


async def load_desk(
    connection: AsyncConnection[Any],
    token: str,
    limits: SessionLimits,
    *,
    person_id: int | None = None,
    reservation_id: int | None = None,
    lock: bool = True,
    in_emergency: bool = False,
    and_also: Sequence[tuple[str, Mapping[str, Any]]] = (),
) -> tuple[Actor, Desk, list[Any]]:
    """Lock the person (by id or by reservation) and load everything, in one round trip.

    ``and_also`` are further statements of the same round trip; their first rows come back in
    order. Raises NotSignedIn, SessionExpired, Conflict (``merged-person``) for a record merged
    with another, and NotFound for a person unknown or not of the actor's unit: the two are not
    told apart. ``in_emergency``: also one whom the actor has opened by emergency access, to read.
    """
    found = {"person_id": person_id, "reservation_id": reservation_id}
    by_person = reservation_id is None
    lock_sql = LOCK_PERSON if by_person else LOCK_PERSON_OF_RESERVATION
    load_sql = LOAD if by_person else LOAD_OF_RESERVATION
    parameters = found | {"session_hash": token_hash(token)}
    async with connection.pipeline():
        session = connection.cursor(row_factory=class_row(Actor))
        await session.execute(ACTOR_SQL, parameters)
        locked = connection.cursor()
        if lock:
            await locked.execute(lock_sql, found)
        facts = connection.cursor(row_factory=class_row(_Row))
        await facts.execute(load_sql, parameters)
        others = [connection.cursor() for _ in and_also]
        for cursor, (sql, values) in zip(others, and_also, strict=True):
            await cursor.execute(sql, values)
        actor = accept(await session.fetchone(), limits)
        # Before anything is looked up: who has no patients learns nothing about who is one.
        actor.must_be("nurse", "doctor")
        owner = await locked.fetchone() if lock else None
        row = await facts.fetchone()
        more = [await cursor.fetchone() for cursor in others]
    if row is None:
        raise NotFound("no such person here")
    # Merged with another record just now: its doses are the survivor's, whom nobody has locked.
    if row.merged_into_id is not None or (owner is not None and owner[0] != row.person_id):
        raise Conflict("this record was merged with another one", slug="merged-person")
    desk = row.desk()
    opened = in_emergency and not lock and await _opened(connection, actor, row.person_id)
    if not (opened or at_this_unit(actor, row, desk.patient)):
        raise NotFound("no such person here")
    return actor, desk, more
