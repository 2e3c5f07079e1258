"""The signer's folder, outside the database: its key, and what it has signed of each chain.

    signer.key        two lines, the seeds of both keys (0600)
    signer.pub        the public keys, a line each, for whoever checks
    chain-7.json      the chain's log: origin, size, the tree's frontier, the newest checkpoint
    chain-7.notes     every checkpoint, one JSON line each; `audit verify --checkpoints` reads it

Files are written aside, forced to disk and moved into place. A checkpoint is kept here before it is
told to the database: the folder is what the database is held against.
"""

from __future__ import annotations

import base64
import binascii
import fcntl
import json
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from audit.ledger.checkpoint import Checkpoint, Origin, read_checkpoint
from audit.ledger.note import SEED_BYTES, NoteError, PublicKey, Signer, has_second_signature
from audit.ledger.tree import Frontier

KEY_FILE, PUBLIC_FILE, PREFIX_FILE = "signer.key", "signer.pub", "origin.txt"
PREFIX = "dispensing.invalid"


class LogbookError(RuntimeError):
    """The folder cannot be used: nothing is signed, and the message says what to do."""


@dataclass(frozen=True, slots=True)
class Loss:
    """What the signer found wrong with the database, and at which of the database's moments."""

    found: str
    at: str
    reached: int


@dataclass(frozen=True, slots=True)
class Log:
    """What is known of one chain. `leaf` is the last leaf signed, `at` when, ISO in UTC."""

    chain_id: int
    origin: Origin
    size: int
    peaks: tuple[bytes, ...]
    leaf: bytes
    at: str
    note: str
    loss: Loss | None = None

    @property
    def frontier(self) -> Frontier:
        """The tree, to grow on."""
        return Frontier(self.size, self.peaks)


@dataclass(frozen=True, slots=True)
class Signed:
    """One checkpoint of a chain's past: with the last leaf under it, and when it was signed."""

    size: int
    leaf: bytes
    at: str
    note: str

    @property
    def checkpoint(self) -> Checkpoint:
        return read_checkpoint(self.note)


class Logbook:
    """A folder as described above. One signer at a time writes it; anybody allowed may read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def exists(self) -> bool:
        """Whether anything was ever signed here."""
        return (self.folder / PUBLIC_FILE).exists()

    def begin(self, prefix: str, seeds: tuple[bytes, bytes]) -> None:
        """Make folder and keys where there are none. `seeds` are fresh random bytes, 32 each."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o755)
        if (self.folder / KEY_FILE).exists():
            return
        if any(self.folder.glob("chain-*")):
            raise LogbookError(f"{self.folder} holds checkpoints and no key: put the key back")
        Origin(prefix, "x", "clinical")
        kinds = ("ed25519", "ml-dsa-44") if has_second_signature() else ("ed25519",)
        lines = [
            f"{kind} {base64.b64encode(seed).decode()}\n"
            for kind, seed in zip(kinds, seeds, strict=False)
        ]
        self.write(PREFIX_FILE, prefix + "\n", 0o644)
        self.write(KEY_FILE, "".join(lines), 0o600)

    @contextmanager
    def alone(self) -> Generator[None, None, None]:
        """While this is held no other process signs into the folder; waits for whoever does."""
        handle = os.open(self.folder / "signer.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def prefix(self) -> str:
        """What every origin of this signer begins with."""
        try:
            return (self.folder / PREFIX_FILE).read_text().strip()
        except OSError:
            return PREFIX

    def signer(self, name: str, *, witness: bool = False) -> Signer:
        """The private keys under one name. Raises LogbookError where they cannot be read."""
        path = self.folder / KEY_FILE
        try:
            if path.stat().st_mode & 0o077:
                raise LogbookError(f"{path} can be read by others: chmod 600, or make a new key")
            lines = dict(line.split(" ", 1) for line in path.read_text().splitlines())
            first = base64.b64decode(lines["ed25519"], validate=True)
            second = lines.get("ml-dsa-44")
            other = None if second is None else base64.b64decode(second, validate=True)
        except (OSError, KeyError, ValueError, binascii.Error) as wrong:
            raise LogbookError(f"{path} holds no keys that can be read") from wrong
        if len(first) != SEED_BYTES or (other is not None and len(other) != SEED_BYTES):
            raise LogbookError(f"{path} holds a key of another length")
        return Signer(name, first, other if has_second_signature() else None, witness=witness)

    def publish(self, keys: tuple[PublicKey, ...]) -> None:
        """Note public keys for whoever checks; those known already stay."""
        known = self.public_lines()
        new = [str(key) for key in keys if str(key) not in known]
        if new:
            self.write(PUBLIC_FILE, "".join(f"{line}\n" for line in [*known, *new]), 0o644)

    def public_lines(self) -> list[str]:
        """Every public key that was ever used here, as lines."""
        try:
            return (self.folder / PUBLIC_FILE).read_text().splitlines()
        except FileNotFoundError:
            return []

    def log(self, chain_id: int) -> Log | None:
        """What is known of a chain, or None. Raises LogbookError for what cannot be read."""
        path = self.folder / f"chain-{chain_id}.json"
        try:
            return _read_log(json.loads(path.read_text()))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as wrong:
            raise LogbookError(f"{path} cannot be read: put back the copy that was kept") from wrong

    def logs(self) -> list[Log]:
        """Every chain that was ever signed here, by number."""
        numbers = sorted(
            int(path.stem.removeprefix("chain-")) for path in self.folder.glob("chain-*.json")
        )
        return [log for number in numbers if (log := self.log(number)) is not None]

    def keep(self, log: Log) -> None:
        """Keep a chain's log, and its checkpoint among all before it."""
        signed = {"size": log.size, "leaf": log.leaf.hex(), "at": log.at, "note": log.note}
        last = next(self.signed(log.chain_id, newest_first=True), None)
        if last is None or last.note != log.note:
            path = self.folder / f"chain-{log.chain_id}.notes"
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644), "a") as file:
                file.write(json.dumps(signed, ensure_ascii=False) + "\n")
                file.flush()
                os.fsync(file.fileno())
        told = asdict(log) | {"peaks": [peak.hex() for peak in log.peaks], "leaf": log.leaf.hex()}
        self.write(f"chain-{log.chain_id}.json", json.dumps(told, ensure_ascii=False), 0o644)

    def lose(self, log: Log, loss: Loss) -> None:
        """Remember that the database does not hold what was signed."""
        self.keep(replace(log, loss=loss))

    def signed(self, chain_id: int, *, newest_first: bool = False) -> Iterator[Signed]:
        """Every checkpoint kept of a chain. A line that a crash cut off is passed over."""
        path = self.folder / f"chain-{chain_id}.notes"
        if not path.exists():
            return
        for line in _lines_backwards(path) if newest_first else _lines(path):
            try:
                read = json.loads(line)
                yield Signed(read["size"], bytes.fromhex(read["leaf"]), read["at"], read["note"])
            except (ValueError, KeyError, TypeError):
                continue

    def write(self, name: str, text: str, mode: int) -> None:
        """Write a file whole: aside, to disk, moved into place."""
        aside = self.folder / f".{name}.{os.getpid()}"
        aside.unlink(missing_ok=True)
        with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self.folder / name)
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _lines(path: Path) -> Iterator[bytes]:
    with open(path, "rb") as file:
        yield from file


def _lines_backwards(path: Path) -> Iterator[bytes]:
    """The lines of a file from its end: years of checkpoints lie before the newest."""
    with open(path, "rb") as file:
        at, rest = file.seek(0, os.SEEK_END), b""
        while at > 0:
            step = min(at, 65_536)
            at = file.seek(at - step)
            rest, *lines = (file.read(step) + rest).split(b"\n")
            yield from (line for line in reversed(lines) if line)
        if rest:
            yield rest


def _read_log(read: dict[str, Any]) -> Log:
    loss = read["loss"]
    try:
        origin = Origin(**read["origin"])
        log = Log(
            read["chain_id"],
            origin,
            read["size"],
            tuple(bytes.fromhex(peak) for peak in read["peaks"]),
            bytes.fromhex(read["leaf"]),
            read["at"],
            read["note"],
            None if loss is None else Loss(**loss),
        )
        kept = read_checkpoint(log.note)
    except NoteError as wrong:
        raise ValueError(str(wrong)) from wrong
    if (kept.origin, kept.size, kept.root) != (str(origin), log.size, log.frontier.root()):
        raise ValueError("the frontier is not that of the checkpoint")
    return log
