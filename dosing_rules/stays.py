"""Stays at places outside the service: while one lasts, the right to dispense lies there."""

from datetime import date, timedelta

from dosing_rules.facts_in_place import Had

_DAY = timedelta(days=1)


class Stays:
    """Whether a person is away just now, and what an earlier stay left unknown."""

    __slots__ = ("away", "unknown_through")

    def __init__(self) -> None:
        self.away = False
        #: The last day of a stay of which nobody could tell what was had.
        self.unknown_through = date.min

    def began(self) -> None:
        """From now on a place outside the service holds the right."""
        self.away = True

    def ended(self, unknown_through: date | None) -> None:
        """The right lies again where it lay; up to that day, what was had is not known."""
        self.away = False
        if unknown_through is not None:
            self.unknown_through = max(self.unknown_through, unknown_through)

    def told(self, had: Had) -> Had:
        """What was had, without the days since which nobody could tell what was had."""
        if self.unknown_through == date.min:
            return had
        had_ug, had_on, substance, covered_on, expected_on = had
        covered_through = None if expected_on is None else expected_on - _DAY
        if self._known(covered_through) is None:
            expected_on = None
        return had_ug, self._known(had_on), substance, self._known(covered_on), expected_on

    def _known(self, day: date | None) -> date | None:
        return day if day is not None and day > self.unknown_through else None
