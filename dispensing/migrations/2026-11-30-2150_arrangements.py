"""What an arrangement is called, what it stood on, and the certificate of a journey."""

from alembic import op

revision = "2150_arrangements"
down_revision = "2149_withdrawal_reading"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE arrangement_basis (
    person_id bigint NOT NULL REFERENCES person,
    version integer NOT NULL,
    kind text NOT NULL CHECK (kind IN ('supervised', 'part_take_home', 'pharmacy', 'thrice_weekly',
        'depot', 'home_visit', 'practice')),
    reason text NOT NULL CHECK (reason <> ''),
    checked text[] NOT NULL,
    missing text[] NOT NULL,
    PRIMARY KEY (person_id, version),
    FOREIGN KEY (person_id, version) REFERENCES arrangement (person_id, version)
);
CREATE TABLE arrangement_journey (
    person_id bigint NOT NULL REFERENCES person,
    version integer NOT NULL,
    country text NOT NULL CHECK (country <> ''),
    certificate text CHECK (certificate <> ''),
    certificate_on date,
    PRIMARY KEY (person_id, version),
    FOREIGN KEY (person_id, version) REFERENCES arrangement (person_id, version),
    CHECK ((certificate IS NULL) = (certificate_on IS NULL))
);
GRANT SELECT, INSERT ON arrangement_basis, arrangement_journey TO dispensing_app;
GRANT SELECT ON arrangement_basis, arrangement_journey TO dispensing_auditor;
ALTER TABLE arrangement_basis ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_unit ON arrangement_basis FOR SELECT TO dispensing_app
    USING (read_here(person_id));
CREATE POLICY own_unit_adds ON arrangement_basis FOR INSERT TO dispensing_app
    WITH CHECK (comes_here(person_id));
CREATE POLICY audits ON arrangement_basis FOR SELECT TO dispensing_auditor USING (true);
ALTER TABLE arrangement_journey ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_unit ON arrangement_journey FOR SELECT TO dispensing_app
    USING (read_here(person_id));
CREATE POLICY own_unit_adds ON arrangement_journey FOR INSERT TO dispensing_app
    WITH CHECK (comes_here(person_id));
CREATE POLICY audits ON arrangement_journey FOR SELECT TO dispensing_auditor USING (true);
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    raise NotImplementedError("records are never dropped; restore a backup instead")
