"""Reading each chain on from where it was read, and writing a message for whom an entry concerns.

Entries of a chain are committed in the order of their numbers, so that nothing can appear behind
the cursor: cursor and messages move in one transaction, and every entry is told exactly once.
"""

import logging
from typing import Any

from psycopg import AsyncConnection

from dispensing.wiring import Wiring
from integrations.webhooks.events import EVENTS

log = logging.getLogger("dispensing.outbox")

#: Entries in one transaction.
STRETCH = 2_000
# A chain begins to be followed where it stands when the first endpoint is registered.
BEGIN = """
INSERT INTO outbox_cursor (chain_id, seq)
SELECT DISTINCT h.chain_id, h.seq FROM unit u JOIN ledger_head h ON h.chain_id = u.clinical_chain
ON CONFLICT (chain_id) DO NOTHING
"""
WANTED = "SELECT EXISTS (SELECT FROM webhook_endpoint)"
# One chain that has gone on, or was put back; whoever else reads it is let be.
NEXT = """
SELECT c.chain_id, c.seq, h.seq AS reached FROM outbox_cursor c JOIN ledger_head h USING (chain_id)
WHERE c.seq <> h.seq ORDER BY h.seq - c.seq DESC LIMIT 1 FOR UPDATE OF c SKIP LOCKED
"""
TELL = """
INSERT INTO outbox_message (endpoint_id, chain_id, seq, event, person_id, unit_id, happened_at,
    next_at)
SELECT w.endpoint_id, p.chain_id, p.seq, k.event, p.person_id, p.unit_id, e.recorded_at,
    clock_timestamp()
FROM ledger_payload p
JOIN unnest(%(kinds)s::text[], %(events)s::text[]) AS k (kind, event) ON k.kind = p.kind
JOIN ledger_entry e ON (e.chain_id, e.seq) = (p.chain_id, p.seq)
-- Also for an address that is stopped: what happens meanwhile waits until it is started again.
JOIN webhook_endpoint w ON w.own_acts OR w.unit_id IS DISTINCT FROM p.unit_id
WHERE p.chain_id = %(chain_id)s AND p.seq > %(after)s AND p.seq <= %(upto)s
    AND p.person_id IS NOT NULL AND concerns_unit(p.person_id, w.unit_id)
ORDER BY p.seq
ON CONFLICT (endpoint_id, chain_id, seq) DO NOTHING
"""
MOVE = "UPDATE outbox_cursor SET seq = %(upto)s WHERE chain_id = %(chain_id)s"


async def follow(wiring: Wiring) -> int:
    """Read on until every chain is read to its end; answers how many messages were written."""
    written = 0
    async with wiring.pool.connection() as connection:
        row = await (await connection.execute(WANTED)).fetchone()
        if row is None or not row[0]:
            await connection.commit()
            return 0
        await connection.execute(BEGIN)
        await connection.commit()
        while (told := await _stretch(connection)) is not None:
            written += told
    return written


async def _stretch(connection: AsyncConnection[Any]) -> int | None:
    """One stretch of one chain, committed; None where nothing is left to read."""
    row = await (await connection.execute(NEXT)).fetchone()
    if row is None:
        await connection.commit()
        return None
    chain_id, after, reached = row
    if reached < after:
        # A backup was put back: what it forgot is told of again when it is written again.
        log.warning("chain %s was read to %s and reaches %s: read on from there", *row)
        await connection.execute(MOVE, {"chain_id": chain_id, "upto": reached})
        await connection.commit()
        return 0
    upto = min(reached, after + STRETCH)
    asked = {
        "kinds": list(EVENTS),
        "events": list(EVENTS.values()),
        "chain_id": chain_id,
        "after": after,
        "upto": upto,
    }
    told = await connection.execute(TELL, asked)
    await connection.execute(MOVE, asked)
    await connection.commit()
    return told.rowcount
