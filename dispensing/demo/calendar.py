"""Which days a place is closed: public holidays, the days Copenhagen adds, and its weekends."""

from __future__ import annotations

from datetime import date, timedelta

from dispensing.demo.catalogue import Place
from dispensing.units.calendar import holidays_between

DAYS_AHEAD = 60
DAYS_BACK = 30
_WEEKDAYS = {6: "Lørdag", 7: "Søndag"}


def closed_days(place: Place, first: date, last: date) -> dict[date, str]:
    """The closed days of a place with their names, both ends included."""
    closed: dict[date, str] = {}
    day = first
    while day <= last:
        if day.isoweekday() in place.closed_weekdays:
            closed[day] = _WEEKDAYS[day.isoweekday()]
        day += timedelta(days=1)
    if place.closed_on_holidays:
        closed |= holidays_between(first, last)
    return dict(sorted(closed.items()))
