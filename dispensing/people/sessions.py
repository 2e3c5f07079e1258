"""Sign-in with password, the session behind a cookie or bearer token, and who is acting.

A session token is 32 random bytes; the database keeps its SHA-256 only. A wrong password costs a
try; after ``MOST_TRIES`` the account waits. The hash is checked off the event loop.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import anyio
import anyio.to_thread
from psycopg import AsyncConnection
from psycopg.rows import class_row
from psycopg_pool import AsyncConnectionPool
from pwdlib import PasswordHash

from dispensing.errors import Forbidden, NotSignedIn, SessionExpired, TooManyRequests

MOST_TRIES = 5
WAIT = timedelta(minutes=5)
LOCKED = "too many wrong passwords; wait five minutes"
# A hash takes a core and 64 MB for a while: one at a time, and a short queue.
MOST_WAITING = 20
_hashing = anyio.CapacityLimiter(1)

SEEN_STEP = timedelta(seconds=60)

MARK_SEEN = """
UPDATE staff_session SET seen_at = clock_timestamp() WHERE session_hash = %(session_hash)s
"""
ACTOR_COLUMNS = """
    s.staff_id, s.role, s.given_name, s.family_name, s.authorisation_id, s.unit_id,
    u.zone, u.name AS unit_name, ss.counter_id, c.name AS counter_name, ss.started_at, ss.seen_at,
    clock_timestamp() AS now
"""
ACTOR_SQL = f"""
SELECT {ACTOR_COLUMNS}
FROM staff_session ss
JOIN staff s USING (staff_id)
JOIN unit u ON u.unit_id = s.unit_id
LEFT JOIN counter c ON c.counter_id = ss.counter_id
WHERE ss.session_hash = %(session_hash)s AND ss.ended_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, in which role and place. ``now`` is the database's moment of the request."""

    staff_id: int
    role: str
    given_name: str
    family_name: str
    authorisation_id: str | None
    unit_id: int
    zone: str
    unit_name: str
    counter_id: int | None
    counter_name: str | None
    started_at: datetime
    seen_at: datetime
    now: datetime

    @property
    def seen_long_ago(self) -> bool:
        """Whether the session must be marked as used again; not at every request."""
        return self.now - self.seen_at > SEEN_STEP

    @property
    def short_name(self) -> str:
        """First initial and family name, as on the counter page."""
        return f"{self.given_name[:1]}. {self.family_name}"

    def must_be(self, *roles: str) -> None:
        """Raise Forbidden unless the actor has one of ``roles``."""
        if self.role not in roles:
            raise Forbidden(f"this needs the role {' or '.join(roles)}")


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """How long a session lives, and how long without use."""

    hours: int = 12
    idle_minutes: int = 60

    def live(self, actor: Actor) -> bool:
        """Whether the session is still good at ``actor.now``."""
        return actor.now - actor.started_at < timedelta(
            hours=self.hours
        ) and actor.now - actor.seen_at < timedelta(minutes=self.idle_minutes)


@lru_cache(maxsize=1)
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@lru_cache(maxsize=1)
def _nobody() -> str:
    """A hash no password fits: an unknown name takes as long as a wrong password."""
    return _hasher().hash(secrets.token_hex(16))


def token_hash(token: str) -> bytes:
    """What the database keeps of a session token."""
    return hashlib.sha256(token.encode()).digest()


async def password_fits(password: str, known: str | None) -> bool:
    """Whether a password fits the hash known; for an unknown name it takes as long and never does.

    Raises TooManyRequests while a crowd waits already.
    """
    if _hashing.statistics().tasks_waiting >= MOST_WAITING:
        raise TooManyRequests("too many sign in at once; try again in a moment")

    def verify() -> bool:
        return _hasher().verify(password, known or _nobody())

    return await anyio.to_thread.run_sync(verify, limiter=_hashing) and known is not None


async def who_signs_in(
    connection: AsyncConnection[Any], username: str, known: str | None, fits: bool
) -> int:
    """The staff id behind a password that fits; a wrong one costs a try, which is committed.

    The account's row is locked and asked again: of guesses sent all at once none gets an answer
    after the account is locked. Raises NotSignedIn.
    """
    cursor = await connection.execute(
        "SELECT staff_id, password_hash = %s AS same, locked_until > clock_timestamp() AS locked"
        " FROM staff WHERE username = %s FOR UPDATE",
        (known, username),
    )
    row = await cursor.fetchone()
    if row is not None and row[2]:
        raise NotSignedIn(LOCKED, slug="locked")
    if row is None or not fits or not row[1]:
        await connection.execute(
            "UPDATE staff SET failed_attempts = least(failed_attempts + 1, %s), locked_until = CASE"
            " WHEN failed_attempts + 1 >= %s THEN clock_timestamp() + %s ELSE NULL END"
            " WHERE username = %s",
            (MOST_TRIES, MOST_TRIES, WAIT, username),
        )
        await connection.commit()
        raise NotSignedIn("user name or password is wrong", slug="wrong-password")
    await connection.execute(
        "UPDATE staff SET failed_attempts = 0, locked_until = NULL"
        " WHERE staff_id = %s AND failed_attempts > 0",
        (row[0],),
    )
    return int(row[0])


async def sign_in(
    pool: AsyncConnectionPool[AsyncConnection[Any]],
    username: str,
    password: str,
    counter_id: int | None,
    token: str,
) -> Actor:
    """Open a session for a name and password at a counter of the person's own unit.

    ``token`` is drawn by the caller. Commits, also the count of wrong tries. Raises NotSignedIn
    for a wrong name or password (the two are not told apart), Forbidden for another unit's
    counter, and TooManyRequests while a crowd signs in.
    """
    username = username.strip().lower()
    async with pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT password_hash, locked_until > clock_timestamp() FROM staff WHERE username = %s",
            (username,),
        )
        known, locked = await cursor.fetchone() or (None, False)
    if locked:
        raise NotSignedIn(LOCKED, slug="locked")
    # Without a connection in hand: a flood of sign-ins must not hold up a hand-out.
    fits = await password_fits(password, known)
    async with pool.connection() as connection:
        staff_id = await who_signs_in(connection, username, known, fits)
        if counter_id is not None:
            own = await connection.execute(
                "SELECT 1 FROM counter JOIN staff USING (unit_id)"
                " WHERE counter_id = %s AND staff_id = %s",
                (counter_id, staff_id),
            )
            if await own.fetchone() is None:
                raise Forbidden("that counter belongs to another unit")
        await connection.execute(
            "INSERT INTO staff_session (session_hash, staff_id, counter_id, started_at, seen_at)"
            " VALUES (%s, %s, %s, clock_timestamp(), clock_timestamp())",
            (token_hash(token), staff_id, counter_id),
        )
        actor = await load_actor(connection, token, SessionLimits())
        await connection.commit()
    return actor


async def sign_out(connection: AsyncConnection[Any], token: str) -> None:
    """End the session behind ``token``, if there is one. Commits."""
    await connection.execute(
        "UPDATE staff_session SET ended_at = clock_timestamp()"
        " WHERE session_hash = %s AND ended_at IS NULL",
        (token_hash(token),),
    )
    await connection.commit()


def accept(actor: Actor | None, limits: SessionLimits) -> Actor:
    """The actor of a live session. Raises NotSignedIn or SessionExpired."""
    if actor is None:
        raise NotSignedIn("sign in first")
    if not limits.live(actor):
        raise SessionExpired("the session has expired; sign in again, nothing was changed")
    return actor


async def load_actor(
    connection: AsyncConnection[Any], token: str | None, limits: SessionLimits
) -> Actor:
    """Who acts behind a token; marks the session as seen. Raises NotSignedIn, SessionExpired."""
    if not token:
        raise NotSignedIn("sign in first")
    async with connection.cursor(row_factory=class_row(Actor)) as cursor:
        await cursor.execute(ACTOR_SQL, {"session_hash": token_hash(token)})
        actor = accept(await cursor.fetchone(), limits)
    if actor.seen_long_ago:
        await connection.execute(MARK_SEEN, {"session_hash": token_hash(token)})
    return actor
