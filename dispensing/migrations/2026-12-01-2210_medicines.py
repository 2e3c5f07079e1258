"""Other medicine, and the further facts the rules ask of: kidneys, lungs, alcohol, a locked box.

A list of medicine is a record: written anew as a whole, in versions, by a doctor who is signed in.
What the rules decide by stands in ``care``, which the same act keeps in step, as with sedatives.
"""

from alembic import op

revision = "2210_medicines"
down_revision = "2200_moves"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE medicine_list (
    person_id bigint NOT NULL REFERENCES person,
    version integer NOT NULL CHECK (version > 0),
    unit_id smallint NOT NULL REFERENCES unit,
    recorded_on date NOT NULL,
    note text CHECK (note <> ''),
    recorded_by integer NOT NULL REFERENCES staff,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (person_id, version)
);
CREATE TABLE medicine_item (
    person_id bigint NOT NULL,
    version integer NOT NULL,
    unit_id smallint NOT NULL REFERENCES unit,
    item_no smallint NOT NULL CHECK (item_no > 0),
    -- None: nobody knows which medicine it is; the rules then ask a doctor.
    atc text CHECK (atc ~ '^[A-Z][0-9]{2}[A-Z]{2}[0-9]{2}$'),
    name text NOT NULL CHECK (name <> ''),
    dose text CHECK (dose <> ''),
    source text NOT NULL
        CHECK (source IN ('ordered-here', 'other-doctor', 'medication-card', 'own-words')),
    since_on date,
    -- No longer taken from this day on; told as long as a rule asks for it.
    stopped_on date,
    PRIMARY KEY (person_id, version, item_no),
    UNIQUE (person_id, version, atc),
    FOREIGN KEY (person_id, version) REFERENCES medicine_list,
    CHECK (stopped_on >= since_on)
);
ALTER TABLE care
    -- As the rules are told it; none: nobody wrote a list. An empty one: asked, and none.
    ADD COLUMN medicines jsonb CHECK (jsonb_typeof(medicines) = 'array'),
    -- The day kidneys, lungs and alcohol were last seen to; what stays null then is unknown.
    ADD COLUMN health_on date,
    ADD COLUMN filtration_ml_per_minute smallint,
    ADD COLUMN breathing_disease boolean,
    ADD COLUMN drinks_daily boolean,
    ADD COLUMN locked_box boolean,
    ADD COLUMN urine_on date;
ALTER TABLE monitoring
    ADD COLUMN filtration_ml_per_minute smallint,
    ADD COLUMN breathing_disease boolean,
    ADD COLUMN drinks_daily boolean,
    DROP CONSTRAINT monitoring_kind_check,
    DROP CONSTRAINT monitoring_answer_check,
    ADD CONSTRAINT monitoring_kind_check CHECK (kind IN ('review', 'ecg', 'liver', 'hepatitis',
        'hiv', 'urine', 'pregnancy', 'naloxone', 'driving', 'health', 'locked_box')),
    ADD CONSTRAINT monitoring_answer_check CHECK (answer IN ('done', 'yes', 'no', 'not_relevant',
        'declined', 'put_off')),
    -- Why it is not relevant is written down.
    ADD CONSTRAINT monitoring_not_relevant_check
        CHECK (answer <> 'not_relevant' OR note IS NOT NULL),
    ADD CONSTRAINT monitoring_health_check CHECK ((kind = 'health' AND answer = 'done')
        OR num_nonnulls(filtration_ml_per_minute, breathing_disease, drinks_daily) = 0);
"""

# A list is whole when it is written: nothing is added to one of before.
WHOLE = """
CREATE FUNCTION medicine_item_of_its_list() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM public.medicine_list l WHERE l.person_id = NEW.person_id
        AND l.version = NEW.version AND l.unit_id = NEW.unit_id
        AND l.recorded_at >= transaction_timestamp())
    THEN
        RAISE EXCEPTION 'a list is written whole, in one transaction'
            USING ERRCODE = '42501', CONSTRAINT = 'medicine_item_of_its_list';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER medicine_item_of_its_list BEFORE INSERT ON medicine_item
    FOR EACH ROW WHEN (session_user <> 'dispensing_owner')
    EXECUTE FUNCTION medicine_item_of_its_list();
CREATE TRIGGER a_must_be_signed BEFORE INSERT ON medicine_list
    FOR EACH ROW WHEN (session_user <> 'dispensing_owner')
    EXECUTE FUNCTION must_be_signed('recorded_by', 'recorded_at', 'treating', 'doctor');
"""

WALL = """
GRANT SELECT, INSERT ON {table} TO dispensing_app;
GRANT SELECT ON {table} TO dispensing_auditor;
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_unit ON {table} FOR SELECT TO dispensing_app
    USING (unit_id = seen_as() OR read_here(person_id));
CREATE POLICY own_unit_adds ON {table} FOR INSERT TO dispensing_app
    WITH CHECK (unit_id = seen_as());
CREATE POLICY audits ON {table} FOR SELECT TO dispensing_auditor USING (true);
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(WHOLE)
    for table in ("medicine_list", "medicine_item"):
        op.execute(WALL.format(table=table))


def downgrade() -> None:
    raise NotImplementedError("records are never dropped; restore a backup instead")
