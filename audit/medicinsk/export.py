"""Figures as rows: one for each number, with small cells hidden where they leave the clinic.

CSV is UTF-8, separated by semicolons, lines end with CRLF, a decimal is never written: amounts are
whole micrograms, rates thousandths. JSON holds the same rows and what they stand on. The same
report gives the same bytes. ``dictionary`` says what each column and each figure is.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from audit.definitions import definitions, rules
from audit.medicinsk import texts
from audit.medicinsk.model import (
    Counted,
    Distribution,
    Figures,
    Indicator,
    Rate,
    Report,
    Share,
    Table,
    WhatIf,
)
from audit.medicinsk.suppress import Group, hidden, is_small, without_free_text

COLUMNS = (
    "institution",
    "first",
    "last",
    "indicator",
    "figure",
    "row",
    "column",
    "measure",
    "unit",
    "value",
    "suppressed",
)
#: Counts of these concern things, not people.
_THINGS = frozenset({"counts", "acts", "numbers"})
WHOLE = "*"

#: Institution, first day, indicator, figure, row, column, measure.
Place = tuple[str, str, str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Row:
    """One number. ``value`` None where nothing is known, or where it is ``suppressed``."""

    institution: str
    first: str
    last: str
    indicator: str
    figure: str
    row: str
    column: str
    measure: str
    unit: str
    value: int | str | None
    suppressed: bool = False


class _Sheet:
    """Rows as they are written, and which of them hang together."""

    def __init__(self, least: int) -> None:
        self.least = least
        self.rows: dict[Place, Row] = {}
        self.cells: dict[Place, int] = {}
        self.small: set[Place] = set()
        self.groups: list[Group[Place]] = []
        #: Shown only where all of these are.
        self.needs: dict[Place, tuple[Place, ...]] = {}

    def put(self, row: Row) -> Place:
        place = _place(row)
        self.rows[place] = row
        return place

    def cell(self, row: Row, counted: Counted) -> Place:
        place = self.put(row)
        self.cells[place] = counted.count
        if is_small(counted, self.least, of_people=row.unit not in _THINGS):
            self.small.add(place)
        return place

    def finished(self, *, leaves: bool) -> tuple[Row, ...]:
        if not leaves:
            return tuple(self.rows.values())
        away = set(hidden(self.cells, self.small, self.groups))
        away |= {place for place, others in self.needs.items() if away.intersection(others)}
        return tuple(_without(row) if place in away else row for place, row in self.rows.items())


def _place(row: Row) -> Place:
    return (
        row.institution,
        row.first,
        row.indicator,
        row.figure,
        row.row,
        row.column,
        row.measure,
    )


def _without(row: Row) -> Row:
    return Row(*[getattr(row, name) for name in COLUMNS[:-2]], value=None, suppressed=True)


def rows_of(report: Report, *, leaves: bool = True) -> tuple[Row, ...]:
    """The institution, last year, the others and all together.

    ``leaves``: it leaves the clinic, small cells are hidden, and nobody's own words are in it.
    """
    sheet = _Sheet(rules()["suppress_below"].value)
    every = [report.figures, *([report.before] if report.before is not None else ())]
    every += [*report.others, report.whole]
    for figures in every:
        for indicator in figures.indicators:
            if leaves:
                tables = tuple([without_free_text(one) for one in indicator.tables])
                indicator = replace(indicator, tables=tables)
            _write(sheet, figures, indicator)
    beside = [one for one in (report.figures, *report.others) if one is not report.whole]
    if beside and report.whole is not report.figures:
        _beside(sheet, beside, report.whole)
    return sheet.finished(leaves=leaves)


def _code(figures: Figures) -> str:
    return WHOLE if figures.institution.unit_id is None else figures.institution.code


def _write(sheet: _Sheet, figures: Figures, indicator: Indicator) -> None:
    period = figures.period
    head = (_code(figures), period.first.isoformat(), period.last.isoformat(), indicator.id)
    for share in indicator.shares:
        _share(sheet, head, share)
    for one in indicator.distributions:
        _distribution(sheet, head, one)
    for table in indicator.tables:
        _table(sheet, head, table)
    for rate in indicator.rates:
        _rate(sheet, head, rate)
    for amount in indicator.amounts:
        row = Row(*head, amount.key, "", "", "value", amount.unit, amount.value)
        if amount.unit == "courses" and amount.value is not None:
            sheet.cell(row, Counted(amount.value, amount.people))
        else:
            sheet.put(row)


_Head = tuple[str, str, str, str]


def _share(sheet: _Sheet, head: _Head, share: Share) -> None:
    parts = [
        sheet.cell(Row(*head, share.key, "", "", name, share.unit, one.count), one)
        for name, one in (("yes", share.yes), ("no", share.no), ("unknown", share.unknown))
    ]
    people = tuple(sorted({*share.yes.people, *share.no.people, *share.unknown.people}))
    whole = Row(*head, share.key, "", "", "n", share.unit, share.n)
    total = sheet.cell(whole, Counted(share.n, people))
    sheet.groups.append(Group(tuple(parts), total))
    told = (*parts[:2],)
    for measure, value in (("percent", share.percent), ("standing", share.standing)):
        place = sheet.put(Row(*head, share.key, "", "", measure, "", value))
        sheet.needs[place] = told


def _distribution(sheet: _Sheet, head: _Head, one: Distribution) -> None:
    def row(measure: str, value: int | None, unit: str) -> Row:
        return Row(*head, one.key, "", "", measure, unit, value)

    everybody = tuple(sorted(set(one.people)))
    total = sheet.cell(row("n", one.n, "people"), Counted(one.n, everybody))
    sheet.cell(row("unknown", one.unknown.count, "people"), one.unknown)
    for percent in (5, 25, 50, 75, 95):
        value = one.quantile(percent)
        place = sheet.put(row(f"p{percent:02d}", value, one.unit))
        sheet.needs[place] = (total,)
        if value is not None and _stands_out(one, value, sheet.least):
            sheet.small.add(place)
    bars: list[Place] = []
    names = [f"to {edge}" for edge in one.edges] + [f"above {one.edges[-1]}"] if one.edges else []
    for name, count in zip(names, one.histogram(), strict=bool(one.edges)):
        bars.append(sheet.cell(row(name, count, "people"), Counted(count)))
    if bars:
        sheet.groups.append(Group(tuple(bars), total))


def _stands_out(one: Distribution, value: int, least: int) -> bool:
    """Whether fewer than so many have this value or a more extreme one."""
    below = sum(other <= value for other in one.values)
    above = sum(other >= value for other in one.values)
    return min(below, above) < least


def _table(sheet: _Sheet, head: _Head, table: Table) -> None:
    places: dict[tuple[int, int], Place] = {}
    for r, (name, cells) in enumerate(zip(table.rows, table.cells, strict=True)):
        for c, (column, one) in enumerate(zip(table.columns, cells, strict=True)):
            row = Row(*head, table.key, name, column, "count", table.unit, one.count)
            # Places of a unit are no people.
            if column == "places":
                places[r, c] = sheet.put(row)
            else:
                places[r, c] = sheet.cell(row, one)
    for c, column in enumerate(table.columns):
        if column == "places" or not table.rows:
            continue
        people = tuple(sorted({who for row in table.cells for who in row[c].people}))
        whole = Row(*head, table.key, "total", column, "count", table.unit, table.total(column))
        total = sheet.cell(whole, Counted(table.total(column), people))
        parts = tuple(places[r, c] for r in range(len(table.rows)))
        sheet.groups.append(Group(parts, total))


def _rate(sheet: _Sheet, head: _Head, rate: Rate) -> None:
    def row(measure: str, value: int | None, unit: str) -> Row:
        return Row(*head, rate.key, "", "", measure, unit, value)

    events = sheet.cell(row("events", rate.events.count, "people"), rate.events)
    sheet.put(row("person_days", rate.person_days, "days"))
    for measure, value in (
        ("per_100_years_milli", rate.per_100_years_milli),
        ("low_milli", rate.low_milli),
        ("high_milli", rate.high_milli),
    ):
        place = sheet.put(row(measure, value, "1/1000 per 100 years"))
        sheet.needs[place] = (events,)


def _beside(sheet: _Sheet, beside: Sequence[Figures], whole: Figures) -> None:
    """A cell of all together is nearly the sum of the institutions': one of them would be told."""
    codes = [_code(one) for one in beside]
    first = whole.period.first.isoformat()
    for place in list(sheet.cells):
        if place[0] != WHOLE or place[1] != first:
            continue
        parts = [(code, *place[1:]) for code in codes if (code, *place[1:]) in sheet.cells]
        if parts:
            sheet.groups.append(Group(tuple(parts), place))


def to_csv(rows: Sequence[Row]) -> bytes:
    """The rows as CSV with a line of headings."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows:
        values = [getattr(row, name) for name in COLUMNS]
        writer.writerow(
            [
                int(one) if isinstance(one, bool) else "" if one is None else _cell(one)
                for one in values
            ]
        )
    return out.getvalue().encode()


def _cell(value: int | str) -> int | str:
    """A text that a spreadsheet would take for a formula is marked as text."""
    if isinstance(value, str) and value[:1] in ("=", "+", "@", "\t"):
        return "'" + value
    return value


def to_json(report: Report, rows: Sequence[Row], *, leaves: bool = True) -> bytes:
    """The rows, and what they stand on: ledger, books, definitions; of a whole year few KB."""
    told: dict[str, Any] = {
        "institution": _code(report.figures),
        "first": report.period.first,
        "last": report.period.last,
        "erased": report.figures.erased,
        "suppressed_below": rules()["suppress_below"].value if leaves else None,
        "definitions_sha256": report.definitions_sha256,
        "ledger": [msgspec.to_builtins(one) for one in report.ledger],
        "books": [msgspec.to_builtins(one) for one in report.books],
        "what_if": [_asked_again(one, leaves=leaves) for one in report.what_if],
        "rows": [msgspec.to_builtins(one) for one in rows],
    }
    return msgspec.json.format(msgspec.json.encode(told, order="deterministic"), indent=1) + b"\n"


def _asked_again(found: WhatIf, *, leaves: bool) -> dict[str, Any]:
    """``leaves``: of few decisions it is not told how many; null stands for them."""
    least = rules()["suppress_below"].value

    def told(count: int) -> int | None:
        return None if leaves and 0 < count < least else count

    return msgspec.to_builtins(found) | {
        "decisions": told(found.decisions),
        "changed": told(found.changed),
        "unknown": told(found.unknown),
        "by_rule": [[rule, told(more), told(less)] for rule, more, less in found.by_rule],
    }


def dictionary() -> tuple[dict[str, str], ...]:
    """What each indicator counts, and what each of its figures is called; from the definitions."""
    return tuple(_entries())


_MEANING = {
    "institution": "the institution's code; * is all together, each person once",
    "first": "first clinic day of the period",
    "last": "last clinic day: the audit date",
    "indicator": "M1-M22",
    "figure": "the share, distribution, table, rate or amount",
    "row": "of a table: the row, `total` for the sum of a column",
    "column": "of a table: the column",
    "measure": "yes, no, unknown, n, percent (of the known, rounded half up), standing (met,"
    " missed, open: depends on the unknown); pNN quantile by nearest rank; to N, above N: people"
    " in a bar of the histogram; count; events, person_days, per_100_years_milli, low_milli,"
    " high_milli; value",
    "unit": "what is counted or measured; ug is whole micrograms",
    "value": "the number; empty where nothing is known, or suppressed",
    "suppressed": "1 where a small cell, or one that would give it away, is hidden",
}


def _entries() -> Iterator[dict[str, str]]:
    for name in COLUMNS:
        yield {"kind": "column", "id": name, "name": name, "meaning": _MEANING[name]}
    figures = texts.texts()["figure"]
    for one in definitions().values():
        target = "" if one.target is None else f"{one.reach} {one.target} {one.unit}"
        yield {
            "kind": "indicator",
            "id": one.id,
            "name": one.name,
            "meaning": one.counts,
            "of": one.of,
            "unknown": one.unknown,
            "target": target,
            "source": one.source,
            "confirmed_by": one.confirmed_by or "nobody yet",
        }
        prefix = f"{one.id.lower()}."
        for key, name in figures.items():
            if key.startswith(prefix):
                edges = ", ".join(str(edge) for edge in one.edges.get(key, ()))
                yield {
                    "kind": "figure",
                    "id": key,
                    "name": name,
                    "meaning": f"bars up to and with: {edges}" if edges else "",
                    "of": one.id,
                }


def dictionary_csv() -> bytes:
    """The dictionary as CSV, in the form of the rows."""
    names = ("kind", "id", "name", "meaning", "of", "unknown", "target", "source", "confirmed_by")
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, names, restval="", delimiter=";", lineterminator="\r\n")
    writer.writeheader()
    for row in dictionary():
        writer.writerow({name: row.get(name, "") for name in names})
    return out.getvalue().encode()
