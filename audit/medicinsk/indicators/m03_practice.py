"""M3: dose-days by how the dose was had, and the days of supervision of each person.

A dose-day is a day for which somebody in treatment had a dose. It counts once: as supervised where
any of it was swallowed before a nurse's eyes, else as taken home, else as from a pharmacy.
"""

from typing import ClassVar

from audit.definitions import definitions
from audit.medicinsk.doses import HOME, PHARMACY, SUPERVISED
from audit.medicinsk.model import Counted, Indicator, Share, distribution
from audit.medicinsk.parts import Part
from audit.medicinsk.scope import Scope
from audit.medicinsk.tallies import TableTally, Tally

HOW = {SUPERVISED: "supervised", HOME: "take-home", PHARMACY: "pharmacy"}
_READS = ("handout-given", "handout-reversed", "doses-taken-over")


class Practice:
    """M3."""

    id: ClassVar[str] = "M3"

    def __init__(self, scope: Scope) -> None:
        self._how = {how: Tally() for how in HOW}
        self._unknown = Tally()
        self._watched: list[tuple[int, int]] = []

    def add(self, part: Part) -> None:
        """All dose-days of the person here."""
        counts = part.dose_days
        for how, times in enumerate(counts):
            self._how[how].add(part.person_id, times)
        self._unknown.add(part.person_id, part.erased_here(_READS))
        if part.stays:
            self._watched.append((counts[SUPERVISED], part.person_id))

    def done(self) -> Indicator:
        """Each way as a share of all dose-days, a table of them, and the burden of control."""
        counted = {how: one.counted() for how, one in self._how.items()}
        unknown = self._unknown.counted()
        shares = [
            Share(f"m3.{name}", "dose_days", counted[how], _rest(counted, how), unknown)
            for how, name in HOW.items()
        ]
        table = TableTally("m3.dose-days", "dose_days", [*HOW.values(), "unknown"], ["n"])
        finished = table.table()
        cells = (*[(counted[how],) for how in HOW], (unknown,))
        watched = distribution(
            "m3.supervised-days",
            "days",
            self._watched,
            edges=definitions()[self.id].edges["m3.supervised-days"],
        )
        return Indicator(
            self.id,
            tuple(shares),
            (watched,),
            (type(finished)(finished.key, finished.unit, finished.rows, finished.columns, cells),),
        )


def _rest(counted: dict[int, Counted], how: int) -> Counted:
    others = [one for other, one in counted.items() if other != how]
    people = sorted({who for one in others for who in one.people})
    return Counted(sum(one.count for one in others), tuple(people))
