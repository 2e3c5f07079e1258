"""What a chart is made of, in points from the top left, so that paper and page draw the same.

Shades differ in lightness and pattern, not in hue alone: a grey copy says the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import Literal

INK, SOFT, RULE, GRID, PAPER = "#1a1a1a", "#4a4a4a", "#7a7a7a", "#dcdcdc", "#ffffff"
DARK, MIDDLE, PALE = "#14375e", "#7ea3c4", "#dce7f0"

Anchor = Literal["start", "middle", "end"]
Pattern = Literal["solid", "hatch", "cross", "dots"]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle."""

    x: float
    y: float
    wide: float
    high: float
    fill: str | None = None
    stroke: str | None = None
    thick: float = 0.6


@dataclass(frozen=True, slots=True)
class Line:
    """Points joined; closed and filled where ``fill`` says so."""

    points: tuple[tuple[float, float], ...]
    stroke: str | None = INK
    thick: float = 0.8
    dash: tuple[float, ...] = ()
    fill: str | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text; ``y`` is its baseline."""

    x: float
    y: float
    text: str
    size: float = 8
    bold: bool = False
    anchor: Anchor = "start"
    fill: str = INK


Mark = Box | Line | Text


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing with the same as a table, for whoever reads without seeing."""

    title: str
    wide: float
    high: float
    marks: tuple[Mark, ...]
    headings: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Shade:
    """How an area is filled."""

    fill: str
    pattern: Pattern = "solid"


#: Told apart in grey, also by neighbours: dark, pale, hatched, middle, crossed, white, dotted.
SHADES = (
    Shade(DARK),
    Shade(PALE),
    Shade(PAPER, "hatch"),
    Shade(MIDDLE),
    Shade(PAPER, "cross"),
    Shade(PAPER),
    Shade(PAPER, "dots"),
)
UNKNOWN = Shade(PAPER, "hatch")


def area(x: float, y: float, wide: float, high: float, shade: Shade) -> Iterator[Mark]:
    """A filled rectangle with its pattern and outline."""
    yield Box(x, y, wide, high, shade.fill)
    if shade.pattern in ("hatch", "cross"):
        yield from _slanted(x, y, wide, high, falling=False)
    if shade.pattern == "cross":
        yield from _slanted(x, y, wide, high, falling=True)
    if shade.pattern == "dots":
        yield from _dotted(x, y, wide, high)
    yield Box(x, y, wide, high, None, INK, 0.5)


def _slanted(x: float, y: float, wide: float, high: float, falling: bool) -> Iterator[Mark]:
    step, at = 3.2, 1.6
    while at < wide + high:
        # The line runs from the left or lower edge to the upper or right one.
        x1, y1 = (0.0, at) if at <= high else (at - high, high)
        x2, y2 = (at, 0.0) if at <= wide else (wide, at - wide)
        if falling:
            y1, y2 = high - y1, high - y2
        yield Line(((x + x1, y + y1), (x + x2, y + y2)), INK, 0.35)
        at += step


def _dotted(x: float, y: float, wide: float, high: float) -> Iterator[Mark]:
    down = 1.8
    while down < high - 0.6:
        along = 1.8
        while along < wide - 0.6:
            yield Box(x + along - 0.4, y + down - 0.4, 0.8, 0.8, INK)
            along += 3.0
        down += 3.0


_NARROW, _BROAD = frozenset("iljtfrI.,:;'|!()[]- ·"), frozenset("mwMW@%—æÆœ")


def length(text: str, size: float, bold: bool = False) -> float:
    """About how long a text is, rather too long than too short."""
    total = 0.0
    for sign in text:
        if sign in _NARROW:
            total += 0.37
        elif sign in _BROAD:
            total += 0.9
        else:
            total += 0.67 if sign.isupper() else 0.58
    return total * size * (1.08 if bold else 1.0)


def shortened(text: str, room: float, size: float, bold: bool = False) -> str:
    """The text, or as much of it as has room, with an ellipsis."""
    if length(text, size, bold) <= room:
        return text
    kept = text
    while kept and length(kept + "…", size, bold) > room:
        kept = kept[:-1]
    return kept.rstrip(" ·,-") + "…"


def broken(text: str, room: float, size: float, most: int = 2) -> tuple[str, ...]:
    """The text in at most ``most`` lines, the last one shortened; a hyphen may end a line."""
    parts = re.findall(r"[^\s-]*-(?=[^\W\d])|\S+\s*", text)
    lines: list[str] = []
    while parts and len(lines) < most - 1:
        line = parts.pop(0)
        while parts and length((line + parts[0]).rstrip(), size) <= room:
            line += parts.pop(0)
        lines.append(shortened(line.rstrip(), room, size))
    if parts:
        lines.append(shortened("".join(parts).rstrip(), room, size))
    return tuple(lines) or ("",)


def ticks(top: float, about: int = 5, bottom: float = 0.0) -> Sequence[int]:
    """Whole round numbers from 0, or at most ``bottom`` where that is less, to at least ``top``."""
    step, factors, at = 1, (2, 5, 10), 0
    scale = 1
    while (top - min(bottom, 0.0)) / step > about:
        step = scale * factors[at]
        at += 1
        if at == len(factors):
            at, scale = 0, scale * 10
    most = max(ceil(max(top, 0.0) / step), 0)
    least = min(floor(bottom / step), 0)
    if most == least:
        most += 1
    return range(least * step, most * step + 1, step)
