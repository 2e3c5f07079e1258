"""A second person's own sign-in to one act: another human being, of the same unit, seeing the text.

``prove`` asks name and password, or card and PIN (a wrong one costs a try); ``witnessed_by`` is
asked again inside the act's transaction. A no is a value, so that the act records it. Two accounts
of one employee are one person: they share an authorisation, an identity provider's subject, or a
card that both have had.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import AsyncConnection

from dispensing.errors import Conflict, NotSignedIn
from dispensing.people.cards import staff_of_card
from dispensing.people.passwords import check_password
from dispensing.people.pins import check_pin
from dispensing.people.sessions import Actor, House

GOOD_FOR = timedelta(minutes=2)
MAY_WITNESS = frozenset({"nurse", "doctor", "pharmacist"})


SAME_PERSON = """
SELECT s.role, s.unit_id, clock_timestamp(), s.staff_id = %(actor_id)s
    OR EXISTS (SELECT FROM staff a WHERE a.staff_id = %(actor_id)s
        AND lower(btrim(a.authorisation_id)) = lower(btrim(s.authorisation_id)))
    OR EXISTS (SELECT FROM staff_subject mine JOIN staff_subject theirs USING (issuer, subject)
        WHERE mine.staff_id = %(actor_id)s AND theirs.staff_id = s.staff_id)
    OR EXISTS (SELECT FROM staff_card mine JOIN staff_card theirs USING (card_hash)
        WHERE mine.staff_id = %(actor_id)s AND theirs.staff_id = s.staff_id)
FROM staff s WHERE s.staff_id = %(staff_id)s AND s.ended_at IS NULL
"""
NO = {
    "locked": "witness-locked",
    "pin-blocked": "witness-locked",
    "wrong-password": "witness-wrong-password",
    "wrong-pin": "witness-wrong-pin",
    "pin-not-set": "witness-wrong-pin",
    "unknown-card": "witness-unknown-card",
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the witness types or scans: name and password, or card and PIN.

    Never logged, never part of a stored request. ``machine`` is where wrong tries are counted.
    """

    username: str = ""
    password: str = ""
    card: str = ""
    pin: str = ""
    machine: str = "witness"

    def __repr__(self) -> str:
        return "Credentials(…)"


@dataclass(frozen=True, slots=True)
class Proof:
    """What became of a sign-in to an act: a staff id and moment, or the slug of the no."""

    staff_id: int | None
    at: datetime | None
    refusal: str | None = None
    by: str = "password"


@dataclass(frozen=True, slots=True)
class Witness:
    """Who stands beside the act, when they signed, and the hash of what they saw."""

    staff_id: int
    at: datetime
    seen_sha256: bytes
    by: str = "password"


def text_sha256(text: str) -> bytes:
    """The hash of the text both persons saw."""
    return hashlib.sha256(text.encode()).digest()


async def prove(house: House, credentials: Credentials | None) -> Proof:
    """Ask who the witness is; commits, also the count of a wrong try.

    Call it before anything is locked: it hashes, without a connection in hand. Raises
    TooManyRequests while a crowd signs in.
    """
    if credentials is None:
        return Proof(None, None, "witness-absent")
    by_card = bool(credentials.card)
    if not by_card and not (credentials.username.strip() and credentials.password):
        return Proof(None, None, "witness-absent")
    try:
        if by_card:
            async with house.pool.connection() as connection:
                staff_id = await staff_of_card(house, connection, credentials.card)
                await connection.commit()
            await check_pin(house, staff_id, credentials.pin)
        else:
            staff_id = await check_password(
                house.pool, credentials.username, credentials.password, credentials.machine
            )
    except NotSignedIn as no:
        return Proof(None, None, NO.get(no.type_slug, "witness-wrong-password"))
    async with house.pool.connection() as connection:
        row = await (await connection.execute("SELECT clock_timestamp()")).fetchone()
        await connection.commit()
    assert row is not None
    return Proof(staff_id, row[0], by="card" if by_card else "password")


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
    asked = {"staff_id": proof.staff_id, "actor_id": actor.staff_id}
    row = await (await connection.execute(SAME_PERSON, asked)).fetchone()
    if row is not None and row[3]:
        raise Conflict("nobody is their own witness", slug="witness-is-oneself")
    if row is None or row[1] != actor.unit_id:
        raise Conflict("the witness works at the same unit", slug="witness-of-another-unit")
    if row[0] not in MAY_WITNESS:
        raise Conflict("this role does not witness", slug="witness-may-not")
    if not timedelta() <= row[2] - proof.at <= GOOD_FOR:
        raise Conflict("the signature is older than two minutes", slug="witness-too-late")
    if text_sha256(text) != seen_sha256:
        raise Conflict("the text is another than was shown", slug="stale-page")
    return Witness(proof.staff_id, proof.at, seen_sha256, proof.by)
