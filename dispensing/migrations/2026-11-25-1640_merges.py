"""Two records of one human: one absorbs the other, and the other can hold no dose any more.

``claimant_id`` is the person's own id while the record stands on its own. Claims and days refer to
it: once a record is merged it is NULL, so the database itself refuses a claim on it, and refuses
the merge while one is left behind (hazard H02, also with every lock removed).
"""

from alembic import op

revision = "1640_merges"
down_revision = "1630_observation_board"
branch_labels = None
depends_on = None

PERSON = """
ALTER TABLE person
    ADD COLUMN merged_into_id bigint REFERENCES person,
    ADD COLUMN also_ids bigint[] NOT NULL DEFAULT '{}',
    ADD COLUMN merged_at timestamptz,
    ADD COLUMN claimant_id bigint GENERATED ALWAYS AS
        (CASE WHEN merged_into_id IS NULL THEN person_id END) STORED,
    ADD CONSTRAINT person_claimant UNIQUE (claimant_id),
    ADD CONSTRAINT person_not_itself CHECK (merged_into_id <> person_id);
CREATE INDEX person_merged_into ON person (merged_into_id) WHERE merged_into_id IS NOT NULL;
ALTER TABLE claim DROP CONSTRAINT claim_person_id_fkey,
    ADD CONSTRAINT claim_of_claimant FOREIGN KEY (person_id) REFERENCES person (claimant_id);
ALTER TABLE person_day DROP CONSTRAINT person_day_person_id_fkey,
    ADD CONSTRAINT person_day_of_claimant FOREIGN KEY (person_id)
        REFERENCES person (claimant_id);
"""
MERGES = """
CREATE SEQUENCE merge_id_seq;
CREATE TABLE person_merge (
    merge_id bigint PRIMARY KEY,
    survivor_id bigint NOT NULL REFERENCES person,
    absorbed_id bigint NOT NULL REFERENCES person,
    unit_id smallint NOT NULL REFERENCES unit,
    reason text NOT NULL,
    findings jsonb NOT NULL,
    before jsonb NOT NULL,
    merged_by integer NOT NULL REFERENCES staff,
    merged_at timestamptz NOT NULL
);
CREATE INDEX person_merge_survivor ON person_merge (survivor_id);
CREATE TABLE person_unmerge (
    merge_id bigint PRIMARY KEY REFERENCES person_merge,
    reason text NOT NULL,
    unmerged_by integer NOT NULL REFERENCES staff,
    unmerged_at timestamptz NOT NULL
);
"""
GRANTS = """
GRANT SELECT, INSERT ON person_merge, person_unmerge TO dispensing_app;
GRANT USAGE ON SEQUENCE merge_id_seq TO dispensing_app;
GRANT UPDATE (merged_into_id, also_ids, merged_at, ended_on) ON person TO dispensing_app;
GRANT DELETE ON person_day TO dispensing_app;
GRANT SELECT ON person_merge, person_unmerge TO dispensing_auditor;
"""


def upgrade() -> None:
    for part in (PERSON, MERGES, GRANTS):
        op.execute(part)


def downgrade() -> None:
    raise NotImplementedError("records are never dropped; restore a backup instead")
