"""Which facts vary among random people and drafts: at least two values of every one."""

from collections import Counter
from collections.abc import Iterator
from typing import Any
from zlib import crc32

CLASSES = 16


def values_seen(known: Any, place: str = "") -> Iterator[str]:
    """``fact: place = value``, the value in one of a few classes: enough to tell that it varies."""
    if isinstance(known, dict):
        yield f"fact: {place} = known"
        for name, value in known.items():
            yield from values_seen(value, f"{place}.{name}" if place else str(name))
    elif isinstance(known, list):
        yield f"fact: {place} = {len(known)} of them"
        if known and isinstance(known[0], dict):
            for one in known:
                for name, value in one.items():
                    yield from values_seen(value, f"{place}[].{name}")
    else:
        yield f"fact: {place} = {crc32(repr(known).encode()) % CLASSES}"


def never_varying(counted: Counter[str], least: int) -> list[str]:
    """Facts with fewer than two values, or whose second value is rarer than ``least``."""
    by_fact: dict[str, dict[str, int]] = {}
    for name, count in counted.items():
        if name.startswith("fact: "):
            fact, _, value = name.partition(" = ")
            by_fact.setdefault(fact, {})[value] = count
    facts = {fact: seen for fact, seen in by_fact.items() if set(seen) != {"known"}}
    few = [fact for fact, seen in facts.items() if sorted([0, *seen.values()])[-2] < least]
    return sorted(few)
