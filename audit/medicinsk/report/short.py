"""Two short reports that may leave the clinic: mortality, and Tabel 4 and 5. One page each.

Small cells are suppressed; a rate of few events is not told. Danish, the same bytes from the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Spacer

from audit.definitions import definitions
from audit.medicinsk.model import Counted, Indicator, Report, Table
from audit.medicinsk.report import layout, proof
from audit.medicinsk.report.chapters import find
from audit.medicinsk.report.layout import ROOM, table, words
from audit.medicinsk.report.wording import Wording, small_n
from audit.medicinsk.suppress import Group, hidden, is_small


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
    rows: list[tuple[str, ...]] = []
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
    single = len(counted.columns) == 1
    made: list[tuple[str, ...]] = []
    if single:
        cells, total = _line([row[0] for row in counted.cells], said)
        names = [said.name(row) for row in counted.rows]
        made = [(name, cell) for name, cell in zip(names, cells, strict=True)]
        made.append((said.text("total"), total))
    else:
        for label, row in zip(counted.rows, counted.cells, strict=True):
            cells, total = _line(row, said)
            made.append((said.name(label), *cells, total))
    headings = [said.unit(counted.unit), *(said.label(column) for column in counted.columns)]
    if not single:
        headings.append(said.text("total"))
    first = 0.3 if len(headings) > 2 else 0.6
    rest = (1 - first) / (len(headings) - 1)
    return table(headings, made, [ROOM * first, *[ROOM * rest] * (len(headings) - 1)])


def _line(cells: Sequence[Counted], said: Wording) -> tuple[list[str], str]:
    """Counts whose total stands beside them, and the total; small ones hidden with one more."""
    least, whole = small_n(), sum(cell.count for cell in cells)
    counts = {at: cell.count for at, cell in enumerate(cells)} | {-1: whole}
    small = {at for at, cell in enumerate(cells) if is_small(cell, least)}
    if 0 < whole < least:
        small.add(-1)
    gone = hidden(counts, small, [Group(tuple(range(len(cells))), -1)])

    def told(at: int, count: int) -> str:
        if at in gone:
            return f"<{least}" if 0 < count < least else "–"
        return (
            said.number(count) if at == -1 else f"{said.number(count)} ({_percent(count, whole)})"
        )

    return [told(at, cell.count) for at, cell in enumerate(cells)], told(-1, whole)


def _percent(count: int, of: int) -> str:
    return "–" if of == 0 else f"{round(100 * count / of)} %"
