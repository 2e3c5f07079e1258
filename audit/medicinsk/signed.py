"""A signed checkpoint as a report names it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SignedTo:
    """Of which log, over how many entries, and the tree's root in hex."""

    origin: str
    size: int
    root: str
