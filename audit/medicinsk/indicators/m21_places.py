"""M21: people in treatment and places, at the end of each month; and who is delegated to a doctor.

Delegated is counted in one way, printed: in treatment by a practice, or the right to hand out lies
with one, on the audit date.
"""

from datetime import date, timedelta
from typing import ClassVar

from audit.medicinsk.life import DAY
from audit.medicinsk.model import Counted, Indicator, Table
from audit.medicinsk.parts import Part
from audit.medicinsk.recorded import known
from audit.medicinsk.scope import Scope
from audit.medicinsk.tallies import ShareTally, Tally

_READS = ("person-enrolled", "person-ended", "right-moved")


class UseOfPlaces:
    """M21."""

    id: ClassVar[str] = "M21"

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._ends = month_ends(scope.period.first, scope.period.last)
        self._people = {on: Tally() for on in self._ends}
        self._delegated = ShareTally("m21.delegated", "people")

    def add(self, part: Part) -> None:
        """On every month's end on which the person is in treatment here."""
        for on, tally in self._people.items():
            if part.course_on(on) is not None:
                tally.add(part.person_id)
        if part.now is None:
            return
        if part.blind(_READS):
            self._delegated.add(None, part.person_id)
            return
        holder = known(part.life.holders, part.cut_on)
        units = {part.now.unit_id, holder if isinstance(holder, int) else part.now.unit_id}
        practice = any(part.places.place(one).kind == "practice" for one in units)
        self._delegated.add(practice, part.person_id)

    def done(self) -> Indicator:
        """By month, and the share delegated."""
        rows = tuple(on.isoformat() for on in self._ends)
        cells = tuple((self._people[on].counted(), Counted(self._places(on))) for on in self._ends)
        table = Table("m21.months", "people", rows, ("patients", "places"), cells)
        return Indicator(self.id, (self._delegated.share(),), tables=(table,))

    def _places(self, on: date) -> int:
        """Places of the scope's units that were open; one that never said so has none known."""
        found = [known(place.places, on) for place in self._scope.units]
        return sum(one for one in found if isinstance(one, int))


def month_ends(first: date, last: date) -> list[date]:
    """The last day of each month in a period, and its own last day."""
    ends: list[date] = []
    day = first
    while True:
        end = (day.replace(day=1) + timedelta(days=31)).replace(day=1) - DAY
        if end >= last:
            return [*ends, last]
        ends.append(end)
        day = end + DAY
