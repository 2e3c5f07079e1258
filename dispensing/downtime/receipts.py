"""Receipts that counters and pharmacies keep, held against the ledger as it stands.

A receipt that holds is sealed: an HMAC over chain, number, hash and moment, under the service's own
key, which lies outside the database. Only a sealed receipt, which nobody else can have made, stops
the hand-outs when its entry is gone. One without a seal is answered and changes nothing, so that
nobody can close the clinics with an invented number.
"""

import hmac
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from dispensing.downtime import losing
from dispensing.downtime.restoration import READS
from dispensing.people.sessions import Actor, load_actor
from dispensing.sealing import proven_at, seal_of
from dispensing.wiring import Wiring

log = logging.getLogger("dispensing.downtime")

#: In one call; a counter's whole day.
MOST_RECEIPTS = 500

State = Literal["holds", "missing", "differs", "elsewhere"]

HELD = """
SELECT w.place, u.clinical_chain = w.chain AS own, h.seq AS reached, encode(e.hash, 'hex') AS hash,
    e.recorded_at
FROM unnest(%(chains)s::bigint[], %(seqs)s::bigint[]) WITH ORDINALITY w (chain, seq, place)
JOIN unit u ON u.unit_id = %(unit_id)s
JOIN ledger_head h ON h.chain_id = u.clinical_chain
LEFT JOIN ledger_entry e ON e.chain_id = u.clinical_chain AND e.chain_id = w.chain
    AND e.seq = w.seq
ORDER BY w.place
"""
# Somebody has answered for everything of that time, or is about to: no second stop.
ANSWERED = """
SELECT EXISTS (SELECT FROM restoration r WHERE r.unit_id = %(unit_id)s
    AND (r.closed_at IS NULL OR (r.uncertain_since <= %(at)s AND r.restored_at > %(at)s)))
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """A receipt as it was kept: the full hash, and the seal if it was presented before."""

    chain: int
    seq: int
    hash: str
    seal: str | None = None

    @property
    def entry(self) -> tuple[int, int, str]:
        """Where it says the entry stands."""
        return self.chain, self.seq, self.hash


@dataclass(frozen=True, slots=True)
class Held:
    """What became of one. ``proven``: its seal is ours. ``seal``: to be kept beside it."""

    state: State
    proven: bool
    seal: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """The receipts in their order; ``stopped``: every unit waits for a person now."""

    receipts: tuple[Held, ...]
    stopped: bool


async def present(wiring: Wiring, token: str, kept: Sequence[Kept]) -> Answer:
    """Hold a unit's receipts against its ledger. A proven one whose entry is gone stops every unit.

    A loss that a person has answered for since is not found again. Raises NotSignedIn, Forbidden.
    """
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, token, wiring.limits)
        actor.must_be(*READS)
        held: list[Held] = []
        lost: list[tuple[str, datetime]] = []
        for one, row in zip(kept, await _rows(connection, actor, kept), strict=True):
            at = proven_at(wiring.secret, one.entry, one.seal)
            state = _state(one, row)
            if state == "holds":
                seal = seal_of(wiring.secret, one.entry, row["recorded_at"])
                held.append(Held(state, at is not None, seal))
                continue
            held.append(Held(state, at is not None, one.seal if at is not None else None))
            if state == "elsewhere":
                continue
            if at is None:
                log.warning("a receipt nobody can prove: chain %s, %s", one.chain, state)
            elif not await _answered(connection, actor, at):
                lost.append((losing.FOUND[state], at))
        if lost:
            await losing.begin(connection, lost[0][0], min(at for _, at in lost))
            log.error("a receipt knows of entries that are gone: nothing is handed out")
        await connection.commit()
    if lost:
        await losing.tell(wiring)
    return Answer(tuple(held), bool(lost))


def _state(one: Kept, row: dict[str, Any]) -> State:
    if not row["own"]:
        return "elsewhere"
    if row["hash"] is None:
        return "missing" if one.seq > row["reached"] else "differs"
    return "holds" if hmac.compare_digest(row["hash"], one.hash) else "differs"


async def _rows(
    connection: AsyncConnection[Any], actor: Actor, kept: Sequence[Kept]
) -> list[dict[str, Any]]:
    asked = {
        "unit_id": actor.unit_id,
        "chains": [one.chain for one in kept],
        "seqs": [one.seq for one in kept],
    }
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(HELD, asked)
        return await cursor.fetchall()


async def _answered(connection: AsyncConnection[Any], actor: Actor, at: datetime) -> bool:
    asked = {"unit_id": actor.unit_id, "at": at}
    row = await (await connection.execute(ANSWERED, asked)).fetchone()
    return bool(row and row[0])
