"""What is decided ahead, and what a new order ends, as a person's history tells it."""

from dataclasses import replace
from datetime import date

from dosing_rules import Arrangement
from tests.rules.test_history import on
from tests.rules.test_person_history import SUPERVISED, facts, order, person


def test_what_is_decided_ahead_is_known_before_it_begins() -> None:
    """H08: in the order in which it begins; a later decision takes the place of the earlier."""
    history, home = person(), replace(SUPERVISED, self_administration=True, take_home_days=6)

    def ahead(day: int) -> list[tuple[date, Arrangement]]:
        told = facts(history, day).arranged_ahead or ()
        return [(one.from_on, one.arrangement) for one in told]

    assert ahead(0) == []
    history.arranged(on(3), home)
    history.arranged(on(8), SUPERVISED)
    assert ahead(0) == [(on(3), home), (on(8), SUPERVISED)]
    assert ahead(2) == ahead(0)
    assert (ahead(3), ahead(8)) == ([(on(8), SUPERVISED)], [])
    history.arranged(on(8), home)
    history.arranged(on(5), SUPERVISED)
    assert ahead(0) == [(on(3), home), (on(5), SUPERVISED)]
    history.arranged(on(0), home)
    assert ahead(0) == [] and facts(history, 0).arrangement == home
    history.arranged(on(2), SUPERVISED)
    # Begun by then, and decided after it: what is not decided anew is no longer ahead of anybody.
    history.enrolled(1)
    assert ahead(0) == []


def test_a_new_order_ends_what_was_allowed_beyond_the_one_before() -> None:
    """H04: of the day it holds on; an order of later days leaves today's extra as it is."""
    history = person()
    history.doctor_decided(on(0), True, 20_000)
    history.prescribed(order(2, day=1, ug=70_000))
    assert facts(history, 0).extra_ug_allowed_today == 20_000
    history.prescribed(order(3, day=0, ug=60_000))
    assert facts(history, 0).extra_ug_allowed_today == 0
    history.doctor_decided(on(0), True, 10_000)
    assert facts(history, 0).extra_ug_allowed_today == 10_000
    night = replace(order(4, day=0, ug=60_000), night=True)
    history.prescribed(night)
    assert facts(history, 0).extra_ug_allowed_today == 10_000
