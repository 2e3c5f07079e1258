"""The card scanned last in a session, and the units that demand the card when a dose is given."""

from alembic import op

revision = "1710_card_at_given"
down_revision = "1700_identity"
branch_labels = None
depends_on = None

CARD = """
ALTER TABLE unit ADD COLUMN card_at_given boolean NOT NULL DEFAULT false;
ALTER TABLE staff_session ADD COLUMN scanned_code text, ADD COLUMN scanned_at timestamptz;
GRANT UPDATE (card_at_given) ON unit TO dispensing_app;
GRANT UPDATE (scanned_code, scanned_at) ON staff_session TO dispensing_app;
"""


def upgrade() -> None:
    op.execute(CARD)


def downgrade() -> None:
    raise NotImplementedError("records are never dropped; restore a backup instead")
