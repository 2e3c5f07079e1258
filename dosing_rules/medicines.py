"""Other medicines, by ATC code, and what they do beside an opioid.

A code nobody has classified does nothing here; a code that is none (misspelt, garbled) might be
anything, so ``kinds_of`` answers ``None`` and the rules take the safe side. The table is a start
set; nobody has confirmed it for this clinic yet.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

MedicineKind = Literal[
    "antagonist",
    "maoi",
    "qt",
    "inhibitor",
    "inducer",
    "gabapentinoid",
    "benzodiazepine",
    "sedating",
]
SOURCE = "CT-09 to CT-13: classes named there, codes by ATC 2024; to be verified"

_CODE = re.compile(r"[A-Z][0-9]{2}[A-Z]{2}[0-9]{2}", re.ASCII)
_BY_START: dict[str, tuple[MedicineKind, ...]] = {
    # Against the opioid: antagonists and partial agonists.
    "N07BB04": ("antagonist",),  # naltrexone
    "N07BB05": ("antagonist",),  # nalmefene
    "A08AA62": ("antagonist",),  # bupropion with naltrexone
    "N02AD": ("antagonist",),  # pentazocine
    "N02AF": ("antagonist",),  # butorphanol, nalbuphine
    "N02AE01": ("antagonist",),  # buprenorphine for pain
    # Monoamine oxidase inhibitors.
    "N06AF": ("maoi",),
    "N06AG": ("maoi",),
    "N04BD": ("maoi",),
    "J01XX08": ("maoi",),  # linezolid
    # Prolonging QT.
    "N05AD01": ("qt",),  # haloperidol
    "N05AE04": ("qt",),  # ziprasidone
    "N05AF03": ("qt",),  # chlorprothixene
    "N05AH04": ("qt",),  # quetiapine
    "N06AA": ("qt",),  # tricyclics
    "N06AB04": ("qt",),  # citalopram
    "N06AB10": ("qt",),  # escitalopram
    "J01FA10": ("qt",),  # azithromycin
    "J01MA14": ("qt",),  # moxifloxacin
    "C01BD": ("qt",),  # amiodarone
    "C07AA07": ("qt",),  # sotalol
    "A04AA01": ("qt",),  # ondansetron
    "P01BA": ("qt",),  # chloroquine and kin
    # Raising methadone.
    "J02AC": ("inhibitor", "qt"),
    "J01FA01": ("inhibitor", "qt"),  # erythromycin
    "J01FA09": ("inhibitor", "qt"),  # clarithromycin
    "J01MA02": ("inhibitor", "qt"),  # ciprofloxacin
    "J05AE03": ("inhibitor",),  # ritonavir
    "N06AB08": ("inhibitor",),  # fluvoxamine
    # Lowering methadone.
    "J04AB02": ("inducer",),  # rifampicin
    "N03AF01": ("inducer",),  # carbamazepine
    "N03AB02": ("inducer",),  # phenytoin
    "N03AA02": ("inducer",),  # phenobarbital
    "N06AX25": ("inducer",),  # St John's wort
    "J05AG01": ("inducer",),  # nevirapine
    "J05AG03": ("inducer",),  # efavirenz
    # Sedating.
    "N02BF": ("gabapentinoid",),
    "N03AX12": ("gabapentinoid",),
    "N03AX16": ("gabapentinoid",),
    "N05BA": ("benzodiazepine",),
    "N05CD": ("benzodiazepine",),
    "N05CF": ("benzodiazepine",),
    "N03AE01": ("benzodiazepine",),
    "N02AA": ("sedating",),
    "N05CM": ("sedating",),
    "R06AD": ("sedating",),
    "M03BX01": ("sedating",),  # baclofen
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


def codes_unread(medicines: Sequence[Medicine]) -> int:
    """How many entries carry no readable code."""
    return sum([kinds_of(one.atc) is None for one in medicines])
