"""The ledger: a chain of hashes per institution, written only through functions.

The first migration: nothing in it refers to a table of the service, so that the ledger can be
verified, exported and understood without it. Three roles exist before (made by whoever made the
cluster): dispensing_owner, dispensing_app, dispensing_auditor.

SQLSTATEs raised here: DS001 the clock went back, DS002 no such chain, DS003 records never change.
"""

from alembic import op

revision = "0900_ledger"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE ledger_head (
    chain_id    smallint PRIMARY KEY,
    institution text NOT NULL CHECK (institution <> ''),
    purpose     text NOT NULL CHECK (purpose IN ('clinical', 'views')),
    seq         bigint NOT NULL DEFAULT 0 CHECK (seq >= 0),
    hash        bytea NOT NULL CHECK (octet_length(hash) = 32),
    last_at     timestamptz,  -- null until the first entry
    UNIQUE (institution, purpose)
) WITH (fillfactor = 50);  -- one hot row per chain: leave room for HOT updates

CREATE TABLE ledger_entry (
    chain_id    smallint NOT NULL,
    seq         bigint NOT NULL CHECK (seq > 0),
    recorded_at timestamptz NOT NULL,
    kind        text NOT NULL,
    body        bytea NOT NULL,
    hash        bytea NOT NULL CHECK (octet_length(hash) = 32),
    PRIMARY KEY (chain_id, seq)
);

-- What an entry says, erasable; the entry itself holds only the keyed commitment to it.
CREATE TABLE ledger_payload (
    chain_id      smallint NOT NULL,
    seq           bigint NOT NULL,
    kind          text NOT NULL,
    person_id     bigint,
    person_seq    bigint CHECK (person_seq > 0),
    on_day        date,
    amount_ug     bigint,
    unit_id       smallint,
    actor_id      integer,
    payload       bytea,
    key           bytea CHECK (octet_length(key) = 32),
    erased_at     timestamptz,
    erased_by_seq bigint,
    PRIMARY KEY (chain_id, seq),
    CHECK ((payload IS NULL) = (key IS NULL)),
    CHECK ((payload IS NULL) = (erased_at IS NOT NULL)),
    CHECK ((payload IS NULL) = (erased_by_seq IS NOT NULL)),
    CHECK (person_seq IS NULL OR person_id IS NOT NULL)
);

-- A person's own order across institutions. Views carry the person without an order (null, and
-- nulls are distinct), so that reading never waits for a hand-out.
CREATE UNIQUE INDEX ledger_payload_person_order ON ledger_payload (person_id, person_seq)
    WHERE person_id IS NOT NULL;
"""

LINK = """
-- The same bytes as audit.ledger.chain.link; recorded_us counts from 1970.
CREATE FUNCTION ledger_link(p_prev bytea, p_seq bigint, p_at timestamptz, p_body bytea)
RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT sha256('\\x00'::bytea || p_prev || int8send(p_seq)
                  || int8send((extract(epoch FROM p_at) * 1000000)::bigint) || p_body)
$$;

CREATE FUNCTION ledger_open_chain(p_chain smallint, p_institution text, p_purpose text)
RETURNS smallint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_chain smallint := p_chain;
BEGIN
    IF v_chain IS NULL THEN
        LOCK TABLE ledger_head IN SHARE ROW EXCLUSIVE MODE;
        SELECT coalesce(max(h.chain_id), 0) + 1 INTO v_chain FROM ledger_head h;
    END IF;
    INSERT INTO ledger_head (chain_id, institution, purpose, hash)
    VALUES (v_chain, p_institution, p_purpose,
            sha256('\\x02'::bytea || convert_to(p_purpose, 'UTF8') || '\\x00'::bytea
                   || convert_to(p_institution, 'UTF8')));
    RETURN v_chain;
END
$$;
"""

APPEND = """
CREATE FUNCTION ledger_append(
    p_chain smallint, p_kind text, p_body bytea, p_payload bytea, p_key bytea,
    p_person bigint, p_person_seq bigint, p_on date, p_amount_ug bigint, p_unit smallint,
    p_actor integer,
    OUT seq bigint, OUT hash bytea, OUT recorded_at timestamptz
) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_seq  bigint;
    v_prev bytea;
    v_hash bytea;
    v_last timestamptz;
    v_at   timestamptz;
BEGIN
    -- The row lock is the order of the chain: the clock is read after it is held.
    SELECT h.seq + 1, h.hash, h.last_at INTO v_seq, v_prev, v_last
      FROM ledger_head h WHERE h.chain_id = p_chain FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'ledger chain % does not exist', p_chain USING ERRCODE = 'DS002';
    END IF;
    v_at := clock_timestamp();
    IF v_at < v_last - interval '1 second' THEN
        RAISE EXCEPTION 'the clock went back: % is before the last entry of chain % at %',
            v_at, p_chain, v_last USING ERRCODE = 'DS001';
    END IF;
    v_at := greatest(v_at, v_last);
    v_hash := ledger_link(v_prev, v_seq, v_at, p_body);
    UPDATE ledger_head SET seq = v_seq, hash = v_hash, last_at = v_at WHERE chain_id = p_chain;
    INSERT INTO ledger_entry (chain_id, seq, recorded_at, kind, body, hash)
    VALUES (p_chain, v_seq, v_at, p_kind, p_body, v_hash);
    INSERT INTO ledger_payload (chain_id, seq, kind, person_id, person_seq, on_day, amount_ug,
                                unit_id, actor_id, payload, key)
    VALUES (p_chain, v_seq, p_kind, p_person, p_person_seq, p_on, p_amount_ug,
            p_unit, p_actor, p_payload, p_key);
    seq := v_seq;
    hash := v_hash;
    recorded_at := v_at;
END
$$;
"""

APPEND_MANY = """
-- Several entries of one transaction in one call: one lock, one moment, in the arrays' order.
CREATE FUNCTION ledger_append_many(
    p_chain smallint, p_kinds text[], p_bodies bytea[], p_payloads bytea[], p_keys bytea[],
    p_persons bigint[], p_person_seqs bigint[], p_ons date[], p_amounts_ug bigint[],
    p_units smallint[], p_actors integer[]
) RETURNS TABLE (seq bigint, hash bytea, recorded_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_seq  bigint;
    v_hash bytea;
    v_last timestamptz;
    v_at   timestamptz;
BEGIN
    SELECT h.seq, h.hash, h.last_at INTO v_seq, v_hash, v_last
      FROM ledger_head h WHERE h.chain_id = p_chain FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'ledger chain % does not exist', p_chain USING ERRCODE = 'DS002';
    END IF;
    v_at := clock_timestamp();
    IF v_at < v_last - interval '1 second' THEN
        RAISE EXCEPTION 'the clock went back: % is before the last entry of chain % at %',
            v_at, p_chain, v_last USING ERRCODE = 'DS001';
    END IF;
    v_at := greatest(v_at, v_last);
    FOR i IN 1 .. coalesce(cardinality(p_bodies), 0) LOOP
        v_seq := v_seq + 1;
        v_hash := ledger_link(v_hash, v_seq, v_at, p_bodies[i]);
        INSERT INTO ledger_entry (chain_id, seq, recorded_at, kind, body, hash)
        VALUES (p_chain, v_seq, v_at, p_kinds[i], p_bodies[i], v_hash);
        INSERT INTO ledger_payload (chain_id, seq, kind, person_id, person_seq, on_day,
                                    amount_ug, unit_id, actor_id, payload, key)
        VALUES (p_chain, v_seq, p_kinds[i], p_persons[i], p_person_seqs[i], p_ons[i],
                p_amounts_ug[i], p_units[i], p_actors[i], p_payloads[i], p_keys[i]);
        seq := v_seq;
        hash := v_hash;
        recorded_at := v_at;
        RETURN NEXT;
    END LOOP;
    IF cardinality(p_bodies) > 0 THEN
        UPDATE ledger_head SET seq = v_seq, hash = v_hash, last_at = v_at
         WHERE chain_id = p_chain;
    END IF;
END
$$;
"""

ERASE = """
-- Erases payload, key and the columns beside them; the person's number and order stay, so that
-- gaps stay visible. The erasure is itself an entry, appended before in the same chain, whose
-- payload names what is erased: verifying refuses an erasure without it.
CREATE FUNCTION ledger_erase(p_chain smallint, p_seqs bigint[], p_by_seq bigint)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_erased bigint;
BEGIN
    IF p_by_seq = ANY (p_seqs) OR NOT EXISTS (
        SELECT FROM ledger_payload p
         WHERE p.chain_id = p_chain AND p.seq = p_by_seq AND p.kind = 'payload-erased'
           AND p.payload IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'chain % has no erasure entry %', p_chain, p_by_seq
            USING ERRCODE = 'DS003';
    END IF;
    UPDATE ledger_payload p
       SET payload = NULL, key = NULL, on_day = NULL, amount_ug = NULL, unit_id = NULL,
           actor_id = NULL, erased_at = clock_timestamp(), erased_by_seq = p_by_seq
     WHERE p.chain_id = p_chain AND p.seq = ANY (p_seqs) AND p.payload IS NOT NULL
       AND p.kind <> 'payload-erased';
    GET DIAGNOSTICS v_erased = ROW_COUNT;
    RETURN v_erased;
END
$$;
"""

TRIGGERS = """
CREATE FUNCTION ledger_never_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % refused: records never change', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'DS003';
END
$$;

CREATE FUNCTION ledger_only_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.payload IS NOT NULL AND NEW.payload IS NULL AND NEW.key IS NULL
       AND NEW.on_day IS NULL AND NEW.amount_ug IS NULL AND NEW.unit_id IS NULL
       AND NEW.actor_id IS NULL AND NEW.erased_at IS NOT NULL AND NEW.erased_by_seq IS NOT NULL
       AND (OLD.chain_id, OLD.seq, OLD.kind, OLD.person_id, OLD.person_seq)
           IS NOT DISTINCT FROM (NEW.chain_id, NEW.seq, NEW.kind, NEW.person_id, NEW.person_seq)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'UPDATE on ledger_payload refused: only erasing is allowed'
        USING ERRCODE = 'DS003';
END
$$;

-- Statement triggers cost the hot path nothing and speak even where no row matches. ALWAYS: they
-- also speak under session_replication_role = replica.
CREATE TRIGGER never_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_never_changes();
CREATE TRIGGER never_changes BEFORE DELETE OR TRUNCATE ON ledger_payload
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_never_changes();
CREATE TRIGGER never_changes BEFORE DELETE OR TRUNCATE ON ledger_head
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_never_changes();
CREATE TRIGGER only_erased BEFORE UPDATE ON ledger_payload
    FOR EACH ROW EXECUTE FUNCTION ledger_only_erased();
ALTER TABLE ledger_entry ENABLE ALWAYS TRIGGER never_changes;
ALTER TABLE ledger_payload ENABLE ALWAYS TRIGGER never_changes;
ALTER TABLE ledger_head ENABLE ALWAYS TRIGGER never_changes;
ALTER TABLE ledger_payload ENABLE ALWAYS TRIGGER only_erased;
"""

SIGNATURES = {
    "ledger_open_chain": "smallint, text, text",
    "ledger_append": (
        "smallint, text, bytea, bytea, bytea, bigint, bigint, date, bigint, smallint, integer"
    ),
    "ledger_append_many": (
        "smallint, text[], bytea[], bytea[], bytea[], bigint[], bigint[], date[], bigint[],"
        " smallint[], integer[]"
    ),
    "ledger_erase": "smallint, bigint[], bigint",
    "ledger_link": "bytea, bigint, timestamptz, bytea",
    "ledger_never_changes": "",
    "ledger_only_erased": "",
}

#: Erasing is not for the application: a break-in through it must not be able to destroy records.
FOR_THE_APPLICATION = ("ledger_open_chain", "ledger_append", "ledger_append_many", "ledger_link")


def upgrade() -> None:
    for statements in (TABLES, LINK, APPEND, APPEND_MANY, ERASE, TRIGGERS):
        op.execute(statements)
    for table in ("ledger_head", "ledger_entry", "ledger_payload"):
        op.execute(f"ALTER TABLE {table} OWNER TO dispensing_owner")
        op.execute(f"REVOKE ALL ON {table} FROM PUBLIC, dispensing_app, dispensing_auditor")
        op.execute(f"GRANT SELECT ON {table} TO dispensing_app, dispensing_auditor")
    for name, arguments in SIGNATURES.items():
        op.execute(f"ALTER FUNCTION {name}({arguments}) OWNER TO dispensing_owner")
        op.execute(f"REVOKE ALL ON FUNCTION {name}({arguments}) FROM PUBLIC, dispensing_app")
    for name in FOR_THE_APPLICATION:
        op.execute(f"GRANT EXECUTE ON FUNCTION {name}({SIGNATURES[name]}) TO dispensing_app")


def downgrade() -> None:
    raise NotImplementedError("a ledger is not taken back: restore a backup instead")
