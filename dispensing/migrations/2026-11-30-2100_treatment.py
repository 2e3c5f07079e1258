"""What is looked after in a treatment: findings, offers and the doctor's review, each a record.

``care`` keeps what the rules ask about; the records say who found it, when, and what was declined
or put off, so that a due list empties only by somebody's signed word.
"""

from alembic import op

revision = "2100_treatment"
down_revision = "2020_handed_part"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE monitoring (
    monitoring_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id bigint NOT NULL REFERENCES person,
    unit_id smallint NOT NULL REFERENCES unit,
    kind text NOT NULL CHECK (kind IN ('review', 'ecg', 'liver', 'hepatitis', 'hiv', 'urine',
        'pregnancy', 'naloxone', 'driving')),
    answer text NOT NULL CHECK (answer IN ('done', 'yes', 'no', 'declined', 'put_off')),
    found_on date NOT NULL,
    qtc_ms integer CHECK ((qtc_ms IS NOT NULL) = (kind = 'ecg' AND answer = 'done')),
    goal text CHECK (goal <> ''),
    note text CHECK (note <> ''),
    next_on date,
    recorded_by integer NOT NULL REFERENCES staff,
    recorded_at timestamptz NOT NULL,
    -- What is not done says why, and when it is asked about again.
    CHECK (answer NOT IN ('declined', 'put_off') OR (note IS NOT NULL AND next_on IS NOT NULL))
);
CREATE INDEX monitoring_person ON monitoring (person_id, kind, monitoring_id DESC);
GRANT SELECT, INSERT ON monitoring TO dispensing_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO dispensing_app;
GRANT SELECT ON monitoring TO dispensing_auditor;
-- A doctor's or nurse's finding may be the first thing known of somebody.
GRANT INSERT ON care TO dispensing_app;
ALTER TABLE monitoring ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_unit ON monitoring FOR SELECT TO dispensing_app
    USING (unit_id = seen_as() OR read_here(person_id));
CREATE POLICY own_unit_adds ON monitoring FOR INSERT TO dispensing_app
    WITH CHECK (unit_id = seen_as());
CREATE POLICY audits ON monitoring FOR SELECT TO dispensing_auditor USING (true);
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    raise NotImplementedError("records are never dropped; restore a backup instead")
