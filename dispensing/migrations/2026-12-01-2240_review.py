"""The yearly audit under review: reports, drafts, comments, adjustments, readings, signatures.

A draft's figures are a copy of what the ledger says up to the heads kept with it, and can be made
again from there; what doctors say to them is the record. Nothing is said to a signed report any
more, and its file never changes. Figures name people by number, and words may be of somebody:
both stand behind the second wall, while the list of who is how far does not.
"""

from alembic import op

revision = "2240_review"
down_revision = "2230_checkpoints"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE audit_report (
    report_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    unit_id smallint NOT NULL REFERENCES unit,
    first_on date NOT NULL,
    last_on date NOT NULL,
    UNIQUE (unit_id, first_on, last_on),
    CHECK (first_on <= last_on)
);
CREATE TABLE audit_draft (
    draft_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    report_id bigint NOT NULL REFERENCES audit_report,
    unit_id smallint NOT NULL REFERENCES unit,
    -- Nobody: the service, overnight.
    asked_by integer REFERENCES staff,
    asked_at timestamptz NOT NULL,
    begun_at timestamptz,
    done integer NOT NULL DEFAULT 0 CHECK (done >= 0),
    total integer NOT NULL DEFAULT 0 CHECK (total >= 0),
    ended_at timestamptz,
    failed text CHECK (failed ~ '^[a-z-]+$'),
    heads jsonb,
    figures_sha256 bytea CHECK (length(figures_sha256) = 32),
    pdf_sha256 bytea CHECK (length(pdf_sha256) = 32),
    CHECK (ended_at IS NOT NULL OR (failed IS NULL AND pdf_sha256 IS NULL)),
    CHECK (ended_at IS NULL OR (failed IS NULL) = (pdf_sha256 IS NOT NULL
        AND figures_sha256 IS NOT NULL AND heads IS NOT NULL))
);
CREATE UNIQUE INDEX audit_draft_one_at_a_time ON audit_draft (report_id) WHERE ended_at IS NULL;
CREATE INDEX audit_draft_report ON audit_draft (report_id, draft_id DESC);
CREATE TABLE audit_figures (
    draft_id bigint PRIMARY KEY REFERENCES audit_draft,
    unit_id smallint NOT NULL REFERENCES unit,
    figures bytea NOT NULL
);
CREATE TABLE audit_comment (
    comment_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    report_id bigint NOT NULL REFERENCES audit_report,
    unit_id smallint NOT NULL REFERENCES unit,
    indicator text NOT NULL CHECK (indicator ~ '^M[0-9]{1,2}$'),
    comment text NOT NULL CHECK (length(comment) >= 3),
    written_by integer NOT NULL REFERENCES staff,
    written_at timestamptz NOT NULL
);
CREATE INDEX audit_comment_report ON audit_comment (report_id, comment_id);
CREATE TABLE audit_adjustment (
    adjustment_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    report_id bigint NOT NULL REFERENCES audit_report,
    unit_id smallint NOT NULL REFERENCES unit,
    indicator text NOT NULL CHECK (indicator ~ '^M[0-9]{1,2}$'),
    what text NOT NULL CHECK (length(what) >= 3),
    owner_id integer NOT NULL REFERENCES staff,
    due_on date NOT NULL,
    decided_by integer NOT NULL REFERENCES staff,
    decided_at timestamptz NOT NULL
);
CREATE INDEX audit_adjustment_report ON audit_adjustment (report_id, adjustment_id);
-- Asked for by the next report: done, or not.
CREATE TABLE audit_answer (
    adjustment_id bigint NOT NULL REFERENCES audit_adjustment,
    report_id bigint NOT NULL REFERENCES audit_report,
    unit_id smallint NOT NULL REFERENCES unit,
    done boolean NOT NULL,
    note text CHECK (note <> ''),
    answered_by integer NOT NULL REFERENCES staff,
    answered_at timestamptz NOT NULL,
    PRIMARY KEY (adjustment_id, report_id)
);
CREATE TABLE audit_reading (
    reading_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    report_id bigint NOT NULL REFERENCES audit_report,
    draft_id bigint NOT NULL REFERENCES audit_draft,
    unit_id smallint NOT NULL REFERENCES unit,
    read_by integer NOT NULL REFERENCES staff,
    read_at timestamptz NOT NULL
);
CREATE INDEX audit_reading_report ON audit_reading (report_id, reading_id DESC);
CREATE TABLE audit_signature (
    report_id bigint PRIMARY KEY REFERENCES audit_report,
    draft_id bigint NOT NULL REFERENCES audit_draft,
    reading_id bigint NOT NULL REFERENCES audit_reading,
    unit_id smallint NOT NULL REFERENCES unit,
    pdf_sha256 bytea NOT NULL CHECK (length(pdf_sha256) = 32),
    signed_by integer NOT NULL REFERENCES staff,
    signed_at timestamptz NOT NULL
);
CREATE TABLE audit_file (
    report_id bigint PRIMARY KEY REFERENCES audit_signature,
    unit_id smallint NOT NULL REFERENCES unit,
    pdf bytea NOT NULL
);
"""

BARRIERS = """
-- The rows of one report are of its unit, and nothing is added to a signed one.
CREATE FUNCTION audit_open() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- Whoever signs finishes first.
    IF NOT EXISTS (SELECT FROM public.audit_report r WHERE r.report_id = NEW.report_id
            AND r.unit_id = NEW.unit_id FOR UPDATE)
        OR EXISTS (SELECT FROM public.audit_signature s WHERE s.report_id = NEW.report_id)
    THEN
        RAISE EXCEPTION 'another unit''s report, or one that is signed'
            USING ERRCODE = '42501', CONSTRAINT = 'audit_open';
    END IF;
    RETURN NEW;
END $$;
-- Signed is what another doctor has read: the newest draft, and no word said since.
CREATE FUNCTION audit_read_before() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM public.audit_reading g
        WHERE g.reading_id = NEW.reading_id AND g.report_id = NEW.report_id
        AND g.draft_id = NEW.draft_id AND g.read_by <> NEW.signed_by
        AND g.draft_id = (SELECT max(d.draft_id) FROM public.audit_draft d
            WHERE d.report_id = NEW.report_id AND d.pdf_sha256 IS NOT NULL)
        AND NOT EXISTS (SELECT FROM public.audit_comment c
            WHERE c.report_id = NEW.report_id AND c.written_at > g.read_at)
        AND NOT EXISTS (SELECT FROM public.audit_adjustment a
            WHERE a.report_id = NEW.report_id AND a.decided_at > g.read_at)
        AND NOT EXISTS (SELECT FROM public.audit_answer a
            WHERE a.report_id = NEW.report_id AND a.answered_at > g.read_at))
    THEN
        RAISE EXCEPTION 'another doctor reads what is signed'
            USING ERRCODE = '42501', CONSTRAINT = 'audit_read_before';
    END IF;
    RETURN NEW;
END $$;
-- What a draft came to never changes.
CREATE FUNCTION audit_draft_ended() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'this draft has ended'
        USING ERRCODE = '42501', CONSTRAINT = 'audit_draft_ended';
END $$;
CREATE TRIGGER audit_draft_ended BEFORE UPDATE ON audit_draft
    FOR EACH ROW WHEN (OLD.ended_at IS NOT NULL) EXECUTE FUNCTION audit_draft_ended();
CREATE TRIGGER b_read_before BEFORE INSERT ON audit_signature
    FOR EACH ROW EXECUTE FUNCTION audit_read_before();
"""
SIGNED = """
CREATE TRIGGER a_must_be_signed BEFORE INSERT ON {table}
    FOR EACH ROW WHEN (session_user <> 'dispensing_owner')
    EXECUTE FUNCTION must_be_signed('{who}', '{when}', 'own', 'doctor');
"""
SIGNERS = (
    ("audit_comment", "written_by", "written_at"),
    ("audit_adjustment", "decided_by", "decided_at"),
    ("audit_answer", "answered_by", "answered_at"),
    ("audit_reading", "read_by", "read_at"),
    ("audit_signature", "signed_by", "signed_at"),
)
OPEN = """
CREATE TRIGGER b_open BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION audit_open();
"""
WALL = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_unit ON {table} FOR SELECT TO dispensing_app USING (unit_id = seen_as());
CREATE POLICY own_unit_adds ON {table} FOR INSERT TO dispensing_app
    WITH CHECK (unit_id = seen_as());
"""
# The auditor of the database reads no figures that name people by number.
AUDITS = """
CREATE POLICY audits ON {table} FOR SELECT TO dispensing_auditor USING (true);
"""
WALLED = ("audit_figures", "audit_comment", "audit_adjustment", "audit_answer", "audit_file")
GRANTS = """
GRANT SELECT, INSERT ON audit_report, audit_draft, audit_figures, audit_comment, audit_adjustment,
    audit_answer, audit_reading, audit_signature, audit_file TO dispensing_app;
GRANT UPDATE (begun_at, done, total, ended_at, failed, heads, figures_sha256, pdf_sha256)
    ON audit_draft TO dispensing_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO dispensing_app;
GRANT SELECT ON audit_report, audit_draft, audit_comment, audit_adjustment, audit_answer,
    audit_reading, audit_signature, audit_file TO dispensing_auditor;
ALTER FUNCTION audit_open() OWNER TO dispensing_owner;
ALTER FUNCTION audit_read_before() OWNER TO dispensing_owner;
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(BARRIERS)
    for table, who, when in SIGNERS:
        op.execute(SIGNED.format(table=table, who=who, when=when))
    for table in ("audit_comment", "audit_adjustment", "audit_answer", "audit_reading"):
        op.execute(OPEN.format(table=table))
    op.execute(OPEN.format(table="audit_draft"))
    for table in WALLED:
        op.execute(WALL.format(table=table))
        if table != "audit_figures":
            op.execute(AUDITS.format(table=table))
    op.execute(GRANTS)


def downgrade() -> None:
    raise NotImplementedError("records are never dropped; restore a backup instead")
