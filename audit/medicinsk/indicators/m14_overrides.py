"""M14: findings that were lifted when a dose was reserved, by rule and role, and by reason.

A STOP lifted by anybody but a doctor is a never event. Reasons are free words: they are kept as
written only where as many people stand behind one as may leave the clinic, and counted as *other*
below that.
"""

from collections import defaultdict
from typing import ClassVar

from audit.definitions import definitions, rules
from audit.medicinsk.model import Indicator
from audit.medicinsk.parts import Part
from audit.medicinsk.scope import Scope
from audit.medicinsk.tallies import ShareTally, TableTally

OTHER = "m14.other-reason"
_READS = ("handout-reserved",)


class Overrides:
    """M14."""

    id: ClassVar[str] = "M14"

    def __init__(self, scope: Scope) -> None:
        known = definitions()[self.id]
        self._rules = TableTally("m14.rules", "lifts", columns=["nurse", "doctor"])
        self._stops = ShareTally("m14.stop-by-other", "lifts", known.target, known.reach)
        self._reasons: dict[str, list[int]] = defaultdict(list)

    def add(self, part: Part) -> None:
        """Every lift of the person here."""
        who = part.person_id
        for entry in part.life.reserved:
            if not part.treats(entry.on):
                continue
            severity = {one.rule_id: one.severity for one in entry.facts.verdict.findings}
            for lift in entry.facts.lifts:
                self._rules.add(lift.rule, lift.role, who)
                self._reasons[lift.reason].append(who)
                if severity.get(lift.rule) == "stop":
                    self._stops.add(lift.role != "doctor", who)
                elif lift.rule not in severity:
                    self._stops.add(None, who)
        self._stops.add(None, who, part.erased_here(_READS))

    def done(self) -> Indicator:
        """By rule and role, by reason, and the never event."""
        reasons = TableTally("m14.reasons", "lifts", columns=["n"])
        least = rules()["suppress_below"].value
        for reason, people in self._reasons.items():
            label = reason if len(set(people)) >= least else OTHER
            for who in people:
                reasons.add(label, "n", who)
        return Indicator(
            self.id, (self._stops.share(),), tables=(self._rules.table(), reasons.table())
        )
