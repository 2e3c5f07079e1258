"""From what happened to the facts a check asks for: the one projection, first of all of the doses.

The replay, the rebuild of current state and the yearly audit tell the same happenings to the same
code, so none of them can find another story than the counter did. The words are the verbs of
``DoseHistory`` (what became of doses), ``PersonHistory`` (``dosing_rules.person_history``: that,
and what was decided about the treatment) and ``UnitHistory`` (the place). They are told in the
order in which they happened. Nothing here knows a clock, a database or a file.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dosing_rules.facts import Claim, ClaimState, DoseAsked, Substance
from dosing_rules.facts_in_place import NEVER, Had, Near
from dosing_rules.ordered import of_the_night
from dosing_rules.plausible import EARLIEST_ON, LATEST_ON
from dosing_rules.quick_values import QuickClaim
from dosing_rules.recorded import NO_DEPOT, Depot

# How far the claims reach round a day: the fortnight's strip, and the longest supply ahead.
BACK = timedelta(days=14)
AHEAD = timedelta(days=35)
_DAY = timedelta(days=1)

_Key = tuple[date, int]


class UnknownReservation(LookupError):
    """Something is told of a reservation that never was: the history has a hole."""


@dataclass(slots=True)
class Held:
    """A reservation: its doses are taken until it is told that nobody had them.

    ``on`` is the clinic day it was made on; ``state`` is reserved, uncertain or given. ``depot``
    where its order is one: for which day, and when that order wants the next.
    """

    at: datetime
    on: date
    unit_id: int
    substance: Substance
    doses: Sequence[DoseAsked]
    state: ClaimState = "reserved"
    depot: Depot | None = None

    def claims(self) -> list[Claim]:
        """The doses as the rules see them while nobody has told that they were given."""
        return [
            Claim(
                dose.for_on, dose.part, dose.amount_ug, dose.how, self.state, self.unit_id, self.at
            )
            for dose in self.doses
        ]


#: A dose swallowed before somebody's eyes: when, how much, for which day, of what.
Swallowed = tuple[datetime, int, date, Substance]


class DoseHistory:
    """The doses of one person. A dose nobody had, or taken back later, leaves nothing behind."""

    __slots__ = (
        "_claims",
        "_depots",
        "_given",
        "_keys",
        "_near",
        "_near_first",
        "_near_from",
        "_nights",
        "_open",
        "_plausible",
        "_swallowed",
        "_swallowed_of",
    )  # fmt: skip

    def __init__(self) -> None:
        #: Reservations nobody has told the end of; and those given, which can still be taken back.
        self._open: dict[int, Held] = {}
        self._given: dict[int, Held] = {}
        #: Given doses in order of day and part; keys and claims side by side.
        self._keys: list[_Key] = []
        self._claims: list[Claim] = []
        #: What was swallowed in order of time, and of which reservation each was.
        self._swallowed: list[Swallowed] = []
        self._swallowed_of: list[int] = []
        #: Depots given, in order of time, each with its reservation.
        self._depots: list[tuple[datetime, int, Depot]] = []
        #: What ``near`` answers, and the place and day it begins with; no day: to be found anew.
        self._near = Near()
        self._near_from = 0
        self._near_first: date | None = None
        self._plausible = True
        #: How many of the given doses are for the night, beside injections.
        self._nights = 0

    def reserved(self, reservation_id: int, held: Held) -> None:
        """Doses are taken: poured or packed, and nobody else may hand them out."""
        self._open[reservation_id] = held

    def given(
        self,
        reservation_id: int,
        swallowed_at: datetime,
        swallowed: Sequence[tuple[int, int]],
    ) -> None:
        """What was reserved was swallowed (part, micrograms really swallowed) and carried home.

        Raises UnknownReservation.
        """
        held = self._open.pop(reservation_id, None)
        if held is None:
            raise UnknownReservation(reservation_id)
        held.state = "given"
        self._given[reservation_id] = held
        unit_id = held.unit_id
        if held.depot is not None:
            insort(self._depots, (swallowed_at, reservation_id, held.depot), key=_when)
        for dose in held.doses:
            day, part, amount_ug, at = dose.for_on, dose.part, dose.amount_ug, held.at
            if dose.how == "supervised":
                at = swallowed_at
                for told_part, told_ug in swallowed:
                    if told_part == part:
                        amount_ug = told_ug
                self._swallow(reservation_id, (at, amount_ug, day, held.substance))
            claim = QuickClaim(day, part, amount_ug, dose.how, "given", unit_id, at)
            if amount_ug <= 0 or part < 1 or not EARLIEST_ON <= day <= LATEST_ON:
                self._plausible = False
            self._add((day, part), claim)

    def _swallow(self, reservation_id: int, had: Swallowed) -> None:
        swallowed = self._swallowed
        place = len(swallowed)
        while place and swallowed[place - 1][0] > had[0]:
            place -= 1
        swallowed.insert(place, had)
        self._swallowed_of.insert(place, reservation_id)
        if not EARLIEST_ON <= had[0].date() <= LATEST_ON:
            self._plausible = False

    def _add(self, key: _Key, claim: Claim) -> None:
        keys, by_day = self._keys, self._near.by_day
        if of_the_night(key[1]):
            self._nights += 1
            by_day = self._near.by_night
        if not keys or key > keys[-1]:
            keys.append(key)
            self._claims.append(claim)
            if self._near_first is not None:
                _file(claim, by_day)
            return
        place = bisect_right(keys, key)
        keys.insert(place, key)
        self._claims.insert(place, claim)
        self._near_first = None

    def freed(self, reservation_id: int) -> Held:
        """Nobody had it: returned, declined, spilled, or taken back as recorded by mistake.

        Raises UnknownReservation.
        """
        held = self._open.pop(reservation_id, None)
        if held is not None:
            return held
        held = self._given.pop(reservation_id, None)
        if held is None:
            raise UnknownReservation(reservation_id)
        for dose in held.doses:
            place = bisect_left(self._keys, (dose.for_on, dose.part))
            del self._keys[place], self._claims[place]
            self._nights -= of_the_night(dose.part)
        while reservation_id in self._swallowed_of:
            place = self._swallowed_of.index(reservation_id)
            del self._swallowed[place], self._swallowed_of[place]
        self._depots = [one for one in self._depots if one[1] != reservation_id]
        self._near_first = None
        return held

    def brought_back(self, reservation_id: int, for_on: date, part: int) -> None:
        """A dose carried home came back unopened: its day is free. Raises UnknownReservation."""
        held = self._given.get(reservation_id)
        key = (for_on, part)
        place = bisect_left(self._keys, key)
        if held is None or place == len(self._keys) or self._keys[place] != key:
            raise UnknownReservation(reservation_id)
        held.doses = tuple([dose for dose in held.doses if (dose.for_on, dose.part) != key])
        del self._keys[place], self._claims[place]
        self._nights -= of_the_night(part)
        self._near_first = None

    def uncertain(self, reservation_id: int) -> None:
        """Nobody knows whether it was had: it stays taken. Raises UnknownReservation."""
        held = self._open.get(reservation_id)
        if held is None:
            raise UnknownReservation(reservation_id)
        held.state = "uncertain"

    def held(self, reservation_id: int) -> Held:
        """A reservation that is open or given. Raises UnknownReservation."""
        held = self._open.get(reservation_id) or self._given.get(reservation_id)
        if held is None:
            raise UnknownReservation(reservation_id)
        return held

    def any_given(self, *, night: bool = False) -> bool:
        """Whether any dose was ever had, as far as is known now; ``night``: any for the night."""
        return self._nights > 0 if night else len(self._keys) > self._nights

    def claims(self, on: date, *, but: int | None = None) -> tuple[Claim, ...]:
        """What is taken for the days round ``on``, in order; what is open, however far away.

        ``but`` is a reservation whose own claims are left out: it is asked about itself.
        """
        keys = self._keys
        first, last = bisect_left(keys, (on - BACK, 0)), len(keys)
        if keys and keys[-1][0] > on + AHEAD:
            last = bisect_left(keys, (on + AHEAD + _DAY, 0))
        near = self._claims[first:last]
        if self._open:
            for reservation_id, held in self._open.items():
                if reservation_id != but:
                    near += held.claims()
            near.sort(key=_day_and_part)
        return tuple(near)

    def near(self, on: date) -> Near | None:
        """The same where everything is given and possible, kept up to date rather than built.

        It changes with the next dose and the next call. None where the claims must be built.
        """
        keys, claims = self._keys, self._claims
        if self._open or not self._plausible or (keys and keys[-1][0] > on + AHEAD):
            return None
        near, first, place, before = self._near, on - BACK, self._near_from, self._near_first
        if before is None or first < before:
            near.by_day, near.by_night = {}, {}
            place = bisect_left(keys, (first, 0))
            for claim in claims[place:]:
                _file(claim, near.by_night if of_the_night(claim.part) else near.by_day)
        elif first > before:
            while place < len(keys) and (day := keys[place][0]) < first:
                near.by_day.pop(day, None)
                near.by_night.pop(day, None)
                place += 1
        self._near_from, self._near_first = place, first
        near.claims = tuple(claims[place:])
        return near

    def last_swallowed(self) -> Swallowed | None:
        """The latest dose swallowed here; what was carried home is not seen swallowed."""
        return self._swallowed[-1] if self._swallowed else None

    def last_of_main(self) -> Swallowed | None:
        """The same, of those that were not for the night."""
        if not self._nights:
            return self.last_swallowed()
        for had, reservation_id in zip(
            reversed(self._swallowed), reversed(self._swallowed_of), strict=True
        ):
            if not any([of_the_night(dose.part) for dose in self._given[reservation_id].doses]):
                return had
        return None

    def had_of_main(self, as_of: date) -> Had:
        """What was had of the order that is not for the night, as of a day."""
        keys = self._keys
        if not keys:
            return NEVER
        had, through = self.last_of_main(), keys[-1][0]
        if not self._nights and through < as_of:
            covered_on = through  # as on most mornings
        else:
            covered_on, through = self.last_covered_on(as_of), self.covered_through()
        planned_on = None if through is None else through + _DAY
        if had is None:
            return None, None, None, covered_on, planned_on
        return had[1], had[2], had[3], covered_on, planned_on

    def had_of_night(self, until: date, as_of: date) -> Had:
        """The same of the dose for the night: the last one, swallowed or carried home, of a day up
        to ``until``."""
        place, through = self._before(until + _DAY, night=True), self.covered_through(night=True)
        covered_on = self.last_covered_on(as_of, night=True)
        planned_on = None if through is None else through + _DAY
        if place is None:
            return None, None, None, covered_on, planned_on
        had = self._claims[place]
        return had.amount_ug, had.for_on, "methadone", covered_on, planned_on

    def last_depot(self) -> Depot:
        """The latest depot given, ``NO_DEPOT`` for none."""
        return self._depots[-1][2] if self._depots else NO_DEPOT

    def last_covered_on(self, before: date, *, night: bool = False) -> date | None:
        """The latest day before a day that a given dose was for; of the night, or not of it."""
        keys = self._keys
        if not night and not self._nights and keys and keys[-1][0] < before:
            return keys[-1][0]
        place = self._before(before, night=night)
        return keys[place][0] if place is not None else None

    def covered_through(self, *, night: bool = False) -> date | None:
        """The latest day that any given dose is for; of the night, or not of it."""
        if not night and not self._nights:
            return self._keys[-1][0] if self._keys else None
        return self.last_covered_on(date.max, night=night)

    def _before(self, day: date, *, night: bool) -> int | None:
        """Where the last given dose for an earlier day stands, of the night or not of it."""
        if night and not self._nights:
            return None
        keys = self._keys
        place = bisect_left(keys, (day, 0)) - 1
        while place >= 0 and of_the_night(keys[place][1]) is not night:
            place -= 1
        return place if place >= 0 else None


def _when(depot: tuple[datetime, int, Depot]) -> datetime:
    return depot[0]


def _file(claim: Claim, by_day: dict[date, list[Claim]]) -> None:
    same_day = by_day.get(claim.for_on)
    if same_day is None:
        by_day[claim.for_on] = [claim]
    else:
        same_day.append(claim)


def _day_and_part(claim: Claim) -> _Key:
    return claim.for_on, claim.part


def taken_over(doses: DoseHistory, reservation_id: int, held: Held, had_at: datetime) -> None:
    """Doses had before the service was in use, as an older record tells: no rule was asked."""
    doses.reserved(reservation_id, held)
    swallowed = [(dose.part, dose.amount_ug) for dose in held.doses]
    doses.given(reservation_id, had_at, swallowed)
