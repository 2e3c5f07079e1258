"""What an administrator decides about endpoints: register, change the secret, stop, send again."""

from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from dispensing.errors import Conflict, NotFound, Unprocessable
from dispensing.once_per_key import Statement
from dispensing.outbox import entries, store
from dispensing.outbox.endpoint_secret import secret_of
from dispensing.people.sessions import Actor, load_actor
from dispensing.unit_acts import Place, UnitAnswer, UnitWriting, act_at_unit
from dispensing.wiring import Wiring
from integrations.webhooks.targets import TargetRefused, target_of

DECIDES = ("administrator",)
#: Of one unit; more would be a mistake, and each is told of everybody.
MOST_ENDPOINTS = 10


async def endpoints(wiring: Wiring, token: str | None) -> tuple[Actor, list[store.Endpoint]]:
    """The actor's unit's endpoints. Raises NotSignedIn, Forbidden."""
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, token, wiring.limits)
        actor.must_be(*DECIDES)
        found = await store.load_endpoints(connection, actor.unit_id)
        await connection.commit()
    return actor, found


async def messages(
    wiring: Wiring, token: str | None, endpoint_id: int, before: int | None = None
) -> list[store.Message]:
    """The newest messages to an endpoint. Raises NotSignedIn, Forbidden."""
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, token, wiring.limits)
        actor.must_be(*DECIDES)
        found = await store.load_messages(connection, actor.unit_id, endpoint_id, before=before)
        await connection.commit()
    return found


async def register(
    wiring: Wiring,
    token: str | None,
    url: str,
    key: str,
    *,
    own_acts: bool = False,
    loopback: bool = False,
) -> UnitAnswer:
    """Tell an address from now on. The answer holds the secret, this once.

    ``own_acts``: also of what the unit does itself. Raises Unprocessable for an address that
    messages may not go to, Conflict for one that is registered or one too many.
    """
    try:
        wanted = target_of(url.strip(), loopback=loopback).url
    except TargetRefused as refused:
        raise Unprocessable(str(refused), field="url") from None

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        known = await store.load_endpoints(connection, actor.unit_id)
        if any(one.url == wanted and one.disabled_at is None for one in known):
            raise Conflict("this address is registered", slug="webhook-known")
        if sum(one.disabled_at is None for one in known) >= MOST_ENDPOINTS:
            raise Conflict("too many addresses", slug="webhooks-too-many")
        row = await connection.execute(
            store.REGISTER,
            {
                "unit_id": actor.unit_id,
                "url": wanted,
                "own_acts": own_acts,
                "staff_id": actor.staff_id,
                "at": place.at,
            },
        )
        endpoint_id, salt = await row.fetchone() or (0, "")
        told = entries.registered(actor, place, endpoint_id, wanted, own_acts)
        answer = {"endpoint_id": endpoint_id, "generation": 1, "salt": str(salt)}
        return UnitWriting(answer, (), (told,), 201)

    asked = {"url": wanted, "own_acts": own_acts}
    return await act_at_unit(wiring, token, key, "register webhook", asked, build, roles=DECIDES)


async def rotate(wiring: Wiring, token: str | None, endpoint_id: int, key: str) -> UnitAnswer:
    """A new secret; the one before signs beside it for a day. Raises NotFound."""

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        generation, _, salt = await _locked(connection, actor, endpoint_id)
        told = entries.changed(actor, place, endpoint_id, "rotated")
        answer = {"endpoint_id": endpoint_id, "generation": generation + 1, "salt": str(salt)}
        statement: Statement = (store.ROTATE, {"endpoint_id": endpoint_id})
        return UnitWriting(answer, (statement,), (told,))

    verb = "rotate webhook"
    return await act_at_unit(wiring, token, key, verb, endpoint_id, build, roles=DECIDES)


async def switch(
    wiring: Wiring, token: str | None, endpoint_id: int, enabled: bool, key: str
) -> UnitAnswer:
    """Tell an address no more, or again. Raises NotFound, Conflict where it is so already."""

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        _, was, _ = await _locked(connection, actor, endpoint_id)
        if was is enabled:
            raise Conflict("it is so already", slug="webhook-as-asked")
        told = entries.changed(actor, place, endpoint_id, "enabled" if enabled else "disabled")
        asked = {"endpoint_id": endpoint_id}
        statement: Statement = (store.ENABLE if enabled else store.DISABLE, asked)
        return UnitWriting({"endpoint_id": endpoint_id, "enabled": enabled}, (statement,), (told,))

    verb = {"endpoint": endpoint_id, "enabled": enabled}
    return await act_at_unit(wiring, token, key, "switch webhook", verb, build, roles=DECIDES)


async def replay(
    wiring: Wiring,
    token: str | None,
    endpoint_id: int,
    key: str,
    *,
    message_id: int | None = None,
    since: datetime | None = None,
) -> UnitAnswer:
    """Send one message again, or all since a moment, under their own ids. Raises NotFound."""
    if (message_id is None) == (since is None):
        raise Unprocessable("name one message, or a moment", field="since")

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        await _locked(connection, actor, endpoint_id)
        asked = {"endpoint_id": endpoint_id, "message_id": message_id, "since": since}
        count = (await connection.execute(store.REPLAY, asked)).rowcount
        told = entries.changed(actor, place, endpoint_id, "replayed", count)
        return UnitWriting({"endpoint_id": endpoint_id, "messages": count}, (), (told,))

    verb = {"endpoint": endpoint_id, "message": message_id, "since": since}
    return await act_at_unit(wiring, token, key, "replay webhook", verb, build, roles=DECIDES)


def with_secret(wiring: Wiring, answer: UnitAnswer) -> dict[str, Any]:
    """The answer of a registration or rotation with its secret; a repeated key shows it again."""
    body = {name: value for name, value in answer.body.items() if name != "salt"}
    secret = secret_of(wiring.secret, UUID(answer.body["salt"]), body["generation"])
    return {**body, "secret": secret}


async def _locked(
    connection: AsyncConnection[Any], actor: Actor, endpoint_id: int
) -> tuple[int, bool, UUID]:
    """Generation, whether it is enabled, its salt. Raises NotFound for another unit's."""
    asked = {"endpoint_id": endpoint_id, "unit_id": actor.unit_id}
    row = await (await connection.execute(store.LOCKED, asked)).fetchone()
    if row is None:
        raise NotFound("no such endpoint here")
    return row[1], row[2], row[3]
