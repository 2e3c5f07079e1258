"""The one place where leaving a downtime asks whether the stock has been counted.

Counts belong to the stock area; here only whether each counter with open bottles has one since the
paper was put away.
"""

from datetime import datetime
from typing import Any

from psycopg import AsyncConnection

UNCOUNTED = """
SELECT n.name FROM counter n WHERE n.unit_id = %(unit_id)s
    AND EXISTS (SELECT 1 FROM bottle b WHERE b.counter_id = n.counter_id AND b.closed_at IS NULL
        AND b.counted)
    AND NOT EXISTS (SELECT 1 FROM stock_count k WHERE k.counter_id = n.counter_id
        AND k.counted_at >= %(since)s) ORDER BY n.counter_id
"""


async def uncounted(
    connection: AsyncConnection[Any], unit_id: int, since: datetime
) -> tuple[str, ...]:
    """Names of the unit's counters whose stock nobody has counted since then."""
    asked = {"unit_id": unit_id, "since": since}
    rows = await (await connection.execute(UNCOUNTED, asked)).fetchall()
    return tuple(row[0] for row in rows)
