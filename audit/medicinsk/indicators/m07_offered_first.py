"""M7: of the new with indication, who was offered buprenorphine first. As the doctor's page.

New is who was never in substitution treatment before and was enrolled in the period. The first
answer of the course counts: accepted and declined are offers, *not offered* is none. The newest
assessment of the course says whether there is an indication; without one it is unknown.
"""

from typing import ClassVar

from audit.definitions import definitions
from audit.medicinsk.model import Amount, Indicator
from audit.medicinsk.parts import Part
from audit.medicinsk.recorded import Course
from audit.medicinsk.scope import Scope
from audit.medicinsk.tallies import ShareTally

_READS = ("substance-offered", "course-begun", "person-enrolled", "assessment-signed")


class OfferedFirst:
    """M7."""

    id: ClassVar[str] = "M7"

    def __init__(self, scope: Scope) -> None:
        known = definitions()[self.id]
        self._offered = ShareTally("m7.offered", "people", known.target, known.reach)
        self._indicated = known.indicated
        self._without: list[int] = []
        self._unplaced: list[int] = []

    def add(self, part: Part) -> None:
        """Every course that began here."""
        for course in part.begun():
            if course.before in (None, "unknown"):
                self._unplaced.append(part.person_id)
            if course.before == "never":
                self._new(part, course)

    def _new(self, part: Part, course: Course) -> None:
        if part.blind(_READS):
            self._offered.add(None, part.person_id)
            return
        indicated = self._indicated(_diagnosis(part, course))
        if indicated is False:
            self._without.append(part.person_id)
            return
        first = _first_answer(part, course) if indicated else None
        self._offered.add(None if first is None else first != "not_offered", part.person_id)

    def done(self) -> Indicator:
        """The share, who is new without an indication, and courses of which it is unknown."""
        people = tuple(sorted(set(self._unplaced)))
        without = tuple(sorted(set(self._without)))
        return Indicator(
            self.id,
            (self._offered.share(),),
            amounts=(
                Amount("m7.no-indication", "people", len(without), without),
                Amount("m7.unplaced", "courses", len(self._unplaced), people),
            ),
        )


def _diagnosis(part: Part, course: Course) -> str | None:
    until = min(part.cut_on, course.ended_on or part.cut_on)
    for on, found in reversed(part.life.assessed):
        if course.first <= on <= until:
            return found
    return None


def _first_answer(part: Part, course: Course) -> str | None:
    for on, answer in part.life.offers:
        if course.enrolled_on <= on <= min(part.cut_on, course.ended_on or part.cut_on):
            return answer
    return None
