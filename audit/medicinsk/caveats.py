"""What stands beside an indicator: small n, unknown, erased, opened during the period."""

from audit.definitions import rules
from audit.medicinsk.model import Figures, Indicator, Note


def caveats(figures: Figures, indicator: Indicator) -> tuple[Note, ...]:
    """The indicator's own notes, and those that its numbers ask for."""
    least = rules()["caveat_below"].value
    found = list(indicator.notes)
    sizes = [one.n for one in (*indicator.shares, *indicator.distributions)]
    if any(0 < size < least for size in sizes):
        found.append(Note("note.small-n", (("least", str(least)),)))
    unknown = sum(one.unknown.count for one in indicator.shares)
    if unknown:
        found.append(Note("note.unknown", (("count", str(unknown)),)))
    if figures.erased:
        found.append(Note("note.erased", (("count", str(figures.erased)),)))
    if figures.institution.opened_on is not None:
        day = figures.institution.opened_on.isoformat()
        found.append(Note("note.opened", (("day", day),)))
    if figures.institution.closed_on is not None:
        day = figures.institution.closed_on.isoformat()
        found.append(Note("note.closed", (("day", day),)))
    if indicator.distributions:
        found.append(Note("note.quantiles"))
    return tuple(found)
