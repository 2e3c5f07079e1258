"""Writes the records of an exported ledger; where the rows come from does not matter here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO

import msgspec

from audit.ledger.export_format import BLOCK, FORMAT, VERSION
from audit.ledger.holding import Row

Line = tuple[Row | None, Row | None]

_encode = msgspec.json.Encoder()


def write_beginning(
    out: BinaryIO,
    made_at: str,
    keys: Iterable[str] = (),
    checkpoints: Iterable[str] = (),
    successions: Iterable[str] = (),
) -> int:
    """The first line, keys and notes; answers how many checkpoints there were."""
    _write(out, {"format": FORMAT, "version": VERSION, "made_at": made_at, "block_lines": BLOCK})
    for line in keys:
        _write(out, {"key": line})
    count = 0
    for note in checkpoints:
        _write(out, {"checkpoint": note})
        count += 1
    for note in successions:
        _write(out, {"succession": note})
    return count


def write_chain(
    out: BinaryIO,
    chain_id: int,
    institution: str | None,
    purpose: str | None,
    head: tuple[int, bytes, int | None] | None,
    lines: Iterable[Line],
) -> int:
    """A chain with its head (number, hash, moment) and lines; answers how many entries it has."""
    told = None if head is None else dict(zip(("seq", "hash", "moment_us"), head, strict=True))
    named = {"chain_id": chain_id, "institution": institution, "purpose": purpose}
    _write(out, {"chain": {**named, "head": told}})
    entries = 0
    for first, block in _blocks(lines):
        written = _encode.encode_lines(block)
        place = {"chain_id": chain_id, "first": first, "lines": len(block), "bytes": len(written)}
        _write(out, {"block": place})
        out.write(written)
        entries += sum(entry is not None for entry, _ in block)
    return entries


def write_end(out: BinaryIO, chains: int, entries: int) -> None:
    """The last line."""
    _write(out, {"end": {"chains": chains, "entries": entries}})


def _blocks(lines: Iterable[Line]) -> Iterator[tuple[int, Sequence[Line]]]:
    """Lines in blocks, each with the place (from 1) of its first line."""
    block: list[Line] = []
    first = 1
    for line in lines:
        block.append(line)
        if len(block) == BLOCK:
            yield first, block
            first, block = first + BLOCK, []
    if block:
        yield first, block


def _write(out: BinaryIO, told: dict[str, Any]) -> None:
    out.write(_encode.encode(told) + b"\n")
