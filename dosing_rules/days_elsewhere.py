"""Single days on which another place hands out to a person than the one that holds the right.

Guest rights, and days at a pharmacy by a supply order; both count while the right lies where it
lay when they were decided. A guest right goes first, then an indkald, then the pharmacy.
"""

from collections.abc import Callable, Sequence
from datetime import date


class DaysElsewhere:
    """Each day with who held the right when it was decided, and the place that hands out."""

    __slots__ = ("_guest_on", "_supplied_on")

    def __init__(self) -> None:
        self._guest_on: dict[date, tuple[int | None, int]] = {}
        self._supplied_on: dict[date, tuple[int | None, int]] = {}

    def __bool__(self) -> bool:
        return bool(self._guest_on or self._supplied_on)

    def guest_decided(self, days: Sequence[date], holder: int, unit_id: int) -> None:
        """On these days another place hands out, while the right lies at ``holder``."""
        self._guest_on |= dict.fromkeys(days, (holder, unit_id))

    def guest_withdrawn(self, days: Sequence[date]) -> None:
        """On these days it is as if that had never been decided."""
        for day in days:
            self._guest_on.pop(day, None)

    def supplied(
        self, begins: Sequence[date], ends: Sequence[date], holder: int | None, unit_id: int
    ) -> None:
        """Days at a pharmacy end, then others begin, while the right lies at ``holder``."""
        for day in ends:
            self._supplied_on.pop(day, None)
        self._supplied_on |= dict.fromkeys(begins, (holder, unit_id))

    def at(self, day: date, holder: int | None, of_indkald: Callable[[date], bool]) -> int | None:
        """The other place that hands out on the day, while the right lies at ``holder``."""
        before, unit_id = self._guest_on.get(day, (None, None))
        if unit_id is not None and before == holder:
            return unit_id
        before, unit_id = self._supplied_on.get(day, (None, None))
        if unit_id is None or before != holder or of_indkald(day):
            return None
        return unit_id
