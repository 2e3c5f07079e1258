"""The one projection: events folded into the facts a check needs (H03, H06, H11, H15)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from dosing_rules.history import DAYS_REVERSIBLE, DoseEvent, DoseFacts, DoseHistory, fold

START = date(2026, 10, 1)
RESTART_DAYS = 4


def event(kind: str, day: int, **changes: Any) -> DoseEvent:
    """An event on day ``n`` at 09:00, for that day, 80 mg supervised at unit 1."""
    on = START + timedelta(days=day)
    facts: dict[str, Any] = {
        "kind": kind,
        "at": datetime(on.year, on.month, on.day, 7, tzinfo=UTC),
        "on": on,
        "for_on": on,
        "part": 1,
        "amount_ug": 80_000,
        "how": "supervised",
        "unit_id": 1,
        "substance": "methadone",
    }
    return DoseEvent(**facts | changes)


def on(day: int) -> date:
    """Day ``n``."""
    return START + timedelta(days=day)


def facts(events: list[DoseEvent], day: int) -> DoseFacts:
    """The facts on day ``n``."""
    return fold(events, on(day), RESTART_DAYS)


def test_nothing_happened_is_nothing_known() -> None:
    """No events: no claims, nothing swallowed, nothing covered."""
    assert facts([], 0) == DoseFacts((), None, None, None, None, None, None)


def test_a_given_dose_is_claimed_swallowed_and_covers_its_day() -> None:
    """Reserved, then given: one claim, in the later state, with the amount really given."""
    now = facts([event("reserved", 0), event("given", 0, amount_ug=60_000)], 1)
    assert [(claim.for_on, claim.state, claim.amount_ug) for claim in now.claims] == [
        (on(0), "given", 60_000)
    ]
    assert now.last_swallowed_ug == 60_000
    assert now.last_swallowed_on == now.last_covered_on == now.first_dose_on == on(0)
    assert now.last_swallowed_substance == "methadone"


@pytest.mark.parametrize("end", ["returned", "refused", "spilled"])
def test_a_dose_nobody_had_frees_its_claim(end: str) -> None:
    """H06: poured back, refused or spilled covers nothing and was not swallowed."""
    now = facts([event("reserved", 0), event(end, 0)], 1)
    assert now == facts([], 1)


@pytest.mark.parametrize("state", ["reserved", "uncertain"])
def test_an_unsettled_dose_is_claimed_but_covers_nothing(state: str) -> None:
    """H06: unknown is not given, and is not free either, however old it grows."""
    now = facts([event(state, 0)], 90)
    assert [claim.state for claim in now.claims] == [state]
    assert now.last_covered_on is None
    assert now.last_swallowed_at is None


def test_a_reversal_restores_what_was_before() -> None:
    """A mirror entry: the facts are those of the history without the dose."""
    before = [event("given", 0), event("given", 1)]
    after = [*before, event("given", 2), event("reversed", 2)]
    assert facts(after, 3) == facts(before, 3)


def test_take_home_covers_each_of_its_days_and_is_not_swallowed_here() -> None:
    """H15: a week's supply covers seven days; the last covered day is the one before today."""
    home = [event("given", 0, for_on=on(day), how="take_home") for day in range(1, 7)]
    week = [event("given", 0), *home]
    assert facts(week, 3).last_covered_on == on(2)
    assert facts(week, 10).last_covered_on == on(6)
    assert facts(week, 10).last_swallowed_on == on(0)
    assert len(facts(week, 3).claims) == 7


def test_today_itself_is_not_covered_before_today() -> None:
    """H11: the latest covered day lies before today even after this morning's first part."""
    parts = [event("given", 0), event("given", 1, part=1, amount_ug=40_000)]
    assert facts(parts, 1).last_covered_on == on(0)


def test_the_course_starts_anew_after_a_long_gap() -> None:
    """H11: three days without keep the course, four start it again."""
    short = [event("given", 0), event("given", 4)]
    long = [event("given", 0), event("given", 5)]
    assert facts(short, 6).first_dose_on == on(0)
    assert facts(long, 6).first_dose_on == on(5)


def test_long_histories_are_settled_without_losing_the_facts() -> None:
    """After the reversible days only a summary is kept, and it says the same."""
    many = [event("given", day) for day in range(DAYS_REVERSIBLE * 3)]
    last = DAYS_REVERSIBLE * 3
    now = facts(many, last)
    assert now.first_dose_on == on(0)
    assert now.last_covered_on == on(last - 1)
    assert len(now.claims) == 14
    history = DoseHistory(RESTART_DAYS)
    for one in many:
        history.take(one)
    assert len(history._held) <= DAYS_REVERSIBLE + 1
    stale = [*many[:10], event("given", 200, how="take_home"), event("reversed", 200)]
    assert facts(stale, 201).last_covered_on == on(9)
    assert facts(stale, 201).last_swallowed_on == on(9)
    assert facts(stale, 201).first_dose_on == on(0)
    home = [event("given", 0), event("given", 0, for_on=on(1), how="take_home")]
    later = facts([*home, event("given", 150)], 150)
    assert later.last_covered_on == on(1)
    assert later.last_swallowed_on == on(150)
    gap = [event("given", 0), event("given", 100), event("given", 300)]
    assert facts(gap, 301).first_dose_on == on(300)


def test_claims_reach_a_fortnight_back_and_five_weeks_ahead() -> None:
    """Outside the window only what is unsettled stays in sight."""
    events = [event("given", day) for day in (0, 1, 16)]
    ahead = [event("given", 16, for_on=on(day), how="take_home") for day in (51, 52)]
    days = [claim.for_on for claim in facts([*events, *ahead], 16).claims]
    assert days == [on(16), on(51)]


def test_a_dose_just_after_midnight_keeps_the_day_it_is_for() -> None:
    """H03: 31 December's dose at 00:10 covers 31 December."""
    late = event("given", 92, for_on=on(91), at=datetime(2026, 12, 31, 23, 10, tzinfo=UTC))
    assert facts([late], 92).last_covered_on == on(91) == date(2026, 12, 31)
