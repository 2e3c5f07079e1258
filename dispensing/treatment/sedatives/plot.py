"""Planned against actual as a picture: where lines and marks lie, in units of the drawing. Pure.

The plan is a line of steps, what was had is a mark for each change; both are told apart by shape,
and the table beside the picture says the same in words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from dispensing.treatment.sedatives.following import Went
from dispensing.treatment.sedatives.plan import Pause, Step

WIDTH, HEIGHT = 880, 300
LEFT, RIGHT, TOP, BOTTOM = 70, 16, 16, 40
MOST_TICKS = 9
SCALE_WIDTH = 600


@dataclass(frozen=True, slots=True)
class Mark:
    """What was had from a day on."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis: an amount in micrograms, or a day."""

    at: float
    dose_ug: int = 0
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Band:
    """The days of a pause."""

    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing of ``WIDTH`` by ``HEIGHT``; lines are lists of points for ``polyline``."""

    planned: str
    went: str
    marks: tuple[Mark, ...]
    pauses: tuple[Band, ...]
    doses: tuple[Tick, ...]
    days: tuple[Tick, ...]
    today: float | None
    left: int = LEFT
    top: int = TOP
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM
    width: int = WIDTH
    height: int = HEIGHT


def plot_of(
    from_ug: int,
    steps: Sequence[Step],
    went: Sequence[Went],
    pauses: Sequence[Pause],
    today: date | None,
    went_from_ug: int | None = None,
) -> Plot:
    """Draw a plan from ``from_ug``, and what was had since (from ``went_from_ug``)."""
    known = [step.on for step in steps] + [one.on for one in went]
    known += [today] if today is not None else []
    first, last = min(known), max(known) + timedelta(days=7)
    began_ug = went_from_ug if went_from_ug is not None else from_ug
    most_ug = max([from_ug, began_ug, *[one.dose_ug for one in went]])

    def x(day: date) -> float:
        return round(LEFT + (day - first).days / (last - first).days * (WIDTH - LEFT - RIGHT), 1)

    def y(dose_ug: int) -> float:
        return round(HEIGHT - BOTTOM - dose_ug / most_ug * (HEIGHT - TOP - BOTTOM), 1)

    def stairs(start_ug: int, changes: Sequence[tuple[date, int]], until: date) -> str:
        points, dose_ug = [(x(first), y(start_ug))], start_ug
        for day, next_ug in changes:
            points += [(x(day), y(dose_ug)), (x(day), y(next_ug))]
            dose_ug = next_ug
        points.append((x(until), y(dose_ug)))
        return " ".join(f"{a},{b}" for a, b in points)

    bands = [
        (max(one.from_on, first), min(one.until_on + timedelta(days=1), last))
        for one in pauses
        if one.until_on >= first and one.from_on < last
    ]
    every = max((last - first).days // MOST_TICKS, 7)
    days = [first + timedelta(days=n) for n in range(0, (last - first).days - 6, every)]
    return Plot(
        planned=stairs(from_ug, [(step.on, step.dose_ug) for step in steps], last),
        went=stairs(began_ug, [(one.on, one.dose_ug) for one in went], today or first)
        if went
        else "",
        marks=tuple([Mark(x(one.on), y(one.dose_ug)) for one in went]),
        pauses=tuple([Band(x(a), round(x(b) - x(a), 1)) for a, b in bands]),
        doses=tuple([Tick(y(ug), ug) for ug in sorted({0, most_ug // 2, most_ug})]),
        days=tuple([Tick(x(day), day=day) for day in days]),
        today=x(today) if today is not None else None,
    )


@dataclass(frozen=True, slots=True)
class Scale:
    """A load on a line from nothing: where it is low, where high, where the guidance lies."""

    low: float
    high: float
    guidance: float
    width: int = SCALE_WIDTH


def scale_of(low_ug: int, high_ug: int, guidance_ug: int) -> Scale:
    """Place a load beside the guidance line."""
    whole = max(high_ug, guidance_ug) * 5 / 4
    low, high, line = (round(ug / whole * SCALE_WIDTH, 1) for ug in (low_ug, high_ug, guidance_ug))
    return Scale(low, high, line)
