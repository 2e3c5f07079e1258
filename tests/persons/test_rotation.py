"""Renewing pepper and key while the service runs: killed anywhere, taken up, nobody lost."""

import asyncio
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from audit.ledger.verify import verify_database
from dispensing.looks import see_as
from dispensing.number_keys import NumberKeys, Purpose, number_keys
from dispensing.persons import rotation
from dispensing.persons.number import Number, synthetic_number
from dispensing.persons.rotation import RotationRefused, begin_keys, rotate
from dispensing.persons.store import holder_of, keys_in_force
from tests.clusters import Database
from tests.scene import Scene

PEOPLE = 40
# Everybody is enrolled at the one unit of the scene.
UNIT = 1
PURPOSES: tuple[Purpose, ...] = ("pepper", "cipher")


@dataclass
class Clinic:
    """A clinic with numbers, and the owner's connection to rotate with."""

    scene: Scene
    database: Database
    keys: NumberKeys
    numbers: dict[int, Number]
    owner: psycopg.Connection[Any]

    def rotate(self, purpose: Purpose) -> rotation.Rotated:
        return rotate(self.owner, self.keys, purpose, secrets.token_bytes)

    def in_force(self, purpose: Purpose) -> list[int]:
        return self.scene.one(
            "SELECT coalesce(array_agg(version ORDER BY version), '{}') FROM identifier_key"
            " WHERE purpose = %s AND retired_at IS NULL",
            purpose,
        )

    def everybody_is_found_and_read(self) -> None:
        """By a service that reads the files as they are now."""
        fresh = number_keys(self.keys.peppers.path, self.keys.ciphers.path)

        async def look() -> dict[int, tuple[int | None, str]]:
            async with await psycopg.AsyncConnection.connect(self.database.app_url) as app:
                found = {}
                await see_as(app, UNIT)
                for person, number in self.numbers.items():
                    keys, peppers = await keys_in_force(app, fresh)
                    holder = await holder_of(app, keys.lookup_hashes(number.text), peppers)
                    row = await (
                        await app.execute(
                            "SELECT ciphertext, key_version, kind FROM person_identifier"
                            " WHERE person_id = %s",
                            (person,),
                        )
                    ).fetchone()
                    assert row is not None
                    found[person] = holder, keys.open(bytes(row[0]), row[1], person, row[2])
                return found

        expected = {person: (person, number.text) for person, number in self.numbers.items()}
        assert asyncio.run(look()) == expected


@pytest.fixture
def clinic(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clinic]:
    monkeypatch.setattr(rotation, "BATCH", 7)
    scene = Scene(database.owner_url)
    keys = number_keys(tmp_path / "pepper.keys", tmp_path / "cipher.keys")
    owner = psycopg.connect(database.owner_url)
    assert begin_keys(owner, keys, secrets.token_bytes)
    numbers: dict[int, Number] = {}
    for running in range(PEOPLE):
        person = scene.person()
        born_on = scene.one("SELECT born_on FROM person WHERE person_id = %s", person)
        numbers[person] = synthetic_number(born_on, running)
        write(scene, keys, person, numbers[person])
    yield Clinic(scene, database, keys, numbers, owner)
    owner.close()
    scene.close()


def write(scene: Scene, keys: NumberKeys, person: int, number: Number) -> None:
    version, ciphertext = keys.seal(number.text, person, number.kind)
    one = scene.one(
        "INSERT INTO person_identifier (identifier_id, person_id, kind, ciphertext, key_version,"
        " valid_from, recorded_at) VALUES (nextval('identifier_id_seq'), %s, %s, %s, %s,"
        " now()::date, now()) RETURNING identifier_id",
        person,
        number.kind,
        ciphertext,
        version,
    )
    for pepper, value in keys.lookup_hashes(number.text).items():
        scene.run("INSERT INTO identifier_hash VALUES (%s, %s, %s)", pepper, value, one)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_rotation_brings_everybody_along_and_is_in_the_ledger(
    clinic: Clinic, purpose: Purpose
) -> None:
    """H24: the old key finds and opens nothing any more."""
    old = clinic.keys.peppers.read()[1] if purpose == "pepper" else clinic.keys.ciphers.read()[1]
    done = clinic.rotate(purpose)
    assert (done.version, done.rewritten, done.taken_up) == (2, PEOPLE, False)
    assert clinic.in_force(purpose) == [2]
    file = clinic.keys.peppers if purpose == "pepper" else clinic.keys.ciphers
    assert list(file.read()) == [2] and old not in file.read().values()
    assert file.path.stat().st_mode & 0o077 == 0
    clinic.everybody_is_found_and_read()
    kinds = clinic.scene.run(
        "SELECT kind, convert_from(payload, 'UTF8')::json->'facts'->>'rows' FROM ledger_payload"
        " WHERE kind LIKE 'number-key-%%' ORDER BY seq DESC LIMIT 2"
    ).fetchall()
    assert kinds == [("number-key-rotated", str(PEOPLE)), ("number-key-begun", str(PEOPLE))]
    assert verify_database(clinic.database.auditor_url).sound


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize(
    "dies_at", ["file", "begun", "batch 1", "batch 3", "retired", "forgetting"]
)
def test_broken_off_anywhere_it_is_taken_up(
    clinic: Clinic, purpose: Purpose, dies_at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """H24: found and read at every moment; the second call ends the first one's work."""

    class Died(Exception):
        pass

    def die(*_: Any, **__: Any) -> Any:
        raise Died

    with monkeypatch.context() as patched:
        if dies_at == "file":
            patched.setattr(rotation, "BEGIN", "SELECT 1/0")
        elif dies_at == "begun":
            patched.setattr(rotation, "_rewrite", die)
        elif dies_at.startswith("batch"):
            batches = iter(range(int(dies_at[-1]) * rotation.BATCH))
            whole = rotation._value
            patched.setattr(
                rotation,
                "_value",
                lambda *a: whole(*a) if next(batches, None) is not None else die(),
            )
        elif dies_at == "retired":
            patched.setattr(rotation, "RETIRE", "SELECT 1/0")
        else:
            patched.setattr(type(clinic.keys.peppers), "remove", die)
        with pytest.raises((Died, psycopg.Error)):
            clinic.rotate(purpose)
    clinic.owner.rollback()
    clinic.everybody_is_found_and_read()
    done = clinic.rotate(purpose)
    assert done.taken_up and done.version == 2
    assert clinic.in_force(purpose) == [2]
    clinic.everybody_is_found_and_read()
    assert clinic.rotate(purpose).version == 3


PROGRAM = """
import secrets, sys, psycopg
from pathlib import Path
from dispensing.number_keys import number_keys
from dispensing.persons import rotation
rotation.BATCH = 2
pepper, cipher, purpose = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
with psycopg.connect(sys.stdin.readline().strip()) as owner:
    def told(rewritten):
        print(rewritten, flush=True)
    rotation.rotate(owner, number_keys(pepper, cipher), purpose, secrets.token_bytes, told)
"""


@pytest.mark.parametrize("purpose", PURPOSES)
def test_killed_in_the_middle_nobody_is_lost(clinic: Clinic, purpose: Purpose) -> None:
    """H24: kill -9 of the command itself."""
    files = [str(clinic.keys.peppers.path), str(clinic.keys.ciphers.path)]
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *files, purpose],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(clinic.database.owner_url + "\n")
    process.stdin.flush()
    for _ in range(3):
        assert process.stdout.readline()
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdin.close()
    process.stdout.close()
    clinic.everybody_is_found_and_read()
    assert clinic.rotate(purpose).taken_up
    clinic.everybody_is_found_and_read()


@pytest.mark.parametrize("purpose", PURPOSES)
def test_look_ups_meanwhile_find_everybody(clinic: Clinic, purpose: Purpose) -> None:
    """H02: a look-up in the middle of a rotation never says that nobody has the number."""
    looked = 0

    def look(rewritten: int) -> None:
        nonlocal looked
        looked += 1
        clinic.everybody_is_found_and_read()

    rotate(clinic.owner, clinic.keys, purpose, secrets.token_bytes, look)
    assert looked >= PEOPLE // 7


def test_a_number_written_meanwhile_is_brought_along(clinic: Clinic) -> None:
    """H02: under both peppers, so that it is taken for every other record at once."""
    born_on = clinic.scene.one("SELECT min(born_on) FROM person")

    def write_one(rewritten: int) -> None:
        person = clinic.scene.person()
        clinic.numbers[person] = synthetic_number(born_on, 500 + rewritten)
        write(clinic.scene, clinic.keys, person, clinic.numbers[person])

    rotate(clinic.owner, clinic.keys, "pepper", secrets.token_bytes, write_one)
    assert len(clinic.numbers) > PEOPLE
    clinic.everybody_is_found_and_read()


@pytest.mark.parametrize("purpose", PURPOSES)
def test_without_the_right_file_nothing_is_touched(clinic: Clinic, purpose: Purpose) -> None:
    file = clinic.keys.peppers if purpose == "pepper" else clinic.keys.ciphers
    kept = file.path.read_bytes()
    file.write({1: secrets.token_bytes(len(file.read()[1]))})
    with pytest.raises(RotationRefused, match="bring the right file back"):
        clinic.rotate(purpose)
    file.path.unlink()
    with pytest.raises(RotationRefused):
        clinic.rotate(purpose)
    file.path.write_bytes(kept)
    file.path.chmod(0o600)
    assert clinic.in_force(purpose) == [1]
    clinic.everybody_is_found_and_read()


def test_a_number_that_cannot_be_opened_stops_the_pepper_before_the_old_one_goes(
    clinic: Clinic,
) -> None:
    clinic.scene.run(
        "UPDATE person_identifier SET ciphertext = ciphertext || '\\x00' WHERE identifier_id ="
        " (SELECT max(identifier_id) FROM person_identifier)"
    )
    with pytest.raises(RotationRefused):
        clinic.rotate("pepper")
    assert clinic.in_force("pepper") == [1, 2]


def test_keys_are_begun_once(clinic: Clinic) -> None:
    assert not begin_keys(clinic.owner, clinic.keys, secrets.token_bytes)


def test_the_same_number_under_two_people_or_kinds_is_other_bytes(clinic: Clinic) -> None:
    """H24: equal ciphertexts would tell whose numbers are equal; each is bound to its person."""
    number = next(iter(clinic.numbers.values())).text
    made = {
        clinic.keys.seal(number, person, kind)[1] for person in (1, 2) for kind in ("cpr", "other")
    }
    assert len(made) == 4
    assert clinic.keys.seal(number, 1, "cpr") == clinic.keys.seal(number, 1, "cpr")
