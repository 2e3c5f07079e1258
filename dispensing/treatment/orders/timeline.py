"""What holds when: orders, steps ahead, pauses and gaps as one row of days. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from dispensing.treatment.orders.asking import Undone, in_force
from dispensing.treatment.orders.store import Orders
from dosing_rules import Prescription

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """Days on which one order holds; ``order`` None: none does. ``last`` None: until further."""

    first: date
    last: date | None
    order: Prescription | None
    new: bool = False


def timeline(orders: Orders, today: date, drafted: Sequence[Prescription] = ()) -> tuple[Span, ...]:
    """What is handed out by from today on, with a draft's versions as if they were signed.

    It ends with the days after the last order: nobody is handed anything by then. The order of the
    dose for the night, where there is one, follows as a row of its own.
    """
    by_day = _row(orders, today, [one for one in drafted if not one.night], night=False)
    nights = [one for one in drafted if one.night]
    if not nights and not orders.of(night=True):
        return by_day
    return by_day + _row(orders, today, nights, night=True)


def held(orders: Orders, today: date, first: date, *, night: bool) -> tuple[Prescription, ...]:
    """The orders that hold one after another from today until ``first``, up to a day without any.

    Each ends as another takes its place.
    """
    found: list[Prescription] = []
    for span in _row(orders, today, (), night=night):
        if span.order is None or (span.first >= first and found):
            break
        found.append(replace(span.order, valid_to=span.last))
    return tuple(found)


def last_day(orders: Orders, today: date, *, night: bool) -> date | None:
    """The last day from today on which any order of that kind holds, signed ahead or not."""
    spans = _row(orders, today, (), night=night)
    return max((span.last for span in spans if span.order and span.last), default=None)


def undone(orders: Orders, today: date, first: date, *, night: bool) -> Undone:
    """What an order that begins on ``first`` takes the place of on that day and all later ones.

    Only what would have come to hold: what something newer has overtaken already is not lost now.
    A stop or pause that begins after today and still holds on ``first`` is cut short.
    """
    known, stops = orders.of(night=night), orders.stops_by_version()
    lifted, dropped = set[date](), set[date]()
    for day in sorted({first, *stops.values(), *[one.valid_from for one in known]}):
        if day < first:
            continue
        begun = {one.version: one.valid_from for one in known if one.valid_from <= day}
        halted = {version: from_on for version, from_on in stops.items() if from_on <= day}
        newest = max([*begun, *halted], default=None)
        if newest in halted and halted[newest] > today:
            lifted.add(halted[newest])
        elif newest in begun and begun[newest] == day > today:
            dropped.add(day)
    return Undone(tuple(sorted(lifted)), tuple(sorted(dropped)))


def _row(
    orders: Orders, today: date, drafted: Sequence[Prescription], *, night: bool
) -> tuple[Span, ...]:
    known = (*orders.of(night=night), *drafted)
    stops = orders.stops_by_version()
    begins = {today, *stops.values(), *[one.valid_from for one in known]}
    begins |= {one.valid_to + _DAY for one in known if one.valid_to is not None}
    drafts = {one.version for one in drafted}
    spans: list[Span] = []
    for day in sorted(one for one in begins if one >= today):
        version = in_force(known, stops, day)
        order = next((one for one in known if one.version == version), None)
        if order is not None and order.valid_to is not None and order.valid_to < day:
            order = None
        if spans and spans[-1].order == order:
            continue
        if spans:
            spans[-1] = Span(spans[-1].first, day - _DAY, spans[-1].order, spans[-1].new)
        spans.append(Span(day, None, order, order is not None and order.version in drafts))
    return tuple(spans)
