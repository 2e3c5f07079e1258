"""Which days a place is closed: public holidays, the days Copenhagen adds, and its weekends."""

from __future__ import annotations

from datetime import date, timedelta

import holidays

from dispensing.demo.catalogue import Place

DAYS_AHEAD = 60
DAYS_BACK = 30
_ADDED = {(6, 5): "Grundlovsdag", (12, 24): "Juleaftensdag", (12, 31): "Nytårsaftensdag"}
_WEEKDAYS = {6: "Lørdag", 7: "Søndag"}


def holidays_between(first: date, last: date) -> dict[date, str]:
    """Danish public holidays and 5 June, 24 and 31 December, with their Danish names."""
    years = range(first.year, last.year + 1)
    found = dict(holidays.country_holidays("DK", years=years, language="da").items())
    for year in years:
        for (month, day), name in _ADDED.items():
            found.setdefault(date(year, month, day), name)
    return {day: name for day, name in sorted(found.items()) if first <= day <= last}


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
