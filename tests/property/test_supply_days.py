"""H02: whatever a doctor decides in which order, every day of a person has one place, never two.

The pure planning alone, on drawn decisions: what the database's unique index would refuse must not
be asked of it, a day of which a dose is taken never changes hands, and no wanted day is left out.
"""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dispensing.treatment.supply.planning import Days, Terms, days_of, reaches
from dispensing.treatment.supply.store import Frame, SupplyDay

CLINIC, PLACES = 1, (8, 9)
#: Over a change to winter time, and over the end of a year.
FIRST = (date(2026, 10, 20), date(2026, 12, 25))
_DAY = timedelta(days=1)

ahead = st.integers(0, 25)
weekdays = st.frozensets(st.integers(1, 7), min_size=1)


@st.composite
def decisions(draw: st.DrawFn) -> tuple[Terms | None, int, int | None]:
    """Terms (or none), from how many days ahead, and until when the medicine is ordered."""
    offset = draw(ahead)
    ordered = draw(st.none() | ahead)
    if draw(st.integers(0, 3)) == 0:
        return None, offset, ordered
    wanted = draw(st.none() | ahead)
    terms = Terms(
        draw(st.sampled_from(PLACES)),
        date.min,
        None if wanted is None else date.min + wanted * _DAY,
        draw(weekdays),
        frozenset(),
        frozenset(),
        1,
    )
    return terms, offset, ordered


def applied(frame: Frame, days: Days, place: int) -> Frame:
    """The rows after the decision; two of one day would be refused."""
    kept = [one for one in frame.days if one.day not in set(days.ends)]
    begun = [SupplyDay(day, place) for day in days.begins]
    rows = sorted([*kept, *begun], key=lambda one: one.day)
    assert len({one.day for one in rows}) == len(rows), "one place a day"
    return replace(frame, days=tuple(rows))


@given(
    first=st.sampled_from(FIRST),
    asked=st.lists(decisions(), min_size=1, max_size=8),
    taken=st.frozensets(ahead, max_size=6),
    closed=st.frozensets(st.tuples(st.sampled_from(PLACES), ahead), max_size=6),
    on_paper=st.frozensets(
        st.tuples(st.sampled_from((CLINIC, *PLACES)), st.integers(0, 1)), max_size=4
    ),
    passes=st.lists(st.integers(0, 4), min_size=8, max_size=8),
)
def test_one_place_a_day_over_any_decisions(
    first: date,
    asked: list[tuple[Terms | None, int, int | None]],
    taken: frozenset[int],
    closed: frozenset[tuple[int, int]],
    on_paper: frozenset[tuple[int, int]],
    passes: list[int],
) -> None:
    """Days pass between the decisions; what was is never touched."""
    frame = Frame(
        today=first,
        holder=CLINIC,
        next_id=1,
        standing=None,
        days=(),
        taken=frozenset(first + n * _DAY for n in taken),
        closed=frozenset((place, first + n * _DAY) for place, n in closed),
        on_paper=frozenset(),
        giving=frozenset(),
        paper_now=False,
        ordered_until=None,
    )
    for (drawn, offset, ordered), later in zip(asked, passes, strict=False):
        today = frame.today
        frame = replace(
            frame, on_paper=frozenset((place, today + n * _DAY) for place, n in on_paper)
        )
        from_on = today + offset * _DAY
        until = None if ordered is None else today + ordered * _DAY
        terms = drawn and replace(
            drawn,
            from_on=from_on,
            wanted_until=drawn.wanted_until and today + (drawn.wanted_until - date.min),
        )
        days = days_of(frame, terms, unit_id=CLINIC, from_on=from_on, ordered_until=until)
        before = {one.day: one.unit_id for one in frame.days}
        place = terms.pharmacy_unit_id if terms else 0
        after_rows = applied(frame, days, place)
        after = {one.day: one.unit_id for one in after_rows.days}
        _holds(frame, terms, before, after, from_on, until)
        frame = replace(after_rows, today=today + later * _DAY)
        gone = tuple(one for one in frame.days if one.day >= frame.today)
        frame = replace(frame, days=gone)


def _holds(
    frame: Frame,
    terms: Terms | None,
    before: dict[date, int],
    after: dict[date, int],
    from_on: date,
    until: date | None,
) -> None:
    changed = {day for day in before | after if before.get(day) != after.get(day)}
    assert not changed & frame.taken, "what is had stays where it was had"
    assert all(day >= from_on for day in changed), "nothing before the decision's first day"
    for day in changed:
        left = before.get(day, CLINIC)
        assert (left, day) not in frame.on_paper, "a list still gives the person there"
    reach = reaches(terms, until) if terms else date.min
    for number in range(40):
        day = frame.today + number * _DAY
        if day in frame.taken or day < from_on:
            continue
        wanted = (
            terms is not None
            and day <= reach
            and day.isoweekday() in terms.weekdays
            and (terms.pharmacy_unit_id, day) not in frame.closed
        )
        was = before.get(day, CLINIC)
        if (was, day) in frame.on_paper:
            assert after.get(day, CLINIC) == was
        elif wanted:
            assert terms is not None
            stays = (CLINIC, day) in frame.on_paper and was != terms.pharmacy_unit_id
            assert after.get(day) == (None if stays else terms.pharmacy_unit_id)
        else:
            assert day not in after, "no day left behind"
