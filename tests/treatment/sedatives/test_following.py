"""Planned against actual: the dose of today, the next step, days behind or ahead."""

from datetime import date, timedelta

import pytest

from dispensing.treatment.sedatives.following import Went, actual_on, planned_on, standing
from dispensing.treatment.sedatives.plan import Pause, Step

FIRST = date(2028, 2, 22)
# 20 mg; 18 from the first day, then every week; the leap day lies between.
STEPS = tuple(Step(FIRST + timedelta(days=7 * n), 18_000 - 2_000 * n) for n in range(4))


def on(days: int) -> date:
    return FIRST + timedelta(days=days)


@pytest.mark.parametrize(
    ("today", "went", "word", "days", "planned_mg", "actual_mg", "next_mg", "left"),
    [
        # Nothing has been done yet.
        (-1, [], "on-plan", 0, 20, 20, 18, 4),
        (0, [], "step-today", 0, 18, 20, 18, 4),
        (1, [], "behind", 1, 18, 20, 18, 4),
        (7, [], "behind", 7, 16, 20, 18, 4),
        (8, [], "behind", 8, 16, 20, 18, 4),
        # One step was taken on its day.
        (0, [(0, 18)], "on-plan", 0, 18, 18, 16, 3),
        (6, [(0, 18)], "on-plan", 0, 18, 18, 16, 3),
        (7, [(0, 18)], "step-today", 0, 16, 18, 16, 3),
        (8, [(0, 18)], "behind", 1, 16, 18, 16, 3),
        # Ahead: the dose of a step that is still to come.
        (1, [(0, 18), (1, 16)], "ahead", 6, 18, 16, 14, 2),
        (1, [(0, 18), (1, 17)], "ahead", 6, 18, 17, 16, 3),
        (6, [(0, 18), (1, 16)], "ahead", 1, 18, 16, 14, 2),
        (7, [(0, 18), (1, 16)], "on-plan", 0, 16, 16, 14, 2),
        (-3, [(-3, 18)], "ahead", 3, 20, 18, 16, 3),
        # A smaller step than planned: still behind until the dose is the plan's.
        (8, [(0, 18), (7, 17)], "behind", 1, 16, 17, 16, 3),
        # The leap day is the seventh after the first step.
        (21, [(0, 18), (7, 16), (14, 14)], "step-today", 0, 12, 14, 12, 1),
        # Done, on time or before.
        (21, [(0, 18), (7, 16), (14, 14), (21, 12)], "done", 0, 12, 12, None, 0),
        (2, [(0, 18), (2, 12)], "done", 0, 18, 12, None, 0),
    ],
)  # fmt: skip
def test_standing(
    today: int,
    went: list[tuple[int, int]],
    word: str,
    days: int,
    planned_mg: int,
    actual_mg: int,
    next_mg: int | None,
    left: int,
) -> None:
    """H13: whoever looks sees which dose should be had and how far off the real one is."""
    taken = [Went(on(day), mg * 1_000) for day, mg in went]
    stands = standing(20_000, STEPS, taken, (), on(today))
    assert (stands.word, stands.days) == (word, days)
    assert (stands.planned_ug, stands.actual_ug) == (planned_mg * 1_000, actual_mg * 1_000)
    assert stands.steps_left == left
    assert (stands.next_step and stands.next_step.dose_ug) == (next_mg and next_mg * 1_000)


def test_a_pause_is_told_on_its_days_alone() -> None:
    """The longest of those that run."""
    pauses = (Pause(on(2), on(5), "ferie"), Pause(on(3), on(4), "sygdom"))
    until = [standing(20_000, STEPS, (), pauses, on(n)).paused_until for n in (1, 2, 4, 5, 6)]
    assert until == [None, on(5), on(5), on(5), None]


def test_doses_on_a_day() -> None:
    """Before the first step the dose is the one it began from; the later told of a day counts."""
    assert planned_on(20_000, STEPS, on(-1)) == 20_000
    assert planned_on(20_000, STEPS, on(100)) == 12_000
    went = [Went(on(0), 18_000), Went(on(0), 16_000)]
    assert actual_on(20_000, went, on(-1)) == 20_000
    assert actual_on(20_000, went, on(0)) == 16_000
