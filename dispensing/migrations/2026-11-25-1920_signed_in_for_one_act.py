"""A sign-in for one act at somebody else's screen is told apart: it begins no shift.

Until here a doctor who decided at the counter stood among the colleagues whose PIN takes screens
over, for the rest of the day.
"""

from alembic import op

revision = "1920_signed_in_for_one_act"
down_revision = "1910_search_path_of_a_lookup"
branch_labels = None
depends_on = None

SESSIONS = """
ALTER TABLE staff_session
    DROP CONSTRAINT staff_session_how_check,
    ADD CONSTRAINT staff_session_how_check
        CHECK (how IN ('password', 'oidc', 'card', 'pin', 'once'));
"""


def upgrade() -> None:
    op.execute(SESSIONS)


def downgrade() -> None:
    raise NotImplementedError("records are never dropped; restore a backup instead")
