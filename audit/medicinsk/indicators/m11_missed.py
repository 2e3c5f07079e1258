"""M11: days missed of days planned; gaps past the rule's limit; a full dose after one, by nobody.

A planned day is one of which a dose was had or was missed, as the closing of the day wrote it. A
gap lies between two days with doses of one course; closed days count as the book says. Past the
limit is where the book asks a doctor. A full dose after it is at least what was ordered before it,
while no doctor has signed an order since, nor allowed it on that day: a never event. Depots cover
days of their own and are left out.
"""

from datetime import date
from typing import ClassVar

from audit.definitions import definitions
from audit.medicinsk.life import GAP_RULES
from audit.medicinsk.model import Indicator
from audit.medicinsk.parts import Part
from audit.medicinsk.recorded import Order
from audit.medicinsk.scope import Scope
from audit.medicinsk.tallies import ShareTally
from dosing_rules import RuleBook
from dosing_rules.days import missed_days

_READS = ("handout-given", "handout-reversed", "dose-missed")
_DECIDES = ("question-answered", "prescription-signed", "handout-given")


class MissedDoses:
    """M11."""

    id: ClassVar[str] = "M11"

    def __init__(self, scope: Scope) -> None:
        known = definitions()[self.id]
        self._missed = ShareTally("m11.missed", "dose_days")
        self._gaps = ShareTally("m11.gaps", "gaps")
        self._never = ShareTally("m11.full-after-gap", "gaps", known.target, known.reach)

    def add(self, part: Part) -> None:
        """The person's planned days and gaps here."""
        who, doses = part.person_id, part.doses
        missed = {
            one.on
            for one in part.life.missed
            if not one.facts.night and one.on not in doses and part.treats(one.on)
        }
        self._missed.add(True, who, len(missed))
        self._missed.add(False, who, sum(part.dose_days))
        self._missed.add(None, who, part.erased_here(_READS))
        for before, after, order in doses.gaps:
            if part.treats(after):
                self._gap(part, before, after, order)

    def _gap(self, part: Part, before: date, after: date, order: Order | None) -> None:
        life, who = part.life, part.person_id
        course = life.course_on(after)
        if course is None or course.first > before or (order is not None and order.is_depot):
            return
        book = part.book(after)
        if book is None or order is None:
            self._gaps.add(None, who)
            return
        past = _days_without(part, before, after, book) >= book.gap_days(order.substance)
        self._gaps.add(past, who)
        if not past:
            return
        if part.blind(_DECIDES):
            self._never.add(None, who)
            return
        full = part.doses.ug(after) >= order.day_ug(after) > 0
        decided = any(on == after and rules & GAP_RULES for on, rules in life.answers) or any(
            before < one.on <= after for one in life.orders
        )
        self._never.add(full and not decided, who)

    def done(self) -> Indicator:
        """Days missed, gaps past the limit, and full doses after them that no doctor decided."""
        return Indicator(self.id, (self._missed.share(), self._gaps.share(), self._never.share()))


def _days_without(part: Part, before: date, after: date, book: RuleBook) -> int:
    course = part.life.course_on(after)
    closed = part.places.place(course.unit_id).closed if course is not None else {}
    return missed_days(
        "last_covered",
        before,
        after,
        book.missed_days_inclusive,
        book.missed_days_count_closed,
        closed,
    )
