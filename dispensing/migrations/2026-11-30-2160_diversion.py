"""Suspected diversion: the report, the talk and what the doctor decided; for doctors alone."""

from alembic import op

revision = "2160_diversion"
down_revision = "2155_sedatives"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE diversion (
    diversion_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id bigint NOT NULL REFERENCES person,
    unit_id smallint NOT NULL REFERENCES unit,
    step text NOT NULL CHECK (step IN ('report', 'talk', 'decision')),
    source text CHECK (source IN ('police', 'pharmacy', 'staff', 'relative', 'other')),
    happened_on date NOT NULL,
    told text NOT NULL CHECK (told <> ''),
    supervised_until_on date,
    recorded_by integer NOT NULL REFERENCES staff,
    recorded_at timestamptz NOT NULL,
    CHECK ((source IS NOT NULL) = (step = 'report')),
    CHECK (supervised_until_on IS NULL OR step = 'decision')
);
CREATE INDEX diversion_person ON diversion (person_id);
GRANT SELECT, INSERT ON diversion TO dispensing_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO dispensing_app;
GRANT SELECT ON diversion TO dispensing_auditor;
ALTER TABLE diversion ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_unit ON diversion FOR SELECT TO dispensing_app
    USING (unit_id = seen_as() OR comes_here(person_id));
CREATE POLICY own_unit_adds ON diversion FOR INSERT TO dispensing_app
    WITH CHECK (unit_id = seen_as());
CREATE POLICY audits ON diversion FOR SELECT TO dispensing_auditor USING (true);
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    raise NotImplementedError("records are never dropped; restore a backup instead")
