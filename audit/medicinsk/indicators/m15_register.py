"""M15: the register of controlled drugs: counted against booked, differences, waste of two.

Of units, not of people. A line agrees where the difference is within what a reading may be off, as
it was counted with. Settled is a difference that an adjustment or an explanation by two names.
"""

from dataclasses import dataclass
from typing import ClassVar

from audit.medicinsk.model import Amount, Indicator, Period
from audit.medicinsk.parts import Part
from audit.medicinsk.places import Place
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
        found = [register_of(place, self._scope.period) for place in self._scope.units]
        for one in found:
            agrees.add(True, None, one.lines - one.off)
            agrees.add(False, None, one.off)
            agrees.add(None, None, one.erased)
            settled.add(True, None, one.settled)
            settled.add(False, None, one.off - one.settled)
            witnessed.add(True, None, one.seen)
            witnessed.add(False, None, one.wastes - one.seen)
        return Indicator(
            self.id,
            (agrees.share(), settled.share(), witnessed.share()),
            amounts=(
                Amount("m15.net", "ug", sum(one.net_ug for one in found)),
                Amount("m15.gross", "ug", sum(one.gross_ug for one in found)),
                Amount("m15.wasted", "ug", sum(one.wasted_ug for one in found)),
            ),
        )


@dataclass(slots=True)
class UnitRegister:
    """A unit's counts and waste of a period, added up."""

    erased: int
    lines: int = 0
    off: int = 0
    settled: int = 0
    net_ug: int = 0
    gross_ug: int = 0
    wastes: int = 0
    seen: int = 0
    wasted_ug: int = 0


def register_of(place: Place, period: Period) -> UnitRegister:
    """The sums of one unit; those of all together are of the same."""
    found = UnitRegister(place.erased.count("stock-counted"))
    first, last = period.first, period.last
    found.lines = sum(times for on, times in place.lines.items() if first <= on <= last)
    for line in place.off:
        if first <= line.on <= last:
            found.net_ug += line.off_ug
            found.gross_ug += abs(line.off_ug)
            if abs(line.off_ug) > line.tolerance_ug:
                found.off += 1
                found.settled += (line.count_id, line.line) in place.settled
    for waste in place.waste:
        if first <= waste.on <= last:
            found.wastes += 1
            found.seen += waste.witnessed
            found.wasted_ug += waste.ug
    return found
