"""A second Merkle tree, written from the text of RFC 6962 section 2.1 alone: recursive and slow.

Nothing is imported from the ledger, so that a mistake in one is not a mistake in both.
"""

import hashlib


def _sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def mth(d: list[bytes]) -> bytes:
    """MTH(D[n])."""
    n = len(d)
    if n == 0:
        return _sha(b"")
    if n == 1:
        return _sha(b"\x00" + d[0])
    k = _k(n)
    return _sha(b"\x01" + mth(d[:k]) + mth(d[k:]))


def path(m: int, d: list[bytes]) -> list[bytes]:
    """PATH(m, D[n]): the audit path of leaf m."""
    n = len(d)
    if n == 1:
        return []
    k = _k(n)
    if m < k:
        return [*path(m, d[:k]), mth(d[k:])]
    return [*path(m - k, d[k:]), mth(d[:k])]


def proof(m: int, d: list[bytes]) -> list[bytes]:
    """PROOF(m, D[n]) = SUBPROOF(m, D[n], true)."""
    return _subproof(m, d, True)


def root_from_path(leaf: bytes, m: int, n: int, audit: list[bytes]) -> bytes:
    """Climb from a leaf to the root, splitting as MTH splits."""
    if n == 1:
        assert not audit
        return _sha(b"\x00" + leaf)
    k = _k(n)
    if m < k:
        return _sha(b"\x01" + root_from_path(leaf, m, k, audit[:-1]) + audit[-1])
    return _sha(b"\x01" + audit[-1] + root_from_path(leaf, m - k, n - k, audit[:-1]))


def _subproof(m: int, d: list[bytes], b: bool) -> list[bytes]:
    n = len(d)
    if m == n:
        return [] if b else [mth(d)]
    k = _k(n)
    if m <= k:
        return [*_subproof(m, d[:k], b), mth(d[k:])]
    return [*_subproof(m - k, d[k:], False), mth(d[:k])]


def _k(n: int) -> int:
    """The largest power of two smaller than n."""
    k = 1
    while 2 * k < n:
        k *= 2
    return k
