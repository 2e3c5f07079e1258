"""A year of indkald for a whole unit: for each person the days in a row and the hour.

Pure. Whoever has the fewest possible beginnings is placed first (then whoever must be done first,
then by number), each where the days are emptiest and at the emptiest hour of them; then everyone is
looked at once more with all others in place, and moved where it is emptier. The same people in any
order get the same plan.

*In a row* means one calendar day after the other, each of them open: the rule books count closed
days as days, and on a closed day between nobody would see the dose swallowed.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from typing import Literal

DAY = timedelta(days=1)
HOUR = 60
# With all others in place one more look finds nearly all there is to find.
LOOKS_AGAIN = 2

#: What stands in somebody's way; each alone taken away would make room.
Obstacle = Literal["weekdays", "away", "hours", "dose-at-home", "places", "window"]
OBSTACLES: tuple[Obstacle, ...] = (
    "places",
    "weekdays",
    "away",
    "hours",
    "dose-at-home",
    "window",
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person said cannot be: ISO weekdays, days away (both ends included), and hours.

    ``earliest`` and ``latest`` bound when the person comes.
    """

    not_weekdays: frozenset[int] = frozenset()
    away: tuple[tuple[date, date], ...] = ()
    earliest: time | None = None
    latest: time | None = None


NO_WISH = Wish()


@dataclass(frozen=True, slots=True)
class Due:
    """Somebody whose indkald is to be held between two days, both included.

    On ``taken`` days a dose is at home already or another unit hands out.
    """

    person_id: int
    first: date
    until: date
    wish: Wish = NO_WISH
    taken: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Held:
    """A period that stands already: its days and the hour; None where no hour was agreed."""

    days: tuple[date, ...]
    at: time | None


@dataclass(frozen=True, slots=True)
class Frame:
    """What all share: the first day that can be proposed, closed days, opening hours, places.

    ``places``: how many can be under observation at the same time; ``in_a_row`` days and
    ``observation_minutes`` are the rule book's.
    """

    first: date
    closed_on: frozenset[date]
    opens: time
    closes: time
    places: int
    in_a_row: int
    observation_minutes: int

    def hours(self) -> tuple[int, ...]:
        """Minutes of the day at which somebody may come: the observation ends before closing."""
        opens, closes = _minutes(self.opens), _minutes(self.closes)
        return tuple(
            begin
            for begin in range(opens, closes, HOUR)
            if begin + self.observation_minutes < closes
        )

    def slots(self) -> int:
        """How many hours in a row one observation takes a place."""
        return -(-self.observation_minutes // HOUR)


@dataclass(frozen=True, slots=True)
class Proposed:
    """When one person would come: the days in a row, and the hour of each."""

    person_id: int
    days: tuple[date, ...]
    at: time


@dataclass(frozen=True, slots=True)
class Unplaced:
    """Somebody without room; ``helps`` are the obstacles of which one alone taken away is enough.

    Empty: more than one thing stands in the way.
    """

    person_id: int
    helps: tuple[Obstacle, ...]


@dataclass(frozen=True, slots=True)
class Week:
    """A week's load. ``visits`` are people's days, ``open_days`` as many; ``fullest`` the most
    people in any hour of it."""

    monday: date
    open_days: int
    visits: int
    fullest: int

    @property
    def a_day(self) -> float:
        """People a day, over the open ones."""
        return self.visits / self.open_days if self.open_days else 0.0


@dataclass(frozen=True, slots=True)
class Proposal:
    """Everyone due: placed, or why not; by person."""

    placed: tuple[Proposed, ...]
    unplaced: tuple[Unplaced, ...]


class Load:
    """Who sits where: people a day, and people in each hour of a day."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._slots = frame.slots()
        self.of_day: Counter[date] = Counter()
        self.of_hour: Counter[tuple[date, int]] = Counter()

    def put(self, days: Sequence[date], at: int | None, change: int = 1) -> None:
        """So many people more on these days; without an hour they count at each."""
        begins = self._frame.hours() if at is None else (at,)
        hours = {begin + HOUR * slot for begin in begins for slot in range(self._slots)}
        for day in days:
            self.of_day[day] += change
            for hour in hours:
                self.of_hour[day, hour] += change

    def in_hour(self, days: Sequence[date], begin: int) -> int:
        """The most people in any of the hours that somebody who begins then would share."""
        return max(
            self.of_hour[day, begin + HOUR * slot] for day in days for slot in range(self._slots)
        )

    def on(self, days: Sequence[date]) -> tuple[int, int]:
        """The fullest of the days, and all together."""
        loads = [self.of_day[day] for day in days]
        return max(loads), sum(loads)


def propose(due: Sequence[Due], held: Sequence[Held], frame: Frame) -> Proposal:
    """Place everyone due beside what is held already, or say what stands in the way."""
    load = Load(frame)
    for one in held:
        load.put(one.days, None if one.at is None else _minutes(one.at))
    choices = {one.person_id: tuple(possible(one, frame)) for one in due}
    order = sorted(due, key=lambda one: (len(choices[one.person_id]), one.until, one.person_id))
    found: dict[int, tuple[tuple[date, ...], int]] = {}
    for look in range(1 + LOOKS_AGAIN):
        for one in order:
            before = found.pop(one.person_id, None)
            if before is not None:
                load.put(*before, change=-1)
            elif look and not choices[one.person_id]:
                continue
            best = _best(choices[one.person_id], one.wish, frame, load)
            if best is not None:
                found[one.person_id] = best
                load.put(*best)
    placed = [
        Proposed(person_id, days, _time(at)) for person_id, (days, at) in sorted(found.items())
    ]
    missing = sorted((one for one in due if one.person_id not in found), key=lambda o: o.person_id)
    return Proposal(
        tuple(placed), tuple(Unplaced(one.person_id, _helps(one, frame, load)) for one in missing)
    )


def possible(due: Due, frame: Frame) -> Iterator[tuple[date, ...]]:
    """Each row of days in the person's window: open, none of them ruled out by the wish."""
    begin = max(due.first, frame.first)
    last = due.until - DAY * (frame.in_a_row - 1)
    while begin <= last:
        days = in_a_row(begin, frame.in_a_row)
        hindered = [day for day in days if _hindered(day, due, frame)]
        if not hindered:
            yield days
            begin += DAY
        else:
            begin = hindered[-1] + DAY


def in_a_row(first: date, count: int) -> tuple[date, ...]:
    """So many calendar days from ``first`` on."""
    return tuple(first + DAY * ahead for ahead in range(count))


def _hindered(day: date, due: Due, frame: Frame) -> bool:
    wish = due.wish
    return (
        day in frame.closed_on
        or day in due.taken
        or day.isoweekday() in wish.not_weekdays
        or any(begin <= day <= end for begin, end in wish.away)
    )


def _hours(wish: Wish, frame: Frame) -> list[int]:
    earliest = 0 if wish.earliest is None else _minutes(wish.earliest)
    latest = HOUR * 24 if wish.latest is None else _minutes(wish.latest)
    return [begin for begin in frame.hours() if earliest <= begin <= latest]


def _best(
    choices: Sequence[tuple[date, ...]], wish: Wish, frame: Frame, load: Load
) -> tuple[tuple[date, ...], int] | None:
    """The emptiest days with room at some hour, and the emptiest hour of them; the first of equals.

    None where every hour that suits is full on one of the days.
    """
    hours = _hours(wish, frame)
    best: tuple[tuple[int, int], tuple[date, ...], int] | None = None
    for days in choices:
        burden = load.on(days)
        if best is not None and burden >= best[0]:
            continue
        in_hours = [(load.in_hour(days, begin), begin) for begin in hours]
        if in_hours and (emptiest := min(in_hours))[0] < frame.places:
            best = burden, days, emptiest[1]
    return None if best is None else best[1:]


def _helps(due: Due, frame: Frame, load: Load) -> tuple[Obstacle, ...]:
    """Which obstacles, each alone taken away, would make room as things stand."""
    roomy = replace(frame, places=len(load.of_day) + sum(load.of_hour.values()) + 1)
    wish, earlier = due.wish, replace(due, first=frame.first)
    without: Mapping[Obstacle, tuple[Due, Frame]] = {
        "places": (due, roomy),
        "weekdays": (replace(due, wish=replace(wish, not_weekdays=frozenset[int]())), frame),
        "away": (replace(due, wish=replace(wish, away=())), frame),
        "hours": (replace(due, wish=replace(wish, earliest=None, latest=None)), frame),
        "dose-at-home": (replace(due, taken=frozenset[date]()), frame),
        "window": (earlier, frame),
    }
    return tuple(
        name
        for name in OBSTACLES
        if _best(
            tuple(possible(without[name][0], frame)), without[name][0].wish, without[name][1], load
        )
        is not None
    )


def weeks(
    held: Sequence[Held], frame: Frame, first: date, last: date, placed: Sequence[Proposed] = ()
) -> tuple[Week, ...]:
    """The load of every week between two days, with what is held and what is proposed."""
    load = Load(frame)
    for one in held:
        load.put(one.days, None if one.at is None else _minutes(one.at))
    for proposed in placed:
        load.put(proposed.days, _minutes(proposed.at))
    fullest: dict[date, int] = {}
    for (day, _), people in load.of_hour.items():
        fullest[day] = max(people, fullest.get(day, 0))
    found: list[Week] = []
    monday = first - DAY * (first.isoweekday() - 1)
    while monday <= last:
        days = [day for day in in_a_row(monday, 7) if first <= day <= last]
        found.append(
            Week(
                monday,
                sum(day not in frame.closed_on for day in days),
                sum(load.of_day[day] for day in days),
                max((fullest.get(day, 0) for day in days), default=0),
            )
        )
        monday += DAY * 7
    return tuple(found)


def _minutes(at: time) -> int:
    return at.hour * HOUR + at.minute


def _time(minutes: int) -> time:
    return time(minutes // HOUR, minutes % HOUR)
