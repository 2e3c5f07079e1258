"""M2: doses above the rule book's limit on the audit date, with and without a written reason.

Methadone above the conference limit; buprenorphine (no depot) above its maximum. The largest day of
a weekly pattern counts, as the counter's rule does.
"""

from typing import ClassVar

from audit.medicinsk.model import Indicator
from audit.medicinsk.parts import Part
from audit.medicinsk.recorded import Order
from audit.medicinsk.scope import Scope
from audit.medicinsk.tallies import ShareTally
from dosing_rules import RuleBook

_READS = ("prescription-signed", "prescription-stopped")


class HighDose:
    """M2."""

    id: ClassVar[str] = "M2"

    def __init__(self, scope: Scope) -> None:
        names = ("methadone", "buprenorphine")
        self._high = {name: ShareTally(f"m2.{name}", "people") for name in names}
        self._reason = {name: ShareTally(f"m2.{name}.reason", "people") for name in names}

    def add(self, part: Part) -> None:
        """Whoever has an order of one of the two on the audit date."""
        order = part.order
        if order is None or order.preparation not in self._high:
            return
        name, who, book = order.preparation, part.person_id, part.book()
        if book is None or part.blind(_READS):
            self._high[name].add(None, who)
            return
        high = order.largest_day_ug() > _limit_ug(order, book)
        self._high[name].add(high, who)
        if high:
            self._reason[name].add(order.facts.high_dose_reason is not None, who)

    def done(self) -> Indicator:
        """For each preparation who is high, and of these who has a reason."""
        shares = [one for name in self._high for one in (self._high[name], self._reason[name])]
        return Indicator(self.id, tuple([one.share() for one in shares]))


def _limit_ug(order: Order, book: RuleBook) -> int:
    return book.methadone_high_ug if order.substance == "methadone" else book.buprenorphine_high_ug
