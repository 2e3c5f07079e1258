"""A taper laid out ahead: from a dose to a goal, in steps that tablets can make.

Each step takes so many per cent of the dose it leaves, or of the dose at the beginning; the last
part goes in steps by the dose at the beginning, no faster than before. In a pause nothing changes:
a step that falls in one waits for the day after, and the following count from there. No step goes
up. Doses are whole micrograms a day of one medicine. Whether the pace is a safe one is asked of the
rule book (``checking``), step by step.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from dispensing.treatment.sedatives.tablets import Makeable, TabletsError

Of = Literal["current", "original"]
_WHOLE = 100  # percent
MOST_STEPS = 200
LONGEST_PLAN = timedelta(days=5 * 366)
MOST_DAYS_BETWEEN = 366


class PlanError(ValueError):
    """No plan can be made of this; ``field`` names what to change."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Pace:
    """So many per cent of what, every so many days."""

    percent: int
    of: Of
    every_days: int


@dataclass(frozen=True, slots=True)
class LastPart:
    """At ``from_ug`` and below: so many per cent of the first dose, every so many days."""

    from_ug: int
    percent: int
    every_days: int


@dataclass(frozen=True, slots=True)
class Pause:
    """Days on which nothing changes, both included, and why."""

    from_on: date
    until_on: date
    reason: str


@dataclass(frozen=True, slots=True)
class Outline:
    """What a plan is made of. ``original_ug``: what was taken when the taper began."""

    from_ug: int
    original_ug: int
    goal_ug: int
    first_on: date
    pace: Pace
    last_part: LastPart | None
    strengths_ug: tuple[int, ...]
    halves: bool
    pauses: tuple[Pause, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """From this day on so much a day. ``coarse``: more than the pace; no tablet makes less."""

    on: date
    dose_ug: int
    last_part: bool = False
    coarse: bool = False


def steps_of(outline: Outline) -> tuple[Step, ...]:
    """The steps from the first day to the goal. Raises PlanError."""
    tablets = _checked(outline)
    dose_ug, day = outline.from_ug, outline.first_on
    steps: list[Step] = []
    while dose_ug > outline.goal_ug:
        in_last = _in_last_part(outline, dose_ug)
        if steps:
            day += timedelta(days=_days_before(outline, in_last))
        day = after_pauses(day, outline.pauses)
        target_ug = max(dose_ug - _cut_ug(outline, dose_ug, in_last), outline.goal_ug)
        next_ug = tablets.below(dose_ug, target_ug)
        steps.append(Step(day, next_ug, in_last, coarse=next_ug < target_ug))
        dose_ug = next_ug
        if len(steps) > MOST_STEPS or day - outline.first_on > LONGEST_PLAN:
            raise PlanError("so small or so rare steps never reach the goal", "percent")
    return tuple(steps)


def after_pauses(day: date, pauses: Sequence[Pause]) -> date:
    """The day itself, or the first one after the pauses it falls in."""
    for pause in sorted(pauses, key=lambda one: one.from_on):
        if pause.from_on <= day <= pause.until_on:
            day = pause.until_on + timedelta(days=1)
    return day


def usual_last_part_ug(
    original_ug: int, pace: Pace, last_percent: int, confirm_percent: int
) -> int:
    """From which dose the last part may begin so that no step grows.

    By the present dose: where its share is no more than the last part's steps. By the first dose:
    where its steps come to more than ``confirm_percent`` of what is left.
    """
    share = (
        (last_percent, pace.percent) if pace.of == "current" else (pace.percent, confirm_percent)
    )
    return min(original_ug * share[0] // share[1], original_ug)


def _in_last_part(outline: Outline, dose_ug: int) -> bool:
    return outline.last_part is not None and dose_ug <= outline.last_part.from_ug


def _days_before(outline: Outline, in_last: bool) -> int:
    if in_last and outline.last_part is not None:
        return outline.last_part.every_days
    return outline.pace.every_days


def _cut_ug(outline: Outline, dose_ug: int, in_last: bool) -> int:
    """How much a step takes: rounded down, so that rounding never makes it faster."""
    if in_last and outline.last_part is not None:
        return outline.original_ug * outline.last_part.percent // _WHOLE
    whole_ug = dose_ug if outline.pace.of == "current" else outline.original_ug
    return whole_ug * outline.pace.percent // _WHOLE


def _checked(outline: Outline) -> Makeable:
    """The tablets, if the outline holds together. Raises PlanError."""
    if not 0 <= outline.goal_ug < outline.from_ug:
        raise PlanError("the goal lies below the dose now: a taper never goes up", "goal_dose")
    if outline.original_ug < outline.from_ug:
        raise PlanError("the first dose is no less than the dose now", "original")
    _check_pace(outline.pace.percent, outline.pace.every_days, "percent", "every_days")
    last = outline.last_part
    if last is not None:
        _check_pace(last.percent, last.every_days, "last_percent", "last_every_days")
        if last.every_days < outline.pace.every_days:
            raise PlanError("the last part is no faster than the first", "last_every_days")
        if not 0 < last.from_ug <= outline.original_ug:
            raise PlanError("the last part begins at or below the first dose", "last_from")
    for pause in outline.pauses:
        if pause.until_on < pause.from_on or pause.until_on - pause.from_on > LONGEST_PLAN:
            raise PlanError("a pause ends after it begins", "pause_until")
    try:
        tablets = Makeable(outline.strengths_ug, outline.halves, outline.from_ug)
    except TabletsError as error:
        raise PlanError(str(error), "tablets") from error
    if not tablets.can_make(outline.goal_ug):
        raise PlanError("these tablets cannot make the goal", "goal_dose")
    return tablets


def _check_pace(percent: int, every_days: int, of_percent: str, of_days: str) -> None:
    if not 1 <= percent <= _WHOLE:
        raise PlanError("a step is 1 to 100 per cent", of_percent)
    if not 1 <= every_days <= MOST_DAYS_BETWEEN:
        raise PlanError("between two steps lie 1 to 366 days", of_days)
