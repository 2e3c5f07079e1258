"""Switching nurses at a shared screen, locking it and opening it again.

A switch needs a card or one's name, and always the PIN, and works only inside a shift that the
person began today with a full sign-in, here or elsewhere. What the nurse before had typed stays on
the page; her session is parked, and whatever she had not sent is sent by nobody in her name.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row

from dispensing.errors import Forbidden, NotSignedIn, Unprocessable
from dispensing.people.cards import staff_of_card
from dispensing.people.passwords import check_password
from dispensing.people.pins import check_pin
from dispensing.people.sessions import (
    FULL,
    MARK_SEEN,
    Actor,
    House,
    Opened,
    load_actor,
    open_session,
    token_hash,
)

# Whoever signs in with the provider has perhaps no password: a PIN is chosen just after.
VOUCHED_FOR = timedelta(minutes=10)

SHIFT = """
SELECT max(ss.started_at) FROM staff_session ss JOIN staff s USING (staff_id)
JOIN unit u ON u.unit_id = s.unit_id
WHERE ss.staff_id = %(staff_id)s AND ss.how = ANY(%(full)s)
    AND ss.end_reason IS DISTINCT FROM 'signed-out' AND ss.end_reason IS DISTINCT FROM 'removed'
    AND ss.started_at > clock_timestamp() - make_interval(hours => %(hours)s)
    AND (ss.started_at AT TIME ZONE u.zone)::date = (clock_timestamp() AT TIME ZONE u.zone)::date
    AND s.ended_at IS NULL AND s.unit_id = %(unit_id)s
"""
COLLEAGUES = """
SELECT s.staff_id, left(s.given_name, 1) || '. ' || s.family_name AS name, s.role
FROM staff s JOIN unit u ON u.unit_id = s.unit_id
WHERE s.unit_id = %(unit_id)s AND s.ended_at IS NULL AND EXISTS (SELECT FROM staff_session ss
    WHERE ss.staff_id = s.staff_id AND ss.how = ANY(%(full)s)
    AND ss.end_reason IS DISTINCT FROM 'signed-out' AND ss.end_reason IS DISTINCT FROM 'removed'
    AND ss.started_at > clock_timestamp() - make_interval(hours => %(hours)s)
    AND (ss.started_at AT TIME ZONE u.zone)::date = (clock_timestamp() AT TIME ZONE u.zone)::date)
ORDER BY s.family_name, s.given_name, s.staff_id
"""
LOCK = """
UPDATE staff_session SET locked_at = clock_timestamp()
WHERE session_hash = %(session_hash)s AND ended_at IS NULL AND locked_at IS NULL
"""
UNLOCK = """
UPDATE staff_session SET locked_at = NULL, seen_at = clock_timestamp()
WHERE session_hash = %(session_hash)s AND ended_at IS NULL
"""
# Who opens a screen again is alone at it.
PARK_OTHERS = """
UPDATE staff_session o SET locked_at = clock_timestamp() FROM staff_session mine
WHERE mine.session_hash = %(session_hash)s AND o.place = mine.place AND o.ended_at IS NULL
    AND o.staff_id <> mine.staff_id AND o.locked_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody of the unit whose shift is open: may take the screen over by PIN."""

    staff_id: int
    name: str
    role: str


async def whose_screen(house: House, token: str | None) -> Actor:
    """Who stands behind a session, locked or not. Raises NotSignedIn, SessionExpired."""
    async with house.pool.connection() as connection:
        actor = await load_actor(connection, token, house.limits, also_locked=True, quietly=True)
        await connection.commit()
    return actor


async def colleagues(house: House, token: str | None) -> list[Colleague]:
    """Those of the unit whose shift is open today, for a screen that is signed in."""
    actor = await whose_screen(house, token)
    values = {"unit_id": actor.unit_id, "full": list(FULL), "hours": house.limits.hours}
    async with house.pool.connection() as connection:
        async with connection.cursor(row_factory=class_row(Colleague)) as cursor:
            await cursor.execute(COLLEAGUES, values)
            found = await cursor.fetchall()
        await connection.commit()
    return found


async def switch(
    house: House,
    token: str,
    new_token: str,
    pin: str,
    *,
    card: str | None = None,
    staff_id: int | None = None,
) -> Opened:
    """Take over the screen behind ``token`` by card or name, and PIN; ``new_token`` opens it.

    The session before is parked. Raises NotSignedIn (wrong PIN or card, no shift begun today: each
    a slug of its own) and Unprocessable without a card or name.
    """
    before = await whose_screen(house, token)
    if before.place is None:
        raise Forbidden("only a screen at a place is switched")
    async with house.pool.connection() as connection:
        if card is not None:
            staff_id = await staff_of_card(house, connection, card)
        if staff_id is None:
            raise Unprocessable("who takes over? a card or a name", field="card")
        started_at = await _shift(house, connection, staff_id, before.unit_id)
        await connection.commit()
    await check_pin(house, staff_id, pin)
    return await open_session(
        house,
        staff_id,
        before.counter_id,
        new_token,
        "card" if card is not None else "pin",
        before=before,
        started_at=started_at,
    )


async def open_by_card(
    house: House, new_token: str, card: str, pin: str, counter_id: int, device: str | None
) -> Opened:
    """Open a screen where nobody is signed in, by card and PIN, within a shift begun elsewhere.

    Raises NotSignedIn as ``switch`` does, and Forbidden for another unit's counter.
    """
    async with house.pool.connection() as connection:
        staff_id = await staff_of_card(house, connection, card)
        row = await (
            await connection.execute("SELECT unit_id FROM staff WHERE staff_id = %s", (staff_id,))
        ).fetchone()
        started_at = await _shift(house, connection, staff_id, row[0] if row else 0)
        await connection.commit()
    await check_pin(house, staff_id, pin)
    return await open_session(
        house, staff_id, counter_id, new_token, "card", device=device, started_at=started_at
    )


async def _shift(
    house: House, connection: AsyncConnection[Any], staff_id: int, unit_id: int
) -> datetime:
    """When the person last signed in fully today. Raises NotSignedIn."""
    values = {
        "staff_id": staff_id,
        "unit_id": unit_id,
        "full": list(FULL),
        "hours": house.limits.hours,
    }
    row = await (await connection.execute(SHIFT, values)).fetchone()
    if row is None or row[0] is None:
        raise NotSignedIn("no shift begun today; sign in with the password", slug="no-shift")
    return row[0]


async def lock(house: House, token: str, card: str | None = None) -> None:
    """Lock the screen: by its button, or by its person's own card tapped once more. Commits.

    Raises Forbidden for the card of another (``card-of-another``): that is a switch.
    """
    actor = await whose_screen(house, token)
    async with house.pool.connection() as connection:
        if card is not None and await staff_of_card(house, connection, card) != actor.staff_id:
            await connection.commit()
            raise Forbidden("this card is somebody else's", slug="card-of-another")
        await connection.execute(LOCK, {"session_hash": token_hash(token)})
        await connection.commit()


async def unlock(
    house: House, token: str, *, pin: str | None = None, password: str | None = None, machine: str
) -> Actor:
    """Open the person's own screen again by PIN or password; nothing typed was lost. Commits.

    Raises NotSignedIn (the slug says what was wrong), SessionExpired when the shift is over.
    """
    actor = await whose_screen(house, token)
    if pin is not None:
        await check_pin(house, actor.staff_id, pin)
    else:
        await check_own_password(house, actor.staff_id, password or "", machine)
    values = {"session_hash": token_hash(token)}
    async with house.pool.connection() as connection:
        await connection.execute(UNLOCK, values)
        await connection.execute(PARK_OTHERS, values)
        await connection.commit()
    return actor


async def check_own_password(house: House, staff_id: int, password: str, machine: str) -> None:
    """Raise NotSignedIn unless the password is this person's; a wrong one costs a try."""
    async with house.pool.connection() as connection:
        row = await (
            await connection.execute("SELECT username FROM staff WHERE staff_id = %s", (staff_id,))
        ).fetchone()
        await connection.commit()
    await check_password(house.pool, row[0] if row else "", password, machine)


async def prove(house: House, actor: Actor, password: str, machine: str) -> None:
    """Raise NotSignedIn unless the password fits, or the provider vouched minutes ago."""
    opened_at = actor.opened_at or actor.started_at
    if actor.how == "oidc" and actor.now - opened_at < VOUCHED_FOR and not password:
        return
    await check_own_password(house, actor.staff_id, password, machine)


async def still_here(house: House, token: str) -> Actor:
    """Somebody touches the screen: the lock waits from now. Raises SessionLocked when too late."""
    async with house.pool.connection() as connection:
        actor = await load_actor(connection, token, house.limits, quietly=True)
        await connection.execute(MARK_SEEN, {"session_hash": token_hash(token)})
        await connection.commit()
    return actor
