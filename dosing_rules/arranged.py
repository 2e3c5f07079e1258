"""How a person takes the medicine, as a doctor decided: now, for some days, from a day on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dosing_rules.facts import DoseAsked


@dataclass(frozen=True, slots=True)
class TakeHomeException:
    """A doctor's recorded permission for a longer supply (holiday, travel)."""

    days: int
    from_on: date
    until_on: date

    def covers(self, doses: Sequence["DoseAsked"], days_in_hand: int) -> bool:
        """Whether every dose lies in the period and the supply within the permission."""
        if days_in_hand > self.days:
            return False
        return all([self.from_on <= dose.for_on <= self.until_on for dose in doses])


@dataclass(frozen=True, slots=True)
class Arrangement:
    """How the person takes the medicine.

    ``self_administration``: a doctor decided that doses may go home. ``supervised_weekdays`` and
    ``pickup_weekdays`` use ISO numbers, Monday 1. ``take_home_days`` is the person's own limit.
    """

    self_administration: bool | None
    supervised_weekdays: frozenset[int] | None
    pickup_weekdays: frozenset[int] | None
    take_home_days: int | None
    thrice_weekly: bool | None = False
    exception: TakeHomeException | None = None


@dataclass(frozen=True, slots=True)
class ArrangedAhead:
    """An arrangement that is decided and begins on a day to come; from then on it is the one."""

    from_on: date
    arrangement: Arrangement


def arranged_for(ahead: Sequence[ArrangedAhead], day: date) -> Arrangement | None:
    """Of what is decided ahead, in order, what holds on a day; None before the first."""
    held = [one.arrangement for one in ahead if one.from_on <= day]
    return held[-1] if held else None


def begun_later(decided: Sequence[tuple[date, Arrangement]], on: date) -> tuple[ArrangedAhead, ...]:
    """What begins after a day, of decisions in the order they were made: from which day, and how.

    A decision takes the place of every earlier one from its first day on.
    """
    ahead: list[ArrangedAhead] = []
    for begins, how in reversed(decided):
        if begins <= on:
            break
        if not ahead or begins < ahead[-1].from_on:
            ahead.append(ArrangedAhead(begins, how))
    return tuple(reversed(ahead))
