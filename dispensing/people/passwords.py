"""Passwords: hashed off the event loop, tries counted by name and place.

Five wrong passwords for a name at one place make that name wait there; whoever sends them cannot
keep the person out anywhere else. A slower limit counts a name over all places, and a place over
all names; neither touches a person at a place where that person has signed in before.
"""

import asyncio
import secrets
from datetime import timedelta
from functools import lru_cache
from typing import Any

import anyio
import anyio.to_thread
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool
from pwdlib import PasswordHash

from dispensing.errors import NotSignedIn, TooManyRequests

Pool = AsyncConnectionPool[AsyncConnection[Any]]

MOST_TRIES = 5
WAIT = timedelta(minutes=5)
MOST_TRIES_EVERYWHERE = 30
MOST_TRIES_OF_A_PLACE = 100
WINDOW = timedelta(hours=1)
KNOWN_FOR = timedelta(days=30)
FORGOTTEN_AFTER = timedelta(days=1)
EVERYWHERE = ANYBODY = ""
LOCKED = "too many wrong passwords here; wait five minutes"
# A hash takes a core and 64 MB for a while: one at a time, and a short queue.
MOST_WAITING = 20
_hashing = anyio.CapacityLimiter(1)
# What is asked again while it is being checked waits for that check: a client that repeats what it
# got no answer to would otherwise fill the queue with itself, and nobody get through.
_checking: dict[tuple[object, ...], asyncio.Task[bool]] = {}

WAITING = """
SELECT coalesce(bool_or(a.locked_until > clock_timestamp() AND (
    (a.username = %(username)s AND a.place = %(place)s) OR NOT coalesce(known.here, false))), false)
FROM sign_in_attempt a LEFT JOIN LATERAL (
    SELECT g.good_at > clock_timestamp() - %(known_for)s AS here FROM sign_in_attempt g
    WHERE g.username = %(username)s AND g.place = %(place)s) known ON true
WHERE (a.username, a.place) IN
    ((%(username)s, %(place)s), (%(username)s, ''), ('', %(place)s))
"""
# The window begins anew an hour after its first try; at one place the count stays until it fits.
COUNT_WRONG = """
INSERT INTO sign_in_attempt AS a (username, place, failed, first_at, last_at)
SELECT w.username, w.place, 1, clock_timestamp(), clock_timestamp()
FROM (VALUES (%(username)s, %(place)s), (%(username)s, ''), ('', %(place)s)) AS w (username, place)
ORDER BY w.username, w.place
ON CONFLICT (username, place) DO UPDATE SET
    failed = CASE WHEN (a.username = '' OR a.place = '')
        AND a.first_at < clock_timestamp() - %(window)s THEN 1
        ELSE least(a.failed + 1, 1000) END,
    first_at = CASE WHEN (a.username = '' OR a.place = '')
        AND a.first_at < clock_timestamp() - %(window)s THEN clock_timestamp() ELSE a.first_at END,
    last_at = clock_timestamp(),
    locked_until = CASE WHEN (a.username = '' OR a.place = '')
        AND a.first_at < clock_timestamp() - %(window)s THEN NULL
        WHEN a.failed + 1 >= CASE WHEN a.username = '' THEN %(of_a_place)s
            WHEN a.place = '' THEN %(everywhere)s ELSE %(here)s END
        THEN clock_timestamp() + %(wait)s END
"""
FORGET_OLD = """
DELETE FROM sign_in_attempt WHERE ctid IN (SELECT ctid FROM sign_in_attempt
    WHERE last_at < clock_timestamp() - %(old)s
    AND (good_at IS NULL OR good_at < clock_timestamp() - %(known_for)s) LIMIT 100)
"""
COUNT_RIGHT = """
INSERT INTO sign_in_attempt AS a (username, place, failed, first_at, last_at, good_at)
VALUES (%(username)s, %(place)s, 0, clock_timestamp(), clock_timestamp(), clock_timestamp())
ON CONFLICT (username, place) DO UPDATE SET failed = 0, locked_until = NULL,
    last_at = clock_timestamp(), good_at = clock_timestamp()
"""
# A full sign-in, and a password given for one act, give the tries of the PIN back.
FRESH_PIN = """
UPDATE staff_pin SET failed_attempts = 0, wrong_since_signed_in = 0
WHERE staff_id = %(staff_id)s AND wrong_since_signed_in > 0
"""


@lru_cache(maxsize=1)
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@lru_cache(maxsize=1)
def _nobody() -> str:
    """A hash no password fits: an unknown name takes as long as a wrong password."""
    return _hasher().hash(secrets.token_hex(16))


async def password_fits(username: str, password: str, known: str | None) -> bool:
    """Whether a password fits the hash known; for an unknown name it takes as long and never does.

    Raises TooManyRequests while a crowd waits already.
    """
    # With the name: else two unknown names would share a check, and be told apart by the time.
    asked = (asyncio.get_running_loop(), username, password, known)
    check = _checking.get(asked)
    if check is None:
        if _hashing.statistics().tasks_waiting >= MOST_WAITING:
            raise TooManyRequests("too many sign in at once; try again in a moment")
        check = _checking[asked] = asyncio.create_task(_fits(password, known))
        check.add_done_callback(lambda _: _checking.pop(asked, None))
    # Whoever leaves takes nothing from those who still wait.
    return await asyncio.shield(check)


async def _fits(password: str, known: str | None) -> bool:
    def verify() -> bool:
        return _hasher().verify(password, known or _nobody())

    return await anyio.to_thread.run_sync(verify, limiter=_hashing) and known is not None


async def password_hash(password: str) -> str:
    """The argon2id hash of a password, made off the event loop. Raises TooManyRequests."""
    if _hashing.statistics().tasks_waiting >= MOST_WAITING:
        raise TooManyRequests("too many sign in at once; try again in a moment")
    return await anyio.to_thread.run_sync(lambda: _hasher().hash(password), limiter=_hashing)


def _values(username: str, place: str) -> dict[str, Any]:
    return {
        "username": username,
        "place": place,
        "window": WINDOW,
        "wait": WAIT,
        "known_for": KNOWN_FOR,
        "old": FORGOTTEN_AFTER,
        "here": MOST_TRIES,
        "everywhere": MOST_TRIES_EVERYWHERE,
        "of_a_place": MOST_TRIES_OF_A_PLACE,
    }


async def _waiting(connection: AsyncConnection[Any], username: str, place: str) -> bool:
    row = await (await connection.execute(WAITING, _values(username, place))).fetchone()
    return bool(row and row[0])


async def check_password(pool: Pool, username: str, password: str, place: str) -> int:
    """The staff id behind a name and password; a wrong one costs a try at ``place``. Commits.

    ``place`` is the machine the password was typed at. Tries for one name are told one after the
    other: of guesses sent all at once none gets an answer after the name waits. Raises NotSignedIn
    (a wrong name and a wrong password are not told apart) and TooManyRequests.
    """
    username = username.strip().lower()
    async with pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT password_hash FROM staff WHERE username = %s AND ended_at IS NULL"
            " AND NOT machine",
            (username,),
        )
        (known,) = await cursor.fetchone() or (None,)
        waits = await _waiting(connection, username, place)
        await connection.commit()
    if waits:
        raise NotSignedIn(LOCKED, slug="locked")
    # Without a connection in hand: a flood of sign-ins must not hold up a hand-out.
    fits = await password_fits(username, password, known)
    async with pool.connection() as connection:
        await connection.execute(
            "SELECT pg_advisory_xact_lock(hashtext('sign in'), hashtext(%s))", (username,)
        )
        if await _waiting(connection, username, place):
            await connection.commit()
            raise NotSignedIn(LOCKED, slug="locked")
        cursor = await connection.execute(
            "SELECT staff_id FROM staff WHERE username = %s AND password_hash = %s"
            " AND ended_at IS NULL",
            (username, known),
        )
        row = await cursor.fetchone()
        if row is None or not fits:
            await connection.execute(COUNT_WRONG, _values(username, place))
            await connection.execute(FORGET_OLD, _values(username, place))
            await connection.commit()
            raise NotSignedIn("user name or password is wrong", slug="wrong-password")
        await connection.execute(COUNT_RIGHT, _values(username, place))
        await connection.execute(FRESH_PIN, {"staff_id": row[0]})
        await connection.commit()
    return int(row[0])
