"""Who may fetch take-home doses for a person, by a doctor's dated decision, and who did."""

from alembic import op

revision = "1730_collectors"
down_revision = "1720_home_doses"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE collector (
    collector_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id bigint NOT NULL REFERENCES person,
    name text NOT NULL CHECK (name <> ''),
    relation text NOT NULL CHECK (relation <> ''),
    from_on date NOT NULL,
    until_on date NOT NULL CHECK (until_on >= from_on),
    reason text NOT NULL CHECK (reason <> ''),
    decided_by integer NOT NULL REFERENCES staff,
    decided_at timestamptz NOT NULL
);
CREATE INDEX collector_person ON collector (person_id);
CREATE TABLE collector_withdrawn (
    collector_id bigint PRIMARY KEY REFERENCES collector,
    reason text NOT NULL CHECK (reason <> ''),
    withdrawn_by integer NOT NULL REFERENCES staff,
    withdrawn_at timestamptz NOT NULL
);
CREATE TABLE collection (
    reservation_id bigint PRIMARY KEY REFERENCES reservation,
    collector_id bigint NOT NULL REFERENCES collector,
    identity_shown text NOT NULL CHECK (identity_shown <> ''),
    recorded_by integer NOT NULL REFERENCES staff,
    recorded_at timestamptz NOT NULL
);
GRANT SELECT, INSERT ON collector, collector_withdrawn, collection TO dispensing_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO dispensing_app;
GRANT SELECT ON collector, collector_withdrawn, collection TO dispensing_auditor;
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    raise NotImplementedError("records are never dropped; restore a backup instead")
