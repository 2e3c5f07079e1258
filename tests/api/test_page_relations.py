"""Every page against every role, and whose person it is. A new page needs its row in
``tests/api/page_rules.py``."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from dispensing.web.forms import csrf_token_for
from tests.api.client import Counter, sign_in
from tests.api.matrix.ground import ROLES, Ground
from tests.api.matrix.review import PLACED
from tests.api.page_rules import ELSEWHERE, PERSON_PAGES, UNIT_PAGES, fields_for, ids_of
from tests.scene import Scene

PAGES = PERSON_PAGES | UNIT_PAGES
UNKNOWN = 987_654_321


def page_routes(http: TestClient) -> set[str]:
    """Every route outside the API and FHIR (``fhir/test_roles.py``), in no description too."""
    found: set[str] = set()
    waiting: list[Any] = list(http.app.routes)  # type: ignore[attr-defined]
    while waiting:
        route = waiting.pop()
        if inner := getattr(route, "original_router", None):
            waiting.extend(inner.routes)
        elif not route.path.startswith(("/api/", "/fhir/")) or "/.well-known/" in route.path:
            methods = (getattr(route, "methods", None) or set()) - {"HEAD"}
            found |= {f"{method} {route.path}" for method in methods}
    return found


def test_every_page_has_its_row(http: TestClient) -> None:
    """H24: a page that nobody thought about does not ship."""
    assert page_routes(http) == set(PAGES) | set(ELSEWHERE)


class Browser:
    """A browser of one role, by its cookie alone; it follows nothing."""

    def __init__(self, http: TestClient, token: str) -> None:
        self.http, self.token = http, token

    def send(self, route: str, ids: dict[str, Any], fields: dict[str, str] | None = None) -> Any:
        method, _, template = route.partition(" ")
        path = template.format(**ids)
        if "/regnskab" in path:
            path += "?product=metadon-1"
        if path.endswith("/personer"):
            path += f"?tal={PLACED}&del=yes"
        request = type("Of", (), {"app": self.http.app})()
        data = {"csrf": csrf_token_for(request, self.token), **(fields or {})}
        self.http.cookies.clear()
        return self.http.request(
            method,
            path,
            data={"key": f"page-key-{path}-{method}", **data} if method == "POST" else None,
            headers={"Cookie": f"session={self.token}", "HX-Request": "true"},
            follow_redirects=False,
        )


@pytest.fixture(scope="module")
def browsers(http: TestClient, scene: Scene, nurse: Counter) -> dict[str, Browser]:
    made = {role: sign_in(http, scene, f"{role}1", None) for role in ROLES if role != "nobody"}
    return {role: Browser(http, one.token) for role, one in made.items()} | {
        "nobody": Browser(http, "no-such-token")
    }


@pytest.fixture(scope="module")
def known() -> dict[str, dict[str, Any]]:
    return {}


@pytest.fixture
def of_the_unit(
    known: dict[str, dict[str, Any]], scene: Scene, nurse: Counter, route: str
) -> Iterator[dict[str, Any]]:
    """What the page's address names, made once for all roles that are refused."""
    if route not in known:
        known[route] = ids_of(route, Ground(scene, nurse))
    yield known[route]


@pytest.mark.parametrize("route", PAGES)
def test_only_these_roles_may(
    scene: Scene,
    nurse: Counter,
    browsers: dict[str, Browser],
    of_the_unit: dict[str, Any],
    route: str,
) -> None:
    """H22, H24: refused with 403, nobody is sent to sign in, and nothing is written of it."""
    may = PAGES[route].split()
    for role in (role for role in ROLES if role not in may):
        before = scene.one("SELECT coalesce(sum(seq), 0) FROM ledger_head")
        # All that a press may ask for: only the role is in the way.
        answer = browsers[role].send(route, of_the_unit, fields_for(Ground(scene, nurse)))
        assert answer.status_code == (401 if role == "nobody" else 403), (role, answer.text[:300])
        assert scene.one("SELECT coalesce(sum(seq), 0) FROM ledger_head") == before
    for role in may:
        answer = browsers[role].send(route, of_the_unit)
        assert answer.status_code not in (401, 403) and answer.status_code < 500, answer.text[:300]


def _told(answer: Any) -> tuple[int, str]:
    """The answer without what differs at every asking."""
    return answer.status_code, re.sub(r"[0-9a-f]{64}|[0-9a-f-]{36}|\d+", "#", answer.text)


@pytest.mark.parametrize("route", PERSON_PAGES)
def test_another_units_person_is_like_an_unknown_one(
    scene: Scene,
    browsers: dict[str, Browser],
    neighbour: Counter,
    route: str,
) -> None:
    """H24: the same answer in every word, no page of the person, and nothing written."""
    ground = Ground(scene, neighbour, 2)
    theirs, fields = ids_of(route, ground), fields_for(ground)
    browser = browsers[PERSON_PAGES[route].split()[0]]
    before = scene.one("SELECT coalesce(sum(seq), 0) FROM ledger_head")
    other = browser.send(route, theirs, fields)
    nobody = {name: UNKNOWN if isinstance(known, int) else known for name, known in theirs.items()}
    unknown = browser.send(route, nobody, fields)
    assert _told(other) == _told(unknown)
    assert 400 <= other.status_code < 500 or "allerede besvaret" in other.text, other.text[:300]
    assert scene.one("SELECT coalesce(sum(seq), 0) FROM ledger_head") == before
