"""PINs: six digits that identify a person again inside a shift begun with a full sign-in.

A million PINs are few: what is kept is argon2id over a keyed hash, so that a copy of the database
without the service's key tells nothing, and five wrong ones in a row, or ten since the last full
sign-in, leave only the full sign-in.
"""

import hashlib
import hmac
import re
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import Any

import anyio
import anyio.to_thread
from psycopg import AsyncConnection
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from audit.ledger.append import append
from dispensing.errors import NotSignedIn, TooManyRequests, Unprocessable
from dispensing.people import entries
from dispensing.people.sessions import House

PIN = re.compile(r"[0-9]{6}", re.ASCII)
MOST_TRIES = 5
# The right one ends a row: without this somebody could try four after each press of the owner's.
MOST_BETWEEN_SIGN_INS = 10
# OWASP's least argon2id. The key outside the database and the five tries are what protect so short
# a secret; the hand-out must not wait for more.
MEMORY_KIB, PASSES = 19_456, 2
MOST_WAITING = 20
# Apart from the passwords': a flood of sign-ins must not hold up a hand-out.
_hashing = anyio.CapacityLimiter(1)

KNOWN = """
SELECT pin_hash,
    failed_attempts >= %(in_a_row)s OR wrong_since_signed_in >= %(in_all)s AS blocked,
    failed_attempts, clock_timestamp()
FROM staff_pin WHERE staff_id = %(staff_id)s
"""
# Counted one after the other: of wrong ones sent all at once none is told wrong after the last.
COUNT_WRONG = """
UPDATE staff_pin SET failed_attempts = failed_attempts + 1,
    wrong_since_signed_in = wrong_since_signed_in + 1
WHERE staff_id = %(staff_id)s AND failed_attempts < %(in_a_row)s
    AND wrong_since_signed_in < %(in_all)s
RETURNING failed_attempts >= %(in_a_row)s OR wrong_since_signed_in >= %(in_all)s
"""
PLACE = """
SELECT s.unit_id, u.views_chain, (clock_timestamp() AT TIME ZONE u.zone)::date, clock_timestamp()
FROM staff s JOIN unit u USING (unit_id) WHERE s.staff_id = %(staff_id)s
"""


@lru_cache(maxsize=1)
def _hasher() -> PasswordHash:
    return PasswordHash((Argon2Hasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=1),))


def _keyed(secret: bytes, staff_id: int, pin: str) -> str:
    return hmac.new(secret, f"pin\0{staff_id}\0{pin}".encode(), hashlib.sha256).hexdigest()


def pin_hash(secret: bytes, staff_id: int, pin: str) -> str:
    """What the database keeps of a PIN. Takes a core for some milliseconds."""
    return _hasher().hash(_keyed(secret, staff_id, pin))


def refuse_weak(pin: str) -> None:
    """Raise Unprocessable for what is no PIN, or one that is guessed first."""
    if not PIN.fullmatch(pin):
        raise Unprocessable("a PIN has six digits", field="pin", slug="pin-not-six-digits")
    digits = [int(digit) for digit in pin]
    steps = {(after - before) % 10 for before, after in pairwise(digits)}
    repeats = len(set(pin)) < 3 or pin[:3] == pin[3:] or pin[:2] == pin[2:4] == pin[4:]
    if repeats or len(steps) == 1 or pin[:3] == pin[3:][::-1]:
        raise Unprocessable("repeats and runs are guessed first", field="pin", slug="pin-too-easy")
    years = any(1920 <= int(pin[at : at + 4]) <= 2039 for at in range(3))
    if years or _like_a_date(pin):
        raise Unprocessable("years and dates are guessed first", field="pin", slug="pin-too-easy")


def _like_a_date(pin: str) -> bool:
    """Day, month and year in two digits each, in either order."""
    one, month, other = int(pin[:2]), int(pin[2:4]), int(pin[4:])
    return 1 <= month <= 12 and (1 <= one <= 31 or 1 <= other <= 31)


async def check_pin(house: House, staff_id: int, pin: str) -> datetime:
    """The moment at which the PIN was found to be this person's; a wrong one costs a try.

    The hash is checked off the event loop and without a database connection in hand. Raises
    NotSignedIn (wrong, none chosen, or blocked until a full sign-in) and TooManyRequests.
    """
    asked = {
        "staff_id": staff_id,
        "in_a_row": MOST_TRIES,
        "in_all": MOST_BETWEEN_SIGN_INS,
    }
    async with house.pool.connection() as connection:
        row = await (await connection.execute(KNOWN, asked)).fetchone()
        await connection.commit()
    known = _usable(row)
    fits = PIN.fullmatch(pin) is not None and await _fits(
        _keyed(house.secret, staff_id, pin), known
    )
    async with house.pool.connection() as connection:
        if not fits:
            await _count_wrong(house, connection, asked)
            raise NotSignedIn("the PIN is wrong", slug="wrong-pin")
        # Asked again: it may have been blocked or changed while this one was hashed.
        row = await (await connection.execute(KNOWN, asked)).fetchone()
        if _usable(row) != known:
            raise NotSignedIn("the PIN is wrong", slug="wrong-pin")
        assert row is not None
        if row[2]:
            await connection.execute(
                "UPDATE staff_pin SET failed_attempts = 0 WHERE staff_id = %(staff_id)s", asked
            )
        await connection.commit()
    return row[3]


def _usable(row: Any) -> str:
    if row is None:
        raise NotSignedIn("no PIN chosen yet; use the password", slug="pin-not-set")
    if row[1]:
        raise NotSignedIn("too many wrong PINs; use the password", slug="pin-blocked")
    return str(row[0])


async def _fits(keyed: str, known: str) -> bool:
    if _hashing.statistics().tasks_waiting >= MOST_WAITING:
        raise TooManyRequests("too many identify themselves at once; try again in a moment")
    return await anyio.to_thread.run_sync(lambda: _hasher().verify(keyed, known), limiter=_hashing)


async def _count_wrong(
    house: House, connection: AsyncConnection[Any], asked: dict[str, int]
) -> None:
    row = await (await connection.execute(COUNT_WRONG, asked)).fetchone()
    if row is None:
        await connection.commit()
        raise NotSignedIn("too many wrong PINs; use the password", slug="pin-blocked")
    if row[0]:
        await _append(house, connection, asked["staff_id"], entries.pin_blocked)
    await connection.commit()


async def _append(
    house: House, connection: AsyncConnection[Any], staff_id: int, entry_of: Any
) -> None:
    place = await (await connection.execute(PLACE, {"staff_id": staff_id})).fetchone()
    assert place is not None
    unit_id, chain, on, at = place
    await append(connection, house.seal(entry_of(unit_id, staff_id, on, at)), chain)


async def set_pin(house: House, staff_id: int, pin: str) -> None:
    """Let this be the person's PIN from now on; whoever asks has just proved who they are.

    Commits. Raises Unprocessable for a weak one and TooManyRequests.
    """
    refuse_weak(pin)
    if _hashing.statistics().tasks_waiting >= MOST_WAITING:
        raise TooManyRequests("too many identify themselves at once; try again in a moment")
    made = await anyio.to_thread.run_sync(
        lambda: pin_hash(house.secret, staff_id, pin), limiter=_hashing
    )
    async with house.pool.connection() as connection:
        await connection.execute(
            "INSERT INTO staff_pin (staff_id, pin_hash, set_at) VALUES (%s, %s, clock_timestamp())"
            " ON CONFLICT (staff_id) DO UPDATE SET pin_hash = excluded.pin_hash,"
            " set_at = excluded.set_at, failed_attempts = 0, wrong_since_signed_in = 0",
            (staff_id, made),
        )
        await _append(house, connection, staff_id, entries.pin_set)
        await connection.commit()
