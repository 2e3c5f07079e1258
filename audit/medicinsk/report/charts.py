"""Charts of distributions: a histogram with last year's outline, boxes over years, one small
histogram for each institution. Values come in as numbers and labels; nothing is counted here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from audit.medicinsk.report.marks import (
    DARK,
    GRID,
    INK,
    MIDDLE,
    PALE,
    PAPER,
    RULE,
    SOFT,
    Box,
    Chart,
    Line,
    Mark,
    Text,
    broken,
    length,
    shortened,
    ticks,
)

WIDE = 482.0
SIZE = 8.0
Said = Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Series:
    """Counts of one place and year, in the order of the bars."""

    label: str
    counts: tuple[int, ...]
    #: How n is written; a small one of another institution is not.
    said_n: str = ""

    @property
    def n(self) -> int:
        """All of them."""
        return sum(self.counts)

    @property
    def shares(self) -> tuple[float, ...]:
        """In per cent of all; zeros for nobody."""
        return tuple(100 * one / self.n if self.n else 0.0 for one in self.counts)


@dataclass(frozen=True, slots=True)
class Spread:
    """A box: 5, 25, 50, 75 and 95 per cent; ``values`` None where too few are known."""

    label: str
    n: str
    values: tuple[int, int, int, int, int] | None
    own: bool = True


def histogram(
    title: str,
    labels: Sequence[str],
    now: Series,
    before: Series | None,
    across: str,
    upwards: str,
) -> Chart:
    """Shares per bar; last year's outline lies over them. ``labels`` name the bars."""
    high, left, top, base = 176.0, 34.0, 22.0, 140.0
    room = WIDE - left - 6
    tops = [*now.shares, *(before.shares if before else ())]
    steps = ticks(max(tops, default=1.0) or 1.0)
    scale = (base - top) / steps[-1]
    step = room / max(len(labels), 1)
    marks: list[Mark] = [*_across_lines(steps, left, WIDE - 6, base, scale)]
    for at, share in enumerate(now.shares):
        if share:
            x = left + at * step + step * 0.08
            marks.append(Box(x, base - share * scale, step * 0.84, share * scale, MIDDLE, DARK))
    if before is not None and before.n:
        outline: list[tuple[float, float]] = [(left, base)]
        for at, share in enumerate(before.shares):
            level = base - share * scale
            outline += [(left + at * step, level), (left + (at + 1) * step, level)]
        marks.append(Line((*outline, (left + room, base)), INK, 1.3, (4, 2.4)))
    marks.append(Line(((left, base), (WIDE - 6, base)), INK, 1))
    every = max(1, -(-int(max(map(_wide, labels), default=0) + 6) // max(int(step), 1)))
    for at, label in enumerate(labels):
        if at % every == 0 or (at == len(labels) - 1 and at % every > every // 2):
            marks.append(
                Text(left + (at + 0.5) * step, base + 11, label, 7.5, anchor="middle", fill=SOFT)
            )
    marks.append(Text(left + room / 2, base + 23, across, SIZE, anchor="middle", fill=SOFT))
    marks.append(Text(0, 10, upwards, SIZE, fill=SOFT))
    marks += _key(now, before, left)
    rows = [
        (
            label,
            str(now.counts[at]),
            *((str(before.counts[at]),) if before is not None else ()),
        )
        for at, label in enumerate(labels)
    ]
    headings = (across, now.label, *((before.label,) if before is not None else ()))
    return Chart(title, WIDE, high, tuple(marks), headings, tuple(rows))


def _wide(label: str) -> float:
    return length(label, 7.5)


def _key(now: Series, before: Series | None, left: float) -> Iterator[Mark]:
    """What the bars and the outline are, beside each other at the top right."""
    words = f"{now.label}, n = {now.said_n}"
    x = WIDE - 6.0
    if before is not None:
        other = f"{before.label}, n = {before.said_n}"
        x -= length(other, SIZE)
        yield Text(x, 10, other, SIZE)
        yield Line(((x - 22, 7.2), (x - 4, 7.2)), INK, 1.3, (4, 2.4))
        x -= 34
    x -= length(words, SIZE)
    yield Text(x, 10, words, SIZE)
    yield Box(x - 14, 3, 10, 8, MIDDLE, DARK)


def _across_lines(
    steps: Sequence[int], left: float, right: float, base: float, scale: float
) -> Iterator[Mark]:
    for value in steps:
        y = base - value * scale
        yield Line(((left, y), (right, y)), GRID, 0.6)
        yield Text(left - 4, y + 2.6, f"{value}", 7.5, anchor="end", fill=SOFT)


def boxes(
    title: str,
    rows: Sequence[Spread],
    said: Said,
    scale_of: Callable[[int], float],
    axis: str,
    few: str,
    headings: tuple[str, ...],
    limit: tuple[int, str] | None = None,
) -> Chart:
    """A box per year or place, on one axis; too few people show no box but the words for it.

    ``scale_of`` turns a value into the axis' own unit (micrograms into milligrams).
    """
    left, top, each = 128.0, 22.0 if limit else 8.0, 25.0
    right, base = WIDE - 12, top + each * len(rows) + 4
    known = [scale_of(one.values[-1]) for one in rows if one.values]
    if limit is not None:
        known.append(scale_of(limit[0]))
    lows = [scale_of(one.values[0]) for one in rows if one.values]
    steps = ticks(max(known, default=1.0), 8, min(lows, default=0.0))
    factor = (right - left) / (steps[-1] - steps[0])

    def place(value: int) -> float:
        return left + (scale_of(value) - steps[0]) * factor

    marks: list[Mark] = []
    for value in steps:
        x = left + (value - steps[0]) * factor
        marks.append(Line(((x, top), (x, base)), GRID, 0.6))
        marks.append(Text(x, base + 11, f"{value}", 7.5, anchor="middle", fill=SOFT))
    for at, one in enumerate(rows):
        marks += _one_box(one, top + at * each, left, place, few)
    if limit is not None:
        x = place(limit[0])
        marks.append(Line(((x, top - 4), (x, base)), INK, 1.1, (5, 2, 1, 2)))
        side = "end" if x > (left + right) / 2 else "start"
        marks.append(Text(x, 10, limit[1], 7.5, anchor=side))
    marks.append(Line(((left, base), (right, base)), INK, 0.9))
    marks.append(Text((left + right) / 2, base + 23, axis, SIZE, anchor="middle", fill=SOFT))
    table = tuple(
        (one.label, one.n, *([said(v) for v in one.values] if one.values else [few] * 5))
        for one in rows
    )
    return Chart(title, WIDE, base + 30, tuple(marks), headings, table)


def _one_box(
    one: Spread, y: float, left: float, place: Callable[[int], float], few: str
) -> Iterator[Mark]:
    middle = y + 13.0
    for at, line in enumerate(broken(one.label, left - 46, SIZE)):
        shift = 2.8 if len(broken(one.label, left - 46, SIZE)) == 1 else -1.6
        yield Text(0, middle + shift + at * 9, line, SIZE, bold=one.own)
    yield Text(left - 8, middle + 2.8, f"n = {one.n}", 7.5, anchor="end", fill=SOFT)
    if one.values is None:
        yield Text(left + 6, middle + 2.8, "–" if one.n == "0" else few, 7.5, fill=SOFT)
        return
    low, first, median, third, most = (place(value) for value in one.values)
    yield Line(((low, middle), (most, middle)), INK, 0.9)
    for end in (low, most):
        yield Line(((end, middle - 4), (end, middle + 4)), INK, 0.9)
    fill = MIDDLE if one.own else PALE
    yield Box(first, middle - 7, max(third - first, 1.2), 14, fill, INK, 0.8)
    yield Line(((median, middle - 7), (median, middle + 7)), INK, 2.4)


def multiples(
    title: str,
    places: Sequence[tuple[Series, bool]],
    labels: Sequence[str],
    few: str,
    least: int,
    headings: tuple[str, ...],
) -> Chart:
    """One small histogram for each institution, all on the same axis; the own one is dark."""
    across, wide, high = 4, 112.0, 74.0
    gap = (WIDE - across * wide) / (across - 1)
    shown = [one for one, _ in places if one.n >= least]
    most = max((share for one in shown for share in one.shares), default=1.0) or 1.0
    marks: list[Mark] = []
    for at, (one, own) in enumerate(places):
        x, y = (at % across) * (wide + gap), (at // across) * (high + 18)
        name = shortened(one.label, wide, 7.5, own)
        marks.append(Text(x, y + 8, name, 7.5, bold=own))
        marks.append(Text(x, y + 17, f"n = {one.said_n}", 7, fill=SOFT))
        base = y + high
        marks.append(Line(((x, base), (x + wide, base)), RULE, 0.7))
        marks.append(Text(x, base + 8, labels[0], 6.5, fill=SOFT))
        marks.append(Text(x + wide, base + 8, labels[-1], 6.5, anchor="end", fill=SOFT))
        if one.n < least:
            why = "–" if one.n == 0 else few
            marks.append(Text(x + wide / 2, base - 22, why, 7.5, anchor="middle", fill=SOFT))
            continue
        step = wide / len(one.counts)
        for bar, share in enumerate(one.shares):
            tall = share / most * (high - 22)
            if tall:
                fill = DARK if own else PALE
                marks.append(Box(x + bar * step, base - tall, step * 0.9, tall, fill, DARK, 0.5))
    lines = max(-(-len(places) // across), 1)
    table = tuple(
        (one.label, one.said_n, *(map(str, one.counts) if one.n >= least else [few]))
        for one, _ in places
    )
    return Chart(title, WIDE, lines * (high + 18), tuple(marks), headings, table)


__all__ = ["PAPER", "Series", "Spread", "boxes", "histogram", "multiples"]
