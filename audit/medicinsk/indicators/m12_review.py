"""M12: whose treatment a doctor has reviewed in time, and who has a treatment plan that holds."""

from typing import ClassVar

from audit.medicinsk.model import Indicator
from audit.medicinsk.parts import Part, told_date
from audit.medicinsk.scope import Scope
from audit.medicinsk.tallies import ShareTally
from dosing_rules.days import within_months


class Review:
    """M12."""

    id: ClassVar[str] = "M12"

    def __init__(self, scope: Scope) -> None:
        self._reviewed = ShareTally("m12.reviewed", "people")
        self._planned = ShareTally("m12.plan", "people")

    def add(self, part: Part) -> None:
        """Whoever is in treatment on the audit date."""
        course = part.now
        if course is None:
            return
        who, cut_on, book = part.person_id, part.cut_on, part.book()
        reviewed_on = told_date(part.told("reviewed_on"))
        if reviewed_on is None or book is None or part.blind(("care-recorded",)):
            self._reviewed.add(None, who)
        else:
            in_time = within_months(reviewed_on, book.review_confirm_months, cut_on)
            self._reviewed.add(in_time, who)
        if part.blind(("plan-signed",)):
            self._planned.add(None, who)
            return
        signed = [review_on for on, review_on in part.life.plans if course.first <= on <= cut_on]
        # No plan was ever signed in the course: that is known, and a no.
        self._planned.add(bool(signed) and signed[-1] >= cut_on, who)

    def done(self) -> Indicator:
        """Both shares."""
        return Indicator(self.id, (self._reviewed.share(), self._planned.share()))
