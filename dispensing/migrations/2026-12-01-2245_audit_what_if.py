"""A draft of the audit may ask the period's decisions again under a proposed rule book."""

from alembic import op

revision = "2245_audit_what_if"
down_revision = "2245_answered_doubts"
branch_labels = None
depends_on = None

COLUMN = """
ALTER TABLE audit_draft ADD COLUMN proposed text CHECK (proposed ~ '^[a-z0-9][a-z0-9-]*$');
"""


def upgrade() -> None:
    op.execute(COLUMN)


def downgrade() -> None:
    raise NotImplementedError("records are never dropped; restore a backup instead")
