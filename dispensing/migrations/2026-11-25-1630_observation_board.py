"""Looks during an observation, and what a doctor is told without having been asked.

A look (sedation check) is a record. A notice stands open until a doctor has read it; that state is
two columns, and reading is an entry too.
"""

from alembic import op

revision = "1630_observation_board"
down_revision = "1620_identifiers"
branch_labels = None
depends_on = None

TABLES = """
-- How long after the swallow, and after each look, the next look is due; the book of that day.
ALTER TABLE observation ADD COLUMN check_every_minutes smallint CHECK (check_every_minutes > 0);
CREATE TABLE sedation_check (
    check_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reservation_id bigint NOT NULL REFERENCES observation (reservation_id),
    person_id bigint NOT NULL REFERENCES person,
    unit_id smallint NOT NULL REFERENCES unit,
    poss smallint NOT NULL,
    breaths_per_minute smallint,
    verdict jsonb NOT NULL,
    held boolean NOT NULL,
    note text,
    checked_by integer NOT NULL REFERENCES staff,
    checked_at timestamptz NOT NULL
);
CREATE INDEX sedation_check_reservation ON sedation_check (reservation_id, checked_at);
CREATE TABLE doctor_notice (
    notice_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id bigint NOT NULL REFERENCES person,
    unit_id smallint NOT NULL REFERENCES unit,
    kind text NOT NULL CHECK (kind <> ''),
    facts jsonb NOT NULL,
    told_by integer NOT NULL REFERENCES staff,
    told_at timestamptz NOT NULL,
    read_by integer REFERENCES staff,
    read_at timestamptz,
    answer text,
    CHECK ((read_by IS NULL) = (read_at IS NULL))
);
CREATE INDEX doctor_notice_open ON doctor_notice (unit_id) WHERE read_at IS NULL;
GRANT SELECT, INSERT ON sedation_check, doctor_notice TO dispensing_app;
GRANT UPDATE (read_by, read_at, answer) ON doctor_notice TO dispensing_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO dispensing_app;
GRANT SELECT ON sedation_check, doctor_notice TO dispensing_auditor;
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    raise NotImplementedError("records are never dropped; restore a backup instead")
