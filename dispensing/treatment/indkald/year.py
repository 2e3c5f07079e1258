"""The unit's coming year: who is due, what is agreed on, who waits, and a proposal for the rest.

Due is whoever takes medicine home or has it from a pharmacy; who swallows every dose here has
nothing to be verified. A day nobody recorded is due now, as an overdue one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row
from starlette.concurrency import run_in_threadpool

from dispensing.errors import CannotDecide
from dispensing.looks import look_at_list
from dispensing.people.sessions import Actor, load_actor
from dispensing.treatment.deciding import READERS
from dispensing.treatment.indkald import places
from dispensing.treatment.indkald.proposal import (
    DAY,
    Due,
    Frame,
    Held,
    Proposal,
    Proposed,
    Unplaced,
    Week,
    Wish,
    propose,
    weeks,
)
from dispensing.treatment.indkald.store import State, wish_from
from dispensing.units.calendar import holidays_between
from dispensing.web import formats
from dispensing.wiring import Wiring

YEAR = timedelta(days=366)
# Nobody is proposed to come the day after tomorrow: work and life are planned further ahead.
LEAD = timedelta(days=7)
# A weekday closed so many weeks in a row is taken to stay closed where no calendar is decided yet.
WEEKS_SEEN = 6

UNIT = """
SELECT u.opens, u.closes, (SELECT b.book_id FROM unit_rule_book b WHERE b.unit_id = u.unit_id
    AND b.from_on <= %(today)s ORDER BY b.from_on DESC LIMIT 1),
    (SELECT coalesce(array_agg(k.day ORDER BY k.day), '{}') FROM unit_closed_day k
        WHERE k.unit_id = u.unit_id AND k.day BETWEEN %(from_on)s AND %(until_on)s)
FROM unit u WHERE u.unit_id = %(unit_id)s
"""
PEOPLE = """
SELECT p.person_id, p.given_name, p.family_name, p.born_on, k.indkald_due_on,
    coalesce(a.self_administration, false) OR h.kind = 'pharmacy' AS takes_home,
    h.kind = 'pharmacy' AS at_pharmacy,
    (SELECT json_build_array(w.version, w.not_weekdays, w.away_from, w.away_until, w.earliest,
        w.latest, w.note)::text FROM indkald_wish w WHERE w.person_id = p.person_id
        ORDER BY w.version DESC LIMIT 1) AS wish,
    (SELECT coalesce(array_agg(DISTINCT c.for_day), '{}') FROM claim c
        WHERE c.person_id = p.person_id AND c.for_day > %(today)s) AS taken,
    i.indkald_id, i.days, i.completed, i.state, i.come_at,
    -- A day that was not held waits for a doctor until one has decided.
    (SELECT coalesce(array_agg(m.day ORDER BY m.day), '{}') FROM indkald_missed m
        WHERE m.indkald_id = i.indkald_id AND i.state IN ('planned', 'running')
        AND NOT m.day = ANY (i.completed) AND NOT EXISTS (SELECT FROM indkald_missed_decision d
            WHERE d.indkald_id = m.indkald_id AND d.day = m.day)) AS waits,
    i.indkald_id IS NOT NULL AND i.state = 'completed' AS held
FROM person p LEFT JOIN care k USING (person_id) LEFT JOIN unit h
    ON h.unit_id = p.right_holder_unit_id
LEFT JOIN LATERAL (SELECT r.self_administration FROM arrangement r WHERE r.person_id = p.person_id
    AND r.valid_from <= %(today)s ORDER BY r.version DESC LIMIT 1) a ON true
-- What is agreed on or runs; else one that was held and no doctor has concluded yet.
LEFT JOIN LATERAL (SELECT z.* FROM indkald z WHERE z.person_id = p.person_id
    AND (z.state IN ('planned', 'running') OR (z.state = 'completed' AND z.unit_id IS NOT NULL
        AND z.indkald_id = (SELECT max(n.indkald_id) FROM indkald n
            WHERE n.person_id = p.person_id)
        AND NOT EXISTS (SELECT FROM indkald_conclusion c WHERE c.indkald_id = z.indkald_id)))
    ORDER BY z.state = 'completed', z.days[1], z.indkald_id LIMIT 1) i ON true
WHERE p.unit_id = %(unit_id)s AND p.ended_on IS NULL AND p.merged_into_id IS NULL
ORDER BY k.indkald_due_on NULLS FIRST, p.family_name, p.given_name, p.person_id
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A person of the unit as the planner reads them."""

    person_id: int
    given_name: str
    family_name: str
    born_on: date
    indkald_due_on: date | None
    takes_home: bool
    at_pharmacy: bool | None
    wish: str | None
    taken: list[date]
    indkald_id: int | None
    days: list[date] | None
    completed: list[date] | None
    state: State | None
    come_at: time | None
    waits: list[date]
    held: bool

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}"

    @property
    def initials(self) -> str:
        """For a screen that faces the room."""
        return f"{self.given_name[:1]}.{self.family_name[:1]}."

    @property
    def open(self) -> bool:
        """A period is agreed on or runs."""
        return self.state in ("planned", "running")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the planner's lists, with the wish read and what is proposed."""

    row: Row
    wish: Wish
    note: str | None
    proposed: Proposed | None = None
    unplaced: Unplaced | None = None
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class UnitYear:
    """The planner's year. ``places`` None: nobody has said how many, so nothing is proposed.

    ``waiting`` for a doctor about a missed day; ``running`` now; ``agreed`` for later;
    ``to_conclude`` held and not concluded; ``due`` the rest, longest due first. ``weeks`` with what
    is agreed on and proposed, ``agreed_weeks`` without the proposal. ``decided_until``: the last
    day the calendar is decided for.
    """

    today: date
    places: int | None
    in_a_row: int
    interval_months: int
    unconfirmed: bool
    decided_until: date | None
    waiting: tuple[Person, ...]
    running: tuple[Person, ...]
    agreed: tuple[Person, ...]
    to_conclude: tuple[Person, ...]
    due: tuple[Person, ...]
    later: int
    weeks: tuple[Week, ...]
    agreed_weeks: tuple[Week, ...]


_WISH = msgspec.json.Decoder(
    tuple[int, list[int], list[date], list[date], time | None, time | None, str | None]
)


async def load_year(wiring: Wiring, token: str) -> tuple[Actor, UnitYear]:
    """The year of the actor's unit; whom it shows is recorded. Raises Forbidden, CannotDecide."""
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, token, wiring.limits)
        actor.must_be(*READERS)
        year = await year_of(wiring, connection, actor)
        await connection.commit()
    shown = (*year.waiting, *year.running, *year.agreed, *year.to_conclude, *year.due)
    await look_at_list(wiring, actor, "indkald", [one.row.person_id for one in shown])
    return actor, year


async def year_of(wiring: Wiring, connection: AsyncConnection[Any], actor: Actor) -> UnitYear:
    """As ``load_year``, in a transaction that runs; nothing is recorded."""
    today = formats.local_day(actor.now, actor.zone)
    asked = {
        "unit_id": actor.unit_id,
        "today": today,
        "from_on": today - timedelta(weeks=WEEKS_SEEN),
        "until_on": today + 2 * YEAR,
    }
    unit = await (await connection.execute(UNIT, asked)).fetchone()
    if unit is None or unit[2] is None:
        raise CannotDecide("no rule book is in force for this unit")
    opens, closes, book_id, closed = unit
    newest = await (await connection.execute(places.NEWEST, asked)).fetchone()
    async with connection.cursor(row_factory=class_row(Row)) as cursor:
        await cursor.execute(PEOPLE, asked)
        rows = await cursor.fetchall()
    book = wiring.book(book_id)
    frame = Frame(
        first=today + LEAD,
        closed_on=expected_closed(closed, today, today + YEAR + timedelta(days=90)),
        opens=opens,
        closes=closes,
        places=newest[1] if newest else 0,
        in_a_row=book.indkald_days,
        observation_minutes=book.indkald_observation_minutes,
    )
    people = [Person(row, *_wish(row)) for row in rows]
    notice = timedelta(days=book.indkald_notice_days)
    numbers = ("indkald_days", "indkald_interval_months", "indkald_observation_minutes")
    return await run_in_threadpool(
        _sorted_out,
        people,
        frame,
        today,
        notice,
        {
            "places": newest[1] if newest else None,
            "in_a_row": book.indkald_days,
            "interval_months": book.indkald_interval_months,
            "unconfirmed": not all(book.limits[name].confirmed for name in numbers),
            "decided_until": max(closed, default=None),
        },
    )


async def waits_for_doctor(
    connection: AsyncConnection[Any], unit_id: int, today: date
) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """Who waits about a day that was not held, and whose held period is not concluded.

    Each the longest waiting first, in a transaction that sees as the unit; nothing is recorded.
    """
    async with connection.cursor(row_factory=class_row(Row)) as cursor:
        await cursor.execute(PEOPLE, {"unit_id": unit_id, "today": today})
        rows = await cursor.fetchall()
    people = [Person(row, *_wish(row)) for row in rows]
    waiting = _those(people, lambda row: row.open and bool(row.waits))
    held = _those(people, lambda row: row.held)
    return tuple(one.row for one in waiting), tuple(one.row for one in held)


def expected_closed(closed: Sequence[date], today: date, until: date) -> frozenset[date]:
    """The decided closed days; beyond them the weekdays that are always closed; and holidays.

    Holidays that are not decided are no closed days, but nobody is proposed to come on one.
    """
    known, last = set(closed), max(closed, default=today)
    usual = {
        weekday
        for weekday in range(1, 8)
        if all(
            today - DAY * ((today.isoweekday() - weekday) % 7) - DAY * 7 * back in known
            for back in range(1, WEEKS_SEEN)
        )
    }
    day = last
    while usual and day < until:
        day += DAY
        if day.isoweekday() in usual:
            known.add(day)
    return frozenset(known | holidays_between(today, until).keys())


def window(due_on: date | None, today: date, notice: timedelta) -> tuple[date, date, bool]:
    """Between which days somebody is to come, and whether it is overdue.

    The last weeks before the day, as many as the book reminds ahead; from now on, as long, for who
    is overdue or whose day is unknown or too near.
    """
    overdue = due_on is None or due_on < today
    if due_on is None or due_on < today + LEAD + notice:
        return today + LEAD, max(today + LEAD + notice, due_on or today), overdue
    return due_on - notice, due_on, False


def _sorted_out(
    people: Sequence[Person],
    frame: Frame,
    today: date,
    notice: timedelta,
    said: Mapping[str, Any],
) -> UnitYear:
    open_now = [one for one in people if one.row.open]
    held = [Held(tuple(one.row.days or ()), one.row.come_at) for one in open_now]
    to_be = [one for one in people if not one.row.open and one.row.takes_home]
    in_year = [
        one
        for one in to_be
        if one.row.indkald_due_on is None or one.row.indkald_due_on <= today + YEAR
    ]
    asked: list[Due] = []
    late: set[int] = set()
    for one in in_year:
        first, until, overdue = window(one.row.indkald_due_on, today, notice)
        late |= {one.row.person_id} if overdue else set()
        asked.append(Due(one.row.person_id, first, until, one.wish, frozenset(one.row.taken)))
    proposal = propose(asked, held, frame) if frame.places else Proposal((), ())
    placed = {one.person_id: one for one in proposal.placed}
    unplaced = {one.person_id: one for one in proposal.unplaced}
    due = [
        Person(
            one.row,
            one.wish,
            one.note,
            placed.get(one.row.person_id),
            unplaced.get(one.row.person_id),
            one.row.person_id in late,
        )
        for one in in_year
    ]
    end = today + YEAR
    return UnitYear(
        today=today,
        waiting=_those(open_now, lambda row: bool(row.waits)),
        running=_those(open_now, lambda row: not row.waits and (row.days or [today])[0] <= today),
        agreed=_those(open_now, lambda row: not row.waits and (row.days or [today])[0] > today),
        to_conclude=_those(people, lambda row: row.held),
        due=tuple(due),
        later=len(to_be) - len(in_year),
        weeks=weeks(held, frame, today, end, proposal.placed),
        agreed_weeks=weeks(held, frame, today, end),
        **said,
    )


def _those(people: Iterable[Person], which: Any) -> tuple[Person, ...]:
    chosen = [one for one in people if which(one.row)]
    chosen.sort(key=lambda one: (one.row.days or [date.max], one.row.name, one.row.person_id))
    return tuple(chosen)


def _wish(row: Row) -> tuple[Wish, str | None]:
    said = wish_from(_WISH.decode(row.wish) if row.wish else None)
    return said[1], said[2]
