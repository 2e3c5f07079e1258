"""Holds signed checkpoints against the trees that were computed: who signed, and does it fit."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from audit.ledger.checkpoint import Checkpoint, read_checkpoint, read_origin
from audit.ledger.export_reading import Chain
from audit.ledger.joining import Joined
from audit.ledger.note import (
    ED25519,
    ML_DSA_44,
    NoteError,
    PublicKey,
    read_note,
    valid_signatures,
)
from audit.ledger.signing_text import SUCCESSION

Trouble = tuple[str, str, int | None]


@dataclass(frozen=True, slots=True)
class Kept:
    """A log that goes on as another: how much of it the other holds, and that tree's root."""

    old: str
    new: str
    size: int
    root: bytes


@dataclass(slots=True)
class Said:
    """What was signed about the chains of a file."""

    #: chain -> its checkpoints that are rightly signed, as they came
    checkpoints: dict[int, list[Checkpoint]] = field(default_factory=dict[int, list[Checkpoint]])
    successions: dict[str, Kept] = field(default_factory=dict[str, Kept])
    troubles: list[Trouble] = field(default_factory=list[Trouble])
    notices: list[str] = field(default_factory=list[str])
    #: chain -> witness -> the largest size it has cosigned
    witnessed: dict[int, dict[str, int]] = field(default_factory=dict[int, dict[str, int]])
    #: chain -> the largest size that fits and is signed
    covered: dict[int, int] = field(default_factory=dict[int, int])
    #: log -> the most it was signed to have had, and how many of those are still there
    lost: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    begun_anew: set[str] = field(default_factory=set[str])
    verified: int = 0

    def sizes(self, chain_id: int) -> frozenset[int]:
        """The tree sizes of a chain whose roots are wanted."""
        told = self.checkpoints.get(chain_id, [])
        wanted = {one.size for one in told}
        for one in told:
            while (kept := self.successions.get(one.origin)) is not None:
                wanted.add(kept.size)
                one = Checkpoint(kept.new, kept.size, kept.root, one.note)
        return frozenset(wanted)

    def settle(self, joined: Mapping[int, Joined]) -> None:
        """Hold every checkpoint against the tree of its chain."""
        for chain_id, told in self.checkpoints.items():
            chain = joined[chain_id]
            for one in told:
                self._settle_one(chain, one)
                if read_origin(one.origin).generation > 1:
                    self.begun_anew.add(one.origin)
            self._settle_successions(chain, {one.origin for one in told})

        self._tell_losses()
        for origin in sorted(self.begun_anew):
            if origin not in {kept.new for kept in self.successions.values()}:
                self.notices.append(
                    f"{origin} follows a log that lost entries, and no succession of it is here:"
                    " ask for the older checkpoints"
                )

    def _settle_one(self, chain: Joined, one: Checkpoint) -> None:
        limit = self._held(one.origin)
        if limit is not None and one.size > limit:
            self._lose(one.origin, one.size, limit)
        elif one.size > chain.entries:
            self.troubles.append(("entries-missing", chain.name, one.size))
        elif chain.roots.get(one.size) != one.root:
            self.troubles.append(("checkpoint", chain.name, one.size))
        else:
            self.verified += 1
            number = chain.chain.chain_id
            self.covered[number] = max(self.covered.get(number, 0), one.size)

    def _lose(self, origin: str, size: int, limit: int) -> None:
        """Say once of a log how much of what was signed is gone: the most that was ever signed."""
        self.lost[origin] = (max(size, self.lost.get(origin, (0, 0))[0]), limit)

    def _tell_losses(self) -> None:
        for origin, (size, limit) in sorted(self.lost.items()):
            self.notices.append(
                f"{origin} had {size} entries when it was last signed; {size - limit} of them were"
                f" lost or are others now, the first {limit} are still here. The log says that a"
                " person has answered for it: ask who, and what was typed in"
            )

    def _settle_successions(self, chain: Joined, origins: set[str]) -> None:
        for origin in sorted(origins):
            kept = self.successions.get(origin)
            if kept is not None and kept.size and chain.roots.get(kept.size) != kept.root:
                self.troubles.append(("checkpoint", chain.name, kept.size))

    def _held(self, origin: str) -> int | None:
        """How many leaves of a log are still there; None where no other has followed it."""
        held: int | None = None
        while (kept := self.successions.get(origin)) is not None:
            held = kept.size if held is None else min(held, kept.size)
            origin = kept.new
        return held


def check_notes(
    notes: Iterable[str],
    successions: Iterable[str],
    keys: list[PublicKey],
    chains: Iterable[Chain],
) -> Said:
    """Read what was signed and hold the signatures against the known keys."""
    said = Said()
    by_name = {(chain.institution, chain.purpose): chain for chain in chains}
    for note in successions:
        try:
            kept = _succession(note, keys)
        except NoteError:
            said.troubles.append(("signature", "succession", None))
        else:
            said.successions[kept.old] = kept
    seen: set[str] = set()
    for note in notes:
        if note in seen:
            continue
        seen.add(note)
        try:
            one = read_checkpoint(note)
            origin = read_origin(one.origin)
        except NoteError:
            said.troubles.append(("unreadable", "checkpoint", None))
            continue
        chain = by_name.get((origin.institution, origin.purpose))
        if chain is None:
            said.troubles.append(("unknown-chain", one.origin, one.size))
            continue
        _take(said, chain, one, keys)
    return said


def _take(said: Said, chain: Chain, one: Checkpoint, keys: list[PublicKey]) -> None:
    try:
        held = one.signed_by(keys)
    except NoteError:
        said.troubles.append(("signature", chain.name, one.size))
        return
    # Where a second key of the log is known, its line is not to be left out either.
    wanted = [key for key in keys if key.name == one.origin and key.type in (ED25519, ML_DSA_44)]
    if not any(key.type == ED25519 for key in wanted) or any(key not in held for key in wanted):
        said.troubles.append(("unsigned", chain.name, one.size))
        return
    said.checkpoints.setdefault(chain.chain_id, []).append(one)
    witnesses = said.witnessed.setdefault(chain.chain_id, {})
    for key in held:
        if key.name != one.origin:
            witnesses[key.name] = max(witnesses.get(key.name, 0), one.size)


def _succession(written: str, keys: list[PublicKey]) -> Kept:
    """A note that one log goes on as another. Raises NoteError where the old key did not sign."""
    note = read_note(written)
    lines = note.text.split("\n")
    try:
        heading, old, new, size, root = lines[:5]
        kept = Kept(old, new, int(size), base64.b64decode(root, validate=True))
    except (ValueError, binascii.Error) as wrong:
        raise NoteError("not a succession") from wrong
    before, after = read_origin(old), read_origin(new)
    follows = (before.prefix, before.institution, before.purpose, before.generation + 1) == (
        after.prefix,
        after.institution,
        after.purpose,
        after.generation,
    )
    if heading != SUCCESSION or lines[5:] != [""] or not follows or kept.size < 0:
        raise NoteError("not a succession")
    held = valid_signatures(note, [key for key in keys if key.type == ED25519], None)
    if not any(key.name == old for key in held):
        raise NoteError("the log itself did not sign it")
    return kept
