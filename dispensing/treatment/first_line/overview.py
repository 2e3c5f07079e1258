"""Whom a unit treats with something else, and why; how many of the new were offered and started.

Counted from what is recorded now. Whoever was in treatment before, or of whom that is not known,
is not new; of the new, no record is unknown, never a no. Whom the newest assessment gives no
indication is not asked about in M7.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row

from audit.definitions import Share, definitions
from dispensing.counter.ordered import NOT_STOPPED, OF_THIS_COURSE
from dispensing.looks import look_at_list
from dispensing.people.sessions import Actor, load_actor
from dispensing.treatment.deciding import DOCTOR
from dispensing.treatment.first_line.offering import FIRST, Answer
from dispensing.wiring import Wiring

NEWEST = """(SELECT o.answer, o.reason, o.next_on, o.offered_on,
        left(s.given_name, 1) || '. ' || s.family_name AS by
    FROM substance_offer o JOIN staff s ON s.staff_id = o.decided_by
    WHERE o.person_id = p.person_id ORDER BY o.offer_id DESC LIMIT 1)"""
OFFERS = """
SELECT o.answer, o.reason, o.next_on, o.offered_on,
    left(s.given_name, 1) || '. ' || s.family_name AS by
FROM person p JOIN substance_offer o ON o.person_id = ANY (p.person_id || p.also_ids)
JOIN staff s ON s.staff_id = o.decided_by
WHERE p.person_id = %(person_id)s ORDER BY o.offer_id DESC LIMIT 20
"""
ON_ANOTHER = f"""
SELECT p.person_id, p.given_name || ' ' || p.family_name AS name,
    left(p.given_name, 1) || '.' || left(p.family_name, 1) || '.' AS initials, p.born_on,
    r.substance, n.answer, n.reason, n.next_on, n.offered_on, n.by
FROM person p
JOIN unit u USING (unit_id)
JOIN LATERAL (SELECT d.substance FROM prescription r JOIN product d ON d.code = r.product_code
    WHERE r.person_id = p.person_id
    AND r.valid_from <= (clock_timestamp() AT TIME ZONE u.zone)::date
    AND r.valid_to >= (clock_timestamp() AT TIME ZONE u.zone)::date
    AND {OF_THIS_COURSE} AND NOT r.night
    AND {NOT_STOPPED.format(day="(clock_timestamp() AT TIME ZONE u.zone)::date")}
    ORDER BY r.version DESC LIMIT 1) r ON r.substance <> %(first)s
LEFT JOIN LATERAL {NEWEST} n ON true
WHERE p.unit_id = %(unit_id)s AND p.ended_on IS NULL AND p.merged_into_id IS NULL
-- Whom nobody wrote a reason for, whoever said yes and has another, then the day that comes first.
ORDER BY n.answer IS NOT NULL, n.answer <> 'accepted', n.next_on, p.family_name, p.given_name,
    p.person_id
"""
NEW = """
SELECT c.before, o.answer, f.substance, a.diagnosis
FROM course c
LEFT JOIN LATERAL (SELECT a.diagnosis FROM assessment a WHERE a.person_id = c.person_id
    AND a.assessed_at >= c.enrolled_at ORDER BY a.assessment_id DESC LIMIT 1) a ON true
LEFT JOIN LATERAL (SELECT o.answer FROM substance_offer o WHERE o.person_id = c.person_id
    AND o.offered_on >= c.enrolled_on ORDER BY o.offer_id LIMIT 1) o ON true
LEFT JOIN LATERAL (SELECT d.substance FROM prescription r JOIN product d ON d.code = r.product_code
    WHERE r.person_id = c.person_id AND r.signed_at >= c.enrolled_at AND NOT r.night
    ORDER BY r.version LIMIT 1) f ON true
WHERE c.unit_id = %(unit_id)s AND c.enrolled_on BETWEEN %(since)s AND %(until)s
"""
TODAY = "SELECT (clock_timestamp() AT TIME ZONE %(zone)s)::date"


@dataclass(frozen=True, slots=True)
class Offered:
    """An offer as it was signed."""

    answer: Answer
    reason: str | None
    next_on: date | None
    offered_on: date
    by: str


@dataclass(frozen=True, slots=True)
class OnAnother:
    """Somebody treated with another substance, and the newest offer; None: nothing is written."""

    person_id: int
    name: str
    initials: str
    born_on: date
    substance: str
    answer: Answer | None
    reason: str | None
    next_on: date | None
    offered_on: date | None
    by: str | None

    def due(self, today: date) -> bool:
        """Whether a reason is missing, or the next chance has come."""
        return self.next_on is None or self.next_on <= today


@dataclass(frozen=True, slots=True)
class Courses:
    """One course that began in the period, as the indicators count it."""

    before: str
    answer: Answer | None
    substance: str | None
    diagnosis: str | None


@dataclass(frozen=True, slots=True)
class Indicators:
    """M7 and M8 over a period; ``unplaced``: courses of whom it is unknown whether they are new."""

    since: date
    until: date
    offered: Share
    started: Share
    unplaced: int


@dataclass(frozen=True, slots=True)
class Overview:
    """What a unit's doctor sees."""

    actor: Actor
    today: date
    people: tuple[OnAnother, ...]
    indicators: Indicators


def indicators(courses: Sequence[Courses], since: date, until: date) -> Indicators:
    """M7 and M8 of these courses. Pure."""
    new = [one for one in courses if one.before == "never"]
    known = definitions()["M7"]
    indicated = [(known.indicated(one.diagnosis), one.answer) for one in new]
    # Without an assessment it is unknown whether there should have been an offer.
    offered = [answer if sure else None for sure, answer in indicated if sure is not False]
    started = [one.substance for one in new]
    return Indicators(
        since,
        until,
        Share(
            sum(one in ("accepted", "declined") for one in offered),
            offered.count("not_offered"),
            offered.count(None),
        ),
        Share(
            started.count(FIRST),
            sum(one not in (FIRST, None) for one in started),
            started.count(None),
        ),
        sum(one.before == "unknown" for one in courses),
    )


async def load_overview(wiring: Wiring, token: str) -> Overview:
    """The unit's list and its indicators of the calendar year; the look is recorded.

    Raises NotSignedIn, Forbidden.
    """
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, token, wiring.limits)
        actor.must_be(*DOCTOR)
        row = await (await connection.execute(TODAY, {"zone": actor.zone})).fetchone()
        assert row is not None
        today: date = row[0]
        asked = {
            "unit_id": actor.unit_id,
            "first": FIRST,
            "since": today.replace(month=1, day=1),
            "until": today,
        }
        async with connection.cursor(row_factory=class_row(OnAnother)) as cursor:
            people = await (await cursor.execute(ON_ANOTHER, asked)).fetchall()
        async with connection.cursor(row_factory=class_row(Courses)) as cursor:
            courses = await (await cursor.execute(NEW, asked)).fetchall()
        await connection.commit()
    await look_at_list(wiring, actor, "first-line", [one.person_id for one in people])
    found = indicators(courses, asked["since"], today)
    return Overview(actor, today, tuple(people), found)


async def offers_of(connection: AsyncConnection[Any], person_id: int) -> tuple[Offered, ...]:
    """The offers to a person, newest first. The caller has asked who may see them."""
    async with connection.cursor(row_factory=class_row(Offered)) as cursor:
        await cursor.execute(OFFERS, {"person_id": person_id})
        return tuple(await cursor.fetchall())
