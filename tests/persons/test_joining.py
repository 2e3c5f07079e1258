"""Two people's doses as one human's: every dose stays, no interval overlaps, doubles are found."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dispensing.persons.joining import Held, Joined, join

START = datetime(2026, 3, 1, 6, tzinfo=UTC)


def dose(person: int, hours: int, part: int = 1, lasts: int | None = 20, number: int = 0) -> Held:
    at = START + timedelta(hours=hours)
    return Held(
        person,
        at.date(),
        part,
        number or person * 1000 + hours,
        80_000,
        "supervised",
        "methadone",
        at,
        at if lasts is not None else None,
        at + timedelta(hours=lasts) if lasts is not None else None,
    )


def test_days_of_their_own_come_along_unchanged() -> None:
    joined = join([dose(1, 0)], [dose(2, 48)])
    assert [(one.dose.reservation_id, one.part) for one in joined.moved] == [(2048, 1)]
    assert joined.intervals == () and joined.double_doses == ()


def test_one_day_with_two_doses_is_found_and_both_are_kept() -> None:
    """H02: a real double dose is an adverse finding, never tidied away."""
    joined = join([dose(1, 0), dose(1, 5, part=2)], [dose(2, 1)])
    assert [one.part for one in joined.moved] == [3]
    (double,) = joined.double_doses
    assert (double.on, double.survivor_ug, double.absorbed_ug) == (
        date(2026, 3, 1),
        160_000,
        80_000,
    )
    assert double.within_interval


def test_over_midnight_within_one_interval_is_found_too() -> None:
    """H03"""
    joined = join([dose(1, 16)], [dose(2, 20)])
    assert [one.within_interval for one in joined.double_doses] == [True, True]


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Held], list[Held]]:
    sides: list[list[Held]] = []
    for person in (1, 2):
        side: list[Held] = []
        hour = 0
        for number in range(draw(st.integers(0, 6))):
            hour += draw(st.integers(0 if not side else 1, 60))
            lasts = draw(st.one_of(st.none(), st.integers(1, 40)))
            after = hour + (lasts or 1)
            part = 1 + sum(d.for_day == (START + timedelta(hours=hour)).date() for d in side)
            side.append(dose(person, hour, part, lasts, person * 1000 + number))
            hour = after
        sides.append(side)
    return sides[0], sides[1]


def held_after(survivor: list[Held], joined: Joined) -> list[tuple[date, int]]:
    moved = [(one.dose.for_day, one.part) for one in joined.moved]
    return [(one.for_day, one.part) for one in survivor] + moved


@given(histories())
def test_whatever_the_histories_nothing_is_lost_and_the_barriers_hold(
    both: tuple[list[Held], list[Held]],
) -> None:
    """H02: one claim for each part of a day, intervals apart, and reaching as far as before."""
    survivor, absorbed = both
    joined = join(survivor, absorbed)
    after = held_after(survivor, joined)
    assert len(after) == len(set(after)) == len(survivor) + len(absorbed)
    cut = {(i.dose.person_id, i.dose.reservation_id): (i.begins, i.ends) for i in joined.intervals}
    ranges = []
    for one in (*survivor, *absorbed):
        begins, ends = cut.get((one.person_id, one.reservation_id), (one.begins, one.ends))
        if begins is not None and ends is not None:
            assert begins < ends
            ranges.append((begins, ends))
    ranges.sort()
    assert all(first[1] <= second[0] for first, second in pairwise(ranges))
    all_ends = [one.ends for one in (*survivor, *absorbed) if one.ends is not None]
    if all_ends:
        assert ranges[-1][1] == max(all_ends)


@given(histories())
def test_every_shared_day_is_a_finding(both: tuple[list[Held], list[Held]]) -> None:
    """H02"""
    survivor, absorbed = both
    shared = {d.for_day for d in survivor} & {d.for_day for d in absorbed}
    assert shared <= {one.on for one in join(survivor, absorbed).double_doses}
