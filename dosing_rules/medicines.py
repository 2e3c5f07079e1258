"""Other medicines, by ATC code, and what they do beside an opioid.

A code nobody has classified does nothing here; a code that is none (misspelt, garbled) might be
anything, so ``kinds_of`` answers ``None`` and the rules take the safe side. The table is data
(``tables/substances.toml``), each group with its source.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

from dosing_rules.substance_tables import SUBSTANCE_TABLES

MedicineKind = Literal[
    "antagonist",
    "maoi",
    "qt",
    "inhibitor",
    "inducer",
    "gabapentinoid",
    "benzodiazepine",
    "sedating",
    "substitution",
    "methadone",
    "buprenorphine",
    "diacetylmorphine",
]
_CODE = re.compile(r"[A-Z][0-9]{2}[A-Z]{2}[0-9]{2}", re.ASCII)
# A code, whole or its beginning, and what everything under it does.
_BY_START: dict[str, frozenset[MedicineKind]] = {
    start: frozenset(row["kinds"])
    for row in SUBSTANCE_TABLES["medicines"]
    for start in row["codes"]
}


@dataclass(frozen=True, slots=True)
class Medicine:
    """A medicine beside the substitution: its ATC code, and since and until when, as far as known.

    Without ``stopped_on`` it is still taken; without ``started_on`` it may have begun today.
    """

    atc: str
    started_on: date | None
    stopped_on: date | None = None

    def taken_within(self, days: int, on: date) -> bool:
        """Still taken, or stopped no more than so many days ago."""
        return self.stopped_on is None or (on - self.stopped_on).days <= days

    def changed_within(self, days: int, on: date) -> bool:
        """Started or stopped no more than so many days ago."""
        if self.stopped_on is not None and self.stopped_on <= on:
            return (on - self.stopped_on).days <= days
        return self.started_on is None or (on - self.started_on).days <= days


@lru_cache(maxsize=4096)
def kinds_of(atc: str) -> frozenset[MedicineKind] | None:
    """What a medicine does beside an opioid; ``None`` for what is no ATC code."""
    if not _CODE.fullmatch(atc):
        return None
    return frozenset(
        kind for start, kinds in _BY_START.items() if atc.startswith(start) for kind in kinds
    )


def of_kind(
    medicines: Sequence[Medicine], kind: MedicineKind, on: date, *, days: int = 0
) -> list[Medicine]:
    """Those of one kind still taken, or stopped no more than ``days`` ago."""
    return [
        one
        for one in medicines
        if one.taken_within(days, on) and kind in (kinds_of(one.atc) or frozenset())
    ]


def other_substitution(
    medicines: Sequence[Medicine], own: Sequence[str], on: date, *, partial: bool
) -> list[Medicine]:
    """Medicines against opioid dependence beside the order: its own substance is not counted.

    The partial agonist works against a full one; the others only come on top.
    """
    found: list[Medicine] = []
    for one in of_kind(medicines, "substitution", on):
        kinds = kinds_of(one.atc) or frozenset()
        if kinds.isdisjoint(own) and ("buprenorphine" in kinds) is partial:
            found.append(one)
    return found


def codes_unread(medicines: Sequence[Medicine]) -> int:
    """How many entries carry no readable code."""
    return sum([kinds_of(one.atc) is None for one in medicines])
