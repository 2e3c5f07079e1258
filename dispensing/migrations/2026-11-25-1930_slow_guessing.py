"""Wrong PINs are also counted from one full sign-in to the next.

The count in a row begins anew whenever the owner uses the PIN, so that somebody beside them could
try four after each of their presses, all day.
"""

from alembic import op

revision = "1930_slow_guessing"
down_revision = "1920_signed_in_for_one_act"
branch_labels = None
depends_on = None

# What was counted in a row counts here too.
COUNT = """
ALTER TABLE staff_pin ADD COLUMN wrong_since_signed_in smallint NOT NULL DEFAULT 0;
UPDATE staff_pin SET wrong_since_signed_in = failed_attempts;
ALTER TABLE staff_pin ADD CHECK (wrong_since_signed_in >= failed_attempts);
"""


def upgrade() -> None:
    op.execute(COUNT)


def downgrade() -> None:
    raise NotImplementedError("records are never dropped; restore a backup instead")
