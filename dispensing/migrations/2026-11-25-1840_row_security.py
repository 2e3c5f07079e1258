"""Row-level security: numbers, questions, notices and emergency accesses show to their unit alone.

A second wall behind the queries' own conditions: the application sees a row only in a transaction
that a session of the row's unit began (``app.unit_id``, set with the session's row, gone at its
end); without one it sees none. Nothing that a check decides by stands behind the wall: doses,
claims, orders and decisions cross units, and a row that cannot be seen is not a dose that was not
given. Enabled, not forced: the owner migrates, renews keys and dumps, and serves no request.
"""

from alembic import op

revision = "1840_row_security"
down_revision = "1830_restoration"
branch_labels = None
depends_on = None

CONTEXT = """
CREATE FUNCTION seen_as() RETURNS smallint LANGUAGE sql STABLE
    RETURN nullif(current_setting('app.unit_id', true), '')::smallint;
-- Where a person is enrolled or may be handed out to; of a merged record also the survivor's.
CREATE FUNCTION comes_here(p_person bigint) RETURNS boolean LANGUAGE sql STABLE
    RETURN EXISTS (SELECT FROM person p LEFT JOIN person s ON s.person_id = p.merged_into_id
        WHERE p.person_id = p_person AND seen_as() IN (p.unit_id, p.right_holder_unit_id,
            s.unit_id, s.right_holder_unit_id))
    OR EXISTS (SELECT FROM person_day d WHERE d.person_id = p_person
        AND d.right_holder_unit_id = seen_as() AND d.day >= current_date - 1)
    -- Two records compared or merged: whoever has the other's card or number is entitled to it.
    OR p_person = ANY (string_to_array(nullif(current_setting('app.also_people', true), ''),
        ',')::bigint[]);
-- Who holds a number, in whichever unit: the one question that must cross, and it answers an id.
CREATE FUNCTION holder_of_number(p_versions smallint[], p_hashes bytea[]) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(p.merged_into_id, p.person_id)
    FROM identifier_hash h JOIN person_identifier i USING (identifier_id)
    JOIN person p USING (person_id)
    JOIN unnest(p_versions, p_hashes) AS t (version, hash)
        ON h.pepper_version = t.version AND h.lookup_hash = t.hash
    LIMIT 1 $$;
REVOKE ALL ON FUNCTION holder_of_number(smallint[], bytea[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION holder_of_number(smallint[], bytea[]) TO dispensing_app;
"""

POLICIES = """
ALTER TABLE person_identifier ENABLE ROW LEVEL SECURITY;
ALTER TABLE doctor_question ENABLE ROW LEVEL SECURITY;
ALTER TABLE doctor_notice ENABLE ROW LEVEL SECURITY;
ALTER TABLE emergency_access ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_unit ON person_identifier TO dispensing_app
    USING (comes_here(person_id)) WITH CHECK (comes_here(person_id));
CREATE POLICY own_unit ON doctor_question TO dispensing_app
    USING (unit_id = seen_as() OR comes_here(person_id)) WITH CHECK (seen_as() IS NOT NULL);
CREATE POLICY own_unit ON doctor_notice FOR SELECT TO dispensing_app USING (unit_id = seen_as());
CREATE POLICY own_unit_reads ON doctor_notice FOR UPDATE TO dispensing_app
    USING (unit_id = seen_as());
-- Another unit is told, too: of an emergency access.
CREATE POLICY tells ON doctor_notice FOR INSERT TO dispensing_app
    WITH CHECK (seen_as() IS NOT NULL);
CREATE POLICY own_unit ON emergency_access TO dispensing_app
    USING (seen_as() IN (unit_id, person_unit_id) OR comes_here(person_id))
    WITH CHECK (seen_as() IN (unit_id, person_unit_id));
CREATE POLICY audits ON person_identifier FOR SELECT TO dispensing_auditor USING (true);
CREATE POLICY audits ON doctor_question FOR SELECT TO dispensing_auditor USING (true);
CREATE POLICY audits ON doctor_notice FOR SELECT TO dispensing_auditor USING (true);
CREATE POLICY audits ON emergency_access FOR SELECT TO dispensing_auditor USING (true);
"""


def upgrade() -> None:
    op.execute(CONTEXT)
    op.execute(POLICIES)


def downgrade() -> None:
    raise NotImplementedError("a wall is not taken down by a migration")
