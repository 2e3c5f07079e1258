"""From the ledger to a report: the calculation of ``audit``, on a connection of its own.

It reads one snapshot and takes as long as it takes; it runs beside the service, never in it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg

from audit.medicinsk.model import Period, Report
from audit.medicinsk.whatif import what_if
from audit.medicinsk.year import audit
from dosing_rules import RuleBook, load_book
from dosing_rules.rulebook import RuleBookError

#: So many of so many steps are done.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which report. ``signatures``: the folder of signatures under rule books.

    ``proposed``: an installed book, under which the period's decisions are asked again, too.
    """

    url: str
    unit_code: str
    period: Period
    signatures: Path
    proposed: str | None = None


Compute = Callable[[Wanted, Progress], Report]


def compute(wanted: Wanted, progress: Progress) -> Report:
    """The report of the ledger as it stands. Raises as ``audit`` (UnknownUnit, LedgerChanged).

    With a proposed book as ``what_if``, too: BookDiffers, RuleBookError.
    """

    def book_of(book_id: str, sha256: str) -> RuleBook | None:
        try:
            book = load_book(book_id, wanted.signatures)
        except (RuleBookError, OSError):
            return None
        return book if book.sha256 == sha256 else None

    def own_book(book_id: str) -> Sequence[RuleBook]:
        plain, signed = load_book(book_id), load_book(book_id, wanted.signatures)
        return (plain,) if signed == plain else (plain, signed)

    total = 2 if wanted.proposed is None else 3
    progress(0, total)
    options = "-c timezone=UTC -c default_transaction_isolation=repeatable\\ read"
    with psycopg.connect(wanted.url, options=options) as connection:
        connection.read_only = True
        made = audit(connection, wanted.period, book_of, code=wanted.unit_code)
        progress(1, total)
        if wanted.proposed is not None:
            proposed = load_book(wanted.proposed, wanted.signatures)
            unit_id = made.institution.unit_id
            # In the same snapshot as the figures.
            asked = what_if(connection, wanted.period, unit_id, own_book, proposed)
            made = replace(made, what_if=(asked,))
            progress(2, total)
    return made
