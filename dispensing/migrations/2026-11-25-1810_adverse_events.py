"""Adverse events (utilsigtede hændelser): drafted from what is recorded, written, exported."""

from alembic import op

revision = "1810_adverse_events"
down_revision = "1800_labels"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE adverse_event (
    event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    unit_id smallint NOT NULL REFERENCES unit,
    person_id bigint NOT NULL REFERENCES person,
    day date NOT NULL,
    kind text NOT NULL CHECK (kind <> ''),
    facts jsonb NOT NULL,
    drafted_by integer NOT NULL REFERENCES staff,
    drafted_at timestamptz NOT NULL
);
CREATE INDEX adverse_event_unit ON adverse_event (unit_id, event_id);
CREATE TABLE adverse_event_text (
    event_id bigint NOT NULL REFERENCES adverse_event,
    version smallint NOT NULL CHECK (version > 0),
    what text NOT NULL CHECK (what <> ''),
    consequence text NOT NULL,
    cause text NOT NULL,
    prevention text NOT NULL,
    written_by integer NOT NULL REFERENCES staff,
    written_at timestamptz NOT NULL,
    PRIMARY KEY (event_id, version)
);
CREATE TABLE adverse_event_export (
    event_id bigint NOT NULL,
    version smallint NOT NULL,
    sha256 text NOT NULL CHECK (length(sha256) = 64),
    exported_by integer NOT NULL REFERENCES staff,
    exported_at timestamptz NOT NULL,
    PRIMARY KEY (event_id, version),
    FOREIGN KEY (event_id, version) REFERENCES adverse_event_text
);
GRANT SELECT, INSERT ON adverse_event, adverse_event_text, adverse_event_export TO dispensing_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO dispensing_app;
GRANT SELECT ON adverse_event, adverse_event_text, adverse_event_export TO dispensing_auditor;
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    raise NotImplementedError("records are never dropped; restore a backup instead")
