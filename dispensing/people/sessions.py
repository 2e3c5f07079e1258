"""The session behind a cookie or bearer token: who acts, where, and whether the screen is locked.

A session token is 32 random bytes; the database keeps its SHA-256 only. A session at a place locks
when nobody has touched the screen for the unit's seconds; what was typed stays on the page, and the
person's PIN or password opens it again. One live session per person and place: opening another
there ends the first.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from psycopg import AsyncConnection
from psycopg.rows import class_row

from audit.ledger.append import append
from audit.ledger.entry import Entry, Sealed
from dispensing.errors import Forbidden, NotSignedIn, SessionExpired, SessionLocked
from dispensing.people import calling, entries
from dispensing.people.passwords import FRESH_PIN, Pool, check_password
from dispensing.people.places import place_of
from dispensing.people.policy import (
    DEFAULT,
    LOCK_GRACE,
    POLICY_COLUMNS,
    POLICY_JOIN,
    SEEN_STEP,
    LabelScan,
    Policy,
    Step,
    StepAt,
)

# ``once``: with the password, for one act at somebody else's screen; it begins no shift.
# ``client``: the access token of a machine, for minutes.
How = Literal["password", "oidc", "card", "pin", "once", "client"]
FULL: tuple[How, ...] = ("password", "oidc")
# What a pharmacist may do at a pharmacy, and only there, beside the role's own.
AT_PHARMACY = "at-pharmacy"
HANDS_OUT = ("nurse", "doctor", AT_PHARMACY)
MARK_SEEN = """
UPDATE staff_session SET seen_at = clock_timestamp() WHERE session_hash = %(session_hash)s
"""
ACTOR_COLUMNS = f"""
    s.staff_id, s.role, s.given_name, s.family_name, s.authorisation_id, s.unit_id,
    u.zone, u.name AS unit_name, u.kind AS unit_kind, ss.counter_id, c.name AS counter_name,
    ss.started_at, ss.seen_at, clock_timestamp() AS now, ss.how, ss.place, ss.locked_at,
    ss.opened_at, coalesce(ss.ended_at, s.ended_at) AS ended_at, ss.end_reason, ss.client_id,
    ss.expires_at, {POLICY_COLUMNS}
"""
ACTOR_SQL = f"""
SELECT {ACTOR_COLUMNS},
    -- From here to its end the transaction sees what the unit may see (row-level security).
    set_config('app.unit_id', s.unit_id::text, true) AS seen_as,
    -- And signs as whoever's session this is (decision 0024).
    set_config('app.session', encode(ss.session_hash, 'hex'), true) AS signs_as
FROM staff_session ss
JOIN staff s USING (staff_id)
JOIN unit u ON u.unit_id = s.unit_id
LEFT JOIN counter c ON c.counter_id = ss.counter_id
{POLICY_JOIN}
WHERE ss.session_hash = %(session_hash)s
"""
# Two sign-ins of one person come one after the other.
ONE_BY_ONE = "SELECT pg_advisory_xact_lock(hashtext('session of'), %(staff_id)s::int)"
STAFF = """
SELECT s.unit_id, s.role, u.views_chain, clock_timestamp() AS at,
    (clock_timestamp() AT TIME ZONE u.zone)::date AS today
FROM staff s JOIN unit u USING (unit_id)
WHERE s.staff_id = %(staff_id)s AND s.ended_at IS NULL
"""
REPLACE = """
UPDATE staff_session SET ended_at = clock_timestamp(), end_reason = %(reason)s
WHERE staff_id = %(staff_id)s AND place = %(place)s AND ended_at IS NULL
"""
OPEN = """
INSERT INTO staff_session (session_hash, staff_id, counter_id, started_at, seen_at, opened_at, how,
    place)
VALUES (%(session_hash)s, %(staff_id)s, %(counter_id)s,
    coalesce(%(started_at)s, clock_timestamp()), clock_timestamp(), clock_timestamp(), %(how)s,
    %(place)s)
"""
# Nobody else's session stays open at the place; parked, its owner finds it locked.
PARK_OTHERS = """
UPDATE staff_session SET locked_at = clock_timestamp()
WHERE place = %(place)s AND staff_id <> %(staff_id)s AND ended_at IS NULL AND locked_at IS NULL
"""
ALSO_AT = """
SELECT coalesce(u.name || ' · ' || c.name, '') FROM staff_session ss
LEFT JOIN counter c USING (counter_id) LEFT JOIN unit u USING (unit_id)
WHERE ss.staff_id = %(staff_id)s AND ss.ended_at IS NULL AND ss.locked_at IS NULL
    AND ss.place IS NOT NULL AND ss.place <> %(place)s
    AND ss.seen_at > clock_timestamp() - make_interval(secs => %(seconds)s)
    AND ss.started_at > clock_timestamp() - interval '24 hours' ORDER BY 1
"""
# Whoever signs out has ended the shift: what was left locked elsewhere opens by no PIN, whether it
# was locked by hand or because nobody touched it (which no column tells: ``Actor.locked``).
SIGN_OUT = f"""
UPDATE staff_session ss SET ended_at = coalesce(ended_at, clock_timestamp()),
    end_reason = 'signed-out'
WHERE staff_id = (SELECT staff_id FROM staff_session WHERE session_hash = %(session_hash)s)
    AND started_at > clock_timestamp() - interval '24 hours'
    AND (session_hash = %(session_hash)s OR ended_at IS NOT NULL OR locked_at IS NOT NULL
        OR (place IS NOT NULL AND seen_at < clock_timestamp() - make_interval(secs =>
            (SELECT coalesce(pol.lock_seconds, {DEFAULT.lock_seconds})
                FROM staff s JOIN unit u USING (unit_id) {POLICY_JOIN}
                WHERE s.staff_id = ss.staff_id) + {LOCK_GRACE.total_seconds():.0f})))
"""


class House(Protocol):
    """What the people area needs of the composition root (``wiring.Wiring`` has it)."""

    @property
    def pool(self) -> Pool: ...
    @property
    def limits(self) -> "SessionLimits": ...
    @property
    def secret(self) -> bytes: ...
    def seal(self, entry: Entry) -> Sealed: ...


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
    how: How = "password"
    place: str | None = None
    locked_at: datetime | None = None
    opened_at: datetime | None = None
    ended_at: datetime | None = None
    end_reason: str | None = None
    client_id: str | None = None
    expires_at: datetime | None = None
    lock_seconds: int = 60
    hide_seconds: int = 20
    idle_minutes: int = 60
    per_act_step: Step = "none"
    step_at: StepAt = "both"
    label_scan: LabelScan = "when_printed"
    unit_kind: str = "clinic"
    seen_as: str = ""
    signs_as: str = field(default="", repr=False)

    @property
    def policy(self) -> Policy:
        """What the unit has decided."""
        return Policy(
            self.lock_seconds,
            self.hide_seconds,
            self.idle_minutes,
            self.per_act_step,
            self.step_at,
            self.label_scan,
        )

    @property
    def acts_ask(self) -> Step:
        """The step that acts besides the hand-out carry; a machine's client has none to show."""
        return "none" if self.place is None else self.per_act_step

    @property
    def locked(self) -> bool:
        """Whether the screen was locked, or nobody has touched it for the unit's seconds."""
        if self.locked_at is not None:
            return True
        still = timedelta(seconds=self.lock_seconds) + LOCK_GRACE
        return self.place is not None and self.now - self.seen_at > still

    @property
    def seen_long_ago(self) -> bool:
        """Whether the session must be marked as used again; not at every request."""
        return self.now - self.seen_at > SEEN_STEP

    @property
    def short_name(self) -> str:
        """First initial and family name, as on the counter page."""
        return f"{self.given_name[:1]}. {self.family_name}"

    def must_be(self, *roles: str) -> None:
        """Raise Forbidden unless the actor has one of ``roles`` (``AT_PHARMACY``: see there)."""
        at_pharmacy = self.role == "pharmacist" and self.unit_kind == "pharmacy"
        if self.role not in roles and not (at_pharmacy and AT_PHARMACY in roles):
            named = [role for role in roles if role != AT_PHARMACY]
            raise Forbidden(f"this needs the role {' or '.join(named)}", roles=named)


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """How long after a full sign-in its sessions live."""

    hours: int = 12

    def live(self, actor: Actor) -> bool:
        """Whether the session is still good at ``actor.now``."""
        if actor.now - actor.started_at >= timedelta(hours=self.hours):
            return False
        if actor.expires_at is not None and actor.now >= actor.expires_at:
            return False
        # At a place it locks instead, and its owner opens it again.
        idle = actor.now - actor.seen_at
        return actor.place is not None or idle < timedelta(minutes=actor.idle_minutes)


@dataclass(frozen=True, slots=True)
class Opened:
    """A session just opened; ``also_at`` are other places where the person's screen is open."""

    actor: Actor
    also_at: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Staff:
    unit_id: int
    role: str
    views_chain: int
    at: datetime
    today: Any


def token_hash(token: str) -> bytes:
    """What the database keeps of a session token."""
    return hashlib.sha256(token.encode()).digest()


async def sign_in(
    house: House,
    username: str,
    password: str,
    counter_id: int | None,
    token: str,
    *,
    machine: str,
    device: str | None = None,
    how: How = "password",
) -> Opened:
    """Open a session for a name and password at a counter of the person's own unit.

    ``token`` is drawn by the caller; ``machine`` is the address tries are counted at, ``device``
    names a browser that stands at no counter; ``how`` is ``once`` for one act alone. Commits, also
    the count of wrong tries. Raises NotSignedIn for a wrong name or password (the two are not told
    apart), Forbidden for another unit's counter, and TooManyRequests while a crowd signs in.
    """
    staff_id = await check_password(house.pool, username, password, machine)
    return await open_session(house, staff_id, counter_id, token, how, device=device)


async def open_session(
    house: House,
    staff_id: int,
    counter_id: int | None,
    token: str,
    how: How,
    *,
    device: str | None = None,
    before: "Actor | None" = None,
    started_at: datetime | None = None,
) -> Opened:
    """Open a session for somebody whose identity was just verified; commits, with its entry.

    ``before`` is whose screen is taken over; their session is parked. ``started_at`` is the full
    sign-in a switch builds on; without it this is one. Raises Forbidden for another unit's counter
    and NotSignedIn for somebody who no longer works here.
    """
    place = before.place if before is not None else place_of(counter_id, device)
    full = started_at is None
    values = {
        "session_hash": token_hash(token),
        "staff_id": staff_id,
        "counter_id": counter_id,
        "started_at": started_at,
        "how": how,
        "place": place,
        "reason": "replaced" if full else "switched",
    }
    async with house.pool.connection() as connection:
        staff = await _lock_staff(connection, staff_id, counter_id)
        if place is not None:
            await connection.execute(REPLACE, values)
            if not full or before is not None:
                await connection.execute(PARK_OTHERS, values)
        if full:
            await connection.execute(FRESH_PIN, values)
        await connection.execute(OPEN, values)
        actor = await load_actor(connection, token, house.limits)
        elsewhere: Sequence[Any] = ()
        if place is not None:
            seconds = actor.lock_seconds + LOCK_GRACE.total_seconds()
            found = await connection.execute(ALSO_AT, values | {"seconds": seconds})
            elsewhere = await found.fetchall()
        if full:
            entry = entries.signed_in(
                staff.unit_id, staff_id, staff.today, staff.at, how=how, counter_id=counter_id
            )
        else:
            entry = entries.switched(
                staff.unit_id,
                staff_id,
                staff.today,
                staff.at,
                how=how,
                counter_id=counter_id,
                before=before.staff_id if before is not None else None,
            )
        await append(connection, house.seal(entry), staff.views_chain)
        await connection.commit()
    return Opened(actor, tuple(row[0] for row in elsewhere))


async def _lock_staff(
    connection: AsyncConnection[Any], staff_id: int, counter_id: int | None
) -> _Staff:
    await connection.execute(ONE_BY_ONE, {"staff_id": staff_id})
    async with connection.cursor(row_factory=class_row(_Staff)) as cursor:
        await cursor.execute(STAFF, {"staff_id": staff_id})
        staff = await cursor.fetchone()
    if staff is None:
        raise NotSignedIn("this person does not work here any more")
    if counter_id is not None:
        own = await connection.execute(
            "SELECT 1 FROM counter WHERE counter_id = %s AND unit_id = %s",
            (counter_id, staff.unit_id),
        )
        if await own.fetchone() is None:
            raise Forbidden("that counter belongs to another unit")
    return staff


async def sign_out(connection: AsyncConnection[Any], token: str) -> None:
    """End the session behind ``token`` and the shift it belongs to. Commits."""
    await connection.execute(SIGN_OUT, {"session_hash": token_hash(token)})
    await connection.commit()


async def end_session(connection: AsyncConnection[Any], token: str) -> None:
    """End one session alone, as the short one of a second person at the counter. Commits."""
    await connection.execute(
        "UPDATE staff_session SET ended_at = clock_timestamp(), end_reason = 'switched'"
        " WHERE session_hash = %s AND ended_at IS NULL",
        (token_hash(token),),
    )
    await connection.commit()


def accept(actor: Actor | None, limits: SessionLimits, *, also_locked: bool = False) -> Actor:
    """The actor of a live session. Raises NotSignedIn, SessionExpired, SessionLocked, Forbidden."""
    if actor is None:
        raise NotSignedIn("sign in first")
    if actor.ended_at is not None:
        if actor.end_reason == "replaced":
            raise NotSignedIn(
                "signed in again at this place since; sign in once more, nothing was changed",
                slug="signed-in-again",
            )
        raise NotSignedIn("sign in first")
    if not limits.live(actor):
        raise SessionExpired("the session has expired; sign in again, nothing was changed")
    if actor.locked and not also_locked:
        raise SessionLocked("the screen is locked; open it with the PIN, nothing was changed")
    if actor.client_id is not None:
        calling.let_through(actor.client_id)
    return actor


async def load_actor(
    connection: AsyncConnection[Any],
    token: str | None,
    limits: SessionLimits,
    *,
    also_locked: bool = False,
    quietly: bool = False,
) -> Actor:
    """Who acts behind a token; marks the session as seen, unless ``quietly``.

    Raises NotSignedIn, SessionExpired, SessionLocked.
    """
    if not token:
        raise NotSignedIn("sign in first")
    async with connection.cursor(row_factory=class_row(Actor)) as cursor:
        await cursor.execute(ACTOR_SQL, {"session_hash": token_hash(token)})
        actor = accept(await cursor.fetchone(), limits, also_locked=also_locked)
    if actor.seen_long_ago and not quietly and not actor.locked:
        await connection.execute(MARK_SEEN, {"session_hash": token_hash(token)})
    return actor
