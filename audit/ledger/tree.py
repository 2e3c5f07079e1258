"""The Merkle tree of RFC 6962 over a chain's leaves: roots, and the two proofs.

A leaf is the 32-byte hash of an entry, so a root commits to everything the chain commits to, and a
receipt (number and hash) is a leaf that can be proven. Pure; proofs and roots are those of RFC 6962
section 2.1, checked as RFC 9162 sections 2.1.3.2 and 2.1.4.2 say.

A `Frontier` holds the roots of the perfect subtrees of a growing tree, at most one of each height:
enough to go on and to tell the root, however many leaves there were before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

#: The root of the tree without leaves.
EMPTY_ROOT = sha256(b"").digest()
HASH_BYTES = 32


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of a leaf's bytes."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node over the hashes of its two sides."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """A tree that grows at its end: its size and the roots of its perfect subtrees."""

    __slots__ = ("peaks", "size")

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        """Go on from `size` leaves; `peaks` are the perfect subtrees' roots, largest first.

        Raises ValueError where there are not as many as the size has binary ones.
        """
        self.size = size
        self.peaks = list(peaks)
        if size < 0 or len(self.peaks) != size.bit_count():
            raise ValueError("a frontier has one root for each binary one of its size")
        if any(len(peak) != HASH_BYTES for peak in self.peaks):
            raise ValueError("a root is 32 bytes")

    def add(self, leaf: bytes) -> None:
        """Append a leaf."""
        self.add_hash(sha256(b"\x00" + leaf).digest())

    def add_hash(self, hash_: bytes) -> None:
        """Append a leaf of which only the hash is known."""
        peaks, size = self.peaks, self.size
        self.size = size + 1
        while size & 1:
            hash_ = sha256(b"\x01" + peaks.pop() + hash_).digest()
            size >>= 1
        peaks.append(hash_)

    def extend(self, hashes: Sequence[bytes]) -> None:
        """Append many leaves of which the hashes are known, a whole row of nodes at a time."""
        at, count = 0, len(hashes)
        while at < count:
            room = self.size & -self.size or count
            piece = min(room, 1 << ((count - at).bit_length() - 1))
            row = hashes[at : at + piece]
            while len(row) > 1:
                pairs = iter(row)
                row = [
                    sha256(b"\x01" + one + other).digest()
                    for one, other in zip(pairs, pairs, strict=True)
                ]
            self._add_peak(row[0], piece.bit_length() - 1)
            at += piece

    def _add_peak(self, hash_: bytes, bit: int) -> None:
        """Append a perfect subtree of 2**bit leaves; the size must be a multiple of that."""
        peaks, height = self.peaks, self.size >> bit
        while height & 1:
            hash_ = sha256(b"\x01" + peaks.pop() + hash_).digest()
            height >>= 1
        peaks.append(hash_)
        self.size += 1 << bit

    def join(self, other: Frontier) -> None:
        """Append all leaves of another tree at once.

        Raises ValueError where they would not lie as they do there: this size must be a multiple
        of the power of two that holds the other tree.
        """
        if other.size and self.size % (1 << (other.size - 1).bit_length()):
            raise ValueError("the two trees do not lie side by side")
        bits = [bit for bit in range(other.size.bit_length() - 1, -1, -1) if other.size >> bit & 1]
        for peak, bit in zip(other.peaks, bits, strict=True):
            self._add_peak(peak, bit)

    def copy(self) -> Frontier:
        """The same tree, to grow on its own."""
        return Frontier(self.size, self.peaks)

    def root(self) -> bytes:
        """The root over all leaves so far."""
        if not self.peaks:
            return EMPTY_ROOT
        hash_ = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            hash_ = node_hash(peak, hash_)
        return hash_


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over these leaves."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.add(leaf)
    return frontier.root()


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The proof that leaf `index` (from 0) is in the tree over `leaves`, nearest sibling first."""
    if not 0 <= index < len(leaves):
        raise ValueError("there is no such leaf")
    level, proof = [leaf_hash(leaf) for leaf in leaves], list[bytes]()
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):
            proof.append(level[sibling])
        level, index = _above(level), index >> 1
    return proof


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """Whether `leaf` is number `index` (from 0) of the tree of `size` leaves with this root."""
    if not 0 <= index < size:
        return False
    at, last, hash_ = index, size - 1, leaf_hash(leaf)
    for sibling in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            hash_ = node_hash(sibling, hash_)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            hash_ = node_hash(hash_, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and hash_ == root


def consistency_proof(leaves: Sequence[bytes], old: int) -> list[bytes]:
    """The proof that the tree over all `leaves` continues the tree over the first `old` of them.

    Empty where both are the same tree, or the older has no leaf.
    """
    size = len(leaves)
    if not 0 <= old <= size:
        raise ValueError("the older tree is not larger than the newer")
    if old in (0, size):
        return []
    hashes = [leaf_hash(leaf) for leaf in leaves]
    return _subproof(hashes, 0, size, old, True)


def verify_consistency(
    old: int, size: int, old_root: bytes, root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the tree of `size` leaves with `root` continues the one of `old` leaves."""
    if not 0 <= old <= size:
        return False
    if old == size:
        return not proof and old_root == root
    if old == 0:
        return not proof and old_root == EMPTY_ROOT
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    if not path:
        return False
    at, last = old - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    before = after = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            after = node_hash(after, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and before == old_root and after == root


def _above(level: list[bytes]) -> list[bytes]:
    """The nodes over a row of nodes; one without a neighbour goes up as it is."""
    above = [node_hash(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
    if len(level) & 1:
        above.append(level[-1])
    return above


def _subproof(hashes: list[bytes], start: int, end: int, old: int, whole: bool) -> list[bytes]:
    """SUBPROOF of RFC 6962 section 2.1.2 over the leaves from `start` to `end`."""
    size = end - start
    if old == size:
        return [] if whole else [_root_between(hashes, start, end)]
    split = 1 << ((size - 1).bit_length() - 1)
    if old <= split:
        below = _subproof(hashes, start, start + split, old, whole)
        return [*below, _root_between(hashes, start + split, end)]
    below = _subproof(hashes, start + split, end, old - split, False)
    return [*below, _root_between(hashes, start, start + split)]


def _root_between(hashes: list[bytes], start: int, end: int) -> bytes:
    frontier = Frontier()
    for at in range(start, end):
        frontier.add_hash(hashes[at])
    return frontier.root()
