"""From the ledger to a report: the calculation of ``audit``, on a connection of its own.

It reads one snapshot and takes as long as it takes; it runs beside the service, never in it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg

from audit.medicinsk.model import Period, Report
from audit.medicinsk.year import audit
from dosing_rules import RuleBook, load_book
from dosing_rules.rulebook import RuleBookError

#: So many of so many steps are done.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which report. ``signatures``: the folder of signatures under rule books."""

    url: str
    unit_code: str
    period: Period
    signatures: Path


Compute = Callable[[Wanted, Progress], Report]


def compute(wanted: Wanted, progress: Progress) -> Report:
    """The report of the ledger as it stands. Raises as ``audit``: UnknownUnit, LedgerChanged."""

    def book_of(book_id: str, sha256: str) -> RuleBook | None:
        try:
            book = load_book(book_id, wanted.signatures)
        except (RuleBookError, OSError):
            return None
        return book if book.sha256 == sha256 else None

    progress(0, 2)
    options = "-c timezone=UTC -c default_transaction_isolation=repeatable\\ read"
    with psycopg.connect(wanted.url, options=options) as connection:
        connection.read_only = True
        made = audit(connection, wanted.period, book_of, code=wanted.unit_code)
    progress(1, 2)
    return made
