"""What the taper generator lays out: pace, tablets, the last part, pauses, leap days."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from dispensing.treatment.sedatives.plan import (
    LastPart,
    Outline,
    Pace,
    Pause,
    PlanError,
    after_pauses,
    steps_of,
    usual_last_part_ug,
)
from dispensing.treatment.sedatives.tablets import Makeable, Pieces, TabletsError
from dosing_rules.amounts import mg_text, parse_mg

FIRST = date(2027, 1, 4)
TABLES = Path(__file__).with_name("plans.txt")


def rows() -> Iterator[dict[str, str]]:
    columns: list[str] = []
    for line in TABLES.read_text(encoding="utf-8").splitlines():
        if line.startswith(("#", "-")) or not line.strip():
            columns = [] if line.startswith("#") else columns
            continue
        cells = [cell.strip() for cell in line.split("|")]
        if not columns:
            columns = cells
        else:
            yield dict(zip(columns, cells, strict=True))


def outline_of(row: dict[str, str], *pauses: Pause, original: str | None = None) -> Outline:
    last = None
    if row["last"]:
        from_mg, percent, days = row["last"].split()
        last = LastPart(parse_mg(from_mg), int(percent), int(days))
    return Outline(
        parse_mg(row["from"]),
        parse_mg(original or row["from"]),
        parse_mg(row["goal"]),
        FIRST,
        Pace(int(row["percent"]), row["of"], int(row["days"])),  # type: ignore[arg-type]
        last,
        tuple(parse_mg(one) for one in row["tablets"].split(",") if one),
        row["halves"] == "yes",
        pauses,
    )


def told(outline: Outline) -> str:
    try:
        steps = steps_of(outline)
    except PlanError as error:
        return error.field
    return " ".join(
        f"+{(step.on - FIRST).days}:{mg_text(step.dose_ug, comma=False)}"
        + "L" * step.last_part
        + "!" * step.coarse
        for step in steps
    )


ROWS = list(rows())
TWENTY = dict(zip(ROWS[0], ["20", "0", "10", "original", "14", "", "1", "no", ""], strict=True))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: " ".join(row.values())[:60])
def test_plan(row: dict[str, str]) -> None:
    """H13, H14: a plan is what its outline says, to the microgram and the day."""
    assert told(outline_of(row)) == row["steps"]


@pytest.mark.parametrize("row", [one for one in ROWS if one["steps"].startswith("+")])
def test_no_plan_goes_up_or_stands(row: dict[str, str]) -> None:
    """H13: never raised again: each step is lower than the one before, down to the goal."""
    outline = outline_of(row)
    doses = [outline.from_ug, *[step.dose_ug for step in steps_of(outline)]]
    assert doses == sorted(set(doses), reverse=True)
    assert doses[-1] == outline.goal_ug


def test_a_step_in_a_pause_waits_and_the_rest_follow_it() -> None:
    """H13: nothing changes on a holiday or in a crisis; the interval holds after it."""
    christmas = Pause(FIRST + timedelta(days=14), FIRST + timedelta(days=20), "jul")
    steps = steps_of(outline_of(TWENTY, christmas))
    assert [(one.on - FIRST).days for one in steps[:4]] == [0, 21, 35, 49]
    day_before = Pause(FIRST + timedelta(days=10), FIRST + timedelta(days=13), "ferie")
    assert steps_of(outline_of(TWENTY, day_before)) == steps_of(outline_of(TWENTY))
    last_day = Pause(FIRST + timedelta(days=10), FIRST + timedelta(days=14), "ferie")
    assert steps_of(outline_of(TWENTY, last_day))[1].on == FIRST + timedelta(days=15)
    from_start = Pause(FIRST, FIRST + timedelta(days=1), "flytter")
    assert steps_of(outline_of(TWENTY, from_start))[0].on == FIRST + timedelta(days=2)


def test_pauses_that_meet_are_one() -> None:
    """In whichever order they were told."""
    first = Pause(FIRST, FIRST + timedelta(days=6), "ferie")
    then = Pause(FIRST + timedelta(days=5), FIRST + timedelta(days=9), "sygdom")
    next_to = Pause(FIRST + timedelta(days=10), FIRST + timedelta(days=10), "begravelse")
    assert after_pauses(FIRST, [next_to, then, first]) == FIRST + timedelta(days=11)
    assert after_pauses(FIRST - timedelta(days=1), [first]) == FIRST - timedelta(days=1)


def test_a_pause_that_ends_before_it_begins_is_none() -> None:
    """It names its field."""
    with pytest.raises(PlanError) as wrong:
        steps_of(outline_of(TWENTY, Pause(FIRST, FIRST - timedelta(days=1), "?")))
    assert wrong.value.field == "pause_until"


def test_the_leap_day_is_a_day() -> None:
    """H27: fourteen days over the end of February, in a leap year and another."""
    for year, second in ((2028, date(2028, 3, 4)), (2027, date(2027, 3, 5))):
        outline = outline_of(TWENTY)
        moved = Outline(**{**_fields(outline), "first_on": date(year, 2, 19)})
        assert steps_of(moved)[1].on == second
    on_it = Outline(**{**_fields(outline_of(TWENTY)), "first_on": date(2028, 2, 29)})
    assert [one.on for one in steps_of(on_it)[:2]] == [date(2028, 2, 29), date(2028, 3, 14)]


def _fields(outline: Outline) -> dict[str, object]:
    return {name: getattr(outline, name) for name in Outline.__slots__}


def test_a_plan_made_anew_goes_on_by_the_first_dose() -> None:
    """H13: half-way down, the steps are still shares of what the body once had."""
    anew = outline_of({**TWENTY, "from": "10"}, original="20")
    assert told(anew).startswith("+0:8 +14:6")
    with pytest.raises(PlanError) as wrong:
        steps_of(outline_of(TWENTY, original="19.999"))
    assert wrong.value.field == "original"


def test_where_the_last_part_may_begin() -> None:
    """No step grows there, and by the first dose none takes more than the book's share."""
    assert usual_last_part_ug(40_000, Pace(10, "current", 14), 5, 20) == 20_000
    assert usual_last_part_ug(40_000, Pace(5, "current", 14), 5, 20) == 40_000
    assert usual_last_part_ug(40_000, Pace(4, "current", 14), 5, 20) == 40_000
    assert usual_last_part_ug(40_000, Pace(10, "original", 14), 5, 20) == 20_000


def test_doses_in_the_fewest_pieces() -> None:
    """A dose is told in tablets, halves where they are allowed."""
    tablets = Makeable((2_000, 5_000), True, 20_000)
    assert tablets.pieces(9_000) == (Pieces(1, 5_000, False), Pieces(2, 2_000, False))
    assert tablets.pieces(8_500) == (
        Pieces(1, 5_000, False),
        Pieces(1, 2_500, True),
        Pieces(1, 1_000, True),
    )
    assert tablets.pieces(0) == ()
    assert tablets.pieces(300) == ()
    assert not tablets.can_make(20_500)
    with pytest.raises(TabletsError):
        Makeable((1, 2, 3, 4, 5, 6, 7), False, 10)
