"""Entries that were lost: the ledger is held against what was signed, and against receipts.

A backup put back unseen, a snapshot of the machine, a table set back by hand: the service cannot
know of them, but the signer's folder lies outside the database and knows how far each chain had
come. Where the ledger does not reach as far, every unit is put in the state that a restore leaves
(`restoration`), and hands out nothing until a named person has resolved it.
"""

import logging
from datetime import date, datetime
from pathlib import Path
from typing import Any

import anyio.to_thread
import psycopg
from psycopg import AsyncConnection
from psycopg.rows import dict_row

from audit.ledger.append import append
from audit.ledger.entry import Entry
from audit.ledger.logbook import Logbook
from audit.ledger.signer import stop_hand_outs
from dispensing.downtime.restoration import Comparison, Printed, compare
from dispensing.wiring import Wiring

log = logging.getLogger("dispensing.downtime")

UNTOLD = """
SELECT s.restoration_id, s.unit_id, s.restored_at AS at, s.uncertain_since AS since, s.found,
    s.chain_id, s.chain_seq, s.chain_hash, (s.restored_at AT TIME ZONE u.zone)::date AS on
FROM restoration s JOIN unit u USING (unit_id) WHERE NOT s.told ORDER BY s.unit_id
FOR UPDATE OF s SKIP LOCKED
"""
TOLD = "UPDATE restoration SET told = true WHERE restoration_id = %(restoration_id)s"
REACHED = """
SELECT h.chain_id, h.seq AS chain_seq
FROM unit u JOIN ledger_head h ON h.chain_id = u.clinical_chain WHERE u.unit_id = %s
"""
BEGINS = "SELECT restoration_begins(%s, %s)"
SIGNED_BEFORE = "SELECT EXISTS (SELECT FROM ledger_checkpoint)"
FOUND = {"missing": "entries-missing", "differs": "ledger-differs"}


async def look(wiring: Wiring, url: str, folder: Path) -> int:
    """Hold the ledger against what was signed, before anybody is served; answers what is lost.

    Without the folder nothing can be held: where the database knows of checkpoints, that is said
    loudly, since a lost folder and a moved one look alike. Raises LogbookError where the signer's
    folder is there and cannot be read.
    """
    if not folder.is_dir():
        if await signed_before(wiring):
            log.error(
                "checkpoints were signed, and the signer's folder %s is not there: a loss would not"
                " be seen. Bring the folder back, or name where it lies (DISPENSING_SIGNER_DIR)",
                folder,
            )
        return 0
    lost = await anyio.to_thread.run_sync(_stop, url, folder)
    if lost:
        log.error("the ledger lacks what was signed of %s chains: nothing is handed out", lost)
    await tell(wiring)
    return lost


async def signed_before(wiring: Wiring) -> bool:
    """Whether the database knows of any signed checkpoint."""
    async with wiring.pool.connection() as connection:
        row = await (await connection.execute(SIGNED_BEFORE)).fetchone()
        await connection.commit()
    return bool(row and row[0])


def _stop(url: str, folder: Path) -> int:
    with psycopg.connect(url) as connection:
        return len(stop_hand_outs(connection, Logbook(folder)))


async def tell(wiring: Wiring) -> int:
    """Write the ledger's entry of each loss that was found, whoever found it."""
    async with wiring.pool.connection() as connection:
        async with connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(UNTOLD)
            found = await cursor.fetchall()
        for one in found:
            await connection.execute(TOLD, one)
        for one in found:
            hash_ = bytes(one["chain_hash"])
            entry = loss_found(
                unit_id=one["unit_id"],
                on=one["on"],
                at=one["at"],
                since=one["since"],
                found=one["found"],
                checkpoint=(one["chain_id"], one["chain_seq"], hash_),
            )
            await append(connection, wiring.seal(entry), one["chain_id"])
        await connection.commit()
    return len(found)


async def present(
    connection: AsyncConnection[Any], unit_id: int, printed: Printed, *, stop: bool
) -> Comparison:
    """Hold a printed list against the unit's ledger as it stands.

    A paper can be mistyped or forged. ``stop``: whoever holds it has looked, and where it knows of
    an entry that is not there, or of another, every unit stops handing out. Raises Unprocessable
    for what is no receipt, KeyError for an unknown unit.
    """
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(REACHED, (unit_id,))
        reached = await cursor.fetchone()
    if reached is None:
        raise KeyError(unit_id)
    said = await compare(connection, reached, printed)
    if stop and said.state != "reached":
        await begin(connection, FOUND[said.state], None)
        await connection.commit()
    return said


async def begin(connection: AsyncConnection[Any], found: str, since: datetime | None) -> None:
    """Every unit stops handing out until a person has resolved it; the caller commits."""
    await connection.execute(BEGINS, (found, since))


def loss_found(
    *,
    unit_id: int,
    on: date,
    at: datetime,
    since: datetime,
    found: str,
    checkpoint: tuple[int, int, bytes],
) -> Entry:
    """The ledger lacks entries that were signed or receipted, or has others.

    ``checkpoint`` (chain, entries, hash) is how far the unit's chain reached then.
    """
    return Entry(
        kind="ledger-loss-found",
        unit_id=unit_id,
        on=on,
        facts={
            "at": at.isoformat(),
            "found": found,
            "uncertain_since": since.isoformat(),
            "checkpoint": [checkpoint[0], checkpoint[1], checkpoint[2].hex()],
        },
    )
