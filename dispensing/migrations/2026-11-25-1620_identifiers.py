"""Numbers of people (CPR, replacement CPR), encrypted, and found by keyed hashes.

The number itself is never in the database in the clear, nor a hash of it that could be tried
without a key that lies outside (docs/decisions/0010). ``identifier_hash`` holds one row for each
pepper in force, so that a number is taken once across all people also while a pepper is renewed.
"""

from alembic import op

revision = "1620_identifiers"
down_revision = "1610_stock"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE identifier_key (
    purpose text NOT NULL CHECK (purpose IN ('pepper', 'cipher')),
    version smallint NOT NULL CHECK (version > 0),
    -- HMAC of a fixed text under the key: tells a wrong file from the right one, nothing else.
    check_value bytea NOT NULL,
    begun_at timestamptz NOT NULL,
    retired_at timestamptz,
    PRIMARY KEY (purpose, version)
);
CREATE SEQUENCE identifier_id_seq;
CREATE TABLE person_identifier (
    identifier_id bigint PRIMARY KEY,
    person_id bigint NOT NULL REFERENCES person,
    kind text NOT NULL CHECK (kind IN ('cpr', 'replacement_cpr')),
    ciphertext bytea,
    key_version smallint NOT NULL,
    valid_from date NOT NULL,
    valid_to date CHECK (valid_to >= valid_from),
    recorded_by integer REFERENCES staff,
    recorded_at timestamptz NOT NULL,
    withdrawn_by integer REFERENCES staff,
    withdrawn_at timestamptz,
    -- Somebody else's number is not kept, only that there was one.
    CONSTRAINT identifier_kept CHECK ((ciphertext IS NULL) = (withdrawn_at IS NOT NULL))
);
CREATE INDEX person_identifier_person ON person_identifier (person_id);
CREATE UNIQUE INDEX person_identifier_one_cpr ON person_identifier (person_id)
    WHERE kind = 'cpr' AND withdrawn_at IS NULL AND valid_to IS NULL;
CREATE TABLE identifier_hash (
    pepper_version smallint NOT NULL,
    lookup_hash bytea NOT NULL CHECK (octet_length(lookup_hash) = 32),
    identifier_id bigint NOT NULL REFERENCES person_identifier,
    CONSTRAINT number_of_one_person PRIMARY KEY (pepper_version, lookup_hash),
    UNIQUE (identifier_id, pepper_version)
);
"""

GRANTS = """
GRANT SELECT ON identifier_key, person_identifier, identifier_hash TO dispensing_app;
GRANT INSERT ON person_identifier, identifier_hash TO dispensing_app;
GRANT UPDATE (valid_to, ciphertext, withdrawn_by, withdrawn_at) ON person_identifier
    TO dispensing_app;
GRANT DELETE ON identifier_hash TO dispensing_app;
GRANT USAGE ON SEQUENCE identifier_id_seq TO dispensing_app;
GRANT SELECT ON identifier_key TO dispensing_auditor;
GRANT SELECT (identifier_id, person_id, kind, key_version, valid_from, valid_to, recorded_by,
    recorded_at, withdrawn_by, withdrawn_at) ON person_identifier TO dispensing_auditor;
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(GRANTS)


def downgrade() -> None:
    raise NotImplementedError("records are never dropped; restore a backup instead")
