"""Messages to other systems: endpoints, how far each chain is read, and the messages themselves.

A message is written by reading the ledger (decision 0033), never by a use case: what is committed
is told, and nothing else. Secrets are not kept: each is drawn from the service's own key, the
endpoint's number and its generation.
"""

from alembic import op

revision = "2320_outbox"
down_revision = "2310_supply_orders"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE webhook_endpoint (
    endpoint_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    unit_id smallint NOT NULL REFERENCES unit,
    url text NOT NULL CHECK (length(url) BETWEEN 8 AND 500),
    own_acts boolean NOT NULL,
    -- Numbers come again after a restore; what secrets and ids are drawn from does not.
    salt uuid NOT NULL DEFAULT gen_random_uuid(),
    generation integer NOT NULL DEFAULT 1 CHECK (generation > 0),
    -- The secret before is good until then.
    previous_until timestamptz,
    registered_by integer NOT NULL REFERENCES staff,
    registered_at timestamptz NOT NULL,
    disabled_at timestamptz,
    disabled_why text CHECK (disabled_why IN ('asked', 'gone', 'failing')),
    CHECK ((disabled_at IS NULL) = (disabled_why IS NULL))
);
CREATE INDEX webhook_endpoint_unit ON webhook_endpoint (unit_id);
CREATE TABLE outbox_cursor (
    chain_id smallint PRIMARY KEY REFERENCES ledger_head,
    seq bigint NOT NULL CHECK (seq >= 0)
);
CREATE TABLE outbox_message (
    message_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    told_as uuid NOT NULL DEFAULT gen_random_uuid(),
    endpoint_id integer NOT NULL REFERENCES webhook_endpoint,
    chain_id smallint NOT NULL,
    seq bigint NOT NULL,
    event text NOT NULL CHECK (event ~ '^[a-z.-]+$'),
    person_id bigint NOT NULL REFERENCES person,
    unit_id smallint,
    happened_at timestamptz NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    next_at timestamptz,
    delivered_at timestamptz,
    given_up_at timestamptz,
    last_answer text CHECK (last_answer ~ '^[a-z0-9-]+$'),
    UNIQUE (endpoint_id, chain_id, seq),
    CHECK (num_nonnulls(next_at, delivered_at, given_up_at) = 1)
);
CREATE INDEX outbox_message_due ON outbox_message (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX outbox_message_newest ON outbox_message (endpoint_id, message_id DESC);
-- Of whom a unit is told: enrolled there, or the right lies there, today or on a coming day, or it
-- handed out to the person lately and must hear that it no longer does.
CREATE FUNCTION concerns_unit(p_person bigint, p_unit smallint) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM public.person p WHERE p.person_id = p_person
            AND p_unit IN (p.unit_id, p.right_holder_unit_id))
        OR EXISTS (SELECT FROM public.guest_in_force g WHERE g.person_id = p_person
            AND g.unit_id = p_unit AND g.day >= (clock_timestamp()
                AT TIME ZONE (SELECT u.zone FROM public.unit u WHERE u.unit_id = p_unit))::date - 1)
        -- Also what was ended: that is the news.
        OR EXISTS (SELECT FROM public.supply_day g WHERE g.person_id = p_person
            AND g.unit_id = p_unit AND g.day >= (clock_timestamp()
                AT TIME ZONE (SELECT u.zone FROM public.unit u WHERE u.unit_id = p_unit))::date - 1)
        OR EXISTS (SELECT FROM public.guest_right g WHERE g.person_id = p_person
            AND g.unit_id = p_unit AND g.day >= (clock_timestamp()
                AT TIME ZONE (SELECT u.zone FROM public.unit u WHERE u.unit_id = p_unit))::date - 1)
        OR EXISTS (SELECT FROM public.claim c WHERE c.person_id = p_person
            AND c.unit_id = p_unit AND c.claimed_at > clock_timestamp() - interval '35 days') $$;
GRANT EXECUTE ON FUNCTION concerns_unit(bigint, smallint) TO dispensing_app;
ALTER FUNCTION concerns_unit(bigint, smallint) OWNER TO dispensing_owner;
"""
GRANTS = """
GRANT SELECT, INSERT ON webhook_endpoint, outbox_cursor, outbox_message TO dispensing_app;
GRANT UPDATE (generation, previous_until, disabled_at, disabled_why) ON webhook_endpoint
    TO dispensing_app;
GRANT UPDATE (seq) ON outbox_cursor TO dispensing_app;
GRANT UPDATE (tries, next_at, delivered_at, given_up_at, last_answer) ON outbox_message
    TO dispensing_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO dispensing_app;
GRANT SELECT ON webhook_endpoint, outbox_cursor, outbox_message TO dispensing_auditor;
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(GRANTS)


def downgrade() -> None:
    raise NotImplementedError("records are never dropped; restore a backup instead")
