"""Many entries at once, as rows for COPY: the same bytes the database's functions would write.

For loading synthetic histories and for measurements; pure. The rows are PostgreSQL's binary COPY
format, because building them as bytes costs less than handing values to a driver. Only the owner
may COPY into the ledger: the service itself appends through `append`.

    writer = ChainRows(chain_id, 0, genesis(institution, "clinical"))
    for ...: writer.add(entry, key, recorded_us)
    with cursor.copy(ENTRY_COPY_SQL) as copy: copy.write(writer.take_entries())
    with cursor.copy(PAYLOAD_COPY_SQL) as copy: copy.write(writer.take_payloads())
    cursor.execute(HEAD_SQL, writer.head_parameters())
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from hashlib import sha256
from hmac import digest
from struct import Struct

from audit.ledger.entry import KEY_BYTES, KEY_VERSION, Entry, payload_bytes

ENTRY_COPY_SQL = """
COPY ledger_entry (chain_id, seq, recorded_at, kind, body, hash) FROM STDIN (FORMAT BINARY)
"""
PAYLOAD_COPY_SQL = """
COPY ledger_payload (chain_id, seq, kind, person_id, person_seq, on_day, amount_ug, unit_id,
                     actor_id, payload, key) FROM STDIN (FORMAT BINARY)
"""
HEAD_SQL = """
UPDATE ledger_head SET seq = %(seq)s, hash = %(hash)s,
       last_at = '1970-01-01 00:00:00+00'::timestamptz + %(recorded_us)s * interval '1 microsecond'
 WHERE chain_id = %(chain_id)s
"""

COPY_START = b"PGCOPY\n\xff\r\n\0" + bytes(8)
COPY_END = b"\xff\xff"

#: Microseconds from 1970 to 2000, PostgreSQL's own epoch.
_TO_2000_US = 946_684_800_000_000
_DAY_2000 = date(2000, 1, 1).toordinal()
_NULL = b"\xff\xff\xff\xff"

_ENTRY_START = Struct(">hihiqiqi").pack  # 6 fields: chain, seq, moment; then the kind's length
_PAYLOAD_START = Struct(">hihiqi").pack  # 11 fields: chain, seq; then the kind's length
_SMALL = Struct(">ih").pack
_WHOLE = Struct(">ii").pack
_LONG = Struct(">iq").pack
_LENGTH = Struct(">i").pack
_PLACE = Struct(">qq").pack
_HASH_LENGTH = _LENGTH(32)


class ChainRows:
    """One chain being written: keeps its head, collects COPY rows until they are taken."""

    def __init__(self, chain_id: int, seq: int, previous: bytes, recorded_us: int = 0) -> None:
        """Continue after entry `seq` with hash `previous` (0, `genesis(...)` for a new chain)."""
        self.chain_id = chain_id
        self.seq = seq
        self.hash = previous
        self.recorded_us = recorded_us
        self._entries: list[bytes] = []
        self._payloads: list[bytes] = []

    def add(self, entry: Entry, key: bytes, recorded_us: int) -> bytes:
        """Seal and link one entry recorded at `recorded_us` (since 1970 UTC); return its hash.

        Raises ValueError where time would run backwards, and as `seal` does.
        """
        if recorded_us < self.recorded_us:
            raise ValueError("a chain's moments never go back")
        if len(key) != KEY_BYTES:
            raise ValueError("the key of an entry is 32 random bytes")
        if entry.person_seq is not None and entry.person_id is None:
            raise ValueError("a person's order needs the person")
        payload = payload_bytes(entry)
        body = (
            f'{{"commitment":"{digest(key, payload, "sha256").hex()}",'
            f'"key_version":{KEY_VERSION},"kind":"{entry.kind}"}}'
        ).encode()
        self.seq = seq = self.seq + 1
        self.recorded_us = recorded_us
        self.hash = hash_ = sha256(b"\x00" + self.hash + _PLACE(seq, recorded_us) + body).digest()
        kind = entry.kind.encode()
        moment = recorded_us - _TO_2000_US
        self._entries.append(
            _ENTRY_START(6, 2, self.chain_id, 8, seq, 8, moment, len(kind))
            + kind
            + _LENGTH(len(body))
            + body
            + _HASH_LENGTH
            + hash_
        )
        self._payloads.append(
            _PAYLOAD_START(11, 2, self.chain_id, 8, seq, len(kind))
            + kind
            + (_NULL if entry.person_id is None else _LONG(8, entry.person_id))
            + (_NULL if entry.person_seq is None else _LONG(8, entry.person_seq))
            + (_NULL if entry.on is None else _WHOLE(4, entry.on.toordinal() - _DAY_2000))
            + (_NULL if entry.amount_ug is None else _LONG(8, entry.amount_ug))
            + (_NULL if entry.unit_id is None else _SMALL(2, entry.unit_id))
            + (_NULL if entry.actor_id is None else _WHOLE(4, entry.actor_id))
            + _LENGTH(len(payload))
            + payload
            + _HASH_LENGTH
            + key
        )
        return hash_

    def waiting(self) -> int:
        """Entries added and not yet taken."""
        return len(self._payloads)

    def take_entries(self) -> bytes:
        """All collected rows of ledger_entry as one COPY stream; they are then forgotten."""
        rows, self._entries = self._entries, []
        return b"".join((COPY_START, *rows, COPY_END))

    def take_payloads(self) -> bytes:
        """All collected rows of ledger_payload as one COPY stream; they are then forgotten."""
        rows, self._payloads = self._payloads, []
        return b"".join((COPY_START, *rows, COPY_END))

    def head_parameters(self) -> dict[str, object]:
        """Parameters of HEAD_SQL."""
        return {
            "chain_id": self.chain_id,
            "seq": self.seq,
            "hash": self.hash,
            "recorded_us": self.recorded_us,
        }


def seal_and_link_many(
    rows: Iterable[tuple[Entry, bytes, int]], chain_id: int, seq: int, previous: bytes
) -> tuple[bytes, bytes, dict[str, object]]:
    """Seal and link (entry, key, recorded_us) in order after entry `seq` with hash `previous`.

    Returns the COPY streams of ledger_entry and ledger_payload and the parameters of HEAD_SQL.
    """
    writer = ChainRows(chain_id, seq, previous)
    for entry, key, recorded_us in rows:
        writer.add(entry, key, recorded_us)
    return writer.take_entries(), writer.take_payloads(), writer.head_parameters()
