"""What a person takes of benzodiazepines and kin, and how much diazepam a day that equals.

The figures are those of the rule book's table (``dosing_rules.equivalents``): two for each
substance, because the published ones differ. A substance without a figure, or a dose that nobody
knows, makes the whole load unknown: never zero, never only what is known.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Literal

from dosing_rules.equivalents import EQUIVALENTS, UnknownSubstance, diazepam_ug
from dosing_rules.medicines import kinds_of

#: Where it is known from: ordered here, by another doctor, on the shared card, or as told.
Source = Literal["ordered-here", "other-doctor", "medication-card", "own-words"]
SOURCES: tuple[Source, ...] = ("ordered-here", "other-doctor", "medication-card", "own-words")


@dataclass(frozen=True, slots=True)
class Taken:
    """One benzodiazepine or kin as taken: ``daily_ug`` micrograms a day, None where not known.

    ``since_on``: taken since then, as far as anybody knows.
    """

    atc: str
    daily_ug: int | None
    source: Source
    since_on: date | None = None


@dataclass(frozen=True, slots=True)
class Equal:
    """One of a list in micrograms of diazepam a day; None where it cannot be said."""

    taken: Taken
    name: str
    low_ug: int | None
    high_ug: int | None


@dataclass(frozen=True, slots=True)
class Load:
    """A whole list in micrograms of diazepam a day, low and high; both None: not known."""

    each: tuple[Equal, ...]
    low_ug: int | None
    high_ug: int | None

    @property
    def is_known(self) -> bool:
        """Whether every one of the list can be said in diazepam."""
        return self.high_ug is not None


def is_sedative(atc: str) -> bool:
    """Whether a code is one of a benzodiazepine or kin, with a figure or without."""
    return "benzodiazepine" in (kinds_of(atc) or frozenset())


def name_of(atc: str) -> str:
    """The substance's name where the table has one, else the code."""
    row = EQUIVALENTS.get(atc)
    return atc if row is None else row.name


def equal_to(taken: Taken) -> Equal:
    """One of the list in diazepam."""
    low = high = None
    if taken.daily_ug is not None:
        with suppress(UnknownSubstance):
            low, high = diazepam_ug(taken.atc, taken.daily_ug)
    return Equal(taken, name_of(taken.atc), low, high)


def load_of(taken: Sequence[Taken]) -> Load:
    """A list in diazepam. An empty list is zero: somebody asked, and there is none."""
    each = tuple([equal_to(one) for one in taken])
    lows = [one.low_ug for one in each if one.low_ug is not None]
    highs = [one.high_ug for one in each if one.high_ug is not None]
    if len(highs) < len(each):
        return Load(each, None, None)
    return Load(each, sum(lows), sum(highs))
