"""The treatment guarantee: how long since the person first asked, until the first dose. Pure."""

from dataclasses import dataclass
from datetime import date

from audit.definitions import target


@dataclass(frozen=True, slots=True)
class Clock:
    """``waited`` days so far, or until the first dose; ``left`` below zero is over the limit."""

    waited: int
    left: int
    stopped: bool


def guarantee(contact_on: date, first_dose_on: date | None, today: date) -> Clock:
    """The clock of a course; it stops with the first dose. A dose before the contact stops it at 0.

    The limit is the audit's definition M20.
    """
    until = today if first_dose_on is None else min(first_dose_on, today)
    waited = max((until - contact_on).days, 0)
    return Clock(waited, target("M20") - waited, first_dose_on is not None)
