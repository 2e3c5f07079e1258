"""What a restore leaves behind: every unit is uncertain since the last entry of the backup.

Run by the owner's command, in one transaction, before anybody is served. The backup forgets what
was handed out after it, so each unit gets a mark that only a named person resolves, and a downtime
since that moment, so that what was handed out is typed in like doses had from paper.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from audit.ledger.append import APPEND_SQL, append_parameters
from audit.ledger.entry import seal
from dispensing.downtime import entries

# An entry gets its moment before its commit: the backup may lack one a little older than its last.
ROOM = timedelta(minutes=1)

UNITS = """
SELECT u.unit_id, u.clinical_chain AS chain_id, h.seq, h.hash, clock_timestamp() AS at,
    (clock_timestamp() AT TIME ZONE u.zone)::date AS today,
    coalesce((SELECT max(last_at) FROM ledger_head), clock_timestamp()) - %(room)s AS since
FROM unit u JOIN ledger_head h ON h.chain_id = u.clinical_chain ORDER BY u.unit_id
"""
# One that stands open from a restore before is uncertain since longer ago: it stays.
MARK = """
INSERT INTO restoration (unit_id, restored_at, uncertain_since, chain_id, chain_seq, chain_hash)
VALUES (%(unit_id)s, %(at)s, %(since)s, %(chain_id)s, %(seq)s, %(hash)s)
ON CONFLICT (unit_id) WHERE closed_at IS NULL DO NOTHING
"""
DOWN = """
INSERT INTO downtime (unit_id, found_by, started_at, told_at, reason)
VALUES (%(unit_id)s, 'service', %(since)s, %(at)s, 'restored from a backup')
ON CONFLICT (unit_id) WHERE left_at IS NULL DO NOTHING
"""


def mark_restored(owner_url: str) -> int:
    """Mark every unit as restored, with an entry each; answers how many units there are.

    Takes the database's own mark "a restore is under way" away in the same transaction. Raises
    psycopg.DatabaseError (``CLOCK_WENT_BACK``) where the database's clock is behind the backup's.
    """
    with psycopg.connect(owner_url) as connection:
        cursor = connection.cursor(row_factory=dict_row)
        units = cursor.execute(UNITS, {"room": ROOM}).fetchall()
        for unit in units:
            cursor.execute(MARK, unit)
            cursor.execute(DOWN, unit)
            told = entries.backup_restored(
                unit_id=unit["unit_id"],
                on=unit["today"],
                at=unit["at"],
                since=unit["since"],
                checkpoint=(unit["chain_id"], unit["seq"], bytes(unit["hash"])),
            )
            sealed = seal(told, secrets.token_bytes(32))
            cursor.execute(APPEND_SQL, append_parameters(sealed, unit["chain_id"]))
        comment_on(connection, None)
        connection.commit()
    return len(units)


def comment_on(connection: psycopg.Connection, comment: str | None) -> None:
    """What the database says of itself before any table is there; a backup does not carry it."""
    connection.execute(
        sql.SQL("COMMENT ON DATABASE {} IS {}").format(
            sql.Identifier(connection.info.dbname), sql.Literal(comment)
        )
    )
