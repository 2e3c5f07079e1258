"""Verifies one block of an exported ledger: pure, and side by side with other blocks.

What a block cannot know (the entry before it, the tree before it, the people's entries elsewhere)
it answers so that whoever joins the blocks can: its first entry, its own tree, sums of orders.
"""

from __future__ import annotations

import gc
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b, sha256

import msgspec

from audit.ledger.glance import EntryRow, PayloadRow, fits
from audit.ledger.holding import Found, Row, hold_chain, hold_payload
from audit.ledger.tree import HASH_BYTES, Frontier

Line = tuple[EntryRow | None, PayloadRow | None]

_decoder = msgspec.json.Decoder(Line)
_SUMS = 1 << 64
#: A person's order beyond this is not summed: its largest number alone shows that it has gaps.
MOST_ORDERS = 1 << 22


@dataclass(frozen=True, slots=True)
class Job:
    """A block: where its bytes are in the file, and what is wanted of it.

    `first` is the place (from 1) of its first line in its chain, `sizes` the tree sizes and `seqs`
    the entry numbers that checkpoints and receipts speak of, `seed` what orders are summed under.
    """

    path: str
    offset: int
    length: int
    chain_id: int
    first: int
    lines: int
    sizes: frozenset[int]
    seqs: frozenset[int]
    seed: bytes


@dataclass(slots=True)
class Piece:
    """What a block holds. `unreadable` are places of lines that are not what the format says."""

    job: Job
    found: Found
    lines: int
    first_entry: Row | None = None
    tree: Frontier = field(default_factory=Frontier)
    #: tree size within the block -> the peaks of the block's tree then
    peaks: dict[int, list[bytes]] = field(default_factory=dict[int, list[bytes]])
    hashes: list[tuple[int, bytes]] = field(default_factory=list[tuple[int, bytes]])
    #: person -> how many orders, the largest, their sum under the seed
    orders: dict[int, tuple[int, int, int]] = field(default_factory=dict[int, tuple[int, int, int]])
    orderless: bool = False
    unreadable: list[int] = field(default_factory=list[int])


def verify_block(job: Job) -> Piece:
    """Read a block from its file and hold every line of it. Raises OSError."""
    with open(job.path, "rb") as file:
        file.seek(job.offset)
        return verify_lines(file.read(job.length), job)


def verify_lines(lines: bytes, job: Job) -> Piece:
    """The same for bytes that are at hand."""
    piece = Piece(job, Found(job.chain_id, 0, 0, None, None), 0)
    # Nothing in a block refers to itself: the collector would only walk it again and again.
    collecting = gc.isenabled()
    gc.disable()
    try:
        read = _read(lines, piece)
        _hold(read, piece)
    finally:
        if collecting:
            gc.enable()
    return piece


def _hold(lines: Sequence[Line], piece: Piece) -> None:
    """Hold every line of a block against its neighbours."""
    job, found = piece.job, piece.found
    leaves: list[bytes] = []
    sums: dict[int, list[int]] = {}
    weights = _weights(job.seed)
    before = job.first - 1
    for entry, beside in lines:
        if entry is not None:
            if piece.first_entry is None:
                piece.first_entry = entry
                found.last_seq = entry[0] - 1
            if beside is None or not fits(entry, beside, found):
                _hold_closely(entry, beside, found)
            leaves.append(sha256(b"\x00" + entry[4]).digest())
            if before + found.entries in job.sizes:
                piece.tree.extend(leaves)
                leaves.clear()
                piece.peaks[before + piece.tree.size] = list(piece.tree.peaks)
            if entry[0] in job.seqs:
                piece.hashes.append((entry[0], entry[4]))
        elif beside is not None:
            found.add(beside[0], "orphan-payload")
        if beside is not None and beside[3] is not None:
            _order(beside, sums, weights, piece)
    piece.tree.extend(leaves)
    piece.orders = {person: (one[0], one[1], one[2]) for person, one in sums.items()}


def _hold_closely(entry: EntryRow, beside: PayloadRow | None, found: Found) -> None:
    """Say what does not fit of an entry that did not pass at a glance."""
    hold_chain(entry, found)
    if len(entry[4]) != HASH_BYTES:
        found.add(entry[0], "hash")
    if beside is not None and beside[0] == entry[0]:
        hold_payload(entry, beside, found)
        return
    found.add(entry[0], "missing-payload")
    if beside is not None:
        found.add(beside[0], "orphan-payload")


def expected_sum(seed: bytes, count: int) -> int:
    """What the orders 1 to `count` sum to under the seed."""
    weights = _weights(seed)
    _grow(weights, seed, count)
    return sum(weights[1 : count + 1]) % _SUMS


def _order(
    beside: PayloadRow, sums: dict[int, list[int]], weights: list[int], piece: Piece
) -> None:
    """Count a person's order. Which numbers came is a sum of weights drawn for this run alone."""
    person_id, order = beside[2], beside[3]
    if person_id is None or order is None or order < 1:
        piece.orderless = True
        return
    one = sums.get(person_id)
    if one is None:
        one = sums[person_id] = [0, 0, 0]
    one[0] += 1
    if order > one[1]:
        one[1] = order
    if order < MOST_ORDERS:
        if order >= len(weights):
            _grow(weights, piece.job.seed, order)
        one[2] = (one[2] + weights[order]) % _SUMS


@lru_cache(maxsize=1)
def _weights(seed: bytes) -> list[int]:
    return [0]


def _grow(weights: list[int], seed: bytes, until: int) -> None:
    for number in range(len(weights), until + 1):
        drawn = blake2b(number.to_bytes(8, "big"), key=seed, digest_size=8).digest()
        weights.append(int.from_bytes(drawn, "big"))


def _read(lines: bytes, piece: Piece) -> Sequence[Line]:
    """The lines of a block; what is not one is noted by its place."""
    try:
        read = _decoder.decode_lines(lines)
    except (msgspec.DecodeError, ValueError):
        pass
    else:
        piece.lines = len(read)
        return read
    apart = lines.removesuffix(b"\n").split(b"\n")
    piece.lines = len(apart)
    readable: list[Line] = []
    for place, line in enumerate(apart, piece.job.first):
        try:
            readable.append(_decoder.decode(line))
        except (msgspec.DecodeError, ValueError):
            piece.unreadable.append(place)
    return readable
