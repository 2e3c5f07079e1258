"""Whoever is shown a person is recorded, before it is shown: every route that names one.

The routes are those of the matrix and of the pages; a person with a name nobody else has is in
every list there is, and wherever the answer names them, the chain of views has an entry of it.
"""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.client import Counter, sign_in
from tests.api.matrix import ROUTES
from tests.api.matrix.calendar import goes_to
from tests.api.matrix.clients import client_of
from tests.api.matrix.downtime import elsewhere
from tests.api.matrix.ground import Ground
from tests.api.matrix.moves import offered_here, written
from tests.api.matrix.outbox import endpoint
from tests.api.matrix.review import PLACED, drafted
from tests.api.matrix.supply import sent_to_us
from tests.api.page_rules import PERSON_PAGES, UNIT_PAGES
from tests.api.test_page_relations import Browser
from tests.scene import Scene

NAME = ("Quirinus", "Zvezdan")
SEEN_BY_ID = '"person_id":{}'
# Elsewhere: another unit's person, files, and what needs a closure or a restore to answer at all.
TRIED_THERE = {
    "GET /closures/{first}",
    "GET /restoration/comparison",
    "GET /emergency-accesses/people/{person_id}",
    "GET /noedadgang/person/{person_id}",
    "GET /people/{person_id}/views.csv",
    "GET /people/{person_id}/views.pdf",
    "GET /person/{person_id}/opslag.{kind}",
}
# What was shown before it is pressed; the presses themselves are the person's own entries.
GETS = sorted(r for r in ROUTES if r.startswith("GET") and r not in TRIED_THERE)
PAGES = sorted(
    route
    for route in PERSON_PAGES | UNIT_PAGES
    if route.startswith("GET") and route not in TRIED_THERE
)
# They name nobody: sign-in, own PIN, stock, what the whole unit must know.
NAMES_NOBODY = {
    "GET /",
    "GET /colleagues",
    "GET /downtime",
    "GET /emergency-lists",
    "GET /kolleger",
    "GET /lager",
    "GET /lager/flaske/{bottle_id}/etiket",
    "GET /lager/flaske/{bottle_id}/kode.svg",
    "GET /lager/optael/{word}/{number}",
    "GET /lager/optaelling/{count_id}",
    "GET /log-ind",
    "GET /log-ind/ekstern",
    "GET /log-ind/ekstern/svar",
    "GET /log-ud/ekstern",
    "GET /me",
    "GET /min-pin",
    "GET /noedliste/banner",
    "GET /observation/alarm",
    # An empty form.
    "GET /behandling/ny",
    # Kinds, moments and numbers of messages.
    "GET /beskeder",
    "GET /webhooks",
    # Which orders, and nobody's name.
    "GET /supply-orders/changes",
    "GET /webhooks/{endpoint_id}/messages",
    "GET /calendar",
    "GET /kalender/opslag",
    # Card numbers of a list, no names: tried in tests/api/clients.
    "GET /klienter",
    "GET /klienter/{client_id}",
    # No closure and no restore here: tried in their own tests.
    "GET /closures",
    "GET /lukkedage/{first}",
    "GET /lukkedage/{first}/sedler",
    "GET /gendannelse",
    "GET /restoration",
    "GET /kalender",
    "GET /uth",
    # The day of somebody, by number: recorded, but no name to look for.
    "GET /uth/{event_id}",
    "GET /skranke/",
    "GET /skranke/tom",
    "GET /spor",
    # Only while paper rows or conflicts wait: tried in tests/downtime.
    "GET /noedliste/indtast",
    "GET /noedliste/konflikter",
    "GET /paper-conflicts",
    "GET /paper-rows",
    # Files, in which nothing is looked for here.
    "GET /noedliste/{serial}.pdf",
    "GET /stock/register.pdf",
    "GET /skranke/person/{person_id}/seddel",
    "GET /behandling/person/{person_id}/indkald/{indkald_id}/indbydelse.pdf",
    "GET /behandling/overdragelse/{letter_id}.pdf",
    # Figures; who is behind one has a page of its own.
    "GET /audit",
    "GET /audit/{report_id}",
    "GET /audit/{report_id}/kort/{name}.pdf",
    "GET /audit/{report_id}/rapport.pdf",
    "GET /audit/reports",
    "GET /audit/reports/{report_id}",
    "GET /audit/reports/{report_id}/audit.pdf",
    "GET /audit/reports/{report_id}/short/{name}.pdf",
}


@pytest.fixture(scope="module")
def somebody(http: TestClient, scene: Scene, nurse: Counter) -> dict[str, Any]:
    """Somebody asked about, told of, under observation, wanted elsewhere and on a list."""
    ground = Ground(scene, nurse)
    person = scene.person(name=NAME)
    period = scene.indkald(person)
    missed = scene.person(name=NAME, last_covered_days_ago=4)
    order = {"order": nurse.order(missed)}
    assert nurse.send("POST", "/questions", order).status_code < 300
    reservation = nurse.given(person)
    looked = nurse.send(
        "POST", f"/reservations/{reservation}/sedation-checks", {"poss": 4, "breaths_per_minute": 6}
    )
    assert looked.status_code < 300, looked.text
    poured = scene.person(name=NAME)
    nurse.reserved(poured)
    load = {"sedatives_low_ug": 20_000, "sedatives_high_ug": 40_000}
    wanted = scene.person(name=NAME, taper_state="above_guidance", **load)
    other, _ = elsewhere(ground)
    scene.close_unit_on(1, 40, "Personaledag")
    away = scene.person(name=NAME)
    goes_to(scene, away, 40, 2)
    asked = other.send("POST", "/right-requests", {"card": f"K-{wanted:04d}", "reason": "here"})
    assert asked.status_code == 201, asked.text
    serial = nurse.send("POST", "/emergency-lists", {}).json()["serial"]
    event = nurse.send("POST", f"/people/{person}/adverse-events", {"kind": "other"}).json()
    of_ours = {"code": f"K-{poured:04d}", "reason": "stands at our door"}
    assert other.send("POST", "/emergency-accesses", of_ours).status_code == 201
    theirs, _ = offered_here(ground, name=NAME)
    sent, supply = sent_to_us(ground, name=NAME)
    return {
        "event_id": event["event_id"],
        "indkald_id": period,
        "person_id": person,
        "people": {person, missed, poured, wanted, away, theirs, sent},
        "supply_id": supply,
        "letter_id": written(ground, person),
        "endpoint_id": endpoint(ground),
        "report_id": drafted(scene, people=(person,)),
        "indicator": "M7",
        "name": "tabeller",
        "reservation_id": reservation,
        "question_id": scene.one("SELECT max(question_id) FROM doctor_question"),
        "notice_id": scene.one("SELECT max(notice_id) FROM doctor_notice"),
        "serial": serial,
        "first": scene.today,
        "kind": "csv",
        "bottle_id": 1,
        "word": "flaske",
        "number": 1,
        "count_id": 1,
        "client_id": client_of(ground),
    }


@pytest.fixture
def fresh(http: TestClient) -> None:
    """As after a restart: nobody has seen a list."""
    http.app.state.wiring.shown_lately._of.clear()  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def askers(http: TestClient, scene: Scene, nurse: Counter, doctor: Counter) -> dict[str, Counter]:
    return {
        "nurse": nurse,
        "doctor": doctor,
        "administrator": sign_in(http, scene, "administrator1", None),
    }


def seen_since(scene: Scene, seq: int) -> set[int]:
    """Whom the entries of the unit's chain of views after ``seq`` say were seen."""
    rows = scene.run(
        "SELECT person_id, convert_from(payload, 'UTF8')::jsonb -> 'facts' -> 'found'"
        " FROM ledger_payload WHERE chain_id = 2 AND seq > %s",
        seq,
    )
    return {one for person, found in rows for one in [person, *(found or [])] if one is not None}


def head(scene: Scene) -> int:
    return scene.one("SELECT seq FROM ledger_head WHERE chain_id = 2")


def names(text: str, people: set[int]) -> bool:
    return NAME[1] in text or "Q.Z." in text or any(SEEN_BY_ID.format(p) in text for p in people)


@pytest.mark.parametrize("route", GETS)
def test_what_names_a_person_is_a_view(
    scene: Scene,
    askers: dict[str, Counter],
    somebody: dict[str, Any],
    fresh: None,
    route: str,
) -> None:
    """H24"""
    role = "doctor" if "doctor" in ROUTES[route][0] else ROUTES[route][0].split()[0]
    path = route.partition(" ")[2].format(**somebody)
    if path == "/people":
        path += f"?text={NAME[1]}"
    if path.startswith("/stock/register"):
        path += f"?product=metadon-1&from={scene.today}&to={scene.today}"
    if route == "GET /audit/reports/{report_id}/people":
        path += f"?indicator=M7&figure={PLACED}&part=yes"
    before = head(scene)
    answer = askers[role].get(path)
    assert answer.status_code == 200, answer.text
    # Whose address names somebody shows them, however little it says.
    told = any(part in route for part in ("{person_id}", "{serial}", "{letter_id}"))
    about = told or names(answer.text, somebody["people"])
    assert about == (route not in NAMES_NOBODY), answer.text[:500]
    if about:
        assert somebody["people"] & seen_since(scene, before)


@pytest.mark.parametrize("route", PAGES)
def test_a_page_that_names_a_person_is_a_view(
    http: TestClient,
    scene: Scene,
    askers: dict[str, Counter],
    somebody: dict[str, Any],
    fresh: None,
    route: str,
) -> None:
    """H24"""
    may = (PERSON_PAGES | UNIT_PAGES)[route]
    asker = askers["doctor" if "doctor" in may else may.split()[0]]
    before = head(scene)
    http.app.state.rendered_lists.clear()  # type: ignore[attr-defined]
    answer = Browser(http, asker.token).send(route, somebody)
    assert names(answer.text, set()) == (route not in NAMES_NOBODY), answer.text[:500]
    if route not in NAMES_NOBODY:
        assert answer.status_code == 200
        assert somebody["people"] & seen_since(scene, before)


def test_asking_the_rules_is_a_view(scene: Scene, nurse: Counter) -> None:
    """H24: a check without a reservation shows facts of a person too."""
    person = scene.person()
    before = head(scene)
    assert nurse.send("POST", "/checks", nurse.order(person)).status_code == 200
    assert seen_since(scene, before) == {person}


def test_a_list_is_told_once_a_day_of_each_viewer_and_person(
    scene: Scene, nurse: Counter, doctor: Counter, fresh: None
) -> None:
    """H24: what refreshes by itself does not drown the chain; who comes new to the list is told."""
    first = scene.person()
    nurse.get("/today")
    before = head(scene)
    nurse.get("/today")
    assert head(scene) == before
    second = scene.person()
    nurse.get("/today")
    assert seen_since(scene, before) == {second}
    before = head(scene)
    doctor.get("/today")
    assert {first, second} <= seen_since(scene, before)
