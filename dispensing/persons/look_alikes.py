"""Who could be taken for whom: names that look or sound alike, and shared birth dates. Pure.

Names are compared as a busy person hears and reads them in Danish: spellings of one sound are one
(c and k, aa and å, -son and -sen), one slip of a letter (two in a long name) is none, and double
names meet in any of their parts. The aim is that no pair worth a second look is missed; how many
others are warned of is counted in docs/performance.md.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import combinations
from typing import Literal

Same = Literal["name", "birth_date"]
LONG, SHORT = 8, 3

_SPELLED = str.maketrans(
    {"å": "aa", "æ": "ae", "ø": "oe", "ö": "oe", "ä": "ae", "ü": "y", "ß": "ss", "ð": "d", "ł": "l"}
)
# In this order; what sounds the same in a Danish name is written one way.
_SOUNDS = (
    (re.compile("sch|sj|sh"), "s"),
    (re.compile("ch|ck|cz|q"), "k"),
    (re.compile("c(?=[eiy])"), "s"),
    (re.compile("c"), "k"),
    (re.compile("ph"), "f"),
    (re.compile("x"), "ks"),
    (re.compile("z"), "s"),
    (re.compile("w"), "v"),
    (re.compile("dt"), "t"),
    (re.compile("(?<=[lnr])d"), ""),
    (re.compile("(?<=[^aeiouy])h"), ""),
    (re.compile("hj|hv"), "j"),
    (re.compile("ae"), "e"),
    (re.compile("oe"), "o"),
    (re.compile("aa"), "o"),
    (re.compile("ie|y|j"), "i"),
    (re.compile("s?s[oe]n$"), "sen"),
    (re.compile(r"(.)\1+"), r"\1"),
)


@dataclass(frozen=True, slots=True)
class Named:
    """A person as the counter knows one: id, names, birth date."""

    person_id: int
    given_name: str
    family_name: str
    born_on: date


@dataclass(frozen=True, slots=True)
class LookAlike:
    """Somebody who could be taken for another, and what they have in common."""

    person_id: int
    given_name: str
    family_name: str
    born_on: date
    same: tuple[Same, ...]


def tokens(name: str) -> list[str]:
    """The parts of a name, spelled without Danish letters and accents."""
    spelled = name.casefold().translate(_SPELLED)
    plain = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()
    return re.findall("[a-z]+", plain)


@lru_cache(maxsize=20_000)
def sound(token: str) -> str:
    """How a part of a name sounds."""
    for pattern, spelled in _SOUNDS:
        token = pattern.sub(spelled, token)
    return token


@lru_cache(maxsize=20_000)
def near(token: str) -> frozenset[str]:
    """What a part of a name is compared by: two are alike when these meet."""
    found = {token, sound(token)}
    if len(token) < SHORT:
        return frozenset(found)
    for _ in range(2 if len(token) >= LONG else 1):
        for one in tuple(found):
            found |= {one[:at] + one[at + 1 :] for at in range(len(one))}
    return frozenset(found)


@lru_cache(maxsize=20_000)
def name_keys(name: str) -> frozenset[str]:
    """What a whole name is compared by: any of its parts, or all written together."""
    parts = tokens(name)
    together = "".join(parts)
    keys: set[str] = set()
    for part in {*parts, together}:
        keys |= near(part)
    return frozenset(keys - {""})


def alike_in_name(one: Named, other: Named) -> bool:
    """Whether given and family names are alike, also the wrong way round."""
    given, family = name_keys(one.given_name), name_keys(one.family_name)
    other_given, other_family = name_keys(other.given_name), name_keys(other.family_name)
    straight = not given.isdisjoint(other_given) and not family.isdisjoint(other_family)
    return straight or (not given.isdisjoint(other_family) and not family.isdisjoint(other_given))


@lru_cache(maxsize=32)
def look_alikes(people: tuple[Named, ...]) -> Mapping[int, tuple[LookAlike, ...]]:
    """For each of these people the others who could be taken for them; nobody else is a key.

    Remembered for the same people in the same order, since a list is shown far more often than it
    changes.
    """
    same: dict[tuple[int, int], list[Same]] = defaultdict(list)
    for first, second in _meeting(people):
        if alike_in_name(people[first], people[second]):
            same[first, second].append("name")
    by_birth: dict[date, list[int]] = defaultdict(list)
    for number, person in enumerate(people):
        by_birth[person.born_on].append(number)
    for numbers in by_birth.values():
        for pair in combinations(numbers, 2):
            same[pair].append("birth_date")
    found: dict[int, list[LookAlike]] = defaultdict(list)
    for (first, second), common in sorted(same.items()):
        for one, other in ((first, second), (second, first)):
            found[people[one].person_id].append(_look_alike(people[other], tuple(common)))
    return {
        # A name is mistaken oftener than a date that is asked for: those come first.
        person_id: tuple(sorted(others, key=lambda other: "name" not in other.same))
        for person_id, others in found.items()
    }


def _meeting(people: tuple[Named, ...]) -> Iterable[tuple[int, int]]:
    """Pairs whose family names meet, or whose names meet crosswise: few of all there are."""
    family: dict[str, list[int]] = defaultdict(list)
    for number, person in enumerate(people):
        for key in name_keys(person.family_name):
            family[key].append(number)
    pairs: set[tuple[int, int]] = set()
    for numbers in family.values():
        pairs.update(combinations(numbers, 2))
    for number, person in enumerate(people):
        for key in name_keys(person.given_name):
            for other in family.get(key, ()):
                if other != number:
                    pairs.add((min(number, other), max(number, other)))
    return pairs


def _look_alike(person: Named, same: tuple[Same, ...]) -> LookAlike:
    return LookAlike(person.person_id, person.given_name, person.family_name, person.born_on, same)
