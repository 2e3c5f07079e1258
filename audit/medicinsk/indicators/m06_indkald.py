"""M6: periods of indkald: due, planned, held whole, broken, overdue; doses changed by them.

A period belongs to the days of its newest plan. Held whole is one that is completed and of which
every day has an observation signed as completed, the person not affected. Overdue are people who
take doses home or have them from a pharmacy and whose day has passed on the audit date.
"""

from datetime import date
from typing import ClassVar

from audit.medicinsk.model import Indicator
from audit.medicinsk.parts import Part, told_date
from audit.medicinsk.recorded import Indkald, known
from audit.medicinsk.scope import Scope
from audit.medicinsk.tallies import ShareTally, TableTally, Tally

STATES = ("planned", "running", "completed", "broken", "moved", "excused")
_READS = ("indkald-planned", "indkald-changed", "observation-signed", "indkald-concluded")


class IndkaldHeld:
    """M6."""

    id: ClassVar[str] = "M6"

    def __init__(self, scope: Scope) -> None:
        self._states = TableTally("m6.periods", "periods", STATES, ["n"])
        self._held = ShareTally("m6.held", "periods")
        self._changed = ShareTally("m6.changed", "periods")
        self._overdue = ShareTally("m6.overdue", "people")
        self._due = Tally()

    def add(self, part: Part) -> None:
        """The person's periods here, and whether one is overdue."""
        who = part.person_id
        for period in part.life.indkald.values():
            self._period(part, period)
        due = {
            value
            for on, value in part.life.care.get("indkald_due_on", ())
            if isinstance(value, date) and on <= part.cut_on and part.treats(value)
        }
        self._due.add(who, len(due))
        if part.now is not None and _goes_home(part):
            due_on = told_date(part.told("indkald_due_on"))
            late = None if due_on is None or part.blind(_READS) else due_on < part.cut_on
            self._overdue.add(late, who)

    def _period(self, part: Part, period: Indkald) -> None:
        cut_on, who = part.cut_on, part.person_id
        days = next((days for on, days in reversed(period.days) if on <= cut_on), ())
        if not days or not part.treats(min(days)):
            return
        state = str(known(period.states, cut_on))
        self._states.add(state, "n", who)
        if part.blind(_READS) or state in ("planned", "running"):
            self._held.add(None, who)
        else:
            whole = {day for on, day, is_whole in part.life.observed if is_whole and on <= cut_on}
            self._held.add(state == "completed" and set(days) <= whole, who)
        if state == "completed":
            result = known(period.results, cut_on)
            self._changed.add(result != "right" if isinstance(result, str) else None, who)

    def done(self) -> Indicator:
        """Periods by state, held whole, changed; people overdue; days that were due."""
        table = self._states.table()
        due = TableTally("m6.due", "periods", ["due"], ["n"]).table()
        due = type(due)(due.key, due.unit, due.rows, due.columns, ((self._due.counted(),),))
        return Indicator(
            self.id,
            (self._held.share(), self._changed.share(), self._overdue.share()),
            tables=(table, due),
        )


def _goes_home(part: Part) -> bool:
    arranged = part.life.arrangement(part.cut_on)
    if arranged is None:
        return False
    return arranged.take_home_days > 0 or arranged.pharmacy is not None
