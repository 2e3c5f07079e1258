"""While a period runs and when it is over: findings, days that were not held, the conclusion.

The dose and the hour after it are the counter's and the observation board's; here stands what they
mean. A nurse writes what was seen; what a missed day means and what the period showed, a doctor
says. Nothing follows from a missed day by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from dispensing.counter.outcome import Outcome
from dispensing.errors import Conflict, Unprocessable
from dispensing.treatment.deciding import READERS, Decided, Deciding, decide, not_before, words
from dispensing.treatment.entries import care_recorded
from dispensing.treatment.indkald import entries, store
from dispensing.treatment.indkald.agreeing import (
    Changes,
    book_of,
    fitting,
    frame_of,
    period_of,
)
from dispensing.treatment.indkald.proposal import DAY, in_a_row
from dispensing.treatment.indkald.store import Choice, Frame, Period, Result
from dispensing.wiring import Wiring
from dosing_rules.days import months_later

# A further day is looked for so far ahead: a closure is shorter.
LOOKED_AHEAD = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class MissedChoice:
    """What the doctor decides about a day that was not held.

    ``continue``: the period goes on with the days left, and with the next open day in the missed
    one's place where ``further``. ``restart``: the period is broken, and begins again on ``first``
    at ``come_at``. ``excuse``: it ends without being held; ``next_due_on`` says when the next is
    due, and what was due before stays where it is None.
    """

    day: date
    choice: Choice
    reason: str
    further: bool = True
    first: date | None = None
    come_at: time | None = None
    next_due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Concluding:
    """The doctor's conclusion; ``next_due_on`` an earlier day than the book's interval gives."""

    result: Result
    note: str
    next_due_on: date | None = None


async def note_finding(
    wiring: Wiring, token: str, person_id: int, indkald_id: int, day: date, note: str, key: str
) -> Outcome:
    """Write what was seen on a day of the period, that day or later; nurses and doctors.

    Raises Unprocessable for a day that is none of the period's or to come.
    """
    written = words(note, "note")
    assert written is not None

    def build(case: Deciding) -> Decided:
        period = period_of(frame_of(case), indkald_id)
        if day not in period.days or day > case.desk.on:
            raise Unprocessable("a day of the period that has come", field="day")
        values = case.signed | {"indkald_id": indkald_id, "day": day, "note": written}
        entry = entries.finding_noted(case.act(), indkald_id=indkald_id, day=day, note=written)
        return Decided(((store.FOUND, values),), (entry,))

    also = store.frame_query(person_id, day, day)
    verb, asked = f"note finding {indkald_id}", (day, written)
    return await decide(wiring, token, person_id, key, verb, asked, build, roles=READERS, also=also)


async def decide_missed(
    wiring: Wiring, token: str, person_id: int, indkald_id: int, asked: MissedChoice, key: str
) -> Outcome:
    """A doctor decides about a day that was not held.

    Raises Conflict (``indkald-not-waiting``) for a day that does not wait, what ``fitting`` says of
    new days, and Unprocessable for a next day that is over or later than the book's interval.
    """
    reason = words(asked.reason, "reason")
    assert reason is not None

    def build(case: Deciding) -> Decided:
        frame = frame_of(case)
        period = period_of(frame, indkald_id)
        if asked.day not in {one.day for one in period.waiting}:
            raise Conflict("that day waits for no decision", slug="indkald-not-waiting")
        changes = Changes.of(case)
        how = {"continue": _go_on, "restart": _restart, "excuse": _excuse}[asked.choice]
        further = how(wiring, frame, period, asked, changes)
        values = case.signed | {
            "indkald_id": indkald_id,
            "day": asked.day,
            "choice": asked.choice,
            "reason": reason,
        }
        changes.statements.insert(0, (store.MISSED_DECIDED, values))
        changes.entries.append(
            entries.missed_decided(
                case.act(len(changes.entries)),
                indkald_id=indkald_id,
                day=asked.day,
                choice=asked.choice,
                reason=reason,
                further=further,
            )
        )
        return changes.decided()

    begin = min(asked.day, asked.first or asked.day)
    also = store.frame_query(person_id, begin, _ahead(max(asked.day, asked.first or asked.day)))
    verb = f"decide missed day {indkald_id}"
    return await decide(wiring, token, person_id, key, verb, asked, build, also=also)


def _ahead(day: date) -> date:
    return min(day, date.max - 2 * LOOKED_AHEAD) + 2 * LOOKED_AHEAD


def _go_on(
    wiring: Wiring, frame: Frame, period: Period, asked: MissedChoice, changes: Changes
) -> Sequence[date]:
    """The days left, and one more where the doctor wants it; none left is the end of it."""
    today = changes.case.desk.on
    days = [day for day in period.days if day != asked.day]
    added: list[date] = []
    if asked.further:
        day = max(today, *period.days) + DAY
        while day in frame.closed_on:
            day += DAY
        added.append(day)
        at = period.come_at or frame.opens
        fitting(changes.case, frame, added, at, period.observation_minutes)
    days += added
    if not days:
        raise Unprocessable("no day is left: restart or excuse", field="further")
    whole = set(days) <= set(period.completed)
    changes.change(period, "completed" if whole else "running", days)
    changes.right(frame, period.days, days)
    if whole:
        _due(wiring, changes, max(period.completed))
    return added


def _restart(
    wiring: Wiring, frame: Frame, period: Period, asked: MissedChoice, changes: Changes
) -> Sequence[date]:
    if asked.first is None or asked.come_at is None:
        raise Unprocessable("say from which day, and at what hour", field="first")
    case, book = changes.case, book_of(wiring, changes.case)
    not_before(asked.first, case.desk.on + DAY, "first")
    days = in_a_row(asked.first, book.indkald_days)
    minutes = book.indkald_observation_minutes
    # The old period's own days are in nobody's way once it is broken.
    fitting(case, frame, days, asked.come_at, minutes)
    changes.change(period, "broken")
    changes.agree(frame, days, asked.come_at, minutes)
    changes.right(frame, period.days, days)
    return days


def _excuse(
    wiring: Wiring, frame: Frame, period: Period, asked: MissedChoice, changes: Changes
) -> Sequence[date]:
    changes.change(period, "excused")
    changes.right(frame, period.days, ())
    if asked.next_due_on is not None:
        today = changes.case.desk.on
        not_before(asked.next_due_on, today + DAY, "next_due_on")
        if asked.next_due_on > months_later(
            today, book_of(wiring, changes.case).indkald_interval_months
        ):
            raise Unprocessable("no later than the book's interval", field="next_due_on")
        _set_due(changes, asked.next_due_on)
    return ()


def _due(wiring: Wiring, changes: Changes, last: date) -> date:
    """The next is due the book's interval after the last day that was held."""
    due_on = months_later(last, book_of(wiring, changes.case).indkald_interval_months)
    _set_due(changes, due_on)
    return due_on


def _set_due(changes: Changes, due_on: date) -> None:
    case = changes.case
    changes.statements.append(
        (store.DUE_NEXT, {"person_id": case.desk.person_id, "due_on": due_on})
    )
    changes.entries.append(
        care_recorded(case.act(len(changes.entries)), {"indkald_due_on": due_on})
    )


async def conclude(
    wiring: Wiring, token: str, person_id: int, indkald_id: int, asked: Concluding, key: str
) -> Outcome:
    """A doctor concludes: the dose is right, or is to be changed; and when the next is due.

    A period that runs can only end as one whose dose is to be changed, and is broken then. Raises
    Conflict for one that is concluded (``indkald-concluded``) or not held (``indkald-not-held``),
    Unprocessable for a next day later than the book's interval.
    """
    note = words(asked.note, "note")
    assert note is not None

    def build(case: Deciding) -> Decided:
        frame = frame_of(case)
        period = period_of(frame, indkald_id)
        if period.conclusion is not None:
            raise Conflict("a doctor has concluded already", slug="indkald-concluded")
        early = period.open and bool(period.completed) and asked.result == "change"
        if period.state != "completed" and not early:
            raise Conflict("not all of its days are held", slug="indkald-not-held")
        changes = Changes.of(case)
        if early:
            changes.change(period, "broken")
            changes.right(frame, period.days, ())
        due_on = _next_due(wiring, changes, period, asked, early)
        values = case.signed | {
            "indkald_id": indkald_id,
            "result": asked.result,
            "note": note,
            "next_due_on": due_on,
        }
        changes.statements.append((store.CONCLUDED, values))
        changes.entries.append(
            entries.concluded(
                case.act(len(changes.entries)),
                indkald_id=indkald_id,
                result=asked.result,
                note=note,
                next_due_on=due_on,
            )
        )
        return changes.decided()

    also = store.frame_query(person_id, date.min, date.min)
    verb = f"conclude indkald {indkald_id}"
    return await decide(wiring, token, person_id, key, verb, asked, build, also=also)


def _next_due(
    wiring: Wiring, changes: Changes, period: Period, asked: Concluding, early: bool
) -> date | None:
    """The day the next is due; None where the one that was broken stays due as it was."""
    case = changes.case
    longest = months_later(max(period.completed), book_of(wiring, case).indkald_interval_months)
    if asked.next_due_on is not None:
        not_before(asked.next_due_on, case.desk.on + DAY, "next_due_on")
        if asked.next_due_on > longest:
            raise Unprocessable("no later than the book's interval", field="next_due_on")
    due_on = asked.next_due_on or (None if early else longest)
    if due_on is not None and due_on != case.desk.patient.indkald_due_on:
        _set_due(changes, due_on)
    return due_on
