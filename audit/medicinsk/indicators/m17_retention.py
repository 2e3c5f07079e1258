"""M17: latest status of everybody ever enrolled (Tabel 4), retention, and where a cohort went.

The latest course here decides. Whoever goes on at another unit has that course's end as status
here; a course that was never ended and went on elsewhere is *moved*. The cohort is everybody in
treatment here on the first day of the period: where each is on the audit date.
"""

from typing import ClassVar

from audit.medicinsk.model import Indicator
from audit.medicinsk.parts import Part
from audit.medicinsk.recorded import Course
from audit.medicinsk.scope import Scope
from audit.medicinsk.tallies import ShareTally, TableTally

#: Rows of Tabel 4, in its order.
STATUSES = (
    "in-treatment",
    "completed",
    "dead",
    "prison",
    "hospital_or_own_doctor",
    "moved",
    "expelled",
    "left_early",
    "unknown",
)
DELEGATED = "m17.delegated"
_READS = ("person-enrolled", "person-ended")


class Retention:
    """M17."""

    id: ClassVar[str] = "M17"

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._ever = TableTally("m17.ever", "people", STATUSES, ["n"])
        self._period = TableTally("m17.period", "people", STATUSES, ["n"])
        self._cohort = TableTally("m17.cohort", "people", STATUSES, ["n"])
        self._kept = ShareTally("m17.kept", "people")

    def add(self, part: Part) -> None:
        """Everybody who was ever enrolled here by the audit date."""
        courses = [one for one in part.courses if one.status != "absorbed"]
        if not courses:
            if part.enrolment_erased:
                self._ever.add("unknown", "n", part.person_id)
            return
        who, blind = part.person_id, part.blind(_READS)
        status = "unknown" if blind else _status(part, courses[-1])
        self._ever.add(status, "n", who)
        first = self._scope.period.first
        if part.stays:
            self._period.add(status, "n", who)
        if not any(one.holds(first) for one in courses):
            return
        self._kept.add(None if blind else status == "in-treatment", who)
        self._cohort.add("unknown" if blind else self._whereto(part, status), "n", who)

    def _whereto(self, part: Part, status: str) -> str:
        """The unit of the course on the audit date where it is another one, else the status."""
        course = part.life.course_on(part.cut_on)
        if course is None or part.unit_id in (None, course.unit_id):
            return status
        place = part.places.place(course.unit_id)
        return DELEGATED if place.kind == "practice" else place.code

    def done(self) -> Indicator:
        """Tabel 4 of all and of the period, who was kept, and the cohort."""
        tables = (self._ever.table(), self._period.table(), self._cohort.table())
        return Indicator(self.id, (self._kept.share(),), tables=tables)


def _status(part: Part, course: Course) -> str:
    if course.ended_on is None or course.ended_on > part.cut_on:
        return "in-treatment"
    if course.status == "elsewhere":
        return "moved"
    return course.status if course.status in STATUSES else "unknown"
