"""M18: courses by the year they began and the first preparation ordered in them (Tabel 5).

Drug-free is a course that was assessed and planned and in which no substitution medicine was ever
ordered by the audit date; with neither order nor plan it is unknown.
"""

from typing import ClassVar

from audit.medicinsk.model import Indicator
from audit.medicinsk.parts import Part
from audit.medicinsk.scope import Scope
from audit.medicinsk.tallies import TableTally

COLUMNS = ("methadone", "buprenorphine", "diacetylmorphine", "drug-free", "unknown")
_READS = ("prescription-signed", "plan-signed", "assessment-signed", "person-enrolled")


class Visitations:
    """M18."""

    id: ClassVar[str] = "M18"

    def __init__(self, scope: Scope) -> None:
        self._years = TableTally("m18.years", "courses", (), COLUMNS)

    def add(self, part: Part) -> None:
        """Every course here by the audit date."""
        life, cut_on = part.life, part.cut_on
        for course in part.courses:
            if course.status == "absorbed":
                continue
            until = min(cut_on, course.ended_on or cut_on)
            order = life.first_order(course, cut_on)
            if part.blind(_READS):
                column = "unknown"
            elif order is not None:
                column = order.substance
            else:
                planned = any(course.first <= on <= until for on, _ in life.plans)
                assessed = any(course.first <= on <= until for on, _ in life.assessed)
                column = "drug-free" if planned and assessed else "unknown"
            self._years.add(str(course.enrolled_on.year), column, part.person_id)

    def done(self) -> Indicator:
        """The table."""
        return Indicator(self.id, tables=(self._years.table(),))
