"""From the model to charts: which figure is drawn how, with last year and the others beside it."""

from __future__ import annotations

from collections.abc import Iterator

from audit.medicinsk.model import Distribution, Figures, Indicator, Rate, Report, Share, Table
from audit.medicinsk.report import bars, charts
from audit.medicinsk.report.marks import SHADES, Chart
from audit.medicinsk.report.stands_out import is_never
from audit.medicinsk.report.wording import Wording, bar_labels, on_axis, small_n

MOST_PLACES = 24
#: Tables whose two columns are no parts of a whole: the second is drawn beside the first.
BESIDE = frozenset({"m21.months"})
MOST_STACKED = 14


def plots(report: Report, one: Indicator, said: Wording) -> tuple[Chart, ...]:
    """The charts of an indicator, in the order of its figures. None for what nobody is counted."""
    found: list[Chart] = []
    for share in _drawn(one):
        found += _places(report, one, share, said)
    for spread in one.distributions:
        if spread.n >= small_n():
            found += _spread(report, one, spread, said)
    for table in one.tables:
        found += _table(report, one, table, said)
    for rate in one.rates:
        found += _rates(report, one, rate, said)
    return tuple(found)


def _drawn(one: Indicator) -> list[Share]:
    """Shares with a target, else the first two: more dots than that say nothing more."""
    usable = [share for share in one.shares if share.n and not is_never(share)]
    return [share for share in usable if share.target is not None] or usable[:2]


def beside(report: Report, id_: str) -> Iterator[tuple[Figures, Indicator]]:
    """The other institutions that have the indicator, in their order."""
    for other in report.others:
        for one in other.indicators:
            if one.id == id_:
                yield other, one


def _places(report: Report, one: Indicator, share: Share, said: Wording) -> Iterator[Chart]:
    rows = [_dot(said.place(report.institution), share, said, own=True)]
    for other, indicator in beside(report, one.id):
        rows += [
            _dot(other.institution.name, it, said) for it in indicator.shares if it.key == share.key
        ]
    if len(rows) > 1:
        whole = [it for it in _of(report.whole, one.id).shares if it.key == share.key]
        rows += [_dot(said.text("whole"), it, said) for it in whole]
    if len(rows) < 2:
        return
    target = None
    if share.target is not None:
        key = "at_least" if share.reach == "at-least" else "at_most"
        target = (float(share.target), f"{said.text('target')}: {said.text(key, n=share.target)}")
    yield bars.dots(
        said.text("places_title", name=said.full_name(one, share.key)),
        rows[:MOST_PLACES],
        said.text("share_of_people"),
        said.few(),
        (said.text("institution"), "n", said.text("per_cent_of")),
        target,
    )


def _of(figures: Figures, id_: str) -> Indicator:
    return next((it for it in figures.indicators if it.id == id_), Indicator(id_))


def n_text(n: int, own: bool, said: Wording) -> str:
    """How many are counted; of another institution not exactly, where they are few."""
    return said.number(n) if own or n == 0 or n >= small_n() else f"<{small_n()}"


def _dot(name: str, share: Share, said: Wording, own: bool = False) -> bars.Dot:
    percent, n = share.percent, n_text(share.n, own, said)
    if percent is None or share.n < small_n():
        return bars.Dot(name, n, None, own=own)
    # As far as the unknown may yet move it.
    low = 100 * share.yes.count / share.n
    high = 100 * (share.yes.count + share.unknown.count) / share.n
    known = share.unknown.count == 0
    return bars.Dot(name, n, float(percent), None if known else low, None if known else high, own)


def _spread(report: Report, one: Indicator, now: Distribution, said: Wording) -> Iterator[Chart]:
    name = said.name(now.key)
    past = _same(report.before, one.id, now.key)
    unit = said.unit(now.unit)
    if now.edges:
        # Bars are compared with the same bars only.
        alike = past if past is not None and past.edges == now.edges and past.n else None
        yield charts.histogram(
            said.text("spread_title", name=name),
            bar_labels(now, said),
            charts.Series(_year(report.figures), now.histogram(), said.number(now.n)),
            charts.Series(_year(report.before), alike.histogram(), said.number(alike.n))
            if alike is not None and report.before is not None
            else None,
            unit,
            said.text("share_of_people"),
        )
    low, high = now.tails
    if now.edges or low != high:
        # Where everybody has the same there is no box to see.
        yield _boxes(report, one, now, said)
    if now.edges:
        yield from _multiples(report, one, now, said)


def _year(figures: Figures | None) -> str:
    return "" if figures is None else str(figures.period.last.year)


def _same(figures: Figures | None, id_: str, key: str) -> Distribution | None:
    if figures is None:
        return None
    return next((it for it in _of(figures, id_).distributions if it.key == key), None)


def _boxes(report: Report, one: Indicator, now: Distribution, said: Wording) -> Chart:
    years = [report.figures, *([report.before] if report.before else []), *earlier(report)]
    rows: list[charts.Spread] = []
    for figures in years:
        spread = _same(figures, one.id, now.key)
        if spread is not None:
            rows.append(_box(_year(figures), spread, figures is report.figures, said))
    whole = _same(report.whole, one.id, now.key)
    if whole is not None and report.others:
        rows.append(_box(f"{said.text('whole')} {_year(report.whole)}", whole, False, said))
    return charts.boxes(
        said.text("years_title", name=said.name(now.key)),
        rows,
        lambda value: said.value(value, now.unit),
        lambda value: on_axis(now.unit, value),
        said.unit(now.unit),
        said.few(),
        ("", "n", *(said.text(key) for key in ("p5", "p25", "median", "p75", "p95"))),
    )


def earlier(report: Report) -> tuple[Figures, ...]:
    """Years before last year, newest first; none where the model does not hold them."""
    found: tuple[Figures, ...] = getattr(report, "earlier", ())
    return found


def _box(label: str, spread: Distribution, own: bool, said: Wording) -> charts.Spread:
    n = said.number(spread.n)
    if spread.n < small_n():
        return charts.Spread(label, n, None, own)
    low, first, median, third, most = (
        spread.quantile(percent) or 0 for percent in (5, 25, 50, 75, 95)
    )
    return charts.Spread(label, n, (low, first, median, third, most), own)


def _multiples(report: Report, one: Indicator, now: Distribution, said: Wording) -> Iterator[Chart]:
    own = charts.Series(said.place(report.institution), now.histogram(), said.number(now.n))
    places = [(own, True)]
    for other, indicator in beside(report, one.id):
        places += [
            (_of_another(other.institution.name, it, said), False)
            for it in indicator.distributions
            if it.key == now.key and it.edges == now.edges
        ]
    if len(places) < 2:
        return
    labels = bar_labels(now, said)
    yield charts.multiples(
        said.text("multiples_title", name=said.name(now.key)),
        places[:MOST_PLACES],
        labels,
        said.few(),
        small_n(),
        (said.text("institution"), "n", *labels),
    )


def is_drawn(table: Table) -> bool:
    """Whether a table becomes a chart, too: somebody is counted, and it is not too long for one."""
    counted = any(cell.count for row in table.cells for cell in row)
    if len(table.columns) == 1:
        return counted and len(table.rows) <= MOST_PLACES
    return counted and len(table.rows) <= MOST_STACKED and len(table.columns) <= len(SHADES)


def _beside(table: Table, rows: list[str], said: Wording) -> Chart:
    first, second = (said.label(column) for column in table.columns)
    return bars.bars(
        said.name(table.key),
        [
            (name, cells[0].count, cells[1].count)
            for name, cells in zip(rows, table.cells, strict=True)
        ],
        ("", first, second),
        first,
        second,
        said.number,
    )


def _of_another(name: str, it: Distribution, said: Wording) -> charts.Series:
    return charts.Series(name, it.histogram(), n_text(it.n, False, said))


def _table(report: Report, one: Indicator, table: Table, said: Wording) -> Iterator[Chart]:
    if not is_drawn(table):
        return
    rows = [said.name(row) for row in table.rows]
    if table.key in BESIDE:
        yield _beside(table, rows, said)
        return
    if len(table.columns) == 1:
        past = _table_before(report, one, table)
        yield bars.bars(
            said.name(table.key),
            [
                (name, cells[0].count, None if past is None else past.get(key, 0))
                for key, name, cells in zip(table.rows, rows, table.cells, strict=True)
            ],
            ("", _year(report.figures), *((_year(report.before),) if past is not None else ())),
            _year(report.figures),
            None if past is None else _year(report.before),
            said.number,
        )
        return
    parts: list[bars.Parts] = []
    for name, cells in zip(rows, table.cells, strict=True):
        counts = tuple(cell.count for cell in cells)
        n = sum(counts)
        parts.append(bars.Parts(name, counts if n >= small_n() else None, said.number(n)))
    yield bars.shares(
        said.name(table.key),
        parts,
        [said.label(column) for column in table.columns],
        said.few(),
        "",
    )


def _table_before(report: Report, one: Indicator, table: Table) -> dict[str, int] | None:
    if report.before is None:
        return None
    for it in _of(report.before, one.id).tables:
        if it.key == table.key and it.columns == table.columns:
            return {row: cells[0].count for row, cells in zip(it.rows, it.cells, strict=True)}
    return None


def _rates(report: Report, one: Indicator, rate: Rate, said: Wording) -> Iterator[Chart]:
    rows = [_rate_dot(said.place(report.institution), rate, True, said)]
    for other, indicator in beside(report, one.id):
        rows += [
            _rate_dot(other.institution.name, it, False, said)
            for it in indicator.rates
            if it.key == rate.key
        ]
    if len(rows) < 2:
        return
    rows += [
        _rate_dot(said.text("whole"), it, False, said)
        for it in _of(report.whole, one.id).rates
        if it.key == rate.key
    ]
    yield bars.dots(
        said.text("places_title", name=said.name(rate.key)),
        rows[:MOST_PLACES],
        said.text("per_100"),
        said.few(),
        (said.text("institution"), said.text("events"), said.text("per_100")),
        most=None,
        decimals=1,
    )


def _rate_dot(name: str, rate: Rate, own: bool, said: Wording) -> bars.Dot:
    """A rate with its interval; few events of another institution are not told by way of one."""
    n = rate.events.count
    if not own and 0 < n < small_n():
        return bars.Dot(name, n_text(n, own, said), None)
    values = (rate.per_100_years_milli, rate.low_milli, rate.high_milli)
    value, low, high = (None if one is None else one / 1000 for one in values)
    return bars.Dot(name, said.number(n), value, low, high, own)
