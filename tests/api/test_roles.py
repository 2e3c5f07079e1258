"""Who may do what: every route of the API against every role. A new route needs a row here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api import stock_routes
from tests.api.client import Counter, problem, sign_in
from tests.api.numbers import a_number
from tests.scene import PASSWORD, Scene

ROLES = ("nurse", "doctor", "pharmacist", "auditor", "administrator", "nobody")
HANDS_OUT = "nurse doctor"


@dataclass(frozen=True)
class Ground:
    """What a request is made of: the clinic, and a nurse who prepares what it is about."""

    scene: Scene
    nurse: Counter

    def person(self, **changes: Any) -> int:
        return self.scene.person(**changes)

    def reserved(self) -> int:
        return self.nurse.reserved(self.person())

    def given(self) -> int:
        return self.nurse.given(self.person())

    def numbered(self) -> str:
        """The path of a person's number."""
        person = self.person()
        body = {"number": a_number()}
        done = self.nurse.send("POST", f"/people/{person}/identifiers", body).json()
        return f"/people/{person}/identifiers/{done['identifier_id']}"

    def observed(self) -> int:
        """A hand-out whose observation is over."""
        person = self.person()
        self.scene.indkald(person)
        reservation = self.nurse.given(person)
        self.scene.run(
            "UPDATE observation SET started_at = started_at - interval '2 hours',"
            " due_at = due_at - interval '2 hours' WHERE reservation_id = %s",
            reservation,
        )
        return reservation


Sent = tuple[str, Any]
Make = Callable[[Ground], Sent]

SEEN = {"identifiers": ["photo", "card"], "observed": {"affected": False}}
ANSWER = {"allow": True, "rule_ids": ["missed-days"], "reason": "seen"}


def about(ground: Ground, reservation: int, what: str, **body: Any) -> Sent:
    return f"/reservations/{reservation}/{what}", body


# Route, the roles that may, what is answered to the others, and a request that would be met.
ROUTES: dict[str, tuple[str, int, Make]] = {
    "POST /sessions": (
        " ".join(ROLES),
        401,
        lambda g: ("/sessions", {"username": "nurse1b", "password": PASSWORD}),
    ),
    # Signing out twice, or with a token that is none, leaves nobody signed in either way.
    "DELETE /sessions": (
        " ".join(ROLES),
        401,
        lambda g: ("/sessions", None),
    ),
    "POST /reservations": (
        HANDS_OUT,
        403,
        lambda g: ("/reservations", g.nurse.order(g.person())),
    ),
    "POST /checks": (HANDS_OUT, 403, lambda g: ("/checks", g.nurse.order(g.person()))),
    "POST /reservations/{reservation_id}/given": (
        HANDS_OUT,
        403,
        lambda g: about(g, g.reserved(), "given", **SEEN),
    ),
    "POST /reservations/{reservation_id}/returned": (
        HANDS_OUT,
        403,
        lambda g: about(g, g.reserved(), "returned"),
    ),
    "POST /reservations/{reservation_id}/refused": (
        HANDS_OUT,
        403,
        lambda g: about(g, g.reserved(), "refused"),
    ),
    "POST /reservations/{reservation_id}/spilled": (
        HANDS_OUT,
        403,
        lambda g: about(g, g.reserved(), "spilled", note="dropped"),
    ),
    "POST /reservations/{reservation_id}/doubts": (
        HANDS_OUT,
        403,
        lambda g: about(g, g.reserved(), "doubts"),
    ),
    "POST /reservations/{reservation_id}/reversals": (
        HANDS_OUT,
        403,
        lambda g: about(g, g.given(), "reversals", reason="mistake"),
    ),
    "POST /reservations/{reservation_id}/vomits": (
        HANDS_OUT,
        403,
        lambda g: about(g, g.given(), "vomits", minutes_after=0, witnessed=True),
    ),
    "POST /reservations/{reservation_id}/observations": (
        HANDS_OUT,
        403,
        lambda g: about(g, g.observed(), "observations", state="completed", affected=False),
    ),
    "POST /people/{person_id}/declines": (
        HANDS_OUT,
        403,
        lambda g: (f"/people/{g.person()}/declines", {}),
    ),
    "POST /questions": (
        HANDS_OUT,
        403,
        lambda g: ("/questions", {"order": g.nurse.order(g.person(last_covered_days_ago=4))}),
    ),
    "GET /questions": ("doctor", 403, lambda g: ("/questions", None)),
    "POST /people/{person_id}/decisions": (
        "doctor",
        403,
        lambda g: (f"/people/{g.person()}/decisions", ANSWER),
    ),
    "GET /people": (HANDS_OUT, 403, lambda g: ("/people?text=Person", None)),
    "POST /people/searches": (HANDS_OUT, 403, lambda g: ("/people/searches", {"text": "Person"})),
    "GET /people/{person_id}/identifiers": (
        HANDS_OUT,
        403,
        lambda g: (f"/people/{g.person()}/identifiers", None),
    ),
    "POST /people/{person_id}/identifiers": (
        HANDS_OUT,
        403,
        lambda g: (f"/people/{g.person()}/identifiers", {"number": a_number()}),
    ),
    "POST /people/{person_id}/identifiers/{identifier_id}/shown": (
        HANDS_OUT,
        403,
        lambda g: (f"{g.numbered()}/shown", {"reason": "referral"}),
    ),
    "POST /people/{person_id}/identifiers/{identifier_id}/withdrawn": (
        HANDS_OUT,
        403,
        lambda g: (f"{g.numbered()}/withdrawn", {"reason": "somebody else's"}),
    ),
    # Not told apart from an unknown person.
    "GET /people/{person_id}": (HANDS_OUT, 403, lambda g: (f"/people/{g.person()}", None)),
    "GET /today": (HANDS_OUT, 403, lambda g: ("/today", None)),
    "POST /days/{day}/close": (
        HANDS_OUT,
        403,
        lambda g: (f"/days/{g.nurse.today.replace(day=1)}/close", None),
    ),
    **stock_routes.ROUTES,
}


@pytest.fixture(scope="module")
def ground(scene: Scene, nurse: Counter) -> Ground:
    return Ground(scene, nurse)


@pytest.fixture(scope="module")
def signed_in() -> dict[str, Counter]:
    """The sessions opened so far, by role."""
    return {}


@pytest.fixture
def actor(
    http: TestClient,
    scene: Scene,
    signed_in: dict[str, Counter],
    request: pytest.FixtureRequest,
) -> Counter:
    """Somebody of the role; who signed out signs in again."""
    role = request.param
    if role == "nobody":
        return Counter(http, "no-such-token", scene.today)
    if role not in signed_in or request.node.callspec.params["route"] == "DELETE /sessions":
        signed_in[role] = sign_in(http, scene, f"{role}1")
    counter = signed_in[role]
    if request.node.callspec.params["route"] == "DELETE /sessions":
        del signed_in[role]
    return counter


@pytest.mark.parametrize("actor", ROLES, indirect=True)
@pytest.mark.parametrize("route", ROUTES)
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
