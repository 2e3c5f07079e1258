"""What the audit counts, and against which target: each with its definition, source and standing.

A figure that stands alone says nothing: whoever shows one shows the definition and ``n`` beside it.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

Standing = Literal["met", "missed", "open"]


@dataclass(frozen=True, slots=True)
class Definition:
    """An indicator: what is counted of what, and the target, as whole ``unit``.

    ``confirmed_by`` is empty until somebody entitled has confirmed the number.
    """

    id: str
    counts: str
    of: str
    target: int
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

    def standing(self, target: int) -> Standing | None:
        """Whether at least ``target`` per cent are reached, whatever the unknown turn out to be.

        None for nobody.
        """
        if self.n == 0:
            return None
        if 100 * self.yes >= target * self.n:
            return "met"
        return "missed" if 100 * (self.yes + self.unknown) < target * self.n else "open"


@cache
def definitions() -> Mapping[str, Definition]:
    """All definitions by id."""
    text = files("audit.definitions").joinpath("indicators.toml").read_text("utf-8")
    return {
        name: Definition(id=name, **row) for name, row in tomllib.loads(text)["indicator"].items()
    }
