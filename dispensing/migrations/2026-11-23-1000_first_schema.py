"""Units, staff, people, treatment in force, stock, and the hand-out with its claims.

Records (reservation, resolution, reversal, handover, administration, movement, decision) are
append-only for the application; what is *taken* lives in ``claim`` and ``person_day``, which
change. See docs/architecture.md, "One hand-out".
"""

from alembic import op

revision = "1000_first_schema"
down_revision = "0900_ledger"
branch_labels = None
depends_on = None

PLACES = """
CREATE TABLE unit (
    unit_id smallint PRIMARY KEY,
    code text NOT NULL UNIQUE,
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('clinic', 'pharmacy', 'practice')),
    zone text NOT NULL DEFAULT 'Europe/Copenhagen',
    opens time NOT NULL DEFAULT '08:00',
    closes time NOT NULL DEFAULT '14:00',
    phone text,
    places integer,
    clinical_chain smallint NOT NULL REFERENCES ledger_head (chain_id),
    views_chain smallint NOT NULL REFERENCES ledger_head (chain_id)
);
CREATE TABLE unit_licence (
    unit_id smallint NOT NULL REFERENCES unit,
    preparation text NOT NULL,
    from_on date NOT NULL,
    to_on date,
    PRIMARY KEY (unit_id, preparation, from_on)
);
CREATE TABLE unit_closed_day (
    unit_id smallint NOT NULL REFERENCES unit,
    day date NOT NULL,
    name text NOT NULL,
    PRIMARY KEY (unit_id, day)
);
CREATE TABLE unit_rule_book (
    unit_id smallint NOT NULL REFERENCES unit,
    from_on date NOT NULL,
    book_id text NOT NULL,
    book_sha256 text NOT NULL,
    PRIMARY KEY (unit_id, from_on)
);
CREATE TABLE counter (
    counter_id smallint PRIMARY KEY,
    unit_id smallint NOT NULL REFERENCES unit,
    name text NOT NULL
);
"""

STAFF = """
CREATE TABLE staff (
    staff_id integer PRIMARY KEY,
    unit_id smallint NOT NULL REFERENCES unit,
    role text NOT NULL
        CHECK (role IN ('nurse', 'doctor', 'pharmacist', 'auditor', 'administrator')),
    given_name text NOT NULL,
    family_name text NOT NULL,
    username text NOT NULL UNIQUE,
    password_hash text NOT NULL,
    authorisation_id text,
    failed_attempts smallint NOT NULL DEFAULT 0,
    locked_until timestamptz
);
CREATE TABLE staff_session (
    session_hash bytea PRIMARY KEY,
    staff_id integer NOT NULL REFERENCES staff,
    counter_id smallint REFERENCES counter,
    started_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE INDEX staff_session_live ON staff_session (staff_id) WHERE ended_at IS NULL;
"""

PEOPLE = """
CREATE TABLE person (
    person_id bigint PRIMARY KEY,
    card_code text NOT NULL UNIQUE,
    given_name text NOT NULL,
    family_name text NOT NULL,
    born_on date NOT NULL,
    sex text NOT NULL CHECK (sex IN ('f', 'm', 'x')),
    unit_id smallint NOT NULL REFERENCES unit,
    right_holder_unit_id smallint REFERENCES unit,
    enrolled_on date NOT NULL,
    ended_on date,
    event_seq bigint NOT NULL DEFAULT 0
);
CREATE INDEX person_unit ON person (unit_id) WHERE ended_on IS NULL;
CREATE INDEX person_right_holder ON person (right_holder_unit_id) WHERE ended_on IS NULL;
CREATE INDEX person_family_name ON person (lower(family_name) text_pattern_ops);
CREATE INDEX person_given_name ON person (lower(given_name) text_pattern_ops);
CREATE INDEX person_born_on ON person (born_on);
CREATE TABLE product (
    code text PRIMARY KEY,
    name text NOT NULL,
    substance text NOT NULL
        CHECK (substance IN ('methadone', 'buprenorphine', 'diacetylmorphine')),
    form text NOT NULL,
    route text NOT NULL,
    strength_ug bigint NOT NULL CHECK (strength_ug > 0),
    per text NOT NULL CHECK (per IN ('ml', 'unit'))
);
CREATE TABLE prescription (
    prescription_id bigint NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    person_id bigint NOT NULL REFERENCES person,
    product_code text NOT NULL REFERENCES product,
    daily_ug bigint NOT NULL CHECK (daily_ug > 0),
    parts_ug bigint[] NOT NULL,
    weekday_ug bigint[] CHECK (cardinality(weekday_ug) = 7),
    valid_from date NOT NULL,
    valid_to date NOT NULL,
    high_dose_reason text,
    depot_interval_days smallint,
    signed_by integer NOT NULL REFERENCES staff,
    signed_at timestamptz NOT NULL,
    PRIMARY KEY (prescription_id, version),
    UNIQUE (person_id, version)
);
CREATE TABLE arrangement (
    person_id bigint NOT NULL REFERENCES person,
    version integer NOT NULL CHECK (version > 0),
    valid_from date NOT NULL,
    self_administration boolean NOT NULL,
    supervised_weekdays smallint[] NOT NULL,
    pickup_weekdays smallint[] NOT NULL,
    take_home_days smallint NOT NULL,
    thrice_weekly boolean NOT NULL DEFAULT false,
    pharmacy_unit_id smallint REFERENCES unit,
    exception_days smallint,
    exception_from date,
    exception_until date,
    exception_reason text,
    decided_by integer NOT NULL REFERENCES staff,
    decided_at timestamptz NOT NULL,
    PRIMARY KEY (person_id, version)
);
CREATE TABLE care (
    person_id bigint PRIMARY KEY REFERENCES person,
    new_to_treatment boolean NOT NULL DEFAULT false,
    first_dose_on date,
    sedatives_low_ug bigint,
    sedatives_high_ug bigint,
    taper_state text
        CHECK (taper_state IN ('none', 'above_guidance', 'informed', 'agreed', 'tapering')),
    taper_plan_on date,
    ecg_on date,
    qtc_ms integer,
    pregnant boolean,
    diversion_supervised_until_on date,
    reviewed_on date,
    indkald_due_on date,
    naloxone_on date
);
CREATE TABLE indkald (
    indkald_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id bigint NOT NULL REFERENCES person,
    days date[] NOT NULL,
    completed date[] NOT NULL DEFAULT '{}',
    state text NOT NULL
        CHECK (state IN ('planned', 'running', 'completed', 'broken', 'excused')),
    observation_minutes smallint NOT NULL,
    planned_by integer NOT NULL REFERENCES staff,
    planned_at timestamptz NOT NULL
);
CREATE INDEX indkald_open ON indkald (person_id) WHERE state IN ('planned', 'running');
"""

STOCK = """
CREATE TABLE batch (
    batch_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product_code text NOT NULL REFERENCES product,
    lot text NOT NULL,
    expires_on date NOT NULL,
    UNIQUE (product_code, lot)
);
CREATE TABLE bottle (
    bottle_id bigint PRIMARY KEY,
    unit_id smallint NOT NULL REFERENCES unit,
    counter_id smallint NOT NULL REFERENCES counter,
    batch_id bigint NOT NULL REFERENCES batch,
    product_code text NOT NULL REFERENCES product,
    scan_code text NOT NULL UNIQUE,
    opening_ug bigint NOT NULL CHECK (opening_ug > 0),
    balance_ug bigint NOT NULL CHECK (balance_ug >= 0),
    opened_at timestamptz NOT NULL,
    closed_at timestamptz
);
CREATE INDEX bottle_open ON bottle (counter_id, product_code) WHERE closed_at IS NULL;
CREATE SEQUENCE bottle_id_seq;
"""

HANDOUT = """
CREATE SEQUENCE reservation_id_seq;
CREATE TABLE reservation (
    reservation_id bigint PRIMARY KEY,
    person_id bigint NOT NULL REFERENCES person,
    unit_id smallint NOT NULL REFERENCES unit,
    counter_id smallint REFERENCES counter,
    day date NOT NULL,
    prescription_id bigint NOT NULL,
    prescription_version integer NOT NULL,
    product_code text NOT NULL REFERENCES product,
    bottle_id bigint REFERENCES bottle,
    doses jsonb NOT NULL,
    verdict jsonb NOT NULL,
    lifts jsonb NOT NULL,
    book_id text NOT NULL,
    reserved_by integer NOT NULL REFERENCES staff,
    reserved_at timestamptz NOT NULL,
    FOREIGN KEY (prescription_id, prescription_version) REFERENCES prescription
);
CREATE INDEX reservation_person_day ON reservation (person_id, day);
CREATE INDEX reservation_unit_day ON reservation (unit_id, day);
CREATE TABLE resolution (
    reservation_id bigint PRIMARY KEY REFERENCES reservation,
    outcome text NOT NULL CHECK (outcome IN ('given', 'returned', 'refused', 'spilled')),
    note text,
    resolved_by integer NOT NULL REFERENCES staff,
    resolved_at timestamptz NOT NULL
);
CREATE TABLE reversal (
    reservation_id bigint PRIMARY KEY REFERENCES resolution,
    reason text NOT NULL,
    reversed_by integer NOT NULL REFERENCES staff,
    reversed_at timestamptz NOT NULL
);
CREATE TABLE handover (
    reservation_id bigint NOT NULL REFERENCES reservation,
    for_day date NOT NULL,
    part smallint NOT NULL CHECK (part > 0),
    person_id bigint NOT NULL REFERENCES person,
    unit_id smallint NOT NULL REFERENCES unit,
    how text NOT NULL CHECK (how IN ('supervised', 'take_home')),
    amount_ug bigint NOT NULL CHECK (amount_ug > 0),
    handed_over_by integer NOT NULL REFERENCES staff,
    handed_over_at timestamptz NOT NULL,
    PRIMARY KEY (reservation_id, for_day, part)
);
CREATE INDEX handover_person ON handover (person_id, handed_over_at);
CREATE TABLE administration (
    reservation_id bigint NOT NULL REFERENCES reservation,
    part smallint NOT NULL CHECK (part > 0),
    person_id bigint NOT NULL REFERENCES person,
    unit_id smallint NOT NULL REFERENCES unit,
    day date NOT NULL,
    amount_ug bigint NOT NULL CHECK (amount_ug > 0),
    witnessed_by integer NOT NULL REFERENCES staff,
    swallowed_at timestamptz NOT NULL,
    PRIMARY KEY (reservation_id, part)
);
CREATE INDEX administration_person ON administration (person_id, swallowed_at);
CREATE TABLE claim (
    person_id bigint NOT NULL REFERENCES person,
    for_day date NOT NULL,
    part smallint NOT NULL CHECK (part > 0),
    reservation_id bigint NOT NULL REFERENCES reservation,
    unit_id smallint NOT NULL REFERENCES unit,
    amount_ug bigint NOT NULL CHECK (amount_ug > 0),
    how text NOT NULL CHECK (how IN ('supervised', 'take_home')),
    state text NOT NULL CHECK (state IN ('reserved', 'uncertain', 'given')),
    claimed_at timestamptz NOT NULL,
    swallowed_at timestamptz,
    swallow_during tstzrange,
    CONSTRAINT claim_once PRIMARY KEY (person_id, for_day, part),
    CONSTRAINT claim_interval EXCLUDE USING gist (person_id WITH =, swallow_during WITH &&)
        WHERE (swallow_during IS NOT NULL)
);
CREATE INDEX claim_reservation ON claim (reservation_id);
CREATE INDEX claim_swallowed ON claim (person_id, swallowed_at) WHERE swallowed_at IS NOT NULL;
CREATE INDEX claim_interval_running ON claim (unit_id, for_day) WHERE swallow_during IS NOT NULL;
CREATE INDEX claim_unsettled ON claim (person_id, for_day) WHERE state <> 'given';
CREATE INDEX claim_unsettled_unit ON claim (unit_id) WHERE state <> 'given';
CREATE TABLE person_day (
    person_id bigint NOT NULL REFERENCES person,
    day date NOT NULL,
    substance text NOT NULL,
    limit_ug bigint NOT NULL,
    used_ug bigint NOT NULL CHECK (used_ug >= 0),
    right_holder_unit_id smallint NOT NULL REFERENCES unit,
    CONSTRAINT person_day_once PRIMARY KEY (person_id, day),
    CONSTRAINT person_day_limit CHECK (used_ug <= limit_ug)
);
CREATE FUNCTION person_day_one_substance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.substance <> OLD.substance AND OLD.used_ug > 0 THEN
        RAISE EXCEPTION 'a second opioid agonist on the same day'
            USING ERRCODE = 'DS010', CONSTRAINT = 'person_day_one_substance';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER person_day_one_substance BEFORE UPDATE ON person_day
    FOR EACH ROW EXECUTE FUNCTION person_day_one_substance();
CREATE TABLE stock_movement (
    movement_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    bottle_id bigint NOT NULL REFERENCES bottle,
    kind text NOT NULL CHECK (kind IN ('opened', 'poured', 'poured_back', 'reversed')),
    delta_ug bigint NOT NULL,
    reservation_id bigint REFERENCES reservation,
    moved_by integer NOT NULL REFERENCES staff,
    moved_at timestamptz NOT NULL,
    UNIQUE (reservation_id, kind)
);
CREATE INDEX stock_movement_bottle ON stock_movement (bottle_id);
CREATE TABLE idempotency (
    key text PRIMARY KEY,
    actor_id integer NOT NULL,
    request_hash bytea NOT NULL,
    status smallint NOT NULL,
    answer bytea NOT NULL,
    chain_id smallint,
    entry_seq bigint,
    entry_hash bytea,
    answered_at timestamptz NOT NULL
);
"""

AROUND = """
CREATE TABLE observation (
    observation_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reservation_id bigint NOT NULL UNIQUE REFERENCES reservation,
    person_id bigint NOT NULL REFERENCES person,
    unit_id smallint NOT NULL REFERENCES unit,
    reason text NOT NULL,
    started_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN ('running', 'completed', 'left_early', 'cancelled')),
    affected boolean,
    note text,
    signed_by integer REFERENCES staff,
    signed_at timestamptz
);
CREATE INDEX observation_running ON observation (unit_id) WHERE state = 'running';
CREATE TABLE vomit (
    reservation_id bigint PRIMARY KEY REFERENCES resolution,
    person_id bigint NOT NULL REFERENCES person,
    happened_at timestamptz NOT NULL,
    minutes_after integer NOT NULL CHECK (minutes_after >= 0),
    witnessed boolean NOT NULL,
    noted_by integer NOT NULL REFERENCES staff,
    noted_at timestamptz NOT NULL
);
CREATE INDEX vomit_person ON vomit (person_id, happened_at);
CREATE TABLE refusal (
    refusal_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id bigint NOT NULL REFERENCES person,
    unit_id smallint NOT NULL REFERENCES unit,
    day date NOT NULL,
    verdict jsonb NOT NULL,
    refused_to integer NOT NULL REFERENCES staff,
    refused_at timestamptz NOT NULL
);
CREATE INDEX refusal_unit_day ON refusal (unit_id, day);
CREATE TABLE doctor_question (
    question_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id bigint NOT NULL REFERENCES person,
    unit_id smallint NOT NULL REFERENCES unit,
    day date NOT NULL,
    verdict jsonb NOT NULL,
    note text,
    asked_by integer NOT NULL REFERENCES staff,
    asked_at timestamptz NOT NULL,
    answered_at timestamptz
);
CREATE INDEX doctor_question_open ON doctor_question (unit_id) WHERE answered_at IS NULL;
CREATE TABLE doctor_decision (
    decision_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    question_id bigint REFERENCES doctor_question,
    person_id bigint NOT NULL REFERENCES person,
    day date NOT NULL,
    allow boolean NOT NULL,
    rule_ids text[] NOT NULL,
    max_ug bigint,
    extra_ug bigint NOT NULL DEFAULT 0 CHECK (extra_ug >= 0),
    interval_minutes integer CHECK (interval_minutes > 0),
    reason text NOT NULL,
    decided_by integer NOT NULL REFERENCES staff,
    decided_at timestamptz NOT NULL
);
CREATE INDEX doctor_decision_day ON doctor_decision (person_id, day);
CREATE TABLE missed_dose (
    person_id bigint NOT NULL REFERENCES person,
    day date NOT NULL,
    unit_id smallint NOT NULL REFERENCES unit,
    planned_ug bigint NOT NULL,
    PRIMARY KEY (person_id, day)
);
CREATE TABLE day_close (
    unit_id smallint NOT NULL REFERENCES unit,
    day date NOT NULL,
    missed integer NOT NULL,
    closed_by integer NOT NULL REFERENCES staff,
    closed_at timestamptz NOT NULL,
    PRIMARY KEY (unit_id, day)
);
"""

# Read everything; insert what happens at the counter; change only what is a current state, never a
# record. Staff, orders, people, stock and units come from the owner role: whoever breaks in through
# the application can make neither a doctor nor a prescription. (A book is adopted by command.)
GRANTS = """
GRANT SELECT ON
    unit, unit_licence, unit_closed_day, unit_rule_book, counter, staff, staff_session, person,
    product, prescription, arrangement, care, indkald, batch, bottle, reservation, resolution,
    reversal, handover, administration, claim, person_day, stock_movement, idempotency,
    observation, vomit, refusal, doctor_question, doctor_decision, missed_dose, day_close
    TO dispensing_app;
GRANT INSERT ON
    staff_session, reservation, resolution, reversal, handover, administration, claim, person_day,
    stock_movement, idempotency, observation, vomit, refusal, doctor_question, doctor_decision,
    missed_dose, day_close, unit_rule_book
    TO dispensing_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO dispensing_app;
GRANT UPDATE (failed_attempts, locked_until) ON staff TO dispensing_app;
GRANT UPDATE (seen_at, ended_at) ON staff_session TO dispensing_app;
GRANT UPDATE (event_seq) ON person TO dispensing_app;
GRANT UPDATE ON care, indkald, person_day, observation TO dispensing_app;
GRANT UPDATE, DELETE ON claim TO dispensing_app;
GRANT UPDATE (balance_ug, closed_at) ON bottle TO dispensing_app;
GRANT UPDATE (answered_at) ON doctor_question TO dispensing_app;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO dispensing_auditor;
REVOKE SELECT ON staff_session, idempotency FROM dispensing_auditor;
REVOKE SELECT ON staff FROM dispensing_auditor;
GRANT SELECT (staff_id, unit_id, role, given_name, family_name, authorisation_id) ON staff
    TO dispensing_auditor;
"""


def upgrade() -> None:
    for part in (PLACES, STAFF, PEOPLE, STOCK, HANDOUT, AROUND, GRANTS):
        op.execute(part)


def downgrade() -> None:
    raise NotImplementedError("records are never dropped; restore a backup instead")
