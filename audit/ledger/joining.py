"""Joins the verified blocks of one chain: links between them, the tree over them, the head."""

from __future__ import annotations

from audit.ledger.blocks import Piece
from audit.ledger.chain import genesis, link
from audit.ledger.export_reading import Chain
from audit.ledger.holding import MOST_TROUBLES
from audit.ledger.tree import Frontier


class Joined:
    """One chain as its blocks come, in order."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.name = chain.name
        self.entries = self.erased = 0
        self.orderless = False
        #: (what, seq)
        self.troubles: list[tuple[str, int | None]] = []
        #: tree size that was asked for -> root
        self.roots: dict[int, bytes] = {}
        #: number that a receipt speaks of -> the hashes that stand there
        self.hashes: dict[int, list[bytes]] = {}
        self._tree: Frontier | None = Frontier()
        self._last_seq, self._last_us = 0, -(2**63)
        self._last_hash: bytes | None = None
        if chain.institution is not None and chain.purpose is not None:
            self._last_hash = genesis(chain.institution, chain.purpose)
        self._first_hash = self._last_hash
        self._orders: dict[int, tuple[int, int, int]] = {}
        self._erasures: dict[int, frozenset[int]] = {}
        self._erased_by: list[tuple[int, int | None]] = []

    def add(self, piece: Piece) -> None:
        """Put the next block behind those before it."""
        self.troubles += [("unreadable", place) for place in piece.unreadable]
        if piece.lines != piece.job.lines:
            self._say("unreadable", None)
        found = piece.found
        if piece.first_entry is not None:
            self._join(piece)
            self._last_seq, self._last_hash = found.last_seq, found.last_hash
            self._last_us = found.last_us if found.last_us is not None else self._last_us
        self.troubles += [(what, seq) for seq, what in found.troubles]
        self.entries += found.entries
        self.erased += len(found.erased)
        self._erased_by += found.erased
        self._erasures.update(found.erasures)
        self.orderless |= piece.orderless
        for seq, hash_ in piece.hashes:
            self.hashes.setdefault(seq, []).append(hash_)
        for person, one in piece.orders.items():
            _count(self._orders, person, one)

    def end(self, persons: dict[int, tuple[int, int, int]]) -> None:
        """After the last block: head and erasures; adds this chain's orders to `persons`."""
        head = self.chain.head
        if head is not None:
            moment = self._last_us if self.entries else None
            reached = (self._last_seq, self._last_hash if self.entries else self._first_hash)
            if (head.seq, head.hash) != reached or head.moment_us != moment:
                self._say("head", None)
        for seq, by_seq in self._erased_by:
            if by_seq is None or seq not in self._erasures.get(by_seq, frozenset()):
                self._say("erasure", seq)
        for person, one in self._orders.items():
            _count(persons, person, one)

    def _join(self, piece: Piece) -> None:
        first = piece.first_entry
        assert first is not None
        seq, recorded_us, _, body, stored = first
        if seq != self._last_seq + 1:
            self._say("gap" if seq > self._last_seq else "repeated", seq)
        if self._last_hash is not None and link(self._last_hash, seq, recorded_us, body) != stored:
            self._say("hash", seq)
        if recorded_us < self._last_us:
            self._say("time-order", seq)
        if self._tree is None:
            return
        before = self._tree.size
        for size, peaks in piece.peaks.items():
            at = self._tree.copy()
            try:
                at.join(Frontier(size - before, peaks))
            except ValueError:
                # Lines were lost before this block: no root of it can be told.
                continue
            self.roots[size] = at.root()
        try:
            self._tree.join(piece.tree)
        except ValueError:
            self._tree = None

    def _say(self, what: str, seq: int | None) -> None:
        if len(self.troubles) < MOST_TROUBLES:
            self.troubles.append((what, seq))


def _count(orders: dict[int, tuple[int, int, int]], person: int, one: tuple[int, int, int]) -> None:
    known = orders.get(person)
    if known is not None:
        total = (known[2] + one[2]) % (1 << 64)
        one = (known[0] + one[0], max(known[1], one[1]), total)
    orders[person] = one
