"""Benzodiazepines and kin: what is taken, the plan to come off them, and what really happened.

All of it is records: a list is written anew as a whole, a plan in versions, a step once. What the
rules decide by stays in ``care``, which the same act keeps in step. ``taper_now`` says of every
plan in force which step comes next; the counter reads it, as whoever asks may see it.
"""

from alembic import op

revision = "2155_sedatives"
down_revision = "2150_arrangements"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE sedative_list (
    person_id bigint NOT NULL REFERENCES person,
    version integer NOT NULL CHECK (version > 0),
    unit_id smallint NOT NULL REFERENCES unit,
    recorded_on date NOT NULL,
    -- In diazepam a day by the figures of the day it was written; null: not known.
    low_ug bigint CHECK (low_ug >= 0),
    high_ug bigint CHECK (high_ug >= low_ug),
    note text CHECK (note <> ''),
    recorded_by integer NOT NULL REFERENCES staff,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (person_id, version),
    CHECK ((low_ug IS NULL) = (high_ug IS NULL))
);
CREATE TABLE sedative_item (
    person_id bigint NOT NULL,
    version integer NOT NULL,
    unit_id smallint NOT NULL REFERENCES unit,
    item_no smallint NOT NULL CHECK (item_no > 0),
    atc text NOT NULL CHECK (atc ~ '^[A-Z][0-9]{2}[A-Z]{2}[0-9]{2}$'),
    daily_ug bigint CHECK (daily_ug > 0),
    source text NOT NULL
        CHECK (source IN ('ordered-here', 'other-doctor', 'medication-card', 'own-words')),
    since_on date,
    PRIMARY KEY (person_id, version, item_no),
    UNIQUE (person_id, version, atc),
    FOREIGN KEY (person_id, version) REFERENCES sedative_list
);
CREATE TABLE taper_plan (
    person_id bigint NOT NULL REFERENCES person,
    version integer NOT NULL CHECK (version > 0),
    unit_id smallint NOT NULL REFERENCES unit,
    -- The same for all versions of one way down.
    taper_no integer NOT NULL CHECK (taper_no > 0),
    atc text NOT NULL,
    from_ug bigint NOT NULL CHECK (from_ug > 0),
    original_ug bigint NOT NULL CHECK (original_ug >= from_ug),
    goal_ug bigint NOT NULL CHECK (goal_ug >= 0 AND goal_ug < from_ug),
    percent smallint NOT NULL CHECK (percent BETWEEN 1 AND 100),
    percent_of text NOT NULL CHECK (percent_of IN ('current', 'original')),
    every_days smallint NOT NULL CHECK (every_days > 0),
    last_from_ug bigint CHECK (last_from_ug > 0),
    last_percent smallint CHECK (last_percent BETWEEN 1 AND 100),
    last_every_days smallint CHECK (last_every_days >= every_days),
    strengths_ug bigint[] NOT NULL CHECK (cardinality(strengths_ug) > 0),
    halves boolean NOT NULL,
    pauses jsonb NOT NULL,
    step_on date[] NOT NULL CHECK (cardinality(step_on) > 0),
    step_ug bigint[] NOT NULL CHECK (cardinality(step_ug) = cardinality(step_on)),
    book_id text NOT NULL,
    findings jsonb NOT NULL,
    reason text CHECK (reason <> ''),
    agreed_on date NOT NULL,
    decided_by integer NOT NULL REFERENCES staff,
    decided_at timestamptz NOT NULL,
    PRIMARY KEY (person_id, version),
    CHECK (num_nonnulls(last_from_ug, last_percent, last_every_days) IN (0, 3)),
    -- Nothing holds backwards, and no plan goes up.
    CHECK (step_on[1] >= agreed_on),
    CHECK (step_ug[1] < from_ug AND step_ug[cardinality(step_ug)] = goal_ug)
);
CREATE TABLE taper_step (
    taken_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id bigint NOT NULL,
    version integer NOT NULL,
    unit_id smallint NOT NULL REFERENCES unit,
    on_day date NOT NULL,
    before_ug bigint NOT NULL,
    dose_ug bigint NOT NULL CHECK (dose_ug >= 0),
    -- Decided here, or found when the list was written: only what is found may be more.
    how text NOT NULL CHECK (how IN ('decided', 'found')),
    reason text CHECK (reason <> ''),
    findings jsonb NOT NULL,
    taken_by integer NOT NULL REFERENCES staff,
    taken_at timestamptz NOT NULL,
    FOREIGN KEY (person_id, version) REFERENCES taper_plan,
    CHECK (how = 'found' OR dose_ug < before_ug)
);
CREATE INDEX taper_step_plan ON taper_step (person_id, version, taken_id DESC);
CREATE TABLE sedative_event (
    event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id bigint NOT NULL REFERENCES person,
    unit_id smallint NOT NULL REFERENCES unit,
    kind text NOT NULL CHECK (kind IN ('told', 'reviewed', 'reached', 'stopped')),
    -- The plan it is about; none where the person was told.
    version integer CHECK ((version IS NULL) = (kind = 'told')),
    on_day date NOT NULL,
    note text CHECK (note <> ''),
    signed_by integer NOT NULL REFERENCES staff,
    signed_at timestamptz NOT NULL,
    FOREIGN KEY (person_id, version) REFERENCES taper_plan,
    CHECK (kind <> 'stopped' OR note IS NOT NULL)
);
CREATE UNIQUE INDEX sedative_event_end ON sedative_event (person_id, version)
    WHERE kind IN ('reached', 'stopped');
CREATE INDEX sedative_event_person ON sedative_event (person_id, kind, event_id DESC);
"""

NOW = """
-- Every plan in force: what is had now, and the first step of the plan below it.
CREATE VIEW taper_now WITH (security_invoker = true) AS
    SELECT p.person_id, p.version, p.unit_id, p.atc, coalesce(w.dose_ug, p.from_ug) AS dose_ug,
        n.on_day AS next_on, n.dose_ug AS next_ug
    FROM taper_plan p
    LEFT JOIN LATERAL (SELECT t.dose_ug FROM taper_step t
        WHERE (t.person_id, t.version) = (p.person_id, p.version)
        ORDER BY t.taken_id DESC LIMIT 1) w ON true
    LEFT JOIN LATERAL (SELECT s.on_day, s.dose_ug
        FROM unnest(p.step_on, p.step_ug) WITH ORDINALITY AS s (on_day, dose_ug, step_no)
        WHERE s.dose_ug < coalesce(w.dose_ug, p.from_ug) ORDER BY s.step_no LIMIT 1) n ON true
    WHERE NOT EXISTS (SELECT FROM taper_plan q
            WHERE q.person_id = p.person_id AND q.version > p.version)
        AND NOT EXISTS (SELECT FROM sedative_event e WHERE e.person_id = p.person_id
            AND e.version = p.version AND e.kind IN ('reached', 'stopped'));
"""

NAMES = ("sedative_list", "sedative_item", "taper_plan", "taper_step", "sedative_event")
WALL = """
GRANT SELECT, INSERT ON {table} TO dispensing_app;
GRANT SELECT ON {table} TO dispensing_auditor;
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_unit ON {table} FOR SELECT TO dispensing_app
    USING (unit_id = seen_as() OR read_here(person_id));
CREATE POLICY own_unit_adds ON {table} FOR INSERT TO dispensing_app
    WITH CHECK (unit_id = seen_as());
CREATE POLICY audits ON {table} FOR SELECT TO dispensing_auditor USING (true);
"""
GRANTS = """
GRANT SELECT ON taper_now TO dispensing_app, dispensing_auditor;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO dispensing_app;
"""


def upgrade() -> None:
    op.execute(TABLES)
    for table in NAMES:
        op.execute(WALL.format(table=table))
    op.execute(NOW)
    op.execute(GRANTS)


def downgrade() -> None:
    raise NotImplementedError("records are never dropped; restore a backup instead")
