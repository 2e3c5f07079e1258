"""H15: over thirty years of closed days every person-day has exactly one planned dose."""

import os
import random
from datetime import date, timedelta
from itertools import pairwise

import pytest

from dispensing.counter.plan import ordered_parts
from tests.property.closed_years import (
    KINDS,
    MEASURED,
    Years,
    closed_days,
    other_units,
    years,
)

# DISPENSING_CLOSED_SEEDS=20 for a long night.
SEEDS = int(os.environ.get("DISPENSING_CLOSED_SEEDS", "1"))
FIRST, LAST = date(2026, 1, 5), date(2056, 1, 3)
# The last closures of these years are decided, too, and what follows them.
UNTIL = LAST + timedelta(days=40)


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("name", [name for name in KINDS if "depot" not in name])
def test_one_planned_dose_for_every_day_and_part(name: str, seed: int) -> None:
    """H15: no day without a dose, none with two; nobody comes on a closed day.

    Holidays, own closures of up to ten days, leap days, both clock changes and weeks 53 lie in
    these years. In every other year set Sundays are closed, too.
    """
    kind = KINDS[name]
    closed_on = closed_days(FIRST, UNTIL, random.Random(f"{name} {seed}"), weekly=seed % 2 == 1)
    planned: dict[tuple[date, int], int] = {}
    for visit in years(kind, FIRST, UNTIL, closed_on):
        assert visit.on not in closed_on
        how = visit.patient.arrangement
        assert how is not None
        # Nobody with fixed pick-up days comes in between for a single dose, the first week apart.
        if kind.pickups and visit.on >= FIRST + timedelta(days=7):
            assert visit.on.isoweekday() in (how.pickup_weekdays or ()), visit.on
        for dose in visit.doses:
            assert (dose.for_on, dose.part) not in planned, f"{dose.for_on} is planned twice"
            planned[dose.for_on, dose.part] = dose.amount_ug
    order = kind.prescription(FIRST)
    day = FIRST
    while day <= LAST:
        parts = ordered_parts(order, day)
        found = [(part, planned.get((day, part))) for part, _ in parts]
        assert found == list(parts), f"{day} lacks a dose"
        assert sum(amount_ug for _, amount_ug in parts) == order.day_ug(day)
        day += timedelta(days=1)


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize(
    "name", [*MEASURED, *(name for name in KINDS if "depot" not in name and "once" not in name)]
)
def test_one_planned_dose_in_one_place_also_for_guests(name: str, seed: int) -> None:
    """H02, H15: whoever goes elsewhere on closed days has each dose planned once, at one place.

    Sent there because nothing may go home, or by the doctor's choice every third time. On the day
    the other unit holds the right, on every other day the own one; the other unit is open.
    """
    kind, chance = (KINDS | MEASURED)[name], random.Random(f"{name} guest {seed}")
    closed_on = closed_days(FIRST, UNTIL, chance, weekly=seed % 2 == 1)
    others = other_units(FIRST, UNTIL, chance, frozenset({kind.product.code}))
    lived = Years(kind, closed_on, others, goes=lambda: chance.random() < 0.34)
    planned: dict[tuple[date, int], int] = {}
    went: set[date] = set()
    for visit in lived.visits(FIRST, UNTIL):
        unit = visit.patient.unit
        assert unit is not None and unit.unit_id == visit.patient.right_holder_unit_id
        assert (unit.unit_id == 1) == (visit.on not in lived.guest_on), visit.on
        if unit.unit_id == 1:
            assert visit.on not in closed_on, visit.on
        else:
            assert visit.on in closed_on and visit.on not in unit.closed_on, visit.on
            went.add(visit.on)
        for dose in visit.doses:
            assert (dose.for_on, dose.part) not in planned, f"{dose.for_on} is planned twice"
            planned[dose.for_on, dose.part] = dose.amount_ug
            assert not kind.measured or dose.how == "supervised"
    order = kind.prescription(FIRST)
    days = [FIRST + timedelta(days=ahead) for ahead in range((LAST - FIRST).days + 1)]
    for day in days:
        parts = ordered_parts(order, day)
        found = [(part, planned.get((day, part))) for part, _ in parts]
        assert found == list(parts), f"{day} lacks a dose"
    assert len(went) > 3
    # A later closure's supply may reach over a guest's day: then nobody has to come.
    assert went <= lived.guest_on.keys()
    assert not kind.measured or went == lived.guest_on.keys()


@pytest.mark.parametrize("name", [name for name in KINDS if "depot" in name])
def test_one_depot_for_every_interval(name: str) -> None:
    """H15: never before the last one has worked its time, never later than the next open day."""
    kind = KINDS[name]
    closed_on = closed_days(FIRST, UNTIL, random.Random(name), weekly=True)
    had = [visit.on for visit in years(kind, FIRST, UNTIL, closed_on)]
    for before, on in pairwise(had):
        due = before + timedelta(days=kind.interval_days or 0)
        while due in closed_on:
            due += timedelta(days=1)
        assert on == due


def test_the_years_hold_what_they_should() -> None:
    """What the days above are proven over: leap days, weeks 53, Christmas, long closures."""
    closed_on = closed_days(FIRST, LAST, random.Random(0), weekly=False)
    days = [FIRST + timedelta(days=ahead) for ahead in range((LAST - FIRST).days + 1)]
    assert sum((day.month, day.day) == (2, 29) for day in days) == 7
    assert any(day.isocalendar().week == 53 for day in days)
    assert all(date(year, 12, 24) in closed_on for year in range(2026, 2056))
