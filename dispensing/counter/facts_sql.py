"""Everything a rule may ask about people, as one JSON document of each, in one SELECT.

The counter, today's list, the emergency list and the back-entry read the same statement, each with
its own moment and its own set of people.
"""

from dispensing.counter.ordered import LAST_DAY, NOT_STOPPED, OF_THIS_COURSE
from dosing_rules.facts import OUTSIDE
from dosing_rules.ordered import LAST_NIGHT_PART, NIGHT_PART

# How far the claims reach round today: the fortnight's strip, and the longest supply ahead.
DAYS_BACK, DAYS_AHEAD = 14, 35
# A dose that may have been had from paper is told as this part of its day: none that is ordered.
PAPER_PART = 99

PRODUCT_JSON = """json_build_object('code', d.code, 'substance', d.substance, 'form', d.form,
    'route', d.route, 'strength_ug', d.strength_ug, 'per', d.per)"""

# The parts of a day that are the dose for the night, beside injections.
AT_NIGHT = f"BETWEEN {NIGHT_PART} AND {LAST_NIGHT_PART}"
ORDER_JSON = f"""json_build_object('prescription_id', r.prescription_id, 'version', r.version,
    'daily_ug', r.daily_ug, 'parts_ug', r.parts_ug, 'weekday_ug', r.weekday_ug,
    'valid_from', r.valid_from, 'valid_to', {LAST_DAY.format(day="m.today")},
    'high_dose_reason', r.high_dose_reason IS NOT NULL,
    'depot_interval_days', r.depot_interval_days, 'night', r.night, 'product', {PRODUCT_JSON})"""
ARRANGEMENT_JSON = """json_build_object('self_administration', a.self_administration,
        'supervised_weekdays', a.supervised_weekdays, 'pickup_weekdays', a.pickup_weekdays,
        'take_home_days', a.take_home_days, 'thrice_weekly', a.thrice_weekly,
        'exception', CASE WHEN a.exception_days IS NOT NULL THEN json_build_object(
            'days', a.exception_days, 'from_on', a.exception_from,
            'until_on', a.exception_until) END)"""
# Milligrams of two substances, of a depot and a tablet, or of two intervals do not compare.
STEPS_JSON = f"""coalesce((
    SELECT json_agg(json_build_object('on', s.valid_from, 'from_ug', s.before_ug,
        'to_ug', s.daily_ug) ORDER BY s.version)
    FROM (SELECT version, valid_from, daily_ug, lag(daily_ug) OVER orders AS before_ug,
            (substance, form = 'depot', interval_days) IS NOT DISTINCT FROM (lag(substance)
                OVER orders, lag(form) OVER orders = 'depot', lag(interval_days) OVER orders)
                AS compares
        FROM (SELECT r.version, r.valid_from, r.daily_ug, d.substance, d.form,
                CASE WHEN d.form = 'depot' THEN r.depot_interval_days END AS interval_days
            FROM prescription r JOIN product d ON d.code = r.product_code
            WHERE r.person_id = p.person_id AND r.valid_from <= m.today AND {{night}}
                AND {OF_THIS_COURSE}) known
        WINDOW orders AS (ORDER BY version)) s
    WHERE s.before_ug <> s.daily_ug AND s.compares
    AND s.valid_from > m.today - {DAYS_BACK}), '[]')"""
LOSSES_JSON = f"""(SELECT json_agg(json_build_object('for_on', l.for_day, 'verified', l.verified)
        ORDER BY l.for_day, l.part)
    FROM claim c JOIN loss_report l ON (l.reservation_id, l.for_day, l.part)
        = (c.reservation_id, c.for_day, coalesce(c.handed_part, c.part))
    -- Whose claim it is, whoever's record it was told of: a merge brings the loss along.
    WHERE c.person_id = p.person_id AND c.part {{night}}
    AND c.for_day BETWEEN m.today AND m.today + {DAYS_AHEAD})"""
# While somebody is away, no unit holds the right: it lies at a place outside the service.
AWAY = """(p.away_id IS NOT NULL OR (p.also_ids <> '{}' AND EXISTS (SELECT FROM person w
    WHERE w.person_id = ANY (p.also_ids) AND w.away_id IS NOT NULL)))"""
HOLDER = f"""CASE WHEN {AWAY} THEN {OUTSIDE}
    ELSE coalesce(gr.unit_id, pd.right_holder_unit_id, p.right_holder_unit_id) END"""
# The last day away of which nobody could tell what was had: what was covered before says nothing.
UNKNOWN_THROUGH = """coalesce(CASE WHEN p.also_ids = '{}' THEN p.unknown_through
    ELSE (SELECT max(w.unknown_through) FROM person w
        WHERE w.person_id = ANY (p.person_id || p.also_ids)) END, '-infinity')"""
KNOWN_SINCE = f"HAVING max(c.for_day) > {UNKNOWN_THROUGH}"
# One SELECT for a set of people: {people} chooses them, {at} and {unit} say when and where.
FACTS_SQL = f"""
json_build_object(
  'prescription', (
    SELECT {ORDER_JSON}
    FROM prescription r JOIN product d ON d.code = r.product_code
    WHERE r.person_id = p.person_id AND r.valid_from <= m.today AND NOT r.night
    AND {NOT_STOPPED.format(day="m.today")}
    -- Whose course has ended has no order, whatever was written before; nor has a later course.
    AND (p.ended_on IS NULL OR p.ended_on > m.today) AND {OF_THIS_COURSE}
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
  'right_holder_unit_id', {HOLDER},
  -- Whatever it was of; its amount and substance are those of the main order's last one.
  'last_swallowed_at', (SELECT max(c.swallowed_at) FROM claim c
    WHERE c.person_id = p.person_id AND c.swallowed_at IS NOT NULL),
  'last_swallowed_ug', sw.amount_ug,
  'last_swallowed_on', CASE WHEN sw.for_day > {UNKNOWN_THROUGH} THEN sw.for_day END,
  'last_swallowed_substance', sw.substance,
  'last_covered_on', (SELECT max(c.for_day) FROM claim c WHERE c.person_id = p.person_id
    AND c.for_day < m.today AND c.state = 'given' AND c.part NOT {AT_NIGHT} {KNOWN_SINCE}),
  'planned_pickup_on', (SELECT max(c.for_day) + 1 FROM claim c
    WHERE c.person_id = p.person_id AND c.state = 'given' AND c.part NOT {AT_NIGHT} {KNOWN_SINCE}),
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
  'steps', {STEPS_JSON.format(night="NOT r.night")},
  'arrangement', (
    SELECT {ARRANGEMENT_JSON}
    FROM arrangement a WHERE a.person_id = p.person_id AND a.valid_from <= m.today
    AND (p.course_from IS NULL OR a.decided_at >= p.course_from)
    ORDER BY a.version DESC LIMIT 1),
  -- Decided, and not begun; a later decision takes the place of those that begin no earlier.
  'arranged_ahead', coalesce((
    SELECT json_agg(json_build_object('from_on', a.valid_from, 'arrangement', {ARRANGEMENT_JSON})
        ORDER BY a.valid_from)
    FROM arrangement a WHERE a.person_id = p.person_id AND a.valid_from > m.today
    AND (p.course_from IS NULL OR a.decided_at >= p.course_from)
    AND NOT EXISTS (SELECT FROM arrangement n WHERE n.person_id = a.person_id
        AND n.version > a.version AND n.valid_from <= a.valid_from)), '[]'),
  'indkald', coalesce((
    SELECT json_build_object('days', i.days, 'completed', i.completed)
    FROM indkald i WHERE i.person_id = p.person_id AND i.state IN ('planned', 'running')
    -- Also one agreed on, as far ahead as doses are handed out.
    AND m.today <= i.days[cardinality(i.days)] AND i.days[1] <= m.today + {DAYS_AHEAD}
    ORDER BY i.days[1], i.indkald_id LIMIT 1),
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
  'naloxone_on', k.naloxone_on, 'urine_on', k.urine_on,
  'medicines', k.medicines,
  'home_safety', CASE WHEN k.locked_box IS NOT NULL
    THEN json_build_object('naloxone_kit', NULL, 'locked_box', k.locked_box) END,
  -- Written as a whole: what of it nobody knows counts as unknown.
  'health', CASE WHEN k.health_on IS NOT NULL THEN json_build_object(
    'filtration_ml_per_minute', k.filtration_ml_per_minute,
    'breathing_disease', k.breathing_disease, 'drinks_daily', k.drinks_daily) END,
  'new_to_treatment', coalesce(k.new_to_treatment, false),
  -- The most a doctor allowed beyond the order, since the last "no": the same yes sent from two
  -- windows must not be twice the amount.
  'extra_ug_allowed_today', (SELECT coalesce(max(e.extra_ug), 0) FROM doctor_decision e
    WHERE e.person_id = p.person_id AND e.day = m.today AND e.allow AND NOT e.night
    AND (p.merged_at IS NULL OR e.decided_at > p.merged_at)
    AND NOT EXISTS (SELECT FROM doctor_decision n WHERE n.person_id = e.person_id
        AND n.day = e.day AND NOT n.allow AND n.decision_id > e.decision_id)
    -- Beyond another order: whoever signed a new one for the day has decided the day's dose anew.
    AND NOT EXISTS (SELECT FROM prescription r WHERE r.person_id = e.person_id AND NOT r.night
        AND r.valid_from <= e.day AND r.signed_at > e.decided_at)),
  -- None of them is not recorded as "none": the rules' own switch says what that means.
  'losses', {LOSSES_JSON.format(night=f"NOT {AT_NIGHT}")},
  -- The order of the dose for the night and what was had of it; none where none was ever begun.
  'beside', (
    SELECT json_build_object('prescription', {ORDER_JSON},
        'had_ug', n.amount_ug, 'had_on', CASE WHEN n.for_day > {UNKNOWN_THROUGH}
            THEN n.for_day END,
        'had_substance', CASE WHEN n.for_day IS NOT NULL THEN 'methadone' END,
        'last_covered_on', (SELECT max(c.for_day) FROM claim c WHERE c.person_id = p.person_id
            AND c.for_day < m.today AND c.state = 'given' AND c.part {AT_NIGHT} {KNOWN_SINCE}),
        'planned_pickup_on', (SELECT max(c.for_day) + 1 FROM claim c
            WHERE c.person_id = p.person_id AND c.state = 'given' AND c.part {AT_NIGHT}
            {KNOWN_SINCE}),
        'first_dose_on', k.night_first_dose_on,
        'steps', {STEPS_JSON.format(night="r.night")},
        'losses', {LOSSES_JSON.format(night=AT_NIGHT)})
    FROM prescription r JOIN product d ON d.code = r.product_code
    LEFT JOIN LATERAL (SELECT c.amount_ug, c.for_day FROM claim c
        WHERE c.person_id = p.person_id AND c.state = 'given' AND c.part {AT_NIGHT}
        AND c.for_day <= m.today ORDER BY c.for_day DESC, c.part DESC LIMIT 1) n ON true
    WHERE r.person_id = p.person_id AND r.valid_from <= m.today AND r.night
    AND {NOT_STOPPED.format(day="m.today")}
    AND (p.ended_on IS NULL OR p.ended_on > m.today) AND {OF_THIS_COURSE}
    ORDER BY r.version DESC LIMIT 1)
)::text AS facts
"""
FACTS_FROM = f"""
FROM moment m
JOIN person p ON {{people}}
LEFT JOIN care k ON k.person_id = p.person_id
LEFT JOIN person_day pd ON pd.person_id = p.person_id AND pd.day = m.today
LEFT JOIN guest_in_force gr ON gr.person_id = p.person_id AND gr.day = m.today
LEFT JOIN LATERAL (SELECT c.swallowed_at, c.amount_ug, c.for_day, d.substance FROM claim c
    JOIN reservation r USING (reservation_id) JOIN product d ON d.code = r.product_code
    WHERE c.person_id = p.person_id AND c.swallowed_at IS NOT NULL AND c.part NOT {AT_NIGHT}
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
        'decided_by', e.decided_by, 'night', e.night) ORDER BY e.decision_id)::text
    FROM doctor_decision e WHERE e.person_id = ANY (p.person_id || p.also_ids)
    AND e.day = m.today
    -- A yes was said of one record without knowing the other; a no holds for the human.
    AND (NOT e.allow OR p.merged_at IS NULL
        OR (e.person_id = p.person_id AND e.decided_at > p.merged_at)))"""
# Where the right lies but for guests: what is handed out to a guest moves it on no other day.
KEPT_HOLDER = "coalesce(pd.right_holder_unit_id, p.right_holder_unit_id)"
