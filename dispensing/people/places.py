"""The counters a person may stand at, for the sign-in page, and the place of a session."""

import hashlib
from itertools import groupby
from typing import Any

from psycopg import AsyncConnection

COUNTERS = """
SELECT u.name, c.counter_id, c.name FROM counter c JOIN unit u USING (unit_id)
ORDER BY u.unit_id, c.counter_id
"""


def place_of(counter_id: int | None, device: str | None) -> str | None:
    """The place of a session: the counter, else the machine; None for a machine's own client."""
    if counter_id is not None:
        return f"counter:{counter_id}"
    return f"device:{hashlib.sha256(device.encode()).hexdigest()[:32]}" if device else None


async def counters(connection: AsyncConnection[Any]) -> list[tuple[str, list[tuple[int, str]]]]:
    """Units with their counters: [(unit, [(counter id, name)])]."""
    rows = await (await connection.execute(COUNTERS)).fetchall()
    await connection.commit()
    return [
        (unit, [(row[1], row[2]) for row in group])
        for unit, group in groupby(rows, key=lambda row: row[0])
    ]
