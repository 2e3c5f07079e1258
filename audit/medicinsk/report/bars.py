"""Charts of counts and shares: stacked shares, bars against last year, dots over institutions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from audit.medicinsk.report.charts import SIZE, WIDE
from audit.medicinsk.report.marks import (
    DARK,
    GRID,
    INK,
    MIDDLE,
    PAPER,
    SHADES,
    SOFT,
    Box,
    Chart,
    Line,
    Mark,
    Text,
    area,
    broken,
    length,
    ticks,
)


@dataclass(frozen=True, slots=True)
class Parts:
    """One stacked bar: counts in the order of the categories. None: too few to show."""

    label: str
    counts: tuple[int, ...] | None
    n: str
    own: bool = False


@dataclass(frozen=True, slots=True)
class Dot:
    """A share (or rate) of one place. ``value`` None: nobody, or too few to show.

    ``low`` and ``high`` are an interval around it, or how far the unknown could move it.
    """

    label: str
    n: str
    value: float | None
    low: float | None = None
    high: float | None = None
    own: bool = False


def shares(
    title: str, rows: Sequence[Parts], categories: Sequence[str], few: str, first: str
) -> Chart:
    """Stacked bars to 100 per cent, the percentages in or beside them where there is room."""
    left, right = 128.0, WIDE - 6
    keys, top = _categories(categories)
    marks: list[Mark] = [*keys]
    each = 25.0
    for at, row in enumerate(rows):
        y = top + at * each
        marks += _name(row.label, y + 13, left, row.own, row.n)
        if row.counts is None or not sum(row.counts):
            why = "–" if row.n == "0" else few
            marks.append(Text(left + 6, y + 15.8, why, 7.5, fill=SOFT))
            continue
        marks += _stack(row.counts, left, right, y + 5)
    base = top + each * len(rows) + 4
    table = tuple(
        (
            row.label,
            row.n,
            *(map(str, row.counts) if row.counts is not None else [few] * len(categories)),
        )
        for row in rows
    )
    return Chart(title, WIDE, base, tuple(marks), (first, "n", *categories), table)


def _categories(categories: Sequence[str]) -> tuple[list[Mark], float]:
    """The key above the bars, in as many lines as it takes, and where the bars begin."""
    marks: list[Mark] = []
    x, y = 0.0, 3.0
    for at, category in enumerate(categories):
        wide = 24 + length(category, SIZE)
        if x and x + wide > WIDE:
            x, y = 0.0, y + 14
        marks += area(x, y, 12, 9, SHADES[at % len(SHADES)])
        marks.append(Text(x + 16, y + 7.4, category, SIZE))
        x += wide + 8
    return marks, y + 16


def _stack(counts: Sequence[int], left: float, right: float, y: float) -> Iterator[Mark]:
    whole, x = sum(counts), left
    for at, count in enumerate(counts):
        wide = (right - left) * count / whole
        if not count:
            continue
        shade = SHADES[at % len(SHADES)]
        yield from area(x, y, wide, 16, shade)
        said = f"{round(100 * count / whole)}"
        room = length(said, 7.5) + 4
        if wide > room + 2:
            dark = shade.fill == DARK
            if shade.pattern != "solid":
                yield Box(x + wide / 2 - room / 2, y + 3, room, 10, PAPER)
            yield Text(x + wide / 2, y + 10.8, said, 7.5, True, "middle", PAPER if dark else INK)
        x += wide


def _name(label: str, middle: float, left: float, own: bool, n: str) -> Iterator[Mark]:
    lines = broken(label, left - 50, SIZE)
    for at, line in enumerate(lines):
        yield Text(0, middle + (2.8 if len(lines) == 1 else -1.6) + at * 9, line, SIZE, bold=own)
    yield Text(left - 8, middle + 2.8, f"n = {n}", 7.5, anchor="end", fill=SOFT)


def bars(
    title: str,
    rows: Sequence[tuple[str, int, int | None]],
    headings: tuple[str, ...],
    now: str,
    before: str | None,
    number: Callable[[int], str],
) -> Chart:
    """Horizontal bars of counts; last year's is the outline below each."""
    left, right, each = 190.0, WIDE - 34, 22.0
    top = 20.0 if before else 4.0
    most = max((max(count, past or 0) for _, count, past in rows), default=0)
    steps = ticks(most or 1)
    factor = (right - left) / steps[-1]
    base = top + each * len(rows) + 2
    marks: list[Mark] = []
    for value in steps:
        x = left + value * factor
        marks.append(Line(((x, top), (x, base)), GRID, 0.6))
        marks.append(Text(x, base + 10, number(value), 7.5, anchor="middle", fill=SOFT))
    for at, (label, count, past) in enumerate(rows):
        y = top + at * each
        lines = broken(label, left - 12, SIZE)
        for line_at, line in enumerate(lines):
            shift = 13 if len(lines) == 1 else 9
            marks.append(Text(0, y + shift + line_at * 9, line, SIZE))
        marks.append(Box(left, y + 3, count * factor, 8, DARK))
        marks.append(Text(left + count * factor + 4, y + 10.2, number(count), SIZE, bold=True))
        if past is not None:
            marks.append(Box(left, y + 12.5, past * factor, 5, PAPER, INK, 0.6))
            marks.append(Text(left + past * factor + 4, y + 18, number(past), 6.5, fill=SOFT))
    marks.append(Line(((left, top), (left, base)), INK, 0.9))
    if before is not None:
        x = right - length(before, SIZE)
        marks += [Text(x, 10, before, SIZE), Box(x - 14, 4, 10, 5, PAPER, INK, 0.6)]
        x -= 26 + length(now, SIZE)
        marks += [Text(x, 10, now, SIZE), Box(x - 14, 3, 10, 8, DARK)]
    table = tuple(
        (label, str(count), *(("–" if past is None else str(past),) if before else ()))
        for label, count, past in rows
    )
    return Chart(title, WIDE, base + 16, tuple(marks), headings, table)


def dots(
    title: str,
    rows: Sequence[Dot],
    axis: str,
    few: str,
    headings: tuple[str, ...],
    target: tuple[float, str] | None = None,
    most: int | None = 100,
    decimals: int = 0,
) -> Chart:
    """A dot per institution on one axis, the own one a filled diamond; the target a broken line.

    ``most`` ends the axis; None: what there is.
    """
    left, right, each = 160.0, WIDE - 30, 21.0
    top = 22.0 if target else 6.0
    # Without events an interval says only how small a place is: it ends at the others' axis.
    told = [one for one in rows if one.own or one.value]
    tops = [one.high if one.high is not None else one.value or 0.0 for one in told]
    steps = ticks(most or max([*tops, target[0] if target else 0.0, 1.0]), 5)
    factor = (right - left) / (most or steps[-1])
    base = top + each * len(rows) + 2
    marks: list[Mark] = []
    for value in steps:
        if most is None or value <= most:
            x = left + value * factor
            marks.append(Line(((x, top), (x, base)), GRID, 0.6))
            marks.append(Text(x, base + 10, f"{value}", 7.5, anchor="middle", fill=SOFT))
    if target is not None:
        x = left + target[0] * factor
        marks.append(Line(((x, top - 4), (x, base)), INK, 1.1, (5, 2, 1, 2)))
        side = "end" if x > (left + right) / 2 else "start"
        marks.append(Text(x, 10, target[1], 7.5, anchor=side))
    for at, one in enumerate(rows):
        marks += _one_dot(one, top + at * each + 10, left, right, factor, few, decimals)
    marks.append(Line(((left, base), (right, base)), INK, 0.9))
    marks.append(Text((left + right) / 2, base + 22, axis, SIZE, anchor="middle", fill=SOFT))
    table = tuple(
        (one.label, one.n, few if one.value is None else _figure(one.value, decimals))
        for one in rows
    )
    return Chart(title, WIDE, base + 28, tuple(marks), headings, table)


def _figure(value: float, decimals: int) -> str:
    return f"{value:.{decimals}f}".replace(".", ",")


def _one_dot(
    one: Dot,
    middle: float,
    left: float,
    right: float,
    factor: float,
    few: str,
    decimals: int,
) -> Iterator[Mark]:
    yield from _name(one.label, middle, left, one.own, one.n)
    if one.value is None:
        yield Text(left + 6, middle + 2.8, "–" if one.n == "0" else few, 7.5, fill=SOFT)
        return
    x = left + one.value * factor
    if one.low is not None and one.high is not None:
        ends = (left + one.low * factor, min(left + one.high * factor, right))
        yield Line(((ends[0], middle), (ends[1], middle)), INK, 0.8)
    size = 5.0 if one.own else 3.6
    diamond = ((x, middle - size), (x + size, middle), (x, middle + size), (x - size, middle))
    yield Line((*diamond, diamond[0]), INK, 0.9, (), DARK if one.own else MIDDLE)
    end = x if one.high is None else max(x, min(left + one.high * factor, right))
    said = _figure(one.value, decimals)
    if one.high is not None and left + one.high * factor > right:
        # The interval goes on beyond the axis.
        said += " →"
    # Also where the target's line runs behind it.
    yield Box(end + 7, middle - 4, length(said, 7.5, one.own), 8, PAPER)
    yield Text(end + 8, middle + 2.8, said, 7.5, bold=one.own)
