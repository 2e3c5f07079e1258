"""From tablets under the tongue to a depot, and levomethadone: each row of the tables (H25)."""

import pytest

from dosing_rules.conversions import first_depot_ug, methadone_of_levomethadone_ug

# From and to mg under the tongue a day, the first weekly and the first monthly depot in mg.
ROWS = [
    (2, 6, 8, None),
    (8, 10, 16, 64),
    (12, 16, 24, 96),
    (18, 24, 32, 128),
    (26, 32, None, 160),
]


@pytest.mark.parametrize(("low", "high", "weekly", "monthly"), ROWS)
def test_first_depot(low: int, high: int, weekly: int | None, monthly: int | None) -> None:
    """H25: both ends of each row have its depot; a microgram beyond has none."""
    wanted = {True: weekly, False: monthly}
    for is_weekly, mg in wanted.items():
        ug = None if mg is None else mg * 1000
        for daily_ug in (low * 1000, low * 1000 + 1, high * 1000 - 1, high * 1000):
            assert first_depot_ug(daily_ug, weekly=is_weekly) == ug
        for daily_ug in (low * 1000 - 1, high * 1000 + 1):
            assert first_depot_ug(daily_ug, weekly=is_weekly) is None


def test_levomethadone_counts_twice() -> None:
    """H08: racemic methadone and levomethadone, two to one."""
    assert methadone_of_levomethadone_ug(30_000) == 60_000
    assert methadone_of_levomethadone_ug(1) == 2
