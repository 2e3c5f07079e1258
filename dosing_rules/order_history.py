"""The orders of one person as they were signed: which holds on a day, and how the dose changed."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from dosing_rules.history import BACK
from dosing_rules.ordered import DoseStep, Prescription

_DAY = timedelta(days=1)


class OrderHistory:
    """The main order and the one for the night, each in its versions as they were signed."""

    __slots__ = ("_signed", "_stops")

    def __init__(self) -> None:
        self._signed: list[Prescription] = []
        self._stops: list[tuple[int, date]] = []

    def signed(self, order: Prescription) -> None:
        """A doctor signed an order; versions come in order."""
        self._signed.append(order)

    def stopped(self, version: int, from_on: date) -> None:
        """A stop is a version of its own: no order before it holds from that day on."""
        self._stops.append((version, from_on))

    def on(self, day: date, *, night: bool) -> Prescription | None:
        """The latest version that has begun, unless it was stopped.

        It ends the day before the next of its kind begins, or a stop.
        """
        ahead: list[date] = []
        for one in reversed(self._signed):
            if one.night is not night:
                continue
            if one.valid_from > day:
                ahead.append(one.valid_from)
                continue
            ahead += [from_on for stop, from_on in self._stops if stop > one.version]
            return _until(one, min(ahead), day) if ahead else one
        return None

    def changing_days(self) -> list[date]:
        """The days an order begins or is stopped, and those on which a change is long ago."""
        begun = [order.valid_from for order in self._signed]
        stopped = [from_on for _, from_on in self._stops]
        return begun + [day + BACK for day in begun] + stopped

    def steps(self, on: date, *, night: bool) -> tuple[DoseStep, ...]:
        """Changes of the daily dose in the last fortnight, where its milligrams compare."""
        known = [one for one in self._signed if one.night is night and one.valid_from <= on]
        first = on - BACK
        return tuple(
            DoseStep(after.valid_from, before.daily_ug, after.daily_ug)
            for before, after in pairwise(known)
            if before.daily_ug != after.daily_ug
            and after.valid_from > first
            and before.compares_with(after)
        )


def _until(order: Prescription, ends: date, day: date) -> Prescription | None:
    """The order as it holds on a day, when something else takes its place on ``ends``."""
    if ends <= day:
        return None
    last = ends - _DAY
    if order.valid_to is None or order.valid_to <= last:
        return order
    return replace(order, valid_to=last)
