"""Orders signed in the service: reasons against the rules, pauses, stops, and specialists."""

from alembic import op

revision = "2140_orders"
down_revision = "2100_treatment"
branch_labels = None
depends_on = None

TABLES = """
ALTER TABLE staff ADD COLUMN specialist boolean NOT NULL DEFAULT false,
    ADD COLUMN approved_for text[] NOT NULL DEFAULT '{}'
        CHECK (approved_for <@ ARRAY['methadone_injection', 'diacetylmorphine']);
CREATE TABLE prescription_reason (
    person_id bigint NOT NULL REFERENCES person,
    version integer NOT NULL,
    rule_id text NOT NULL,
    reason text NOT NULL CHECK (reason <> ''),
    PRIMARY KEY (person_id, version, rule_id),
    FOREIGN KEY (person_id, version) REFERENCES prescription (person_id, version)
);
-- A stop is a version of its own among the person's: the newest that has begun counts.
CREATE TABLE prescription_stop (
    person_id bigint NOT NULL REFERENCES person,
    version integer NOT NULL CHECK (version > 0),
    from_on date NOT NULL,
    kind text NOT NULL CHECK (kind IN ('pause', 'stop')),
    reason text NOT NULL CHECK (reason <> ''),
    signed_by integer NOT NULL REFERENCES staff,
    signed_at timestamptz NOT NULL,
    PRIMARY KEY (person_id, version)
);
GRANT SELECT, INSERT ON prescription_reason, prescription_stop TO dispensing_app;
GRANT INSERT ON prescription TO dispensing_app;
GRANT SELECT ON prescription_reason, prescription_stop TO dispensing_auditor;
GRANT SELECT (specialist, approved_for) ON staff TO dispensing_auditor;
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    raise NotImplementedError("records are never dropped; restore a backup instead")
