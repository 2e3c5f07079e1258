"""Moves, as a review left them: offers that are over by themselves, stays that a course ends.

An offer whose person was discharged, died, was merged, moved otherwise or began another course
since waits no more: nobody could answer it, its letter is old, and it must not be accepted later.

Whoever is enrolled anew while away is away no more; what was had there until then nobody told, so
it is unknown. Both hold for records that were merged into the person's, too.

A day of an indkald on which the person was away is not held, and says so.
"""

from alembic import op

revision = "2250_moves_reviewed"
down_revision = "2245_audit_what_if"
branch_labels = None
depends_on = None

OPEN = """
CREATE OR REPLACE FUNCTION move_offer_open(p_offer bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM public.move_offer o JOIN public.person p USING (person_id)
        JOIN public.unit u ON u.unit_id = o.unit_id
        WHERE o.offer_id = p_offer AND p.unit_id = o.unit_id AND p.merged_into_id IS NULL
        AND (p.ended_on IS NULL OR p.ended_on > (clock_timestamp() AT TIME ZONE u.zone)::date)
        AND (p.course_from IS NULL OR p.course_from <= o.offered_at)
        AND NOT EXISTS (SELECT FROM public.move_answer a WHERE a.offer_id = o.offer_id)) $$;
"""
ENROLMENT = """
CREATE OR REPLACE FUNCTION nobody_away_after_enrolment() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE public.person p
    SET away_id = NULL, unknown_through = greatest(p.unknown_through, NEW.enrolled_on - 1)
    FROM public.person s WHERE s.person_id = NEW.person_id
        AND p.person_id = ANY (s.person_id || s.also_ids) AND p.away_id IS NOT NULL;
    RETURN NULL;
END $$;
"""
AWAY_DAYS = """
ALTER TABLE indkald_missed DROP CONSTRAINT indkald_missed_why_check,
    ADD CONSTRAINT indkald_missed_why_check CHECK (why IN ('no-dose', 'not-observed', 'away'));
"""


def upgrade() -> None:
    for part in (OPEN, ENROLMENT, AWAY_DAYS):
        op.execute(part)


def downgrade() -> None:
    raise NotImplementedError("records are never dropped; restore a backup instead")
