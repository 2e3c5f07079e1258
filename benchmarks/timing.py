"""Timing two or more ways beside each other, so that noise falls on all alike."""

import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence


def interleaved_us(
    ways: Mapping[str, Callable[[], int]], rounds: int = 7
) -> dict[str, list[float]]:
    """Microseconds per item of each way, one figure per round, the ways taking turns.

    A way does its work once and answers for how many items it did it.
    """
    taken: dict[str, list[float]] = {name: [] for name in ways}
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for name, way in ways.items():
                start = time.perf_counter()
                items = way()
                taken[name].append((time.perf_counter() - start) / items * 1e6)
    finally:
        gc.enable()
    return taken


def ratio(slower: Sequence[float], faster: Sequence[float]) -> float:
    """The median of the rounds' ratios: each round compares neighbours in time."""
    return statistics.median([a / b for a, b in zip(slower, faster, strict=True)])


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` of all lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
