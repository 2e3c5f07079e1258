"""Supply orders: what a doctor sends a person to a pharmacy for, and whose each day is.

A *supply order* names a pharmacy, its days, how doses are taken there and when to ask the clinic.
Each change is a version; none is ever changed. Its days are rows of their own, *supply days*, of
which a person has one at most: on such a day the pharmacy holds the right to dispense, as another
unit does on a guest's day (decision 0020), so nothing moves and nothing has to move back. Before
it go a guest right of that day, the days of an indkald that is agreed on or runs, and a stay
outside. The rows count while the right lies where it lay when they were decided, in that course.

The barriers stand here: a doctor of the unit that holds the right, a coming day on which the
pharmacy is open, nothing of it taken, and no list in use that says otherwise.

A pharmacy keeps its own register of controlled drugs. Of its packages this service knows product,
batch and expiry, which the rules ask about, and counts nothing.
"""

from alembic import op

revision = "2310_supply_orders"
down_revision = "2300_machine_clients"
branch_labels = None
depends_on = None

ORDERS = """
CREATE SEQUENCE supply_id_seq;
CREATE TABLE supply_order (
    supply_id bigint NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    person_id bigint NOT NULL REFERENCES person,
    unit_id smallint NOT NULL REFERENCES unit,
    pharmacy_unit_id smallint NOT NULL REFERENCES unit,
    change text NOT NULL CHECK (change IN ('issued', 'changed', 'ended')),
    from_on date NOT NULL,
    -- The doctor's own last day; null: as long as the order of the medicine goes on.
    wanted_until date,
    -- The last day it reaches as it stands; before the first one: none.
    until_on date NOT NULL,
    weekdays smallint[] NOT NULL,
    supervised_weekdays smallint[] NOT NULL,
    pickup_weekdays smallint[] NOT NULL,
    take_home_days smallint NOT NULL,
    -- When to ask the clinic: the rule and its number, as the rule book had it that day.
    stop_rules jsonb NOT NULL,
    book_id text NOT NULL,
    reason text NOT NULL CHECK (reason <> ''),
    signed_by integer NOT NULL REFERENCES staff,
    signed_at timestamptz NOT NULL,
    PRIMARY KEY (supply_id, version),
    CHECK (unit_id <> pharmacy_unit_id),
    CHECK (cardinality(weekdays) > 0)
);
CREATE INDEX supply_order_person ON supply_order (person_id, supply_id DESC, version DESC);
CREATE INDEX supply_order_pharmacy ON supply_order (pharmacy_unit_id);
CREATE TABLE supply_day (
    supply_day_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    supply_id bigint NOT NULL,
    person_id bigint NOT NULL REFERENCES person,
    day date NOT NULL,
    from_unit_id smallint NOT NULL REFERENCES unit,
    unit_id smallint NOT NULL REFERENCES unit,
    decided_by integer NOT NULL REFERENCES staff,
    decided_at timestamptz NOT NULL,
    ended_at timestamptz,
    ended_by integer REFERENCES staff,
    ended_reason text,
    CHECK (from_unit_id <> unit_id),
    CHECK (num_nonnulls(ended_at, ended_by, ended_reason) IN (0, 3))
);
CREATE UNIQUE INDEX supply_day_once ON supply_day (person_id, day) WHERE ended_at IS NULL;
CREATE INDEX supply_day_unit ON supply_day (unit_id, day) WHERE ended_at IS NULL;
"""

# One row for a person and day at most: an explicit guest right goes first. A day of an indkald is
# the clinic's while the period is agreed on or runs; one that was held stays so for ever.
VIEWS = """
CREATE OR REPLACE VIEW guest_in_force AS
    SELECT g.guest_id, g.person_id, g.day, g.from_unit_id, g.unit_id
    FROM guest_right g JOIN person p USING (person_id)
    WHERE g.withdrawn_at IS NULL AND g.from_unit_id = p.right_holder_unit_id
        AND p.merged_into_id IS NULL AND (p.ended_on IS NULL OR p.ended_on > g.day)
    UNION ALL
    SELECT NULL::bigint, s.person_id, s.day, s.from_unit_id, s.unit_id
    FROM supply_day s JOIN person p USING (person_id)
    WHERE s.ended_at IS NULL AND s.from_unit_id = p.right_holder_unit_id
        AND p.merged_into_id IS NULL AND (p.ended_on IS NULL OR p.ended_on > s.day)
        AND (p.course_from IS NULL OR s.decided_at >= p.course_from)
        AND NOT EXISTS (SELECT FROM guest_right g WHERE g.person_id = s.person_id
            AND g.day = s.day AND g.withdrawn_at IS NULL
            AND g.from_unit_id = p.right_holder_unit_id)
        AND NOT EXISTS (SELECT FROM indkald i WHERE i.person_id = s.person_id
            AND s.day = ANY (i.days)
            AND (i.state IN ('planned', 'running') OR s.day = ANY (i.completed)));
CREATE OR REPLACE VIEW guest_here AS
    SELECT g.person_id, g.unit_id FROM guest_in_force g JOIN unit u USING (unit_id)
    WHERE g.day BETWEEN (clock_timestamp() AT TIME ZONE u.zone)::date - 1
        AND (clock_timestamp() AT TIME ZONE u.zone)::date
    UNION ALL
    SELECT c.person_id, c.unit_id FROM claim c
    WHERE c.state <> 'given' AND (EXISTS (SELECT FROM guest_right g
            WHERE g.person_id = c.person_id AND g.unit_id = c.unit_id AND g.withdrawn_at IS NULL)
        OR EXISTS (SELECT FROM supply_day s
            WHERE s.person_id = c.person_id AND s.unit_id = c.unit_id AND s.ended_at IS NULL));
"""

# A pharmacy that has the person on a day near now is one of the places whose paper counts.
PAPER = """
CREATE OR REPLACE FUNCTION paper_in_use(p_person bigint, p_units smallint[]) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM public.downtime d
            WHERE d.over_at IS NULL AND (d.unit_id = ANY (p_units) OR EXISTS (
                SELECT FROM public.supply_day s JOIN public.unit u USING (unit_id)
                WHERE s.person_id = p_person AND s.unit_id = d.unit_id AND s.ended_at IS NULL
                    AND s.day BETWEEN (clock_timestamp() AT TIME ZONE u.zone)::date - 1
                        AND (clock_timestamp() AT TIME ZONE u.zone)::date + 1)))
        OR EXISTS (SELECT FROM public.paper_hold h JOIN public.unit u USING (unit_id)
            WHERE h.person_id IN (SELECT unnest(p.person_id || p.also_ids) FROM public.person p
                WHERE p.person_id = p_person)
            AND (h.until_on IS NULL
                OR h.until_on > (clock_timestamp() AT TIME ZONE u.zone)::date)) $$;
-- Whether paper of the unit may say that the person is given from it on the day: a list that may
-- still be used does, or it hands out from paper now. Lists speak of today and tomorrow.
CREATE FUNCTION day_on_paper(p_person bigint, p_unit smallint, p_day date) RETURNS boolean
LANGUAGE sql STABLE
    RETURN p_day <= (SELECT (clock_timestamp() AT TIME ZONE u.zone)::date + 1 FROM unit u
            WHERE u.unit_id = p_unit)
        AND (paper_in_use(p_person, ARRAY[p_unit])
            OR EXISTS (SELECT FROM rows_still_giving(p_person, p_unit, ARRAY[p_day])));
"""

BARRIERS = """
CREATE FUNCTION supply_day_decided() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    holder public.person%ROWTYPE;
    decider integer := coalesce(NEW.ended_by, NEW.decided_by);
    today date := (SELECT (clock_timestamp() AT TIME ZONE u.zone)::date FROM public.unit u
        WHERE u.unit_id = NEW.from_unit_id);
BEGIN
    -- The owner's loading of synthetic data is not asked, nor what ends with the right. A barrier
    -- that refuses sends the act round again, with fresh facts.
    IF session_user = 'dispensing_owner' OR (TG_OP = 'UPDATE' AND pg_trigger_depth() > 1) THEN
        RETURN NEW;
    END IF;
    -- Whoever is at a counter with the person finishes first.
    SELECT * INTO holder FROM public.person p WHERE p.person_id = NEW.person_id FOR UPDATE;
    IF NEW.day < today
        OR NOT EXISTS (SELECT FROM public.staff s WHERE s.staff_id = decider
            AND s.ended_at IS NULL AND (s.role = 'doctor' AND s.unit_id = NEW.from_unit_id
                -- The pharmacy closes a day: it falls back to the unit.
                OR (TG_OP = 'UPDATE' AND s.unit_id = NEW.unit_id AND EXISTS (
                    SELECT FROM public.unit_closed_day k
                    WHERE k.unit_id = NEW.unit_id AND k.day = NEW.day))))
        OR (TG_OP = 'INSERT' AND (NEW.ended_at IS NOT NULL
            OR holder.right_holder_unit_id IS DISTINCT FROM NEW.from_unit_id
            OR holder.ended_on IS NOT NULL OR holder.merged_into_id IS NOT NULL
            OR NOT EXISTS (SELECT FROM public.unit u WHERE u.unit_id = NEW.unit_id
                AND u.kind = 'pharmacy')
            OR EXISTS (SELECT FROM public.unit_closed_day k
                WHERE k.unit_id = NEW.unit_id AND k.day = NEW.day)
            OR public.day_on_paper(NEW.person_id, NEW.from_unit_id, NEW.day)))
        OR (TG_OP = 'UPDATE' AND (OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL))
    THEN
        RAISE EXCEPTION 'a day at a pharmacy is a doctor''s, for a coming day it is open'
            USING ERRCODE = '23514', CONSTRAINT = 'supply_day_decided_by';
    END IF;
    IF EXISTS (SELECT FROM public.claim c WHERE c.person_id = NEW.person_id AND c.for_day = NEW.day)
    THEN
        RAISE EXCEPTION 'a dose of that day is taken'
            USING ERRCODE = '23514', CONSTRAINT = 'supply_day_untouched';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER supply_day_decided BEFORE INSERT OR UPDATE ON supply_day
    FOR EACH ROW EXECUTE FUNCTION supply_day_decided();
ALTER FUNCTION supply_day_decided() OWNER TO dispensing_owner;
CREATE TRIGGER a_must_be_signed BEFORE INSERT ON supply_order
    FOR EACH ROW WHEN (session_user <> 'dispensing_owner')
    EXECUTE FUNCTION must_be_signed('signed_by', 'signed_at', 'treating', 'doctor');
"""

# A guest of today or tomorrow stands on a list of the other unit, and so may who has a day at a
# pharmacy; where its list does not give the person, the right moves and the days end with it.
RIGHT = """
CREATE OR REPLACE FUNCTION right_stays_for_guests() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM public.guest_in_force g JOIN public.unit u USING (unit_id)
        WHERE g.person_id = OLD.person_id
        AND g.day BETWEEN (clock_timestamp() AT TIME ZONE u.zone)::date
            AND (clock_timestamp() AT TIME ZONE u.zone)::date + 1
        AND (g.guest_id IS NOT NULL OR public.day_on_paper(g.person_id, g.unit_id, g.day)))
    THEN
        RAISE EXCEPTION 'the right cannot move now: the person is another unit''s guest'
            USING ERRCODE = 'DS012', CONSTRAINT = 'right_stays_for_guests';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION supply_ends_with_right() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE public.supply_day s SET ended_at = transaction_timestamp(),
        ended_by = coalesce(nullif(current_setting('app.moved_by', true), '')::integer,
            s.decided_by),
        ended_reason = 'retten er flyttet'
    FROM public.unit u WHERE u.unit_id = s.from_unit_id AND s.person_id = NEW.person_id
        AND s.ended_at IS NULL AND s.from_unit_id IS DISTINCT FROM NEW.right_holder_unit_id
        AND s.day >= (clock_timestamp() AT TIME ZONE u.zone)::date;
    RETURN NULL;
END $$;
CREATE TRIGGER supply_ends_with_right AFTER UPDATE OF right_holder_unit_id ON person
    FOR EACH ROW WHEN (OLD.right_holder_unit_id IS DISTINCT FROM NEW.right_holder_unit_id)
    EXECUTE FUNCTION supply_ends_with_right();
ALTER FUNCTION right_stays_for_guests() OWNER TO dispensing_owner;
ALTER FUNCTION supply_ends_with_right() OWNER TO dispensing_owner;
"""

# What a decision about a supply order has to fit, read after the lists of the places concerned are
# locked: none is made meanwhile, and what is made afterwards says what was decided.
FRAME = """
CREATE FUNCTION supply_frame(p_person bigint, p_pharmacy smallint) RETURNS text
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    who public.person%ROWTYPE;
    today date;
    standing public.supply_order%ROWTYPE;
    places smallint[];
    place smallint;
BEGIN
    SELECT * INTO who FROM public.person p WHERE p.person_id = p_person;
    SELECT (clock_timestamp() AT TIME ZONE u.zone)::date INTO today FROM public.unit u
        WHERE u.unit_id = who.unit_id;
    SELECT * INTO standing FROM public.supply_order s WHERE s.person_id = p_person
        AND (who.course_from IS NULL OR s.signed_at >= who.course_from)
        ORDER BY s.supply_id DESC, s.version DESC LIMIT 1;
    places := ARRAY(SELECT DISTINCT x.unit_id FROM unnest(ARRAY[who.right_holder_unit_id,
        p_pharmacy, standing.pharmacy_unit_id]) AS x (unit_id)
        WHERE x.unit_id IS NOT NULL ORDER BY 1);
    IF p_pharmacy IS NOT NULL OR standing.supply_id IS NOT NULL THEN
        FOREACH place IN ARRAY places LOOP
            PERFORM pg_advisory_xact_lock(hashtext('emergency lists'), place);
        END LOOP;
    END IF;
    RETURN json_build_object(
        'today', today,
        'holder', who.right_holder_unit_id,
        'next_id', nextval('public.supply_id_seq'),
        'standing', CASE WHEN standing.supply_id IS NOT NULL
            AND standing.unit_id = who.unit_id THEN row_to_json(standing) END,
        'days', coalesce((SELECT json_agg(json_build_object('day', s.day,
            'unit_id', s.unit_id) ORDER BY s.day) FROM public.supply_day s
            WHERE s.person_id = p_person AND s.ended_at IS NULL AND s.day >= today), '[]'),
        'taken', coalesce((SELECT json_agg(DISTINCT c.for_day) FROM public.claim c
            WHERE c.person_id = p_person AND c.for_day >= today), '[]'),
        'closed', coalesce((SELECT json_agg(json_build_array(k.unit_id, k.day))
            FROM public.unit_closed_day k
            WHERE k.unit_id = ANY (places) AND k.day >= today), '[]'),
        -- Places whose paper may give the person today, or tomorrow: there the day stays.
        'on_paper', coalesce((SELECT json_agg(json_build_array(x.unit_id, d.day))
            FROM unnest(places) AS x (unit_id), (VALUES (today), (today + 1)) AS d (day)
            WHERE public.day_on_paper(p_person, x.unit_id, d.day)), '[]'),
        'giving', coalesce((SELECT json_agg(json_build_array(g.serial, g.row_no))
            FROM public.rows_still_giving(p_person, standing.pharmacy_unit_id,
                ARRAY[today, today + 1]) g), '[]'),
        'paper_now', public.paper_in_use(p_person, places),
        -- The last day of what is ordered, steps ahead included.
        'ordered_until', (SELECT max(least(coalesce(r.valid_to, date '9999-12-31'),
                (SELECT min(n.valid_from) - 1 FROM public.prescription n
                    WHERE n.person_id = r.person_id AND n.version > r.version AND NOT n.night
                    AND n.valid_from > r.valid_from),
                (SELECT min(t.from_on) - 1 FROM public.prescription_stop t
                    WHERE t.person_id = r.person_id AND t.version > r.version
                    AND t.from_on > r.valid_from)))
            FROM public.prescription r WHERE r.person_id = p_person AND NOT r.night
            AND (who.course_from IS NULL OR r.signed_at >= who.course_from)
            AND NOT EXISTS (SELECT FROM public.prescription n WHERE n.person_id = r.person_id
                AND n.version > r.version AND NOT n.night AND n.valid_from <= r.valid_from)
            AND NOT EXISTS (SELECT FROM public.prescription_stop t
                WHERE t.person_id = r.person_id AND t.version > r.version
                AND t.from_on <= r.valid_from)))::text;
END $$;
"""

PACKAGES = """
ALTER TABLE bottle ADD COLUMN counted boolean NOT NULL DEFAULT true;
CREATE FUNCTION uncounted_at_pharmacies() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM public.unit u WHERE u.unit_id = NEW.unit_id
        AND u.kind = 'pharmacy')
    THEN
        RAISE EXCEPTION 'only a pharmacy counts its packages elsewhere'
            USING ERRCODE = '42501', CONSTRAINT = 'uncounted_at_pharmacies';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER uncounted_at_pharmacies BEFORE INSERT OR UPDATE OF counted, unit_id ON bottle
    FOR EACH ROW WHEN (NOT NEW.counted) EXECUTE FUNCTION uncounted_at_pharmacies();
"""

# What was agreed on with the clinic, as the pharmacy may read it; the clinic's own reasons aside.
WALL = """
ALTER TABLE supply_order ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_unit ON supply_order FOR SELECT TO dispensing_app
    USING (unit_id = seen_as() OR pharmacy_unit_id = seen_as() OR read_here(person_id));
CREATE POLICY own_unit_adds ON supply_order FOR INSERT TO dispensing_app
    WITH CHECK (unit_id = seen_as());
CREATE POLICY audits ON supply_order FOR SELECT TO dispensing_auditor USING (true);
GRANT SELECT, INSERT ON supply_order TO dispensing_app;
GRANT SELECT, INSERT ON supply_day TO dispensing_app;
GRANT UPDATE (ended_at, ended_by, ended_reason) ON supply_day TO dispensing_app;
GRANT SELECT ON supply_order, supply_day TO dispensing_auditor;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO dispensing_app;
"""


def upgrade() -> None:
    for part in (ORDERS, PAPER, VIEWS, BARRIERS, RIGHT, FRAME, PACKAGES, WALL):
        op.execute(part)


def downgrade() -> None:
    raise NotImplementedError("records are never dropped; restore a backup instead")
