"""What the rules want to know of the doses asked for, worked out once per request."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dosing_rules.facts import DoseAsked

Doses = tuple["DoseAsked", ...]


def sorted_out(doses: Doses, on: date) -> tuple[Doses, Doses, Doses, dict[date, int], date, date]:
    """Taken home, swallowed here, one of each kind (how, part, amount); micrograms by day; the
    first and last day of today and all doses."""
    if len(doses) == 1:
        # Most hand-outs are one dose.
        dose = doses[0]
        day = dose.for_on
        first, last = (day, on) if day < on else (on, day)
        home, here = (doses, ()) if dose.how == "take_home" else ((), doses)
        return home, here, doses, {day: dose.amount_ug}, first, last
    return _many(doses, on)


def _many(
    doses: Sequence["DoseAsked"], on: date
) -> tuple[Doses, Doses, Doses, dict[date, int], date, date]:
    home: list[DoseAsked] = []
    here: list[DoseAsked] = []
    kinds: dict[tuple[str, int, int], DoseAsked] = {}
    by_day: dict[date, int] = {}
    first = last = on
    how, part, amount_ug = "", 0, -1
    for dose in doses:
        day = dose.for_on
        # A supply is the same dose day after day: most are of the kind just seen.
        if dose.amount_ug != amount_ug or dose.part != part or dose.how != how:
            how, part, amount_ug = dose.how, dose.part, dose.amount_ug
            kinds.setdefault((how, part, amount_ug), dose)
        (home if how == "take_home" else here).append(dose)
        if day > last:
            last = day
            by_day[day] = amount_ug
            continue
        by_day[day] = by_day.get(day, 0) + amount_ug
        if day < first:
            first = day
    return tuple(home), tuple(here), tuple(kinds.values()), by_day, first, last
