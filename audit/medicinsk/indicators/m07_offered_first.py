"""M7: of the new, who was offered buprenorphine first. As the doctor's page counts it.

New is who was never in substitution treatment before and was enrolled in the period. The first
answer of the course counts: accepted and declined are offers, *not offered* is none.
"""

from typing import ClassVar

from audit.definitions import definitions
from audit.medicinsk.model import Amount, Indicator
from audit.medicinsk.parts import Part
from audit.medicinsk.recorded import Course
from audit.medicinsk.scope import Scope
from audit.medicinsk.tallies import ShareTally

_READS = ("substance-offered", "course-begun", "person-enrolled")


class OfferedFirst:
    """M7."""

    id: ClassVar[str] = "M7"

    def __init__(self, scope: Scope) -> None:
        known = definitions()[self.id]
        self._offered = ShareTally("m7.offered", "people", known.target, known.reach)
        self._unplaced: list[int] = []

    def add(self, part: Part) -> None:
        """Every course that began here."""
        for course in part.begun():
            if course.before in (None, "unknown"):
                self._unplaced.append(part.person_id)
            if course.before == "never":
                first = None if part.blind(_READS) else _first_answer(part, course)
                offered = None if first is None else first != "not_offered"
                self._offered.add(offered, part.person_id)

    def done(self) -> Indicator:
        """The share, and of how many courses it is unknown whether they are new."""
        people = tuple(sorted(set(self._unplaced)))
        return Indicator(
            self.id,
            (self._offered.share(),),
            amounts=(Amount("m7.unplaced", "courses", len(self._unplaced), people),),
        )


def _first_answer(part: Part, course: Course) -> str | None:
    for on, answer in part.life.offers:
        if course.enrolled_on <= on <= min(part.cut_on, course.ended_on or part.cut_on):
            return answer
    return None
