"""Who may use the FHIR face: those who may hand out, on every route there is."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from integrations.fhir.capability import UNDERSTOOD
from tests.api.client import Counter, sign_in
from tests.api.fhir.sending import Face, dispense
from tests.scene import Scene

#: Reached without a session: what the face understands, and that nothing else is.
OPEN = {"GET /fhir/metadata"} | {
    f"{method} /fhir/{{rest:path}}" for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
}
SEARCHED = [kind for kind, (does, _) in UNDERSTOOD.items() if "search-type" in does]
ROUTES = {
    *(f"GET /fhir/{kind}/{{id_}}" for kind in UNDERSTOOD),
    *(f"GET /fhir/{kind}" for kind in SEARCHED),
    *(f"POST /fhir/{kind}/_search" for kind in SEARCHED),
    "POST /fhir/MedicationDispense",
    "POST /fhir/MedicationDispense/$check",
}


def fhir_routes(http: TestClient) -> set[str]:
    """Every route under /fhir, also what is in no description."""
    found: set[str] = set()
    waiting: list[Any] = list(http.app.routes)  # type: ignore[attr-defined]
    while waiting:
        route = waiting.pop()
        if inner := getattr(route, "original_router", None):
            waiting.extend(inner.routes)
        elif route.path.startswith("/fhir") and "/.well-known/" not in route.path:
            methods = (getattr(route, "methods", None) or set()) - {"HEAD"}
            found |= {f"{method} {route.path}" for method in methods}
    return found


def test_every_route_is_one_of_these(http: TestClient) -> None:
    """H24: a route that nobody thought about does not ship; what is told exists, and no more."""
    assert fhir_routes(http) == ROUTES | OPEN


@pytest.fixture(scope="module")
def prepared(nurse: Counter, scene: Scene) -> tuple[int, str]:
    """Somebody with a dose swallowed through the face; the person and the hand-out."""
    person = scene.person()
    reserved = nurse.reserved(person)
    nurse.give(reserved)
    return person, str(reserved)


def asked(route: str, nurse: Counter, prepared: tuple[int, str]) -> tuple[str, str, Any]:
    """What a route is asked of a person, in a shape that the counter would answer."""
    person, reserved = prepared
    method, _, path = route.partition(" ")
    path = path.removeprefix("/fhir")
    kind = path.split("/")[1]
    ids = {
        **{"Patient": person, "Practitioner": 10, "Organization": 1, "Medication": "metadon-1"},
        **{"MedicationRequest": f"{person * 10}-1", "MedicationDispense": reserved},
        **{"MedicationAdministration": f"{reserved}-1", "Provenance": reserved},
    }
    query = f"_id={person}" if kind == "Patient" else f"patient={person}"
    if path.endswith("_search"):
        return method, path, query.encode()
    if method == "POST":
        return method, path, dispense(nurse, person, identifier=f"again{person}")
    if "{id_}" in path:
        return method, path.format(id_=ids[kind]), None
    return method, f"{path}?{query}", None


@pytest.mark.parametrize("route", sorted(ROUTES))
@pytest.mark.parametrize(
    "role", ["nurse", "doctor", "pharmacist", "auditor", "administrator", "nobody"]
)
def test_only_those_who_hand_out(
    http: TestClient,
    nurse: Counter,
    scene: Scene,
    prepared: tuple[int, str],
    role: str,
    route: str,
) -> None:
    """H22, H24: refused on the server, as an OperationOutcome, with nothing recorded of it."""
    method, path, body = asked(route, nurse, prepared)
    form = {"content_type": "application/x-www-form-urlencoded"} if "_search" in path else {}
    if role == "nobody":
        counter = Counter(http, "no-such-token", nurse.today)
    else:
        counter = nurse if role == "nurse" else sign_in(http, scene, f"{role}1")
    entries = "SELECT coalesce(sum(seq), 0) FROM ledger_head"
    before = scene.one(entries)
    answer = Face(counter).send(method, path, body, **form)
    if role in ("nurse", "doctor"):
        # The day's dose is had: a further one is refused by rule, not by role.
        told = 409 if route == "POST /fhir/MedicationDispense" else 200
        assert answer.status_code == told, answer.text
        return
    assert answer.status_code == (401 if role == "nobody" else 403), answer.text
    assert scene.one(entries) == before
