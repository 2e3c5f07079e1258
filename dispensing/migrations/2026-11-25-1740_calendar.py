"""Closed days as decisions, and what a doctor decided for the people a closure meets.

``unit_closed_day`` stays what the rules read: what holds now. Only a decision changes it, and the
barriers stand here: somebody of the unit, who may, and never for a day that is over.
"""

from alembic import op

revision = "1740_calendar"
down_revision = "1730_collectors"
branch_labels = None
depends_on = None

CALENDAR = """
CREATE TABLE calendar_decision (
    unit_id smallint NOT NULL REFERENCES unit,
    day date NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    closed boolean NOT NULL,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    reason text,
    decided_by integer NOT NULL REFERENCES staff,
    decided_at timestamptz NOT NULL,
    PRIMARY KEY (unit_id, day, version)
);
CREATE FUNCTION calendar_decided() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    today date := (SELECT (clock_timestamp() AT TIME ZONE u.zone)::date FROM public.unit u
        WHERE u.unit_id = NEW.unit_id);
BEGIN
    IF NOT EXISTS (SELECT FROM public.staff s WHERE s.staff_id = NEW.decided_by
        AND s.unit_id = NEW.unit_id AND s.role IN ('administrator', 'doctor')
        AND s.ended_at IS NULL)
    THEN
        RAISE EXCEPTION 'a unit''s calendar is its administrator''s or doctor''s'
            USING ERRCODE = '42501', CONSTRAINT = 'calendar_decided_by';
    END IF;
    IF NEW.day < today OR (NEW.day = today AND coalesce(NEW.reason, '') = '') THEN
        RAISE EXCEPTION 'a day that is over stays as it was, and today needs a reason'
            USING ERRCODE = '42501', CONSTRAINT = 'calendar_coming_day';
    END IF;
    IF NEW.closed THEN
        INSERT INTO public.unit_closed_day (unit_id, day, name)
        VALUES (NEW.unit_id, NEW.day, NEW.name)
        ON CONFLICT (unit_id, day) DO UPDATE SET name = excluded.name;
    ELSE
        DELETE FROM public.unit_closed_day k WHERE k.unit_id = NEW.unit_id AND k.day = NEW.day;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER calendar_decided AFTER INSERT ON calendar_decision
    FOR EACH ROW EXECUTE FUNCTION calendar_decided();
"""

CLOSURES = """
CREATE TABLE closure_decision (
    unit_id smallint NOT NULL REFERENCES unit,
    first_day date NOT NULL,
    last_day date NOT NULL CHECK (last_day >= first_day),
    person_id bigint NOT NULL REFERENCES person,
    version integer NOT NULL CHECK (version > 0),
    choice text NOT NULL CHECK (choice IN ('home', 'called')),
    pickup_on date,
    prescription_version integer NOT NULL,
    reason text NOT NULL CHECK (length(reason) >= 3),
    decided_by integer NOT NULL REFERENCES staff,
    decided_at timestamptz NOT NULL,
    PRIMARY KEY (unit_id, first_day, person_id, version),
    CHECK ((choice = 'home') = (pickup_on IS NOT NULL))
);
CREATE INDEX closure_decision_person ON closure_decision (person_id, first_day);

CREATE FUNCTION arrangement_decided() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- Session user: the owner's own loading of synthetic data is not asked.
    IF session_user <> 'dispensing_app' THEN
        RETURN NEW;
    END IF;
    IF NOT EXISTS (SELECT FROM public.staff s JOIN public.person p ON p.person_id = NEW.person_id
            WHERE s.staff_id = NEW.decided_by AND s.role = 'doctor' AND s.ended_at IS NULL
            AND s.unit_id IN (p.unit_id, p.right_holder_unit_id))
        OR NEW.version <> 1 + coalesce((SELECT max(a.version) FROM public.arrangement a
            WHERE a.person_id = NEW.person_id), 0)
    THEN
        RAISE EXCEPTION 'an arrangement is the next decision of a doctor of the person''s unit'
            USING ERRCODE = '42501', CONSTRAINT = 'arrangement_decided_by';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER arrangement_decided BEFORE INSERT ON arrangement
    FOR EACH ROW EXECUTE FUNCTION arrangement_decided();
"""

GRANTS = """
GRANT SELECT, INSERT ON calendar_decision, closure_decision TO dispensing_app;
GRANT SELECT ON calendar_decision, closure_decision TO dispensing_auditor;
GRANT INSERT ON arrangement TO dispensing_app;
ALTER FUNCTION calendar_decided() OWNER TO dispensing_owner;
ALTER FUNCTION arrangement_decided() OWNER TO dispensing_owner;
"""


def upgrade() -> None:
    for part in (CALENDAR, CLOSURES, GRANTS):
        op.execute(part)


def downgrade() -> None:
    raise NotImplementedError("records are never dropped; restore a backup instead")
