"""A claim is refused while paper holds the dose, and again while a restore is unresolved.

The step before this one wrote the function anew for merged records and left the restored state out;
here both stand. Whoever changes it next starts from this one.
"""

from alembic import op

revision = "1900_claims_after_a_restore"
down_revision = "1858_holds_that_hold"
branch_labels = None
depends_on = None

FUNCTION = """
CREATE OR REPLACE FUNCTION claim_not_on_paper() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM added a
        JOIN reservation r USING (reservation_id) JOIN unit u ON u.unit_id = a.unit_id
        WHERE r.source = 'counter' AND (
            EXISTS (SELECT FROM paper_hold h WHERE (h.until_on IS NULL
                    OR (a.claimed_at AT TIME ZONE u.zone)::date < h.until_on)
                -- A hold of a record merged into this one holds this one.
                AND h.person_id IN (SELECT unnest(p.person_id || p.also_ids) FROM person p
                    WHERE p.person_id = a.person_id))
            OR EXISTS (SELECT FROM restoration s WHERE s.unit_id = a.unit_id
                AND s.closed_at IS NULL)
            OR EXISTS (SELECT FROM downtime d WHERE d.unit_id = a.unit_id AND d.over_at IS NULL)))
    THEN
        RAISE EXCEPTION 'a paper list holds this dose'
            USING ERRCODE = 'DS011', CONSTRAINT = 'claim_not_on_paper';
    END IF;
    RETURN NULL;
END $$;
"""


def upgrade() -> None:
    op.execute(FUNCTION)


def downgrade() -> None:
    raise NotImplementedError("a barrier is not taken back")
