"""Peppers and cipher keys for the numbers of people: files outside the database, read when used.

Two files, each a JSON object from version to 32 (pepper) or 64 (cipher) random bytes in hex,
readable by their owner only. A file that changed is read again, so a rotation needs no restart. A
file that is missing, open to others or unreadable means that no number can be looked up or shown;
handing out by card and name goes on.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

Purpose = Literal["pepper", "cipher"]
KEY_BYTES: dict[Purpose, int] = {"pepper": 32, "cipher": 64}
_CHECKED = b"dispensing number key"


class KeysMissing(Exception):
    """A key file is missing, unreadable, open to others, or lacks a version. Says which file."""


@dataclass(slots=True)
class KeyFile:
    """One file of keys by version; read again when it has changed on disk."""

    path: Path
    purpose: Purpose
    _known: tuple[tuple[int, int, int], dict[int, bytes]] | None = field(default=None, repr=False)

    def read(self) -> dict[int, bytes]:
        """The keys by version. Raises KeysMissing."""
        try:
            status = self.path.stat()
            if status.st_mode & 0o077:
                raise KeysMissing(f"{self.path.name} is open to others: chmod 600")
            seen = (status.st_mtime_ns, status.st_size, status.st_ino)
            if self._known is None or self._known[0] != seen:
                document = json.loads(self.path.read_bytes())
                self._known = seen, self._decoded(document)
        except OSError as error:
            raise KeysMissing(f"{self.path.name} cannot be read") from error
        except (ValueError, TypeError, AttributeError) as error:
            raise KeysMissing(f"{self.path.name} is no file of keys") from error
        return self._known[1]

    def _decoded(self, document: dict[str, str]) -> dict[int, bytes]:
        found = {int(version): bytes.fromhex(text) for version, text in document.items()}
        if not found or any(len(key) != KEY_BYTES[self.purpose] for key in found.values()):
            raise ValueError("a key has another length")
        return found

    def write(self, keys: dict[int, bytes]) -> None:
        """Replace the file, whole or not at all."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        aside = self.path.with_name(f".{self.path.name}.{secrets.token_hex(8)}")
        document = {str(version): key.hex() for version, key in sorted(keys.items())}
        try:
            with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(json.dumps(document).encode())
                file.flush()
                os.fsync(file.fileno())
            os.replace(aside, self.path)
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                # A rotation goes on to the database only when the key cannot be lost any more.
                os.fsync(folder)
            finally:
                os.close(folder)
        finally:
            aside.unlink(missing_ok=True)

    def add(self, version: int) -> bytes:
        """The key of ``version``, drawn and written where there is none yet."""
        keys = dict(self.read()) if self.path.exists() else {}
        if version not in keys:
            keys[version] = secrets.token_bytes(KEY_BYTES[self.purpose])
            self.write(keys)
        return keys[version]

    def remove(self, version: int) -> None:
        """Forget a version that nothing in the database needs any more."""
        keys = dict(self.read())
        if keys.pop(version, None) is not None:
            self.write(keys)


@dataclass(frozen=True, slots=True)
class NumberKeys:
    """Both files, and what is done with them."""

    peppers: KeyFile
    ciphers: KeyFile

    def lookup_hashes(self, number: str) -> dict[int, bytes]:
        """HMAC-SHA-256 of a number under every pepper, by version. Raises KeysMissing."""
        return {
            version: lookup_hash(pepper, number) for version, pepper in self.peppers.read().items()
        }

    def seal(self, number: str, person_id: int, kind: str) -> tuple[int, bytes]:
        """Key version and ciphertext under the newest key, bound to person and kind."""
        version, key = max(self.ciphers.read().items())
        return version, sealed(key, number, person_id, kind)

    def open(self, ciphertext: bytes, version: int, person_id: int, kind: str) -> str:
        """The number. Raises KeysMissing where the version is wanting or does not fit."""
        key = self.ciphers.read().get(version)
        if key is None:
            raise KeysMissing(f"{self.ciphers.path.name} lacks version {version}")
        try:
            return opened(key, ciphertext, person_id, kind)
        except InvalidTag:
            raise KeysMissing(f"{self.ciphers.path.name} is the file of another database") from None


def number_keys(pepper_file: Path, cipher_file: Path) -> NumberKeys:
    """The keys in these two files, which need not exist yet."""
    return NumberKeys(KeyFile(pepper_file, "pepper"), KeyFile(cipher_file, "cipher"))


def lookup_hash(pepper: bytes, number: str) -> bytes:
    """What finds a number: without the pepper it cannot be tried out."""
    return hmac.digest(pepper, b"number\0" + number.encode(), hashlib.sha256)


def check_value(key: bytes) -> bytes:
    """What the database keeps to recognise a key."""
    return hmac.digest(key, _CHECKED, hashlib.sha256)


def sealed(key: bytes, number: str, person_id: int, kind: str) -> bytes:
    """AES-256-SIV (RFC 5297): the same number, person and key always give the same bytes."""
    return AESSIV(key).encrypt(number.encode(), _bound(person_id, kind))


def opened(key: bytes, ciphertext: bytes, person_id: int, kind: str) -> str:
    """The number behind a ciphertext. Raises InvalidTag for another key, person or kind."""
    return AESSIV(key).decrypt(ciphertext, _bound(person_id, kind)).decode()


def _bound(person_id: int, kind: str) -> list[bytes]:
    return [b"dispensing person identifier", str(person_id).encode(), kind.encode()]
