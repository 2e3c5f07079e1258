"""Until when orders hold: by stepping from change to change, against every day asked alone."""

import random
from datetime import date, timedelta

from dispensing.treatment.morning.running_out import runs_out
from dispensing.treatment.orders.asking import in_force
from dosing_rules import Prescription, Product

TODAY = date(2026, 12, 1)
MIXTURE = Product("metadon-1", "methadone", "oral_solution", "oral", 1_000, "ml")
UNTIL = TODAY + timedelta(days=30)


def order(version: int, first: int, last: int | None) -> Prescription:
    """An order from and until so many days from today; ``last`` None: not recorded."""
    return Prescription(
        prescription_id=1,
        version=version,
        product=MIXTURE,
        daily_ug=80_000,
        parts_ug=(80_000,),
        valid_from=TODAY + timedelta(days=first),
        valid_to=None if last is None else TODAY + timedelta(days=last),
        high_dose_reason=False,
    )


def ends(*orders: Prescription, stops: dict[int, int] | None = None) -> int | None:
    """So many days from today the last day is; None: it does not run out."""
    days = {version: TODAY + timedelta(days=first) for version, first in (stops or {}).items()}
    last = runs_out(orders, days, TODAY, UNTIL)
    return None if last is None else (last - TODAY).days


def test_the_end_is_told_as_far_ahead_as_asked() -> None:
    assert ends(order(1, -100, 30)) == 30
    assert ends(order(1, -100, 31)) is None
    assert ends(order(1, -100, 0)) == 0


def test_a_follower_without_a_gap_is_no_end() -> None:
    assert ends(order(1, -100, 4), order(2, 5, 60)) is None
    assert ends(order(1, -100, 4), order(2, 5, 9)) == 9, "the follower's own end is one"
    assert ends(order(1, -100, 4), order(2, 7, 60)) == 4, "the days between have none"


def test_what_has_ended_already_waits_however_long_ago() -> None:
    assert ends(order(1, -300, -90)) == -90
    assert ends(order(1, -300, -1), order(2, 3, 60)) == -1, "until the next begins"


def test_a_stop_is_a_decision_and_waits_for_nobody() -> None:
    assert ends(order(1, -100, 4), stops={2: -3}) is None
    assert ends(order(1, -100, 9), stops={2: 3}) is None


def test_a_pause_is_passed_over() -> None:
    """The order that goes on after it runs out like any other."""
    assert ends(order(1, -100, 9), order(3, 5, 20), stops={2: 3}) == 20
    assert ends(order(1, -100, 9), order(3, 5, 60), stops={2: 3}) is None
    assert ends(order(1, -100, 9), order(3, 5, 20), stops={2: -3}) == 20


def test_nothing_begun_and_nothing_recorded_say_nothing() -> None:
    assert ends() is None
    assert ends(order(1, -100, None)) is None
    assert ends(order(1, 5, 20)) == 20, "signed ahead, it ends like any other"


def test_ten_thousand_rows_of_orders_against_every_day() -> None:
    """H10: no gap is stepped over."""
    chance = random.Random(27)
    told = 0
    for _ in range(10_000):
        orders = list[Prescription]()
        stops: dict[int, date] = {}
        for version in range(1, 1 + chance.randrange(4)):
            first = chance.randrange(-20, 35)
            if chance.random() < 0.2:
                stops[version] = TODAY + timedelta(days=first)
            else:
                orders.append(order(version, first, first + chance.randrange(40)))
        expected = _day_by_day(orders, stops)
        assert runs_out(orders, stops, TODAY, UNTIL) == expected, (orders, stops)
        told += expected is not None
    assert told > 1_000


def _day_by_day(orders: list[Prescription], stops: dict[int, date]) -> date | None:
    for ahead in range((UNTIL - TODAY).days + 2):
        day = TODAY + timedelta(days=ahead)
        version = in_force(orders, stops, day)
        holds = next((one for one in orders if one.version == version), None)
        if holds is None:
            continue
        assert holds.valid_to is not None
        if holds.valid_to < day:
            return holds.valid_to
    return None
