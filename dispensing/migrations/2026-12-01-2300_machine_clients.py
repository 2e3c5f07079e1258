"""Machine clients: pharmacies and other systems that call the service in their own name.

A client acts through a row of ``staff`` of its own, which no password, PIN or card opens; its
access token is a session that lives for minutes and carries what it may. What a client may is
decided in versions, each signed by an administrator in their own session (decision 0024); the
newest holds. The application may register no client that is a doctor or an administrator.
"""

from alembic import op

revision = "2300_machine_clients"
down_revision = "2250_moves_reviewed"
branch_labels = None
depends_on = None

STAFF = """
ALTER TABLE staff ADD COLUMN machine boolean NOT NULL DEFAULT false;
-- Apart from the numbers of people, which are given out one after the other.
CREATE SEQUENCE machine_staff_id_seq AS integer START WITH 1000001;
GRANT SELECT (machine) ON staff TO dispensing_auditor;
"""
CLIENTS = """
CREATE TABLE machine_client (
    client_id text PRIMARY KEY CHECK (client_id ~ '^[a-z0-9][a-z0-9-]{2,63}$'),
    -- Whose administrators answer for it, and the unit it acts at.
    unit_id smallint NOT NULL REFERENCES unit,
    acts_at smallint NOT NULL REFERENCES unit,
    staff_id integer NOT NULL UNIQUE REFERENCES staff,
    name text NOT NULL CHECK (length(btrim(name)) BETWEEN 3 AND 100),
    kind text NOT NULL CHECK (kind IN ('pharmacy', 'system')),
    -- Never a doctor: what a doctor decides, a person signs.
    role text NOT NULL CHECK (role IN ('pharmacist', 'nurse', 'auditor')),
    -- Whose open bottles it hands out from, where it hands out from any.
    counter_id smallint REFERENCES counter,
    registered_by integer NOT NULL REFERENCES staff,
    registered_at timestamptz NOT NULL,
    UNIQUE (client_id, unit_id),
    CHECK ((kind = 'pharmacy') = (role = 'pharmacist'))
);
CREATE INDEX machine_client_unit ON machine_client (unit_id);
CREATE TABLE machine_client_terms (
    client_id text NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    unit_id smallint NOT NULL,
    -- Public keys as they were uploaded, or where the client publishes them.
    jwks jsonb,
    jwks_url text CHECK (jwks_url ~ '^https://'),
    scopes text[] NOT NULL CHECK (cardinality(scopes) > 0),
    people text NOT NULL CHECK (people IN ('unit', 'named')),
    -- SHA-256 of the certificate of mutual TLS, as x5t#S256 writes it.
    thumbprint text CHECK (thumbprint ~ '^[A-Za-z0-9_-]{43}$'),
    disabled_why text CHECK (length(btrim(disabled_why)) >= 3),
    decided_by integer NOT NULL REFERENCES staff,
    decided_at timestamptz NOT NULL,
    PRIMARY KEY (client_id, version),
    FOREIGN KEY (client_id, unit_id) REFERENCES machine_client (client_id, unit_id),
    CHECK ((jwks IS NULL) <> (jwks_url IS NULL))
);
-- Whom the client may see by that version, where it is a named list.
CREATE TABLE machine_client_person (
    client_id text NOT NULL,
    version integer NOT NULL,
    person_id bigint NOT NULL REFERENCES person,
    unit_id smallint NOT NULL REFERENCES unit,
    acts_at smallint NOT NULL REFERENCES unit,
    decided_by integer NOT NULL REFERENCES staff,
    decided_at timestamptz NOT NULL,
    PRIMARY KEY (client_id, version, person_id),
    FOREIGN KEY (client_id, version) REFERENCES machine_client_terms
);
-- An assertion opens one token; its id is kept until it would have expired anyway.
CREATE TABLE machine_client_jti (
    client_id text NOT NULL REFERENCES machine_client,
    jti_hash bytea NOT NULL CHECK (octet_length(jti_hash) = 32),
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (client_id, jti_hash)
);
CREATE INDEX machine_client_jti_old ON machine_client_jti (expires_at);
-- Every call: the route's template, never an address or a body.
CREATE TABLE machine_call (
    call_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    client_id text NOT NULL,
    unit_id smallint NOT NULL,
    at timestamptz NOT NULL,
    method text NOT NULL CHECK (method ~ '^[A-Z]{1,10}$'),
    route text NOT NULL CHECK (length(route) <= 200),
    status smallint NOT NULL,
    person_id bigint,
    FOREIGN KEY (client_id, unit_id) REFERENCES machine_client (client_id, unit_id)
);
CREATE INDEX machine_call_client ON machine_call (client_id, call_id DESC);
"""
# A token is a session: the use cases ask nothing new.
TOKENS = """
ALTER TABLE staff_session
    DROP CONSTRAINT staff_session_how_check,
    ADD CONSTRAINT staff_session_how_check
        CHECK (how IN ('password', 'oidc', 'card', 'pin', 'once', 'client')),
    ADD COLUMN client_id text REFERENCES machine_client,
    ADD COLUMN scopes text[],
    ADD COLUMN expires_at timestamptz,
    -- The certificate the token was opened with: it is good with that one alone.
    ADD COLUMN bound_to text,
    ADD CONSTRAINT staff_session_of_a_client CHECK ((how = 'client') = (client_id IS NOT NULL)),
    ADD CONSTRAINT staff_session_of_a_client_ends CHECK (how <> 'client'
        OR (place IS NULL AND scopes IS NOT NULL AND expires_at IS NOT NULL
            AND expires_at <= started_at + interval '10 minutes'));
CREATE INDEX staff_session_client ON staff_session (client_id) WHERE ended_at IS NULL;
"""
BARRIERS = """
-- The client's own row of staff: at its unit, in its role, opened by no password.
CREATE FUNCTION machine_client_is_staff() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    acts_at_kind text := (SELECT u.kind FROM public.unit u WHERE u.unit_id = NEW.acts_at);
BEGIN
    -- A pharmacy answers to the clinic that sends people there; another system acts at home.
    IF (NEW.kind = 'pharmacy' AND acts_at_kind IS DISTINCT FROM 'pharmacy')
        OR (NEW.kind <> 'pharmacy' AND NEW.acts_at <> NEW.unit_id)
        OR (NEW.counter_id IS NOT NULL AND NOT EXISTS (SELECT FROM public.counter c
            WHERE c.counter_id = NEW.counter_id AND c.unit_id = NEW.acts_at))
    THEN
        RAISE EXCEPTION 'a pharmacy''s client acts at a pharmacy, another at its own unit'
            USING ERRCODE = '42501', CONSTRAINT = 'machine_client_is_staff';
    END IF;
    NEW.staff_id := nextval('public.machine_staff_id_seq');
    INSERT INTO public.staff (staff_id, unit_id, role, given_name, family_name, username,
        password_hash, machine)
    VALUES (NEW.staff_id, NEW.acts_at, NEW.role, 'Klient', NEW.name, 'client:' || NEW.client_id,
        'no password', true);
    RETURN NEW;
END $$;
CREATE TRIGGER b_is_staff BEFORE INSERT ON machine_client
    FOR EACH ROW EXECUTE FUNCTION machine_client_is_staff();
-- A client's row of staff opens sessions of a client, everybody else's never do.
CREATE FUNCTION machines_have_tokens() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (SELECT s.machine FROM public.staff s WHERE s.staff_id = NEW.staff_id)
            IS DISTINCT FROM (NEW.how = 'client')
        OR (NEW.how = 'client' AND NOT EXISTS (SELECT FROM public.machine_client c
            WHERE (c.client_id, c.staff_id) = (NEW.client_id, NEW.staff_id)))
    THEN
        RAISE EXCEPTION 'a machine signs in with a token, and nobody else does'
            USING ERRCODE = '42501', CONSTRAINT = 'machines_have_tokens';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER machines_have_tokens BEFORE INSERT ON staff_session
    FOR EACH ROW EXECUTE FUNCTION machines_have_tokens();
ALTER FUNCTION machine_client_is_staff() OWNER TO dispensing_owner;
"""
SIGNED = """
CREATE TRIGGER a_must_be_signed BEFORE INSERT ON {table}
    FOR EACH ROW WHEN (session_user <> 'dispensing_owner')
    EXECUTE FUNCTION must_be_signed('{who}', '{when}', 'own', 'administrator');
"""
SIGNERS = (
    ("machine_client", "registered_by", "registered_at"),
    ("machine_client_terms", "decided_by", "decided_at"),
    ("machine_client_person", "decided_by", "decided_at"),
)
WALL = """
ALTER TABLE machine_client_person ENABLE ROW LEVEL SECURITY;
-- The client reads its own list as the unit it acts at.
CREATE POLICY own_unit ON machine_client_person FOR SELECT TO dispensing_app
    USING (unit_id = seen_as() OR acts_at = seen_as());
CREATE POLICY own_unit_adds ON machine_client_person FOR INSERT TO dispensing_app
    WITH CHECK (unit_id = seen_as());
CREATE POLICY audits ON machine_client_person FOR SELECT TO dispensing_auditor USING (true);
ALTER TABLE machine_call ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_unit ON machine_call FOR SELECT TO dispensing_app USING (unit_id = seen_as());
CREATE POLICY own_unit_adds ON machine_call FOR INSERT TO dispensing_app
    WITH CHECK (unit_id = seen_as());
CREATE POLICY audits ON machine_call FOR SELECT TO dispensing_auditor USING (true);
"""
GRANTS = """
GRANT SELECT, INSERT ON machine_client, machine_client_terms, machine_client_person, machine_call
    TO dispensing_app;
GRANT SELECT, INSERT, DELETE ON machine_client_jti TO dispensing_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO dispensing_app;
REVOKE ALL ON SEQUENCE machine_staff_id_seq FROM dispensing_app;
GRANT SELECT ON machine_client, machine_client_terms, machine_client_person, machine_call
    TO dispensing_auditor;
"""


def upgrade() -> None:
    for part in (STAFF, CLIENTS, TOKENS, BARRIERS):
        op.execute(part)
    for table, who, when in SIGNERS:
        op.execute(SIGNED.format(table=table, who=who, when=when))
    op.execute(WALL)
    op.execute(GRANTS)


def downgrade() -> None:
    raise NotImplementedError("records are never dropped; restore a backup instead")
