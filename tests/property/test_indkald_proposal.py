"""The year's proposal of indkald, whatever people wish and whatever stands already."""

from collections import Counter
from dataclasses import replace
from datetime import date, time, timedelta
from random import Random
from statistics import fmean, pstdev
from time import process_time

from hypothesis import given
from hypothesis import strategies as st

from dispensing.treatment.indkald.chart import chart
from dispensing.treatment.indkald.proposal import (
    DAY,
    OBSTACLES,
    Due,
    Frame,
    Held,
    Proposal,
    Wish,
    possible,
    propose,
    weeks,
)

FIRST = date(2026, 12, 7)
DAYS = st.integers(0, 60).map(lambda ahead: FIRST + DAY * ahead)
HOURS = st.sampled_from([None, time(9), time(11, 30), time(13)])
WISHES = st.builds(
    Wish,
    st.frozensets(st.integers(1, 7), max_size=3),
    st.lists(
        st.builds(lambda day, long: (day, day + DAY * long), DAYS, st.integers(0, 20)), max_size=2
    ).map(tuple),
    HOURS,
    HOURS,
)
FRAMES = st.builds(
    Frame,
    first=st.just(FIRST),
    closed_on=st.frozensets(DAYS, max_size=25),
    opens=st.just(time(8)),
    closes=st.sampled_from([time(11), time(14), time(17)]),
    places=st.integers(1, 3),
    in_a_row=st.integers(1, 5),
    observation_minutes=st.sampled_from([30, 60, 90]),
)
HELD = st.lists(
    st.builds(
        lambda first, at: Held(tuple(first + DAY * n for n in range(4)), at),
        DAYS,
        st.sampled_from([None, time(8), time(9), time(10)]),
    ),
    max_size=4,
)


@st.composite
def people(draw: st.DrawFn) -> list[Due]:
    count = draw(st.integers(0, 14))
    made = []
    for number in range(count):
        first = draw(DAYS)
        until = first + DAY * draw(st.integers(0, 30))
        taken = draw(st.frozensets(DAYS, max_size=3))
        made.append(Due(number, first, until, draw(WISHES), taken))
    return made


def minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def taken_places(proposal: Proposal, held: list[Held], frame: Frame) -> Counter[tuple[date, int]]:
    """How many sit there in each minute of each day, counted apart from the planner's own books."""
    found: Counter[tuple[date, int]] = Counter()
    for one in proposal.placed:
        for day in one.days:
            begin = minutes(one.at)
            found.update(
                (day, minute) for minute in range(begin, begin + frame.observation_minutes)
            )
    proposed = set(found)
    for one in held:
        for day in one.days:
            begin = 0 if one.at is None else minutes(one.at)
            end = 24 * 60 if one.at is None else begin + frame.observation_minutes
            found.update((day, m) for m in range(begin, end) if (day, m) in proposed)
    return Counter({place: count for place, count in found.items() if place in proposed})


@given(people(), HELD, FRAMES)
def test_nobody_is_proposed_what_cannot_be(due: list[Due], held: list[Held], frame: Frame) -> None:
    """H18: open days one after the other, in the window, never away, within the hours; never more
    people than places, with what is held already."""
    proposal = propose(due, held, frame)
    by_id = {one.person_id: one for one in due}
    for one in proposal.placed:
        asked = by_id[one.person_id]
        assert len(one.days) == frame.in_a_row
        assert all(
            after - before == DAY for before, after in zip(one.days, one.days[1:], strict=False)
        )
        assert max(asked.first, frame.first) <= one.days[0] and one.days[-1] <= asked.until
        assert not set(one.days) & (frame.closed_on | asked.taken)
        assert not {day.isoweekday() for day in one.days} & asked.wish.not_weekdays
        assert not any(a <= day <= b for day in one.days for a, b in asked.wish.away)
        assert asked.wish.earliest is None or one.at >= asked.wish.earliest
        assert asked.wish.latest is None or one.at <= asked.wish.latest
        assert frame.opens <= one.at
        assert minutes(one.at) + frame.observation_minutes < minutes(frame.closes)
    assert max(taken_places(proposal, held, frame).values(), default=0) <= frame.places


@given(people(), HELD, FRAMES)
def test_everyone_is_placed_or_it_is_said_why_not(
    due: list[Due], held: list[Held], frame: Frame
) -> None:
    """H18: nobody falls off the list."""
    proposal = propose(due, held, frame)
    named = [one.person_id for one in (*proposal.placed, *proposal.unplaced)]
    assert sorted(named) == sorted(one.person_id for one in due)
    assert all(set(one.helps) <= set(OBSTACLES) for one in proposal.unplaced)


@given(people(), HELD, FRAMES)
def test_what_is_said_to_help_helps(due: list[Due], held: list[Held], frame: Frame) -> None:
    """Without the obstacle that is named, the person has a place beside everybody else's."""
    proposal = propose(due, held, frame)
    others = held + [Held(one.days, one.at) for one in proposal.placed]
    by_id = {one.person_id: one for one in due}
    for one in proposal.unplaced:
        asked = by_id[one.person_id]
        wish = asked.wish
        without = {
            "weekdays": replace(asked, wish=replace(wish, not_weekdays=frozenset())),
            "away": replace(asked, wish=replace(wish, away=())),
            "hours": replace(asked, wish=replace(wish, earliest=None, latest=None)),
            "dose-at-home": replace(asked, taken=frozenset()),
            "window": replace(asked, first=frame.first),
        }
        for name in one.helps:
            roomy = replace(frame, places=10_000) if name == "places" else frame
            assert propose([without.get(name, asked)], others, roomy).placed
        for name in set(OBSTACLES) - set(one.helps) - {"places"}:
            assert not propose([without[name]], others, frame).placed


@given(people(), HELD, FRAMES, st.randoms(use_true_random=False))
def test_the_same_people_get_the_same_plan(
    due: list[Due], held: list[Held], frame: Frame, chance: Random
) -> None:
    """Whatever order they come in."""
    shuffled, others = list(due), list(held)
    chance.shuffle(shuffled)
    chance.shuffle(others)
    assert propose(shuffled, others, frame) == propose(due, held, frame)


def a_year(chance: Random, count: int) -> tuple[list[Due], Frame]:
    """A unit's year: closed at weekends, Christmas and Easter; people due all year round."""
    closed = {FIRST + DAY * n for n in range(430) if (FIRST + DAY * n).isoweekday() > 5}
    closed |= {date(2026, 12, 24) + DAY * n for n in range(3)}
    closed |= {date(2027, 3, 25) + DAY * n for n in range(5)}
    frame = Frame(FIRST, frozenset(closed), time(8), time(15), 8, 4, 60)
    due = []
    for number in range(count):
        until = FIRST + DAY * chance.randrange(30, 395)
        wish = Wish(
            away=((until - DAY * 14, until - DAY * 8),) if chance.random() < 0.2 else (),
            earliest=time(10) if chance.random() < 0.2 else None,
        )
        due.append(Due(number, until - DAY * 30, until, wish))
    return due, frame


def test_a_year_of_1500_people_is_level_and_quick() -> None:
    """The fullest week is near the mean, no hour has more people than places, in well under 3
    seconds of this process."""
    due, frame = a_year(Random(18), 1_500)
    began = process_time()
    proposal = propose(due, (), frame)
    took = process_time() - began
    assert not proposal.unplaced
    assert max(taken_places(proposal, [], frame).values()) <= frame.places
    # At the ends of the year fewer people's windows are open.
    found = weeks((), frame, FIRST + DAY * 28, FIRST + DAY * 360, proposal.placed)
    # In a week shorter than the days in a row nobody can come.
    full = [one.a_day for one in found if one.open_days == 5]
    assert max(full) <= 1.2 * fmean(full) and min(full) >= 0.8 * fmean(full)
    assert pstdev(full) <= 0.1 * fmean(full)
    assert took < 3


def test_it_levels_better_than_the_last_day_possible() -> None:
    """Against everybody on the last row of days before they are due."""
    due, frame = a_year(Random(7), 600)
    plan = propose(due, (), frame).placed
    last = [
        replace(one, days=list(possible(person, frame))[-1])
        for one, person in zip(plan, due, strict=True)
    ]
    span = (FIRST + DAY * 28, FIRST + DAY * 360)
    ours, theirs = (weeks((), frame, *span, placed) for placed in (plan, last))
    assert chart(ours, ours).evenness < 0.5 * chart(theirs, theirs).evenness


def test_weeks_count_what_is_held_and_what_is_proposed() -> None:
    frame = Frame(FIRST, frozenset({FIRST + DAY * 5}), time(8), time(14), 2, 2, 60)
    held = [Held((FIRST, FIRST + DAY), time(9)), Held((FIRST,), None)]
    found = weeks(held, frame, FIRST, FIRST + timedelta(days=6))
    assert [(one.open_days, one.visits, one.fullest) for one in found] == [(6, 3, 2)]
    assert found[0].a_day == 0.5
