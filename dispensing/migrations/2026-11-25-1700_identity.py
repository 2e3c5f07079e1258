"""Identity at the counter: unit policy, PINs, staff cards, locks, attempts by name and place.

Policies are records; PINs, attempts, locks and pending sign-ins are current state.
"""

from alembic import op

revision = "1700_identity"
down_revision = "1650_downtime"
branch_labels = None
depends_on = None

POLICY = """
CREATE TABLE unit_policy (
    unit_id smallint NOT NULL REFERENCES unit,
    version integer NOT NULL CHECK (version > 0),
    from_on date NOT NULL,
    lock_seconds smallint NOT NULL CHECK (lock_seconds BETWEEN 20 AND 3600),
    hide_seconds smallint NOT NULL CHECK (hide_seconds BETWEEN 5 AND 3600),
    idle_minutes smallint NOT NULL CHECK (idle_minutes BETWEEN 1 AND 240),
    per_act_step text NOT NULL CHECK (per_act_step IN ('none', 'pin', 'card')),
    step_at text NOT NULL CHECK (step_at IN ('reserve', 'given', 'both')),
    decided_by integer REFERENCES staff,
    decided_at timestamptz NOT NULL,
    PRIMARY KEY (unit_id, version),
    CHECK (hide_seconds <= lock_seconds)
);
"""

STAFF = """
ALTER TABLE staff DROP COLUMN failed_attempts, DROP COLUMN locked_until,
    ADD COLUMN ended_at timestamptz;
CREATE TABLE staff_pin (
    staff_id integer PRIMARY KEY REFERENCES staff,
    pin_hash text NOT NULL,
    set_at timestamptz NOT NULL,
    failed_attempts smallint NOT NULL DEFAULT 0
);
CREATE TABLE staff_card (
    card_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    staff_id integer NOT NULL REFERENCES staff,
    card_hash bytea NOT NULL CHECK (octet_length(card_hash) = 32),
    issued_at timestamptz NOT NULL,
    issued_by integer REFERENCES staff,
    ended_at timestamptz
);
CREATE UNIQUE INDEX staff_card_once ON staff_card (card_hash) WHERE ended_at IS NULL;
CREATE INDEX staff_card_staff ON staff_card (staff_id);
CREATE TABLE staff_subject (
    subject_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    issuer text NOT NULL,
    subject text NOT NULL,
    staff_id integer NOT NULL REFERENCES staff,
    added_at timestamptz NOT NULL,
    added_by integer REFERENCES staff,
    ended_at timestamptz
);
CREATE UNIQUE INDEX staff_subject_once ON staff_subject (issuer, subject) WHERE ended_at IS NULL;
CREATE INDEX staff_subject_staff ON staff_subject (staff_id);
"""

# started_at is when the person last signed in fully; opened_at when this session began.
SESSIONS = """
ALTER TABLE staff_session
    ADD COLUMN opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ADD COLUMN how text NOT NULL DEFAULT 'password'
        CHECK (how IN ('password', 'oidc', 'card', 'pin')),
    ADD COLUMN place text,
    ADD COLUMN locked_at timestamptz,
    ADD COLUMN end_reason text
        CHECK (end_reason IN ('signed-out', 'replaced', 'switched', 'removed'));
CREATE UNIQUE INDEX staff_session_one_per_place ON staff_session (staff_id, place)
    WHERE ended_at IS NULL AND place IS NOT NULL;
CREATE INDEX staff_session_place ON staff_session (place) WHERE ended_at IS NULL;
-- A row without a name counts the place, one without a place counts the name everywhere.
CREATE TABLE sign_in_attempt (
    username text NOT NULL,
    place text NOT NULL,
    failed smallint NOT NULL DEFAULT 0,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    locked_until timestamptz,
    good_at timestamptz,
    PRIMARY KEY (username, place)
);
CREATE INDEX sign_in_attempt_old ON sign_in_attempt (last_at);
CREATE TABLE oidc_request (
    state_hash bytea PRIMARY KEY,
    browser_hash bytea NOT NULL,
    nonce text NOT NULL,
    verifier text NOT NULL,
    counter_id smallint REFERENCES counter,
    place text NOT NULL,
    asked_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX oidc_request_old ON oidc_request (asked_at);
"""

GRANTS = """
GRANT SELECT, INSERT ON unit_policy TO dispensing_app;
GRANT SELECT, INSERT, UPDATE ON staff_pin TO dispensing_app;
GRANT SELECT ON staff_card, staff_subject TO dispensing_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON sign_in_attempt TO dispensing_app;
GRANT SELECT, INSERT, DELETE ON oidc_request TO dispensing_app;
GRANT UPDATE (used_at) ON oidc_request TO dispensing_app;
GRANT UPDATE (locked_at, end_reason) ON staff_session TO dispensing_app;
GRANT SELECT ON unit_policy, staff_subject TO dispensing_auditor;
GRANT SELECT (card_id, staff_id, issued_at, issued_by, ended_at) ON staff_card
    TO dispensing_auditor;
GRANT SELECT (ended_at) ON staff TO dispensing_auditor;
"""


def upgrade() -> None:
    for part in (POLICY, STAFF, SESSIONS, GRANTS):
        op.execute(part)


def downgrade() -> None:
    raise NotImplementedError("records are never dropped; restore a backup instead")
