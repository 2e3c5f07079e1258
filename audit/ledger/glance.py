"""Whether an entry fits, at a glance: the one question that is asked a million times.

Says yes or no and nothing else; what is wrong with an entry that does not fit, or whether it is an
erased one, an erasure or another rare thing and fits after all, `holding` says. The keyed
commitment is written out as RFC 2104 defines it, because preparing a general HMAC costs more than
computing this one.
"""

from __future__ import annotations

from hashlib import sha256
from struct import Struct

from audit.ledger.entry import ERASURE_KIND, KEY_BYTES, KEY_VERSION
from audit.ledger.holding import Found

EntryRow = tuple[int, int, str, bytes, bytes]
PayloadRow = tuple[
    int,
    str,
    int | None,
    int | None,
    int | None,
    int | None,
    str | None,
    int | None,
    bytes | None,
    bytes | None,
    int | None,
]

_NULL = "null"
_PLACE = Struct(">qq").pack
# A key of 32 bytes stands in a block of 64, the rest zeros (RFC 2104).
_INNER, _OUTER = (bytes(sign ^ byte for sign in range(256)) for byte in (0x36, 0x5C))
_INNER_REST, _OUTER_REST = b"\x36" * 32, b"\x5c" * 32


def fits(entry: EntryRow, beside: PayloadRow, found: Found) -> bool:
    """Whether an entry follows the one before and is what its payload says; then it is counted.

    No is not a verdict: the caller holds the entry closely.
    """
    seq, recorded_us, kind, body, stored = entry
    at, named, person, order, unit, actor, on, amount, payload, key, erased_by = beside
    previous, last_us = found.last_hash, found.last_us
    if (
        previous is None
        or last_us is None
        or recorded_us < last_us
        or seq != found.last_seq + 1
        or at != seq
        or named != kind
        or payload is None
        or key is None
        or erased_by is not None
        or len(key) != KEY_BYTES
        or kind == ERASURE_KIND
    ):
        return False
    inner = sha256(key.translate(_INNER) + _INNER_REST + payload).digest()
    commitment = sha256(key.translate(_OUTER) + _OUTER_REST + inner).hexdigest()
    if body != (
        f'{{"commitment":"{commitment}","key_version":{KEY_VERSION},"kind":"{kind}"}}'.encode()
    ):
        return False
    if sha256(b"\x00" + previous + _PLACE(seq, recorded_us) + body).digest() != stored:
        return False
    day = _NULL if on is None else f'"{on}"'
    # As `entry.frame` writes it; a test holds the two together.
    if not payload.endswith(
        f',"kind":"{kind}","on":{day},'
        f'"person_id":{_NULL if person is None else person},'
        f'"person_seq":{_NULL if order is None else order},'
        f'"unit_id":{_NULL if unit is None else unit}}}'.encode()
    ) or not payload.startswith(
        f'{{"actor_id":{_NULL if actor is None else actor},'
        f'"amount_ug":{_NULL if amount is None else amount},"facts":'.encode()
    ):
        return False
    found.last_seq, found.last_hash, found.last_us = seq, stored, recorded_us
    found.entries += 1
    return True
