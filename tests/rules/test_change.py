"""A course that is over by the time the new order begins (H11)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dosing_rules import Change, Depot, load_book
from dosing_rules.change import course_is_over
from tests.spec.standard import BUPRENORPHINE, DEPOT, NOW, TODAY, patient, prescription

BOOK = load_book("dk-crk-2026")
DAY = timedelta(days=1)


@pytest.mark.parametrize(("later", "over"), [(-1, False), (0, True)])
def test_after_a_depot_the_days_without_begin_when_the_next_is_due(later: int, over: bool) -> None:
    """H11: the day it is due is the first one without; before it nothing is missed."""
    given_on = TODAY - 10 * DAY
    due_on = given_on + 28 * DAY
    depot = prescription(
        product=DEPOT, daily_ug=16_000, parts_ug=(16_000,), valid_to=TODAY, depot_interval_days=28
    )
    person = patient(
        prescription=depot,
        last_swallowed_on=given_on,
        last_swallowed_substance="buprenorphine",
        last_covered_on=given_on,
        last_depot=Depot(given_on, 28),
    )
    begins_on = due_on + (BOOK.restart_days("buprenorphine") + later) * DAY
    tablets = replace(
        prescription(product=BUPRENORPHINE, daily_ug=8_000, parts_ug=(8_000,)),
        valid_from=begins_on,
        valid_to=begins_on + 90 * DAY,
    )
    assert course_is_over(Change(NOW, TODAY, tablets, None), person, BOOK) is over
