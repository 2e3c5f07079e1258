"""The indkald planner: wishes, places, agreed hours, invitations, findings, missed days, ends.

``indkald`` stays what the rules read: the period as it stands now. What led there are records that
nobody changes. The barriers stand here: who agreed, noted, decided or concluded is of the unit and
may; a period begins on a coming day, for a person of the unit, and only one at a time.

A person supplied by a pharmacy is seen at the clinic on the period's days: the right of those days
lies there, as a guest right (decision 0020) that comes and goes with the period.
"""

from alembic import op

revision = "2120_indkald"
down_revision = "2175_courses"
branch_labels = None
depends_on = None

# ``moved``: other days were agreed before it began.
PERIODS = """
ALTER TABLE indkald ADD COLUMN unit_id smallint REFERENCES unit, ADD COLUMN come_at time;
ALTER TABLE indkald DROP CONSTRAINT indkald_state_check;
ALTER TABLE indkald ADD CONSTRAINT indkald_state_check
    CHECK (state IN ('planned', 'running', 'completed', 'broken', 'excused', 'moved'));
CREATE INDEX indkald_unit ON indkald (unit_id);
"""

RECORDS = """
CREATE TABLE indkald_places (
    unit_id smallint NOT NULL REFERENCES unit,
    version integer NOT NULL CHECK (version > 0),
    places smallint NOT NULL CHECK (places BETWEEN 1 AND 200),
    decided_by integer NOT NULL REFERENCES staff,
    decided_at timestamptz NOT NULL,
    PRIMARY KEY (unit_id, version)
);
CREATE TABLE indkald_wish (
    person_id bigint NOT NULL REFERENCES person,
    version integer NOT NULL CHECK (version > 0),
    unit_id smallint NOT NULL REFERENCES unit,
    not_weekdays smallint[] NOT NULL,
    away_from date[] NOT NULL,
    away_until date[] NOT NULL CHECK (cardinality(away_until) = cardinality(away_from)),
    earliest time,
    latest time,
    note text,
    noted_by integer NOT NULL REFERENCES staff,
    noted_at timestamptz NOT NULL,
    PRIMARY KEY (person_id, version)
);
CREATE TABLE indkald_invitation (
    indkald_id bigint NOT NULL REFERENCES indkald,
    number integer NOT NULL CHECK (number > 0),
    person_id bigint NOT NULL REFERENCES person,
    unit_id smallint NOT NULL REFERENCES unit,
    how text NOT NULL CHECK (how IN ('slip', 'text')),
    language text NOT NULL CHECK (language IN ('da', 'en')),
    noted_by integer NOT NULL REFERENCES staff,
    noted_at timestamptz NOT NULL,
    PRIMARY KEY (indkald_id, number)
);
CREATE TABLE indkald_finding (
    finding_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    indkald_id bigint NOT NULL REFERENCES indkald,
    person_id bigint NOT NULL REFERENCES person,
    unit_id smallint NOT NULL REFERENCES unit,
    day date NOT NULL,
    note text NOT NULL CHECK (length(note) >= 3),
    noted_by integer NOT NULL REFERENCES staff,
    noted_at timestamptz NOT NULL
);
CREATE INDEX indkald_finding_of ON indkald_finding (indkald_id, day);
CREATE TABLE indkald_missed (
    indkald_id bigint NOT NULL REFERENCES indkald,
    day date NOT NULL,
    person_id bigint NOT NULL REFERENCES person,
    unit_id smallint NOT NULL REFERENCES unit,
    why text NOT NULL CHECK (why IN ('no-dose', 'not-observed')),
    found_by integer NOT NULL REFERENCES staff,
    found_at timestamptz NOT NULL,
    PRIMARY KEY (indkald_id, day)
);
CREATE TABLE indkald_missed_decision (
    indkald_id bigint NOT NULL,
    day date NOT NULL,
    person_id bigint NOT NULL REFERENCES person,
    unit_id smallint NOT NULL REFERENCES unit,
    choice text NOT NULL CHECK (choice IN ('continue', 'restart', 'excuse')),
    reason text NOT NULL CHECK (length(reason) >= 3),
    noted_by integer NOT NULL REFERENCES staff,
    noted_at timestamptz NOT NULL,
    PRIMARY KEY (indkald_id, day),
    FOREIGN KEY (indkald_id, day) REFERENCES indkald_missed
);
CREATE TABLE indkald_conclusion (
    indkald_id bigint PRIMARY KEY REFERENCES indkald,
    person_id bigint NOT NULL REFERENCES person,
    unit_id smallint NOT NULL REFERENCES unit,
    result text NOT NULL CHECK (result IN ('right', 'change')),
    note text NOT NULL CHECK (length(note) >= 3),
    next_due_on date,
    noted_by integer NOT NULL REFERENCES staff,
    noted_at timestamptz NOT NULL
);
"""

BARRIERS = """
-- Whoever writes is of the unit and of one of the roles named with the trigger.
CREATE FUNCTION indkald_noted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- Session user: the owner's own loading of synthetic data is not asked.
    IF session_user = 'dispensing_app' AND NOT EXISTS (SELECT FROM public.staff s
        WHERE s.staff_id = coalesce((to_jsonb(NEW) ->> 'noted_by'),
                (to_jsonb(NEW) ->> 'decided_by'))::integer
            AND s.unit_id = NEW.unit_id AND s.role = ANY (TG_ARGV) AND s.ended_at IS NULL)
    THEN
        RAISE EXCEPTION 'not this role''s, or another unit''s'
            USING ERRCODE = '42501', CONSTRAINT = 'indkald_noted_by';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER indkald_noted BEFORE INSERT ON indkald_places
    FOR EACH ROW EXECUTE FUNCTION indkald_noted('doctor');
CREATE TRIGGER indkald_noted BEFORE INSERT ON indkald_wish
    FOR EACH ROW EXECUTE FUNCTION indkald_noted('nurse', 'doctor');
CREATE TRIGGER indkald_noted BEFORE INSERT ON indkald_invitation
    FOR EACH ROW EXECUTE FUNCTION indkald_noted('nurse', 'doctor');
CREATE TRIGGER indkald_noted BEFORE INSERT ON indkald_finding
    FOR EACH ROW EXECUTE FUNCTION indkald_noted('nurse', 'doctor');
CREATE TRIGGER indkald_noted BEFORE INSERT ON indkald_missed_decision
    FOR EACH ROW EXECUTE FUNCTION indkald_noted('doctor');
CREATE TRIGGER indkald_noted BEFORE INSERT ON indkald_conclusion
    FOR EACH ROW EXECUTE FUNCTION indkald_noted('doctor');

-- The most others who are under observation at once at the unit while somebody who came at p_at
-- that day would be; a period without an agreed hour counts at every hour.
CREATE FUNCTION indkald_fullest(p_unit smallint, p_day date, p_at time, p_minutes integer,
    p_but bigint) RETURNS bigint LANGUAGE sql STABLE
    RETURN (WITH others AS (
            SELECT i.come_at AS begins, i.come_at + make_interval(mins => i.observation_minutes)
                AS ends
            FROM indkald i WHERE i.unit_id = p_unit AND i.state IN ('planned', 'running')
                AND p_day = ANY (i.days) AND NOT p_day = ANY (i.completed)
                AND i.indkald_id IS DISTINCT FROM p_but),
        moments AS (SELECT p_at AS t UNION SELECT o.begins FROM others o
            WHERE o.begins >= p_at AND o.begins < p_at + make_interval(mins => p_minutes))
        SELECT coalesce(max(n.together), 0) FROM (SELECT count(o.*) FILTER (
                WHERE o.begins IS NULL OR (o.begins <= m.t AND m.t < o.ends)) AS together
            FROM moments m LEFT JOIN others o ON true GROUP BY m.t) n);
CREATE FUNCTION indkald_agreed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF session_user <> 'dispensing_app' THEN
        RETURN NEW;
    END IF;
    -- Whoever is at a counter with the person finishes first.
    PERFORM FROM public.person p WHERE p.person_id = NEW.person_id FOR UPDATE;
    IF NEW.state <> 'planned' OR NEW.completed <> '{}' OR cardinality(NEW.days) = 0
        OR NOT EXISTS (SELECT FROM public.staff s JOIN public.person p
                ON p.person_id = NEW.person_id AND p.unit_id = s.unit_id
                AND p.merged_into_id IS NULL AND p.ended_on IS NULL
            WHERE s.staff_id = NEW.planned_by AND s.unit_id = NEW.unit_id
                AND s.role IN ('nurse', 'doctor') AND s.ended_at IS NULL)
        OR NEW.days[1] <= (SELECT (clock_timestamp() AT TIME ZONE u.zone)::date
            FROM public.unit u WHERE u.unit_id = NEW.unit_id)
        OR EXISTS (SELECT FROM public.indkald i WHERE i.person_id = NEW.person_id
            AND i.state IN ('planned', 'running'))
    THEN
        RAISE EXCEPTION 'a period is agreed by the person''s unit, ahead, and one at a time'
            USING ERRCODE = '42501', CONSTRAINT = 'indkald_agreed_by';
    END IF;
    -- Two who agree on the same hour wait here for each other; the second one's facts are old then.
    PERFORM pg_advisory_xact_lock(hashtext('indkald places'), NEW.unit_id);
    IF NEW.come_at IS NULL OR EXISTS (SELECT FROM unnest(NEW.days) AS d (day)
        WHERE public.indkald_fullest(NEW.unit_id, d.day, NEW.come_at, NEW.observation_minutes, NULL)
            >= coalesce((SELECT k.places FROM public.indkald_places k
                WHERE k.unit_id = NEW.unit_id ORDER BY k.version DESC LIMIT 1), 0))
    THEN
        RAISE EXCEPTION 'every place is taken at that hour'
            USING ERRCODE = '23514', CONSTRAINT = 'indkald_place_free';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER indkald_agreed BEFORE INSERT ON indkald
    FOR EACH ROW EXECUTE FUNCTION indkald_agreed();
"""

# As 2010 has it, with one more reason for such a day: an indkald at the person's own unit, while a
# pharmacy holds the right. Whoever agrees on the days or changes them there decides and withdraws.
GUESTS = """
CREATE FUNCTION of_indkald(p_person bigint, p_unit smallint, p_day date) RETURNS boolean
LANGUAGE sql STABLE
    RETURN EXISTS (SELECT FROM public.indkald i WHERE i.person_id = p_person
        AND i.unit_id = p_unit AND i.state IN ('planned', 'running') AND p_day = ANY (i.days));
CREATE OR REPLACE FUNCTION guest_decided() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    holder public.person%ROWTYPE;
    decider integer := coalesce(NEW.withdrawn_by, NEW.decided_by);
    today date := (SELECT (clock_timestamp() AT TIME ZONE u.zone)::date FROM public.unit u
        WHERE u.unit_id = NEW.from_unit_id);
    by_indkald boolean;
BEGIN
    -- The right moves, and with it ends what was decided where it lay: see guests_end_with_right.
    IF TG_OP = 'UPDATE' AND pg_trigger_depth() > 1 THEN
        RETURN NEW;
    END IF;
    -- Whoever is at a counter with the person finishes first.
    SELECT * INTO holder FROM public.person p WHERE p.person_id = NEW.person_id FOR UPDATE;
    by_indkald := holder.unit_id = NEW.unit_id AND EXISTS (SELECT FROM public.staff s
            WHERE s.staff_id = decider AND s.role IN ('nurse', 'doctor') AND s.ended_at IS NULL
            AND s.unit_id = NEW.unit_id)
        AND EXISTS (SELECT FROM public.unit u WHERE u.unit_id = NEW.from_unit_id
            AND u.kind = 'pharmacy')
        AND (TG_OP = 'UPDATE' OR public.of_indkald(NEW.person_id, NEW.unit_id, NEW.day));
    IF NOT (by_indkald OR EXISTS (SELECT FROM public.staff s
            WHERE s.staff_id = decider AND s.role = 'doctor'
            AND s.ended_at IS NULL AND (s.unit_id = NEW.from_unit_id
                OR (TG_OP = 'UPDATE' AND s.unit_id = NEW.unit_id))))
        OR NEW.day < today
        OR (TG_OP = 'INSERT' AND (NEW.withdrawn_at IS NOT NULL
            OR holder.right_holder_unit_id IS DISTINCT FROM NEW.from_unit_id
            OR holder.ended_on IS NOT NULL OR holder.merged_into_id IS NOT NULL
            OR NOT (by_indkald OR EXISTS (SELECT FROM public.unit_closed_day k
                WHERE k.unit_id = NEW.from_unit_id AND k.day = NEW.day))
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
"""

WALL = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_unit ON {table} FOR SELECT TO dispensing_app
    USING (unit_id = seen_as() OR read_here(person_id));
CREATE POLICY own_unit_adds ON {table} FOR INSERT TO dispensing_app
    WITH CHECK (unit_id = seen_as());
CREATE POLICY audits ON {table} FOR SELECT TO dispensing_auditor USING (true);
"""
WALLED = (
    "indkald_wish",
    "indkald_invitation",
    "indkald_finding",
    "indkald_missed",
    "indkald_missed_decision",
    "indkald_conclusion",
)

GRANTS = """
GRANT SELECT, INSERT ON indkald_places, indkald_wish, indkald_invitation, indkald_finding,
    indkald_missed, indkald_missed_decision, indkald_conclusion TO dispensing_app;
GRANT SELECT ON indkald_places, indkald_wish, indkald_invitation, indkald_finding,
    indkald_missed, indkald_missed_decision, indkald_conclusion TO dispensing_auditor;
GRANT INSERT ON indkald TO dispensing_app;
-- Who was called in, when and by whom it was agreed never changes; days, state and whose it is do.
REVOKE UPDATE ON indkald FROM dispensing_app;
GRANT UPDATE (person_id, days, completed, state) ON indkald TO dispensing_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO dispensing_app;
ALTER FUNCTION indkald_noted() OWNER TO dispensing_owner;
ALTER FUNCTION indkald_agreed() OWNER TO dispensing_owner;
ALTER FUNCTION guest_decided() OWNER TO dispensing_owner;
"""


def upgrade() -> None:
    for part in (PERIODS, RECORDS, BARRIERS, GUESTS):
        op.execute(part)
    for table in WALLED:
        op.execute(WALL.format(table=table))
    op.execute(GRANTS)


def downgrade() -> None:
    raise NotImplementedError("records are never dropped; restore a backup instead")
