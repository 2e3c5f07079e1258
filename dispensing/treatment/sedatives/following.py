"""Planned against actual: which dose should be had today, what comes next, how far off it is.

Doses are whole micrograms a day; a plan's step holds from its day on. Nobody is behind on the very
day of a step.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from dispensing.treatment.sedatives.plan import Pause, Step

Word = Literal["on-plan", "step-today", "behind", "ahead", "done"]


@dataclass(frozen=True, slots=True)
class Went:
    """A step that was really taken: from this day on so much a day."""

    on: date
    dose_ug: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How a taper stands on a day.

    ``days``: so many behind or ahead, else zero. ``next_step``: the first of the plan below the
    dose that is had; None when there is none left. ``paused_until``: a pause runs today.
    """

    word: Word
    planned_ug: int
    actual_ug: int
    days: int
    next_step: Step | None
    steps_left: int
    paused_until: date | None


def planned_on(from_ug: int, steps: Sequence[Step], day: date) -> int:
    """The dose that the plan has on a day."""
    return next((step.dose_ug for step in reversed(steps) if step.on <= day), from_ug)


def actual_on(from_ug: int, went: Sequence[Went], day: date) -> int:
    """The dose that was really had on a day; of two steps on one day the later told counts."""
    return next((one.dose_ug for one in reversed(went) if one.on <= day), from_ug)


def standing(
    from_ug: int,
    steps: Sequence[Step],
    went: Sequence[Went],
    pauses: Sequence[Pause],
    today: date,
) -> Standing:
    """How a taper from ``from_ug`` stands today; ``went`` in the order of its days."""
    planned_ug, actual_ug = planned_on(from_ug, steps, today), actual_on(from_ug, went, today)
    left = [step for step in steps if step.dose_ug < actual_ug]
    ahead = left[0] if left else None
    paused = [one.until_on for one in pauses if one.from_on <= today <= one.until_on]
    word, days = _word(planned_ug, actual_ug, steps, ahead, today)
    return Standing(word, planned_ug, actual_ug, days, ahead, len(left), max(paused, default=None))


def _word(
    planned_ug: int, actual_ug: int, steps: Sequence[Step], ahead: Step | None, today: date
) -> tuple[Word, int]:
    if ahead is None:
        return "done", 0
    if ahead.on < today:
        return "behind", (today - ahead.on).days
    if ahead.on == today:
        return "step-today", 0
    if actual_ug < planned_ug:
        reached = next(step for step in steps if step.dose_ug <= actual_ug)
        return "ahead", (reached.on - today).days
    return "on-plan", 0
