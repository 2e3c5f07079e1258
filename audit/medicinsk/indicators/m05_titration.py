"""M5: beginnings with supervised intake every day of the book's titration window, and how long.

A beginning is what the counter recorded as one: the first dose, or the first after a gap that
begins the course anew. The length counts the days in a row, from the first dose, on which a dose
was swallowed before a nurse's eyes. Depots are not titrated.
"""

from datetime import date, timedelta
from typing import ClassVar

from audit.definitions import definitions
from audit.medicinsk.doses import SUPERVISED
from audit.medicinsk.life import DAY
from audit.medicinsk.model import Indicator, distribution
from audit.medicinsk.parts import Part
from audit.medicinsk.scope import Scope
from audit.medicinsk.tallies import ShareTally

_READS = ("handout-given", "handout-reversed")


class Titration:
    """M5."""

    id: ClassVar[str] = "M5"

    def __init__(self, scope: Scope) -> None:
        self._daily = ShareTally("m5.daily", "courses")
        self._length: list[tuple[int, int]] = []

    def add(self, part: Part) -> None:
        """Every beginning of the person here."""
        who = part.person_id
        for first in part.doses.beginnings:
            if not part.treats(first):
                continue
            order = part.life.order(first)
            if order is not None and order.is_depot:
                continue
            book = part.book(first)
            if book is None or part.blind(_READS):
                self._daily.add(None, who)
                continue
            watched = _watched(part, first)
            self._daily.add(_is_whole(part, first, watched, book.titration_days), who)
            self._length.append((watched, who))

    def done(self) -> Indicator:
        """Who was watched all through, and for how long."""
        edges = definitions()[self.id].edges["m5.length"]
        length = distribution("m5.length", "days", self._length, edges=edges)
        return Indicator(self.id, (self._daily.share(),), (length,))


def _watched(part: Part, first: date) -> int:
    """Days in a row with a supervised dose, up to the audit date."""
    days, day = 0, first
    while day <= part.cut_on and part.doses.how(day) == SUPERVISED:
        days, day = days + 1, day + DAY
    return days


def _is_whole(part: Part, first: date, watched: int, window_days: int) -> bool | None:
    if watched >= window_days:
        return True
    until = first + timedelta(days=watched)
    # The day that breaks it may lie ahead, or after the end of treatment.
    return False if until <= part.cut_on and part.life.course_on(until) is not None else None
