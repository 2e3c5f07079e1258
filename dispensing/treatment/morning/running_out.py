"""Until when a row of orders holds without a gap. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from dispensing.treatment.orders.asking import in_force
from dosing_rules import Prescription

_DAY = timedelta(days=1)


def runs_out(
    orders: Sequence[Prescription], stops: Mapping[int, date], today: date, until: date
) -> date | None:
    """The last day an order holds before a day on which none does; before today where none does.

    None where one holds to ``until`` and longer, and where a doctor stopped them; a pause is passed
    over. ``orders`` are the main ones, or those of the dose for the night; ``stops`` the versions
    of stops with the day each begins.
    """
    begins = sorted({*stops.values(), *[one.valid_from for one in orders]})
    by_version = {one.version: one for one in orders}
    day = today
    while day <= until + _DAY:
        order = by_version.get(in_force(orders, stops, day) or 0)
        later = [one for one in begins if one > day]
        if order is not None:
            if order.valid_to is None:
                return None
            if order.valid_to < day:
                return order.valid_to
            later.append(order.valid_to + _DAY)
        if not later:
            return None
        day = min(later)
    return None
