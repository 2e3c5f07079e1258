"""The frame of a simulated group of places: calendars, staff, counters, numbers, ledger chains."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from hashlib import sha256
from hmac import digest
from operator import itemgetter
from random import Random
from zoneinfo import ZoneInfo

from audit.ledger.bulk import ChainRows
from audit.ledger.chain import genesis
from audit.ledger.entry import Entry
from dispensing.acts import Act
from dispensing.demo.calendar import DAYS_AHEAD, DAYS_BACK, closed_days
from dispensing.demo.catalogue import BY_CODE, BY_ID, PLACES, Place
from dispensing.demo.rows import Rows
from dispensing.demo.state import Person
from dispensing.demo.stock import STRIDE, Batches, Cupboard
from dispensing.demo.storeroom import Storeroom
from dosing_rules import Product, RuleBook, Unit

ZONE = ZoneInfo("Europe/Copenhagen")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(days=1)
_WINDOW_BACK, _WINDOW_AHEAD = 14, 35


@dataclass(frozen=True, slots=True)
class Frame:
    """What every group of a load shares. ``start`` is the first day of history."""

    seed: int
    start: date
    until: date
    book: RuleBook
    #: Staff ids by unit and role.
    staff: dict[int, dict[str, list[int]]]
    #: Counter ids by unit.
    counters: dict[int, list[int]]


def local_moment(on: date, at: time) -> datetime:
    """A wall-clock time of Copenhagen as a UTC moment."""
    return datetime.combine(on, at, ZONE).astimezone(UTC)


def entry_key(seed: int, chain_id: int, seq: int) -> bytes:
    """The key of one entry's commitment, derived from the seed: for invented people only.

    A real entry's key is drawn fresh, or erasing the payload would not make it unreadable.
    """
    return digest(_secret(seed), b"%d:%d" % (chain_id, seq), "sha256")


@lru_cache(maxsize=8)
def _secret(seed: int) -> bytes:
    return sha256(b"demo %d" % seed).digest()


class Clinic:
    """One group of places while its year runs."""

    def __init__(self, frame: Frame, group: int, chance: Random) -> None:
        self.frame = frame
        self.group = group
        self.chance = chance
        self.book = frame.book
        self.rows = Rows()
        self.places: list[Place] = [place for place in PLACES if place.group == group]
        first = frame.start - timedelta(days=DAYS_BACK)
        last = frame.until + timedelta(days=DAYS_AHEAD)
        self.closed = {p.unit_id: closed_days(p, first, last) for p in self.places}
        self.batches = Batches(frame.start, frame.until)
        self.storerooms = {
            place.unit_id: Storeroom(
                self, place.unit_id, place.unit_id, Random(f"{frame.seed}/stock/{place.unit_id}")
            )
            for place in self.places
        }
        self.cupboards = {
            place.unit_id: [
                Cupboard(counter_id, self.storerooms[place.unit_id], self.rows)
                for counter_id in frame.counters[place.unit_id]
            ]
            for place in self.places
        }
        self.chains = {
            place.unit_id: ChainRows(place.clinical_chain, 0, genesis(place.code, "clinical"))
            for place in self.places
        }
        self._pending: dict[int, list[tuple[int, Entry]]] = {p.unit_id: [] for p in self.places}
        self._numbers: dict[str, int] = {}
        #: How many are agreed with for an indkald at each unit, day and hour.
        self.seats: Counter[tuple[int, date, int]] = Counter()
        self._units: dict[tuple[int, date], Unit] = {}

    # Numbers and names

    def number(self, table: str) -> int:
        """The next id of a table: every group counts in its own residue, so none ever meet."""
        count = self._numbers.get(table, 0)
        self._numbers[table] = count + 1
        return count * STRIDE + self.group

    def product(self, code: str) -> Product:
        """The product of a code, as the rules see it."""
        return BY_CODE[code].product

    def one_of(self, unit_id: int, role: str) -> int:
        """Somebody of a role; where a place has none, whoever does that work there."""
        crew = self.frame.staff[unit_id]
        for wanted in (role, "nurse", "pharmacist", "doctor"):
            if crew.get(wanted):
                return self.chance.choice(crew[wanted])
        raise LookupError(f"unit {unit_id} has no staff")

    def doctor(self, unit_id: int) -> int:
        """The doctor of a place's people; a pharmacy's are another place's."""
        crew = self.frame.staff[unit_id]
        if crew.get("doctor"):
            return crew["doctor"][0]
        return next(
            self.frame.staff[place.unit_id]["doctor"][0]
            for place in self.places
            if self.frame.staff[place.unit_id].get("doctor")
        )

    # Days

    def days(self) -> Iterator[date]:
        """Every day of history in order."""
        day = self.frame.start
        while day < self.frame.until:
            yield day
            day += _DAY

    def is_open(self, unit_id: int, on: date) -> bool:
        """Whether a place hands out that day."""
        return on not in self.closed[unit_id]

    def next_open(self, unit_id: int, on: date) -> date:
        """That day, or the first open one after it."""
        while on in self.closed[unit_id]:
            on += _DAY
        return on

    def unit_facts(self, unit_id: int, on: date) -> Unit:
        """The place as a check sees it that day."""
        known = self._units.get((unit_id, on))
        if known is None:
            first, last = on - _WINDOW_BACK * _DAY, on + _WINDOW_AHEAD * _DAY
            closed = frozenset(day for day in self.closed[unit_id] if first <= day <= last)
            known = Unit(unit_id, frozenset(BY_ID[unit_id].licences), closed)
            self._units[unit_id, on] = known
        return known

    # Ledger

    def act(self, person: Person, unit_id: int, actor_id: int, on: date, at: datetime) -> Act:
        """Who does what to whom, with the person's next number."""
        return Act(person.person_id, person.next_seq(), unit_id, actor_id, on, at)

    def note(self, unit_id: int, at: datetime, entry: Entry) -> None:
        """Something for the ledger of a place; sealed in the order of its moments."""
        self._pending[unit_id].append(((at - _EPOCH) // _MICROSECOND, entry))

    def seal(self) -> None:
        """Chain everything noted since the last time. Called when a day is over."""
        seed = self.frame.seed
        for unit_id, pending in self._pending.items():
            if not pending:
                continue
            pending.sort(key=itemgetter(0))
            chain = self.chains[unit_id]
            for recorded_us, entry in pending:
                chain.add(entry, entry_key(seed, chain.chain_id, chain.seq + 1), recorded_us)
            self._pending[unit_id] = []
