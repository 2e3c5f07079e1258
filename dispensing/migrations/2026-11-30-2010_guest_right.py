"""The right to dispense for single days at another unit: what a doctor decides before a closure.

A *guest right* names a person, a day and the unit that may dispense then. On that day it goes
before the place that holds the right, and on every other day it is in nobody's way: nothing moves,
so nothing has to move back. It counts while the right lies where it lay when it was decided
(``guest_in_force``); a move of the right ends the coming ones, so that none comes back with it. The
barriers stand here: a doctor of the unit that holds the right, a day that is closed there and open
at the other unit, nothing of that day taken and no paper in use; what was handed out to a guest is
not undone by a withdrawal.
"""

from alembic import op

revision = "2010_guest_right"
down_revision = "2000_wider_wall"
branch_labels = None
depends_on = None

GUESTS = """
CREATE TABLE guest_right (
    guest_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id bigint NOT NULL REFERENCES person,
    day date NOT NULL,
    from_unit_id smallint NOT NULL REFERENCES unit,
    unit_id smallint NOT NULL REFERENCES unit,
    reason text NOT NULL CHECK (length(reason) >= 3),
    decided_by integer NOT NULL REFERENCES staff,
    decided_at timestamptz NOT NULL,
    withdrawn_at timestamptz,
    withdrawn_by integer REFERENCES staff,
    withdrawn_reason text,
    CHECK (from_unit_id <> unit_id),
    CHECK (num_nonnulls(withdrawn_at, withdrawn_by, withdrawn_reason) IN (0, 3))
);
CREATE UNIQUE INDEX guest_right_once ON guest_right (person_id, day) WHERE withdrawn_at IS NULL;
CREATE INDEX guest_right_unit ON guest_right (unit_id, day) WHERE withdrawn_at IS NULL;
CREATE INDEX guest_right_from ON guest_right (from_unit_id, day) WHERE withdrawn_at IS NULL;
-- What the rules hear: the place that may dispense to the person on the day. None to a record that
-- is merged into another, nor once the course has ended.
CREATE VIEW guest_in_force AS
    SELECT g.guest_id, g.person_id, g.day, g.from_unit_id, g.unit_id
    FROM guest_right g JOIN person p USING (person_id)
    WHERE g.withdrawn_at IS NULL AND g.from_unit_id = p.right_holder_unit_id
        AND p.merged_into_id IS NULL AND (p.ended_on IS NULL OR p.ended_on > g.day);
-- Whom a unit sees as its guest just now: on the day and the one after, when what was poured before
-- midnight and what was written wrongly is told; longer only while the end of a dose is not told.
CREATE VIEW guest_here AS
    SELECT g.person_id, g.unit_id FROM guest_in_force g JOIN unit u USING (unit_id)
    WHERE g.day BETWEEN (clock_timestamp() AT TIME ZONE u.zone)::date - 1
        AND (clock_timestamp() AT TIME ZONE u.zone)::date
    UNION ALL
    SELECT c.person_id, c.unit_id FROM claim c
    WHERE c.state <> 'given' AND EXISTS (SELECT FROM guest_right g
        WHERE g.person_id = c.person_id AND g.unit_id = c.unit_id AND g.withdrawn_at IS NULL);
"""

# As ``move_right`` asks it: a doctor's "no dose before" that is over holds nobody.
IN_USE = """
CREATE FUNCTION paper_in_use(p_person bigint, p_units smallint[]) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM public.downtime d
            WHERE d.unit_id = ANY (p_units) AND d.over_at IS NULL)
        OR EXISTS (SELECT FROM public.paper_hold h JOIN public.unit u USING (unit_id)
            WHERE h.person_id IN (SELECT unnest(p.person_id || p.also_ids) FROM public.person p
                WHERE p.person_id = p_person)
            AND (h.until_on IS NULL
                OR h.until_on > (clock_timestamp() AT TIME ZONE u.zone)::date)) $$;
REVOKE ALL ON FUNCTION paper_in_use(bigint, smallint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION paper_in_use(bigint, smallint[]) TO dispensing_app;
ALTER FUNCTION paper_in_use(bigint, smallint[]) OWNER TO dispensing_owner;
"""

BARRIERS = """
CREATE FUNCTION guest_decided() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    holder public.person%ROWTYPE;
    decider integer := coalesce(NEW.withdrawn_by, NEW.decided_by);
    today date := (SELECT (clock_timestamp() AT TIME ZONE u.zone)::date FROM public.unit u
        WHERE u.unit_id = NEW.from_unit_id);
BEGIN
    -- The right moves, and with it ends what was decided where it lay: see guests_end_with_right.
    IF TG_OP = 'UPDATE' AND pg_trigger_depth() > 1 THEN
        RETURN NEW;
    END IF;
    -- Whoever is at a counter with the person finishes first.
    SELECT * INTO holder FROM public.person p WHERE p.person_id = NEW.person_id FOR UPDATE;
    IF NOT EXISTS (SELECT FROM public.staff s WHERE s.staff_id = decider AND s.role = 'doctor'
            AND s.ended_at IS NULL AND (s.unit_id = NEW.from_unit_id
                OR (TG_OP = 'UPDATE' AND s.unit_id = NEW.unit_id)))
        OR NEW.day < today
        OR (TG_OP = 'INSERT' AND (NEW.withdrawn_at IS NOT NULL
            OR holder.right_holder_unit_id IS DISTINCT FROM NEW.from_unit_id
            OR holder.ended_on IS NOT NULL OR holder.merged_into_id IS NOT NULL
            OR NOT EXISTS (SELECT FROM public.unit_closed_day k
                WHERE k.unit_id = NEW.from_unit_id AND k.day = NEW.day)
            OR EXISTS (SELECT FROM public.unit_closed_day k
                WHERE k.unit_id = NEW.unit_id AND k.day = NEW.day)))
        OR (TG_OP = 'UPDATE' AND (OLD.withdrawn_at IS NOT NULL OR NEW.withdrawn_at IS NULL))
    THEN
        RAISE EXCEPTION 'a guest right is a doctor''s, for a coming day that is closed here only'
            USING ERRCODE = '42501', CONSTRAINT = 'guest_decided_by';
    END IF;
    -- A list in use says whose the day is, as it did when it was printed.
    IF public.paper_in_use(NEW.person_id, ARRAY[NEW.from_unit_id, NEW.unit_id]) THEN
        RAISE EXCEPTION 'one of the two units hands out from paper'
            USING ERRCODE = 'DS012', CONSTRAINT = 'guest_not_on_paper';
    END IF;
    IF EXISTS (SELECT FROM public.claim c WHERE c.person_id = NEW.person_id AND c.for_day = NEW.day)
    THEN
        RAISE EXCEPTION 'a dose of that day is taken'
            USING ERRCODE = 'DS013', CONSTRAINT = 'guest_day_untouched';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guest_decided BEFORE INSERT OR UPDATE ON guest_right
    FOR EACH ROW EXECUTE FUNCTION guest_decided();
"""

DECISIONS = """
ALTER TABLE closure_decision ADD COLUMN guest_unit_id smallint REFERENCES unit;
ALTER TABLE closure_decision DROP CONSTRAINT closure_decision_choice_check;
ALTER TABLE closure_decision
    ADD CONSTRAINT closure_decision_choice_check CHECK (choice IN ('home', 'called', 'guest')),
    ADD CHECK ((choice = 'guest') = (guest_unit_id IS NOT NULL));
"""

# A guest of today or tomorrow stands on a list of the other unit: the right stays until it is
# withdrawn, which asks for the row struck out.
RIGHT = """
CREATE FUNCTION right_stays_for_guests() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM public.guest_in_force g JOIN public.unit u USING (unit_id)
        WHERE g.person_id = OLD.person_id
        AND g.day BETWEEN (clock_timestamp() AT TIME ZONE u.zone)::date
            AND (clock_timestamp() AT TIME ZONE u.zone)::date + 1)
    THEN
        RAISE EXCEPTION 'the right cannot move now: the person is another unit''s guest'
            USING ERRCODE = 'DS012', CONSTRAINT = 'right_stays_for_guests';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER right_stays_for_guests BEFORE UPDATE OF right_holder_unit_id ON person
    FOR EACH ROW WHEN (OLD.right_holder_unit_id IS DISTINCT FROM NEW.right_holder_unit_id)
    EXECUTE FUNCTION right_stays_for_guests();
-- Later days end with the right: left over, they would stand in the way of what the new holder
-- decides, and come into force again when the right comes back.
CREATE FUNCTION guests_end_with_right() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE public.guest_right g SET withdrawn_at = transaction_timestamp(),
        withdrawn_by = coalesce(nullif(current_setting('app.moved_by', true), '')::integer,
            g.decided_by),
        withdrawn_reason = 'retten er flyttet'
    FROM public.unit u WHERE u.unit_id = g.from_unit_id AND g.person_id = NEW.person_id
        AND g.withdrawn_at IS NULL AND g.from_unit_id IS DISTINCT FROM NEW.right_holder_unit_id
        AND g.day >= (clock_timestamp() AT TIME ZONE u.zone)::date;
    RETURN NULL;
END $$;
CREATE TRIGGER guests_end_with_right AFTER UPDATE OF right_holder_unit_id ON person
    FOR EACH ROW WHEN (OLD.right_holder_unit_id IS DISTINCT FROM NEW.right_holder_unit_id)
    EXECUTE FUNCTION guests_end_with_right();
"""

# What stands on another unit's paper stays hidden but for this: whether, and on which row. A row
# that is not seen would let a guest's day be withdrawn while the paper still gives.
PAPER = """
CREATE FUNCTION rows_still_giving(p_person bigint, p_unit smallint, p_days date[])
RETURNS TABLE (serial bigint, row_no integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT l.serial, (x ->> 'row_no')::integer
    FROM public.emergency_list l JOIN public.emergency_list_rows r USING (serial),
        jsonb_array_elements(r.rows) x, public.person p
    WHERE p.person_id = p_person AND l.unit_id = p_unit AND l.for_day = ANY (p_days)
        AND l.valid_until > clock_timestamp()
        AND (x ->> 'person_id')::bigint = ANY (p.person_id || p.also_ids) AND x ->> 'why' = ''
    ORDER BY 1, 2 $$;
REVOKE ALL ON FUNCTION rows_still_giving(bigint, smallint, date[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION rows_still_giving(bigint, smallint, date[]) TO dispensing_app;
ALTER FUNCTION rows_still_giving(bigint, smallint, date[]) OWNER TO dispensing_owner;
"""

# The second wall knows guests: their questions and notices are read where they are handed out to.
WALL = """
CREATE OR REPLACE FUNCTION comes_here(p_person bigint) RETURNS boolean LANGUAGE sql STABLE
    RETURN EXISTS (SELECT FROM person p LEFT JOIN person s ON s.person_id = p.merged_into_id
        WHERE p.person_id = p_person AND (seen_as() IN (p.unit_id, p.right_holder_unit_id,
            s.unit_id, s.right_holder_unit_id)
        OR EXISTS (SELECT FROM person_day d WHERE d.person_id IN (p.person_id, s.person_id)
            AND d.right_holder_unit_id = seen_as() AND d.day >= current_date - 1)
        -- What was written of a record merged away is the guest's, too.
        OR EXISTS (SELECT FROM guest_here v WHERE v.person_id IN (p.person_id, s.person_id)
            AND v.unit_id = seen_as())))
    OR p_person = ANY (string_to_array(nullif(current_setting('app.also_people', true), ''),
        ',')::bigint[]);
"""

GRANTS = """
GRANT SELECT ON guest_right, guest_in_force, guest_here TO dispensing_app, dispensing_auditor;
GRANT INSERT ON guest_right TO dispensing_app;
GRANT UPDATE (withdrawn_at, withdrawn_by, withdrawn_reason) ON guest_right TO dispensing_app;
ALTER FUNCTION guest_decided() OWNER TO dispensing_owner;
ALTER FUNCTION right_stays_for_guests() OWNER TO dispensing_owner;
ALTER FUNCTION guests_end_with_right() OWNER TO dispensing_owner;
"""


def upgrade() -> None:
    for part in (GUESTS, IN_USE, BARRIERS, DECISIONS, RIGHT, PAPER, WALL, GRANTS):
        op.execute(part)


def downgrade() -> None:
    raise NotImplementedError("records are never dropped; restore a backup instead")
