"""Since when a doubt that a person has answered for reached back.

The service stops itself at its start, and a doctor may have resolved that before the signer first
looks: the signer then must know that the loss it finds is the one that was answered for, and
not an older one that nobody has been told of.
"""

from alembic import op

revision = "2245_answered_doubts"
down_revision = "2240_review"
branch_labels = None
depends_on = None

# The earliest of them: what was signed before that moment was never in doubt.
ANSWERED = """
CREATE FUNCTION restoration_answered(p_after timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT min(uncertain_since) FROM restoration
     WHERE closed_at IS NOT NULL AND restored_at > p_after
$$;
"""


def upgrade() -> None:
    op.execute(ANSWERED)
    name = "restoration_answered(timestamptz)"
    op.execute(f"ALTER FUNCTION {name} OWNER TO dispensing_owner")
    op.execute(f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {name} TO dispensing_signer, dispensing_app")


def downgrade() -> None:
    raise NotImplementedError("records are never dropped; restore a backup instead")
