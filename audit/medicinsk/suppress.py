"""Small cells hidden, and with them whatever would let a reader compute them. Pure.

A cell is small where it counts fewer than so many, or fewer people than so many stand behind it;
zero is told. A group is cells that add up to a total that is a cell as well: where exactly one of
them is hidden it can be computed, so one more is hidden, the smallest first; until nothing is left
that can be computed from one group.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from audit.medicinsk.model import Counted, Table

Cell = TypeVar("Cell", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Group(Generic[Cell]):
    """Parts that add up to the total."""

    parts: tuple[Cell, ...]
    total: Cell


#: Tables whose rows somebody wrote in own words: a word may name a person.
FREE_TEXT = frozenset({"m14.reasons"})


def without_free_text(table: Table) -> Table:
    """The table as it may be read outside the unit: of written words only how many there are."""
    if table.key not in FREE_TEXT or not table.rows:
        return table
    columns = range(len(table.columns))
    sums = [Counted(table.total(column)) for column in table.columns]
    people = [{who for row in table.cells for who in row[c].people} for c in columns]
    cells = tuple(
        Counted(one.count, tuple(sorted(of))) for one, of in zip(sums, people, strict=True)
    )
    return Table(table.key, table.unit, ("written",), table.columns, (cells,))


def is_small(counted: Counted, least: int, *, of_people: bool = True) -> bool:
    """Whether a count is not told outside. ``of_people`` False: it is about no person at all."""
    if not of_people:
        return False
    return 0 < counted.count < least or 0 < len(counted.people) < least


def hidden(
    cells: Mapping[Cell, int], small: Iterable[Cell], groups: Sequence[Group[Cell]]
) -> frozenset[Cell]:
    """Every cell that must not be told: the small ones, and those that would give them away."""
    found = set(small)
    again = True
    while again:
        again = False
        for group in groups:
            members = (*group.parts, group.total)
            if sum(one in found for one in members) != 1:
                continue
            left = [one for one in group.parts if one not in found and cells[one] > 0]
            one_more = min(left, key=lambda one: cells[one], default=group.total)
            if one_more not in found:
                found.add(one_more)
                again = True
    return frozenset(found)
