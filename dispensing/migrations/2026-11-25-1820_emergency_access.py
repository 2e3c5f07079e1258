"""Emergency access: one person of another unit, for an hour, with a reason, reviewed afterwards.

And the indexes that answer "who has looked at me" from the chains of views.
"""

from alembic import op

revision = "1820_emergency_access"
down_revision = "1810_adverse_events"
branch_labels = None
depends_on = None

TABLES = """
-- Every try counts, also one that found nobody: codes and numbers are not to be guessed at.
CREATE TABLE emergency_try (
    key text PRIMARY KEY,
    staff_id integer NOT NULL REFERENCES staff,
    tried_at timestamptz NOT NULL
);
CREATE INDEX emergency_try_staff ON emergency_try (staff_id, tried_at);
CREATE TABLE emergency_access (
    access_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id bigint NOT NULL REFERENCES person,
    -- Where the person belongs: its doctors are told, and it reviews.
    person_unit_id smallint NOT NULL REFERENCES unit,
    staff_id integer NOT NULL REFERENCES staff,
    unit_id smallint NOT NULL REFERENCES unit,
    reason text NOT NULL CHECK (reason <> ''),
    opened_at timestamptz NOT NULL,
    until_at timestamptz NOT NULL CHECK (until_at > opened_at),
    review_due_at timestamptz NOT NULL,
    reviewed_by integer REFERENCES staff CHECK (reviewed_by <> staff_id),
    reviewed_at timestamptz,
    outcome text CHECK (outcome IN ('justified', 'unjustified')),
    review_note text,
    CHECK (unit_id <> person_unit_id),
    CHECK ((reviewed_at IS NULL) = (reviewed_by IS NULL)
        AND (reviewed_at IS NULL) = (outcome IS NULL)
        AND (reviewed_at IS NULL) = (review_note IS NULL))
);
CREATE INDEX emergency_access_open ON emergency_access (staff_id, person_id, until_at);
CREATE INDEX emergency_access_person ON emergency_access (person_id);
CREATE INDEX emergency_access_review ON emergency_access (person_unit_id, opened_at);
CREATE INDEX ledger_payload_views_of ON ledger_payload (person_id)
    WHERE person_id IS NOT NULL AND person_seq IS NULL;
CREATE INDEX ledger_payload_lists_seen ON ledger_payload (kind, chain_id)
    WHERE kind IN ('list-viewed', 'people-searched', 'number-searched', 'emergency-list-viewed');
GRANT SELECT, INSERT ON emergency_try, emergency_access TO dispensing_app;
GRANT UPDATE (reviewed_by, reviewed_at, outcome, review_note) ON emergency_access
    TO dispensing_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO dispensing_app;
GRANT SELECT ON emergency_access TO dispensing_auditor;
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    raise NotImplementedError("records are never dropped; restore a backup instead")
