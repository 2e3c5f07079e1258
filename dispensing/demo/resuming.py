"""A demonstration that was stopped and is started again was not down: nobody used any paper.

The real service asks a person what happened while it was away. Of a demonstration its command
knows, and answers in the ledger of each unit.
"""

from __future__ import annotations

import secrets

import psycopg

from audit.ledger.append import APPEND_SQL, append_parameters
from audit.ledger.entry import seal
from dispensing.downtime import entries

UNITS = """
SELECT u.unit_id, u.clinical_chain, (clock_timestamp() AT TIME ZONE u.zone)::date,
    clock_timestamp(), r.alive_at
FROM emergency_run r JOIN unit u USING (unit_id) ORDER BY u.unit_id
"""
# What the service found by itself before; a downtime that a person told stays.
NOT_DOWN = """
UPDATE downtime SET over_at = clock_timestamp(), left_at = clock_timestamp(), paper_used = false
WHERE found_by = 'service' AND over_at IS NULL
"""
ALIVE = "UPDATE emergency_run SET alive_at = clock_timestamp()"


def resume(owner_url: str) -> int:
    """Answer for every unit that nobody handed out from paper; answers of how many units.

    Only for a database of a demonstration, before anybody is served. One that has not run yet has
    nothing to answer.
    """
    with psycopg.connect(owner_url) as connection:
        units = connection.execute(UNITS).fetchall()
        connection.execute(NOT_DOWN)
        connection.execute(ALIVE)
        for unit_id, chain, today, at, since in units:
            told = entries.demonstration_resumed(unit_id=unit_id, on=today, at=at, since=since)
            sealed = seal(told, secrets.token_bytes(32))
            connection.execute(APPEND_SQL, append_parameters(sealed, chain))
        connection.commit()
    return len(units)
