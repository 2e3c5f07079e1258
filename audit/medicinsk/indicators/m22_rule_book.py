"""M22: rule books in force in the period, changes of them, and numbers that nobody has confirmed.

What last year would have looked like under another book is asked of the ledger by ``whatif``.
"""

from datetime import date
from typing import ClassVar

from audit.medicinsk.model import Amount, BookInForce, Indicator, Period, Table
from audit.medicinsk.parts import Part
from audit.medicinsk.places import Place, Places
from audit.medicinsk.scope import Scope
from audit.medicinsk.tallies import TableTally


class BooksInForce:
    """M22."""

    id: ClassVar[str] = "M22"

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add(self, part: Part) -> None:
        """Concerns no person."""

    def done(self) -> Indicator:
        """Books by unit, changes, and unconfirmed numbers of each book."""
        scope = self._scope
        found = [
            one for place in scope.units for one in in_force(place, scope.period, scope.places)
        ]
        changes = sum(scope.period.first < one.from_on for one in found)
        opened = sum(1 for place in scope.units if _began_in(place, scope.period))
        unconfirmed = {one.book_id: one.unconfirmed for one in found}
        known = [one for one in unconfirmed.values() if one is not None]
        total = None if len(known) < len(unconfirmed) else sum(known)
        return Indicator(
            self.id,
            tables=(_books(found),),
            amounts=(
                Amount("m22.books", "numbers", len(unconfirmed)),
                Amount("m22.changes", "numbers", changes - opened),
                Amount("m22.unconfirmed", "numbers", total),
            ),
        )


def in_force(place: Place, period: Period, places: Places) -> list[BookInForce]:
    """The books of a unit in a period, in order; the first may have begun before it."""
    told = [one for one in place.books if one[0] <= period.last and one[1] <= period.last]
    days = sorted({max(told_on, from_on) for told_on, from_on, *_ in told})
    found: list[BookInForce] = []
    for on in days:
        named = place.book_on(on)
        if named is None or (found and (found[-1].book_id, found[-1].sha256) == named):
            continue
        if found:
            found[-1] = _until(found[-1], on)
        book = places.book_named(*named)
        unconfirmed = (
            None if book is None else sum(not one.confirmed for one in book.limits.values())
        )
        found.append(BookInForce(place.unit_id, *named, on, None, unconfirmed))
    return [one for one in found if one.to_on is None or one.to_on >= period.first]


def _until(book: BookInForce, next_on: date) -> BookInForce:
    last = date.fromordinal(next_on.toordinal() - 1)
    return BookInForce(
        book.unit_id, book.book_id, book.sha256, book.from_on, last, book.unconfirmed
    )


def _began_in(place: Place, period: Period) -> bool:
    """Whether the unit's very first book began in the period: that is no change."""
    begun = [max(told_on, from_on) for told_on, from_on, *_ in place.books]
    return bool(begun) and period.first < min(begun) <= period.last


def _books(found: list[BookInForce]) -> Table:
    table = TableTally("m22.units", "numbers", columns=["units"])
    for one in found:
        table.add(f"{one.book_id} {one.sha256[:12]}", "units", None)
    return table.table()
