"""What only the doctor's morning reads: doses of unknown end, measures and orders that end."""

from datetime import date

import msgspec

from dispensing.counter.ordered import OF_THIS_COURSE
from dispensing.treatment.orders.store import AS_SIGNED
from dosing_rules import Prescription

# Of whatever day: what stands poured here, and what stands anywhere of the unit's own people.
UNCERTAIN = """
SELECT c.reservation_id, p.person_id, p.given_name, p.family_name, min(c.claimed_at),
    min(c.for_day), sum(c.amount_ug)::bigint, bool_or(c.state = 'uncertain')
FROM claim c JOIN person p USING (person_id)
WHERE c.state <> 'given' AND %(unit_id)s IN (c.unit_id, p.unit_id)
    AND (c.state = 'uncertain' OR c.claimed_at < clock_timestamp() - %(after)s)
GROUP BY c.reservation_id, p.person_id ORDER BY 5, 1
"""
# As the counter's doctors' page counts them: of the unit's paper, and of paper about its people.
PAPER = """
SELECT c.event_id, p.person_id, p.given_name, p.family_name, c.opened_at, c.for_day
FROM paper_conflict c JOIN person q USING (person_id)
JOIN person p ON p.person_id = coalesce(q.merged_into_id, q.person_id)
WHERE %(unit_id)s IN (c.unit_id, p.unit_id, p.right_holder_unit_id) AND c.closed_at IS NULL
ORDER BY c.opened_at, c.event_id
"""
MEASURES = """
SELECT p.person_id, p.given_name, p.family_name, k.diversion_supervised_until_on
FROM person p JOIN care k USING (person_id)
WHERE p.unit_id = %(unit_id)s AND p.ended_on IS NULL AND p.merged_into_id IS NULL
    AND k.diversion_supervised_until_on BETWEEN %(today)s AND %(until)s
ORDER BY 4, p.family_name, p.given_name, p.person_id
"""
# Of each person the newest order that has begun, main and for the night, and those after it.
ORDERS = f"""
SELECT p.person_id, p.given_name, p.family_name, json_agg({AS_SIGNED})::text,
    (SELECT coalesce(json_agg(json_build_array(t.version, t.from_on)), '[]')
        FROM prescription_stop t WHERE t.person_id = p.person_id)::text
FROM person p JOIN prescription r USING (person_id) JOIN product d ON d.code = r.product_code
WHERE p.unit_id = %(unit_id)s AND p.ended_on IS NULL AND p.merged_into_id IS NULL
    AND {OF_THIS_COURSE} AND r.version >= (SELECT coalesce(max(w.version), 0) FROM prescription w
        WHERE w.person_id = p.person_id AND w.night = r.night AND w.valid_from <= %(today)s)
GROUP BY p.person_id
"""
# Treatments offered here, and people of the unit whose return was expected before today.
OFFERED = """
SELECT o.offer_id, p.person_id, p.given_name, p.family_name, o.offered_at
FROM move_offer o JOIN person p USING (person_id)
WHERE o.to_unit_id = %(unit_id)s AND move_offer_open(o.offer_id) ORDER BY o.offer_id
"""
NOT_BACK = """
SELECT p.person_id, p.given_name, p.family_name, w.expected_on
FROM person p JOIN away w ON w.away_id = p.away_id
WHERE p.unit_id = %(unit_id)s AND p.ended_on IS NULL AND p.merged_into_id IS NULL
    AND w.expected_on < %(today)s ORDER BY 4, p.family_name, p.given_name, p.person_id
"""
ORDERED = msgspec.json.Decoder(tuple[Prescription, ...])
STOPPED = msgspec.json.Decoder(tuple[tuple[int, date], ...])
