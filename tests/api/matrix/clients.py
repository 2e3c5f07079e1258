"""Machine clients as pages need them; their own routes carry no session (tests/api/clients)."""

import json
from functools import cache
from itertools import count

from joserfc.jwk import ECKey

from dispensing.clients import by_command
from dispensing.clients.terms import NewClient, Terms
from tests.api.matrix.ground import Ground, Route

_numbers = count(1)
ROUTES: dict[str, Route] = {}
CLIENT_PAGES = (
    "GET /klienter",
    "POST /klienter",
    "GET /klienter/{client_id}",
    "POST /klienter/{client_id}",
    "POST /klienter/{client_id}/adgang",
)
# A machine has no session before it asks for one.
ENDPOINTS = dict.fromkeys(
    (
        "POST /oauth2/token",
        "GET /.well-known/smart-configuration",
        "GET /fhir/.well-known/smart-configuration",
        "GET /.well-known/oauth-authorization-server",
    ),
    "tests/api/clients",
)


@cache
def public_key() -> str:
    """A public key as it is pasted."""
    return json.dumps(ECKey.generate_key("P-384", {"kid": "k1"}).as_dict(private=False))


def client_of(ground: Ground, *cards: str) -> str:
    """A system of the unit, for the people on a list where cards are named; its id."""
    client_id = f"system-{next(_numbers)}"
    people = "named" if cards else "unit"
    terms = Terms(public_key(), ("system/Patient.rs",), people, cards)
    new = NewClient(client_id, "Enhedens system", "system", "nurse", ground.unit_id, terms)
    administrator = f"administrator{ground.unit_id}"
    by_command.register(ground.scene.connection, administrator, new, None)
    return client_id


def called(ground: Ground) -> None:
    """A client with a list of people, which has called."""
    person = ground.person()
    ground.scene.run(
        "INSERT INTO machine_call (client_id, unit_id, at, method, route, status, person_id)"
        " VALUES (%s, %s, now(), 'GET', '/api/v1/people/{person_id}', 200, %s)",
        client_of(ground, f"K-{person:04d}"),
        ground.unit_id,
        person,
    )
