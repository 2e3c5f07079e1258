"""What FHIR reads, as one statement for each kind of resource."""

from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row

PERSON = """
SELECT p.person_id, p.given_name, p.family_name, p.born_on, p.sex, p.card_code, p.unit_id,
    p.ended_on IS NULL AS active, greatest(p.enrolled_on::timestamptz,
        (SELECT max(e.recorded_at) FROM ledger_payload l JOIN ledger_entry e USING (chain_id, seq)
            WHERE l.person_id = p.person_id
            AND l.kind IN ('person-enrolled', 'person-corrected', 'person-ended')))
        AS updated_at
FROM person p WHERE p.person_id = %(person_id)s
"""
PRODUCT = "d.code, d.name, d.substance, d.form, d.route, d.strength_ug, d.per"
ORDERS = f"""
SELECT r.prescription_id, r.version, r.person_id, r.parts_ug, r.weekday_ug, r.valid_from,
    r.valid_to, r.signed_by, r.signed_at, {PRODUCT},
    -- Of orders and stops the newest that has begun counts.
    CASE WHEN r.valid_from > %(today)s THEN 'coming'
        WHEN EXISTS (SELECT FROM prescription n WHERE n.person_id = r.person_id
            AND n.version > r.version AND n.valid_from <= %(today)s AND n.night = r.night)
            THEN 'replaced'
        WHEN EXISTS (SELECT FROM prescription_stop s WHERE s.person_id = r.person_id
            AND s.version > r.version AND s.from_on <= %(today)s) THEN 'stopped'
        WHEN r.valid_to < %(today)s THEN 'ended' ELSE 'active' END AS state
FROM prescription r JOIN product d ON d.code = r.product_code
WHERE r.person_id = ANY (%(people)s) ORDER BY r.signed_at DESC, r.version DESC
"""
DISPENSES = f"""
SELECT v.reservation_id, v.person_id, v.unit_id, v.prescription_id, v.prescription_version,
    v.doses, v.reserved_by, v.reserved_at, {PRODUCT}, s.outcome, s.note, s.resolved_by,
    s.resolved_at, x.reason AS reversed_why, x.reversed_by, x.reversed_at,
    EXISTS (SELECT FROM claim c WHERE c.reservation_id = v.reservation_id
        AND c.state = 'uncertain') AS uncertain
FROM reservation v JOIN product d ON d.code = v.product_code
LEFT JOIN resolution s USING (reservation_id) LEFT JOIN reversal x USING (reservation_id)
WHERE {{which}} ORDER BY v.reservation_id DESC
"""
OF_PEOPLE = "v.person_id = ANY (%(people)s)"
OF_ONE = "v.reservation_id = %(reservation_id)s"
SWALLOWS = f"""
SELECT a.reservation_id, a.part, a.person_id, a.unit_id, a.amount_ug, a.witnessed_by,
    a.swallowed_at, x.reversed_at, {PRODUCT}
FROM administration a JOIN reservation v USING (reservation_id)
JOIN product d ON d.code = v.product_code LEFT JOIN reversal x USING (reservation_id)
WHERE a.person_id = ANY (%(people)s) ORDER BY a.swallowed_at DESC, a.part
"""
PERSON_OF_ORDER = """
SELECT person_id FROM prescription WHERE (prescription_id, version) = (%(id)s, %(version)s)
"""
PERSON_OF_RESERVATION = """
SELECT coalesce(p.merged_into_id, p.person_id) FROM reservation v JOIN person p USING (person_id)
WHERE v.reservation_id = %(reservation_id)s
"""
ALSO = "SELECT person_id || also_ids FROM person WHERE person_id = %(person_id)s"
STAFF = """
SELECT staff_id, given_name, family_name, role, unit_id, authorisation_id FROM staff
WHERE staff_id = %(staff_id)s
"""
UNIT = "SELECT unit_id, code, name, kind, phone FROM unit WHERE unit_id = %(unit_id)s"
ONE_PRODUCT = "SELECT code, name, substance, form, route, strength_ug, per FROM product d" + (
    " WHERE code = %(code)s"
)
ENTRY = """
SELECT l.chain_id, l.seq, encode(e.hash, 'hex') AS hash, e.recorded_at FROM ledger_payload l
JOIN ledger_entry e USING (chain_id, seq)
WHERE l.person_id = %(person_id)s AND starts_with(l.kind, 'handout-') AND l.payload IS NOT NULL
    AND (convert_from(l.payload, 'UTF8')::jsonb -> 'facts' ->> 'reservation')::bigint
        = %(reservation_id)s
ORDER BY l.person_seq DESC LIMIT 1
"""


async def rows(connection: AsyncConnection[Any], sql: str, **asked: object) -> list[dict[str, Any]]:
    """All rows of a statement."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(sql.encode(), asked)
        return await cursor.fetchall()


async def one(connection: AsyncConnection[Any], sql: str, **asked: object) -> dict[str, Any] | None:
    """The first row of a statement."""
    found = await rows(connection, sql, **asked)
    return found[0] if found else None
