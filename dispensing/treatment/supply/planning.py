"""Which days a supply order has, and which of them begin and end by a decision. Pure.

A day never changes hands once a dose of it is taken, nor while a list that may be used still says
that its place gives the person: it stays where it is, and the later ones follow the decision. So
every day has one place at any time, whatever is decided in which order.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from dispensing.treatment.supply.store import Frame, Standing

#: Days are made so far ahead; an order that reaches further is followed when it is renewed.
LONGEST_AHEAD = timedelta(days=366)
NEVER = date.min
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Terms:
    """How a person is supplied, as a doctor decides it. Weekdays are ISO numbers, Monday 1.

    ``weekdays`` are those at the pharmacy; on the others the person comes to the unit.
    ``wanted_until`` None: as long as the medicine is ordered.
    """

    pharmacy_unit_id: int
    from_on: date
    wanted_until: date | None
    weekdays: frozenset[int]
    supervised_weekdays: frozenset[int]
    pickup_weekdays: frozenset[int]
    take_home_days: int


@dataclass(frozen=True, slots=True)
class Days:
    """The days that begin and end, in order, and the last one the order reaches as it stands."""

    begins: tuple[date, ...]
    ends: tuple[date, ...]
    until_on: date


def terms_of(standing: Standing) -> Terms:
    """The terms of a version."""
    return Terms(
        standing.pharmacy_unit_id,
        standing.from_on,
        standing.wanted_until,
        standing.weekdays,
        standing.supervised_weekdays,
        standing.pickup_weekdays,
        standing.take_home_days,
    )


def reaches(terms: Terms, ordered_until: date | None) -> date:
    """The last day: the doctor's own, and never beyond the medicine's; ``NEVER`` without one."""
    if ordered_until is None:
        return NEVER
    return min(ordered_until, terms.wanted_until or ordered_until)


def days_of(
    frame: Frame,
    terms: Terms | None,
    *,
    unit_id: int,
    from_on: date,
    ordered_until: date | None,
) -> Days:
    """What a decision changes from ``from_on`` on; ``terms`` None: no day at a pharmacy any more.

    Days before ``from_on`` stay as they are. Where the right lies elsewhere than at the unit that
    decides there is nothing to give away, and no day begins.
    """
    first = max(from_on, frame.today)
    until = reaches(terms, ordered_until) if terms is not None else NEVER
    last = min(until, frame.today + LONGEST_AHEAD)
    wanted = set[date]()
    if terms is not None and frame.holder == unit_id:
        begin = max(first, terms.from_on)
        for number in range(max((last - begin).days + 1, 0)):
            day = begin + number * _DAY
            open_then = (terms.pharmacy_unit_id, day) not in frame.closed
            if day.isoweekday() in terms.weekdays and open_then:
                wanted.add(day)
    staying, ends = set[date](), list[date]()
    for one in frame.days:
        kept = one.day < first or (
            terms is not None and one.unit_id == terms.pharmacy_unit_id and one.day in wanted
        )
        if kept or one.day in frame.taken or (one.unit_id, one.day) in frame.on_paper:
            staying.add(one.day)
        else:
            ends.append(one.day)
    begins = [
        day
        for day in sorted(wanted - staying - frame.taken)
        if (unit_id, day) not in frame.on_paper
    ]
    return Days(tuple(begins), tuple(ends), until)
