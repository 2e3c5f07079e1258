"""Emergency lists, downtime, what was written on paper, and the right to dispense moving.

A *hold* on a person is what a paper leaves behind until somebody has told: a row of a list in use
that nobody has accounted for, or a conflict no doctor has closed. It counts as an uncertain dose,
and nothing is claimed at a counter while it stands (SQLSTATE DS011). The right to dispense moves
only through ``move_right`` (SQLSTATE DS012 when it may not).
"""

from alembic import op

revision = "1650_downtime"
down_revision = "1640_merges"
branch_labels = None
depends_on = None

LISTS = """
CREATE SEQUENCE emergency_serial_seq START 101;
CREATE TABLE emergency_list (
    serial bigint PRIMARY KEY,
    unit_id smallint NOT NULL REFERENCES unit,
    for_day date NOT NULL,
    made_at timestamptz NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_until timestamptz NOT NULL,
    row_count smallint NOT NULL,
    paper_count smallint NOT NULL,
    rows_sha256 bytea NOT NULL CHECK (octet_length(rows_sha256) = 32),
    pdf_sha256 bytea NOT NULL CHECK (octet_length(pdf_sha256) = 32),
    chain_id smallint NOT NULL,
    chain_seq bigint NOT NULL,
    chain_hash bytea NOT NULL CHECK (octet_length(chain_hash) = 32),
    made_by integer REFERENCES staff,  -- null: by the service itself
    CONSTRAINT emergency_list_valid_a_day CHECK (valid_until > valid_from
        AND valid_until <= made_at + interval '24 hours')
);
CREATE INDEX emergency_list_unit ON emergency_list (unit_id, made_at DESC);
-- What was printed. Kept for ever where a paper was used, else for some weeks.
CREATE TABLE emergency_list_rows (
    serial bigint PRIMARY KEY REFERENCES emergency_list,
    rows jsonb NOT NULL
);
-- When lists were last made and the service last known to be up; one row per unit.
CREATE TABLE emergency_run (
    unit_id smallint PRIMARY KEY REFERENCES unit,
    alive_at timestamptz NOT NULL,
    made_at timestamptz,
    failed_at timestamptz,
    failure text
);
"""

DOWNTIME = """
CREATE TABLE downtime (
    downtime_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    unit_id smallint NOT NULL REFERENCES unit,
    found_by text NOT NULL CHECK (found_by IN ('person', 'service')),
    started_at timestamptz NOT NULL,
    told_at timestamptz NOT NULL,
    told_by integer REFERENCES staff,
    reason text NOT NULL,
    over_at timestamptz,
    over_by integer REFERENCES staff,
    paper_used boolean,
    left_at timestamptz,
    left_by integer REFERENCES staff,
    CHECK (over_at IS NULL OR over_at >= started_at),
    CHECK (left_at IS NULL OR over_at IS NOT NULL)
);
CREATE UNIQUE INDEX downtime_one_open ON downtime (unit_id) WHERE left_at IS NULL;
CREATE TABLE downtime_list (
    downtime_id bigint NOT NULL REFERENCES downtime,
    serial bigint NOT NULL REFERENCES emergency_list,
    named_by integer NOT NULL REFERENCES staff,
    named_at timestamptz NOT NULL,
    PRIMARY KEY (downtime_id, serial)
);
ALTER TABLE reservation ADD COLUMN source text NOT NULL DEFAULT 'counter'
    CHECK (source IN ('counter', 'paper'));
CREATE TABLE paper_event (
    event_id bigint PRIMARY KEY,
    downtime_id bigint NOT NULL REFERENCES downtime,
    serial bigint NOT NULL REFERENCES emergency_list,
    row_no smallint NOT NULL,  -- 0: a person who is not on the list
    person_id bigint NOT NULL REFERENCES person,
    unit_id smallint NOT NULL REFERENCES unit,
    for_day date NOT NULL,
    happened text NOT NULL
        CHECK (happened IN ('given', 'partial', 'refused', 'not_come', 'lost')),
    happened_at timestamptz,
    doses jsonb NOT NULL,
    given_by integer REFERENCES staff,
    witnessed_by integer REFERENCES staff,
    note text,
    entered_by integer NOT NULL REFERENCES staff,
    entered_at timestamptz NOT NULL,
    content_sha256 bytea NOT NULL,
    reservation_id bigint REFERENCES reservation,
    verdict jsonb,
    UNIQUE (serial, row_no, person_id, content_sha256),
    CHECK ((happened IN ('given', 'partial')) = (happened_at IS NOT NULL AND given_by IS NOT NULL))
);
CREATE SEQUENCE paper_event_id_seq OWNED BY paper_event.event_id;
CREATE INDEX paper_event_person ON paper_event (person_id);
CREATE INDEX paper_event_downtime ON paper_event (downtime_id);
CREATE TABLE paper_conflict (
    event_id bigint PRIMARY KEY REFERENCES paper_event,
    person_id bigint NOT NULL REFERENCES person,
    unit_id smallint NOT NULL REFERENCES unit,
    for_day date NOT NULL,
    kinds text[] NOT NULL CHECK (cardinality(kinds) > 0),
    facts jsonb NOT NULL,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    closed_by integer REFERENCES staff,
    decision text,
    no_dose_before_on date,
    CHECK ((closed_at IS NULL) = (decision IS NULL))
);
CREATE INDEX paper_conflict_open ON paper_conflict (unit_id) WHERE closed_at IS NULL;
CREATE TABLE paper_hold (
    hold_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id bigint NOT NULL REFERENCES person,
    unit_id smallint NOT NULL REFERENCES unit,
    kind text NOT NULL CHECK (kind IN ('row', 'conflict', 'decided')),
    downtime_id bigint NOT NULL REFERENCES downtime,
    serial bigint NOT NULL REFERENCES emergency_list,
    row_no smallint NOT NULL,
    event_id bigint REFERENCES paper_event,
    for_day date NOT NULL,
    amount_ug bigint NOT NULL,
    since timestamptz NOT NULL,
    until_on date,
    CHECK ((kind = 'decided') = (until_on IS NOT NULL)),
    CHECK ((kind = 'row') = (event_id IS NULL))
);
CREATE INDEX paper_hold_person ON paper_hold (person_id);
CREATE INDEX paper_hold_unit ON paper_hold (unit_id);
CREATE UNIQUE INDEX paper_hold_row ON paper_hold (serial, row_no) WHERE kind = 'row';
CREATE FUNCTION claim_not_on_paper() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM added a
        JOIN reservation r USING (reservation_id) JOIN unit u ON u.unit_id = a.unit_id
        WHERE r.source = 'counter' AND (
            EXISTS (SELECT FROM paper_hold h WHERE h.person_id = a.person_id AND (h.until_on IS NULL
                OR (a.claimed_at AT TIME ZONE u.zone)::date < h.until_on))
            OR EXISTS (SELECT FROM downtime d WHERE d.unit_id = a.unit_id AND d.over_at IS NULL)))
    THEN
        RAISE EXCEPTION 'a paper list holds this dose'
            USING ERRCODE = 'DS011', CONSTRAINT = 'claim_not_on_paper';
    END IF;
    RETURN NULL;
END $$;
"""

# Where neither a hold nor a running downtime stands, the whole check is two looks at empty tables.
TRIGGER = """
CREATE TRIGGER claim_not_on_paper AFTER INSERT ON claim
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION claim_not_on_paper();
"""

RIGHT = """
CREATE TABLE right_request (
    request_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id bigint NOT NULL REFERENCES person,
    from_unit_id smallint NOT NULL REFERENCES unit,
    to_unit_id smallint NOT NULL REFERENCES unit,
    reason text NOT NULL,
    asked_by integer NOT NULL REFERENCES staff,
    asked_at timestamptz NOT NULL,
    good_until timestamptz NOT NULL,
    answered_at timestamptz,
    answered_by integer REFERENCES staff,
    granted boolean,
    CHECK (from_unit_id <> to_unit_id)
);
CREATE UNIQUE INDEX right_request_open ON right_request (person_id) WHERE answered_at IS NULL;
CREATE INDEX right_request_from ON right_request (from_unit_id) WHERE answered_at IS NULL;
-- The application may not change whose the right is; it may only carry out what another place has
-- asked for, minutes ago, while nothing of the person is unsettled.
CREATE FUNCTION move_right(p_request bigint, p_staff integer) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v right_request%ROWTYPE;
BEGIN
    SELECT * INTO v FROM right_request WHERE request_id = p_request AND answered_at IS NULL
        FOR UPDATE;
    IF NOT FOUND OR v.good_until < clock_timestamp() THEN
        RAISE EXCEPTION 'no request that is still good'
            USING ERRCODE = 'DS012', CONSTRAINT = 'right_request_good';
    END IF;
    PERFORM FROM person WHERE person_id = v.person_id FOR UPDATE;
    IF EXISTS (SELECT FROM claim c WHERE c.person_id = v.person_id AND c.state <> 'given')
       OR EXISTS (SELECT FROM paper_hold h WHERE h.person_id = v.person_id)
       OR EXISTS (SELECT FROM downtime d WHERE d.unit_id IN (v.from_unit_id, v.to_unit_id)
            AND d.over_at IS NULL)
       OR NOT EXISTS (SELECT FROM staff s WHERE s.staff_id = p_staff AND s.unit_id = v.from_unit_id)
    THEN
        RAISE EXCEPTION 'the right cannot move now'
            USING ERRCODE = 'DS012', CONSTRAINT = 'right_may_move';
    END IF;
    UPDATE person SET right_holder_unit_id = v.to_unit_id
        WHERE person_id = v.person_id AND right_holder_unit_id = v.from_unit_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the right lies elsewhere'
            USING ERRCODE = 'DS012', CONSTRAINT = 'right_lies_here';
    END IF;
    -- A day on which nothing is taken any more belongs to the new place, too.
    UPDATE person_day d SET right_holder_unit_id = v.to_unit_id
        FROM unit u WHERE u.unit_id = v.from_unit_id AND d.person_id = v.person_id
        AND d.used_ug = 0 AND d.day >= (clock_timestamp() AT TIME ZONE u.zone)::date;
    UPDATE right_request SET answered_at = clock_timestamp(), answered_by = p_staff, granted = true
        WHERE request_id = p_request;
    RETURN true;
END $$;
"""

GRANTS = """
GRANT SELECT ON emergency_list, emergency_list_rows, emergency_run, downtime, downtime_list,
    paper_event, paper_conflict, paper_hold, right_request TO dispensing_app, dispensing_auditor;
GRANT INSERT ON emergency_list, emergency_list_rows, emergency_run, downtime, downtime_list,
    paper_event, paper_conflict, paper_hold, right_request TO dispensing_app;
GRANT UPDATE ON emergency_run TO dispensing_app;
GRANT DELETE ON emergency_list_rows, paper_hold TO dispensing_app;
GRANT UPDATE (started_at, over_at, over_by, paper_used, left_at, left_by) ON downtime
    TO dispensing_app;
GRANT UPDATE (closed_at, closed_by, decision, no_dose_before_on) ON paper_conflict
    TO dispensing_app;
GRANT UPDATE (answered_at, answered_by) ON right_request TO dispensing_app;
GRANT USAGE ON SEQUENCE emergency_serial_seq, paper_event_id_seq TO dispensing_app;
REVOKE ALL ON FUNCTION move_right(bigint, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION move_right(bigint, integer) TO dispensing_app;
ALTER FUNCTION move_right(bigint, integer) OWNER TO dispensing_owner;
"""


def upgrade() -> None:
    for part in (LISTS, DOWNTIME, TRIGGER, RIGHT, GRANTS):
        op.execute(part)


def downgrade() -> None:
    raise NotImplementedError("records are never dropped; restore a backup instead")
