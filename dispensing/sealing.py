"""The seal under a receipt: what only this service can have made, and what it proves later.

An HMAC over chain, number, hash and moment of a ledger entry, under the service's own key, which
lies outside the database. Whoever presents a sealed receipt whose entry is gone has proof.
"""

import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta

SEAL = re.compile(r"([0-9]{1,18})-([0-9a-f]{64})")
BEGAN = datetime(1970, 1, 1, tzinfo=UTC)


def seal_of(secret: bytes, entry: tuple[int, int, str], at: datetime) -> str:
    """The seal of an entry (chain, number, hash as hex) that was recorded at that moment."""
    moment_us = (at - BEGAN) // timedelta(microseconds=1)
    return f"{moment_us}-{_code(secret, entry, moment_us)}"


def proven_at(secret: bytes, entry: tuple[int, int, str], seal: str | None) -> datetime | None:
    """When the entry was recorded, if the seal is ours; None else."""
    parts = SEAL.fullmatch(seal or "")
    if parts is None:
        return None
    moment_us = int(parts[1])
    if not hmac.compare_digest(_code(secret, entry, moment_us), parts[2]):
        return None
    return BEGAN + timedelta(microseconds=moment_us)


def _code(secret: bytes, entry: tuple[int, int, str], moment_us: int) -> str:
    chain, seq, digest = entry
    told = f"receipt v1\n{chain}\n{seq}\n{digest}\n{moment_us}\n"
    return hmac.new(secret, told.encode(), hashlib.sha256).hexdigest()
