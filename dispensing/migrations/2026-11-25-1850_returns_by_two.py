"""A dose brought back from home is bound to the act by which two people took it in.

Before, one person alone could say that it came back, which frees a day for another dose.
"""

from alembic import op

revision = "1850_returns_by_two"
down_revision = "1840_row_security"
branch_labels = None
depends_on = None

# What was recorded before has no such act and stays as it is: records are never rewritten.
BOUND = """
ALTER TABLE home_return
    ADD COLUMN act_id bigint UNIQUE REFERENCES stock_act,
    ADD CONSTRAINT home_return_by_two CHECK (act_id IS NOT NULL) NOT VALID;
"""


def upgrade() -> None:
    op.execute(BOUND)


def downgrade() -> None:
    raise NotImplementedError("records are never dropped; restore a backup instead")
