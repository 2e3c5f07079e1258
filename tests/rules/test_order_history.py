"""Which order holds on a day, and until when, by what was signed after it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from dosing_rules.order_history import OrderHistory
from dosing_rules.ordered import Prescription, Product

TODAY = date(2026, 11, 24)
METHADONE = Product("metadon-1", "methadone", "oral_solution", "oral", 1_000, "ml")


def on(day: int) -> date:
    return TODAY + timedelta(days=day)


def order(version: int, first: int, last: int | None, *, night: bool = False) -> Prescription:
    ends = None if last is None else on(last)
    return Prescription(1, version, METHADONE, 80_000, (80_000,), on(first), ends, night=night)


def history(*signed: Prescription | tuple[int, int]) -> OrderHistory:
    """Orders, and stops as (version, day), in the order they were signed."""
    made = OrderHistory()
    for one in signed:
        if isinstance(one, Prescription):
            made.signed(one)
        else:
            made.stopped(one[0], on(one[1]))
    return made


FIRST = order(1, -100, 60)


@pytest.mark.parametrize(
    ("after", "last"),
    [
        ((), 60),
        ((order(2, 5, 90),), 4),
        ((order(2, 1, 90),), 0),
        ((order(2, 61, 90),), 60),
        ((order(2, 60, 90),), 59),
        (((2, 5),), 4),
        (((2, 1),), 0),
        (((2, 61),), 60),
        ((order(2, 9, 90), (3, 5)), 4),
        ((order(2, 5, 90), order(3, 9, 90)), 4),
        ((order(2, 9, 90), order(3, 5, 90)), 4),
        # The night's order ends no other, and is ended by no other.
        ((order(2, 5, 90, night=True),), 60),
    ],
)
def test_an_order_ends_the_day_before_what_was_signed_after_it(
    after: tuple[Prescription | tuple[int, int], ...], last: int
) -> None:
    """H21: what goes home is for days on which the order holds."""
    found = history(FIRST, *after).on(TODAY, night=False)
    assert found == replace(FIRST, valid_to=on(last))


def test_an_end_that_is_not_recorded_stays_so_unless_something_ends_it() -> None:
    endless = order(1, -100, None)
    assert history(endless).on(TODAY, night=False) == endless
    assert history(endless, (2, 5)).on(TODAY, night=False) == endless


@pytest.mark.parametrize(("day", "holds"), [(4, True), (5, False), (6, False)])
def test_a_stop_holds_from_its_day_on(day: int, holds: bool) -> None:
    """H21: for both orders of a pair."""
    night = order(2, -100, 60, night=True)
    stopped = history(FIRST, night, (3, 5))
    for kind in (False, True):
        assert (stopped.on(on(day), night=kind) is not None) is holds


def test_an_older_stop_stops_no_newer_order() -> None:
    again = order(3, 2, 60)
    found = history(FIRST, (2, 0), again)
    assert found.on(on(1), night=False) is None
    assert found.on(on(2), night=False) == again
