"""The report as chapters of figures, charts and words: what paper and page both show, in order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from audit.definitions import definitions
from audit.medicinsk.caveats import caveats
from audit.medicinsk.model import Figures, Indicator, Report, Share
from audit.medicinsk.report.marks import Chart
from audit.medicinsk.report.plots import is_drawn, plots
from audit.medicinsk.report.stands_out import is_never
from audit.medicinsk.report.wording import Wording, small_n

#: The chapters in order, each with its indicators; one that the model lacks is told as missing.
CHAPTERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("dose", ("M1", "M2")),
    ("practice", ("M3", "M4", "M5")),
    ("indkald", ("M6",)),
    ("first_line", ("M7", "M8", "M9")),
    ("benzodiazepines", ("M10",)),
    ("restarts", ("M11",)),
    ("follow_up", ("M12", "M13")),
    ("register", ("M14", "M15", "M16")),
    ("courses", ("M17", "M18", "M20", "M21")),
    ("mortality", ("M19",)),
    ("rule_book", ("M22",)),
)
INDICATORS = tuple(id_ for _, ids in CHAPTERS for id_ in ids)


@dataclass(frozen=True, slots=True)
class Grid:
    """A table; the first column is words, the others figures."""

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """An indicator: its figures, charts, definition and what must be said beside it."""

    id: str
    title: str
    grids: tuple[Grid, ...]
    charts: tuple[Chart, ...]
    definition: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """Indicators that are read together."""

    key: str
    title: str
    sections: tuple[Section, ...]


def chapters(report: Report, said: Wording) -> tuple[Chapter, ...]:
    """All chapters; an indicator that the model lacks is there and says that nothing is counted."""
    return tuple(
        Chapter(
            key,
            said.text(f"chapter_{key}"),
            tuple(section(report, id_, said) for id_ in ids),
        )
        for key, ids in CHAPTERS
    )


def section(report: Report, id_: str, said: Wording) -> Section:
    """One indicator."""
    one = find(report.figures, id_)
    return Section(
        id_,
        said.indicator(id_),
        tuple(_grids(report, one, said)),
        plots(report, one, said),
        tuple(_definition(id_, said)),
        tuple(_notes(report, one, said)),
    )


def find(figures: Figures | None, id_: str) -> Indicator:
    """An indicator; without figures where the model has none."""
    found = figures.indicators if figures is not None else ()
    return next((one for one in found if one.id == id_), Indicator(id_))


def _by_key(ones: tuple[Any, ...], key: str) -> Any:
    return next((one for one in ones if one.key == key), None)


def _by_key_n(ones: tuple[Any, ...], key: str) -> int:
    found = _by_key(ones, key)
    return 0 if found is None else found.n


def _grids(report: Report, one: Indicator, said: Wording) -> Iterator[Grid]:
    past, whole = find(report.before, one.id), find(report.whole, one.id)
    if one.shares:
        yield _shares(one, past, whole, said)
    if one.distributions:
        yield _spreads(one, past, whole, said)
    if one.rates:
        yield _rates(one, past, said)
    if one.amounts:
        rows: list[tuple[str, ...]] = []
        for amount in one.amounts:
            before = _by_key(past.amounts, amount.key)
            rows.append(
                (
                    said.name(amount.key),
                    said.value(amount.value, amount.unit),
                    "–" if before is None else said.value(before.value, before.unit),
                )
            )
        yield Grid(
            "", (said.text("figure"), said.text("value"), said.text("last_year")), tuple(rows)
        )
    for table in one.tables:
        # Of nobody there is neither a row nor a column to read.
        if not table.rows or not table.columns:
            continue
        # A single column is read from its bars.
        if len(table.columns) == 1 and is_drawn(table):
            continue
        rows = [
            (said.name(row), *(said.number(cell.count) for cell in cells))
            for row, cells in zip(table.rows, table.cells, strict=True)
        ]
        headings = (said.unit(table.unit), *(said.label(column) for column in table.columns))
        yield Grid(said.name(table.key), headings, tuple(rows))
    if one.id == "M22":
        yield from _what_if(report, said)


def _what_if(report: Report, said: Wording) -> Iterator[Grid]:
    """The period's decisions asked again under a proposed rule book, by rule."""
    headings = tuple(said.text(key) for key in ("rule", "stricter", "milder"))
    for found in report.what_if:
        rows = tuple(
            (said.name(rule), said.number(more), said.number(less))
            for rule, more, less in found.by_rule
        )
        if rows:
            yield Grid(f"{said.text('what_if')}: {found.book_id}", headings, rows)


def _asked_again(report: Report, said: Wording) -> Iterator[str]:
    for found in report.what_if:
        told = {name: said.number(getattr(found, name)) for name in _ASKED}
        yield f"{said.text('what_if')}: {said.text('what_if_text', book=found.book_id, **told)}"


def _shares(one: Indicator, past: Indicator, whole: Indicator, said: Wording) -> Grid:
    rows: list[tuple[str, ...]] = []
    for share in one.shares:
        before, all_ = _by_key(past.shares, share.key), _by_key(whole.shares, share.key)
        rows.append(
            (
                f"{said.name(share.key)} ({said.unit(share.unit)})",
                _percent(share, said),
                f"{said.number(share.yes.count)} / {said.number(share.yes.count + share.no.count)}",
                said.number(share.unknown.count),
                "–" if before is None else _percent(before, said),
                "–" if all_ is None else _percent(all_, said),
                _target(share, said),
            )
        )
    keys = ("figure", "share", "of_known", "unknown", "last_year", "median_whole", "target")
    return Grid("", tuple(said.text(key) for key in keys), tuple(rows))


def _percent(share: Share, said: Wording) -> str:
    if is_never(share):
        return said.number(share.yes.count)
    return said.percent(share.percent)


def _target(share: Share, said: Wording) -> str:
    if share.target is None:
        return ""
    if is_never(share):
        text = "0"
    else:
        key = "at_least" if share.reach == "at-least" else "at_most"
        text = said.text(key, n=share.target)
    return f"{text}: {said.text(share.standing or 'nobody')}"


def _spreads(one: Indicator, past: Indicator, whole: Indicator, said: Wording) -> Grid:
    rows: list[tuple[str, ...]] = []
    # A preparation that nobody has is no line; where nobody has any, all are.
    some = any(spread.n for spread in one.distributions)
    for spread in one.distributions:
        if some and spread.n == 0 and not _by_key_n(past.distributions, spread.key):
            continue
        before = _by_key(past.distributions, spread.key)
        all_ = _by_key(whole.distributions, spread.key)

        def median(other: Any, unit: Any = spread.unit) -> str:
            if other is None or other.n == 0:
                return "–"
            return said.value(other.median, unit) if other.n >= small_n() else f"n = {other.n}"

        enough = spread.n >= small_n()
        low, high = spread.quartiles
        least, most = spread.tails
        rows.append(
            (
                said.name(spread.key),
                said.number(spread.n),
                said.number(spread.unknown.count),
                said.value(spread.median, spread.unit) if enough else said.few(),
                _span(low, high, spread.unit, said) if enough else "",
                _span(least, most, spread.unit, said) if enough else "",
                median(before),
                median(all_),
            )
        )
    keys = ("unknown", "median", "quartiles", "tails", "last_year", "median_whole")
    headings = (said.text("figure"), "n", *(said.text(key) for key in keys))
    return Grid("", headings, tuple(rows))


def _span(low: int | None, high: int | None, unit: Any, said: Wording) -> str:
    """``20 – 80 mg``: the unit once."""
    first, last = said.value(low, unit), said.value(high, unit)
    ending = last[last.rfind("\u00a0") :] if "\u00a0" in last else ""
    return f"{first.removesuffix(ending)} – {last}"


def _rates(one: Indicator, past: Indicator, said: Wording) -> Grid:
    rows: list[tuple[str, ...]] = []
    for rate in one.rates:
        before = _by_key(past.rates, rate.key)
        rows.append(
            (
                said.name(rate.key),
                said.number(rate.events.count),
                said.decimal(rate.person_days / 365.25),
                _per_100(rate.per_100_years_milli, said),
                f"{_per_100(rate.low_milli, said)} – {_per_100(rate.high_milli, said)}",
                "–" if before is None else _per_100(before.per_100_years_milli, said),
            )
        )
    keys = ("figure", "events", "person_years", "per_100", "interval", "last_year")
    return Grid("", tuple(said.text(key) for key in keys), tuple(rows))


def _per_100(milli: int | None, said: Wording) -> str:
    return "–" if milli is None else said.decimal(milli / 1000)


def _definition(id_: str, said: Wording) -> Iterator[tuple[str, str]]:
    known = definitions().get(id_)
    if known is None:
        yield said.text("definition"), said.text("no_definition")
        return
    yield said.text("counts"), known.counts
    yield said.text("of"), known.of
    yield said.text("unknown"), known.unknown
    if known.confirmed_by:
        standing = said.text("target_confirmed", by=known.confirmed_by)
    else:
        standing = said.text("confirmed_none" if known.target is None else "target_source")
    yield said.text("source"), f"{known.source}. {standing}"


#: Said once for the whole report.
_SAID_ONCE = ("note.erased", "note.opened", "note.quantiles")


_ASKED = ("changed", "decisions", "unknown")


def _notes(report: Report, one: Indicator, said: Wording) -> Iterator[str]:
    counted = [share.n for share in one.shares] + [spread.n for spread in one.distributions]
    empty = not any(counted) and not any(
        cell.count for table in one.tables for row in table.cells for cell in row
    )
    if empty and not one.rates and not one.amounts:
        yield said.text("no_figure")
    for note in caveats(report.figures, one):
        if note.key not in _SAID_ONCE:
            yield said.note(note)
    if one.id == "M22":
        yield from _asked_again(report, said)
