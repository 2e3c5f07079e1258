"""The look-up of a number finds names as every function of the owner does: catalogue first."""

from alembic import op

revision = "1910_search_path_of_a_lookup"
down_revision = "1900_claims_after_a_restore"
branch_labels = None
depends_on = None

FUNCTION = """
ALTER FUNCTION holder_of_number(smallint[], bytea[])
    SET search_path = pg_catalog, public, pg_temp;
"""


def upgrade() -> None:
    op.execute(FUNCTION)


def downgrade() -> None:
    raise NotImplementedError("a barrier is not taken back")
