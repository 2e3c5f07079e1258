"""Every page there is, for every role that may see it: nothing axe knows against it.

The pages come from the same rows that try every role (``tests/api/page_rules.py``), so a new page
is looked at here without anybody remembering to. The people's pages come first: what they make
fills the unit's lists.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.api.client import Counter, sign_in
from tests.api.matrix.ground import Ground
from tests.api.page_rules import PERSON_PAGES, UNIT_PAGES, ids_of
from tests.browser.desk import Desk
from tests.scene import Scene

#: They answer with part of a page, with a file, or by sending on.
NO_PAGES = {
    "GET /",
    "GET /audit/{report_id}/kort/{name}.pdf",
    "GET /audit/{report_id}/rapport.pdf",
    "GET /behandling/overdragelse/{letter_id}.pdf",
    "GET /behandling/person/{person_id}/indkald/{indkald_id}/indbydelse.pdf",
    "GET /kolleger",
    "GET /laege/liste",
    "GET /laege/morgen/liste",
    "GET /laege/sag/{question_id}",
    "GET /lager/flaske/{bottle_id}/etiket",
    "GET /lager/flaske/{bottle_id}/kode.svg",
    "GET /lager/regnskab.{kind}",
    "GET /log-ind/ekstern",
    "GET /log-ind/ekstern/svar",
    "GET /noedliste/banner",
    "GET /noedliste/{serial}.pdf",
    "GET /observation/alarm",
    "GET /observation/liste",
    "GET /person/{person_id}/opslag.{kind}",
    "GET /skranke/",
    "GET /skranke/liste",
    "GET /skranke/person/{person_id}/seddel",
    "GET /skranke/tom",
}
ROLES = ("nurse", "doctor", "administrator")
PAGES = {
    route: may
    for route, may in (PERSON_PAGES | UNIT_PAGES).items()
    if route.startswith("GET ") and route not in NO_PAGES
}
#: Only the one who opened it, or who was told, sees these.
OWN = {"GET /noedadgang/person/{person_id}"}


@pytest.fixture(scope="module")
def people(service: str, scene: Scene) -> Iterator[dict[str, Counter]]:
    """One of each role, signed in through the API; pages take up the same session."""
    with httpx2.Client(base_url=service, timeout=30) as http:
        counters = {"nurse": 1}
        client: Any = http
        yield {role: sign_in(client, scene, f"{role}1", counters.get(role)) for role in ROLES}


@pytest.mark.parametrize("route", PAGES)
def test_every_page_is_accessible(
    desk: Desk, scene: Scene, service: str, people: dict[str, Counter], route: str
) -> None:
    path = route.removeprefix("GET ").format(**ids_of(route, Ground(scene, people["nurse"])))
    if path == "/lager/regnskab":
        path += "?product=metadon-1"
    if path.endswith("/personer"):
        path += "?tal=m7.offered&del=yes"
    may = [role for role in ROLES if role in PAGES[route].split()]
    for role in may[:1] if route in OWN else may:
        for language in ("da", "en") if role == may[0] else ("da",):
            cookies = {"session": people[role].token, "sprog": language}
            desk.page.context.add_cookies(
                [{"name": name, "value": value, "url": service} for name, value in cookies.items()]
            )
            answer = desk.page.goto(path)
            assert answer is not None and answer.status == 200, (role, path, desk.page.content())
            assert desk.page.locator("html").get_attribute("lang") == language
            assert desk.page.locator("h1").count() == 1, "one heading says where one is"
            desk.accessible()


def test_nothing_else_is_left_out() -> None:
    """What is listed as no page is a route; it leaves the list with it."""
    assert set(PERSON_PAGES | UNIT_PAGES) >= NO_PAGES
