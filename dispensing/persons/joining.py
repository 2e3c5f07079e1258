"""What becomes of two people's doses when they turn out to be one human. Pure.

Every dose stays: those of the absorbed record move to the survivor, under another part of the day
where the part is taken there. Where both had something for one day, or swallowed within one
interval, that is an adverse finding, never something to be tidied away.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from dosing_rules.ordered import of_the_night


@dataclass(frozen=True, slots=True)
class Held:
    """A given dose as it is claimed: whose, for which day and part, and its interval if any."""

    person_id: int
    for_day: date
    part: int
    reservation_id: int
    amount_ug: int
    how: str
    substance: str
    swallowed_at: datetime | None
    begins: datetime | None
    ends: datetime | None


@dataclass(frozen=True, slots=True)
class Moved:
    """A dose of the absorbed record: the part it had, and the part it gets with the survivor."""

    dose: Held
    part: int


@dataclass(frozen=True, slots=True)
class Interval:
    """The interval a dose keeps: no two of one human overlap, and the last reaches furthest."""

    dose: Held
    begins: datetime
    ends: datetime | None


@dataclass(frozen=True, slots=True)
class DoubleDose:
    """One day for which both records had a dose: micrograms of each."""

    on: date
    survivor_ug: int
    absorbed_ug: int
    substances: tuple[str, ...]
    within_interval: bool

    def as_dict(self) -> dict[str, Any]:
        return {
            "day": self.on.isoformat(),
            "survivor_ug": self.survivor_ug,
            "absorbed_ug": self.absorbed_ug,
            "substances": list(self.substances),
            "within_interval": self.within_interval,
        }


@dataclass(frozen=True, slots=True)
class Joined:
    """All that follows for the doses."""

    moved: tuple[Moved, ...]
    intervals: tuple[Interval, ...]
    double_doses: tuple[DoubleDose, ...]


def join(survivor: Sequence[Held], absorbed: Sequence[Held]) -> Joined:
    """Bring the doses of two records together; both are all given, none reserved."""
    intervals, met = _intervals([*survivor, *absorbed])
    return Joined(
        tuple(_moved(survivor, absorbed)), intervals, tuple(_double(survivor, absorbed, met))
    )


def _moved(survivor: Sequence[Held], absorbed: Sequence[Held]) -> list[Moved]:
    taken: dict[date, set[int]] = {}
    for dose in survivor:
        taken.setdefault(dose.for_day, set()).add(dose.part)
    # The parts of the night stay parts of the night: they are of another substance.
    highest: dict[tuple[date, bool], int] = {}
    for dose in (*survivor, *absorbed):
        of = dose.for_day, of_the_night(dose.part)
        highest[of] = max(highest.get(of, 0), dose.part)
    moved: list[Moved] = []
    for dose in sorted(absorbed, key=lambda d: (d.for_day, d.part)):
        part = dose.part
        if part in taken.get(dose.for_day, ()):
            of = dose.for_day, of_the_night(dose.part)
            highest[of] += 1
            part = highest[of]
        moved.append(Moved(dose, part))
    return moved


def _intervals(doses: Sequence[Held]) -> tuple[tuple[Interval, ...], set[date]]:
    """Intervals cut so that none overlap, and the days on which two people's did."""
    running = sorted(
        (dose for dose in doses if dose.begins is not None and dose.ends is not None),
        key=lambda dose: (dose.begins, dose.person_id),
    )
    cut: list[Interval] = []
    met: set[date] = set()
    reach: datetime | None = None
    for number, dose in enumerate(running):
        assert dose.begins is not None and dose.ends is not None
        after = running[number + 1] if number + 1 < len(running) else None
        ends = max(dose.ends, reach) if reach is not None else dose.ends
        if after is not None and after.begins is not None and after.begins < ends:
            met |= {dose.for_day, after.for_day}
            reach, kept = ends, after.begins
        else:
            reach, kept = None, ends
        if kept != dose.ends:
            cut.append(Interval(dose, dose.begins, kept if kept > dose.begins else None))
    return tuple(cut), met


def _double(survivor: Sequence[Held], absorbed: Sequence[Held], met: set[date]) -> list[DoubleDose]:
    ours, theirs = _by_day(survivor), _by_day(absorbed)
    days = sorted((ours.keys() & theirs.keys()) | met)
    return [
        DoubleDose(
            day,
            sum(dose.amount_ug for dose in ours.get(day, ())),
            sum(dose.amount_ug for dose in theirs.get(day, ())),
            tuple(sorted({d.substance for d in (*ours.get(day, ()), *theirs.get(day, ()))})),
            day in met,
        )
        for day in days
    ]


def _by_day(doses: Sequence[Held]) -> dict[date, list[Held]]:
    found: dict[date, list[Held]] = {}
    for dose in doses:
        found.setdefault(dose.for_day, []).append(dose)
    return found
