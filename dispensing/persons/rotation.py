"""Beginning and renewing the keys of numbers, by command, while the service runs.

A rotation may be killed anywhere and is taken up by the next call: begin the new version (file
first, then database), bring every number under it in batches, retire the old version (database
first, then file). Until the end both versions find a number, so nobody at a counter notices.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg

from audit.ledger.append import APPEND_SQL, append_parameters
from audit.ledger.entry import KEY_BYTES, seal
from dispensing.number_keys import (
    KeyFile,
    KeysMissing,
    NumberKeys,
    Purpose,
    check_value,
    lookup_hash,
    opened,
    sealed,
)
from dispensing.persons import entries
from dispensing.persons.store import KEYS_CHANGE

BATCH = 500
Draw = Callable[[int], bytes]
Told = Callable[[int], None]

KNOWN = """
SELECT version, check_value, retired_at IS NOT NULL FROM identifier_key
WHERE purpose = %(purpose)s ORDER BY version
"""
BEGIN = """
INSERT INTO identifier_key (purpose, version, check_value, begun_at)
VALUES (%(purpose)s, %(version)s, %(check_value)s, clock_timestamp())
"""
RETIRE = """
UPDATE identifier_key SET retired_at = clock_timestamp()
WHERE purpose = %(purpose)s AND version <> %(version)s AND retired_at IS NULL
"""
# Those without a hash of the newest pepper, or under an older key; withdrawn ones hold nothing.
STALE: dict[Purpose, str] = {
    "pepper": """
SELECT i.identifier_id, i.person_id, i.kind, i.ciphertext, i.key_version
FROM person_identifier i WHERE i.withdrawn_at IS NULL AND NOT EXISTS (
    SELECT FROM identifier_hash h WHERE h.identifier_id = i.identifier_id
    AND h.pepper_version = %(version)s)
ORDER BY i.identifier_id LIMIT %(batch)s FOR UPDATE OF i
""",
    "cipher": """
SELECT i.identifier_id, i.person_id, i.kind, i.ciphertext, i.key_version
FROM person_identifier i WHERE i.withdrawn_at IS NULL AND i.key_version <> %(version)s
ORDER BY i.identifier_id LIMIT %(batch)s FOR UPDATE OF i
""",
}
REWRITE: dict[Purpose, str] = {
    "pepper": """
INSERT INTO identifier_hash (pepper_version, lookup_hash, identifier_id)
VALUES (%(version)s, %(value)s, %(identifier_id)s)
""",
    "cipher": """
UPDATE person_identifier SET ciphertext = %(value)s, key_version = %(version)s
WHERE identifier_id = %(identifier_id)s
""",
}
FORGET_HASHES = "DELETE FROM identifier_hash WHERE pepper_version <> %(version)s"
UNDER_KEYS = "SELECT count(*) FROM person_identifier WHERE withdrawn_at IS NULL"
CLINICAL_CHAINS = """
SELECT min(unit_id), clinical_chain, clock_timestamp(),
    (clock_timestamp() AT TIME ZONE min(zone))::date
FROM unit GROUP BY clinical_chain ORDER BY clinical_chain
"""


class RotationRefused(RuntimeError):
    """Nothing more was changed; the message says what must be put right first."""


@dataclass(frozen=True, slots=True)
class Rotated:
    """What a call did: the version in force now, how many numbers it rewrote, what it took up."""

    version: int
    rewritten: int
    taken_up: bool


def begin_keys(connection: psycopg.Connection[Any], keys: NumberKeys, draw: Draw) -> bool:
    """Draw and register the first pepper and cipher key of a database that has none.

    Returns whether it did; a database whose numbers stand under keys is left alone, whatever the
    files say. Commits.
    """
    begun = False
    for file in (keys.peppers, keys.ciphers):
        with connection.transaction():
            connection.execute(KEYS_CHANGE)
            if connection.execute(KNOWN, {"purpose": file.purpose}).fetchone() is None:
                _begin(connection, file, 1, draw)
                begun = True
    return begun


def rotate(
    connection: psycopg.Connection[Any],
    keys: NumberKeys,
    purpose: Purpose,
    draw: Draw,
    told: Told = lambda rewritten: None,
) -> Rotated:
    """Renew the pepper or the cipher key, or take up a rotation that was broken off.

    ``told`` hears how many numbers were rewritten so far. Raises RotationRefused where the key
    files do not fit the database or a number cannot be opened: nothing is retired then.
    """
    file = keys.peppers if purpose == "pepper" else keys.ciphers
    try:
        in_force, retired = _held_against_database(connection, file)
        if not in_force:
            raise RotationRefused("there is no key yet; run `dispensing cpr-key begin`")
        leftover = retired & file.read().keys()
        if leftover and len(in_force) == 1:
            # All was done but forgetting the old key: that, and no further rotation.
            for version in leftover:
                file.remove(version)
            return Rotated(max(in_force), 0, taken_up=True)
        taken_up = len(in_force) > 1 or max(file.read()) > max(in_force)
        newest = max(in_force)
        if len(in_force) == 1:
            newest += 1
            with connection.transaction():
                connection.execute(KEYS_CHANGE)
                _begin(connection, file, newest, draw)
        rewritten = _rewrite(connection, keys, purpose, newest, told)
        _retire(connection, file, newest, draw)
    except KeysMissing as missing:
        raise RotationRefused(str(missing)) from missing
    return Rotated(newest, rewritten, taken_up)


def _held_against_database(
    connection: psycopg.Connection[Any], file: KeyFile
) -> tuple[set[int], set[int]]:
    """Versions in force and retired; those in force must be in the file, as the same keys."""
    with connection.transaction():
        rows = connection.execute(KNOWN, {"purpose": file.purpose}).fetchall()
    at_hand = file.read() if rows else {}
    for version, known, retired in rows:
        if retired:
            continue
        key = at_hand.get(version)
        if key is None or check_value(key) != bytes(known):
            raise RotationRefused(
                f"{file.path.name} has not the key of version {version} that the database's"
                " numbers stand under; bring the right file back first"
            )
    return {v for v, _, gone in rows if not gone}, {v for v, _, gone in rows if gone}


def _begin(connection: psycopg.Connection[Any], file: KeyFile, version: int, draw: Draw) -> None:
    # The file first: a key the database names and nobody has would lock everybody out.
    key = file.add(version)
    told = {"purpose": file.purpose, "version": version, "check_value": check_value(key)}
    connection.execute(BEGIN, told)
    _enter(connection, file.purpose, version, "begun", draw)


def _rewrite(
    connection: psycopg.Connection[Any],
    keys: NumberKeys,
    purpose: Purpose,
    version: int,
    told: Told,
) -> int:
    """Bring every number under the version, a batch a transaction; how many there were."""
    rewritten = 0
    while True:
        with connection.transaction():
            asked = {"version": version, "batch": BATCH}
            rows = connection.execute(STALE[purpose], asked).fetchall()
            written = [
                {
                    "identifier_id": identifier_id,
                    "version": version,
                    "value": _value(keys, purpose, version, row),
                }
                for identifier_id, *row in rows
            ]
            if written:
                with connection.cursor() as cursor:
                    cursor.executemany(REWRITE[purpose], written)
        if not rows:
            return rewritten
        rewritten += len(rows)
        told(rewritten)


def _value(keys: NumberKeys, purpose: Purpose, version: int, row: list[Any]) -> bytes:
    person_id, kind, ciphertext, key_version = row
    number = keys.open(bytes(ciphertext), key_version, person_id, kind)
    if purpose == "pepper":
        return lookup_hash(keys.peppers.read()[version], number)
    key = keys.ciphers.read()[version]
    value = sealed(key, number, person_id, kind)
    # Before the old key goes: what was written can be read.
    if opened(key, value, person_id, kind) != number:
        raise RotationRefused("a number could not be read back under the new key")
    return value


def _retire(connection: psycopg.Connection[Any], file: KeyFile, version: int, draw: Draw) -> None:
    """Take the older versions out of force, once nothing stands under them alone."""
    with connection.transaction():
        # From here nobody writes a number until the commit.
        connection.execute(KEYS_CHANGE)
        asked = {"version": version, "batch": 1, "purpose": file.purpose}
        if connection.execute(STALE[file.purpose], asked).fetchone() is not None:
            raise RotationRefused("numbers were written meanwhile; run the command again")
        if file.purpose == "pepper":
            connection.execute(FORGET_HASHES, asked)
        connection.execute(RETIRE, asked)
        _enter(connection, file.purpose, version, "rotated", draw)
    for old in [known for known in file.read() if known < version]:
        file.remove(old)


def _enter(
    connection: psycopg.Connection[Any], purpose: str, version: int, what: str, draw: Draw
) -> None:
    """One entry in every institution's chain: whose numbers these are."""
    count = connection.execute(UNDER_KEYS).fetchone()
    for unit_id, chain, at, on in connection.execute(CLINICAL_CHAINS).fetchall():
        entry = entries.number_keys_changed(
            unit_id,
            on,
            at,
            purpose=purpose,
            version=version,
            what=what,
            rows=count[0] if count else 0,
        )
        connection.execute(APPEND_SQL, append_parameters(seal(entry, draw(KEY_BYTES)), chain))
