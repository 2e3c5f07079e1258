"""One person as the ledger tells it: courses, orders, arrangements, findings and doses, with days.

Entries are told in the person's own order, across institutions. Everything keeps the clinic day on
which it was written, so that what held at the end of any day can be asked afterwards: what a later
day told is not known then. A person's life is small; the ledger's length never matters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import msgspec

from audit.medicinsk import told
from audit.medicinsk.recorded import Course, Indkald, Order, Taper, Timeline, join_care

DAY = timedelta(days=1)
#: The findings of a gap; whoever allows one of them has decided about it.
GAP_RULES = frozenset({"missed-days", "restart-above-ceiling", "coverage-unknown"})


class Life:
    """One person's entries so far."""

    def __init__(self, person_id: int, unit_of_chain: Callable[[int], int | None]) -> None:
        """``unit_of_chain`` says whose chain an erased entry stands in."""
        self.person_id = person_id
        self.courses: list[Course] = []
        self.orders: list[Order] = []
        self.stops: list[tuple[int, date, int, date]] = []
        self.arranged: list[tuple[date, int, told.ArrangedFacts]] = []
        self.care: dict[str, Timeline] = {}
        self.holders: Timeline = []
        self.offers: list[tuple[date, str]] = []
        self.plans: list[tuple[date, date]] = []
        self.assessed: list[tuple[date, str | None]] = []
        self.indkald: dict[int, Indkald] = {}
        self.observed: list[tuple[date, date, bool]] = []
        self.tapers: list[Taper] = []
        self.diversions: list[tuple[date, str]] = []
        self.reserved: list[told.Reserved] = []
        self.given: dict[int, told.Given] = {}
        self.taken_over: list[told.TakenOver] = []
        self.brought_back: set[tuple[int, date]] = set()
        self.missed: list[told.Missed] = []
        self.answers: list[tuple[date, frozenset[str]]] = []
        #: Kind, day of the readable entry before it, and unit.
        self.erased: list[tuple[str, date | None, int | None]] = []
        self._unit_of_chain = unit_of_chain
        self._day: date | None = None
        self._place = 0
        self._contact: date | None = None
        self._before: str | None = None
        self._absorbed_on: date | None = None

    def tell(self, entries: Iterable[told.Told]) -> None:
        """The next entries in order."""
        given = self.given
        for entry in entries:
            self._place += 1
            if type(entry) is told.Given:
                # By far the most: kept as they are.
                given[entry.facts.reservation] = entry
                self._day = entry.on
            elif isinstance(entry, told.Erased):
                self._erased(entry)
            else:
                self._day = entry.on
                _VERBS[type(entry)](self, entry)

    def _erased(self, entry: told.Erased) -> None:
        unit_id = self._unit_of_chain(entry.chain)
        self.erased.append((entry.was, self._day, unit_id))

    # Courses

    def enrolled(self, entry: told.Enrolled) -> None:
        """A course begins; one that was not ended goes on elsewhere and ends here."""
        facts = entry.facts
        if self.courses and self.courses[-1].ended_on is None:
            self.courses[-1].ended_on = entry.on
            self.courses[-1].status = "elsewhere"
        course = Course(entry.unit_id, entry.on, facts.enrolled_on, facts.born_on, self._place)
        course.contact_on, course.before = self._contact, self._before
        self._contact = self._before = None
        self.courses.append(course)
        self.holders.append((entry.on, facts.right_holder))

    def ended(self, entry: told.Ended) -> None:
        """The course is over."""
        course = self._open_course()
        if course is not None:
            course.ended_on, course.status = entry.facts.ended_on, entry.facts.status
            course.died_on = entry.facts.died_on

    def _open_course(self) -> Course | None:
        if self.courses and self.courses[-1].ended_on is None:
            return self.courses[-1]
        return None

    def contact(self, entry: told.ContactMade) -> None:
        """The first contact: told with the enrolment, before it or after."""
        course = self._open_course()
        if course is not None and course.first == entry.on and course.contact_on is None:
            course.contact_on = entry.facts.contact_on
        else:
            self._contact = entry.facts.contact_on

    def begun(self, entry: told.CourseBegun) -> None:
        """Whether ever in treatment before."""
        course = self._open_course()
        if course is not None and course.first == entry.on and course.before is None:
            course.before = entry.facts.before
        else:
            self._before = entry.facts.before

    def found(self, entry: told.Care) -> None:
        """What was found or agreed."""
        facts = entry.facts
        for name in facts.__struct_fields__:
            value = getattr(facts, name)
            if value is not msgspec.UNSET:
                self.care.setdefault(name, []).append((entry.on, value))
        course = self._open_course()
        if facts.new_to_treatment is True and course is not None and course.first == entry.on:
            course.before = course.before or "never"

    # Orders and arrangements

    def signed(self, entry: told.OrderSigned) -> None:
        """A doctor signed an order."""
        self.orders.append(Order(self._place, entry.on, entry.amount_ug, entry.facts))

    def stopped(self, entry: told.OrderStopped) -> None:
        """A doctor stopped what was ordered."""
        facts = entry.facts
        self.stops.append((self._place, entry.on, facts.version, facts.from_on))

    def order(
        self, day: date, *, known_on: date | None = None, night: bool = False
    ) -> Order | None:
        """The order that holds on ``day``, as known at the end of ``known_on`` (or that day).

        The newest version that has begun, of the course of that day, unless it has ended or is
        stopped.
        """
        known_on = known_on or day
        course = self.course_on(known_on)
        if course is None:
            return None
        for one in reversed(self.orders):
            if one.on > known_on or one.facts.night is not night or one.facts.valid_from > day:
                continue
            if one.place < course.begins:
                return None
            until = one.facts.valid_to
            stopped = any(
                version > one.facts.prescription[1] and from_on <= day
                for place, told_on, version, from_on in self.stops
                if place > one.place and told_on <= known_on
            )
            return None if stopped or (until is not None and until < day) else one
        return None

    def first_order(self, course: Course, by: date) -> Order | None:
        """The first order of a course, signed by the end of a day; never the one for the night."""
        after = self._begins_after(course)
        for one in self.orders:
            if course.begins < one.place < after and one.on <= by and not one.facts.night:
                return one
        return None

    def _begins_after(self, course: Course) -> int:
        later = [one.begins for one in self.courses if one.begins > course.begins]
        return min(later, default=self._place + 1)

    def course_on(self, day: date) -> Course | None:
        """The course at the end of a day."""
        for course in reversed(self.courses):
            if course.holds(day):
                return course
        return None

    def diagnosis(self, on: date) -> str | None:
        """The indication of the newest assessment by a day."""
        for signed_on, found in reversed(self.assessed):
            if signed_on <= on:
                return found
        return None

    def arrangement(self, day: date) -> told.ArrangedFacts | None:
        """How the medicine is taken on a day, of the course of that day."""
        course = self.course_on(day)
        if course is None:
            return None
        for on, place, facts in reversed(self.arranged):
            if on <= day and facts.valid_from <= day:
                return facts if place > course.begins else None
        return None

    def arrangement_decided(self, entry: told.Arranged) -> None:
        """How the medicine is taken from a day on."""
        self.arranged.append((entry.on, self._place, entry.facts))

    # The rest

    def planned(self, entry: told.IndkaldPlanned) -> None:
        """A period was agreed."""
        facts = entry.facts
        self.indkald[facts.indkald] = Indkald(
            entry.unit_id, [(entry.on, facts.days)], [(entry.on, "planned")]
        )

    def changed(self, entry: told.IndkaldChanged) -> None:
        """A period runs, has other days, or is over."""
        period = self.indkald.get(entry.facts.indkald)
        if period is not None:
            period.states.append((entry.on, entry.facts.state))
            if entry.facts.days is not None:
                period.days.append((entry.on, entry.facts.days))

    def concluded(self, entry: told.IndkaldConcluded) -> None:
        """What a doctor made of it."""
        period = self.indkald.get(entry.facts.indkald)
        if period is not None:
            period.results.append((entry.on, entry.facts.result))

    def observation(self, entry: told.ObservationSigned) -> None:
        """A day of a period was watched to its end."""
        facts = entry.facts
        if facts.indkald_day is not None:
            whole = facts.state == "completed" and facts.affected is False
            self.observed.append((entry.on, facts.indkald_day, whole))

    def agreed(self, entry: told.TaperAgreed) -> None:
        """A plan, or a new version of it."""
        self.tapers.append(Taper(entry.on, entry.facts))

    def went(self, on: date, plan: int, dose_ug: int, reached: bool) -> None:
        """A dose really had under a plan."""
        for taper in reversed(self.tapers):
            if taper.plan.version == plan:
                taper.went.append((on, dose_ug))
                if reached:
                    taper.ended_on = on
                return

    def taper_ended(self, entry: told.TaperStopped) -> None:
        """The plan ends here."""
        if self.tapers:
            self.tapers[-1].ended_on = entry.on

    def take_back(self, entry: told.Reversed) -> None:
        """A hand-out was recorded by mistake."""
        self.given.pop(entry.facts.reservation, None)

    def absorbed(self, entry: told.Absorbed) -> None:
        """The record stands for nobody of its own any more."""
        self._absorbed_on = entry.on
        course = self._open_course()
        if course is not None:
            course.ended_on, course.status = entry.on, "absorbed"

    def released(self, _: told.Released) -> None:
        """The record stands on its own again."""
        self._absorbed_on = None
        if self.courses and self.courses[-1].status == "absorbed":
            self.courses[-1].ended_on = self.courses[-1].status = None

    def joined(self, other: Life) -> None:
        """Another record of the same human: its courses, doses and decisions are this one's."""
        mine = self._place
        for course in other.courses:
            if course.status != "absorbed":
                self.courses.append(replace(course, begins=course.begins - other._place))
        self.courses.sort(key=lambda one: one.first)
        self.orders[:0] = [replace(one, place=one.place - other._place) for one in other.orders]
        earlier = other._place
        self.stops[:0] = [(one[0] - earlier, one[1], one[2], one[3]) for one in other.stops]
        self.arranged[:0] = [(on, place - earlier, facts) for on, place, facts in other.arranged]
        if other._absorbed_on is not None:
            join_care(self.care, other.care, other._absorbed_on)
        self.given = other.given | self.given
        for name in ("offers", "plans", "assessed", "diversions", "answers", "erased", "observed"):
            getattr(self, name)[:0] = getattr(other, name)
        for name in ("reserved", "taken_over", "missed", "tapers"):
            getattr(self, name)[:0] = getattr(other, name)
        self.indkald = other.indkald | self.indkald
        self.brought_back |= other.brought_back
        assert mine == self._place


def _step(life: Life, entry: told.TaperStepTaken) -> None:
    facts = entry.facts
    life.went(entry.on, facts.plan, facts.dose_ug, facts.reached)


def _listed(life: Life, entry: told.SedativesRecorded) -> None:
    found = entry.facts.found
    if found is not None:
        life.went(entry.on, found.plan, found.dose_ug, False)


def _answered(life: Life, entry: told.Answered) -> None:
    if entry.facts.allow:
        life.answers.append((entry.on, frozenset(entry.facts.rules)))


_VERBS: dict[type[Any], Callable[[Life, Any], None]] = {
    told.Enrolled: Life.enrolled,
    told.Ended: Life.ended,
    told.ContactMade: Life.contact,
    told.CourseBegun: Life.begun,
    told.RightMoved: lambda life, one: life.holders.append((one.on, one.facts.right_holder)),
    told.Care: Life.found,
    told.OrderSigned: Life.signed,
    told.OrderStopped: Life.stopped,
    told.Arranged: Life.arrangement_decided,
    told.Offered: lambda life, one: life.offers.append(
        (one.on, one.facts.answer or ("accepted" if one.facts.accepted else "declined"))
    ),
    told.PlanSigned: lambda life, one: life.plans.append((one.on, one.facts.review_on)),
    told.AssessmentSigned: lambda life, one: life.assessed.append((one.on, one.facts.diagnosis)),
    told.IndkaldPlanned: Life.planned,
    told.IndkaldChanged: Life.changed,
    told.IndkaldConcluded: Life.concluded,
    told.ObservationSigned: Life.observation,
    told.TaperAgreed: Life.agreed,
    told.TaperStepTaken: _step,
    told.SedativesRecorded: _listed,
    told.TaperStopped: Life.taper_ended,
    told.DiversionRecorded: lambda life, one: life.diversions.append((one.on, one.facts.step)),
    told.Reserved: lambda life, one: life.reserved.append(one),
    told.Reversed: Life.take_back,
    told.TakenOver: lambda life, one: life.taken_over.append(one),
    told.HomeDoseReturned: lambda life, one: (
        life.brought_back.add((one.facts.reservation, one.facts.for_on))
        if one.facts.unopened
        else None
    ),
    told.Missed: lambda life, one: life.missed.append(one),
    told.Answered: _answered,
    told.Absorbed: Life.absorbed,
    told.Released: Life.released,
}
