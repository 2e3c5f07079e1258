"""Endpoints and messages as they are shown and changed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from psycopg import AsyncConnection
from psycopg.rows import class_row

State = Literal["waiting", "delivered", "given_up"]

REGISTER = """
INSERT INTO webhook_endpoint (unit_id, url, own_acts, registered_by, registered_at)
VALUES (%(unit_id)s, %(url)s, %(own_acts)s, %(staff_id)s, %(at)s)
RETURNING endpoint_id, salt
"""
ENDPOINTS = """
SELECT w.endpoint_id, w.url, w.own_acts, w.generation, w.previous_until, w.registered_at,
    left(s.given_name, 1) || '. ' || s.family_name AS registered_by, w.disabled_at,
    w.disabled_why,
    (SELECT count(*) FROM outbox_message m WHERE m.endpoint_id = w.endpoint_id
        AND m.next_at IS NOT NULL) AS waiting,
    (SELECT max(m.delivered_at) FROM outbox_message m WHERE m.endpoint_id = w.endpoint_id)
        AS last_delivered_at
FROM webhook_endpoint w JOIN staff s ON s.staff_id = w.registered_by
WHERE w.unit_id = %(unit_id)s ORDER BY w.endpoint_id
"""
LOCKED = """
SELECT endpoint_id, generation, disabled_at IS NULL AS enabled, salt FROM webhook_endpoint
WHERE endpoint_id = %(endpoint_id)s AND unit_id = %(unit_id)s FOR UPDATE
"""
# The secret before is good for a day longer.
ROTATE = """
UPDATE webhook_endpoint SET generation = generation + 1,
    previous_until = clock_timestamp() + interval '1 day' WHERE endpoint_id = %(endpoint_id)s
"""
DISABLE = """
UPDATE webhook_endpoint SET disabled_at = clock_timestamp(), disabled_why = 'asked'
WHERE endpoint_id = %(endpoint_id)s
"""
ENABLE = """
UPDATE webhook_endpoint SET disabled_at = NULL, disabled_why = NULL
WHERE endpoint_id = %(endpoint_id)s
"""
MESSAGES = """
SELECT m.message_id, m.event, m.happened_at, m.tries, m.next_at, m.delivered_at, m.given_up_at,
    m.last_answer FROM outbox_message m JOIN webhook_endpoint w USING (endpoint_id)
WHERE m.endpoint_id = %(endpoint_id)s AND w.unit_id = %(unit_id)s
    AND (%(before)s::bigint IS NULL OR m.message_id < %(before)s)
ORDER BY m.message_id DESC LIMIT %(most)s
"""
# Again as if never sent, under the same id; whoever got it already knows it by that.
REPLAY = """
UPDATE outbox_message SET next_at = clock_timestamp(), delivered_at = NULL, given_up_at = NULL,
    tries = 0
WHERE endpoint_id = %(endpoint_id)s AND next_at IS NULL
    AND (message_id = %(message_id)s OR happened_at >= %(since)s)
"""
OLDEST = """
SELECT extract(epoch FROM clock_timestamp() - min(m.happened_at))::bigint AS oldest_s,
    count(*) AS waiting FROM outbox_message m JOIN webhook_endpoint w USING (endpoint_id)
WHERE m.next_at IS NOT NULL AND w.disabled_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address that is told of a unit's people; ``waiting`` messages are not delivered yet."""

    endpoint_id: int
    url: str
    own_acts: bool
    generation: int
    previous_until: datetime | None
    registered_at: datetime
    registered_by: str
    disabled_at: datetime | None
    disabled_why: str | None
    waiting: int
    last_delivered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one endpoint, without its person."""

    message_id: int
    event: str
    happened_at: datetime
    tries: int
    next_at: datetime | None
    delivered_at: datetime | None
    given_up_at: datetime | None
    last_answer: str | None

    @property
    def state(self) -> State:
        """Whether it arrived."""
        if self.delivered_at is not None:
            return "delivered"
        return "waiting" if self.given_up_at is None else "given_up"


async def load_endpoints(connection: AsyncConnection[Any], unit_id: int) -> list[Endpoint]:
    """The endpoints of a unit, oldest first."""
    async with connection.cursor(row_factory=class_row(Endpoint)) as cursor:
        await cursor.execute(ENDPOINTS, {"unit_id": unit_id})
        return await cursor.fetchall()


async def load_messages(
    connection: AsyncConnection[Any],
    unit_id: int,
    endpoint_id: int,
    *,
    before: int | None = None,
    most: int = 50,
) -> list[Message]:
    """The newest messages to an endpoint of the unit, newest first."""
    asked = {"unit_id": unit_id, "endpoint_id": endpoint_id, "before": before, "most": most}
    async with connection.cursor(row_factory=class_row(Message)) as cursor:
        await cursor.execute(MESSAGES, asked)
        return await cursor.fetchall()
