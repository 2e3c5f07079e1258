"""Signed notes (C2SP signed-note) and the two kinds of cosignature (C2SP tlog-cosignature).

A note is a text and under it lines of signatures: a dash, the key's name, and base64 of the key's
number and the signature. The number is a part of the hash over name, type and public key, so a
line of an unknown key is passed over and a line of a known one must be right.

Types here: 1 Ed25519 over the text; 4 Ed25519 over time and text, of a witness; 6 ML-DSA-44 over
name, time, origin, size and root of a checkpoint, of a log or a witness. Ed25519 is what every tool
reads today; records are kept for ten years and longer, hence a second signature that a quantum
computer does not forge.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from struct import Struct

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

ED25519, WITNESS_ED25519, ML_DSA_44 = 1, 4, 6
PUBLIC_BYTES = {ED25519: 32, WITNESS_ED25519: 32, ML_DSA_44: 1312}
SIGNATURE_BYTES = {ED25519: 64, WITNESS_ED25519: 72, ML_DSA_44: 2428}
SEED_BYTES = 32
DASH = "— "
MOST_SIGNATURES = 64

_TIME = Struct(">Q")
_PLACE = Struct(">QQ")


class NoteError(ValueError):
    """Not a signed note, or a signature of a known key that does not hold. The message says why."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that notes are checked against. `public` is as long as its type says."""

    name: str
    type: int
    public: bytes

    def __post_init__(self) -> None:
        if not is_key_name(self.name):
            raise NoteError("a key's name has no space and no plus")
        if len(self.public) != PUBLIC_BYTES.get(self.type, -1):
            raise NoteError("the key is of no known type, or of another length")

    @property
    def number(self) -> bytes:
        """The four bytes before each signature of this key."""
        named = self.name.encode() + b"\n" + bytes([self.type]) + self.public
        return sha256(named).digest()[:4]

    def __str__(self) -> str:
        """As a line (vkey): name, number and key with plus signs between."""
        shown = base64.b64encode(bytes([self.type]) + self.public).decode()
        return f"{self.name}+{self.number.hex()}+{shown}"


@dataclass(frozen=True, slots=True)
class Signature:
    """One line under a note: whose, and the bytes after the key's number."""

    name: str
    number: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"{DASH}{self.name} {base64.b64encode(self.number + self.signature).decode()}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text (with its last newline) and its signatures. Nothing is checked by reading it."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return f"{self.text}\n{''.join(str(line) for line in self.signatures)}"

    def with_signature(self, line: Signature) -> Note:
        """The same with one signature more; one that is there already is not added again."""
        return self if line in self.signatures else Note(self.text, (*self.signatures, line))


@dataclass(frozen=True, slots=True)
class Head:
    """What a checkpoint says, for the signature that covers this instead of the text."""

    origin: str
    size: int
    root: bytes


class Signer:
    """A private key pair under one name. `seed` and `second` are 32 random bytes each."""

    def __init__(self, name: str, seed: bytes, second: bytes | None, *, witness: bool) -> None:
        """`second` is the seed of ML-DSA-44, or None where the library has none."""
        self.witness = witness
        self._ed = Ed25519PrivateKey.from_private_bytes(seed)
        type_ = WITNESS_ED25519 if witness else ED25519
        self.key = PublicKey(name, type_, self._ed.public_key().public_bytes_raw())
        self._ml = None if second is None else MLDSA44PrivateKey.from_seed_bytes(second)
        self.second: PublicKey | None = None
        if self._ml is not None:
            raw = self._ml.public_key().public_bytes_raw()
            self.second = PublicKey(name, ML_DSA_44, raw)

    @property
    def keys(self) -> tuple[PublicKey, ...]:
        """The public halves, to be handed to whoever checks."""
        return (self.key,) if self.second is None else (self.key, self.second)

    def sign(self, text: str, head: Head | None, at: int) -> tuple[Signature, ...]:
        """The lines under `text`, which says `head`; `at` is in seconds since 1970.

        A text that is no checkpoint has no head and gets no second line.
        """
        if self.witness:
            first = _TIME.pack(at) + self._ed.sign(_timed(text, at))
        else:
            first = self._ed.sign(text.encode())
        lines = [Signature(self.key.name, self.key.number, first)]
        if self._ml is not None and self.second is not None and head is not None:
            signed = _TIME.pack(at) + self._ml.sign(_headed(self.key.name, at, head))
            lines.append(Signature(self.second.name, self.second.number, signed))
        return tuple(lines)


def has_second_signature() -> bool:
    """Whether this machine's library can sign with ML-DSA-44."""
    try:
        MLDSA44PrivateKey.from_seed_bytes(bytes(SEED_BYTES))
    except UnsupportedAlgorithm:
        return False
    return True


def is_key_name(name: str) -> bool:
    """Whether a signature line may carry it: not empty, no space, plus or control character."""
    return bool(name) and not any(sign.isspace() or sign == "+" or ord(sign) < 32 for sign in name)


def public_key(line: str) -> PublicKey:
    """Read a key as `str(PublicKey)` writes it. Raises NoteError."""
    try:
        # Neither name nor number has a plus; base64 may.
        name, number, shown = line.strip().split("+", 2)
        raw = base64.b64decode(shown, validate=True)
        key = PublicKey(name, raw[0], raw[1:])
    except (ValueError, IndexError) as wrong:
        raise NoteError("not a public key of a note") from wrong
    if key.number.hex() != number.lower():
        raise NoteError("the number of the key is not that of its name and bytes")
    return key


def read_note(written: str) -> Note:
    """Take a note apart. Raises NoteError for what is none."""
    if any(ord(sign) < 32 and sign != "\n" for sign in written):
        raise NoteError("a note has no control characters but newlines")
    text, between, below = written.rpartition("\n\n")
    if not between or not below.endswith("\n"):
        raise NoteError("a note ends with an empty line and signatures")
    lines = below[:-1].split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise NoteError("more signatures than anybody needs")
    return Note(text + "\n", tuple(_signature(line) for line in lines))


def valid_signatures(
    note: Note, keys: Iterable[PublicKey], head: Head | None
) -> Mapping[PublicKey, int | None]:
    """The known keys that have signed, with the second each of them names (None where none).

    `head` is what the text says where it is a checkpoint. Lines of unknown keys are passed over.
    Raises NoteError where a line of a known key does not hold; none at all is an empty answer.
    """
    known = {(key.name, key.number): key for key in keys}
    held: dict[PublicKey, int | None] = {}
    for line in note.signatures:
        key = known.get((line.name, line.number))
        if key is None:
            continue
        if not _holds(key, note.text, head, line.signature):
            raise NoteError(f"the signature of {key.name} ({key.number.hex()}) does not hold")
        timed = key.type != ED25519
        held[key] = _TIME.unpack(line.signature[:8])[0] if timed else None
    return held


def _signature(line: str) -> Signature:
    name, between, shown = line.removeprefix(DASH).partition(" ")
    try:
        raw = base64.b64decode(shown, validate=True)
    except (binascii.Error, ValueError) as wrong:
        raise NoteError("a signature is written in base64") from wrong
    if not line.startswith(DASH) or not between or not is_key_name(name) or len(raw) <= 4:
        raise NoteError("a line under a note is a dash, a name and a signature")
    return Signature(name, raw[:4], raw[4:])


def _holds(key: PublicKey, text: str, head: Head | None, signature: bytes) -> bool:
    if len(signature) != SIGNATURE_BYTES[key.type]:
        return False
    try:
        if key.type == ED25519:
            Ed25519PublicKey.from_public_bytes(key.public).verify(signature, text.encode())
            return True
        (at,) = _TIME.unpack(signature[:8])
        if key.type == WITNESS_ED25519:
            held = Ed25519PublicKey.from_public_bytes(key.public)
            held.verify(signature[8:], _timed(text, at))
            return True
        if head is None:
            return False
        second = MLDSA44PublicKey.from_public_bytes(key.public)
        second.verify(signature[8:], _headed(key.name, at, head))
    except InvalidSignature:
        return False
    return True


def _timed(text: str, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def _headed(name: str, at: int, head: Head) -> bytes:
    """The structure an ML-DSA-44 cosignature covers; a checkpoint's subtree begins at leaf 0."""
    named, origin = name.encode(), head.origin.encode()
    if not 0 < len(named) < 256 or not 0 < len(origin) < 256:
        raise NoteError("names and origins have 1 to 255 bytes")
    return b"".join(
        (
            b"subtree/v1\n\0",
            bytes([len(named)]) + named,
            _TIME.pack(at),
            bytes([len(origin)]) + origin,
            _PLACE.pack(0, head.size),
            head.root,
        )
    )
