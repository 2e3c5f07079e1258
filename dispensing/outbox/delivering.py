"""Sending what is due, each message by one worker at a time, until it arrives or three days pass.

A message is taken for a minute before it is sent: a worker that dies in between leaves it to the
next, under the same ``webhook-id``. It may so arrive twice, and never not at all unseen.
"""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx2
from psycopg import AsyncConnection
from psycopg.rows import class_row

from dispensing.outbox.endpoint_secret import secret_of
from dispensing.wiring import Wiring
from integrations.webhooks.events import Event
from integrations.webhooks.schedule import GONE, next_pause
from integrations.webhooks.signing import signed_headers
from integrations.webhooks.targets import TargetRefused, chosen, target_of

log = logging.getLogger("dispensing.outbox")

PATIENCE_S = 10.0
#: At the same time, of one process.
AT_ONCE = 8
TAKE = """
WITH due AS (
    SELECT m.message_id FROM outbox_message m JOIN webhook_endpoint w USING (endpoint_id)
    WHERE m.next_at <= clock_timestamp() AND w.disabled_at IS NULL
    ORDER BY m.next_at, m.message_id LIMIT %(most)s FOR UPDATE OF m SKIP LOCKED)
UPDATE outbox_message m SET tries = m.tries + 1, next_at = clock_timestamp() + interval '1 minute'
FROM due, webhook_endpoint w
WHERE m.message_id = due.message_id AND w.endpoint_id = m.endpoint_id
RETURNING m.message_id, m.told_as, m.endpoint_id, m.event, m.person_id, m.unit_id, m.chain_id,
    m.seq, m.happened_at, m.tries, w.url, w.salt, w.generation,
    coalesce(w.previous_until > clock_timestamp(), false) AS also_previous,
    clock_timestamp() AS at
"""
DELIVERED = """
UPDATE outbox_message SET delivered_at = clock_timestamp(), next_at = NULL, given_up_at = NULL,
    last_answer = %(answer)s WHERE message_id = %(message_id)s AND delivered_at IS NULL
"""
AGAIN = """
UPDATE outbox_message SET next_at = clock_timestamp() + %(pause)s, last_answer = %(answer)s
WHERE message_id = %(message_id)s AND next_at IS NOT NULL
"""
GIVEN_UP = """
UPDATE outbox_message SET next_at = NULL, given_up_at = clock_timestamp(), last_answer = %(answer)s
WHERE message_id = %(message_id)s AND next_at IS NOT NULL
"""
# One message that is refused for three days says nothing of an address that takes others.
DISABLE = """
UPDATE webhook_endpoint w SET disabled_at = clock_timestamp(), disabled_why = %(why)s
WHERE endpoint_id = %(endpoint_id)s AND disabled_at IS NULL
    AND (%(why)s = 'gone' OR NOT EXISTS (SELECT FROM outbox_message m
        WHERE m.endpoint_id = w.endpoint_id
        AND m.delivered_at > clock_timestamp() - interval '3 days'))
"""

Resolve = Callable[[str, int], Awaitable[list[str]]]


@dataclass(frozen=True, slots=True)
class Due:
    """A message taken to be sent, with where it goes."""

    message_id: int
    told_as: UUID
    endpoint_id: int
    event: str
    person_id: int
    unit_id: int | None
    chain_id: int
    seq: int
    happened_at: datetime
    tries: int
    url: str
    salt: UUID
    generation: int
    also_previous: bool
    at: datetime

    @property
    def told(self) -> Event:
        """The message: its id stays the same however often it is sent."""
        return Event(
            f"msg_{self.told_as}",
            self.event,
            self.happened_at,
            self.person_id,
            self.unit_id,
            (self.chain_id, self.seq),
        )


async def addresses_of(host: str, port: int) -> list[str]:
    """Every address a name has just now."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(one[4][0]) for one in found]


@dataclass(frozen=True, slots=True)
class Sending:
    """How messages are sent. ``loopback``: also to this machine, for trials; ``chance``: 0 to 1."""

    chance: Callable[[], float]
    loopback: bool = False
    resolve: Resolve = addresses_of


async def deliver(wiring: Wiring, sending: Sending) -> int:
    """Send what is due now, once each; answers how many arrived."""
    async with wiring.pool.connection() as connection:
        async with connection.cursor(row_factory=class_row(Due)) as cursor:
            await cursor.execute(TAKE, {"most": AT_ONCE})
            taken = await cursor.fetchall()
        await connection.commit()
    if not taken:
        return 0
    answers = await asyncio.gather(*(send(wiring.secret, sending, one) for one in taken))
    async with wiring.pool.connection() as connection:
        for one, answer in zip(taken, answers, strict=True):
            await _note(connection, sending, one, answer)
        await connection.commit()
    return sum(answer.startswith("2") for answer in answers)


async def send(key: bytes, sending: Sending, due: Due) -> str:
    """Send one message; the answer's status, or a word for what went wrong."""
    body = due.told.body()
    generations = [due.generation, due.generation - 1][: 2 if due.also_previous else 1]
    secrets = [secret_of(key, due.salt, one) for one in generations]
    try:
        target = target_of(due.url, loopback=sending.loopback)
        found = await asyncio.wait_for(sending.resolve(target.host, target.port), PATIENCE_S)
        address = chosen(found, loopback=sending.loopback)
        shown = f"[{address}]" if ":" in address else address
        url = httpx2.URL(target.url).copy_with(host=shown, port=target.port)
        headers = signed_headers(due.told.id, due.at, body, secrets)
        host = httpx2.URL(target.url).netloc.decode()
        async with (
            httpx2.AsyncClient(timeout=PATIENCE_S, follow_redirects=False, trust_env=False) as http,
            asyncio.timeout(PATIENCE_S),
            http.stream(
                "POST",
                url,
                content=body.encode(),
                headers={**headers, "host": host, "content-type": "application/json"},
                extensions={"sni_hostname": target.host},
            ) as answer,
        ):
            # What it says beside the status is never read: nothing can be too long.
            return str(answer.status_code)
    except TargetRefused:
        return "refused-address"
    except (TimeoutError, httpx2.TimeoutException):
        return "too-slow"
    except (OSError, UnicodeError, httpx2.InvalidURL):
        return "no-address"
    except httpx2.HTTPError:
        return "no-connection"
    except Exception as trouble:
        # One address must not hold up the others', whatever is wrong with it.
        log.error("a message: %s", type(trouble).__name__)
        return "broken"


async def _note(connection: AsyncConnection[Any], sending: Sending, due: Due, answer: str) -> None:
    """What became of a try. A receiver that is gone, or fails for three days, is told no more."""
    said: dict[str, Any] = {"message_id": due.message_id, "answer": answer}
    if len(answer) == 3 and answer.startswith("2"):
        await connection.execute(DELIVERED, said)
        return
    pause = None if answer == str(GONE) else next_pause(due.tries, sending.chance())
    if pause is not None:
        await connection.execute(AGAIN, said | {"pause": pause})
        return
    await connection.execute(GIVEN_UP, said)
    why = "gone" if answer == str(GONE) else "failing"
    await connection.execute(DISABLE, {"endpoint_id": due.endpoint_id, "why": why})
    log.warning("endpoint %s is told nothing any more: %s", due.endpoint_id, why)
