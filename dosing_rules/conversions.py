"""From tablets under the tongue to a depot, and levomethadone: tables, never a ratio of substances.

Methadone is never turned into buprenorphine by a factor. The depot's table is the rule book's
(``[[first_depot]]``), levomethadone's figure stands with the other equivalents.
"""

from dosing_rules.book_tables import FirstDepot
from dosing_rules.rulebook import RuleBook
from dosing_rules.substance_tables import SUBSTANCE_TABLES

_METHADONE_OF_LEVOMETHADONE: int = SUBSTANCE_TABLES["levomethadone"]["methadone_mg"]


def first_depot_row(daily_ug: int, book: RuleBook) -> FirstDepot | None:
    """The book's row for a daily dose under the tongue; ``None`` where the table has none."""
    return next((row for row in book.first_depot if row.low_ug <= daily_ug <= row.high_ug), None)


def methadone_of_levomethadone_ug(levomethadone_ug: int) -> int:
    """Racemic methadone equal to an amount of levomethadone."""
    return levomethadone_ug * _METHADONE_OF_LEVOMETHADONE
