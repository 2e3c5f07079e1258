"""Counts while they grow: each indicator adds people to these, and takes the finished values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from audit.medicinsk.model import Counted, Share, Table, Unit

Word = Literal["yes", "no", "unknown"]


class Tally:
    """A count with the people behind it."""

    __slots__ = ("_people", "count")

    def __init__(self) -> None:
        self.count = 0
        self._people: set[int] = set()

    def add(self, person_id: int | None, times: int = 1) -> None:
        """So many more; None for what concerns no person."""
        if times:
            self.count += times
            if person_id is not None:
                self._people.add(person_id)

    def counted(self) -> Counted:
        """The finished count."""
        return Counted(self.count, tuple(sorted(self._people)))


class ShareTally:
    """Yes, no and unknown of one question."""

    __slots__ = ("_key", "_of", "_reach", "_target", "_unit")

    def __init__(
        self,
        key: str,
        unit: Unit,
        target: int | None = None,
        reach: Literal["at-least", "at-most"] = "at-least",
    ) -> None:
        self._key = key
        self._unit: Unit = unit
        self._target = target
        self._reach: Literal["at-least", "at-most"] = reach
        self._of: dict[Word, Tally] = {"yes": Tally(), "no": Tally(), "unknown": Tally()}

    def add(self, word: Word | bool | None, person_id: int | None, times: int = 1) -> None:
        """One more; True is yes, False no, None unknown."""
        if word is None:
            word = "unknown"
        elif word is True:
            word = "yes"
        elif word is False:
            word = "no"
        self._of[word].add(person_id, times)

    def share(self) -> Share:
        """The finished share."""
        yes, no, unknown = (self._of[word].counted() for word in ("yes", "no", "unknown"))
        return Share(self._key, self._unit, yes, no, unknown, self._target, self._reach)


class TableTally:
    """Counts by row and column; rows and columns that come up are added after the fixed ones."""

    def __init__(
        self, key: str, unit: Unit, rows: Iterable[str] = (), columns: Iterable[str] = ()
    ) -> None:
        self._key = key
        self._unit: Unit = unit
        self._rows, self._columns = list(rows), list(columns)
        self._fixed = len(self._rows), len(self._columns)
        self._cells: dict[tuple[str, str], Tally] = {}

    def add(self, row: str, column: str, person_id: int | None, times: int = 1) -> None:
        """One more in a cell."""
        if row not in self._rows:
            self._rows.append(row)
        if column not in self._columns:
            self._columns.append(column)
        self._cells.setdefault((row, column), Tally()).add(person_id, times)

    def table(self) -> Table:
        """The finished table; what came up stands in order behind the fixed rows and columns."""
        rows = _ordered(self._rows, self._fixed[0])
        columns = _ordered(self._columns, self._fixed[1])
        empty = Tally()
        cells = tuple(
            tuple(self._cells.get((row, column), empty).counted() for column in columns)
            for row in rows
        )
        return Table(self._key, self._unit, rows, columns, cells)


def _ordered(labels: Sequence[str], fixed: int) -> tuple[str, ...]:
    return (*labels[:fixed], *sorted(labels[fixed:]))
