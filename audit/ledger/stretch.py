"""Verifies one stretch of one chain: what a single process reads from front to back.

The stretch starts from the stored hash of the entry before it. Whether that hash is right is found
by the stretch that ends there, so stretches can be verified in any order and side by side.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from struct import Struct
from typing import Any, Literal, cast

import psycopg
from psycopg.rows import tuple_row

from audit.ledger.entry import ERASURE_KIND, KEY_BYTES, KEY_VERSION, body_bytes, frame

Trouble = Literal[
    "gap",
    "repeated",
    "hash",
    "time-order",
    "kind",
    "commitment",
    "columns",
    "missing-payload",
    "orphan-payload",
]

#: Rows fetched at a time.
BATCH = 5_000
#: Problems kept of one stretch; the rest would say the same.
MOST_TROUBLES = 1_000

_ENTRIES = """
SELECT seq, (extract(epoch FROM recorded_at) * 1000000)::bigint, kind, body, hash
  FROM ledger_entry WHERE chain_id = %s AND seq > %s AND seq <= %s ORDER BY seq
"""
_PAYLOADS = """
SELECT seq, kind, person_id, person_seq, unit_id, actor_id, on_day::text, amount_ug,
       payload, key, erased_by_seq
  FROM ledger_payload WHERE chain_id = %s AND seq > %s AND seq <= %s ORDER BY seq
"""
_BEFORE = """
SELECT hash, (extract(epoch FROM recorded_at) * 1000000)::bigint
  FROM ledger_entry WHERE chain_id = %s AND seq = %s
"""

_PLACE = Struct(">qq").pack
_LOWEST, _HIGHEST = -(2**63), 2**63 - 1
_COMMITMENT_START = b'{"commitment":"'
_COMMITMENT_END = len(_COMMITMENT_START) + 64

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Entries after `after_seq` up to and with `to_seq` (None: to the end) of one chain.

    `genesis` is the hash before the chain's first entry.
    """

    chain_id: int
    after_seq: int
    to_seq: int | None
    genesis: bytes


@dataclass(slots=True)
class Found:
    """What a stretch holds: its problems, its end, and what was erased by which entry."""

    chain_id: int
    entries: int
    last_seq: int
    last_hash: bytes | None
    last_us: int | None
    troubles: list[tuple[int, Trouble]] = field(default_factory=list[tuple[int, Trouble]])
    #: (erased seq, seq of the entry that is said to name it)
    erased: list[tuple[int, int | None]] = field(default_factory=list[tuple[int, int | None]])
    #: seq of an erasure entry -> the numbers it names
    erasures: dict[int, frozenset[int]] = field(default_factory=dict[int, frozenset[int]])

    def add(self, seq: int, trouble: Trouble) -> None:
        """Keep a problem, unless there are very many already."""
        if len(self.troubles) < MOST_TROUBLES:
            self.troubles.append((seq, trouble))


def verify_stretch(connection: psycopg.Connection[Any], stretch: Stretch) -> Found:
    """Read a stretch of a chain and hold every entry against its neighbours and its payload."""
    found = Found(stretch.chain_id, 0, stretch.after_seq, *_start(connection, stretch))
    lowest = stretch.after_seq if stretch.after_seq else _LOWEST
    highest = _HIGHEST if stretch.to_seq is None else stretch.to_seq
    bounds = (stretch.chain_id, lowest, highest)
    with (
        _cursor(connection, "ledger_entries") as entry_cursor,
        _cursor(connection, "ledger_payloads") as payload_cursor,
    ):
        entry_cursor.execute(_ENTRIES, bounds, binary=True)
        payload_cursor.execute(_PAYLOADS, bounds, binary=True)
        payloads = _fetched(payload_cursor)
        beside = next(payloads, None)
        for entry in _fetched(entry_cursor):
            _hold_chain(entry, found)
            seq = entry[0]
            while beside is not None and beside[0] < seq:
                found.add(beside[0], "orphan-payload")
                beside = next(payloads, None)
            if beside is None or beside[0] != seq:
                found.add(seq, "missing-payload")
                continue
            _hold_payload(entry, beside, found)
            beside = next(payloads, None)
        while beside is not None:
            found.add(beside[0], "orphan-payload")
            beside = next(payloads, None)
    if stretch.to_seq is not None and found.last_seq < stretch.to_seq:
        found.add(stretch.to_seq, "gap")
    return found


def _start(
    connection: psycopg.Connection[Any], stretch: Stretch
) -> tuple[bytes | None, int | None]:
    """Hash and moment before the stretch; None where that entry is missing (reported there)."""
    if stretch.after_seq == 0:
        return stretch.genesis, None
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(_BEFORE, (stretch.chain_id, stretch.after_seq)).fetchone()
    return (None, None) if row is None else (row[0], row[1])


def _hold_chain(entry: Row, found: Found) -> None:
    """Number, moment and hash of an entry against the entry before."""
    seq, recorded_us, _, body, stored = entry
    if seq != found.last_seq + 1:
        found.add(seq, "gap" if seq > found.last_seq else "repeated")
    previous = found.last_hash
    if (
        previous is not None
        and sha256(b"\x00" + previous + _PLACE(seq, recorded_us) + body).digest() != stored
    ):
        found.add(seq, "hash")
    if found.last_us is not None and recorded_us < found.last_us:
        found.add(seq, "time-order")
    # Go on from what is stored: one fault is then told once, not for every later entry.
    found.last_seq = seq
    found.last_hash = stored
    found.last_us = recorded_us
    found.entries += 1


def _hold_payload(entry: Row, beside: Row, found: Found) -> None:
    """A payload row against the body that commits to it and against its own columns."""
    seq, _, kind, body, _ = entry
    payload_kind, payload, key = beside[1], beside[8], beside[9]
    if payload_kind != kind:
        found.add(seq, "kind")
    if payload is None:
        found.erased.append((seq, beside[10]))
        if not _is_body(body, kind):
            found.add(seq, "kind")
        if key is not None or any(value is not None for value in beside[4:8]):
            found.add(seq, "columns")
        return
    # HMAC pads short keys with zeros: the length is part of the key.
    if key is None or len(key) != KEY_BYTES or body_bytes(kind, key, payload) != body:
        found.add(seq, "commitment" if _is_body(body, kind) else "kind")
    before, after = frame(payload_kind, *beside[2:8])
    if not payload.startswith(before) or not payload.endswith(after) or beside[10] is not None:
        found.add(seq, "columns")
    if kind == ERASURE_KIND:
        found.erasures[seq] = _named(payload)


def _is_body(body: bytes, kind: str) -> bool:
    """Whether these bytes are a commitment for this kind, whatever it commits to."""
    return (
        body[:15] == _COMMITMENT_START
        and body[_COMMITMENT_END:] == f'","key_version":{KEY_VERSION},"kind":"{kind}"}}'.encode()
    )


def _named(payload: bytes) -> frozenset[int]:
    """The numbers an erasure entry names; none where it is not readable as one."""
    try:
        seqs = json.loads(payload)["facts"]["seqs"]
        return frozenset(int(seq) for seq in cast("list[int]", seqs))
    except (ValueError, KeyError, TypeError):
        return frozenset()


def _cursor(connection: psycopg.Connection[Any], name: str) -> psycopg.ServerCursor[Row]:
    return connection.cursor(name, row_factory=tuple_row)


def _fetched(cursor: psycopg.ServerCursor[Row]) -> Iterator[Row]:
    while rows := cursor.fetchmany(BATCH):
        yield from rows
