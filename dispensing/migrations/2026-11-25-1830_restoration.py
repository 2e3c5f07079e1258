"""After a restore from a backup: what was handed out since is unknown, and nothing is reserved.

`dispensing restore` writes a row for every unit. While it is open no claim is made at a counter of
the unit (SQLSTATE DS011, as for a paper list); doses told of afterwards from paper are claimed.
"""

from alembic import op

revision = "1830_restoration"
down_revision = "1820_emergency_access"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE restoration (
    restoration_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    unit_id smallint NOT NULL REFERENCES unit,
    restored_at timestamptz NOT NULL,
    uncertain_since timestamptz NOT NULL,
    chain_id smallint NOT NULL,  -- how far the unit's clinical chain reached in the backup
    chain_seq bigint NOT NULL,
    chain_hash bytea NOT NULL CHECK (octet_length(chain_hash) = 32),
    closed_at timestamptz,
    closed_by integer REFERENCES staff,
    reason text CHECK (reason <> ''),
    CHECK ((closed_at IS NULL) = (closed_by IS NULL)),
    CHECK ((closed_at IS NULL) = (reason IS NULL))
);
CREATE UNIQUE INDEX restoration_one_open ON restoration (unit_id) WHERE closed_at IS NULL;
"""

# As before, and a unit that was restored and that nobody has resolved.
BARRIER = """
CREATE OR REPLACE FUNCTION claim_not_on_paper() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM added a
        JOIN reservation r USING (reservation_id) JOIN unit u ON u.unit_id = a.unit_id
        WHERE r.source = 'counter' AND (
            EXISTS (SELECT FROM paper_hold h WHERE h.person_id = a.person_id AND (h.until_on IS NULL
                OR (a.claimed_at AT TIME ZONE u.zone)::date < h.until_on))
            OR EXISTS (SELECT FROM restoration s WHERE s.unit_id = a.unit_id
                AND s.closed_at IS NULL)
            OR EXISTS (SELECT FROM downtime d WHERE d.unit_id = a.unit_id AND d.over_at IS NULL)))
    THEN
        RAISE EXCEPTION 'a paper list holds this dose'
            USING ERRCODE = 'DS011', CONSTRAINT = 'claim_not_on_paper';
    END IF;
    RETURN NULL;
END $$;
"""

GRANTS = """
GRANT SELECT ON restoration TO dispensing_app, dispensing_auditor;
GRANT UPDATE (closed_at, closed_by, reason) ON restoration TO dispensing_app;
"""


def upgrade() -> None:
    for part in (TABLE, BARRIER, GRANTS):
        op.execute(part)


def downgrade() -> None:
    raise NotImplementedError("records are never dropped; restore a backup instead")
