"""A paper hold counts while it holds, and for the record that its own was merged into.

``move_right`` no longer refuses because of a doctor's "no dose before" that is over;
``claim_not_on_paper`` also knows holds of records merged into the one a dose is claimed for.
"""

from alembic import op

revision = "1858_holds_that_hold"
down_revision = "1850_returns_by_two"
branch_labels = None
depends_on = None

CLAIMS = """
CREATE OR REPLACE FUNCTION claim_not_on_paper() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM added a
        JOIN reservation r USING (reservation_id) JOIN unit u ON u.unit_id = a.unit_id
        WHERE r.source = 'counter' AND (
            EXISTS (SELECT FROM paper_hold h WHERE (h.until_on IS NULL
                    OR (a.claimed_at AT TIME ZONE u.zone)::date < h.until_on)
                -- A hold of a record merged into this one holds this one.
                AND h.person_id IN (SELECT unnest(p.person_id || p.also_ids) FROM person p
                    WHERE p.person_id = a.person_id))
            OR EXISTS (SELECT FROM downtime d WHERE d.unit_id = a.unit_id AND d.over_at IS NULL)))
    THEN
        RAISE EXCEPTION 'a paper list holds this dose'
            USING ERRCODE = 'DS011', CONSTRAINT = 'claim_not_on_paper';
    END IF;
    RETURN NULL;
END $$;
"""
RIGHT = """
CREATE OR REPLACE FUNCTION move_right(p_request bigint, p_staff integer) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v right_request%ROWTYPE;
BEGIN
    SELECT * INTO v FROM right_request WHERE request_id = p_request AND answered_at IS NULL
        FOR UPDATE;
    IF NOT FOUND OR v.good_until < clock_timestamp() THEN
        RAISE EXCEPTION 'no request that is still good'
            USING ERRCODE = 'DS012', CONSTRAINT = 'right_request_good';
    END IF;
    PERFORM FROM person WHERE person_id = v.person_id FOR UPDATE;
    IF EXISTS (SELECT FROM claim c WHERE c.person_id = v.person_id AND c.state <> 'given')
       -- A doctor's "no dose before" that is over holds nobody; it may never have been deleted.
       OR EXISTS (SELECT FROM paper_hold h JOIN unit u USING (unit_id)
            WHERE h.person_id IN (SELECT unnest(p.person_id || p.also_ids) FROM person p
                WHERE p.person_id = v.person_id)
            AND (h.until_on IS NULL
                OR h.until_on > (clock_timestamp() AT TIME ZONE u.zone)::date))
       OR EXISTS (SELECT FROM downtime d WHERE d.unit_id IN (v.from_unit_id, v.to_unit_id)
            AND d.over_at IS NULL)
       OR NOT EXISTS (SELECT FROM staff s WHERE s.staff_id = p_staff AND s.unit_id = v.from_unit_id)
    THEN
        RAISE EXCEPTION 'the right cannot move now'
            USING ERRCODE = 'DS012', CONSTRAINT = 'right_may_move';
    END IF;
    UPDATE person SET right_holder_unit_id = v.to_unit_id
        WHERE person_id = v.person_id AND right_holder_unit_id = v.from_unit_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the right lies elsewhere'
            USING ERRCODE = 'DS012', CONSTRAINT = 'right_lies_here';
    END IF;
    -- A day on which nothing is taken any more belongs to the new place, too.
    UPDATE person_day d SET right_holder_unit_id = v.to_unit_id
        FROM unit u WHERE u.unit_id = v.from_unit_id AND d.person_id = v.person_id
        AND d.used_ug = 0 AND d.day >= (clock_timestamp() AT TIME ZONE u.zone)::date;
    UPDATE right_request SET answered_at = clock_timestamp(), answered_by = p_staff, granted = true
        WHERE request_id = p_request;
    RETURN true;
END $$;
"""


def upgrade() -> None:
    op.execute(CLAIMS)
    op.execute(RIGHT)


def downgrade() -> None:
    raise NotImplementedError("records are never dropped; restore a backup instead")
