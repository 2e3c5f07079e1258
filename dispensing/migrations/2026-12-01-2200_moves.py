"""Moves: away at a place outside the service and back, and the treatment at another unit.

Whoever is *away* (hospital, prison, own doctor) has the right to dispense there: no unit of the
service hands out until the return is recorded. Nothing moves, so nothing has to move back:
``person.away_id`` goes before the place that holds the right. ``person.unknown_through`` is the
last day of a stay of which nobody could tell what was had: coverage before it says nothing.

A treatment moves to another *unit* by two signatures: a doctor offers it, a doctor there accepts.
Person and right move with the second one, in its transaction. Both follow from the records, with
the owner's rights; the application may write neither.
"""

from alembic import op

revision = "2200_moves"
down_revision = "2120_indkald"
branch_labels = None
depends_on = None

AWAY = """
CREATE TABLE away (
    away_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id bigint NOT NULL REFERENCES person,
    unit_id smallint NOT NULL REFERENCES unit,
    place text NOT NULL CHECK (place IN ('hospital', 'psychiatry', 'prison', 'residential',
        'private_clinic', 'gp', 'low_threshold', 'other')),
    name text NOT NULL CHECK (name <> ''),
    phone text CHECK (phone <> ''),
    told_by text NOT NULL CHECK (told_by <> ''),
    since_at timestamptz NOT NULL,
    expected_on date,
    -- Whether the place gives the dose; null where nobody said.
    gives boolean,
    note text CHECK (note <> ''),
    home_doses smallint NOT NULL CHECK (home_doses >= 0),
    recorded_by integer NOT NULL REFERENCES staff,
    recorded_at timestamptz NOT NULL,
    CHECK (since_at <= recorded_at)
);
CREATE INDEX away_person ON away (person_id, away_id DESC);
CREATE TABLE away_return (
    away_id bigint PRIMARY KEY REFERENCES away,
    person_id bigint NOT NULL REFERENCES person,
    unit_id smallint NOT NULL REFERENCES unit,
    -- What is known of the days away: doses were had from a day until a day, none, or nothing.
    coverage text NOT NULL CHECK (coverage IN ('had', 'none', 'unknown')),
    from_on date,
    until_on date,
    product_code text REFERENCES product,
    daily_ug bigint CHECK (daily_ug > 0),
    last_at timestamptz,
    -- Whether it is known that nothing was had on the days outside these.
    rest_known boolean NOT NULL,
    -- The last day of which it is not known what was had; null where every day is known.
    unknown_through date,
    told_by text NOT NULL CHECK (told_by <> ''),
    dose_note text CHECK (dose_note <> ''),
    recorded_by integer NOT NULL REFERENCES staff,
    recorded_at timestamptz NOT NULL,
    CHECK ((coverage = 'had') = (from_on IS NOT NULL AND until_on IS NOT NULL)),
    CHECK (from_on <= until_on),
    CHECK (coverage = 'had' OR (product_code IS NULL AND daily_ug IS NULL AND last_at IS NULL))
);
CREATE INDEX away_return_person ON away_return (person_id, away_id DESC);
ALTER TABLE person ADD COLUMN away_id bigint REFERENCES away,
    ADD COLUMN unknown_through date;
CREATE INDEX person_away ON person (unit_id) WHERE away_id IS NOT NULL;
ALTER TABLE reservation DROP CONSTRAINT reservation_source_check,
    ADD CONSTRAINT reservation_source_check CHECK (source IN ('counter', 'paper', 'elsewhere'));
"""

FOLLOWS = """
CREATE FUNCTION away_begins() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    gone public.person%ROWTYPE;
BEGIN
    SELECT * INTO gone FROM public.person p WHERE p.person_id = NEW.person_id FOR UPDATE;
    IF EXISTS (SELECT FROM public.claim c
        WHERE c.person_id = NEW.person_id AND c.state <> 'given')
    THEN
        RAISE EXCEPTION 'a dose is open: say first what became of it'
            USING ERRCODE = '42501', CONSTRAINT = 'away_settled';
    END IF;
    IF public.paper_in_use(NEW.person_id,
        array_remove(ARRAY[gone.unit_id, gone.right_holder_unit_id], NULL))
    THEN
        RAISE EXCEPTION 'a place hands out from paper'
            USING ERRCODE = '42501', CONSTRAINT = 'away_not_on_paper';
    END IF;
    UPDATE public.person p SET away_id = NEW.away_id
    WHERE p.person_id = NEW.person_id AND p.away_id IS NULL AND p.merged_into_id IS NULL
        AND p.ended_on IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'away already, or not in treatment'
            USING ERRCODE = '42501', CONSTRAINT = 'away_begins';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER away_begins AFTER INSERT ON away FOR EACH ROW EXECUTE FUNCTION away_begins();
CREATE FUNCTION away_ends() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- Of a record that was merged into the person's since, as well.
    UPDATE public.person p SET away_id = NULL
    FROM public.person s WHERE s.person_id = NEW.person_id AND s.merged_into_id IS NULL
        AND p.person_id = ANY (s.person_id || s.also_ids) AND p.away_id = NEW.away_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'nobody of this record is away there'
            USING ERRCODE = '42501', CONSTRAINT = 'away_ends';
    END IF;
    UPDATE public.person p
    SET unknown_through = greatest(p.unknown_through, NEW.unknown_through)
    WHERE p.person_id = NEW.person_id AND NEW.unknown_through IS NOT NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER away_ends AFTER INSERT ON away_return FOR EACH ROW EXECUTE FUNCTION away_ends();
-- Whoever leaves for another course is away no more.
CREATE FUNCTION nobody_away_after_enrolment() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE public.person p SET away_id = NULL WHERE p.person_id = NEW.person_id;
    RETURN NULL;
END $$;
CREATE TRIGGER nobody_away_after_enrolment AFTER INSERT ON course
    FOR EACH ROW WHEN (session_user <> 'dispensing_owner')
    EXECUTE FUNCTION nobody_away_after_enrolment();
ALTER FUNCTION away_begins() OWNER TO dispensing_owner;
ALTER FUNCTION away_ends() OWNER TO dispensing_owner;
ALTER FUNCTION nobody_away_after_enrolment() OWNER TO dispensing_owner;
"""

LETTER = """
-- What was written down to be sent along, as it was then; each print of it is an entry.
CREATE TABLE move_letter (
    letter_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id bigint NOT NULL REFERENCES person,
    unit_id smallint NOT NULL REFERENCES unit,
    to_name text NOT NULL CHECK (to_name <> ''),
    content jsonb NOT NULL,
    written_by integer NOT NULL REFERENCES staff,
    written_at timestamptz NOT NULL
);
CREATE INDEX move_letter_person ON move_letter (person_id, letter_id DESC);
"""

OFFERS = """
CREATE TABLE move_offer (
    offer_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id bigint NOT NULL REFERENCES person,
    unit_id smallint NOT NULL REFERENCES unit,
    to_unit_id smallint NOT NULL REFERENCES unit,
    letter_id bigint NOT NULL REFERENCES move_letter,
    reason text NOT NULL CHECK (reason <> ''),
    offered_by integer NOT NULL REFERENCES staff,
    offered_at timestamptz NOT NULL,
    CHECK (unit_id <> to_unit_id)
);
CREATE INDEX move_offer_person ON move_offer (person_id, offer_id DESC);
CREATE INDEX move_offer_to ON move_offer (to_unit_id, offer_id DESC);
CREATE TABLE move_answer (
    offer_id bigint PRIMARY KEY REFERENCES move_offer,
    person_id bigint NOT NULL REFERENCES person,
    unit_id smallint NOT NULL REFERENCES unit,
    answer text NOT NULL CHECK (answer IN ('accepted', 'declined', 'withdrawn')),
    reason text CHECK (reason <> ''),
    answered_by integer NOT NULL REFERENCES staff,
    answered_at timestamptz NOT NULL,
    CHECK (answer = 'accepted' OR reason IS NOT NULL)
);
CREATE INDEX move_answer_person ON move_answer (person_id);
-- What waits to be answered: a unit sees what it offered and what is offered to it.
CREATE FUNCTION move_offer_open(p_offer bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT NOT EXISTS (SELECT FROM public.move_answer a WHERE a.offer_id = p_offer) $$;
REVOKE ALL ON FUNCTION move_offer_open(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION move_offer_open(bigint) TO dispensing_app;
CREATE FUNCTION one_move_offer() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM FROM public.person p WHERE p.person_id = NEW.person_id FOR UPDATE;
    IF EXISTS (SELECT FROM public.move_offer o WHERE o.person_id = NEW.person_id
            AND o.offer_id <> NEW.offer_id AND public.move_offer_open(o.offer_id))
        OR NOT EXISTS (SELECT FROM public.unit u WHERE u.unit_id = NEW.to_unit_id
            AND u.kind <> 'pharmacy')
        OR NOT EXISTS (SELECT FROM public.move_letter l WHERE l.letter_id = NEW.letter_id
            AND l.person_id = NEW.person_id AND l.unit_id = NEW.unit_id)
    THEN
        RAISE EXCEPTION 'one offer at a time, to a unit that treats, with its letter'
            USING ERRCODE = '42501', CONSTRAINT = 'one_move_offer';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER one_move_offer AFTER INSERT ON move_offer
    FOR EACH ROW EXECUTE FUNCTION one_move_offer();
CREATE FUNCTION move_answered() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    o public.move_offer%ROWTYPE;
    today date;
BEGIN
    SELECT * INTO o FROM public.move_offer q WHERE q.offer_id = NEW.offer_id;
    IF o.person_id IS DISTINCT FROM NEW.person_id OR NEW.unit_id IS DISTINCT FROM
        (CASE WHEN NEW.answer = 'withdrawn' THEN o.unit_id ELSE o.to_unit_id END)
    THEN
        RAISE EXCEPTION 'an offer is answered where it was made to, or withdrawn where it was made'
            USING ERRCODE = '42501', CONSTRAINT = 'move_answered';
    END IF;
    IF NEW.answer <> 'accepted' THEN
        RETURN NULL;
    END IF;
    PERFORM FROM public.person p WHERE p.person_id = o.person_id FOR UPDATE;
    IF EXISTS (SELECT FROM public.claim c
            WHERE c.person_id = o.person_id AND c.state <> 'given')
        OR public.paper_in_use(o.person_id, ARRAY[o.unit_id, o.to_unit_id])
    THEN
        RAISE EXCEPTION 'a dose is open, or a place hands out from paper'
            USING ERRCODE = 'DS012', CONSTRAINT = 'move_settled';
    END IF;
    today := (SELECT (clock_timestamp() AT TIME ZONE u.zone)::date FROM public.unit u
        WHERE u.unit_id = o.to_unit_id);
    -- The right moves where it lay with the treatment; a pharmacy that holds it goes on.
    UPDATE public.person p SET unit_id = o.to_unit_id,
        right_holder_unit_id = CASE WHEN p.right_holder_unit_id = o.unit_id THEN o.to_unit_id
            ELSE p.right_holder_unit_id END
    WHERE p.person_id = o.person_id AND p.unit_id = o.unit_id AND p.merged_into_id IS NULL
        AND (p.ended_on IS NULL OR p.ended_on > today);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the treatment is no more where it was offered from'
            USING ERRCODE = 'DS012', CONSTRAINT = 'move_treated_there';
    END IF;
    -- A day of which nothing is taken any more belongs to the new place, too.
    UPDATE public.person_day d SET right_holder_unit_id = o.to_unit_id
    WHERE d.person_id = o.person_id AND d.right_holder_unit_id = o.unit_id
        AND d.used_ug = 0 AND d.night_ug = 0 AND d.day >= today;
    -- The files in the folders say what the older lists say: they are due anew.
    UPDATE public.emergency_run r
    SET made_at = least(r.made_at, clock_timestamp() - interval '1 hour')
    WHERE r.unit_id IN (o.unit_id, o.to_unit_id);
    RETURN NULL;
END $$;
CREATE TRIGGER move_answered AFTER INSERT ON move_answer
    FOR EACH ROW EXECUTE FUNCTION move_answered();
ALTER FUNCTION one_move_offer() OWNER TO dispensing_owner;
ALTER FUNCTION move_offer_open(bigint) OWNER TO dispensing_owner;
ALTER FUNCTION move_answered() OWNER TO dispensing_owner;
"""

# Table, column of who, column of when, whose unit, who may, and for which rows (decision 0024).
WALLS = (
    ("away", "recorded_by", "recorded_at", "treating", ("doctor", "nurse"), ""),
    ("away_return", "recorded_by", "recorded_at", "treating", ("doctor", "nurse"), ""),
    ("move_letter", "written_by", "written_at", "treating", ("doctor", "nurse"), ""),
    ("move_offer", "offered_by", "offered_at", "treating", ("doctor",), ""),
    ("move_answer", "answered_by", "answered_at", "own", ("doctor",), ""),
)
WALL = """
CREATE TRIGGER {name} BEFORE INSERT ON {table}
    FOR EACH ROW WHEN (session_user <> 'dispensing_owner'{rows})
    EXECUTE FUNCTION must_be_signed({arguments});
"""
READ = {
    "away": "unit_id = seen_as() OR read_here(person_id)",
    "away_return": "unit_id = seen_as() OR read_here(person_id)",
    # The letter goes with the offer, until it is answered.
    "move_letter": """unit_id = seen_as() OR read_here(person_id) OR EXISTS (
        SELECT FROM move_offer o WHERE o.letter_id = move_letter.letter_id
        AND o.to_unit_id = seen_as() AND move_offer_open(o.offer_id))""",
    "move_offer": "unit_id = seen_as() OR to_unit_id = seen_as() OR read_here(person_id)",
    "move_answer": """unit_id = seen_as() OR read_here(person_id) OR EXISTS (
        SELECT FROM move_offer o WHERE o.offer_id = move_answer.offer_id
        AND seen_as() IN (o.unit_id, o.to_unit_id))""",
}
SECOND_WALL = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_unit ON {table} FOR SELECT TO dispensing_app USING ({read});
CREATE POLICY own_unit_adds ON {table} FOR INSERT TO dispensing_app
    WITH CHECK (unit_id = seen_as());
CREATE POLICY audits ON {table} FOR SELECT TO dispensing_auditor USING (true);
GRANT SELECT, INSERT ON {table} TO dispensing_app;
GRANT SELECT ON {table} TO dispensing_auditor;
"""


def upgrade() -> None:
    for part in (AWAY, FOLLOWS, LETTER, OFFERS):
        op.execute(part)
    for number, (table, who, when, unit, roles, rows) in enumerate(WALLS):
        named = ", ".join(f"'{one}'" for one in (who, when, unit, *roles))
        op.execute(
            WALL.format(
                name=f"a{number}_must_be_signed",
                table=table,
                rows=f" AND {rows}" if rows else "",
                arguments=named,
            )
        )
    for table, read in READ.items():
        op.execute(SECOND_WALL.format(table=table, read=read))
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO dispensing_app")


def downgrade() -> None:
    raise NotImplementedError("records are never dropped; restore a backup instead")
