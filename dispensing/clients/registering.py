"""Registering a client, changing what holds for it, disabling and enabling it, by an administrator.

Each is one act with its entry in the unit's chain of views, and ends every token that is open.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from dispensing.clients import entries, store
from dispensing.clients.store import Client
from dispensing.clients.terms import Checked, NewClient, Terms, checked, checked_new, row
from dispensing.errors import Conflict, NotFound, StalePage, Unprocessable, has_cpr
from dispensing.people.sessions import Actor
from dispensing.unit_acts import Place, UnitAnswer, UnitWriting, act_at_unit, unit_entry
from dispensing.wiring import Wiring

KEEPS = ("administrator",)
LEAST_WHY, LONGEST_WHY = 3, 500
Who = dict[str, Any]


def _who(actor: Actor, place: Place) -> Who:
    return {"unit_id": actor.unit_id, "by": actor.staff_id, "at": place.at}


def terms_row(client_id: str, version: int, terms: Checked, who: Mapping[str, Any]) -> Who:
    """Parameters of ``INSERT_TERMS``."""
    made = row(client_id, version, terms, who)
    return made | {"jwks": Jsonb(terms.jwks) if terms.jwks is not None else None}


async def _people(
    connection: AsyncConnection[Any], terms: Checked, unit_id: int, acts_at: int
) -> list[int]:
    """The people of a list by card. Raises Unprocessable for a card of nobody who comes here."""
    if not terms.cards:
        return []
    asked = {"cards": terms.cards, "unit_id": unit_id, "acts_at": acts_at}
    found = dict(await (await connection.execute(store.BY_CARDS, asked)).fetchall())
    if len(found) != len(terms.cards):
        raise Unprocessable("a card of nobody who comes here", field="cards", why="unknown")
    return sorted(set(found.values()))


async def register(wiring: Wiring, token: str, new: NewClient, key: str) -> UnitAnswer:
    """Register a client that acts at the administrator's unit or at a pharmacy.

    Raises Unprocessable for a value that is none, Conflict (``client-known``) for an id that is
    taken, and as ``act_at_unit``.
    """
    checked_new(new)
    terms = checked(new.terms)

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        there = {one.unit_id: one for one in await store.places(connection, actor.unit_id)}
        at = there.get(new.acts_at)
        if at is None or (at.kind == "pharmacy") != (new.kind == "pharmacy"):
            raise Unprocessable("a pharmacy's client acts at a pharmacy", field="acts_at")
        await connection.execute("SELECT pg_advisory_xact_lock(hashtext('machine clients'))")
        if await store.client_of(connection, new.client_id) is not None:
            raise Conflict("this client id is taken", slug="client-known")
        person_ids = await _people(connection, terms, actor.unit_id, new.acts_at)
        who = _who(actor, place)
        named = {"client_id": new.client_id, "version": 1, "person_ids": person_ids}
        values = asdict(new) | who | {"name": new.name.strip(), "counter_id": at.counter_id}
        values.pop("terms")
        made = await (await connection.execute(store.INSERT_CLIENT, values)).fetchone()
        if made is None:
            raise RuntimeError("a client was not registered")
        facts = entries.registered(
            new.client_id,
            name=values["name"],
            kind=new.kind,
            role=new.role,
            acts_at=new.acts_at,
            staff_id=made[0],
        ) | entries.terms_facts(terms, person_ids)
        return UnitWriting(
            {"client_id": new.client_id, "staff_id": made[0]},
            (
                (store.INSERT_TERMS, terms_row(new.client_id, 1, terms, who)),
                (store.INSERT_NAMED, who | named | {"acts_at": new.acts_at}),
            ),
            (unit_entry("client-registered", actor, place, facts),),
            201,
        )

    return await act_at_unit(
        wiring, token, key, "register client", new, build, roles=KEEPS, chain="views"
    )


async def _own(connection: AsyncConnection[Any], actor: Actor, client_id: str) -> Client:
    found = await store.client_of(connection, client_id)
    if found is None or found.unit_id != actor.unit_id:
        raise NotFound("no such client here")
    return found


async def change(
    wiring: Wiring, token: str, client_id: str, version: int, terms: Terms, key: str
) -> UnitAnswer:
    """Other keys, scopes, people or certificate, from now on; open tokens end.

    ``version`` is the one the page showed (StalePage for an older). Empty ``keys`` keep those
    there are. A disabled client stays disabled.
    """

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        client = await _own(connection, actor, client_id)
        if client.version != version:
            raise StalePage("somebody has changed the client since")
        kept = terms if terms.keys.strip() else _with_keys(terms, client)
        made = checked(kept)
        person_ids = await _people(connection, made, actor.unit_id, client.acts_at)
        facts = {"client": client_id, "version": version + 1}
        facts |= entries.terms_facts(made, person_ids)
        return _written(client, actor, place, made, person_ids, "client-changed", facts)

    asked = (version, terms)
    return await act_at_unit(
        wiring, token, key, f"change client {client_id}", asked, build, roles=KEEPS, chain="views"
    )


def _with_keys(terms: Terms, client: Client) -> Terms:
    import json

    keys = client.jwks_url or json.dumps({"keys": client.jwks})
    return Terms(keys, terms.scopes, terms.people, terms.cards, terms.thumbprint)


def _written(
    client: Client,
    actor: Actor,
    place: Place,
    terms: Checked,
    person_ids: list[int],
    kind: str,
    facts: Mapping[str, Any],
    *,
    disabled_why: str | None = None,
) -> UnitWriting:
    """The next version of a client's terms, its list, the end of its tokens, and the entry."""
    who, version = _who(actor, place), client.version + 1
    why = disabled_why if kind != "client-changed" else client.disabled_why
    named = {"client_id": client.client_id, "version": version, "person_ids": person_ids}
    terms_values = terms_row(client.client_id, version, terms, who) | {"disabled_why": why}
    return UnitWriting(
        {"client_id": client.client_id, "version": version},
        (
            (store.INSERT_TERMS, terms_values),
            (store.INSERT_NAMED, who | named | {"acts_at": client.acts_at}),
            (store.END_TOKENS, {"client_id": client.client_id}),
        ),
        (unit_entry(kind, actor, place, facts),),
    )


async def set_open(
    wiring: Wiring, token: str, client_id: str, version: int, why: str, key: str, *, enabled: bool
) -> UnitAnswer:
    """Disable a client, or let it in again; both with a reason. Open tokens end at once."""
    why = why.strip()
    if not LEAST_WHY <= len(why) <= LONGEST_WHY or has_cpr(why):
        raise Unprocessable("write why, in a few words", field="reason")

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        client = await _own(connection, actor, client_id)
        if client.version != version:
            raise StalePage("somebody has changed the client since")
        if (client.disabled_why is None) == enabled:
            raise Conflict("it is so already", slug="client-so-already")
        terms = Checked(
            [dict(one) for one in client.jwks] if client.jwks is not None else None,
            client.jwks_url,
            list(client.scopes),
            client.people,
            [],
            client.thumbprint,
        )
        asked = {"client_id": client_id, "version": version}
        rows = await (await connection.execute(NAMED_IDS, asked)).fetchall()
        kind = "client-enabled" if enabled else "client-disabled"
        return _written(
            client,
            actor,
            place,
            terms,
            [one for (one,) in rows],
            kind,
            {"client": client_id, "reason": why},
            disabled_why=None if enabled else why,
        )

    verb = f"{'enable' if enabled else 'disable'} client {client_id}"
    return await act_at_unit(
        wiring, token, key, verb, (version, why), build, roles=KEEPS, chain="views"
    )


NAMED_IDS = """
SELECT person_id FROM machine_client_person
WHERE client_id = %(client_id)s AND version = %(version)s
"""
