"""A course as it stands, with what is written of it, in one document."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import msgspec
from psycopg import AsyncConnection

from dispensing.counter.home_doses import IN_HAND, HomeDose, doses_from, expected_in_hand
from dispensing.treatment.courses.assessing import Allergies, Pregnancy, Tolerance
from dispensing.treatment.courses.ending import Status
from dispensing.treatment.courses.guarantee import Clock, guarantee
from dispensing.treatment.courses.registering import Before, CameBy
from dispensing.treatment.deciding import Treated

BY = "left(s.given_name, 1) || '. ' || s.family_name"
MINE = "{row}.person_id = ANY (p.person_id || p.also_ids)"
LOAD = f"""
SELECT json_build_object('enrolled_on', p.enrolled_on, 'ended_on', p.ended_on, 'dead', p.dead,
    'card', p.card_code, 'sex', p.sex, 'given_name', p.given_name,
    'family_name', p.family_name, 'born_on', p.born_on,
    'corrections', (SELECT coalesce(json_agg(json_build_object('correction_id', k.correction_id,
        'given_name', k.old_given_name, 'family_name', k.old_family_name,
        'born_on', k.old_born_on, 'reason', k.reason, 'by', {BY},
        'on', (k.corrected_at AT TIME ZONE u.zone)::date) ORDER BY k.correction_id DESC), '[]')
        FROM person_correction k JOIN staff s ON s.staff_id = k.corrected_by
        JOIN unit u ON u.unit_id = k.unit_id WHERE k.person_id = p.person_id),
    'course', (SELECT json_build_object('enrolled_on', c.enrolled_on, 'contact_on', c.contact_on,
        'came_by', c.came_by, 'before', c.before, 'note', c.note, 'by', {BY})
        FROM course c JOIN staff s ON s.staff_id = c.enrolled_by
        WHERE c.person_id = p.person_id AND c.enrolled_on = p.enrolled_on
        ORDER BY c.course_id DESC LIMIT 1),
    'assessment', (SELECT to_jsonb(a) || jsonb_build_object('by', {BY}, 'on',
        (a.assessed_at AT TIME ZONE u.zone)::date)
        FROM assessment a JOIN staff s ON s.staff_id = a.assessed_by
        JOIN unit u ON u.unit_id = a.unit_id WHERE {MINE.format(row="a")}
        ORDER BY a.assessment_id DESC LIMIT 1),
    'plan', (SELECT json_build_object('aim', t.aim, 'agreements', t.agreements,
        'review_on', t.review_on, 'by', {BY}, 'on', (t.planned_at AT TIME ZONE u.zone)::date)
        FROM treatment_plan t JOIN staff s ON s.staff_id = t.planned_by
        JOIN unit u ON u.unit_id = t.unit_id WHERE t.person_id = p.person_id
        -- What was agreed in an earlier course is over with it.
        AND (p.course_from IS NULL OR t.planned_at >= p.course_from)
        ORDER BY t.plan_id DESC LIMIT 1),
    'address', (SELECT json_build_object('protected', bool_or(d.protected), 'address',
        CASE WHEN NOT bool_or(d.protected) THEN (array_agg(d.address ORDER BY
            d.person_id = p.person_id DESC))[1] END)
        FROM person_address d WHERE {MINE.format(row="d")} HAVING count(*) > 0),
    'ends', (SELECT coalesce(json_agg(json_build_object('enrolled_on', e.enrolled_on,
        'ended_on', e.ended_on, 'status', e.status, 'died_on', e.died_on, 'note', e.note,
        'home_doses', e.home_doses, 'by', {BY}) ORDER BY e.course_end_id DESC), '[]')
        FROM course_end e JOIN staff s ON s.staff_id = e.decided_by
        WHERE {MINE.format(row="e")}))::text, ({IN_HAND}) AS home
FROM person p WHERE p.person_id = %(person_id)s
"""


@dataclass(frozen=True, slots=True)
class Begun:
    """How a course began; courses from before the service kept them have none."""

    enrolled_on: date
    contact_on: date
    came_by: CameBy
    before: Before
    note: str | None
    by: str


@dataclass(frozen=True, slots=True)
class Assessed:
    """The newest assessment."""

    diagnosis: str
    wish: str
    tried: str
    tolerance: Tolerance
    tolerance_note: str | None
    allergies: Allergies
    allergies_note: str | None
    risks: str | None
    pregnancy: Pregnancy
    by: str
    on: date


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan of this course."""

    aim: str
    agreements: str
    review_on: date
    by: str
    on: date


@dataclass(frozen=True, slots=True)
class Address:
    """The address, none where it is protected."""

    protected: bool
    address: str | None


@dataclass(frozen=True, slots=True)
class Ended:
    """A course that is over."""

    enrolled_on: date
    ended_on: date
    status: Status
    died_on: date | None
    note: str | None
    home_doses: int
    by: str


@dataclass(frozen=True, slots=True)
class Corrected:
    """What stood there before a correction, why it was wrong, and who corrected it."""

    correction_id: int
    given_name: str
    family_name: str
    born_on: date
    reason: str
    by: str
    on: date


@dataclass(frozen=True, slots=True)
class Course:
    """Somebody's course as it stands; ``ended_on`` is set once it is over."""

    enrolled_on: date
    ended_on: date | None
    dead: bool
    card: str
    sex: str
    course: Begun | None
    assessment: Assessed | None
    plan: Planned | None
    address: Address | None
    ends: tuple[Ended, ...]
    given_name: str
    family_name: str
    born_on: date
    corrections: tuple[Corrected, ...] = ()
    home: tuple[HomeDose, ...] = ()

    def clock(self, first_dose_on: date | None, today: date) -> Clock | None:
        """The guarantee's clock; None where nobody recorded when the person first asked."""
        if self.course is None:
            return None
        return guarantee(self.course.contact_on, first_dose_on, today)

    def at_home(self, today: date) -> int:
        """How many doses may still be in the person's hands."""
        return expected_in_hand(self.home, today).most


_COURSE = msgspec.json.Decoder(Course)


async def load_course(connection: AsyncConnection[Any], seen: Treated) -> Course:
    """The course of a person who is shown: ``seen`` says that the look was recorded."""
    row = await (await connection.execute(LOAD, {"person_id": seen.desk.person_id})).fetchone()
    assert row is not None, "seen"
    return replace(_COURSE.decode(row[0]), home=doses_from(row[1]))
