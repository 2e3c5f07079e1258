"""M16: cases of diversion with a talk and with a doctor's decision; packages that were traced.

A case is a report in the period about somebody in treatment here. Its talk and its decision are
the next of the person, by the audit date and before a later report is counted with its own.
"""

from typing import ClassVar

from audit.medicinsk.model import Indicator
from audit.medicinsk.parts import Part
from audit.medicinsk.scope import Scope
from audit.medicinsk.tallies import ShareTally

_READS = ("diversion-recorded",)


class Diversion:
    """M16."""

    id: ClassVar[str] = "M16"

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._talk = ShareTally("m16.talk", "cases")
        self._decision = ShareTally("m16.decision", "cases")

    def add(self, part: Part) -> None:
        """Every case of the person here."""
        steps = [(on, step) for on, step in part.life.diversions if on <= part.cut_on]
        for place, (on, step) in enumerate(steps):
            if step != "report" or not part.treats(on):
                continue
            later = {after for _, after in steps[place + 1 :]}
            self._talk.add("talk" in later, part.person_id)
            self._decision.add("decision" in later, part.person_id)
        erased = part.erased_here(_READS)
        self._talk.add(None, part.person_id, erased)
        self._decision.add(None, part.person_id, erased)

    def done(self) -> Indicator:
        """Cases, and of whom a found package was."""
        traced = ShareTally("m16.traced", "acts")
        for place in self._scope.units:
            for on, found in place.traces:
                if self._scope.period.holds(on):
                    traced.add(found, None)
        return Indicator(self.id, (self._talk.share(), self._decision.share(), traced.share()))
