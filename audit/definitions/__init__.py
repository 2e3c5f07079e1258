"""What the audit counts, and against which target: each with its definition, source and standing.

A figure that stands alone says nothing: whoever shows one shows the definition and ``n`` beside it.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Literal

Standing = Literal["met", "missed", "open"]


@dataclass(frozen=True, slots=True)
class Definition:
    """An indicator: what is counted of what, and what is unknown.

    ``target`` in whole ``unit`` where the source gives one, to be reached at least or at most.
    ``edges``: by figure the upper ends of a histogram's bars or a table's bands, each included.
    ``indication``: the diagnoses that are one (``has``) and those that do not say (``open``), each
    by how its code begins.
    ``confirmed_by`` is empty until somebody entitled has confirmed the numbers.
    """

    id: str
    name: str
    counts: str
    of: str
    unknown: str
    unit: str
    source: str
    confirmed_by: str
    target: int | None = None
    reach: Literal["at-least", "at-most"] = "at-least"
    edges: Mapping[str, tuple[int, ...]] = field(default_factory=dict[str, tuple[int, ...]])
    indication: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    def indicated(self, diagnosis: str | None) -> bool | None:
        """Whether a diagnosis is an indication; None where none is told, or it does not say."""
        if diagnosis is None:
            return None
        if diagnosis.startswith(self.indication["has"]):
            return True
        return None if diagnosis.startswith(self.indication["open"]) else False


@dataclass(frozen=True, slots=True)
class Rule:
    """A number of the audit itself: from which n a figure carries a caveat, and the like."""

    value: int
    unit: str
    source: str
    confirmed_by: str


@dataclass(frozen=True, slots=True)
class Share:
    """Who counts, who does not, and of whom it is not known; people."""

    yes: int
    no: int
    unknown: int

    @property
    def n(self) -> int:
        """Everybody asked about, the unknown too."""
        return self.yes + self.no + self.unknown

    @property
    def percent(self) -> int | None:
        """Of those of whom it is known, rounded half up; None where it is known of nobody."""
        known = self.yes + self.no
        return None if known == 0 else (200 * self.yes + known) // (2 * known)

    def standing(self, target: int | None) -> Standing | None:
        """Whether at least ``target`` per cent are reached, whatever the unknown turn out to be.

        None for nobody, and without a target.
        """
        if target is None or self.n == 0:
            return None
        if 100 * self.yes >= target * self.n:
            return "met"
        return "missed" if 100 * (self.yes + self.unknown) < target * self.n else "open"


@cache
def _file() -> bytes:
    return files("audit.definitions").joinpath("indicators.toml").read_bytes()


@cache
def definitions() -> Mapping[str, Definition]:
    """All definitions by id, M1 first."""
    rows = tomllib.loads(_file().decode())["indicator"]
    return {
        name: Definition(
            id=name,
            **{key: value for key, value in row.items() if key not in ("edges", "indication")},
            edges={figure: tuple(edges) for figure, edges in row.get("edges", {}).items()},
            indication={word: tuple(codes) for word, codes in row.get("indication", {}).items()},
        )
        for name, row in rows.items()
    }


@cache
def rules() -> Mapping[str, Rule]:
    """The audit's own numbers by name."""
    rows = tomllib.loads(_file().decode())["rule"]
    return {name: Rule(**row) for name, row in rows.items()}


@cache
def definitions_sha256() -> str:
    """SHA-256 of the definitions as they stand, hex: printed beside what was computed by them."""
    return sha256(_file()).hexdigest()


def target(name: str) -> int:
    """The target of an indicator that has one. Raises KeyError for one without."""
    found = definitions()[name].target
    if found is None:
        raise KeyError(name)
    return found
