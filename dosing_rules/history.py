"""From what happened to the facts a check asks for: the one projection.

The service when it rebuilds, the generator, the replay and the audit fold the same events with the
same code, so none of them can tell a different story. Events arrive in the order in which they
happened; each names the day its dose is *for*. Nothing here knows a clock.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from dosing_rules.facts import Claim, ClaimState, How, Substance

EventKind = Literal["reserved", "given", "returned", "refused", "spilled", "uncertain", "reversed"]

# How far the facts reach (the week's supply and a holiday ahead, a fortnight back), and how long
# an event may still be reversed before it is taken as settled.
DAYS_BACK = 14
DAYS_AHEAD = 35
DAYS_REVERSIBLE = 60


@dataclass(frozen=True, slots=True)
class DoseEvent:
    """One thing that happened to one dose. ``amount_ug`` of *given* is what was really given."""

    kind: EventKind
    at: datetime
    on: date
    for_on: date
    part: int
    amount_ug: int
    how: How
    unit_id: int
    substance: Substance


@dataclass(frozen=True, slots=True)
class DoseFacts:
    """The dose history in the words of ``Patient``."""

    claims: tuple[Claim, ...]
    last_swallowed_at: datetime | None
    last_swallowed_ug: int | None
    last_swallowed_on: date | None
    last_swallowed_substance: Substance | None
    last_covered_on: date | None
    first_dose_on: date | None


class DoseHistory:
    """Folds the events of one person. Memory is bounded: settled old doses leave one summary."""

    __slots__ = ("_course_starts", "_held", "_last_settled", "_restart_days", "_settled_covered")

    def __init__(self, restart_days: int) -> None:
        """``restart_days``: so many days without start the course anew (from the rule book)."""
        self._restart_days = restart_days
        self._held: dict[tuple[date, int], tuple[ClaimState, DoseEvent]] = {}
        self._settled_covered: date | None = None
        self._last_settled: DoseEvent | None = None
        self._course_starts: date | None = None

    def take(self, event: DoseEvent) -> None:
        """Add the next event. A dose that nobody had, or that was reversed, is free again."""
        key = (event.for_on, event.part)
        if event.kind in ("reserved", "given", "uncertain"):
            self._held[key] = (event.kind, event)
        else:
            self._held.pop(key, None)
        if event.kind == "given":
            self._settle(event.on - timedelta(days=DAYS_REVERSIBLE))

    def _settle(self, before: date) -> None:
        old = [
            key for key, (state, _) in self._held.items() if state == "given" and key[0] < before
        ]
        for key in sorted(old):
            event = self._held.pop(key)[1]
            self._course_starts = self._start_after(self._settled_covered, event.for_on)
            self._settled_covered = event.for_on
            if event.how == "supervised":
                self._last_settled = event

    def _start_after(self, covered: date | None, day: date) -> date:
        """When the running course began, once ``day`` follows ``covered``."""
        if covered is None or self._course_starts is None:
            return day
        missed = (day - covered).days - 1
        return day if missed >= self._restart_days else self._course_starts

    def facts(self, on: date) -> DoseFacts:
        """The facts for a check on a clinic day; every event so far has been taken in."""
        given = sorted(
            (event for state, event in self._held.values() if state == "given"),
            key=lambda event: (event.for_on, event.part),
        )
        swallowed = [event for event in given if event.how == "supervised"]
        last = max(swallowed, key=lambda event: event.at, default=self._last_settled)
        covered = [event.for_on for event in given if event.for_on < on]
        return DoseFacts(
            claims=self._claims(on),
            last_swallowed_at=last.at if last is not None else None,
            last_swallowed_ug=last.amount_ug if last is not None else None,
            last_swallowed_on=last.for_on if last is not None else None,
            last_swallowed_substance=last.substance if last is not None else None,
            last_covered_on=max(covered, default=self._settled_covered),
            first_dose_on=self._first_dose_on(given),
        )

    def _first_dose_on(self, given: list[DoseEvent]) -> date | None:
        covered, starts = self._settled_covered, self._course_starts
        for event in given:
            missed = (event.for_on - covered).days - 1 if covered is not None else None
            if missed is None or starts is None or missed >= self._restart_days:
                starts = event.for_on
            covered = event.for_on
        return starts

    def _claims(self, on: date) -> tuple[Claim, ...]:
        first, last = on - timedelta(days=DAYS_BACK), on + timedelta(days=DAYS_AHEAD)
        return tuple(
            Claim(day, part, event.amount_ug, event.how, state, event.unit_id, event.at)
            for (day, part), (state, event) in sorted(self._held.items())
            if first <= day <= last or state != "given"
        )


def fold(events: Iterable[DoseEvent], on: date, restart_days: int) -> DoseFacts:
    """All events of one person, in order, to the facts on a clinic day."""
    history = DoseHistory(restart_days)
    for event in events:
        history.take(event)
    return history.facts(on)
