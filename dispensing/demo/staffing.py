"""Who works where, and how to sign in: one password for the whole demo, hashed once."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from hashlib import sha256
from random import Random

import psycopg
from argon2 import PasswordHasher

from dispensing.demo.catalogue import DEMO_PASSWORD, DEMO_PIN, PLACES, crew_of
from dispensing.demo.names import FAMILY, MEN, WOMEN
from dispensing.demo.rows import Rows
from dispensing.people.cards import card_hash
from dispensing.people.pins import pin_hash

#: At the first unit, so that every printed sign-in and screenshot stays the same.
_KNOWN = {
    (1, "nurse"): ("Anne", "Holm"),
    (1, "doctor"): ("Søren", "Lund"),
    (1, "auditor"): ("Karen", "Winther"),
    (1, "administrator"): ("Ib", "Skov"),
    (1, "pharmacist"): ("Lise", "Friis"),
}
# Drawn, not known: of the default seed. Other seeds have another second nurse.
SECOND_NURSE = "m.bach"
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
            worker.role == "doctor",
            ("methadone_injection", "diacetylmorphine") if worker.role == "doctor" else (),
        )


def give_cards(connection: psycopg.Connection, secret: bytes) -> None:
    """A PIN and a staff card for the sign-ins that are shown; the same each time. Commits.

    They are kept under this service's own key, so they are no part of the loaded bytes.
    """
    for number, (username, _) in enumerate(sample_sign_ins(), 1):
        row = connection.execute(
            "SELECT staff_id FROM staff WHERE username = %s", (username,)
        ).fetchone()
        if row is None:
            continue
        connection.execute(
            "INSERT INTO staff_pin (staff_id, pin_hash, set_at) VALUES (%s, %s, clock_timestamp())"
            " ON CONFLICT (staff_id) DO UPDATE SET pin_hash = excluded.pin_hash,"
            " failed_attempts = 0, wrong_since_signed_in = 0",
            (row[0], pin_hash(secret, row[0], DEMO_PIN)),
        )
        connection.execute("DELETE FROM staff_card WHERE staff_id = %s", (row[0],))
        connection.execute(
            "INSERT INTO staff_card (staff_id, card_hash, issued_at)"
            " VALUES (%s, %s, clock_timestamp())",
            (row[0], card_hash(secret, demo_card(number))),
        )
    connection.commit()


def demo_card(number: int) -> str:
    """The code of the card of the sign-in shown as number so and so."""
    return f"M-DEMO{number:04d}"


def sample_sign_ins() -> list[tuple[str, str]]:
    """User names to show after loading, with what they are."""
    return [
        ("a.holm", "sygeplejerske, Vigerslev Allé, Skranke 2"),
        (SECOND_NURSE, "sygeplejerske, Vigerslev Allé: tag over med kort og PIN"),
        ("s.lund", "læge, Vigerslev Allé"),
        ("k.winther", "auditor"),
        ("i.skov", "administrator"),
    ]
