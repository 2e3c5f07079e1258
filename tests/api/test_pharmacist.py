"""A pharmacist at a pharmacy: the counter's road, outages, supply orders, and nothing else.

Every route of the API is asked by one, about people of the pharmacy. What is not named here is
refused as it is to the pharmacist of a clinic, with nothing written.
"""

import pytest
from fastapi.testclient import TestClient

from tests.api.client import Counter, sign_in
from tests.api.matrix import ROUTES
from tests.api.matrix.downtime import UPSETS
from tests.api.matrix.ground import Ground
from tests.scene import Scene

PHARMACY = 41
ROAD = {
    "POST /reservations",
    "POST /checks",
    *(
        f"POST /reservations/{{reservation_id}}/{told}"
        for told in (
            *("given", "returned", "refused", "spilled", "doubts", "reversals", "vomits"),
            *("observations", "sedation-checks", "labels", "labels/reprints", "labels/scans"),
        )
    ),
    "POST /people/{person_id}/declines",
    "POST /people/{person_id}/withdrawal-readings",
    "POST /questions",
    "GET /people",
    "POST /people/searches",
    "GET /people/{person_id}",
    "GET /today",
    "POST /days/{day}/close",
    "GET /observations",
    # Outages: its own list, its own paper.
    "POST /emergency-lists",
    "GET /emergency-lists",
    "GET /emergency-lists/{serial}",
    "GET /downtime",
    "GET /paper-rows",
    "GET /paper-conflicts",
    # What is a pharmacy's.
    "GET /supply-orders",
    "GET /supply-orders/changes",
    "GET /supply-orders/{supply_id}",
    "POST /supply-orders/{supply_id}/missed",
    "POST /supply-orders/{supply_id}/oddities",
    "POST /own-packages",
    "POST /own-packages/{bottle_id}/away",
}
# Asked with a cabinet or an offer that only a clinic has; stock is a pharmacist's everywhere.
AT_A_CLINIC = ("POST /stock/", "POST /move-offers/")
ASKED = [
    route
    for route in ROUTES
    if route not in UPSETS and "/sessions" not in route and not route.startswith(AT_A_CLINIC)
]


@pytest.fixture(scope="module")
def ground(http: TestClient, scene: Scene, neighbour: Counter) -> Ground:
    """People of the pharmacy, made ready by a nurse there."""
    scene.unit(PHARMACY, "Prøveapoteket", "pharmacy")
    return Ground(scene, sign_in(http, scene, f"nurse{PHARMACY}", PHARMACY), PHARMACY)


@pytest.fixture(scope="module")
def pharmacist(http: TestClient, scene: Scene, ground: Ground) -> Counter:
    return sign_in(http, scene, f"pharmacist{PHARMACY}", PHARMACY)


@pytest.mark.parametrize("route", ASKED)
def test_a_pharmacist_at_a_pharmacy_hands_out_and_nothing_else(
    ground: Ground, pharmacist: Counter, route: str
) -> None:
    """H22, H24: a nurse's acts at the counter, and no doctor's, no treatment, no stock by two."""
    may, _, make = ROUTES[route]
    path, body = make(ground)
    head = "SELECT sum(seq) FROM ledger_head"
    before = ground.scene.one(head)
    answer = pharmacist.send(route.partition(" ")[0], path, body)
    assert answer.status_code < 500
    if route in ROAD or "pharmacist" in may.split():
        assert answer.status_code != 403, answer.text
    else:
        assert answer.status_code == 403, (route, answer.status_code, answer.text[:150])
        assert ground.scene.one(head) == before
