"""Who works where, and how to sign in: one password for the whole demo, hashed once."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from hashlib import sha256
from random import Random

from argon2 import PasswordHasher

from dispensing.demo.catalogue import DEMO_PASSWORD, PLACES, crew_of
from dispensing.demo.names import FAMILY, MEN, WOMEN
from dispensing.demo.rows import Rows

#: At the first unit, so that every printed sign-in and screenshot stays the same.
_KNOWN = {
    (1, "nurse"): ("Anne", "Holm"),
    (1, "doctor"): ("Søren", "Lund"),
    (1, "auditor"): ("Karen", "Winther"),
    (1, "administrator"): ("Ib", "Skov"),
    (1, "pharmacist"): ("Lise", "Friis"),
}
_PLAIN = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa", "ć": "c"})


@dataclass(frozen=True, slots=True)
class Worker:
    """One member of staff."""

    staff_id: int
    unit_id: int
    role: str
    given_name: str
    family_name: str
    username: str


def demo_hash(seed: int) -> str:
    """The demo password's argon2 hash, with cheap parameters and a salt from the seed.

    Good for invented people only: equal for everyone and quick to compute, so that a load writes
    the same bytes each time. Real passwords are hashed by the people area, dearly and apart.
    """
    salt = sha256(b"demo salt %d" % seed).digest()[:16]
    return PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(
        DEMO_PASSWORD, salt=salt
    )


def draw_staff(chance: Random) -> list[Worker]:
    """Everyone who works in the demo, unit by unit."""
    taken: set[str] = set()
    workers: list[Worker] = []
    for place in PLACES:
        crew = crew_of(place)
        for role in ("nurse", "doctor", "pharmacist", "auditor", "administrator"):
            for number in range(getattr(crew, role)):
                names = _KNOWN.get((place.unit_id, role)) if number == 0 else None
                given, family = names or _draw(chance)
                workers.append(
                    Worker(
                        len(workers) + 1,
                        place.unit_id,
                        role,
                        given,
                        family,
                        _username(given, family, taken),
                    )
                )
    return workers


def _draw(chance: Random) -> tuple[str, str]:
    return chance.choice(WOMEN if chance.random() < 0.7 else MEN), chance.choice(FAMILY)


def _username(given: str, family: str, taken: set[str]) -> str:
    plain = unicodedata.normalize("NFC", f"{given[0]}.{family}".lower()).translate(_PLAIN)
    name, number = plain, 2
    while name in taken:
        name, number = f"{plain}{number}", number + 1
    taken.add(name)
    return name


def by_unit(workers: list[Worker]) -> dict[int, dict[str, list[int]]]:
    """Staff ids by unit and role."""
    found: dict[int, dict[str, list[int]]] = {place.unit_id: {} for place in PLACES}
    for worker in workers:
        found[worker.unit_id].setdefault(worker.role, []).append(worker.staff_id)
    return found


def write_staff(rows: Rows, workers: list[Worker], seed: int) -> None:
    """The rows of the staff table."""
    hashed = demo_hash(seed)
    for worker in workers:
        authorised = worker.role in ("nurse", "doctor", "pharmacist")
        rows.add(
            "staff",
            worker.staff_id,
            worker.unit_id,
            worker.role,
            worker.given_name,
            worker.family_name,
            worker.username,
            hashed,
            f"DEMO{worker.staff_id:03d}" if authorised else None,
        )


def sample_sign_ins() -> list[tuple[str, str]]:
    """User names to show after loading, with what they are."""
    return [
        ("a.holm", "sygeplejerske, Vigerslev Allé, Skranke 2"),
        ("s.lund", "læge, Vigerslev Allé"),
        ("k.winther", "auditor"),
        ("i.skov", "administrator"),
    ]
