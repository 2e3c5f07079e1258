"""What is known of a place when: licences and closed days, as they were decided."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import date

from dosing_rules.facts import Unit
from dosing_rules.history import AHEAD, BACK

#: A preparation beyond the ordinary ones, from and to which day (``None``: until further notice).
Licence = tuple[str, date, date | None]

_MOST_KEPT = 20_000


class UnitHistory:
    """One place. Decisions are told in order, each with its place in the unit's chain."""

    def __init__(self, unit_id: int) -> None:
        self.unit_id = unit_id
        self._seqs: list[int] = []
        self._known: list[tuple[Sequence[Licence], frozenset[date]]] = []
        self._facts: dict[tuple[int, date], Unit] = {}

    def licensed(self, seq: int, licences: Sequence[Licence]) -> None:
        """These are all its licences from now on."""
        self._tell(seq, tuple(licences), self._known[-1][1] if self._known else frozenset())

    def calendar(self, seq: int, closed: Iterable[date], opened: Iterable[date] = ()) -> None:
        """Days it is closed on, and days that are open again; the others stay as they were."""
        licences, before = self._known[-1] if self._known else ((), frozenset[date]())
        self._tell(seq, licences, (before | frozenset(closed)) - frozenset(opened))

    def _tell(self, seq: int, licences: Sequence[Licence], closed: frozenset[date]) -> None:
        self._seqs.append(seq)
        self._known.append((licences, closed))

    def facts(self, seq: int, on: date) -> Unit:
        """The place as a check sees it on a day, after all that was told before ``seq``."""
        # Almost always all of it was told before.
        seqs = self._seqs
        place = len(seqs) if not seqs or seq > seqs[-1] else bisect_left(seqs, seq)
        found = self._facts.get((place, on))
        if found is None:
            found = self._facts_at(place, on)
            if len(self._facts) >= _MOST_KEPT:
                self._facts.clear()
            self._facts[place, on] = found
        return found

    def _facts_at(self, place: int, on: date) -> Unit:
        if place == 0:
            return Unit(self.unit_id, frozenset(), frozenset())
        licences, closed = self._known[place - 1]
        first, last = on - BACK, on + AHEAD
        return Unit(
            self.unit_id,
            frozenset(
                preparation
                for preparation, from_on, to_on in licences
                if from_on <= on and (to_on is None or to_on >= on)
            ),
            frozenset(day for day in closed if first <= day <= last),
        )
