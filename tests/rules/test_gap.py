"""How long somebody has been without, by the anchor that the book names (H11)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dosing_rules import NO_DEPOT, Depot, Patient, Unit, load_book
from dosing_rules.gap import days_without
from tests.spec.standard import TODAY, patient

BOOK = load_book("dk-crk-2026")


def person() -> Patient:
    """Covered until five days ago, last swallowed nine days ago, expected four days ago."""
    return patient(
        last_covered_on=TODAY - timedelta(days=5),
        last_swallowed_on=TODAY - timedelta(days=9),
        planned_pickup_on=TODAY - timedelta(days=4),
    )


@pytest.mark.parametrize(
    ("anchor", "days"), [("last_covered", 4), ("last_swallowed", 8), ("planned_pickup", 4)]
)
def test_each_anchor_counts_from_its_own_day(anchor: str, days: int) -> None:
    """A day with a dose is not one without; a planned day without one is."""
    book = replace(BOOK, missed_days_anchor=anchor)
    assert days_without(TODAY, person(), book) == days
    fact = {"planned_pickup": "planned_pickup_on"}.get(anchor, f"{anchor}_on")
    assert days_without(TODAY, replace(person(), **{fact: None}), book) is None
    others = {"last_covered_on", "last_swallowed_on", "planned_pickup_on"} - {fact}
    alone = replace(person(), **dict.fromkeys(others))
    assert days_without(TODAY, alone, book) == days


def test_closed_days_where_the_book_leaves_them_out() -> None:
    """H15: without a known unit every day counts."""
    book = replace(BOOK, missed_days_count_closed=False)
    closed = Unit(1, frozenset(), frozenset({TODAY - timedelta(days=2)}))
    assert days_without(TODAY, replace(person(), unit=closed), book) == 3
    assert days_without(TODAY, replace(person(), unit=None), book) == 4
    assert days_without(TODAY, replace(person(), unit=closed), BOOK) == 4


@pytest.mark.parametrize("anchor", ["last_covered", "last_swallowed", "planned_pickup"])
@pytest.mark.parametrize(
    ("ago", "every", "days"),
    [(20, 28, 0), (28, 28, 0), (35, 28, 0), (36, 28, 8), (9, 7, 0), (10, 7, 3), (14, 7, 7)],
)
def test_a_depot_covers_its_interval_and_its_window(
    anchor: str, ago: int, every: int, days: int
) -> None:
    """H11: whatever the book counts from; beyond the window from the day the next was due."""
    given_on = TODAY - timedelta(days=ago)
    had = patient(
        last_covered_on=given_on,
        last_swallowed_on=given_on,
        planned_pickup_on=given_on + timedelta(days=1),
        last_depot=Depot(given_on, every),
    )
    book = replace(BOOK, missed_days_anchor=anchor)
    assert days_without(TODAY, had, book) == days
    for unknown in (None, NO_DEPOT, Depot(given_on, None), Depot(given_on, 100_000)):
        assert days_without(TODAY, replace(had, last_depot=unknown), book) == ago - 1


def test_a_depot_long_ago_says_nothing_of_the_days_after_a_later_dose() -> None:
    """Those are counted from the tablet, and from nothing but methadone or heroin after those."""
    had = replace(person(), last_depot=Depot(TODAY - timedelta(days=60), 28))
    assert days_without(TODAY, had, BOOK) == 4
    for last in ("methadone", "diacetylmorphine", None):
        for ago in (5, 10, 30, 35, 60):
            had = replace(had, last_depot=Depot(TODAY - timedelta(days=ago + 1), 28))
            assert days_without(TODAY, replace(had, last_swallowed_substance=last), BOOK) == 4
    for ago, days in ((27, 0), (28, 0), (30, 2), (32, 4), (35, 4)):
        had = replace(had, last_depot=Depot(TODAY - timedelta(days=ago), 28))
        tablets = replace(had, last_swallowed_substance="buprenorphine")
        assert days_without(TODAY, tablets, BOOK) == days
    had = replace(person(), last_depot=Depot(TODAY - timedelta(days=60), 28))
    # Today counted as well, where the book does.
    inclusive = replace(BOOK, missed_days_inclusive=True)
    late = replace(had, last_covered_on=TODAY - timedelta(36))
    late = replace(late, last_depot=Depot(TODAY - timedelta(36), 28))
    assert days_without(TODAY, late, inclusive) == 9
