"""Courses of treatment: who registers, enrols, assesses, plans and ends, each a signed record.

``must_be_signed`` is the wall before whatever is decided about somebody (decision 0024): the
application writes such a row only in the transaction of a session that is open, of the very person
who signs, in a role that may, at the unit that treats the person, and as of now. Where a person is
treated follows from the records; the application may not say it.
"""

from alembic import op

revision = "2175_courses"
down_revision = "2170_night_dose"
branch_labels = None
depends_on = None

SIGNED = """
-- Arguments: the column of who signed, of when, whose unit ('own': the row's; 'treating': the one
-- that treats the person), and the roles that may. A session as ACTOR_SQL found it, in this
-- transaction; how long it lives in minutes is asked there, here that nobody has ended it.
CREATE FUNCTION must_be_signed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    told jsonb := to_jsonb(NEW);
    signer integer := (told ->> TG_ARGV[0])::integer;
    signed timestamptz := (told ->> TG_ARGV[1])::timestamptz;
    treating smallint := CASE WHEN TG_ARGV[2] = 'own' THEN (told ->> 'unit_id')::smallint
        ELSE (SELECT p.unit_id FROM public.person p
            WHERE p.person_id = (told ->> 'person_id')::bigint AND p.merged_into_id IS NULL) END;
BEGIN
    -- Never of another day, never ahead: within the transaction that writes it.
    IF signed IS NULL OR signed NOT BETWEEN transaction_timestamp() AND clock_timestamp()
        -- A row that names its unit names the one that treats.
        OR coalesce((told ->> 'unit_id')::smallint, treating) IS DISTINCT FROM treating
        OR NOT EXISTS (SELECT FROM public.staff_session ss JOIN public.staff s USING (staff_id)
            WHERE ss.session_hash = decode(current_setting('app.session', true), 'hex')
            AND ss.ended_at IS NULL AND ss.locked_at IS NULL
            AND ss.started_at > clock_timestamp() - interval '24 hours'
            AND s.staff_id = signer AND s.ended_at IS NULL AND s.unit_id = treating
            AND s.role = ANY (TG_ARGV[3:]))
    THEN
        RAISE EXCEPTION 'this is signed now, by one of %, signed in at the unit that treats',
            array_to_string(TG_ARGV[3:], ', ')
            USING ERRCODE = '42501', CONSTRAINT = 'must_be_signed';
    END IF;
    RETURN NEW;
END $$;
"""

COURSES = """
-- Numbers below were given out by whoever loaded the people of before.
CREATE SEQUENCE person_id_seq START WITH 1000001;
-- Orders and arrangements of an earlier course hold no more.
ALTER TABLE person ADD COLUMN course_from timestamptz,
    ADD COLUMN dead boolean NOT NULL DEFAULT false,
    ADD COLUMN registered_by integer REFERENCES staff,
    ADD COLUMN registered_at timestamptz;
CREATE TABLE course (
    course_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id bigint NOT NULL REFERENCES person,
    unit_id smallint NOT NULL REFERENCES unit,
    enrolled_on date NOT NULL,
    contact_on date NOT NULL,
    came_by text NOT NULL CHECK (came_by IN ('self', 'referral')),
    -- Whether the person has been in substitution treatment before, anywhere.
    before text NOT NULL CHECK (before IN ('never', 'before', 'unknown')),
    note text CHECK (note <> ''),
    enrolled_by integer NOT NULL REFERENCES staff,
    enrolled_at timestamptz NOT NULL,
    CHECK (contact_on <= enrolled_on)
);
CREATE INDEX course_person ON course (person_id, course_id DESC);
CREATE INDEX course_unit ON course (unit_id, enrolled_on);
CREATE TABLE course_end (
    course_end_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id bigint NOT NULL REFERENCES person,
    unit_id smallint NOT NULL REFERENCES unit,
    enrolled_on date NOT NULL,
    ended_on date NOT NULL,
    status text NOT NULL CHECK (status IN ('completed', 'dead', 'prison',
        'hospital_or_own_doctor', 'moved', 'expelled', 'left_early', 'unknown')),
    -- The day of death, where it is known; who told is in the note.
    died_on date CHECK (died_on IS NULL OR (died_on <= ended_on AND status = 'dead')),
    note text CHECK (note <> ''),
    home_doses smallint NOT NULL CHECK (home_doses >= 0),
    decided_by integer NOT NULL REFERENCES staff,
    decided_at timestamptz NOT NULL,
    CHECK (status <> 'dead' OR note IS NOT NULL)
);
CREATE INDEX course_end_person ON course_end (person_id, course_end_id DESC);
CREATE TABLE assessment (
    assessment_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id bigint NOT NULL REFERENCES person,
    unit_id smallint NOT NULL REFERENCES unit,
    diagnosis text NOT NULL CHECK (diagnosis ~ '^F1[0-9](\\.[0-9]{1,2})?$'),
    wish text NOT NULL CHECK (wish <> ''),
    tried text NOT NULL CHECK (tried <> ''),
    tolerance text NOT NULL CHECK (tolerance IN ('daily', 'reduced', 'unknown')),
    tolerance_note text CHECK (tolerance_note <> ''),
    allergies text NOT NULL CHECK (allergies IN ('none', 'known', 'unknown')),
    allergies_note text CHECK (allergies_note <> ''),
    risks text CHECK (risks <> ''),
    pregnancy text NOT NULL CHECK (pregnancy IN ('yes', 'no', 'not_asked')),
    assessed_by integer NOT NULL REFERENCES staff,
    assessed_at timestamptz NOT NULL,
    CHECK (allergies <> 'known' OR allergies_note IS NOT NULL)
);
CREATE INDEX assessment_person ON assessment (person_id, assessment_id DESC);
CREATE TABLE treatment_plan (
    plan_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id bigint NOT NULL REFERENCES person,
    unit_id smallint NOT NULL REFERENCES unit,
    aim text NOT NULL CHECK (aim <> ''),
    agreements text NOT NULL CHECK (agreements <> ''),
    review_on date NOT NULL,
    planned_by integer NOT NULL REFERENCES staff,
    planned_at timestamptz NOT NULL
);
CREATE INDEX treatment_plan_person ON treatment_plan (person_id, plan_id DESC);
-- A present state, no record: of an address that is protected from now on none is kept.
CREATE TABLE person_address (
    person_id bigint PRIMARY KEY REFERENCES person,
    unit_id smallint NOT NULL REFERENCES unit,
    protected boolean NOT NULL,
    address text CHECK (address IS NULL OR (address <> '' AND NOT protected)),
    written_by integer NOT NULL REFERENCES staff,
    written_at timestamptz NOT NULL
);
CREATE TABLE substance_offer (
    offer_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id bigint NOT NULL REFERENCES person,
    unit_id smallint NOT NULL REFERENCES unit,
    substance text NOT NULL CHECK (substance = 'buprenorphine'),
    answer text NOT NULL CHECK (answer IN ('accepted', 'declined', 'not_offered')),
    reason text CHECK (reason <> ''),
    next_on date,
    offered_on date NOT NULL,
    decided_by integer NOT NULL REFERENCES staff,
    decided_at timestamptz NOT NULL,
    CHECK (answer = 'accepted' OR (reason IS NOT NULL AND next_on IS NOT NULL))
);
CREATE INDEX substance_offer_person ON substance_offer (person_id, offer_id DESC);
"""

# The person's row follows from the records, with the owner's rights; the application has none.
FOLLOWS = """
CREATE FUNCTION course_begins() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- The owner's loading of synthetic data has its people's rows already.
    IF session_user = 'dispensing_owner' THEN
        RETURN NULL;
    END IF;
    UPDATE public.guest_right g SET withdrawn_at = transaction_timestamp(),
        withdrawn_by = NEW.enrolled_by, withdrawn_reason = 'et nyt forløb begynder'
    WHERE g.person_id = NEW.person_id AND g.withdrawn_at IS NULL AND g.day >= NEW.enrolled_on;
    UPDATE public.person p SET unit_id = NEW.unit_id, right_holder_unit_id = NEW.unit_id,
        enrolled_on = NEW.enrolled_on, ended_on = NULL, course_from = NEW.enrolled_at,
        dead = false
    WHERE p.person_id = NEW.person_id AND p.merged_into_id IS NULL
        AND p.ended_on <= (SELECT (clock_timestamp() AT TIME ZONE u.zone)::date
            FROM public.unit u WHERE u.unit_id = NEW.unit_id)
        AND NEW.enrolled_on = (SELECT (clock_timestamp() AT TIME ZONE u.zone)::date
            FROM public.unit u WHERE u.unit_id = NEW.unit_id);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a course begins today, for somebody who has none'
            USING ERRCODE = '42501', CONSTRAINT = 'course_begins';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER course_begins AFTER INSERT ON course
    FOR EACH ROW EXECUTE FUNCTION course_begins();
CREATE FUNCTION course_ends() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF session_user = 'dispensing_owner' THEN
        RETURN NULL;
    END IF;
    -- A death is told at once; who leaves alive leaves no dose behind that nobody has told of.
    IF NEW.status <> 'dead' AND EXISTS (SELECT FROM public.claim c
        WHERE c.person_id = NEW.person_id AND c.state <> 'given')
    THEN
        RAISE EXCEPTION 'a dose is open: say first what became of it'
            USING ERRCODE = '42501', CONSTRAINT = 'course_end_settled';
    END IF;
    UPDATE public.person p SET ended_on = NEW.ended_on, dead = NEW.status = 'dead'
    WHERE p.person_id = NEW.person_id AND p.merged_into_id IS NULL AND p.ended_on IS NULL
        AND NEW.ended_on = (SELECT (clock_timestamp() AT TIME ZONE u.zone)::date
            FROM public.unit u WHERE u.unit_id = NEW.unit_id);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a course ends today, and once'
            USING ERRCODE = '42501', CONSTRAINT = 'course_ends';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER course_ends AFTER INSERT ON course_end
    FOR EACH ROW EXECUTE FUNCTION course_ends();
ALTER FUNCTION course_begins() OWNER TO dispensing_owner;
ALTER FUNCTION course_ends() OWNER TO dispensing_owner;
-- A row of its own puts nobody in treatment: that is the course, which is signed.
CREATE FUNCTION nobody_by_a_row() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NEW.ended_on IS NULL
        -- The end of a course is a record; a merge alone ends one by itself, and takes it back.
        OR TG_OP = 'UPDATE' AND NEW.merged_into_id IS NOT DISTINCT FROM OLD.merged_into_id
    THEN
        RAISE EXCEPTION 'who is in treatment follows from a signed record'
            USING ERRCODE = '42501', CONSTRAINT = 'nobody_by_a_row';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER nobody_by_a_row BEFORE INSERT ON person
    FOR EACH ROW WHEN (current_user <> 'dispensing_owner') EXECUTE FUNCTION nobody_by_a_row();
CREATE TRIGGER nobody_ends_by_a_row BEFORE UPDATE ON person
    FOR EACH ROW WHEN (current_user <> 'dispensing_owner' AND NEW.ended_on IS DISTINCT FROM
        OLD.ended_on) EXECUTE FUNCTION nobody_by_a_row();
"""

# Table, column of who, column of when, whose unit, who may, and for which rows.
WALLS = (
    ("person", "registered_by", "registered_at", "own", ("doctor", "nurse"), ""),
    ("course", "enrolled_by", "enrolled_at", "own", ("doctor", "nurse"), ""),
    ("course_end", "decided_by", "decided_at", "treating", ("doctor",), "NEW.status <> 'dead'"),
    ("course_end", "decided_by", "decided_at", "treating", ("doctor", "nurse"), ""),
    ("assessment", "assessed_by", "assessed_at", "treating", ("doctor",), ""),
    ("treatment_plan", "planned_by", "planned_at", "treating", ("doctor",), ""),
    ("substance_offer", "decided_by", "decided_at", "treating", ("doctor",), ""),
    ("prescription", "signed_by", "signed_at", "treating", ("doctor",), ""),
    ("prescription_stop", "signed_by", "signed_at", "treating", ("doctor",), ""),
    ("person_address", "written_by", "written_at", "treating", ("doctor", "nurse"), ""),
)
WALL = """
CREATE TRIGGER {name} BEFORE INSERT{update} ON {table}
    FOR EACH ROW WHEN (session_user <> 'dispensing_owner'{rows})
    EXECUTE FUNCTION must_be_signed({arguments});
"""

GRANTS = """
GRANT INSERT (person_id, card_code, given_name, family_name, born_on, sex, unit_id, enrolled_on,
    ended_on, registered_by, registered_at) ON person TO dispensing_app;
GRANT USAGE ON SEQUENCE person_id_seq TO dispensing_app;
GRANT SELECT, INSERT ON course, course_end, assessment, treatment_plan, substance_offer
    TO dispensing_app;
GRANT SELECT, INSERT ON person_address TO dispensing_app;
GRANT UPDATE (unit_id, protected, address, written_by, written_at) ON person_address
    TO dispensing_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO dispensing_app;
GRANT SELECT ON course, course_end, assessment, treatment_plan, substance_offer
    TO dispensing_auditor;
GRANT SELECT (person_id, unit_id, protected, written_by, written_at) ON person_address
    TO dispensing_auditor;
CREATE POLICY own_unit_changes ON person_address FOR UPDATE TO dispensing_app
    USING (comes_here(person_id)) WITH CHECK (unit_id = seen_as());
"""
WALLED = ("course", "course_end", "assessment", "treatment_plan", "substance_offer")
SECOND_WALL = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_unit ON {table} FOR SELECT TO dispensing_app
    USING (unit_id = seen_as() OR read_here(person_id));
CREATE POLICY own_unit_adds ON {table} FOR INSERT TO dispensing_app
    WITH CHECK (unit_id = seen_as());
CREATE POLICY audits ON {table} FOR SELECT TO dispensing_auditor USING (true);
"""


def upgrade() -> None:
    for part in (SIGNED, COURSES, FOLLOWS):
        op.execute(part)
    for number, (table, who, when, unit, roles, rows) in enumerate(WALLS):
        named = ", ".join(f"'{one}'" for one in (who, when, unit, *roles))
        op.execute(
            WALL.format(
                # In the order of their names, and before what follows from the row.
                name=f"a{number}_must_be_signed",
                update=" OR UPDATE" if table == "person_address" else "",
                table=table,
                rows=f" AND {rows}" if rows else "",
                arguments=named,
            )
        )
    for table in (*WALLED, "person_address"):
        op.execute(SECOND_WALL.format(table=table))
    op.execute(GRANTS)


def downgrade() -> None:
    raise NotImplementedError("records are never dropped; restore a backup instead")
