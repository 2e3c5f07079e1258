"""Labels of doses carried home: printed, voided by a reprint, scanned back, traced when found.

All four are records. A label is live until a row of ``label_void`` names it; of a dose only one is.
"""

from alembic import op

revision = "1800_labels"
down_revision = "1740_calendar"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE label (
    code text PRIMARY KEY CHECK (code ~ '^[0-9A-HJKMNP-TV-Z]{17}$'),
    reservation_id bigint NOT NULL REFERENCES reservation,
    for_day date NOT NULL,
    part smallint NOT NULL CHECK (part > 0),
    print_no smallint NOT NULL CHECK (print_no > 0),
    person_id bigint NOT NULL REFERENCES person,
    unit_id smallint NOT NULL REFERENCES unit,
    amount_ug bigint NOT NULL CHECK (amount_ug > 0),
    printed_by integer NOT NULL REFERENCES staff,
    printed_at timestamptz NOT NULL,
    -- Two prints of one dose in the same moment: the second finds its number taken.
    CONSTRAINT label_once UNIQUE (reservation_id, for_day, part, print_no)
);
CREATE TABLE label_void (
    code text PRIMARY KEY REFERENCES label,
    reason text NOT NULL CHECK (length(reason) >= 3),
    voided_by integer NOT NULL REFERENCES staff,
    voided_at timestamptz NOT NULL
);
CREATE TABLE label_scan (
    code text PRIMARY KEY REFERENCES label,
    scanned_by integer NOT NULL REFERENCES staff,
    scanned_at timestamptz NOT NULL
);
CREATE TABLE package_trace (
    trace_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    unit_id smallint NOT NULL REFERENCES unit,
    -- Null for a code that is on no label of ours: what was typed is kept nowhere.
    code text REFERENCES label,
    person_shown boolean NOT NULL,
    reason text NOT NULL CHECK (length(reason) >= 3),
    traced_by integer NOT NULL REFERENCES staff,
    traced_at timestamptz NOT NULL
);
CREATE INDEX package_trace_by ON package_trace (traced_by, traced_at);
ALTER TABLE unit_policy ADD COLUMN label_scan text NOT NULL DEFAULT 'when_printed'
    CHECK (label_scan IN ('when_printed', 'always', 'never'));
GRANT SELECT, INSERT ON label, label_void, label_scan, package_trace TO dispensing_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO dispensing_app;
GRANT SELECT ON label, label_void, label_scan, package_trace TO dispensing_auditor;
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    raise NotImplementedError("records are never dropped; restore a backup instead")
