"""What the tables must hold, worked out from the ledger's payloads alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

ENDED = {
    "handout-returned": "returned",
    "handout-spilled": "spilled",
    "handout-declined": "refused",
}
NIGHT, ON_PAPER = 90, 99
DoseKey = tuple[int, str, int]  # person, day the dose is for, part


@dataclass(frozen=True, slots=True)
class Told:
    """One payload of the ledger, with where it stands."""

    chain_id: int
    seq: int
    kind: str
    person_id: int
    person_seq: int
    unit_id: int
    on: str
    facts: Mapping[str, Any]


@dataclass(slots=True)
class Replay:
    """Tables as a replay makes them, keyed as the tables are; days are ISO text."""

    limits_ug: Mapping[int, int]
    before: frozenset[int]
    reservation: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    resolution: dict[int, str] = field(default_factory=dict)
    reversal: set[int] = field(default_factory=set)
    handover: dict[tuple[int, str, int], tuple[Any, ...]] = field(default_factory=dict)
    administration: dict[tuple[int, int], tuple[Any, ...]] = field(default_factory=dict)
    claim: dict[DoseKey, tuple[int, int, str, str]] = field(default_factory=dict)
    used_ug: dict[tuple[int, str], int] = field(default_factory=dict)
    night_ug: dict[tuple[int, str], int] = field(default_factory=dict)
    doubles: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    _uncertain: set[int] = field(default_factory=set)
    _doses: dict[int, list[Any]] = field(default_factory=dict)

    def tell(self, told: Told) -> None:
        """Fold one entry in."""
        if told.kind == "handout-reserved":
            self._reserved(told)
            return
        reservation_id = told.facts.get("reservation")
        if reservation_id in self.before:
            return
        if reservation_id not in self.reservation:
            if told.kind.startswith("handout-") and told.kind != "handout-refused-by-rules":
                self.troubles.append(f"{told.kind} of an unknown reservation {reservation_id}")
            return
        if told.kind == "handout-given":
            self._given(told, reservation_id)
        elif told.kind in ENDED:
            self._resolve(reservation_id, ENDED[told.kind])
            self._release(reservation_id)
        elif told.kind == "handout-uncertain":
            self._uncertain.add(reservation_id)
            for key, (held_by, ug, how, _) in self.claim.items():
                if held_by == reservation_id:
                    self.claim[key] = (held_by, ug, how, "uncertain")
        elif told.kind == "handout-reversed":
            if reservation_id in self.reversal:
                self.troubles.append(f"reservation {reservation_id} is reversed twice")
            self.reversal.add(reservation_id)
            self._release(reservation_id)

    def _reserved(self, told: Told) -> None:
        facts = told.facts
        reservation_id = facts["reservation"]
        self.reservation[reservation_id] = (
            told.person_id,
            told.unit_id,
            told.on,
            facts["doses"],
            facts["bottle"],
            tuple(facts["prescription"]),
            _moment(facts["at"]),
        )
        self._doses[reservation_id] = facts["doses"]
        for day, part, ug, how in facts["doses"]:
            key = (told.person_id, day, part)
            if key in self.claim:
                self.doubles.append(
                    f"person {told.person_id}, {day} part {part}: reservation {reservation_id}"
                    f" while {self.claim[key][0]} is live"
                )
            self.claim[key] = (reservation_id, ug, how, "reserved")
            self._use(told.person_id, day, part, ug)

    def _use(self, person_id: int, day: str, part: int, ug: int) -> None:
        if NIGHT <= part < ON_PAPER:
            # Of another substance, counted in a column of its own; its part keeps it single.
            self.night_ug[person_id, day] = self.night_ug.get((person_id, day), 0) + ug
            return
        used = self.used_ug.get((person_id, day), 0) + ug
        self.used_ug[person_id, day] = used
        if ug > 0 and used > self.limits_ug[person_id]:
            self.doubles.append(f"person {person_id}, {day}: {used} ug is above the day's limit")

    def _resolve(self, reservation_id: int, outcome: str) -> None:
        if reservation_id in self.resolution:
            self.troubles.append(f"reservation {reservation_id} is resolved twice")
        self.resolution[reservation_id] = outcome

    def _given(self, told: Told, reservation_id: int) -> None:
        self._resolve(reservation_id, "given")
        at = _moment(told.facts["at"])
        if reservation_id in self._uncertain:
            at = self.reservation[reservation_id][6]
        rows = [(told.on, part, ug, "supervised") for part, ug in told.facts["swallowed"]]
        rows += [(day, part, ug, "take_home") for day, part, ug in told.facts["taken_home"]]
        for day, part, ug, how in rows:
            self.handover[reservation_id, day, part] = (told.person_id, how, ug, at)
            if how == "supervised":
                self.administration[reservation_id, part] = (told.person_id, day, ug, at)
            key = (told.person_id, day, part)
            before = self.claim.get(key)
            if before is not None:
                self._use(told.person_id, day, part, ug - before[1])
            self.claim[key] = (reservation_id, ug, how, "given")

    def _release(self, reservation_id: int) -> None:
        for key in [key for key, claim in self.claim.items() if claim[0] == reservation_id]:
            self._use(*key, -self.claim.pop(key)[1])


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def replay(entries: Iterable[Told], limits_ug: Mapping[int, int], before: frozenset[int]) -> Replay:
    """Fold all entries, each person in that person's own order.

    Reservations ``before`` were there without entries of their own: they are left out.
    """
    made = Replay(limits_ug, before)
    for told in sorted(entries, key=lambda told: (told.person_id, told.person_seq, told.seq)):
        made.tell(told)
    return made


def told_from(row: tuple[Any, ...]) -> Told:
    """An entry from a row (chain_id, seq, kind, person_id, person_seq, payload)."""
    chain_id, seq, kind, person_id, person_seq, payload = row
    said = json.loads(bytes(payload))
    return Told(
        chain_id, seq, kind, person_id, person_seq, said["unit_id"], said["on"], said["facts"]
    )
