"""M19: deaths of people in treatment by age band and affiliation, and per 100 patient-years.

Affiliation is the unit that treated. Person-time are the days in treatment in the period, from the
day the ledger tells of the course: what lay before it nobody could have died in, here. A death
belongs to the period by its own day where it is known, else by the day it was recorded.
"""

from datetime import date
from typing import ClassVar

from audit.definitions import definitions, rules
from audit.medicinsk.model import Indicator, Rate
from audit.medicinsk.parts import Part
from audit.medicinsk.poisson import exact_interval
from audit.medicinsk.recorded import Course
from audit.medicinsk.scope import Scope
from audit.medicinsk.tallies import TableTally, Tally

#: 100 patient-years as days: the mean Gregorian year has 365.2425.
DAYS_IN_100_YEARS_TIMES_100 = 3_652_425
_MILLI = 1000


class Mortality:
    """M19."""

    id: ClassVar[str] = "M19"

    def __init__(self, scope: Scope) -> None:
        edges = definitions()[self.id].edges["m19.age"]
        self._edges = edges
        rows = [_band(edge, edges) for edge in (*edges, edges[-1] + 1)]
        self._table = TableTally("m19.deaths", "people", [*rows, "unknown"])
        self._deaths = Tally()
        self._days = 0

    def add(self, part: Part) -> None:
        """The person's days here, and the death where there was one."""
        self._days += part.person_days
        for course in part.courses:
            if course.status != "dead" or course.ended_on is None:
                continue
            died_on = course.died_on or course.ended_on
            if part.period.holds(died_on):
                place = part.places.place(course.unit_id)
                self._table.add(_age_band(course, died_on, self._edges), place.code, part.person_id)
                self._deaths.add(part.person_id)

    def done(self) -> Indicator:
        """The table, and the rate with its interval."""
        events = self._deaths.counted()
        low, high = exact_interval(events.count, rules()["interval_percent"].value)
        per = [
            per_100_years_milli(count, self._days) for count in (events.count * _MILLI, low, high)
        ]
        return Indicator(
            self.id,
            tables=(self._table.table(),),
            rates=(Rate("m19.rate", events, self._days, *per),),
        )


def per_100_years_milli(events_milli: int, days: int) -> int | None:
    """Thousandths of events per 100 patient-years, rounded half up; None without time."""
    if days == 0:
        return None
    # events / (days / 365.2425) * 100
    return (2 * events_milli * DAYS_IN_100_YEARS_TIMES_100 + 100 * days) // (200 * days)


def _age_band(course: Course, on: date, edges: tuple[int, ...]) -> str:
    born = course.born_on
    if born is None:
        return "unknown"
    return _band(on.year - born.year - ((on.month, on.day) < (born.month, born.day)), edges)


def _band(age: int, edges: tuple[int, ...]) -> str:
    below: int | None = None
    for edge in edges:
        if age <= edge:
            return f"-{edge}" if below is None else f"{below + 1}-{edge}"
        below = edge
    return f"{edges[-1] + 1}-"
