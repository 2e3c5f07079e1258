"""The people behind a number of the report, by figure and part. Pure.

A figure is a share, a distribution, a table's cell, a rate or an amount; its part says which of its
counts: ``yes``, ``no``, ``unknown``, ``all``, or a table's row and column by place.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from audit.medicinsk.model import Counted, Indicator, Report
from audit.medicinsk.report.wording import Wording
from dispensing.errors import NotFound


@dataclass(frozen=True, slots=True)
class Door:
    """A way from a number to its people: what is behind it, and how many they are."""

    figure: str
    part: str
    name: str
    people: int


def figure_of(figure: str, part: str) -> str:
    """How a figure's part is told in the ledger."""
    return f"{figure}:{part}"


def _parts(one: Indicator, said: Wording) -> Iterator[tuple[str, str, str, Counted]]:
    for share in one.shares:
        name = said.full_name(one, share.key)
        yield share.key, "yes", name, share.yes
        yield share.key, "no", f"{name}: {said.text('not_so')}", share.no
        yield share.key, "unknown", f"{name}: {said.text('unknown').lower()}", share.unknown
    for spread in one.distributions:
        name = said.name(spread.key)
        known = tuple(sorted({who for who in spread.people if who}))
        yield spread.key, "all", name, Counted(len(known), known)
        yield spread.key, "unknown", f"{name}: {said.text('unknown').lower()}", spread.unknown
    for table in one.tables:
        for down, row in enumerate(table.cells):
            for along, cell in enumerate(row):
                label = said.label(table.rows[down])
                if len(table.columns) > 1:
                    label += f", {said.label(table.columns[along])}"
                yield table.key, f"{down}-{along}", f"{said.name(table.key)}: {label}", cell
    for rate in one.rates:
        yield rate.key, "all", said.name(rate.key), rate.events
    for amount in one.amounts:
        if amount.people:
            behind = Counted(len(amount.people), amount.people)
            yield amount.key, "all", said.name(amount.key), behind


def doors(one: Indicator, said: Wording) -> tuple[Door, ...]:
    """Where people stand behind a number of the indicator, in the order of its figures."""
    return tuple(
        Door(figure, part, name, len(counted.people))
        for figure, part, name, counted in _parts(one, said)
        if counted.people
    )


def people_behind(report: Report, indicator: str, figure: str, part: str) -> tuple[int, ...]:
    """The ids behind one figure. Raises NotFound for a figure or part that is none."""
    for one in report.figures.indicators:
        if one.id != indicator:
            continue
        for key, which, _, counted in _parts(one, Wording()):
            if (key, which) == (figure, part):
                return counted.people
    raise NotFound("no such figure")
