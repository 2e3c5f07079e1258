"""Signed checkpoints of the ledger, the signer's role, and refusing after entries were lost.

The signer (a process with a key of its own) reads leaves and heads and nothing else of what
happened; it adds checkpoints through a function. Where the ledger does not reach as far as it has
signed, or a receipt of a counter knows more, every unit is put in the state a restore leaves.

A fourth role must exist: dispensing_signer (`prepare-database` makes it).
"""

from alembic import op

revision = "2230_checkpoints"
down_revision = "2220_corrections"
branch_labels = None
depends_on = None

ROLE = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'dispensing_signer') THEN
        RAISE EXCEPTION 'the role dispensing_signer is missing'
            USING HINT = 'run `dispensing prepare-database` once more, then migrate';
    END IF;
END $$;
GRANT USAGE ON SCHEMA public TO dispensing_signer;
"""

TABLES = """
CREATE TABLE ledger_checkpoint (
    chain_id smallint NOT NULL REFERENCES ledger_head,
    origin   text NOT NULL CHECK (origin <> ''),
    size     bigint NOT NULL CHECK (size > 0),
    root     bytea NOT NULL CHECK (octet_length(root) = 32),
    note     text NOT NULL CHECK (note <> ''),
    made_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (origin, size)
);
CREATE INDEX ledger_checkpoint_newest ON ledger_checkpoint (chain_id, made_at);

-- What another institution or the auditor has signed after looking at the consistency.
CREATE TABLE ledger_cosignature (
    origin   text NOT NULL,
    size     bigint NOT NULL,
    line     text NOT NULL CHECK (line <> ''),
    added_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    cosignature_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    FOREIGN KEY (origin, size) REFERENCES ledger_checkpoint
);

-- A log that lost entries goes on under another origin, signed by the same key.
CREATE TABLE ledger_succession (
    chain_id smallint NOT NULL REFERENCES ledger_head,
    origin   text NOT NULL PRIMARY KEY,
    note     text NOT NULL CHECK (note <> ''),
    made_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
"""

TRIGGERS = "".join(
    f"""
CREATE TRIGGER never_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_never_changes();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER never_changes;
"""
    for table in ("ledger_checkpoint", "ledger_cosignature", "ledger_succession")
)

ADD = """
-- What the signer's folder has already is added again without a word: it may have been broken off.
CREATE FUNCTION ledger_add_checkpoint(
    p_chain smallint, p_origin text, p_size bigint, p_root bytea, p_note text
) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    INSERT INTO ledger_checkpoint (chain_id, origin, size, root, note)
    VALUES (p_chain, p_origin, p_size, p_root, p_note) ON CONFLICT (origin, size) DO NOTHING
$$;

CREATE FUNCTION ledger_add_cosignature(p_origin text, p_size bigint, p_line text)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    INSERT INTO ledger_cosignature (origin, size, line) SELECT p_origin, p_size, p_line
     WHERE NOT EXISTS (SELECT FROM ledger_cosignature s
        WHERE s.origin = p_origin AND s.size = p_size AND s.line = p_line)
$$;

CREATE FUNCTION ledger_add_succession(p_chain smallint, p_origin text, p_note text)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    INSERT INTO ledger_succession (chain_id, origin, note) VALUES (p_chain, p_origin, p_note)
    ON CONFLICT (origin) DO NOTHING
$$;
"""

# ``found``: by the restoring command, or by somebody who knew of more entries than there are.
# ``told``: whether the ledger has an entry of it; the service writes the ones that are not.
STATE = """
ALTER TABLE restoration
    ADD COLUMN found text NOT NULL DEFAULT 'restored'
        CHECK (found IN ('restored', 'entries-missing', 'ledger-differs')),
    ADD COLUMN told boolean NOT NULL DEFAULT true;
GRANT UPDATE (told) ON restoration TO dispensing_app;

-- Fail closed, for whoever sees it first: it only ever stops hand-outs, never lets one through.
CREATE FUNCTION restoration_begins(p_found text, p_since timestamptz)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_since timestamptz;
    v_units integer;
BEGIN
    IF p_found NOT IN ('entries-missing', 'ledger-differs') THEN
        RAISE EXCEPTION 'not something that is found: %', p_found USING ERRCODE = '22023';
    END IF;
    -- An entry gets its moment before its commit: a little older than the last one may be missing.
    SELECT least(coalesce(max(last_at), clock_timestamp()) - interval '1 minute', p_since)
      INTO v_since FROM ledger_head;
    WITH marked AS (
        INSERT INTO restoration (unit_id, restored_at, uncertain_since, chain_id, chain_seq,
                                 chain_hash, found, told)
        SELECT u.unit_id, clock_timestamp(), v_since, h.chain_id, h.seq, h.hash, p_found, false
          FROM unit u JOIN ledger_head h ON h.chain_id = u.clinical_chain ORDER BY u.unit_id
        ON CONFLICT (unit_id) WHERE closed_at IS NULL DO NOTHING
        RETURNING unit_id
    )
    SELECT count(*) INTO v_units FROM marked;
    INSERT INTO downtime (unit_id, found_by, started_at, told_at, reason)
    SELECT s.unit_id, 'service', s.uncertain_since, s.restored_at, s.found
      FROM restoration s WHERE s.closed_at IS NULL AND NOT s.told
    ON CONFLICT (unit_id) WHERE left_at IS NULL DO NOTHING;
    RETURN v_units;
END
$$;

-- What the signer may know of it: whether any unit waits, and when the last one was resolved.
CREATE FUNCTION restoration_state(OUT open bigint, OUT last_closed_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT count(*) FILTER (WHERE closed_at IS NULL), max(closed_at) FROM restoration
$$;
"""

FUNCTIONS = {
    "ledger_add_checkpoint": ("smallint, text, bigint, bytea, text", "dispensing_signer"),
    "ledger_add_cosignature": ("text, bigint, text", "dispensing_signer"),
    "ledger_add_succession": ("smallint, text, text", "dispensing_signer"),
    "restoration_begins": ("text, timestamptz", "dispensing_signer, dispensing_app"),
    "restoration_state": ("", "dispensing_signer, dispensing_app"),
}

# Of an entry its hash and place: neither kind nor moment, person, payload or key.
GRANTS = """
GRANT SELECT (chain_id, seq, hash) ON ledger_entry TO dispensing_signer;
GRANT SELECT ON ledger_head TO dispensing_signer;
"""


def upgrade() -> None:
    for statements in (ROLE, TABLES, TRIGGERS, ADD, STATE, GRANTS):
        op.execute(statements)
    for table in ("ledger_checkpoint", "ledger_cosignature", "ledger_succession"):
        op.execute(f"ALTER TABLE {table} OWNER TO dispensing_owner")
        op.execute(f"REVOKE ALL ON {table} FROM PUBLIC")
        op.execute(
            f"GRANT SELECT ON {table} TO dispensing_app, dispensing_auditor, dispensing_signer"
        )
    for name, (arguments, roles) in FUNCTIONS.items():
        op.execute(f"ALTER FUNCTION {name}({arguments}) OWNER TO dispensing_owner")
        op.execute(f"REVOKE ALL ON FUNCTION {name}({arguments}) FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {name}({arguments}) TO {roles}")


def downgrade() -> None:
    raise NotImplementedError("records are never dropped; restore a backup instead")
