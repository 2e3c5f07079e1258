"""Who may do what: every route of the API against every role. A new route needs a row in
``tests/api/matrix``."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.client import Counter, problem, sign_in
from tests.api.matrix import ROUTES
from tests.api.matrix.downtime import UPSETS
from tests.api.matrix.ground import ROLES, Ground
from tests.scene import Scene

# Routes after which the session is no longer the same; they are asked at a counter of their own.
SPENDS = (
    "DELETE /sessions",
    "POST /sessions/lock",
    "POST /sessions/unlock",
    "POST /sessions/switch",
)
APART = 9
CELLS = [
    (route, role)
    for route, (may, _, _) in ROUTES.items()
    for role in ROLES
    if route not in UPSETS or role not in may.split()
]


@pytest.fixture(scope="module")
def ground(scene: Scene, nurse: Counter) -> Ground:
    return Ground(scene, nurse)


@pytest.fixture(scope="module")
def signed_in(nurse: Counter) -> dict[str, Counter]:
    """The sessions opened so far, by role. The nurse who prepares is the nurse who asks."""
    return {"nurse": nurse}


@pytest.fixture
def actor(
    http: TestClient,
    scene: Scene,
    signed_in: dict[str, Counter],
    request: pytest.FixtureRequest,
) -> Counter:
    """Somebody of the role."""
    role = request.param
    if role == "nobody":
        return Counter(http, "no-such-token", scene.today)
    if request.node.callspec.params["route"] in SPENDS:
        scene.run("INSERT INTO counter VALUES (%s, 1, 'Bagved') ON CONFLICT DO NOTHING", APART)
        return sign_in(http, scene, f"{role}1", APART)
    if role not in signed_in:
        signed_in[role] = sign_in(http, scene, f"{role}1")
    return signed_in[role]


@pytest.mark.parametrize(("route", "actor"), CELLS, indirect=["actor"])
def test_only_these_roles_may(
    ground: Ground, actor: Counter, route: str, request: pytest.FixtureRequest
) -> None:
    """H22, H24: what is refused is refused on the server, with nothing recorded of it."""
    role = request.node.callspec.params["actor"]
    may, refused, make = ROUTES[route]
    method = route.partition(" ")[0]
    path, body = make(ground)
    entries = "SELECT coalesce(sum(seq), 0) FROM ledger_head"
    before = ground.scene.one(entries)
    answer = actor.send(method, path, body)
    if role in may.split():
        assert answer.status_code < 300, answer.text
        return
    problem(answer, 401 if role == "nobody" else refused)
    assert ground.scene.one(entries) == before


def api_routes(http: TestClient) -> set[str]:
    """Every route of the application under /api/v1, also one left out of its description."""
    found: set[str] = set()
    waiting: list[Any] = list(http.app.routes)  # type: ignore[attr-defined]
    while waiting:
        route = waiting.pop()
        if inner := getattr(route, "original_router", None):
            waiting.extend(inner.routes)
            continue
        path = getattr(route, "path", "")
        if path.startswith("/api/"):
            methods = (getattr(route, "methods", None) or {"?"}) - {"HEAD"}
            found |= {f"{method} {path.removeprefix('/api/v1')}" for method in methods}
    return found


def test_every_route_has_its_row(http: TestClient) -> None:
    """H24: a route that nobody thought about does not ship."""
    assert api_routes(http) - {"GET /openapi.json"} == set(ROUTES)
