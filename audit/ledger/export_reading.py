"""Reads what an export holds beside its entries, and where its blocks lie. Nothing is trusted."""

from __future__ import annotations

from dataclasses import dataclass, field
from os import SEEK_CUR
from pathlib import Path
from typing import BinaryIO

import msgspec

from audit.ledger.export_format import BLOCK, FORMAT, VERSION
from audit.ledger.note import NoteError, PublicKey, public_key

#: A record that is longer than this is none of ours; entries lie in blocks.
LONGEST_RECORD = 1 << 20
LONGEST_BLOCK = 1 << 30


class NotAnExport(ValueError):
    """The file is no exported ledger, or of a version this program does not know."""


class Head(msgspec.Struct, frozen=True):
    """What the database said was the last entry of a chain."""

    seq: int
    hash: bytes
    moment_us: int | None


class Chain(msgspec.Struct, frozen=True):
    """A chain; without institution and head the database had entries of no known chain."""

    chain_id: int
    institution: str | None
    purpose: str | None
    head: Head | None

    @property
    def name(self) -> str:
        """For people."""
        if self.institution is None:
            return f"chain {self.chain_id}"
        return f"{self.institution} ({self.purpose})"


class BlockRecord(msgspec.Struct, frozen=True):
    chain_id: int
    first: int
    lines: int
    bytes: int


class End(msgspec.Struct, frozen=True):
    chains: int
    entries: int


class Record(msgspec.Struct, frozen=True):
    """Any record of the file: one of these is there."""

    format: str | None = None
    version: int | None = None
    key: str | None = None
    checkpoint: str | None = None
    succession: str | None = None
    chain: Chain | None = None
    block: BlockRecord | None = None
    end: End | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """Where a block's lines lie in the file."""

    chain_id: int
    first: int
    lines: int
    offset: int
    length: int


@dataclass(slots=True)
class Contents:
    """Everything but the entries. `troubles` are (what, where, place)."""

    keys: list[PublicKey] = field(default_factory=list[PublicKey])
    notes: list[str] = field(default_factory=list[str])
    successions: list[str] = field(default_factory=list[str])
    chains: list[Chain] = field(default_factory=list[Chain])
    blocks: list[Block] = field(default_factory=list[Block])
    troubles: list[tuple[str, str, int | None]] = field(
        default_factory=list[tuple[str, str, int | None]]
    )
    entries_said: int = 0
    truncated: bool = True


_record = msgspec.json.Decoder(Record)


def read_contents(path: Path) -> Contents:
    """Read all records, passing over the blocks. Raises NotAnExport and OSError."""
    contents = Contents()
    with open(path, "rb") as file:
        try:
            first = _record.decode(file.readline(LONGEST_RECORD))
        except (msgspec.DecodeError, ValueError):
            raise NotAnExport("this is no exported ledger") from None
        if first.format != FORMAT or first.version != VERSION:
            raise NotAnExport("this is no exported ledger of a version this program knows")
        size = path.stat().st_size
        while line := file.readline(LONGEST_RECORD):
            if not contents.truncated:
                contents.troubles.append(("unreadable", "file", None))
                break
            try:
                record = _record.decode(line)
                _take(record, contents, file, size)
            except (msgspec.DecodeError, ValueError):
                # Without it nobody knows where the next begins.
                contents.troubles.append(("unreadable", "file", None))
                break
    if contents.truncated:
        contents.troubles.append(("truncated", "file", None))
    return contents


def _take(record: Record, contents: Contents, file: BinaryIO, size: int) -> None:
    if record.key is not None:
        try:
            contents.keys.append(public_key(record.key))
        except NoteError as wrong:
            raise ValueError("a key that is none") from wrong
    elif record.checkpoint is not None:
        contents.notes.append(record.checkpoint)
    elif record.succession is not None:
        contents.successions.append(record.succession)
    elif record.chain is not None:
        known = {chain.chain_id for chain in contents.chains}
        if record.chain.chain_id in known:
            raise ValueError("a chain that is there already")
        contents.chains.append(record.chain)
        if record.chain.institution is None:
            contents.troubles.append(("unknown-chain", record.chain.name, None))
    elif record.block is not None:
        _take_block(record.block, contents, file, size)
    elif record.end is not None:
        contents.entries_said = record.end.entries
        contents.truncated = record.end.chains != len(contents.chains)
        if contents.truncated:
            raise ValueError("another number of chains")
    else:
        raise ValueError("a record of no known kind")


def _take_block(block: BlockRecord, contents: Contents, file: BinaryIO, size: int) -> None:
    """Note where a block lies; it must continue the chain before it, in whole blocks."""
    offset = file.tell()
    if not contents.chains or contents.chains[-1].chain_id != block.chain_id:
        raise ValueError("a block of another chain")
    last = contents.blocks[-1] if contents.blocks else None
    expected = 1
    if last is not None and last.chain_id == block.chain_id:
        expected = last.first + BLOCK
        if last.lines != BLOCK:
            raise ValueError("a block after a short one")
    if block.first != expected or not 0 < block.lines <= BLOCK:
        raise ValueError("a block at another place")
    if not 0 < block.bytes <= LONGEST_BLOCK or offset + block.bytes > size:
        raise ValueError("a block longer than the file")
    contents.blocks.append(Block(block.chain_id, block.first, block.lines, offset, block.bytes))
    file.seek(block.bytes, SEEK_CUR)
