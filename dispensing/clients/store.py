"""Machine clients as rows: who they are, what holds for them now, whom they may see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from psycopg import AsyncConnection
from psycopg.rows import class_row

Kind = Literal["pharmacy", "system"]
People = Literal["unit", "named"]
Role = Literal["pharmacist", "nurse", "auditor"]

NEWEST = """
JOIN LATERAL (SELECT q.* FROM machine_client_terms q WHERE q.client_id = c.client_id
    ORDER BY q.version DESC LIMIT 1) t ON true
"""
COLUMNS = """
    c.client_id, c.unit_id, c.acts_at, c.staff_id, c.name, c.kind, c.role, c.counter_id,
    c.registered_at, u.name AS acts_at_name, t.version, t.jwks, t.jwks_url, t.scopes, t.people,
    t.thumbprint, t.disabled_why
"""
KNOWN = f"""
SELECT {COLUMNS}, clock_timestamp() AS now FROM machine_client c
JOIN unit u ON u.unit_id = c.acts_at {NEWEST} WHERE c.client_id = %(client_id)s
"""
OF_UNIT = f"""
SELECT {COLUMNS}, clock_timestamp() AS now,
    (SELECT max(k.at) FROM machine_call k WHERE k.client_id = c.client_id) AS last_used_at,
    (SELECT count(*) FROM machine_client_person l
        WHERE (l.client_id, l.version) = (t.client_id, t.version)) AS named
FROM machine_client c JOIN unit u ON u.unit_id = c.acts_at {NEWEST}
WHERE c.unit_id = %(unit_id)s ORDER BY c.name, c.client_id
"""
NAMED = """
SELECT p.person_id, p.card_code FROM machine_client_person l JOIN person p USING (person_id)
WHERE l.client_id = %(client_id)s AND l.version = %(version)s ORDER BY p.card_code
"""
RECENT = """
SELECT at, method, route, status FROM machine_call WHERE client_id = %(client_id)s
ORDER BY call_id DESC LIMIT 50
"""
# A pharmacy takes anybody's people; a counter is where its bottles stand.
PLACES = """
SELECT u.unit_id, u.code, u.name, u.kind,
    (SELECT min(c.counter_id) FROM counter c WHERE c.unit_id = u.unit_id) AS counter_id
FROM unit u WHERE u.unit_id = %(unit_id)s OR u.kind = 'pharmacy' ORDER BY u.unit_id
"""
# Only people of the two units: unknown and another's are not told apart.
BY_CARDS = """
SELECT p.card_code, coalesce(p.merged_into_id, p.person_id) AS person_id FROM person p
WHERE p.card_code = ANY (%(cards)s) AND (p.unit_id IN (%(unit_id)s, %(acts_at)s)
    OR p.right_holder_unit_id IN (%(unit_id)s, %(acts_at)s))
"""
INSERT_CLIENT = """
INSERT INTO machine_client (client_id, unit_id, acts_at, name, kind, role, counter_id,
    registered_by, registered_at)
VALUES (%(client_id)s, %(unit_id)s, %(acts_at)s, %(name)s, %(kind)s, %(role)s, %(counter_id)s,
    %(by)s, %(at)s)
RETURNING staff_id
"""
INSERT_TERMS = """
INSERT INTO machine_client_terms (client_id, version, unit_id, jwks, jwks_url, scopes, people,
    thumbprint, disabled_why, decided_by, decided_at)
VALUES (%(client_id)s, %(version)s, %(unit_id)s, %(jwks)s, %(jwks_url)s, %(scopes)s, %(people)s,
    %(thumbprint)s, %(disabled_why)s, %(by)s, %(at)s)
"""
INSERT_NAMED = """
INSERT INTO machine_client_person (client_id, version, person_id, unit_id, acts_at, decided_by,
    decided_at)
SELECT %(client_id)s, %(version)s, unnest(%(person_ids)s::bigint[]), %(unit_id)s, %(acts_at)s,
    %(by)s, %(at)s
"""
# Whatever changes holds at once: a token was opened under what held before.
END_TOKENS = """
UPDATE staff_session SET ended_at = clock_timestamp(), end_reason = 'removed'
WHERE client_id = %(client_id)s AND ended_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Client:
    """A client with what holds for it now, at the database's moment ``now``."""

    client_id: str
    unit_id: int
    acts_at: int
    staff_id: int
    name: str
    kind: Kind
    role: Role
    counter_id: int | None
    registered_at: datetime
    acts_at_name: str
    version: int
    jwks: Sequence[Mapping[str, Any]] | None
    jwks_url: str | None
    scopes: Sequence[str]
    people: People
    thumbprint: str | None
    disabled_why: str | None
    now: datetime
    last_used_at: datetime | None = None
    named: int = 0

    @property
    def kids(self) -> list[str]:
        """The ids of the keys uploaded."""
        return [str(one["kid"]) for one in self.jwks or ()]


@dataclass(frozen=True, slots=True)
class CallLine:
    """One call, as the page of a client shows it."""

    at: datetime
    method: str
    route: str
    status: int


@dataclass(frozen=True, slots=True)
class ActsAt:
    """A unit a client may act at."""

    unit_id: int
    code: str
    name: str
    kind: str
    counter_id: int | None


async def client_of(connection: AsyncConnection[Any], client_id: str) -> Client | None:
    """The client of that id, whoever asks."""
    async with connection.cursor(row_factory=class_row(Client)) as cursor:
        await cursor.execute(KNOWN, {"client_id": client_id})
        return await cursor.fetchone()


async def clients_of(connection: AsyncConnection[Any], unit_id: int) -> list[Client]:
    """The clients a unit answers for, by name."""
    async with connection.cursor(row_factory=class_row(Client)) as cursor:
        await cursor.execute(OF_UNIT, {"unit_id": unit_id})
        return await cursor.fetchall()


async def named_people(connection: AsyncConnection[Any], client: Client) -> list[tuple[int, str]]:
    """The people the client may see, by number and card code, where that is a list."""
    asked = {"client_id": client.client_id, "version": client.version}
    return await (await connection.execute(NAMED, asked)).fetchall()


async def recent_calls(connection: AsyncConnection[Any], client_id: str) -> list[CallLine]:
    """The client's last fifty calls, newest first."""
    async with connection.cursor(row_factory=class_row(CallLine)) as cursor:
        await cursor.execute(RECENT, {"client_id": client_id})
        return await cursor.fetchall()


async def places(connection: AsyncConnection[Any], unit_id: int) -> list[ActsAt]:
    """Where clients of a unit may act: at home, and at pharmacies."""
    async with connection.cursor(row_factory=class_row(ActsAt)) as cursor:
        await cursor.execute(PLACES, {"unit_id": unit_id})
        return await cursor.fetchall()
