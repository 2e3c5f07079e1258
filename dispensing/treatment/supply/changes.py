"""What changed for a pharmacy since it asked last, from the chains of its own unit and its clinics.

The cursor says how far each chain was read. A chain's entries are numbered in the order in which
they were committed, so none that is committed later lies before a cursor that was handed out.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from psycopg import AsyncConnection

from dispensing.errors import Conflict, Unprocessable

#: Whoever has not asked for longer reads the list anew.
LONGEST_AWAY = 50_000
#: A person's entries that concern who hands out, and what they are called to the pharmacy.
WORDS: Mapping[str, str] = {
    "prescription-signed": "dose",
    "prescription-stopped": "stopped",
    "indkald-planned": "indkald",
    "indkald-changed": "indkald",
    "person-away": "away",
    "person-back": "back",
    "guest-right-decided": "elsewhere",
    "guest-right-withdrawn": "elsewhere",
    "person-ended": "course-ended",
    "person-absorbed": "merged",
    "arrangement-decided": "arrangement",
}
HEADS = """
SELECT h.chain_id, h.seq FROM ledger_head h JOIN unit u ON u.clinical_chain = h.chain_id
WHERE u.unit_id = %(unit_id)s OR u.unit_id IN (SELECT s.unit_id FROM supply_order s
    WHERE s.pharmacy_unit_id = %(unit_id)s)
ORDER BY h.chain_id
"""
# To the pharmacy's own chain each supply order's issue, change and end is told by its number.
SINCE = """
SELECT l.chain_id, l.seq, x.facts ->> 'change', (x.facts ->> 'supply')::bigint, e.recorded_at
FROM unnest(%(chains)s::smallint[], %(from_seqs)s::bigint[], %(to_seqs)s::bigint[])
    AS c (chain_id, from_seq, to_seq)
JOIN ledger_payload l ON l.chain_id = c.chain_id AND l.seq > c.from_seq AND l.seq <= c.to_seq
    AND l.kind = 'supply-orders-changed' AND l.unit_id = %(unit_id)s
JOIN ledger_entry e ON e.chain_id = l.chain_id AND e.seq = l.seq
CROSS JOIN LATERAL (SELECT convert_from(l.payload, 'UTF8')::jsonb -> 'facts' AS facts) x
UNION ALL
SELECT l.chain_id, l.seq, l.kind, s.supply_id, e.recorded_at
FROM unnest(%(chains)s::smallint[], %(from_seqs)s::bigint[], %(to_seqs)s::bigint[])
    AS c (chain_id, from_seq, to_seq)
JOIN ledger_payload l ON l.chain_id = c.chain_id AND l.seq > c.from_seq AND l.seq <= c.to_seq
    AND l.kind = ANY (%(kinds)s)
JOIN ledger_entry e ON e.chain_id = l.chain_id AND e.seq = l.seq
CROSS JOIN LATERAL (SELECT (convert_from(l.payload, 'UTF8')::jsonb -> 'facts' ->> 'at')::timestamptz
    AS at) x
JOIN LATERAL (SELECT o.* FROM supply_order o WHERE o.person_id = l.person_id
    AND o.pharmacy_unit_id = %(unit_id)s
    ORDER BY o.supply_id DESC, o.version DESC LIMIT 1) s ON true
JOIN person p ON p.person_id = l.person_id AND p.unit_id = s.unit_id
-- Nothing of what happens to somebody after the end.
WHERE s.change <> 'ended' OR x.at <= s.signed_at
ORDER BY 5, 1, 2
"""


@dataclass(frozen=True, slots=True)
class Changed:
    """Something of a supply order changed: read the order again."""

    supply_id: int
    what: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed, in the order it happened, and where to go on."""

    changes: tuple[Changed, ...]
    cursor: str


def cursor_of(heads: Mapping[int, int]) -> str:
    """How far each chain was read, as a word that means nothing to whoever keeps it."""
    spelled = msgspec.json.encode({str(chain): seq for chain, seq in sorted(heads.items())})
    return base64.urlsafe_b64encode(spelled).decode().rstrip("=")


def read_to(cursor: str) -> dict[int, int]:
    """The inverse of ``cursor_of``. Raises Unprocessable for what is no cursor of ours."""
    try:
        spelled = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        found = msgspec.json.decode(spelled, type=dict[str, int])
        read = {int(chain): seq for chain, seq in found.items()}
    except (binascii.Error, ValueError, msgspec.DecodeError) as error:
        raise Unprocessable("no cursor of this list", field="after") from error
    if any(seq < 0 for seq in read.values()):
        raise Unprocessable("no cursor of this list", field="after")
    return read


async def load_changes(
    connection: AsyncConnection[Any], unit_id: int, after: str | None
) -> Changes:
    """The changes after a cursor; without one only where to begin: the list says what is.

    Raises Unprocessable for no cursor of ours and Conflict (``cursor-too-old``) after so long that
    the list is read anew.
    """
    asked = {"unit_id": unit_id}
    rows = await (await connection.execute(HEADS, asked)).fetchall()
    heads = {int(chain): int(seq) for chain, seq in rows}
    if after is None:
        return Changes((), cursor_of(heads))
    before = read_to(after)
    # A clinic that is new since sends its first person by an entry in the own chain.
    spans = [
        (chain, min(before.get(chain, seq), seq), seq)
        for chain, seq in heads.items()
        if before.get(chain, seq) != seq
    ]
    if sum(to - since for _, since, to in spans) > LONGEST_AWAY:
        raise Conflict("too long ago: read the list anew", slug="cursor-too-old")
    values = asked | {
        "chains": [chain for chain, _, _ in spans],
        "from_seqs": [since for _, since, _ in spans],
        "to_seqs": [to for _, _, to in spans],
        "kinds": list(WORDS),
    }
    found = await (await connection.execute(SINCE, values)).fetchall() if spans else []
    changes = tuple(
        Changed(supply_id, WORDS.get(what, what), at)
        for _, _, what, supply_id, at in found
        if supply_id is not None
    )
    return Changes(changes, cursor_of(heads))
