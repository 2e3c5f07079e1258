"""Holds entries against their neighbours and their payloads: pure, whoever read the rows.

A chain's row is (seq, moment in microseconds, kind, body, hash); the row beside it is (seq, kind,
person, person's order, unit, actor, day as ISO text, micrograms, payload, key, erased by).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import sha256
from struct import Struct
from typing import Any, Literal, cast

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

#: Problems kept of one stretch; the rest would say the same.
MOST_TROUBLES = 1_000

_PLACE = Struct(">qq").pack
_COMMITMENT_START = b'{"commitment":"'
_COMMITMENT_END = len(_COMMITMENT_START) + 64

Row = tuple[Any, ...]


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


def hold_chain(entry: Row, found: Found) -> None:
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


def hold_payload(entry: Row, beside: Row, found: Found) -> None:
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
