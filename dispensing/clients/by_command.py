"""Registering and disabling clients from the command line, with the owner's role.

For the demonstration, for tests, and for a house without a page at hand. The administrator named
must be one; rows and entries are those of the page.
"""

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from audit.ledger.append import APPEND_SQL, append_parameters
from audit.ledger.entry import KEY_BYTES, Entry, seal
from dispensing.clients import entries, store
from dispensing.clients.store import ActsAt, Client
from dispensing.clients.terms import Checked, NewClient, checked, checked_new, row
from dispensing.errors import Conflict, NotFound, Unprocessable, has_cpr

Connection = psycopg.Connection[Any]
ADMINISTRATOR = """
SELECT s.staff_id, u.unit_id, u.views_chain, clock_timestamp() AS at,
    (clock_timestamp() AT TIME ZONE u.zone)::date AS today
FROM staff s JOIN unit u USING (unit_id)
WHERE s.username = %(by)s AND s.role = 'administrator' AND s.ended_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class _Administrator:
    staff_id: int
    unit_id: int
    views_chain: int
    at: datetime
    today: date

    def who(self) -> dict[str, Any]:
        return {"unit_id": self.unit_id, "by": self.staff_id, "at": self.at}


def _by(connection: Connection, by: str) -> _Administrator:
    with connection.cursor(row_factory=class_row(_Administrator)) as cursor:
        found = cursor.execute(ADMINISTRATOR, {"by": by.strip().lower()}).fetchone()
    if found is None:
        raise NotFound("no administrator of that name")
    return found


def _write(
    connection: Connection, admin: _Administrator, kind: str, facts: Mapping[str, object]
) -> None:
    entry = Entry(
        kind=kind,
        unit_id=admin.unit_id,
        actor_id=admin.staff_id,
        on=admin.today,
        facts={"at": admin.at.isoformat(), **facts},
    )
    sealed = seal(entry, secrets.token_bytes(KEY_BYTES))
    connection.execute(APPEND_SQL, append_parameters(sealed, admin.views_chain))


def acts_at(connection: Connection, by: str, code: str | None) -> ActsAt:
    """The unit a client of that administrator may act at, by its code; the own one without.

    Raises NotFound.
    """
    admin = _by(connection, by)
    with connection.cursor(row_factory=class_row(ActsAt)) as cursor:
        found = cursor.execute(store.PLACES, {"unit_id": admin.unit_id}).fetchall()
    for one in found:
        if one.code == code or (code is None and one.unit_id == admin.unit_id):
            return one
    raise NotFound("no such unit, or no pharmacy")


def register(connection: Connection, by: str, new: NewClient, counter_id: int | None) -> int:
    """Register a client; answers the number of its row of staff and commits.

    Raises as ``registering.register``.
    """
    checked_new(new)
    terms = checked(new.terms)
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('machine clients'))")
        admin = _by(connection, by)
        if connection.execute(store.KNOWN, {"client_id": new.client_id}).fetchone() is not None:
            raise Conflict("this client id is taken", slug="client-known")
        who = admin.who()
        values = asdict(new) | who | {"counter_id": counter_id, "name": new.name.strip()}
        values.pop("terms")
        try:
            made = connection.execute(store.INSERT_CLIENT, values).fetchone()
        except psycopg.errors.InsufficientPrivilege:
            raise Unprocessable("a pharmacy's client acts at a pharmacy", field="acts_at") from None
        if made is None:
            raise RuntimeError("a client was not registered")
        person_ids = _people(connection, terms, admin.unit_id, new.acts_at)
        _terms(connection, new.client_id, 1, terms, who)
        named = {"client_id": new.client_id, "version": 1, "person_ids": person_ids}
        connection.execute(store.INSERT_NAMED, who | named | {"acts_at": new.acts_at})
        facts = entries.registered(
            new.client_id,
            name=values["name"],
            kind=new.kind,
            role=new.role,
            acts_at=new.acts_at,
            staff_id=made[0],
        )
        facts |= entries.terms_facts(terms, person_ids)
        _write(connection, admin, "client-registered", facts)
    return int(made[0])


def _terms(
    connection: Connection,
    client_id: str,
    version: int,
    terms: Checked,
    who: Mapping[str, Any],
    disabled_why: str | None = None,
) -> None:
    values = row(client_id, version, terms, who, disabled_why)
    values["jwks"] = Jsonb(terms.jwks) if terms.jwks is not None else None
    connection.execute(store.INSERT_TERMS, values)


def _people(connection: Connection, terms: Checked, unit_id: int, acts_at: int) -> list[int]:
    if not terms.cards:
        return []
    asked = {"cards": terms.cards, "unit_id": unit_id, "acts_at": acts_at}
    found = dict(connection.execute(store.BY_CARDS, asked).fetchall())
    if len(found) != len(terms.cards):
        raise Unprocessable("a card of nobody who comes here", field="cards")
    return sorted(set(found.values()))


def disable(connection: Connection, by: str, client_id: str, why: str) -> None:
    """The client gets no token any more and those it has end; commits.

    Raises NotFound for another unit's client, Conflict for one that is disabled already.
    """
    if len(why.strip()) < 3 or has_cpr(why):
        raise Unprocessable("write why, in a few words", field="reason")
    with connection.transaction():
        admin = _by(connection, by)
        with connection.cursor(row_factory=class_row(Client)) as cursor:
            client = cursor.execute(store.KNOWN, {"client_id": client_id}).fetchone()
        if client is None or client.unit_id != admin.unit_id:
            raise NotFound("no such client of this administrator's unit")
        if client.disabled_why is not None:
            raise Conflict("it is disabled already", slug="client-so-already")
        named = {"client_id": client_id, "version": client.version + 1}
        kept = Checked(
            [dict(one) for one in client.jwks] if client.jwks is not None else None,
            client.jwks_url,
            list(client.scopes),
            client.people,
            [],
            client.thumbprint,
        )
        who = admin.who()
        _terms(connection, client_id, client.version + 1, kept, who, why.strip())
        ids = [
            one
            for (one,) in connection.execute(
                "SELECT person_id FROM machine_client_person WHERE (client_id, version) = (%s, %s)",
                (client_id, client.version),
            )
        ]
        connection.execute(
            store.INSERT_NAMED, who | named | {"person_ids": ids, "acts_at": client.acts_at}
        )
        connection.execute(store.END_TOKENS, {"client_id": client_id})
        _write(connection, admin, "client-disabled", {"client": client_id, "reason": why.strip()})
