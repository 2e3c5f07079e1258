"""Numbers for tests, built from parts: the day raised by sixty, such as nobody has."""

import itertools
from datetime import date

from tests.canaries import a_canary
from tests.ordinary import ORDINARY

_running = itertools.count(1)


def a_number(born_on: date | None = None) -> str:
    """A replacement number of that birth date (the ordinary patient's): a canary."""
    return a_canary(born_on or ORDINARY["born_on"])


def cpr_like(born_on: date | None = None) -> str:
    """Digits that our code takes for a CPR number; never printed, never in the source."""
    day = born_on or ORDINARY["born_on"]
    return f"{day:%d%m%y}{next(_running):04}"
