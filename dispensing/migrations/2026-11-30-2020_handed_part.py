"""A dose that moved with a merge keeps the part it was handed out as.

Where both records had a dose for one day, the absorbed one's counts as another part of the
survivor's day. Its hand-out, its label, and what was told of it at home still name the part of
before: ``handed_part`` leads there. NULL where the dose never moved.
"""

from alembic import op

revision = "2020_handed_part"
down_revision = "2010_guest_right"
branch_labels = None
depends_on = None

COLUMN = "ALTER TABLE claim ADD COLUMN handed_part smallint CHECK (handed_part > 0)"
# Merges of before, from the newest back to the first: each row says the part before and the part
# after (``merge_writing._before``). One that was taken back has moved its doses back already.
OF_BEFORE = """
DO $$
DECLARE merge record;
BEGIN
    FOR merge IN SELECT m.before->'moved' AS moved FROM person_merge m
        LEFT JOIN person_unmerge x USING (merge_id) WHERE x.merge_id IS NULL
        ORDER BY m.merge_id DESC
    LOOP
        UPDATE claim c SET handed_part = (t.row->>2)::smallint
        FROM jsonb_array_elements(merge.moved) AS t (row)
        WHERE c.reservation_id = (t.row->>0)::bigint AND c.for_day = (t.row->>1)::date
            AND coalesce(c.handed_part, c.part) = (t.row->>3)::smallint;
    END LOOP;
END $$;
"""


def upgrade() -> None:
    op.execute(COLUMN)
    op.execute(OF_BEFORE)


def downgrade() -> None:
    raise NotImplementedError("records are never dropped; restore a backup instead")
