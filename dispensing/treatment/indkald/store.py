"""Periods with all that was written of them, wishes, and what an agreement has to fit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Literal

import msgspec
from psycopg import AsyncConnection

from dispensing.counter.missed_indkald import Why
from dispensing.once_per_key import Statement
from dispensing.treatment.indkald.proposal import NO_WISH, Wish

State = Literal["planned", "running", "completed", "broken", "excused", "moved"]
Choice = Literal["continue", "restart", "excuse"]
Result = Literal["right", "change"]
How = Literal["slip", "text"]

BY = "left(s.given_name, 1) || '. ' || s.family_name"
_LIST = "(SELECT coalesce(json_agg(x ORDER BY {order}), '[]') FROM ({rows}) x)"
_MISSED = _LIST.format(
    order="x.day",
    rows=f"""SELECT m.day, m.why, m.found_at, d.choice, d.reason, d.noted_at AS decided_at,
        (SELECT {BY} FROM staff s WHERE s.staff_id = d.noted_by) AS decided_by
        FROM indkald_missed m LEFT JOIN indkald_missed_decision d USING (indkald_id, day)
        WHERE m.indkald_id = i.indkald_id""",
)
_FINDINGS = _LIST.format(
    order="x.noted_at",
    rows=f"""SELECT f.day, f.note, f.noted_at, {BY} AS noted_by
        FROM indkald_finding f JOIN staff s ON s.staff_id = f.noted_by
        WHERE f.indkald_id = i.indkald_id""",
)
_INVITED = _LIST.format(
    order="x.noted_at",
    rows=f"""SELECT v.how, v.language, v.noted_at, {BY} AS noted_by
        FROM indkald_invitation v JOIN staff s ON s.staff_id = v.noted_by
        WHERE v.indkald_id = i.indkald_id""",
)
# What the counter has of those days: the dose, and the hour after it.
_HELD = _LIST.format(
    order="x.day, x.swallowed_at",
    rows="""SELECT a.day, a.amount_ug, a.swallowed_at, o.reservation_id, o.state, o.affected,
        o.note, o.due_at FROM administration a
        LEFT JOIN observation o USING (reservation_id)
        WHERE a.person_id = i.person_id AND a.day = ANY (i.days)
            AND NOT EXISTS (SELECT FROM reversal w WHERE w.reservation_id = a.reservation_id)""",
)
_CONCLUSION = f"""(SELECT json_build_object('result', c.result, 'note', c.note,
    'next_due_on', c.next_due_on, 'noted_at', c.noted_at, 'noted_by', {BY})
    FROM indkald_conclusion c JOIN staff s ON s.staff_id = c.noted_by
    WHERE c.indkald_id = i.indkald_id)"""
# The newest first; of records merged into this one, too.
PERIODS = f"""
SELECT coalesce(json_agg(json_build_object('indkald_id', i.indkald_id, 'days', i.days,
    'completed', i.completed, 'state', i.state, 'observation_minutes', i.observation_minutes,
    'come_at', i.come_at, 'planned_at', i.planned_at,
    'planned_by', (SELECT {BY} FROM staff s WHERE s.staff_id = i.planned_by),
    'missed', {_MISSED}, 'findings', {_FINDINGS}, 'invited', {_INVITED}, 'held', {_HELD},
    'conclusion', {_CONCLUSION}) ORDER BY i.indkald_id DESC), '[]')::text
FROM indkald i JOIN person p ON i.person_id = ANY (p.person_id || p.also_ids)
WHERE p.person_id = %(person_id)s AND i.indkald_id IN (SELECT z.indkald_id FROM indkald z
    WHERE z.person_id = ANY (p.person_id || p.also_ids) ORDER BY z.indkald_id DESC LIMIT 20)
"""
WISH = """
SELECT w.version, w.not_weekdays, w.away_from, w.away_until, w.earliest, w.latest, w.note
FROM indkald_wish w WHERE w.person_id = %(person_id)s ORDER BY w.version DESC LIMIT 1
"""
# The unit's frame, who else comes when between two days, the person's periods, a number for the
# next one.
FRAME = f"""
SELECT u.opens, u.closes, h.kind, p.right_holder_unit_id,
    (SELECT k.places FROM indkald_places k WHERE k.unit_id = u.unit_id
        ORDER BY k.version DESC LIMIT 1),
    (SELECT array_agg(k.day ORDER BY k.day) FROM unit_closed_day k WHERE k.unit_id = u.unit_id
        AND k.day BETWEEN %(first)s::date AND %(last)s::date),
    (SELECT coalesce(json_agg(json_build_array(d.day, i.come_at, i.observation_minutes)), '[]')
        ::text FROM indkald i, unnest(i.days) AS d (day) WHERE i.unit_id = u.unit_id
        AND i.person_id <> p.person_id AND i.state IN ('planned', 'running')
        AND NOT d.day = ANY (i.completed) AND d.day BETWEEN %(first)s::date AND %(last)s::date),
    ({PERIODS}), nextval(pg_get_serial_sequence('indkald', 'indkald_id')),
    paper_in_use(p.person_id, array_remove(ARRAY[p.unit_id, p.right_holder_unit_id], NULL)),
    (SELECT array_agg(e.day) FROM guest_in_force e WHERE e.person_id = p.person_id
        AND e.guest_id IS NULL AND e.day BETWEEN %(first)s::date AND %(last)s::date)
FROM person p JOIN unit u USING (unit_id)
LEFT JOIN unit h ON h.unit_id = p.right_holder_unit_id
WHERE p.person_id = %(person_id)s
"""
AGREE = """
INSERT INTO indkald (indkald_id, person_id, days, state, observation_minutes, planned_by,
    planned_at, unit_id, come_at)
OVERRIDING SYSTEM VALUE
VALUES (%(indkald_id)s, %(person_id)s, %(days)s, 'planned', %(minutes)s, %(staff_id)s, %(at)s,
    %(unit_id)s, %(come_at)s)
"""
CHANGE = """
UPDATE indkald SET state = %(state)s, days = %(days)s WHERE indkald_id = %(indkald_id)s
"""
WISHED = """
INSERT INTO indkald_wish (person_id, version, unit_id, not_weekdays, away_from, away_until,
    earliest, latest, note, noted_by, noted_at)
VALUES (%(person_id)s, %(version)s, %(unit_id)s, %(not_weekdays)s, %(away_from)s, %(away_until)s,
    %(earliest)s, %(latest)s, %(note)s, %(staff_id)s, %(at)s)
"""
INVITED = """
INSERT INTO indkald_invitation (indkald_id, number, person_id, unit_id, how, language, noted_by,
    noted_at)
VALUES (%(indkald_id)s, %(number)s, %(person_id)s, %(unit_id)s, %(how)s, %(language)s,
    %(staff_id)s, %(at)s)
"""
FOUND = """
INSERT INTO indkald_finding (indkald_id, person_id, unit_id, day, note, noted_by, noted_at)
VALUES (%(indkald_id)s, %(person_id)s, %(unit_id)s, %(day)s, %(note)s, %(staff_id)s, %(at)s)
"""
MISSED_DECIDED = """
INSERT INTO indkald_missed_decision (indkald_id, day, person_id, unit_id, choice, reason, noted_by,
    noted_at)
VALUES (%(indkald_id)s, %(day)s, %(person_id)s, %(unit_id)s, %(choice)s, %(reason)s, %(staff_id)s,
    %(at)s)
"""
CONCLUDED = """
INSERT INTO indkald_conclusion (indkald_id, person_id, unit_id, result, note, next_due_on,
    noted_by, noted_at)
VALUES (%(indkald_id)s, %(person_id)s, %(unit_id)s, %(result)s, %(note)s, %(next_due_on)s,
    %(staff_id)s, %(at)s)
"""
DUE_NEXT = """
INSERT INTO care (person_id, indkald_due_on) VALUES (%(person_id)s, %(due_on)s)
ON CONFLICT (person_id) DO UPDATE SET indkald_due_on = excluded.indkald_due_on
"""
RIGHT_HERE = """
INSERT INTO guest_right (person_id, day, from_unit_id, unit_id, reason, decided_by, decided_at)
SELECT %(person_id)s, d.day, %(holder)s, %(unit_id)s, 'indkald', %(staff_id)s, %(at)s
FROM unnest(%(days)s::date[]) AS d (day)
"""
RIGHT_BACK = """
UPDATE guest_right SET withdrawn_at = %(at)s, withdrawn_by = %(staff_id)s,
    withdrawn_reason = 'indkald'
WHERE person_id = %(person_id)s AND unit_id = %(unit_id)s AND day = ANY (%(days)s)
    AND withdrawn_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Missed:
    """A day that was not held, and what a doctor decided about it; None while it waits."""

    day: date
    why: Why
    found_at: datetime
    choice: Choice | None
    reason: str | None
    decided_at: datetime | None
    decided_by: str | None


@dataclass(frozen=True, slots=True)
class Noted:
    """What was seen on a day, by whom."""

    day: date
    note: str
    noted_at: datetime
    noted_by: str


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation: on paper, or as a text message somebody passed on."""

    how: How
    language: str
    noted_at: datetime
    noted_by: str


@dataclass(frozen=True, slots=True)
class DoseHeld:
    """A dose swallowed on a day of the period, and its observation where there is one."""

    day: date
    amount_ug: int
    swallowed_at: datetime
    reservation_id: int | None
    state: str | None
    affected: bool | None
    note: str | None
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What the doctor made of it."""

    result: Result
    note: str
    next_due_on: date | None
    noted_at: datetime
    noted_by: str


@dataclass(frozen=True, slots=True)
class Period:
    """An indkald with everything written of it."""

    indkald_id: int
    days: tuple[date, ...]
    completed: tuple[date, ...]
    state: State
    observation_minutes: int
    come_at: time | None
    planned_at: datetime
    planned_by: str
    missed: tuple[Missed, ...]
    findings: tuple[Noted, ...]
    invited: tuple[Invited, ...]
    held: tuple[DoseHeld, ...]
    conclusion: Conclusion | None

    @property
    def open(self) -> bool:
        """Agreed on or running: the rules know of it."""
        return self.state in ("planned", "running")

    def left_after(self, day: date) -> tuple[date, ...]:
        """Later days of the period without a dose: nothing went home for them."""
        had = {one.day for one in self.held}
        return tuple(one for one in self.days if one > day and one not in had)

    @property
    def waiting(self) -> tuple[Missed, ...]:
        """Days that were not held and wait for a doctor; one signed off afterwards does not."""
        if not self.open:
            return ()
        return tuple(
            one for one in self.missed if one.choice is None and one.day not in self.completed
        )

    def begun(self, today: date) -> bool:
        """Whether its first day has come."""
        return self.days[0] <= today


@dataclass(frozen=True, slots=True)
class Frame:
    """What an agreement has to fit: hours, places, closed days, who else comes, whose the right is.

    ``places`` None: nobody has said how many can be observed at once. ``holder_kind``: what kind of
    place holds the right; the unit's own where that is ``holder``. ``supplied_on`` are the days
    on which a pharmacy hands out by a supply order.
    """

    opens: time
    closes: time
    holder_kind: str | None
    holder: int | None
    places: int | None
    closed_on: frozenset[date]
    others: tuple[tuple[date, time | None, int], ...]
    periods: tuple[Period, ...]
    next_id: int
    on_paper: bool
    supplied_on: frozenset[date] = frozenset()

    def together(self, day: date, at: time, minutes: int) -> int:
        """The most others under observation at once while somebody who comes then would be.

        Whoever has no agreed hour counts at every one.
        """
        begin = _minutes(at)
        spans = [
            (0, 24 * 60) if come_at is None else (_minutes(come_at), _minutes(come_at) + long)
            for on, come_at, long in self.others
            if on == day
        ]
        moments = [begin, *(first for first, _ in spans if begin <= first < begin + minutes)]
        return max(sum(first <= moment < last for first, last in spans) for moment in moments)

    @property
    def open_period(self) -> Period | None:
        """The one that is agreed on or runs."""
        return next((one for one in self.periods if one.open), None)


_PERIODS = msgspec.json.Decoder(tuple[Period, ...])
_OTHERS = msgspec.json.Decoder(tuple[tuple[date, time | None, int], ...])


def frame_from(row: Sequence[Any]) -> Frame:
    """A row of ``FRAME``."""
    opens, closes, kind, holder, places, closed_on, others, periods, next_id, on_paper, at = row
    return Frame(
        opens,
        closes,
        kind,
        holder,
        places,
        frozenset(closed_on or ()),
        _OTHERS.decode(others),
        _PERIODS.decode(periods),
        next_id,
        on_paper,
        frozenset(at or ()),
    )


def frame_query(person_id: int, first: date, last: date) -> Statement:
    """The query for ``decide``; closed days and others from ``first`` to ``last``."""
    return FRAME, {"person_id": person_id, "first": first, "last": last}


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


async def load_periods(connection: AsyncConnection[Any], person_id: int) -> tuple[Period, ...]:
    """The person's periods, the newest first. The caller has asked who may see them."""
    row = await (await connection.execute(PERIODS, {"person_id": person_id})).fetchone()
    return _PERIODS.decode(row[0]) if row else ()


def wish_from(row: Sequence[Any] | None) -> tuple[int, Wish, str | None]:
    """A row of ``WISH``: the version, the wish, and a word beside it; version 0 for none."""
    if row is None:
        return 0, NO_WISH, None
    version, not_weekdays, away_from, away_until, earliest, latest, note = row
    away = tuple(zip(away_from, away_until, strict=True))
    return version, Wish(frozenset(not_weekdays), away, earliest, latest), note
