"""M4: supplies to take home by how many days they are for; over the book's limit, and excepted.

A supply is one hand-out with doses to take home, from a unit or a pharmacy. Its exception is one a
doctor had decided for that day and so many days.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar

from audit.medicinsk.model import Indicator
from audit.medicinsk.parts import Part
from audit.medicinsk.scope import Scope
from audit.medicinsk.tallies import ShareTally, TableTally

_READS = ("handout-given", "handout-reversed")


class SupplyLength:
    """M4."""

    id: ClassVar[str] = "M4"

    def __init__(self, scope: Scope) -> None:
        self._days = TableTally("m4.days", "supplies", columns=["n"])
        self._over = ShareTally("m4.over", "supplies")
        self._excepted = ShareTally("m4.excepted", "supplies")

    def add(self, part: Part) -> None:
        """Every supply of the person here."""
        who = part.person_id
        found = part.remembered(SupplyLength, _supplies)
        for days, times in found.lengths.items():
            self._days.add(f"{days:02d}", "n", who, times)
        for word, times in found.over.items():
            self._over.add(word, who, times)
        for word, times in found.excepted.items():
            self._excepted.add(word, who, times)
        self._over.add(None, who, part.erased_here(_READS))

    def done(self) -> Indicator:
        """The table, who is over, and of these who is excepted."""
        return Indicator(
            self.id,
            (self._over.share(), self._excepted.share()),
            tables=(self._days.table(),),
        )


@dataclass(slots=True)
class _Supplies:
    """A person's supplies here, counted."""

    lengths: Counter[int] = field(default_factory=Counter[int])
    over: Counter[bool | None] = field(default_factory=Counter["bool | None"])
    excepted: Counter[bool] = field(default_factory=Counter[bool])


def _supplies(part: Part) -> _Supplies:
    found = _Supplies()
    for since, until, unit_id in part.stays:
        for on, days in part.doses.supplies_in(since, until):
            found.lengths[days] += 1
            book = part.places.book(unit_id, on)
            is_over = None if book is None else days > book.take_home_days
            found.over[is_over] += 1
            if is_over:
                found.excepted[_is_excepted(part, on, days)] += 1
    return found


def _is_excepted(part: Part, on: date, days: int) -> bool:
    arranged = part.life.arrangement(on)
    if arranged is None or arranged.exception is None:
        return False
    most, since, until, _ = arranged.exception
    return since <= on <= until and days <= most
