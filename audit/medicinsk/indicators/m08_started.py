"""M8: of the new, whose first order of the course is buprenorphine. As the doctor's page counts."""

from typing import ClassVar

from audit.definitions import definitions
from audit.medicinsk.model import Indicator, Note
from audit.medicinsk.parts import Part
from audit.medicinsk.scope import Scope
from audit.medicinsk.tallies import ShareTally

FIRST = "buprenorphine"
_READS = ("prescription-signed", "course-begun", "person-enrolled")


class Started:
    """M8."""

    id: ClassVar[str] = "M8"

    def __init__(self, scope: Scope) -> None:
        known = definitions()[self.id]
        self._started = ShareTally("m8.started", "people", known.target, known.reach)

    def add(self, part: Part) -> None:
        """Every course of somebody new that began here."""
        for course in part.begun():
            if course.before == "never":
                order = part.life.first_order(course, part.cut_on)
                known = order is not None and not part.blind(_READS)
                self._started.add(
                    order.substance == FIRST if known and order else None, part.person_id
                )

    def done(self) -> Indicator:
        """The share; what *new* means is printed with it."""
        return Indicator(self.id, (self._started.share(),), notes=(Note("note.m8.new"),))
