"""Every past hand-out and refusal asked again: under its own book, and under another.

Under its own book the answer must be the recorded one, byte for byte with every number that took
part. What differs means that the facts in the ledger are not those the decision stood on, or that
the rules are no longer the same: both must be known.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg

from audit.history.payloads import PersonEntry
from audit.history.reading import Wanted, count_decisions, read_people, read_units
from audit.history.spelling import Spelling, verdict_bytes
from audit.history.telling import Asked, Decision, ErasedDecision, Telling
from audit.history.units import Units
from dosing_rules import RuleBook, Verdict, check_dispensing
from dosing_rules.check import check_under_both
from dosing_rules.replay import RuleChange, Tally, compare

#: Decisions between two words to whoever watches.
_TELL_EVERY = 2_000
#: Differences that are kept with their place; the rest are counted.
MOST_KEPT = 1_000

#: Called with the decisions done so far and those expected.
Progress = Callable[[int, int], None]
#: The book of an id as it stands, in each standing it may have had: unsigned, and signed.
OwnBook = Callable[[str], Sequence[RuleBook]]


class BookDiffers(RuntimeError):
    """A book of this id is not the one that was decided by: its bytes have another hash."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A decision whose own book answers otherwise today, and which rules do."""

    person_id: int
    seq: int
    kind: str
    on: str
    unit_id: int
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """A decision that the other book would have answered otherwise."""

    decision: Decision
    before: Verdict
    after: Verdict
    changes: tuple[RuleChange, ...]

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "person_id": self.decision.person_id,
            "entry": [self.decision.unit_id, self.decision.seq],
            "kind": self.decision.kind,
            "on": self.decision.on.isoformat(),
            "before": self.before.word,
            "after": self.after.word,
            "rules": [
                {
                    "rule_id": one.rule_id,
                    "before": one.before.word if one.before is not None else None,
                    "after": one.after.word if one.after is not None else None,
                    "direction": one.direction,
                }
                for one in self.changes
            ],
        }


@dataclass(slots=True)
class Replayed:
    """What a replay found. Every decision is agreed, differing, erased or unknown."""

    agreed: int = 0
    differing: int = 0
    #: The payload of the decision itself is erased.
    erased: int = 0
    #: A fact it stood on is erased, missing, or told in a way that is not followed (paper, merge).
    unknown: int = 0
    differences: list[Difference] = field(default_factory=list[Difference])
    tally: Tally = field(default_factory=Tally)

    @property
    def decisions(self) -> int:
        return self.agreed + self.differing + self.erased + self.unknown


class Replay:
    """One replay while it runs: own books by their recorded name and hash, and the other book."""

    def __init__(
        self,
        own_book: OwnBook,
        other: RuleBook | None = None,
        changed: Callable[[Changed], None] | None = None,
    ) -> None:
        self.found = Replayed()
        self._own_book = own_book
        self._books: dict[bytes, tuple[Sequence[RuleBook], Spelling]] = {}
        self._other = other
        self._changed = changed

    def ask(self, asked: Asked) -> None:
        """Ask one decision again and count what comes of it. Raises BookDiffers."""
        found = self.found
        if isinstance(asked, ErasedDecision):
            found.erased += 1
            return
        request, patient = asked.request, asked.patient
        if request is None or patient is None:
            found.unknown += 1
            return
        known = self._books.get(asked.book)
        if known is None:
            known = self._books[asked.book] = self._recorded_book(asked.book), Spelling()
        books, spelling = known
        other, after = self._other, None
        if other is None:
            before = check_dispensing(request, patient, books[0])
        else:
            before, after = check_under_both(request, patient, books[0], other)
        if spelling.bytes_of(before) == asked.verdict:
            found.agreed += 1
        elif not self._agrees_signed(asked, books):
            self._differs(asked, before)
        else:
            found.agreed += 1
        if after is not None:
            changes = compare(before, after)
            if changes:
                found.tally.add(asked.person_id, before, after, changes)
                if self._changed is not None:
                    self._changed(Changed(asked, before, after, changes))

    def _recorded_book(self, named: bytes) -> Sequence[RuleBook]:
        book_id, sha256 = json.loads(named)
        books = self._own_book(book_id)
        if books[0].sha256 != sha256:
            raise BookDiffers(
                f"decisions were made by {book_id} with SHA-256 {sha256}, and the installed file of"
                f" that id has {books[0].sha256}: a published book was edited, or another version"
                " of the service is installed"
            )
        return books

    def _agrees_signed(self, asked: Decision, books: Sequence[RuleBook]) -> bool:
        """A signature under a book changes the standing of its numbers, and nothing else."""
        assert asked.request is not None and asked.patient is not None
        return any(
            verdict_bytes(check_dispensing(asked.request, asked.patient, book)) == asked.verdict
            for book in books[1:]
        )

    def _differs(self, asked: Decision, now: Verdict) -> None:
        self.found.differing += 1
        if len(self.found.differences) >= MOST_KEPT:
            return
        then = {one["rule_id"]: one for one in json.loads(asked.verdict)["findings"]}
        found = {one.rule_id: one.as_dict() for one in now.findings}
        rules = [name for name in sorted(then | found) if then.get(name) != found.get(name)]
        self.found.differences.append(
            Difference(
                asked.person_id,
                asked.seq,
                asked.kind,
                asked.on.isoformat(),
                asked.unit_id,
                tuple(rules),
            )
        )


def decisions(
    people: Iterable[tuple[int, Sequence[PersonEntry]]], units: Units, wanted: Wanted
) -> Iterator[Asked]:
    """The decisions of people whose entries come in order, each with the facts it stood on."""
    telling: Telling | None = None
    unit_id = wanted.unit_id
    for person_id, entries in people:
        if telling is None or telling.person_id != person_id:
            telling = Telling(person_id, units, wanted.first, wanted.last)
        if unit_id is None:
            yield from telling.tell(entries)
            continue
        for asked in telling.tell(entries):
            if isinstance(asked, ErasedDecision) or asked.unit_id == unit_id:
                yield asked


def replay_ledger(
    connection: psycopg.Connection[Any],
    wanted: Wanted,
    replay: Replay,
    progress: Progress | None = None,
) -> Replayed:
    """Ask every decision of these days again, in one view of the ledger, and answer what was found.

    Raises BookDiffers, RuleBookError for a book that is not installed, psycopg.Error, and
    msgspec.ValidationError for a payload that is none of its kind.
    """
    expected = count_decisions(connection, wanted)
    units = read_units(connection)
    done = 0
    # Closed before an error goes on: a connection in the middle of a COPY cannot roll back.
    with closing(read_people(connection, wanted)) as people, no_collector():
        for asked in decisions(people, units, wanted):
            replay.ask(asked)
            done += 1
            if progress is not None and done % _TELL_EVERY == 0:
                progress(done, expected)
    if progress is not None:
        progress(done, expected)
    return replay.found


@contextmanager
def no_collector() -> Generator[None]:
    """Nothing here refers to itself: looking for rings among millions of values is time lost."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
