"""A person's name or birth date is corrected: signed, with the reason, the old value kept.

The application may write what is corrected, not the person's row: that follows from the record,
with the owner's rights, and only from the values that stand there now.
"""

from alembic import op

revision = "2220_corrections"
down_revision = "2210_medicines"
branch_labels = None
depends_on = None

CORRECTIONS = """
CREATE TABLE person_correction (
    correction_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id bigint NOT NULL REFERENCES person,
    unit_id smallint NOT NULL REFERENCES unit,
    old_given_name text NOT NULL,
    old_family_name text NOT NULL,
    old_born_on date NOT NULL,
    given_name text NOT NULL CHECK (given_name <> ''),
    family_name text NOT NULL CHECK (family_name <> ''),
    born_on date NOT NULL,
    reason text NOT NULL CHECK (reason <> ''),
    corrected_by integer NOT NULL REFERENCES staff,
    corrected_at timestamptz NOT NULL,
    CHECK ((old_given_name, old_family_name, old_born_on) <> (given_name, family_name, born_on))
);
CREATE INDEX person_correction_person ON person_correction (person_id, correction_id DESC);
CREATE TRIGGER a0_must_be_signed BEFORE INSERT ON person_correction
    FOR EACH ROW WHEN (session_user <> 'dispensing_owner')
    EXECUTE FUNCTION must_be_signed('corrected_by', 'corrected_at', 'treating', 'doctor', 'nurse');
CREATE FUNCTION person_is_corrected() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE public.person p SET given_name = NEW.given_name, family_name = NEW.family_name,
        born_on = NEW.born_on
    WHERE p.person_id = NEW.person_id AND p.merged_into_id IS NULL
        AND (p.given_name, p.family_name, p.born_on)
            = (NEW.old_given_name, NEW.old_family_name, NEW.old_born_on);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'what is corrected is what stands there now'
            USING ERRCODE = '42501', CONSTRAINT = 'person_is_corrected';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER person_is_corrected AFTER INSERT ON person_correction
    FOR EACH ROW EXECUTE FUNCTION person_is_corrected();
ALTER FUNCTION person_is_corrected() OWNER TO dispensing_owner;
GRANT SELECT, INSERT ON person_correction TO dispensing_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO dispensing_app;
GRANT SELECT (correction_id, person_id, unit_id, reason, corrected_by, corrected_at)
    ON person_correction TO dispensing_auditor;
ALTER TABLE person_correction ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_unit ON person_correction FOR SELECT TO dispensing_app
    USING (unit_id = seen_as() OR read_here(person_id));
CREATE POLICY own_unit_adds ON person_correction FOR INSERT TO dispensing_app
    WITH CHECK (unit_id = seen_as());
CREATE POLICY audits ON person_correction FOR SELECT TO dispensing_auditor USING (true);
"""


def upgrade() -> None:
    op.execute(CORRECTIONS)


def downgrade() -> None:
    raise NotImplementedError("records are never dropped; restore a backup instead")
