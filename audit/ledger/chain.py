"""How entries hang together: one SHA-256 link per entry, computed alike here and in PostgreSQL.

The hash covers the link before, the entry's place, its moment and its body, so none of them can be
changed, left out or exchanged without every later hash changing. The prefix bytes keep a chain's
beginning, a link and (later) a tree's node apart, as RFC 6962 section 2.1 does for its trees.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from struct import Struct

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PLACE = Struct(">qq")


def genesis(institution: str, purpose: str) -> bytes:
    """The 32 bytes before a chain's first entry; they bind it to its institution and purpose."""
    return sha256(b"\x02" + purpose.encode() + b"\x00" + institution.encode()).digest()


def link(previous: bytes, seq: int, recorded_us: int, body: bytes) -> bytes:
    """The hash (32 bytes) of entry `seq`, which follows the entry whose hash is `previous`.

    `recorded_us` counts microseconds since 1970-01-01 UTC (see `microseconds`).
    """
    return sha256(b"\x00" + previous + _PLACE.pack(seq, recorded_us) + body).digest()


def microseconds(moment: datetime) -> int:
    """An aware moment as whole microseconds since 1970-01-01 UTC, exactly."""
    if moment.tzinfo is None:
        raise ValueError("a ledger moment needs a time zone")
    return (moment - _EPOCH) // _MICROSECOND
