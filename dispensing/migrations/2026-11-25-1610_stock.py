"""Cabinets, packages, transfers, witnessed acts and blind counts; every balance a sum of movements.

A movement belongs to one place (an open bottle, or a holding: packages in a cabinet, returned
medicine awaiting destruction, a transfer on its way). Acts that move stock outside a hand-out stand
in ``stock_act``; a movement carries its act's kind, so that the act's own demand for a second
person cannot be passed by. See docs/decisions/0010-stock-as-signed-movements.md.
"""

from alembic import op

revision = "1610_stock"
down_revision = "1000_first_schema"
branch_labels = None
depends_on = None

PLACES = """
CREATE TABLE product_package (
    gtin text PRIMARY KEY CHECK (gtin ~ '^[0-9]{14}$'),
    product_code text NOT NULL REFERENCES product,
    amount_ug bigint NOT NULL CHECK (amount_ug > 0),
    name text NOT NULL
);
CREATE TABLE cabinet (
    cabinet_id smallint PRIMARY KEY,
    unit_id smallint NOT NULL REFERENCES unit,
    name text NOT NULL,
    UNIQUE (unit_id, name)
);
ALTER TABLE batch ADD COLUMN state text NOT NULL DEFAULT 'released'
    CONSTRAINT batch_state CHECK (state IN ('released', 'quarantined', 'recalled'));
CREATE SEQUENCE stock_transfer_id_seq;
CREATE TABLE stock_transfer (
    transfer_id bigint PRIMARY KEY,
    from_unit_id smallint NOT NULL REFERENCES unit,
    to_unit_id smallint NOT NULL REFERENCES unit,
    sent_by integer NOT NULL REFERENCES staff,
    sent_at timestamptz NOT NULL,
    CHECK (from_unit_id <> to_unit_id)
);
CREATE TABLE holding (
    holding_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    unit_id smallint NOT NULL REFERENCES unit,
    place text NOT NULL CHECK (place IN ('cabinet', 'returns', 'transit')),
    cabinet_id smallint REFERENCES cabinet,
    transfer_id bigint REFERENCES stock_transfer,
    product_code text NOT NULL REFERENCES product,
    batch_id bigint REFERENCES batch,
    package_ug bigint CHECK (package_ug > 0),
    balance_ug bigint NOT NULL DEFAULT 0 CONSTRAINT holding_not_below_zero CHECK (balance_ug >= 0),
    CONSTRAINT holding_place CHECK (
        (place = 'cabinet') = (cabinet_id IS NOT NULL)
        AND (place = 'transit') = (transfer_id IS NOT NULL)
        AND (place = 'returns') = (batch_id IS NULL)
        AND (place = 'returns') = (package_ug IS NULL)),
    CONSTRAINT holding_whole_packages CHECK (package_ug IS NULL OR balance_ug % package_ug = 0)
);
CREATE UNIQUE INDEX holding_in_cabinet ON holding (cabinet_id, batch_id, package_ug)
    WHERE place = 'cabinet';
CREATE UNIQUE INDEX holding_returns ON holding (unit_id, product_code) WHERE place = 'returns';
CREATE UNIQUE INDEX holding_transit ON holding (transfer_id, batch_id, package_ug)
    WHERE place = 'transit';
CREATE INDEX holding_unit ON holding (unit_id, product_code);
"""

ACTS = """
CREATE SEQUENCE stock_act_id_seq;
CREATE TABLE stock_act (
    act_id bigint PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('received', 'opened', 'moved', 'sent', 'arrived', 'broken',
        'destroyed', 'returned', 'rest', 'adjusted', 'explained')),
    unit_id smallint NOT NULL REFERENCES unit,
    day date NOT NULL,
    reason text,
    supplier text,
    delivery_note text,
    transfer_id bigint REFERENCES stock_transfer,
    person_id bigint REFERENCES person,
    reservation_id bigint REFERENCES resolution,
    wasted_ug bigint CHECK (wasted_ug >= 0),
    witnessed_by integer REFERENCES staff,
    witnessed_at timestamptz,
    seen_sha256 bytea CHECK (length(seen_sha256) = 32),
    done_by integer NOT NULL REFERENCES staff,
    done_at timestamptz NOT NULL,
    UNIQUE (act_id, kind),
    CONSTRAINT stock_act_two_people CHECK (witnessed_by <> done_by),
    CONSTRAINT stock_act_witnessed CHECK (
        kind NOT IN ('broken', 'destroyed', 'returned', 'rest') OR witnessed_by IS NOT NULL),
    CONSTRAINT stock_act_seen CHECK (
        num_nonnulls(witnessed_by, witnessed_at, seen_sha256) IN (0, 3)),
    CONSTRAINT stock_act_received CHECK ((kind = 'received') = (supplier IS NOT NULL)),
    CONSTRAINT stock_act_transfer CHECK (
        kind NOT IN ('sent', 'arrived') OR transfer_id IS NOT NULL),
    CONSTRAINT stock_act_rest CHECK (
        (kind = 'rest') = (reservation_id IS NOT NULL)
        AND (kind = 'rest') = (wasted_ug IS NOT NULL)),
    CONSTRAINT stock_act_reason CHECK (
        kind NOT IN ('broken', 'destroyed', 'rest', 'adjusted', 'explained')
        OR length(trim(reason)) > 2)
);
CREATE UNIQUE INDEX stock_act_rest_once ON stock_act (reservation_id) WHERE kind = 'rest';
CREATE INDEX stock_act_unit ON stock_act (unit_id, done_at);
ALTER TABLE stock_movement
    ALTER COLUMN bottle_id DROP NOT NULL,
    ADD COLUMN holding_id bigint REFERENCES holding,
    ADD COLUMN act_id bigint,
    DROP CONSTRAINT stock_movement_kind_check,
    ADD CONSTRAINT stock_movement_kind_check CHECK (kind IN ('opened', 'poured', 'poured_back',
        'reversed', 'received', 'moved', 'sent', 'arrived', 'broken', 'destroyed', 'returned',
        'rest', 'adjusted')),
    ADD CONSTRAINT stock_movement_place CHECK (num_nonnulls(bottle_id, holding_id) = 1),
    ADD CONSTRAINT stock_movement_act CHECK (
        act_id IS NOT NULL OR kind IN ('opened', 'poured', 'poured_back', 'reversed')),
    ADD CONSTRAINT stock_movement_act_kind FOREIGN KEY (act_id, kind)
        REFERENCES stock_act (act_id, kind);
CREATE INDEX stock_movement_holding ON stock_movement (holding_id) WHERE holding_id IS NOT NULL;
CREATE INDEX stock_movement_of_act ON stock_movement (act_id) WHERE act_id IS NOT NULL;
-- A balance is the sum of its movements, the first one included: what the package held.
UPDATE stock_movement m SET delta_ug = b.opening_ug FROM bottle b
    WHERE m.bottle_id = b.bottle_id AND m.kind = 'opened' AND m.delta_ug = 0;
-- A package has one serial number in the world: taken in once from a supplier, opened once.
CREATE TABLE package_scanned (
    gtin text NOT NULL REFERENCES product_package,
    serial text NOT NULL,
    step text NOT NULL CHECK (step IN ('received', 'opened')),
    act_id bigint NOT NULL REFERENCES stock_act,
    CONSTRAINT package_scanned_once PRIMARY KEY (gtin, serial, step)
);
CREATE TABLE batch_notice (
    notice_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    batch_id bigint NOT NULL REFERENCES batch,
    state text NOT NULL CHECK (state IN ('released', 'quarantined', 'recalled')),
    reason text NOT NULL,
    unit_id smallint NOT NULL REFERENCES unit,
    noted_by integer NOT NULL REFERENCES staff,
    noted_at timestamptz NOT NULL
);
CREATE INDEX bottle_unit ON bottle (unit_id, product_code);
"""

COUNTS = """
CREATE SEQUENCE stock_count_id_seq;
CREATE TABLE stock_count (
    count_id bigint PRIMARY KEY,
    unit_id smallint NOT NULL REFERENCES unit,
    counter_id smallint REFERENCES counter,
    cabinet_id smallint REFERENCES cabinet,
    shift text NOT NULL CHECK (shift IN ('start', 'end')),
    day date NOT NULL,
    counted_by integer NOT NULL REFERENCES staff,
    counted_at timestamptz NOT NULL,
    CHECK (num_nonnulls(counter_id, cabinet_id) = 1)
);
CREATE INDEX stock_count_unit ON stock_count (unit_id, counted_at);
CREATE TABLE stock_count_line (
    count_id bigint NOT NULL REFERENCES stock_count,
    line smallint NOT NULL CHECK (line > 0),
    bottle_id bigint REFERENCES bottle,
    holding_id bigint REFERENCES holding,
    counted_ug bigint NOT NULL CHECK (counted_ug >= 0),
    book_ug bigint NOT NULL CHECK (book_ug >= 0),
    tolerance_ug bigint NOT NULL CHECK (tolerance_ug >= 0),
    PRIMARY KEY (count_id, line),
    CHECK (num_nonnulls(bottle_id, holding_id) = 1)
);
CREATE INDEX stock_count_differs ON stock_count_line (count_id) WHERE counted_ug <> book_ug;
CREATE TABLE stock_explanation (
    count_id bigint NOT NULL,
    line smallint NOT NULL,
    act_id bigint NOT NULL UNIQUE REFERENCES stock_act,
    PRIMARY KEY (count_id, line),
    FOREIGN KEY (count_id, line) REFERENCES stock_count_line
);
"""

# The application now takes in packages and opens them: it may add batches and bottles, and change
# what is a current state (balances, a batch's state); records stay append-only. Which packages and
# cabinets there are comes from the owner role, as products and units do.
GRANTS = """
GRANT SELECT ON product_package, cabinet, stock_transfer, holding, stock_act, package_scanned,
    batch_notice, stock_count, stock_count_line, stock_explanation TO dispensing_app;
GRANT INSERT ON batch, bottle, stock_transfer, holding, stock_act, package_scanned, batch_notice,
    stock_count, stock_count_line, stock_explanation TO dispensing_app;
GRANT UPDATE (balance_ug) ON holding TO dispensing_app;
GRANT UPDATE (state) ON batch TO dispensing_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO dispensing_app;
GRANT SELECT ON product_package, cabinet, stock_transfer, holding, stock_act, package_scanned,
    batch_notice, stock_count, stock_count_line, stock_explanation TO dispensing_auditor;
"""


def upgrade() -> None:
    for part in (PLACES, ACTS, COUNTS, GRANTS):
        op.execute(part)


def downgrade() -> None:
    raise NotImplementedError("records are never dropped; restore a backup instead")
