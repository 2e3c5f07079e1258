"""Guest rights as they are read and written, and the paper that may speak of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from psycopg import AsyncConnection
from psycopg.rows import class_row

from dispensing.once_per_key import Statement

# SQLSTATEs of the barrier: a dose of that day is taken; a unit hands out from paper; no such day,
# unit or doctor any more; the day is another unit's already.
REFUSED = ("DS013", "DS012", "42501", "23505")
#: Why a guest right that is decided cannot be kept, or need not be.
Problem = Literal["", "ended", "merged", "moved", "closed", "stock", "open"]

DECIDE = """
INSERT INTO guest_right (person_id, day, from_unit_id, unit_id, reason, decided_by, decided_at)
SELECT %(person_id)s, d.day, %(holder)s, %(guest_unit_id)s, %(reason)s, %(staff_id)s, %(at)s
FROM unnest(%(days)s::date[]) AS d (day)
"""
WITHDRAW = """
UPDATE guest_right SET withdrawn_at = %(at)s, withdrawn_by = %(staff_id)s,
    withdrawn_reason = %(reason)s
WHERE guest_id = ANY (%(guests)s) AND withdrawn_at IS NULL
"""
# Every list that may still be used and says that the person may be given from it on the day; also
# another unit's, whose rows stand behind the second wall.
STILL_GIVES = """
SELECT serial, row_no
FROM rows_still_giving(%(person_id)s::bigint, %(unit_id)s::smallint, %(days)s::date[])
"""
PAPER_IN_USE = "SELECT paper_in_use(%(person_id)s::bigint, %(units)s::smallint[])"
# What the folders hold is older than the decision: the lists are due anew at both units.
LISTS_DUE = """
UPDATE emergency_run SET made_at = least(made_at, clock_timestamp() - %(every)s)
WHERE unit_id = ANY (%(units)s)
"""
# As long as a list is let be: it is due at once, and not overdue.
A_LIST_AGO = timedelta(minutes=15)
# Lists are made for today and tomorrow.
LISTED_AHEAD = timedelta(days=1)

# Whether the other unit has the preparation of the order in force, released and good on the day.
NO_STOCK = """EXISTS (SELECT FROM (SELECT r.product_code FROM prescription r
        WHERE r.person_id = g.person_id AND r.valid_from <= g.day
        ORDER BY r.version DESC LIMIT 1) r
    WHERE NOT EXISTS (SELECT FROM bottle b JOIN batch t USING (batch_id)
        WHERE b.unit_id = g.unit_id AND b.product_code = r.product_code AND b.closed_at IS NULL
            AND b.balance_ug > 0 AND t.state = 'released' AND t.expires_on >= g.day)
    AND NOT EXISTS (SELECT FROM holding h JOIN batch t USING (batch_id)
        WHERE h.unit_id = g.unit_id AND h.product_code = r.product_code AND h.place = 'cabinet'
            AND h.balance_ug > 0 AND t.state = 'released' AND t.expires_on >= g.day))"""
COMING = f"""
SELECT g.guest_id, g.person_id, g.day, g.from_unit_id, g.unit_id, g.reason, p.given_name,
    p.family_name, p.born_on, h.name AS from_name, u.name AS to_name, u.phone AS to_phone,
    h.phone AS from_phone, u.opens, u.closes, left(s.given_name, 1) || '. ' || s.family_name
        AS decided_by,
    CASE WHEN p.merged_into_id IS NOT NULL THEN 'merged'
        WHEN p.ended_on IS NOT NULL AND p.ended_on <= g.day THEN 'ended'
        WHEN p.right_holder_unit_id IS DISTINCT FROM g.from_unit_id THEN 'moved'
        WHEN EXISTS (SELECT FROM unit_closed_day k WHERE k.unit_id = g.unit_id AND k.day = g.day)
            THEN 'closed'
        WHEN {NO_STOCK} THEN 'stock'
        WHEN NOT EXISTS (SELECT FROM unit_closed_day k
            WHERE k.unit_id = g.from_unit_id AND k.day = g.day)
            -- Called in to the own unit while a pharmacy holds the right: both are open that day.
            AND NOT of_indkald(g.person_id, g.unit_id, g.day) THEN 'open'
        ELSE '' END AS problem,
    EXISTS (SELECT FROM claim c WHERE c.person_id = g.person_id AND c.for_day = g.day) AS taken
FROM guest_right g JOIN person p USING (person_id) JOIN unit u ON u.unit_id = g.unit_id
JOIN unit h ON h.unit_id = g.from_unit_id JOIN staff s ON s.staff_id = g.decided_by
WHERE g.withdrawn_at IS NULL AND %(unit_id)s IN (g.unit_id, g.from_unit_id)
    AND g.day >= %(today)s AND (%(guest_id)s::bigint IS NULL OR g.guest_id = %(guest_id)s)
ORDER BY g.day, p.family_name, p.given_name, g.guest_id
"""
COUNTED = """
SELECT g.day, h.name AS from_name, count(*) AS guests,
    EXISTS (SELECT FROM unit_closed_day k WHERE k.unit_id = g.unit_id AND k.day = g.day)
        AS closed_here
FROM guest_in_force g JOIN unit h ON h.unit_id = g.from_unit_id
WHERE g.unit_id = %(unit_id)s AND g.day >= %(today)s AND g.guest_id IS NOT NULL
GROUP BY g.unit_id, g.day, h.name ORDER BY g.day, h.name
"""


@dataclass(frozen=True, slots=True)
class GuestRight:
    """A person's day at another unit, as both units see it; ``problem`` says why it cannot be.

    ``taken``: a dose of the day is, so that it can no longer be withdrawn.
    """

    guest_id: int
    person_id: int
    day: date
    from_unit_id: int
    unit_id: int
    reason: str
    given_name: str
    family_name: str
    born_on: date
    from_name: str
    to_name: str
    to_phone: str | None
    from_phone: str | None
    opens: time
    closes: time
    decided_by: str
    problem: Problem
    taken: bool

    @property
    def initials(self) -> str:
        """For a screen that faces the room."""
        return f"{self.given_name[:1]}.{self.family_name[:1]}."


@dataclass(frozen=True, slots=True)
class GuestsCounted:
    """So many guests come from a unit on a day; ``closed_here`` although it is closed here."""

    day: date
    from_name: str
    guests: int
    closed_here: bool


async def load_guests(
    connection: AsyncConnection[Any], unit_id: int, today: date, guest_id: int | None = None
) -> list[GuestRight]:
    """The coming days of guests from and to a unit, in order; ``guest_id`` chooses one."""
    asked = {"unit_id": unit_id, "today": today, "guest_id": guest_id}
    async with connection.cursor(row_factory=class_row(GuestRight)) as cursor:
        await cursor.execute(COMING, asked)
        return await cursor.fetchall()


async def count_guests(
    connection: AsyncConnection[Any], unit_id: int, today: date
) -> list[GuestsCounted]:
    """How many guests come to a unit, by day and where from; it names nobody."""
    async with connection.cursor(row_factory=class_row(GuestsCounted)) as cursor:
        await cursor.execute(COUNTED, {"unit_id": unit_id, "today": today})
        return await cursor.fetchall()


async def still_on_paper(
    connection: AsyncConnection[Any], person_id: int, unit_id: int, days: Sequence[date]
) -> list[tuple[int, int]]:
    """The rows, as (serial, row), of a unit's valid lists that say: may be given."""
    asked = {"person_id": person_id, "unit_id": unit_id, "days": list(days)}
    rows = await (await connection.execute(STILL_GIVES, asked)).fetchall()
    return [(int(serial), int(row_no)) for serial, row_no in rows]


async def paper_in_use(
    connection: AsyncConnection[Any], person_id: int, units: Sequence[int]
) -> bool:
    """Whether one of the units hands out from paper, or paper holds a dose of the person."""
    asked = {"person_id": person_id, "units": list(units)}
    row = await (await connection.execute(PAPER_IN_USE, asked)).fetchone()
    return row is None or bool(row[0])


def decide(
    person_id: int,
    days: Sequence[date],
    holder: int,
    guest_unit_id: int,
    by: tuple[int, datetime, str],
) -> Statement:
    """The rows of a decision. ``by``: doctor, moment, reason."""
    staff_id, at, reason = by
    values: dict[str, object] = {
        "person_id": person_id,
        "days": list(days),
        "holder": holder,
        "guest_unit_id": guest_unit_id,
        "staff_id": staff_id,
        "at": at,
        "reason": reason,
    }
    return DECIDE, values


def withdraw(guests: Sequence[int], by: tuple[int, datetime, str]) -> Statement:
    """The end of decisions. ``by``: doctor, moment, reason."""
    staff_id, at, reason = by
    return WITHDRAW, {"guests": list(guests), "staff_id": staff_id, "at": at, "reason": reason}


def lists_due(units: Sequence[int], days: Iterable[date], today: date) -> tuple[Statement, ...]:
    """New emergency lists at these units, at once; none where no list speaks of the days."""
    if all(day > today + LISTED_AHEAD for day in days):
        return ()
    return ((LISTS_DUE, {"every": A_LIST_AGO, "units": list(units)}),)
