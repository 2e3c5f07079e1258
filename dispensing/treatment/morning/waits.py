"""What waits for a doctor, as rows in one order: the most dangerous first. Pure.

Rows and counts have one source: a filter shows the rows it counts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, get_args

Kind = Literal[
    "question",
    "uncertain",
    "paper",
    "told",
    "indkald",
    "diversion",
    "taper",
    "order",
    "move",
    "review",
    "ecg",
    "pregnancy",
    "health",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
#: How grave a row is, most first; the page has a sign for each.
Grave = Literal["stop", "doctor", "confirm", "uncertain", "asked"]
#: They wait for the counter or for a person at it, not for the day's work.
URGENT: frozenset[Kind] = frozenset({"question", "uncertain", "paper", "told"})
_LOOKED_AFTER: tuple[Kind, ...] = ("review", "ecg", "pregnancy", "health")


@dataclass(frozen=True, slots=True)
class Waits:
    """One thing that waits. ``what`` is the word for it within its kind.

    ``number`` is the question's, notice's, reservation's or conflict's, else the person's.
    ``at``: since that moment; ``on``: since that day, or the day something ends; both None: nobody
    ever recorded it. ``late``: more than due. ``days`` are days not held, or how many behind.
    """

    kind: Kind
    number: int
    person_id: int
    given_name: str
    family_name: str
    what: str
    grave: Grave
    at: datetime | None = None
    on: date | None = None
    late: bool = False
    amount_ug: int | None = None
    days: tuple[date, ...] = ()
    behind_days: int = 0
    night: bool = False
    #: Of a taper: its medicine.
    atc: str = ""

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}"

    @property
    def initials(self) -> str:
        """For a screen that faces the room."""
        return f"{self.given_name[:1]}.{self.family_name[:1]}."

    @property
    def key(self) -> str:
        """What names the row on the page: the number of a question is enough."""
        return str(self.number) if self.kind == "question" else f"{self.kind}-{self.number}"


def most_dangerous_first(rows: Iterable[Waits]) -> tuple[Waits, ...]:
    """Kinds in their order; late reviews and ECGs before those that are due. Stable within."""
    return tuple(sorted(rows, key=_place))


def _place(one: Waits) -> tuple[int, int]:
    if one.kind in _LOOKED_AFTER:
        return KINDS.index("review"), not one.late
    return KINDS.index(one.kind), 0


def counted(rows: Iterable[Waits]) -> Mapping[Kind, int]:
    """How many rows of each kind, in their order; only kinds that have some."""
    counts = dict.fromkeys(KINDS, 0)
    for one in rows:
        counts[one.kind] += 1
    return {kind: count for kind, count in counts.items() if count}
