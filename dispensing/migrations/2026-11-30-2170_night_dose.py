"""Methadone by mouth for the night beside supervised injections: the one pair of opioids.

The dose for the night is part 90 of its day (``dosing_rules.ordered.NIGHT_PART``), so that every
table that names a day and a part names it as well; a merge may put a second one under the parts up
to 98. Its order says ``night``. What is had of it is counted in columns of its own: milligrams of
two substances do not add up. Beside it nothing but diacetylmorphine may be had on the same day.
``mixed`` days are those on which two records that were merged had had something else.
"""

from alembic import op

revision = "2170_night_dose"
down_revision = "2160_diversion"
branch_labels = None
depends_on = None

COLUMNS = """
ALTER TABLE prescription ADD COLUMN night boolean NOT NULL DEFAULT false;
ALTER TABLE prescription ADD CONSTRAINT prescription_night_one_part
    CHECK (NOT night OR cardinality(parts_ug) = 1);
ALTER TABLE care ADD COLUMN night_first_dose_on date;
ALTER TABLE doctor_question ADD COLUMN night boolean NOT NULL DEFAULT false;
ALTER TABLE doctor_decision ADD COLUMN night boolean NOT NULL DEFAULT false;
ALTER TABLE person_day
    ADD COLUMN night_limit_ug bigint NOT NULL DEFAULT 0,
    ADD COLUMN night_ug bigint NOT NULL DEFAULT 0 CHECK (night_ug >= 0),
    ADD COLUMN mixed boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT person_day_night_limit CHECK (night_ug <= night_limit_ug),
    ADD CONSTRAINT person_day_only_pair
        CHECK (mixed OR night_ug = 0 OR used_ug = 0 OR substance = 'diacetylmorphine');
ALTER TABLE missed_dose ADD COLUMN night boolean NOT NULL DEFAULT false;
ALTER TABLE missed_dose DROP CONSTRAINT missed_dose_pkey,
    ADD PRIMARY KEY (person_id, day, night);
"""
# Whatever a screen or a program asks for: only such an order is one for the night, and only its
# doses are that part of a day.
GUARDS = """
CREATE FUNCTION prescription_night_is_methadone() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM product d WHERE d.code = NEW.product_code
        AND d.substance = 'methadone' AND d.route = 'oral'
        AND d.form IN ('oral_solution', 'tablet'))
    THEN
        RAISE EXCEPTION 'only methadone by mouth is ordered for the night'
            USING ERRCODE = 'DS010', CONSTRAINT = 'prescription_night_is_methadone';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER prescription_night_is_methadone BEFORE INSERT ON prescription
    FOR EACH ROW WHEN (NEW.night) EXECUTE FUNCTION prescription_night_is_methadone();
CREATE FUNCTION claim_night_of_night_order() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM reservation v JOIN prescription q
            ON (q.prescription_id, q.version) = (v.prescription_id, v.prescription_version)
        WHERE v.reservation_id = NEW.reservation_id AND q.night)
    THEN
        RAISE EXCEPTION 'only an order for the night has a dose for the night'
            USING ERRCODE = 'DS010', CONSTRAINT = 'claim_night_of_night_order';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER claim_night_of_night_order BEFORE INSERT ON claim
    FOR EACH ROW WHEN (NEW.part BETWEEN 90 AND 98) EXECUTE FUNCTION claim_night_of_night_order();
"""
# A day on which something was had for the night stays where it was had, as any other does.
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
        AND d.used_ug = 0 AND d.night_ug = 0
        AND d.day >= (clock_timestamp() AT TIME ZONE u.zone)::date;
    UPDATE right_request SET answered_at = clock_timestamp(), answered_by = p_staff, granted = true
        WHERE request_id = p_request;
    RETURN true;
END $$;
"""


def upgrade() -> None:
    for part in (COLUMNS, GUARDS, RIGHT):
        op.execute(part)


def downgrade() -> None:
    raise NotImplementedError("records are never dropped; restore a backup instead")
