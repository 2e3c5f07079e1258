"""A draft becomes versions without gap or overlap; what is shown is what the counter finds."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispensing.errors import Unprocessable
from dispensing.treatment.orders.asking import in_force
from dispensing.treatment.orders.drafting import Draft, StepAhead, versions
from dispensing.treatment.orders.store import Orders, Stop
from dispensing.treatment.orders.timeline import timeline
from tests.spec.standard import METHADONE, TODAY

DAY = timedelta(days=1)


def draft(**changes: Any) -> Draft:
    whole = Draft("metadon-1", 80_000, TODAY, TODAY + 90 * DAY)
    return replace(whole, **changes)


def steps(*pairs: tuple[int, int]) -> tuple[StepAhead, ...]:
    return tuple(StepAhead(TODAY + days * DAY, ug) for days, ug in pairs)


def made(asked: Draft, version: int = 1) -> Any:
    return versions(asked, METHADONE, 7, version)


def test_each_step_ends_the_day_before_the_next() -> None:
    found = made(draft(steps=steps((7, 75_000), (14, 70_000))), version=4)
    assert [(one.version, one.daily_ug, one.valid_from, one.valid_to) for one in found] == [
        (4, 80_000, TODAY, TODAY + 6 * DAY),
        (5, 75_000, TODAY + 7 * DAY, TODAY + 13 * DAY),
        (6, 70_000, TODAY + 14 * DAY, TODAY + 90 * DAY),
    ]


def test_a_split_dose_steps_evenly() -> None:
    found = made(draft(parts_ug=(40_000, 40_000), steps=steps((7, 70_000))))
    assert found[1].parts_ug == (35_000, 35_000)


@pytest.mark.parametrize(
    "changes",
    [
        {"steps": steps((7, 70_000), (7, 60_000))},
        {"steps": steps((0, 70_000))},
        {"steps": steps((91, 70_000))},
        {"steps": steps((7, 0))},
        {"steps": steps(*[(day, 79_000) for day in range(1, 54)])},
        {"steps": steps((7, 70_000)), "parts_ug": (50_000, 30_000)},
        {"steps": steps((7, 70_001)), "parts_ug": (40_000, 40_000)},
        {"steps": steps((7, 70_000)), "weekday_ug": (80_000,) * 7},
        {"parts_ug": (10_000,) * 8},
    ],
)
def test_what_is_no_order_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(Unprocessable):
        made(draft(**changes))


def test_the_last_day_of_steps_may_be_the_orders_last() -> None:
    assert made(draft(steps=steps((90, 70_000))))[1].valid_to == TODAY + 90 * DAY


def a_stop(version: int, from_on: date) -> Stop:
    from tests.spec.standard import NOW

    return Stop(version, from_on, "stop", "indlagt", NOW, "B. Kjær")


SPELL = st.tuples(st.booleans(), st.integers(0, 20), st.integers(0, 20))


@given(st.lists(SPELL, max_size=6))
def test_the_days_shown_are_those_the_counter_finds(spells: list[tuple[bool, int, int]]) -> None:
    """What is shown before signing is what holds: asked day by day, as the counter asks."""
    orders, stops = [], []
    for version, (is_stop, begins, lasts) in enumerate(spells, start=1):
        first = TODAY + begins * DAY
        if is_stop:
            stops.append(a_stop(version, first))
        else:
            orders += made(draft(valid_from=first, valid_to=first + lasts * DAY), version)
    known = Orders(tuple(orders), (), tuple(stops), (), {})
    spans = timeline(known, TODAY)
    for day in [TODAY + days * DAY for days in range(45)]:
        span = next(one for one in reversed(spans) if one.first <= day)
        version = in_force(orders, known.stops_by_version(), day)
        order = next((one for one in orders if one.version == version), None)
        holds = order if order is not None and day <= order.valid_to else None
        assert span.order == holds
        assert span.last is None or day <= span.last or span.first > day
