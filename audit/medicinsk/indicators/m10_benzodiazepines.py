"""M10: benzodiazepines on the audit date: any, above guidance, informed, planned, tapering.

The load is in micrograms of diazepam a day, by the larger of the two published figures, as the
counter's rules ask. A taper is behind where the plan's next step below the dose that is had lies
before the audit date, ahead where the dose of a coming step is had already.
"""

from datetime import date
from typing import ClassVar

import msgspec

from audit.definitions import definitions
from audit.medicinsk.life import DAY
from audit.medicinsk.model import Indicator, distribution
from audit.medicinsk.parts import Part, told_number
from audit.medicinsk.recorded import Taper
from audit.medicinsk.scope import Scope
from audit.medicinsk.tallies import ShareTally, TableTally, Tally

STANDINGS = ("on-plan", "behind", "ahead")
_READS = ("care-recorded", "sedatives-recorded", "taper-agreed", "taper-step-taken")
_INFORMED = frozenset({"informed", "agreed", "tapering"})
_PLANNED = frozenset({"agreed", "tapering"})


class Benzodiazepines:
    """M10."""

    id: ClassVar[str] = "M10"

    def __init__(self, scope: Scope) -> None:
        self._before = scope.period.first - DAY
        self._any = ShareTally("m10.any", "people")
        self._above = ShareTally("m10.above", "people")
        self._informed = ShareTally("m10.informed", "people")
        self._planned = ShareTally("m10.planned", "people")
        self._standing = TableTally("m10.tapers", "people", STANDINGS, ["n"])
        self._loads: list[tuple[int, int]] = []
        self._changes: list[tuple[int, int]] = []
        self._unknown = Tally()

    def add(self, part: Part) -> None:
        """Whoever is in treatment on the audit date."""
        if part.now is None:
            return
        who, load = part.person_id, told_number(part.told("sedatives_high_ug"))
        if load is None or part.blind(_READS):
            self._any.add(None, who)
            self._unknown.add(who)
            return
        self._any.add(load > 0, who)
        before = told_number(part.told("sedatives_high_ug", self._before))
        if before is not None and (before or load):
            self._changes.append((load - before, who))
        if not load:
            return
        self._loads.append((load, who))
        book, state = part.book(), part.told("taper_state")
        self._above.add(None if book is None else load > book.diazepam_load_ug, who)
        known = isinstance(state, str) and state is not msgspec.UNSET
        self._informed.add(state in _INFORMED if known else None, who)
        self._planned.add(state in _PLANNED if known else None, who)
        word = _standing(part.life.tapers, part.cut_on)
        if word is not None:
            self._standing.add(word, "n", who)

    def done(self) -> Indicator:
        """Shares of all, then of those who take any; tapers by standing; loads and their change."""
        edges = definitions()[self.id].edges
        unknown = self._unknown.counted()
        return Indicator(
            self.id,
            tuple([one.share() for one in (self._any, self._above, self._informed, self._planned)]),
            (
                distribution("m10.load", "ug", self._loads, unknown, edges["m10.bands"]),
                distribution("m10.change", "ug", self._changes, edges=edges["m10.change"]),
            ),
            (self._standing.table(),),
        )


def _standing(tapers: list[Taper], on: date) -> str | None:
    """How the newest taper stands on a day; None where none runs."""
    running = [one for one in tapers if one.on <= on]
    if not running or (running[-1].ended_on is not None and running[-1].ended_on <= on):
        return None
    taper = running[-1]
    steps = taper.plan.steps
    went = [dose for told_on, dose in taper.went if told_on <= on]
    actual_ug = went[-1] if went else taper.plan.from_ug
    planned_ug = next((dose for day, dose in reversed(steps) if day <= on), taper.plan.from_ug)
    ahead = next((day for day, dose in steps if dose < actual_ug), None)
    if ahead is not None and ahead < on:
        return "behind"
    return "ahead" if actual_ug < planned_ug else "on-plan"
