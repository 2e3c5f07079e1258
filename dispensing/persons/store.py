"""The SQL of people's numbers. Ciphertexts and keyed hashes go in and out; a number never does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row

from dispensing.errors import CannotDecide, NotFound
from dispensing.number_keys import KeysMissing, NumberKeys, check_value
from dispensing.people.sessions import Actor
from dispensing.persons.number import Kind

# Held shared by whoever writes a number, alone by whoever begins or retires a key: no number is
# ever written under keys that were retired meanwhile.
KEYS_IN_USE = "SELECT pg_advisory_xact_lock_shared(hashtext('keys of numbers'))"
KEYS_CHANGE = "SELECT pg_advisory_xact_lock(hashtext('keys of numbers'))"
KEYS_IN_FORCE = """
SELECT purpose, version, check_value FROM identifier_key WHERE retired_at IS NULL
"""
LOCK_PERSON = """
SELECT person_id, event_seq, given_name, family_name, born_on, card_code, unit_id,
    right_holder_unit_id
FROM person WHERE person_id = %(person_id)s AND merged_into_id IS NULL FOR UPDATE
"""
SEE_PERSON = LOCK_PERSON.replace("FOR UPDATE", "")
ADVANCE_PERSON = """
UPDATE person SET event_seq = event_seq + %(count)s WHERE person_id = %(person_id)s
"""
IDENTIFIERS = """
SELECT identifier_id, person_id, kind, ciphertext, key_version, valid_from, valid_to, recorded_at,
    withdrawn_at
FROM person_identifier
WHERE person_id IN (SELECT unnest(p.person_id || p.also_ids) FROM person p
    WHERE p.person_id = %(person_id)s)
ORDER BY identifier_id
"""
NEXT_IDENTIFIER_ID = "SELECT nextval('identifier_id_seq')"
HOLDER = "SELECT holder_of_number(%(versions)s::smallint[], %(hashes)s::bytea[])"
RECORD_IDENTIFIER = """
WITH recorded AS (
    INSERT INTO person_identifier (identifier_id, person_id, kind, ciphertext, key_version,
        valid_from, recorded_by, recorded_at)
    VALUES (%(identifier_id)s, %(person_id)s, %(kind)s, %(ciphertext)s, %(key_version)s,
        %(valid_from)s, %(staff_id)s, %(at)s))
INSERT INTO identifier_hash (pepper_version, lookup_hash, identifier_id)
SELECT t.version, t.hash, %(identifier_id)s
FROM unnest(%(versions)s::smallint[], %(hashes)s::bytea[]) AS t (version, hash)
"""
END_IDENTIFIER = """
UPDATE person_identifier SET valid_to = %(valid_to)s WHERE identifier_id = %(identifier_id)s
"""
WITHDRAW_IDENTIFIER = """
WITH forgotten AS (DELETE FROM identifier_hash WHERE identifier_id = %(identifier_id)s)
UPDATE person_identifier SET ciphertext = NULL, withdrawn_by = %(staff_id)s, withdrawn_at = %(at)s
WHERE identifier_id = %(identifier_id)s
"""


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Who a person is, and how many events of theirs there are."""

    person_id: int
    event_seq: int
    given_name: str
    family_name: str
    born_on: date
    card_code: str
    unit_id: int
    right_holder_unit_id: int | None


@dataclass(frozen=True, slots=True)
class IdentifierRow:
    """A number as it is kept: sealed; ``ciphertext`` is None once it was withdrawn."""

    identifier_id: int
    person_id: int
    kind: Kind
    ciphertext: bytes | None
    key_version: int
    valid_from: date
    valid_to: date | None
    recorded_at: datetime
    withdrawn_at: datetime | None


async def load_person(
    connection: AsyncConnection[Any], actor: Actor, person_id: int, *, lock: bool
) -> PersonRow:
    """The person, of the actor's unit. Raises NotFound for one unknown or of another unit."""
    async with connection.cursor(row_factory=class_row(PersonRow)) as cursor:
        await cursor.execute(LOCK_PERSON if lock else SEE_PERSON, {"person_id": person_id})
        found = await cursor.fetchone()
    if found is None or actor.unit_id not in (found.unit_id, found.right_holder_unit_id):
        raise NotFound("no such person here")
    return found


async def load_identifiers(connection: AsyncConnection[Any], person_id: int) -> list[IdentifierRow]:
    """All numbers of a person, oldest first, withdrawn ones too."""
    async with connection.cursor(row_factory=class_row(IdentifierRow)) as cursor:
        await cursor.execute(IDENTIFIERS, {"person_id": person_id})
        return await cursor.fetchall()


async def keys_in_force(
    connection: AsyncConnection[Any], numbers: NumberKeys | None
) -> tuple[NumberKeys, frozenset[int]]:
    """The key files, held against the database, and the versions of peppers in force.

    Raises CannotDecide (``number-keys-missing``) where the files are missing, older than the
    database, or another database's: a number written under them would never be found again.
    """
    if numbers is None:
        raise without_keys()
    await connection.execute(KEYS_IN_USE)
    rows = await (await connection.execute(KEYS_IN_FORCE)).fetchall()
    try:
        at_hand = {"pepper": numbers.peppers.read(), "cipher": numbers.ciphers.read()}
    except KeysMissing as missing:
        raise without_keys() from missing
    for purpose, version, known in rows:
        key = at_hand[purpose].get(version)
        if key is None or check_value(key) != bytes(known):
            raise without_keys()
    peppers = frozenset(version for purpose, version, _ in rows if purpose == "pepper")
    if not peppers or not any(purpose == "cipher" for purpose, _, _ in rows):
        raise without_keys()
    return numbers, peppers


def without_keys() -> CannotDecide:
    """Numbers cannot be used now; people are found by card and name as before."""
    return CannotDecide(
        "the keys of numbers are not at hand: find the person by card or name",
        slug="number-keys-missing",
    )


def hash_arrays(hashes: Mapping[int, bytes], versions: frozenset[int]) -> dict[str, Sequence[Any]]:
    """The hashes of a number under these peppers, as parameters of HOLDER and RECORD_IDENTIFIER."""
    chosen = sorted(versions & hashes.keys())
    return {"versions": chosen, "hashes": [hashes[version] for version in chosen]}


async def holder_of(
    connection: AsyncConnection[Any], hashes: Mapping[int, bytes], versions: frozenset[int]
) -> int | None:
    """The person who holds a number, in whichever unit; of a merged record the survivor."""
    row = await (await connection.execute(HOLDER, hash_arrays(hashes, versions))).fetchone()
    return row[0] if row else None
