"""Which boundaries a person sits on: per rule and number, just below, exactly at, just above.

A probe yields what a rule compares and what it is compared with, in the smallest unit, wherever
the rule can be asked at all. One unit or less apart counts as a hit.
"""

from collections.abc import Callable, Iterator
from typing import Any

Facts = dict[str, Any]
Pairs = Iterator[tuple[int, int]]
PROBES: list[tuple[str, int, Callable[[Facts, Facts], Pairs]]] = []


def probe(name: str, unit: int = 1) -> Callable[[Callable[[Facts, Facts], Pairs]], None]:
    """Register what is compared under ``rule: number``."""

    def register(function: Callable[[Facts, Facts], Pairs]) -> None:
        PROBES.append((name, unit, function))

    return register


def hits(q: Facts, p: Facts) -> Iterator[str]:
    """The names of the boundaries a person sits on, with the side."""
    for name, unit, pairs in PROBES:
        for value, limit in pairs(q, p):
            if -unit <= value - limit <= unit:
                side = "below" if value < limit else "above" if value > limit else "at"
                yield f"{name}, {side}"
