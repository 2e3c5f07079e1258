"""Agreeing with the person: what cannot be, the days in a row with their hour, the invitation.

Nurses and doctors agree; nothing is agreed for a day that has come. From the agreement on the rules
know the period: no dose of its days goes home, here or at a pharmacy. Where a pharmacy holds the
right to dispense, the right of those days lies here meanwhile, and goes back by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from audit.ledger.entry import Entry
from dispensing.counter.outcome import Outcome, Statement
from dispensing.errors import CannotDecide, Conflict, NotFound, Unprocessable
from dispensing.treatment.deciding import READERS, Decided, Deciding, decide, not_before, words
from dispensing.treatment.entries import indkald_changed, indkald_planned
from dispensing.treatment.indkald import entries, store
from dispensing.treatment.indkald.proposal import DAY, Wish, in_a_row
from dispensing.treatment.indkald.store import Frame, How, Period, State, frame_from
from dispensing.wiring import Wiring
from dosing_rules import RuleBook

# An agreement further ahead is none; the interval itself is the rule book's.
LONGEST_AHEAD = timedelta(days=400)
# Emergency lists speak of today and tomorrow: another place's may say that it hands out.
LISTED = timedelta(days=1)
MOST_AWAY, LONGEST_AWAY = 12, timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Agreed:
    """The first day and the hour of each; ``moves`` the period these days are instead of."""

    first: date
    come_at: time
    moves: int | None = None


@dataclass(slots=True)
class Changes:
    """Statements and entries of one act, in order; each entry gets the person's next number."""

    case: Deciding
    statements: list[Statement]
    entries: list[Entry]

    @classmethod
    def of(cls, case: Deciding) -> "Changes":
        return cls(case, [], [])

    def decided(self) -> Decided:
        return Decided(tuple(self.statements), tuple(self.entries))

    def change(self, period: Period, state: State, days: Sequence[date] | None = None) -> None:
        """The period's state, and its days where they become others."""
        kept = list(period.days if days is None else days)
        values = {"indkald_id": period.indkald_id, "state": state, "days": kept}
        self.statements.append((store.CHANGE, values))
        self.entries.append(
            indkald_changed(
                self.case.act(len(self.entries)),
                indkald_id=period.indkald_id,
                state=state,
                completed=period.completed,
                days=days,
            )
        )

    def agree(self, frame: Frame, days: Sequence[date], come_at: time, minutes: int) -> None:
        """A new period."""
        self.statements.append(
            (
                store.AGREE,
                self.case.signed
                | {
                    "indkald_id": frame.next_id,
                    "days": list(days),
                    "come_at": come_at,
                    "minutes": minutes,
                },
            )
        )
        self.entries.append(
            indkald_planned(
                self.case.act(len(self.entries)),
                indkald_id=frame.next_id,
                days=days,
                observation_minutes=minutes,
                come_at=come_at,
            )
        )

    def right(self, frame: Frame, before: Sequence[date], after: Sequence[date]) -> None:
        """Where a pharmacy holds the right: back for days that are none now, here for new ones.

        A day that has come, or of which a dose is taken, stays as it is.
        """
        if frame.holder is None or frame.holder_kind != "pharmacy":
            return
        claimed = {claim.for_on for claim in self.case.desk.patient.claims or ()}
        over = [
            day
            for day in before
            if day not in after and day > self.case.desk.on and day not in claimed
        ]
        new = [day for day in after if day not in before]
        for days, sql, begins in ((over, store.RIGHT_BACK, False), (new, store.RIGHT_HERE, True)):
            if days:
                values = self.case.signed | {"days": days, "holder": frame.holder}
                self.statements.append((sql, values))
                act = self.case.act(len(self.entries))
                self.entries.append(
                    entries.right_by_indkald(act, days=days, holder=frame.holder, begins=begins)
                )


def book_of(wiring: Wiring, case: Deciding) -> RuleBook:
    """The unit's rule book. Raises CannotDecide without one."""
    if case.desk.book_id is None:
        raise CannotDecide("no rule book is in force for this unit")
    return wiring.book(case.desk.book_id)


def fitting(
    case: Deciding, frame: Frame, days: Sequence[date], come_at: time, minutes: int
) -> None:
    """Raises Unprocessable for an hour that is none, and Conflict for what stands in the way."""
    arrives = come_at.hour * 60 + come_at.minute
    opens = frame.opens.hour * 60 + frame.opens.minute
    closes = frame.closes.hour * 60 + frame.closes.minute
    if not opens <= arrives or not arrives + minutes < closes:
        raise Unprocessable("the observation ends before the unit closes", field="come_at")
    closed = [day for day in days if day in frame.closed_on]
    if closed:
        raise Conflict("the unit is closed on one of the days", slug="indkald-closed")
    claimed = {claim.for_on for claim in case.desk.patient.claims or ()}
    if claimed & set(days):
        raise Conflict("a dose of these days is handed out already", slug="indkald-dose-at-home")
    if frame.places is None:
        raise Conflict("how many can be observed at once is not said", slug="indkald-no-places")
    if any(frame.together(day, come_at, minutes) >= frame.places for day in days):
        raise Conflict("every place is taken at that hour", slug="indkald-full")
    if frame.on_paper:
        raise Conflict("paper is in use for this person", slug="paper-in-use")
    own = frame.holder == case.actor.unit_id
    if not own and frame.holder_kind != "pharmacy":
        raise Conflict("the right lies elsewhere just now", slug="indkald-right-elsewhere")
    there = not own or min(days) in frame.supplied_on
    if there and min(days) <= case.desk.on + LISTED:
        # Its printed lists speak of tomorrow already.
        raise Conflict("the pharmacy hands out tomorrow", slug="indkald-pharmacy-tomorrow")


async def agree(wiring: Wiring, token: str, person_id: int, asked: Agreed, key: str) -> Outcome:
    """Agree on the book's days in a row from ``asked.first`` on; nurses and doctors.

    Raises Unprocessable for a day or hour that cannot be, Conflict for what stands in the way:
    ``indkald-open`` (another one is agreed on or runs), ``indkald-changed`` (``moves`` is no longer
    what is agreed on), and what ``fitting`` says. See ``decide``.
    """

    def build(case: Deciding) -> Decided:
        frame, book = frame_of(case), book_of(wiring, case)
        not_before(asked.first, case.desk.on + DAY, "first")
        if asked.first > case.desk.on + LONGEST_AHEAD:
            raise Unprocessable("a period within the coming year", field="first")
        changes = Changes.of(case)
        before = _moved(case, frame, asked.moves, changes)
        days = in_a_row(asked.first, book.indkald_days)
        minutes = book.indkald_observation_minutes
        fitting(case, frame, days, asked.come_at, minutes)
        changes.agree(frame, days, asked.come_at, minutes)
        changes.right(frame, before, days)
        return changes.decided()

    # No book asks for more days in a row than a month has.
    also = store.frame_query(person_id, asked.first, _ahead(asked.first, 31))
    verb = "agree indkald"
    return await decide(wiring, token, person_id, key, verb, asked, build, roles=READERS, also=also)


def _ahead(day: date, days: int) -> date:
    return min(day, date.max - timedelta(days=days)) + timedelta(days=days)


def _moved(case: Deciding, frame: Frame, moves: int | None, changes: Changes) -> Sequence[date]:
    """The days of the period that is moved; () where none is. Raises Conflict."""
    standing = frame.open_period
    if standing is None:
        if moves is not None:
            raise Conflict("that period is no longer agreed on", slug="indkald-changed")
        return ()
    if standing.indkald_id != moves:
        raise Conflict("another period is agreed on or runs", slug="indkald-open")
    if standing.begun(case.desk.on):
        raise Conflict("the period has begun: the doctor decides", slug="indkald-begun")
    changes.change(standing, "moved")
    return standing.days


def frame_of(case: Deciding) -> Frame:
    """What the query ``store.frame_query`` found. Raises NotFound."""
    if case.found is None:
        raise NotFound("no such person here")
    return frame_from(case.found)


async def wish(
    wiring: Wiring, token: str, person_id: int, said: Wish, note: str | None, key: str
) -> Outcome:
    """Write down what the person said cannot be; it replaces what was said before.

    Raises Unprocessable for weekdays that are none or all, for days away that end before they
    begin, and for hours the wrong way round.
    """
    if not said.not_weekdays <= frozenset(range(1, 8)) or len(said.not_weekdays) == 7:
        raise Unprocessable("some weekdays can be, and some cannot", field="not_weekdays")
    if len(said.away) > MOST_AWAY or any(
        not timedelta(0) <= end - begin <= LONGEST_AWAY for begin, end in said.away
    ):
        raise Unprocessable("away from a day to a later one", field="away")
    if said.earliest is not None and said.latest is not None and said.latest < said.earliest:
        raise Unprocessable("the latest hour lies after the earliest", field="latest")
    kept = words(note, "note", needed=False)

    def build(case: Deciding) -> Decided:
        version = store.wish_from(case.found)[0] + 1
        values = case.signed | {
            "version": version,
            "not_weekdays": sorted(said.not_weekdays),
            "away_from": [begin for begin, _ in said.away],
            "away_until": [end for _, end in said.away],
            "earliest": said.earliest,
            "latest": said.latest,
            "note": kept,
        }
        entry = entries.wished(case.act(), version=version, wish=said, note=kept)
        return Decided(((store.WISHED, values),), (entry,))

    asked = (entries.wish_facts(said), kept)
    also = (store.WISH, {"person_id": person_id})
    verb = "wish indkald"
    return await decide(wiring, token, person_id, key, verb, asked, build, roles=READERS, also=also)


async def invite(
    wiring: Wiring, token: str, person_id: int, indkald_id: int, how: How, language: str, key: str
) -> Outcome:
    """Write down that the person was invited: by the slip, or by the text somebody passed on.

    Raises NotFound for a period that is none of the person's, and Conflict for one that is over.
    """

    def build(case: Deciding) -> Decided:
        period = period_of(frame_of(case), indkald_id)
        if not period.open:
            raise Conflict("the period is over", slug="indkald-over")
        number = len(period.invited) + 1
        facts = {"indkald_id": indkald_id, "number": number, "how": how, "language": language}
        entry = entries.invited(case.act(), **facts)  # type: ignore[arg-type]
        return Decided(((store.INVITED, case.signed | facts),), (entry,))

    also = store.frame_query(person_id, date.min, date.min)
    verb = f"invite {indkald_id}"
    return await decide(
        wiring, token, person_id, key, verb, (how, language), build, roles=READERS, also=also
    )


def period_of(frame: Frame, indkald_id: int) -> Period:
    """The person's period. Raises NotFound."""
    found = next((one for one in frame.periods if one.indkald_id == indkald_id), None)
    if found is None:
        raise NotFound("no such period of this person")
    return found
