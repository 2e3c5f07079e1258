"""What is written of a person at the counter stands behind the second wall, too (decision 0019).

Collectors, labels, the rows of emergency lists, what was entered from paper with its conflicts,
adverse events, observations with their looks, returns and counts of home doses, refusals, choices
before a closure, and merges show to the unit that wrote them and to those where the person belongs.
Three questions cross by name: whether somebody of the unit has a person open in an emergency, of
which hand-out a label's code is, and how many conflicts of paper a unit has to settle.

Nothing that a check decides by is behind it, and no policy shows half: a permission is seen with
its withdrawal, an event with its text, a merge with its taking back, or not at all.
"""

from alembic import op

revision = "2000_wider_wall"
down_revision = "1930_slow_guessing"
branch_labels = None
depends_on = None

CONTEXT = """
-- Where a person is enrolled or may be handed out to; of a merged record also the survivor's. It
-- lets through whomever the counter's own condition does (``loading.at_this_unit``).
CREATE OR REPLACE FUNCTION comes_here(p_person bigint) RETURNS boolean LANGUAGE sql STABLE
    RETURN EXISTS (SELECT FROM person p LEFT JOIN person s ON s.person_id = p.merged_into_id
        WHERE p.person_id = p_person AND (seen_as() IN (p.unit_id, p.right_holder_unit_id,
            s.unit_id, s.right_holder_unit_id)
        OR EXISTS (SELECT FROM person_day d WHERE d.person_id IN (p.person_id, s.person_id)
            AND d.right_holder_unit_id = seen_as() AND d.day >= current_date - 1)))
    -- Two records compared or merged: whoever has the other's card or number is entitled to it.
    OR p_person = ANY (string_to_array(nullif(current_setting('app.also_people', true), ''),
        ',')::bigint[]);
-- Whether somebody of the unit has the person (or the record's survivor) open in an emergency.
CREATE FUNCTION opened_here(p_person bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM public.person p JOIN public.emergency_access a
            ON a.person_id IN (p.person_id, p.merged_into_id)
        WHERE p.person_id = p_person AND a.unit_id = public.seen_as()
            AND a.until_at > clock_timestamp()) $$;
CREATE FUNCTION read_here(p_person bigint) RETURNS boolean LANGUAGE sql STABLE
    RETURN comes_here(p_person) OR opened_here(p_person);
-- Whether the unit handed out what a row tells the rest of, wherever the person belongs since.
CREATE FUNCTION handed_out_here(p_reservation bigint) RETURNS boolean LANGUAGE sql STABLE
    RETURN EXISTS (SELECT FROM reservation r
        WHERE r.reservation_id = p_reservation AND r.unit_id = seen_as());
"""

CROSSINGS = """
-- A package that was found: whoever holds it has the code, whichever unit it is of.
CREATE FUNCTION label_of_code(p_code text) RETURNS SETOF label
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT * FROM public.label WHERE code = p_code $$;
-- For a monitor, which is of no unit: a number, and nobody.
CREATE FUNCTION paper_conflicts_open(p_unit smallint) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT count(*) FROM public.paper_conflict WHERE unit_id = p_unit AND closed_at IS NULL $$;
REVOKE ALL ON FUNCTION opened_here(bigint), label_of_code(text), paper_conflicts_open(smallint)
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION opened_here(bigint), label_of_code(text), paper_conflicts_open(smallint)
    TO dispensing_app;
"""

# Rows that name the unit that wrote them and the person.
OF_UNIT_AND_PERSON = (
    "label",
    "paper_conflict",
    "observation",
    "sedation_check",
    "home_return",
    "count_back",
    "refusal",
    "closure_decision",
)
# Rows that are seen with the row they belong to: table, its parent, the column they share.
WITH_ITS_PARENT = (
    ("collector_withdrawn", "collector", "collector_id"),
    ("collection", "collector", "collector_id"),
    ("adverse_event_text", "adverse_event", "event_id"),
    ("adverse_event_export", "adverse_event", "event_id"),
    ("person_unmerge", "person_merge", "merge_id"),
)
BY_UNIT_AND_PERSON = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_unit ON {table} FOR SELECT TO dispensing_app
    USING (unit_id = seen_as() OR read_here(person_id));
CREATE POLICY own_unit_adds ON {table} FOR INSERT TO dispensing_app
    WITH CHECK (unit_id = seen_as());
CREATE POLICY audits ON {table} FOR SELECT TO dispensing_auditor USING (true);
"""
BY_PARENT = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_unit ON {table} TO dispensing_app
    USING (EXISTS (SELECT FROM {parent} o WHERE o.{column} = {table}.{column}));
CREATE POLICY audits ON {table} FOR SELECT TO dispensing_auditor USING (true);
"""
# What came back at another unit was handed out all the same: whoever handed it out, as to a guest,
# takes the hand-out back as one that never happened only where nothing of it came back. Looks and
# labels are always of the unit that handed out.
BROUGHT_BACK = """
ALTER POLICY own_unit ON home_return
    USING (unit_id = seen_as() OR read_here(person_id) OR handed_out_here(reservation_id));
"""
# What a unit has begun about a person, the unit they have moved to ends.
CHANGED = """
CREATE POLICY own_unit_changes ON observation FOR UPDATE TO dispensing_app
    USING (unit_id = seen_as() OR comes_here(person_id));
CREATE POLICY own_unit_changes ON paper_conflict FOR UPDATE TO dispensing_app
    USING (unit_id = seen_as() OR comes_here(person_id));
"""
EACH_ITS_OWN = """
ALTER TABLE collector ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_unit ON collector FOR SELECT TO dispensing_app USING (read_here(person_id));
CREATE POLICY own_unit_adds ON collector FOR INSERT TO dispensing_app
    WITH CHECK (comes_here(person_id));
CREATE POLICY audits ON collector FOR SELECT TO dispensing_auditor USING (true);
ALTER TABLE paper_event ENABLE ROW LEVEL SECURITY;
-- Who has a conflict about somebody to settle sees what every paper says of them.
CREATE POLICY own_unit ON paper_event FOR SELECT TO dispensing_app
    USING (unit_id = seen_as() OR read_here(person_id)
        OR EXISTS (SELECT FROM paper_conflict c WHERE c.person_id = paper_event.person_id
            AND c.unit_id = seen_as()));
CREATE POLICY own_unit_adds ON paper_event FOR INSERT TO dispensing_app
    WITH CHECK (unit_id = seen_as());
CREATE POLICY audits ON paper_event FOR SELECT TO dispensing_auditor USING (true);
ALTER TABLE adverse_event ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_unit ON adverse_event TO dispensing_app USING (unit_id = seen_as());
CREATE POLICY audits ON adverse_event FOR SELECT TO dispensing_auditor USING (true);
ALTER TABLE emergency_list_rows ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_unit ON emergency_list_rows TO dispensing_app
    USING (EXISTS (SELECT FROM emergency_list l WHERE l.serial = emergency_list_rows.serial
        AND l.unit_id = seen_as()));
CREATE POLICY audits ON emergency_list_rows FOR SELECT TO dispensing_auditor USING (true);
ALTER TABLE person_merge ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_unit ON person_merge FOR SELECT TO dispensing_app
    USING (unit_id = seen_as() OR comes_here(survivor_id) OR comes_here(absorbed_id));
CREATE POLICY own_unit_adds ON person_merge FOR INSERT TO dispensing_app
    WITH CHECK (unit_id = seen_as());
CREATE POLICY audits ON person_merge FOR SELECT TO dispensing_auditor USING (true);
"""


def upgrade() -> None:
    op.execute(CONTEXT)
    op.execute(CROSSINGS)
    for table in OF_UNIT_AND_PERSON:
        op.execute(BY_UNIT_AND_PERSON.format(table=table))
    op.execute(BROUGHT_BACK)
    op.execute(CHANGED)
    op.execute(EACH_ITS_OWN)
    for table, parent, column in WITH_ITS_PARENT:
        op.execute(BY_PARENT.format(table=table, parent=parent, column=column))


def downgrade() -> None:
    raise NotImplementedError("a wall is not taken down by a migration")
