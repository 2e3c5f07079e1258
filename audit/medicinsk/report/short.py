"""Two short reports that may leave the clinic: mortality, and Tabel 4 and 5. One page each.

Small cells are suppressed; a rate of few events is not told. Danish, the same bytes from the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Spacer

from audit.definitions import definitions
from audit.medicinsk.model import Indicator, Report, Table
from audit.medicinsk.report import layout, proof
from audit.medicinsk.report.chapters import find
from audit.medicinsk.report.layout import ROOM, table, words
from audit.medicinsk.report.suppressed import suppressed
from audit.medicinsk.report.wording import Wording, small_n


def mortality_pdf(report: Report, fonts: Path) -> bytes:
    """Deaths by age band and treatment affiliation, and per 100 person-years."""
    said = Wording("da")
    return _page(report, fonts, said.text("mortality_title"), ("M19",), said)


def tables_pdf(report: Report, fonts: Path) -> bytes:
    """Status of everybody enrolled (Tabel 4), and visitations by preparation and year (Tabel 5)."""
    said = Wording("da")
    return _page(report, fonts, said.text("tables_title"), ("M17", "M18"), said)


def _page(report: Report, fonts: Path, title: str, ids: tuple[str, ...], said: Wording) -> bytes:
    layout.register_fonts(fonts)
    out = BytesIO()

    class OfThis(layout.Counted):
        running = layout.Running(
            title,
            said.place(report.institution),
            proof.checkpoint_line(report, said),
            said.page_of(),
        )

    paper = layout.Paper(
        out, f"{title} {report.period.last.year} · {said.place(report.institution)}"
    )
    paper.build(list(_story(report, title, ids, said)), canvasmaker=OfThis)
    return out.getvalue()


def _story(report: Report, title: str, ids: tuple[str, ...], said: Wording) -> Iterator[Flowable]:
    period = report.period
    yield words(title, layout.H1)
    span = f"{said.day(period.first)} – {said.day(period.last)}"
    yield words(f"{said.place(report.institution)} · {span}", layout.LEDE)
    yield Spacer(0, 3 * mm)
    for id_ in ids:
        one = find(report.figures, id_)
        yield words(f"{id_}  {said.indicator(id_)}", layout.H2)
        yield from _rates(one, said)
        for counted in one.tables:
            yield words(said.name(counted.key), layout.H3)
            yield _cells(counted, said)
        if not one.tables and not one.rates:
            yield words(said.text("no_figure"))
        known = definitions().get(id_)
        if known is not None:
            text = f"{said.text('definition')}: {known.counts} / {known.of}. {known.source}."
            yield words(text, layout.SOFTLY)
    yield Spacer(0, 4 * mm)
    yield words(said.text("suppressed", small=small_n()), layout.SMALL)


def _rates(one: Indicator, said: Wording) -> Iterator[Flowable]:
    if not one.rates:
        return
    rows = []
    for rate in one.rates:
        few = 0 < rate.events.count < small_n()
        values = (rate.per_100_years_milli, rate.low_milli, rate.high_milli)
        figures = ["–" if few or one is None else said.decimal(one / 1000) for one in values]
        rows.append(
            (
                said.name(rate.key),
                f"<{small_n()}" if few else said.number(rate.events.count),
                said.decimal(rate.person_days / 365.25),
                figures[0],
                f"{figures[1]} – {figures[2]}",
            )
        )
    keys = ("figure", "events", "person_years", "per_100", "interval")
    yield table(tuple(said.text(key) for key in keys), rows, layout.spread_widths(5, 0.32))


def _cells(counted: Table, said: Wording) -> Flowable:
    """Counts with their per cent: of the column in a single one, of the row in several."""
    rows = [tuple(cell.count for cell in row) for row in counted.cells]
    single = len(counted.columns) == 1
    if single:
        lines = [tuple(row[0] for row in rows)]
        shown = [(cell,) for cell in _line(lines[0], said)]
    else:
        lines = rows
        shown = [_line(row, said) for row in rows]
    made = []
    for label, row, cells in zip(counted.rows, rows, shown, strict=True):
        total = () if single else (_total(sum(row), said),)
        made.append((said.name(label), *cells, *total))
    if single:
        made.append((said.text("total"), _total(sum(lines[0]), said)))
    headings = [said.unit(counted.unit), *(said.label(column) for column in counted.columns)]
    if not single:
        headings.append(said.text("total"))
    first = 0.3 if len(headings) > 2 else 0.6
    rest = (1 - first) / (len(headings) - 1)
    return table(headings, made, [ROOM * first, *[ROOM * rest] * (len(headings) - 1)])


def _line(counts: tuple[int, ...], said: Wording) -> tuple[str, ...]:
    """Counts whose total stands beside them."""
    whole, least = sum(counts), small_n()
    return tuple(
        f"<{least}"
        if 0 < count < least
        else "–"
        if hide
        else f"{said.number(count)} ({_percent(count, whole)})"
        for count, hide in zip(counts, suppressed(counts, least), strict=True)
    )


def _total(count: int, said: Wording) -> str:
    return f"<{small_n()}" if 0 < count < small_n() else said.number(count)


def _percent(count: int, of: int) -> str:
    return "–" if of == 0 else f"{round(100 * count / of)} %"
