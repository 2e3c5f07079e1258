"""M15: the register of controlled drugs: counted against booked, differences, waste of two.

Of units, not of people. A line agrees where the difference is within what a reading may be off, as
it was counted with. Settled is a difference that an adjustment or an explanation by two names.
"""

from typing import ClassVar

from audit.medicinsk.model import Amount, Indicator
from audit.medicinsk.parts import Part
from audit.medicinsk.scope import Scope
from audit.medicinsk.tallies import ShareTally


class Register:
    """M15."""

    id: ClassVar[str] = "M15"

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add(self, part: Part) -> None:
        """Concerns no person."""

    def done(self) -> Indicator:
        """Lines that agree, differences that are settled, waste with a witness, and sums."""
        agrees, settled = ShareTally("m15.agrees", "counts"), ShareTally("m15.settled", "counts")
        witnessed = ShareTally("m15.witnessed", "acts")
        net_ug = gross_ug = wasted_ug = 0
        for place in self._scope.units:
            for line in place.lines:
                if not self._scope.period.holds(line.on):
                    continue
                off_ug = line.counted_ug - line.booked_ug
                agrees.add(abs(off_ug) <= line.tolerance_ug, None)
                net_ug, gross_ug = net_ug + off_ug, gross_ug + abs(off_ug)
                if abs(off_ug) > line.tolerance_ug:
                    settled.add((line.count, line.line) in place.settled, None)
            for waste in place.waste:
                if self._scope.period.holds(waste.on):
                    witnessed.add(waste.witnessed, None)
                    wasted_ug += waste.ug
            agrees.add(None, None, place.erased.count("stock-counted"))
        return Indicator(
            self.id,
            (agrees.share(), settled.share(), witnessed.share()),
            amounts=(
                Amount("m15.net", "ug", net_ug),
                Amount("m15.gross", "ug", gross_ug),
                Amount("m15.wasted", "ug", wasted_ug),
            ),
        )
