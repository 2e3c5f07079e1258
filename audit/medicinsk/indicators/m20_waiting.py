"""M20: days from the first contact to enrolment and to the first dose, of courses that began.

Same or next day, and within the guarantee. Who still waits within the limit is unknown; who has
waited longer is a no, whatever comes.
"""

from datetime import date
from typing import ClassVar

from audit.definitions import definitions, target
from audit.medicinsk.model import Indicator, distribution
from audit.medicinsk.parts import Part
from audit.medicinsk.recorded import Course
from audit.medicinsk.scope import Scope
from audit.medicinsk.tallies import ShareTally, Tally

_READS = ("contact-made", "person-enrolled", "handout-given")


class Waiting:
    """M20."""

    id: ClassVar[str] = "M20"

    def __init__(self, scope: Scope) -> None:
        self._start: list[tuple[int, int]] = []
        self._dose: list[tuple[int, int]] = []
        self._no_contact, self._no_dose = Tally(), Tally()
        self._next_day = ShareTally("m20.next-day", "courses")
        self._within = ShareTally("m20.within", "courses")

    def add(self, part: Part) -> None:
        """Every course that began here in the period."""
        for course in part.begun():
            self._course(part, course)

    def _course(self, part: Part, course: Course) -> None:
        who, contact = part.person_id, course.contact_on
        if contact is None or part.blind(_READS):
            self._no_contact.add(who)
            self._no_dose.add(who)
            self._next_day.add(None, who)
            self._within.add(None, who)
            return
        self._start.append((max((course.enrolled_on - contact).days, 0), who))
        first = _first_dose(part, course)
        if first is None:
            self._no_dose.add(who)
            waited = (part.cut_on - contact).days
            self._next_day.add(False if waited > 1 else None, who)
            self._within.add(False if waited > target(self.id) else None, who)
            return
        waited = max((first - contact).days, 0)
        self._dose.append((waited, who))
        self._next_day.add(waited <= 1, who)
        self._within.add(waited <= target(self.id), who)

    def done(self) -> Indicator:
        """Both waits, and the two shares of the wait for the first dose."""
        edges = definitions()[self.id].edges
        start = distribution(
            "m20.start", "days", self._start, self._no_contact.counted(), edges["m20.start"]
        )
        dose = distribution(
            "m20.first-dose",
            "days",
            self._dose,
            self._no_dose.counted(),
            edges["m20.first-dose"],
        )
        return Indicator(self.id, (self._next_day.share(), self._within.share()), (start, dose))


def _first_dose(part: Part, course: Course) -> date | None:
    until = min(course.ended_on or part.cut_on, part.cut_on)
    return part.doses.first(course.enrolled_on, until)
