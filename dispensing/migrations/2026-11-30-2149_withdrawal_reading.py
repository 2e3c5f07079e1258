"""Withdrawal measured at the counter is a record of its own: who, when, for whom, how many points.

The checks of the same clinic day read the latest one; it is never changed, only measured again.
"""

from alembic import op

revision = "2149_withdrawal_reading"
down_revision = "2140_orders"
branch_labels = None
depends_on = None

# 48 is the scale's end, every one of its eleven signs at the highest.
TABLE = """
CREATE TABLE withdrawal_reading (
    reading_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id bigint NOT NULL REFERENCES person,
    unit_id smallint NOT NULL REFERENCES unit,
    day date NOT NULL,
    cows smallint NOT NULL CHECK (cows BETWEEN 0 AND 48),
    measured_by integer NOT NULL REFERENCES staff,
    measured_at timestamptz NOT NULL
);
CREATE INDEX withdrawal_reading_of_day ON withdrawal_reading (person_id, day, measured_at);
GRANT SELECT, INSERT ON withdrawal_reading TO dispensing_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO dispensing_app;
GRANT SELECT ON withdrawal_reading TO dispensing_auditor;
"""


def upgrade() -> None:
    op.execute(TABLE)


def downgrade() -> None:
    raise NotImplementedError("records are never dropped; restore a backup instead")
