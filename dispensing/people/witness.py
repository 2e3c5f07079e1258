"""A second person's own sign-in to one act: another staff id, of the same unit, seeing the text.

``prove`` asks name and password as a sign-in does (a wrong one costs a try); ``hold`` is asked
again inside the act's transaction. A no is a value, so that the act records it. How a witness
proves who they are may grow (a card, a PIN): it grows here.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from dispensing.errors import Conflict, NotSignedIn
from dispensing.people import sessions
from dispensing.people.sessions import Actor

GOOD_FOR = timedelta(minutes=2)
MAY_WITNESS = frozenset({"nurse", "doctor", "pharmacist"})


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the witness types. Never logged, never part of a stored request."""

    username: str
    password: str


@dataclass(frozen=True, slots=True)
class Proof:
    """What became of a sign-in to an act: a staff id and moment, or the slug of the no."""

    staff_id: int | None
    at: datetime | None
    refusal: str | None = None


@dataclass(frozen=True, slots=True)
class Witness:
    """Who stands beside the act, when they signed, and the hash of what they saw."""

    staff_id: int
    at: datetime
    seen_sha256: bytes


def text_sha256(text: str) -> bytes:
    """The hash of the text both persons saw."""
    return hashlib.sha256(text.encode()).digest()


async def prove(
    pool: AsyncConnectionPool[AsyncConnection[Any]], credentials: Credentials | None
) -> Proof:
    """Ask who the witness is; commits, also the count of a wrong try.

    Raises TooManyRequests while a crowd signs in.
    """
    if credentials is None or not credentials.username.strip() or not credentials.password:
        return Proof(None, None, "witness-absent")
    username = credentials.username.strip().lower()
    async with pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT password_hash, locked_until > clock_timestamp() FROM staff WHERE username = %s",
            (username,),
        )
        known, locked = await cursor.fetchone() or (None, False)
    if locked:
        return Proof(None, None, "witness-locked")
    # Without a connection in hand, as at sign-in: hashing takes a while.
    fits = await sessions.password_fits(credentials.password, known)
    async with pool.connection() as connection:
        try:
            staff_id = await sessions.who_signs_in(connection, username, known, fits)
        except NotSignedIn as no:
            locked = no.type_slug == "locked"
            return Proof(None, None, "witness-locked" if locked else "witness-wrong-password")
        row = await (await connection.execute("SELECT clock_timestamp()")).fetchone()
        await connection.commit()
    assert row is not None
    return Proof(staff_id, row[0])


async def witnessed_by(
    connection: AsyncConnection[Any], actor: Actor, proof: Proof, text: str, seen_sha256: bytes
) -> Witness:
    """The witness of ``actor``'s act, inside its transaction. ``text`` is what the act says of
    itself now, ``seen_sha256`` the hash of what was shown.

    Raises Conflict, which the act records: nobody signed, a wrong password, oneself, another unit,
    a role that may not, a signature older than ``GOOD_FOR``, or another text than was shown.
    """
    if proof.staff_id is None or proof.at is None:
        raise Conflict("a second person signs with their own name", slug=proof.refusal)
    if proof.staff_id == actor.staff_id:
        raise Conflict("nobody is their own witness", slug="witness-is-oneself")
    cursor = await connection.execute(
        "SELECT role, unit_id, clock_timestamp() FROM staff WHERE staff_id = %s", (proof.staff_id,)
    )
    row = await cursor.fetchone()
    if row is None or row[1] != actor.unit_id:
        raise Conflict("the witness works at the same unit", slug="witness-of-another-unit")
    if row[0] not in MAY_WITNESS:
        raise Conflict("this role does not witness", slug="witness-may-not")
    if not timedelta() <= row[2] - proof.at <= GOOD_FOR:
        raise Conflict("the signature is older than two minutes", slug="witness-too-late")
    if text_sha256(text) != seen_sha256:
        raise Conflict("the text is another than was shown", slug="stale-page")
    return Witness(proof.staff_id, proof.at, seen_sha256)
