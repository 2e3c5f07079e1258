"""The indkald periods of one person: agreed, moved, run day by day, completed or taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from dosing_rules.facts import NO_INDKALD, Indkald
from dosing_rules.history import AHEAD

_DAY = timedelta(days=1)


@dataclass(slots=True)
class _Period:
    """An indkald: its days, those completed, and where it stands."""

    days: tuple[date, ...]
    completed: tuple[date, ...] = ()
    state: str = "planned"


class IndkaldHistory:
    """Every period by its number; each is for itself."""

    __slots__ = ("_periods",)

    def __init__(self) -> None:
        self._periods: dict[int, _Period] = {}

    def planned(self, indkald_id: int, days: Sequence[date]) -> None:
        """A period of supervised days was agreed."""
        self._periods[indkald_id] = _Period(tuple(days))

    def changed(
        self,
        indkald_id: int,
        state: str,
        completed: Sequence[date],
        days: Sequence[date] | None,
    ) -> None:
        """The period runs, is completed, broken, moved or excused, or has other ``days``."""
        period = self._periods[indkald_id]
        period.state, period.completed = state, tuple(completed)
        if days is not None:
            period.days = tuple(days)

    def day_completed(self, day: date) -> None:
        """A day of a period counts."""
        for period in self._periods.values():
            runs = period.state in ("planned", "running") and day in period.days
            if runs and day not in period.completed:
                period.completed += (day,)
                whole = len(period.completed) >= len(period.days)
                period.state = "completed" if whole else "running"

    def day_taken_back(self, day: date) -> bool:
        """A day never was; answers whether a completed period runs again by it."""
        runs_again = False
        for period in self._periods.values():
            if day in period.completed:
                period.completed = tuple(one for one in period.completed if one != day)
                if period.state == "completed":
                    period.state = "running"
                    runs_again = True
        return runs_again

    def has(self, day: date) -> bool:
        """Whether the day is of a period agreed on or running, or was held as one."""
        return any(
            day in one.completed or (one.state in ("planned", "running") and day in one.days)
            for one in self._periods.values()
        )

    def changing_days(self) -> list[date]:
        """The days from which a period is told of, and on which it is over."""
        found: list[date] = []
        for period in self._periods.values():
            if period.days:
                begins = max(period.days[0], date.min + AHEAD)
                found += [begins - AHEAD, period.days[-1] + _DAY]
        return found

    def on(self, day: date) -> Indkald:
        """The first period that runs or lies near ahead; ``NO_INDKALD`` for none."""
        known = sorted((one.days[:1], number) for number, one in self._periods.items())
        for _, number in known:
            period = self._periods[number]
            days = period.days
            if (
                period.state in ("planned", "running")
                and days
                and days[0] <= day + AHEAD
                and day <= days[-1]
            ):
                return Indkald(days, period.completed)
        return NO_INDKALD
