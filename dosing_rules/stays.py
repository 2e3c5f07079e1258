"""Stays at places outside the service: while one lasts, the right to dispense lies there."""

from datetime import date, timedelta

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

    def known(self, day: date | None) -> date | None:
        """A day of coverage, unless of a day since nobody could tell what was had."""
        return day if day is not None and day > self.unknown_through else None

    def day_after(self, day: date | None) -> date | None:
        """The day after such a day."""
        found = self.known(day)
        return found + _DAY if found is not None else None
