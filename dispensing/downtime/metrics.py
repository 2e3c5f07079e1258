"""What a monitor asks: how old the emergency lists are, and where a unit is in downtime.

Unit codes and numbers only; nothing here concerns a person.
"""

from typing import Any

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from psycopg import AsyncConnection
from psycopg.rows import dict_row

from dispensing.downtime.runner import OVERDUE

LOOK = """
SELECT u.code, extract(epoch FROM clock_timestamp() - r.made_at)::bigint AS age_s,
    r.failed_at IS NOT NULL OR coalesce(r.made_at < clock_timestamp() - %(overdue)s, true)
        AS overdue,
    exists (SELECT 1 FROM downtime d WHERE d.unit_id = u.unit_id AND d.left_at IS NULL) AS down,
    (SELECT count(*) FROM paper_hold h WHERE h.unit_id = u.unit_id AND h.kind = 'row') AS missing,
    paper_conflicts_open(u.unit_id) AS conflicts,
    exists (SELECT 1 FROM restoration s WHERE s.unit_id = u.unit_id AND s.closed_at IS NULL)
        AS restored
FROM emergency_run r JOIN unit u USING (unit_id) ORDER BY u.code
"""
GAUGES = (
    ("emergency_list_overdue", "1 when the last emergency list is too old or failed", "overdue"),
    ("downtime_open", "1 while a unit is in downtime or has not left it", "down"),
    ("paper_rows_missing", "rows of paper lists in use that nobody has told of", "missing"),
    ("restored_unresolved", "1 while a restored unit waits for a doctor to resolve it", "restored"),
    ("paper_conflicts_open", "conflicts that wait for a doctor", "conflicts"),
)


async def metrics_text(connection: AsyncConnection[Any]) -> bytes:
    """The gauges in Prometheus' text form."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(LOOK, {"overdue": OVERDUE})
        rows = await cursor.fetchall()
    registry = CollectorRegistry()
    age = Gauge(
        "dispensing_emergency_list_age_seconds",
        "seconds since the last emergency list was made",
        ["unit"],
        registry=registry,
    )
    for name, text, column in GAUGES:
        gauge = Gauge(f"dispensing_{name}", text, ["unit"], registry=registry)
        for row in rows:
            gauge.labels(row["code"]).set(int(row[column]))
    for row in rows:
        if row["age_s"] is not None:
            age.labels(row["code"]).set(row["age_s"])
    return generate_latest(registry)
