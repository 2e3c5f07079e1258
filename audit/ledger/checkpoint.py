"""Checkpoints (C2SP tlog-checkpoint): what a log had at one moment, signed.

Three lines: the log's origin, how many leaves it has, and the root over them. The origin of a chain
is the installation's prefix, the institution, the chain's purpose, and, where a restore has lost
entries and a person has answered for it, which generation of the log this is: a log never signs two
checkpoints that do not continue each other.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, unquote

from audit.ledger.note import ED25519, Head, Note, NoteError, PublicKey, Signer, read_note
from audit.ledger.note import valid_signatures as valid_lines
from audit.ledger.tree import HASH_BYTES

_SIZE = re.compile(r"0|[1-9][0-9]{0,17}")
_PREFIX = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Origin:
    """Which log a checkpoint is of. `generation` counts from 1."""

    prefix: str
    institution: str
    purpose: str
    generation: int = 1

    def __post_init__(self) -> None:
        if not _PREFIX.fullmatch(self.prefix) or self.generation < 1:
            raise NoteError("an origin begins with a name such as ledger.example.dk")

    def __str__(self) -> str:
        later = f"/{self.generation}" if self.generation > 1 else ""
        return f"{self.prefix}/{quote(self.institution, safe='')}/{self.purpose}{later}"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint as it was read; only `signed_by` says whether anybody stands behind it."""

    origin: str
    size: int
    root: bytes
    note: Note

    @property
    def head(self) -> Head:
        return Head(self.origin, self.size, self.root)

    def signed_by(self, keys: Iterable[PublicKey]) -> dict[PublicKey, int | None]:
        """The known keys under it, with the second each names. Raises NoteError: a false one."""
        return dict(valid_lines(self.note, keys, self.head))

    def signed_by_log(self, keys: Iterable[PublicKey]) -> bool:
        """Whether the log itself has signed it with a known Ed25519 key. Raises NoteError."""
        named = (key for key in self.signed_by(keys) if key.name == self.origin)
        return any(key.type == ED25519 for key in named)


def checkpoint_text(origin: str, size: int, root: bytes) -> str:
    """The three lines."""
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"


def sign_checkpoint(signer: Signer, origin: str, size: int, root: bytes, at: int) -> Checkpoint:
    """A checkpoint signed by the log; `at` is in seconds since 1970."""
    text = checkpoint_text(origin, size, root)
    lines = signer.sign(text, Head(origin, size, root), at)
    return Checkpoint(origin, size, root, Note(text, lines))


def read_checkpoint(written: str) -> Checkpoint:
    """Take a signed checkpoint apart; nothing is checked. Raises NoteError for what is none."""
    note = read_note(written)
    lines = note.text.split("\n")
    # No extension lines: the second signature would not cover them.
    if len(lines) != 4 or not lines[0] or not _SIZE.fullmatch(lines[1]):
        raise NoteError("a checkpoint is an origin, a size and a root")
    try:
        root = base64.b64decode(lines[2], validate=True)
    except (binascii.Error, ValueError) as wrong:
        raise NoteError("a root is written in base64") from wrong
    if len(root) != HASH_BYTES or checkpoint_text(lines[0], int(lines[1]), root) != note.text:
        raise NoteError("a root is 32 bytes")
    return Checkpoint(lines[0], int(lines[1]), root, note)


def read_origin(origin: str) -> Origin:
    """Which chain an origin names. Raises NoteError for one that was not written here."""
    parts = origin.split("/")
    try:
        generation = int(parts[3]) if len(parts) == 4 else 1
        read = Origin(parts[0], unquote(parts[1]), parts[2], generation)
    except (ValueError, IndexError) as wrong:
        raise NoteError("not the origin of a chain of this service") from wrong
    if len(parts) not in (3, 4) or str(read) != origin:
        raise NoteError("not the origin of a chain of this service")
    return read
