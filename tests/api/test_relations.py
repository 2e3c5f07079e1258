"""Whose person is it: every route of the API that is about somebody, against every relation.

Made of the rows of ``tests/api/matrix``: what a request names is made where the relation says, and
sent by somebody of unit 1 whose role may.
"""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.client import Counter, problem, sign_in
from tests.api.matrix import ROUTES
from tests.api.matrix.downtime import UPSETS
from tests.api.matrix.ground import Ground
from tests.scene import Scene

UNKNOWN = 987_654_321
# About a person: in the address, or in the body. Stock is the unit's own and about nobody.
IN_BODY = ("POST /reservations", "POST /checks", "POST /questions")
NAMED = r"\{(person|reservation|notice|merge|request|guest)_id\}|\{serial\}"
ABOUT_SOMEBODY = [
    route
    for route in ROUTES
    if (re.search(NAMED, route) or route in IN_BODY) and route not in UPSETS
]


@pytest.fixture(scope="module")
def askers(http: TestClient, scene: Scene, nurse: Counter, doctor: Counter) -> dict[str, Counter]:
    return {
        "nurse": nurse,
        "doctor": doctor,
        "administrator": sign_in(http, scene, "administrator1", None),
    }


def _as_unknown(route: str, path: str, body: Any) -> tuple[str, Any]:
    """The same request for what nobody has."""
    sent, template = path.split("/"), route.split(" ")[1].split("/")
    first = next((n for n, part in enumerate(template) if part.startswith("{")), None)
    if first is not None:
        sent[first] = str(UNKNOWN)
    return "/".join(sent), _elsewhere_in(body)


def _elsewhere_in(body: Any) -> Any:
    if not isinstance(body, dict):
        return body
    return {
        name: UNKNOWN if name == "person_id" else _elsewhere_in(value)
        for name, value in body.items()
    }


def _written(scene: Scene) -> int:
    return scene.one("SELECT coalesce(sum(seq), 0) FROM ledger_head")


@pytest.mark.parametrize("route", ABOUT_SOMEBODY)
def test_another_units_person_is_like_an_unknown_one(
    scene: Scene, askers: dict[str, Counter], neighbour: Counter, route: str
) -> None:
    """H24: the same answer, and nothing is written of either."""
    may, _, make = ROUTES[route]
    asker = askers[may.split()[0]]
    path, body = make(Ground(scene, neighbour, 2))
    before = _written(scene)
    answers = [
        problem(asker.send(route.partition(" ")[0], *sent), 404, "not-found")
        for sent in ((path, body), _as_unknown(route, path, body))
    ]
    for answer in answers:
        answer.pop("instance", None)
    assert answers[0] == answers[1]
    assert _written(scene) == before


#: A guest's day is over when the right has moved: there is nothing left to withdraw.
ENDS_WITH_THE_RIGHT = {"POST /guests/{guest_id}/withdrawals"}


@pytest.mark.parametrize("state", ["the right lies elsewhere", "the course has ended"])
@pytest.mark.parametrize("route", ABOUT_SOMEBODY)
def test_the_own_person_is_seen_and_the_rules_decide(
    scene: Scene,
    askers: dict[str, Counter],
    neighbour: Counter,
    nurse: Counter,
    route: str,
    state: str,
) -> None:
    """H02, H24: enrolled here but the right elsewhere, or ended: seen; a dose is refused, 409."""
    may, _, make = ROUTES[route]
    first = scene.one("SELECT max(person_id) FROM person") or 0
    path, body = make(Ground(scene, nurse))
    for (person,) in scene.run("SELECT person_id FROM person WHERE person_id > %s", first):
        if state == "the course has ended":
            scene.run("UPDATE person SET ended_on = %s WHERE person_id = %s", scene.today, person)
        else:
            scene.move(person, 2)
    answer = askers[may.split()[0]].send(route.partition(" ")[0], path, body)
    if route.startswith("GET"):
        assert answer.status_code == 200, answer.text
    elif route == "POST /reservations":
        assert answer.json()["type"] == "/problems/refused-by-rules", answer.text
    elif route in ENDS_WITH_THE_RIGHT and state == "the right lies elsewhere":
        problem(answer, 404, "not-found")
    else:
        # What happened before to a dose is still told; a new one is for the rules to refuse.
        assert answer.status_code in (200, 201, 409), answer.text
