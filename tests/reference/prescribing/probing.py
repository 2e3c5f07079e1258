"""Which boundaries a draft sits on: per rule and number, just below, exactly at, just above."""

from collections.abc import Callable, Iterator

from tests.reference.probing import Facts, Pairs

__all__ = ["PROBES", "Facts", "Pairs", "hits", "probe"]

PROBES: list[tuple[str, int, Callable[[Facts, Facts], Pairs]]] = []


def probe(name: str, unit: int = 1) -> Callable[[Callable[[Facts, Facts], Pairs]], None]:
    """Register what is compared under ``rule: number``."""

    def register(function: Callable[[Facts, Facts], Pairs]) -> None:
        PROBES.append((name, unit, function))

    return register


def hits(c: Facts, p: Facts) -> Iterator[str]:
    """The names of the boundaries a draft sits on, with the side."""
    for name, unit, pairs in PROBES:
        for value, limit in pairs(c, p):
            if -unit <= value - limit <= unit:
                side = "below" if value < limit else "above" if value > limit else "at"
                yield f"{name}, {side}"
