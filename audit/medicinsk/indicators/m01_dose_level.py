"""M1: the ordered daily dose of each preparation on the audit date, and its change over the period.

The dose is the order's, in micrograms a day; of a depot the dose of one injection. The dose for the
night beside injections is a preparation of its own. The change is of people who had the same
preparation on the day before the period as well.
"""

from typing import ClassVar

from audit.definitions import definitions
from audit.medicinsk.life import DAY
from audit.medicinsk.model import Indicator, Note, distribution
from audit.medicinsk.parts import Part
from audit.medicinsk.recorded import Order
from audit.medicinsk.scope import Scope
from audit.medicinsk.tallies import Tally

PREPARATIONS = (
    "methadone",
    "methadone-night",
    "buprenorphine",
    "buprenorphine-depot",
    "diacetylmorphine",
)
_READS = ("prescription-signed", "prescription-stopped")


class DoseLevel:
    """M1."""

    id: ClassVar[str] = "M1"

    def __init__(self, scope: Scope) -> None:
        self._before = scope.period.first - DAY
        self._doses: dict[str, list[tuple[int, int]]] = {one: [] for one in PREPARATIONS}
        self._changes: dict[str, list[tuple[int, int]]] = {one: [] for one in PREPARATIONS}
        self._unknown = Tally()

    def add(self, part: Part) -> None:
        """Whoever is in treatment on the audit date."""
        if part.now is None:
            return
        if part.blind(_READS) or part.order is None:
            self._unknown.add(part.person_id)
            return
        self._dose(part, part.order, night=False)
        beside = part.life.order(part.cut_on, night=True)
        if beside is not None and part.order.substance == "diacetylmorphine":
            self._dose(part, beside, night=True)

    def _dose(self, part: Part, order: Order, *, night: bool) -> None:
        name = f"{order.preparation}-night" if night else order.preparation
        who = part.person_id
        self._doses.setdefault(name, []).append((order.daily_ug, who))
        before = part.life.order(self._before, night=night)
        if before is not None and before.preparation == order.preparation:
            change = order.daily_ug - before.daily_ug
            self._changes.setdefault(name, []).append((change, who))

    def done(self) -> Indicator:
        """A distribution and a change for each preparation."""
        edges = definitions()[self.id].edges
        doses = [
            distribution(
                f"m1.{name}",
                "ug",
                pairs,
                self._unknown.counted(),
                edges.get(f"m1.{name.removesuffix('-night')}", ()),
            )
            for name, pairs in self._doses.items()
        ]
        changes = [
            distribution(f"m1.change.{name}", "ug", pairs) for name, pairs in self._changes.items()
        ]
        return Indicator(
            self.id, distributions=(*doses, *changes), notes=(Note("note.m1.unknown-once"),)
        )
