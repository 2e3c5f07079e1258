"""The step of every other act, where the unit asks for it: declared at each route, asked by one.

A screen left open says nothing in another's name: neither what became of a dose, nor what is in
stock, nor what a doctor decides (H22). What a hand-out itself carries is in ``test_steps.py``.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from dispensing.people.act_steps import Declared
from dispensing.web.forms import csrf_token_for
from tests.api.client import Counter, sign_in, silent
from tests.api.matrix import ROUTES
from tests.api.matrix.downtime import UPSETS
from tests.api.matrix.ground import Ground
from tests.api.matrix.persons import numbered
from tests.api.page_rules import PERSON_PAGES, UNIT_PAGES, fields_for, ids_of
from tests.api.test_page_relations import Browser
from tests.scene import PASSWORD, Scene
from tests.scene_staff import PIN

WRONG = "730281"
NURSE, COLLEAGUE = 10, 14
CARD, OTHER_CARD = "M-7QK2XW49", "M-ZR84TT01"

# Every route that writes and is *not* asked for the step, with what it asks instead.
BESIDES: dict[str, set[str]] = {
    "step-in-act": {
        "POST /reservations",
        "POST /reservations/{reservation_id}/given",
        "POST /skranke/person/{person_id}/reserver",
        "POST /skranke/udlevering/{reservation_id}/givet",
    },
    "own-sign-in": {
        "POST /sessions",
        "POST /sessions/switch",
        "POST /sessions/unlock",
        "PUT /me/pin",
        "POST /log-ind",
        "POST /laas-op",
        "POST /skift",
        "POST /min-pin",
        "POST /skranke/person/{person_id}/laege",
        # A machine signs for itself.
        "POST /oauth2/token",
    },
    "nothing": {
        # FHIR: searching, asking the rules, and what is not understood.
        "POST /fhir/Patient/_search",
        "POST /fhir/MedicationRequest/_search",
        "POST /fhir/MedicationDispense/_search",
        "POST /fhir/MedicationAdministration/_search",
        "POST /fhir/MedicationDispense/$check",
        *(f"{method} /fhir/{{rest:path}}" for method in ("POST", "PUT", "PATCH", "DELETE")),
        # The screen itself; nothing opens by it.
        "DELETE /sessions",
        "POST /sessions/lock",
        "POST /her",
        "POST /laas",
        "POST /log-ud",
        "POST /skaerm",
        "POST /sprog",
        # Reading, searching, asking the rules; each look is recorded.
        "POST /checks",
        "POST /people/{person_id}/orders/tries",
        "POST /behandling/person/{person_id}/ordination",
        "POST /people/searches",
        "POST /people/{person_id}/merges/looks",
        "POST /package-traces",
        "POST /adverse-events/{event_id}/exports",
        "POST /people/{person_id}/taper/drafts",
        "POST /audit/drafts",
        "POST /audit/kladder/ny",
        "POST /behandling/person/{person_id}/beroligende/udkast",
        "POST /skranke/liste",
        "POST /skranke/find",
        "POST /skranke/person/{person_id}/vurder",
        "POST /person/{person_id}/saml/se",
        "POST /spor",
        "POST /uth/{event_id}/eksport",
        "POST /noedliste/indtast/raekke",
        "POST /gendannelse/sammenlign",
        # Machines hold what they kept against the ledger; it can only ever stop hand-outs.
        "POST /receipts",
        # The text of an act of two: the step is asked where it is signed.
        "POST /people/{person_id}/home-doses/returns/text",
        "POST /stock/disposals/text",
        "POST /stock/transfers/{transfer_id}/missing/text",
        "POST /stock/counts/{count_id}/lines/{line}/explanation/text",
        "POST /skranke/person/{person_id}/hjemme/tilbage",
        "POST /lager/kasser",
        "POST /lager/retur",
        "POST /lager/rest",
        "POST /lager/forklar",
        "POST /lager/mangler",
        # Inside the open hand-out, whose end carries the step; so does a label printed again.
        "POST /reservations/{reservation_id}/labels",
        "POST /reservations/{reservation_id}/labels/scans",
        "POST /skranke/udlevering/{reservation_id}/etiketter",
        "POST /skranke/scan",
        # The rules' own no, and questions that somebody else answers in their own name.
        "POST /skranke/person/{person_id}/paavirket",
        "POST /questions",
        "POST /skranke/person/{person_id}/spoerg",
        "POST /right-requests",
        "POST /noedliste/bed-om-ret",
        # Drafts, and paper that says what holds anyway.
        "POST /people/{person_id}/adverse-events",
        "POST /adverse-events/{event_id}/texts",
        "POST /skranke/person/{person_id}/uth",
        "POST /uth/{event_id}",
        "POST /emergency-lists",
        "POST /noedliste",
    },
}


def declared(http: TestClient) -> dict[str, list[Declared]]:
    """What each route that is no GET declares."""
    found: dict[str, list[Declared]] = {}
    waiting: list[Any] = list(http.app.routes)  # type: ignore[attr-defined]
    while waiting:
        route = waiting.pop()
        if inner := getattr(route, "original_router", None):
            waiting.extend(inner.routes)
            continue
        for method in (getattr(route, "methods", None) or set()) - {"GET", "HEAD"}:
            asked = [one.dependency for one in getattr(route, "dependencies", ())]
            path = route.path.removeprefix("/api/v1")
            found[f"{method} {path}"] = [one for one in asked if isinstance(one, Declared)]
    return found


def test_every_route_that_writes_says_what_it_asks(http: TestClient) -> None:
    """H22: an act that nobody thought about does not ship."""
    said = declared(http)
    assert {route: len(what) for route, what in said.items() if len(what) != 1} == {}
    assert all(what[0].why for what in said.values())
    besides = {
        asks: {route for route, what in said.items() if what[0].asks == asks} for asks in BESIDES
    }
    assert besides == BESIDES


STEPPED = [
    route for route in ROUTES
    # A pharmacy's own are asked there.
    if ROUTES[route][0] and not route.startswith("GET ")
    and not any(route in named for named in BESIDES.values())
]  # fmt: skip
PRESSES = [
    page for page in PERSON_PAGES | UNIT_PAGES
    if page.startswith("POST ") and not any(page in named for named in BESIDES.values())
]  # fmt: skip


@pytest.fixture(scope="module")
def staff(http: TestClient, scene: Scene, nurse: Counter, doctor: Counter) -> dict[str, Counter]:
    """Everybody of the matrix at a screen of the unit, with the PIN of the tests."""
    people = {"nurse": nurse, "doctor": doctor}
    for role in ("pharmacist", "administrator"):
        people[role] = sign_in(http, scene, f"{role}1")
    return people


@pytest.fixture(autouse=True)
def afterwards(scene: Scene) -> Iterator[None]:
    for (staff_id,) in scene.run("SELECT staff_id FROM staff").fetchall():
        scene.pin(staff_id)
    yield
    scene.policy(1)


def written(scene: Scene) -> int:
    return scene.one("SELECT coalesce(sum(seq), 0) FROM ledger_head WHERE purpose = 'clinical'")


def last_entries(scene: Scene, since: int) -> list[dict[str, Any]]:
    """The facts of the clinical entries written after so many."""
    rows = scene.run(
        "SELECT convert_from(p.payload, 'UTF8')::json->'facts' FROM ledger_payload p"
        " JOIN ledger_head h USING (chain_id) WHERE h.purpose = 'clinical' AND p.seq > %s"
        " AND p.kind NOT LIKE 'staff-%%' AND h.chain_id = 1",
        since,
    ).fetchall()
    return [row[0] for row in rows]


@pytest.mark.parametrize("route", STEPPED)
def test_no_call_goes_without_the_step(scene: Scene, staff: dict[str, Counter], route: str) -> None:
    """H22, H23: without it or with a wrong one nothing is written; with it the entries say so."""
    may, _, make = ROUTES[route]
    actor, method = staff[may.split()[0]], route.partition(" ")[0]
    path, body = make(Ground(scene, staff["nurse"]))
    scene.policy(1, per_act_step="pin")
    before = written(scene)
    needed = silent(actor.send(method, path, body), 428, "step-needed")
    assert needed["needs"] == "pin"
    silent(actor.send(method, path, body, step={"PIN": WRONG}), 401, "wrong-pin")
    assert written(scene) == before
    if route in UPSETS:
        return
    since = scene.one("SELECT seq FROM ledger_head WHERE chain_id = 1")
    done = actor.send(method, path, body, step={"PIN": PIN})
    assert done.status_code < 300, done.text
    told = last_entries(scene, since)
    assert all(facts["identified_by"] == "pin" for facts in told), told


@pytest.fixture(scope="module")
def browsers(http: TestClient, staff: dict[str, Counter]) -> dict[str, Browser]:
    return {role: Browser(http, one.token) for role, one in staff.items()}


@pytest.mark.parametrize("page", PRESSES)
def test_no_press_goes_without_the_step(
    scene: Scene, nurse: Counter, browsers: dict[str, Browser], page: str
) -> None:
    """H22: beside the form of a fragment it is one sentence, and what was typed stays there."""
    role = (PERSON_PAGES | UNIT_PAGES)[page].split()
    browser = next(browsers[one] for one in role if one in browsers)
    ids, fields = ids_of(page, Ground(scene, nurse)), fields_for(Ground(scene, nurse))
    scene.policy(1, per_act_step="pin")
    before = written(scene)
    for step, status, said in (
        ({}, 428, "Tast din PIN"),
        ({"step_pin": WRONG}, 401, "PIN er forkert"),
    ):
        answer = browser.send(page, ids, fields | step)
        assert (answer.status_code, said in answer.text) == (status, True), answer.text[:300]
        assert answer.headers["HX-Retarget"] == "#notice"
    assert written(scene) == before


def whole(http: TestClient, nurse: Counter, path: str, **fields: str) -> Any:
    """A press of a whole page."""
    request = type("Of", (), {"app": http.app})()
    csrf = csrf_token_for(request, nurse.token)  # type: ignore[arg-type]
    http.cookies.clear()
    return http.post(
        path,
        data={"csrf": csrf, **fields},
        headers={"Cookie": f"session={nurse.token}"},
        follow_redirects=False,
    )


def test_a_whole_page_asks_again_with_all_that_was_typed(
    http: TestClient, scene: Scene, nurse: Counter
) -> None:
    """H22: the PIN alone is keyed again; pressed with it, the act is what was typed."""
    scene.policy(1, per_act_step="pin")
    person = scene.person()
    sent = {"counted": "0", "note": "ingen <flasker>", "key": "counted-with-a-step"}
    path = f"/skranke/person/{person}/hjemme/talt"
    again = whole(http, nurse, path, **sent, step_pin=WRONG)
    assert again.status_code == 401 and "PIN er forkert. Intet er ændret." in again.text
    assert 'value="ingen &lt;flasker&gt;"' in again.text and f'action="{path}"' in again.text
    assert WRONG not in again.text and scene.kinds(person) == []
    done = whole(http, nurse, path, **sent, step_pin=PIN)
    assert done.status_code < 400, done.text[:300]
    assert [(kind, facts["identified_by"]) for kind, facts in scene.events(person)[-1:]] == [
        ("home-doses-counted", "pin")
    ]


def test_who_has_no_pin_yet_is_led_to_choose_one(
    http: TestClient, scene: Scene, nurse: Counter
) -> None:
    """H22: in a window beside; what was typed waits here."""
    scene.policy(1, per_act_step="pin")
    scene.run("DELETE FROM staff_pin WHERE staff_id = %s", NURSE)
    path = f"/skranke/person/{scene.person()}/hjemme/talt"
    again = whole(http, nurse, path, counted="0", key="counted-without-a-pin", step_pin=PIN)
    assert again.status_code == 401 and 'href="/min-pin" target="_blank"' in again.text


def test_a_witness_types_the_password_again(http: TestClient, scene: Scene, nurse: Counter) -> None:
    """H22, H24: no page sends somebody else's password back."""
    scene.policy(1, per_act_step="pin")
    signed = {"username": "nurse1b", "password": PASSWORD, "kind": "destroyed", "asked": "{}"}
    again = whole(http, nurse, "/lager/underskriv", **signed, seen="0" * 64, key="signed-by-two")
    assert again.status_code == 428 and PASSWORD not in again.text
    assert 'name="password" type="password"' in again.text and 'value="nurse1b"' in again.text


@pytest.mark.parametrize(
    ("step", "slug", "status"),
    [
        ({"Card": OTHER_CARD}, "card-of-another", 403),
        ({"Card": OTHER_CARD, "PIN": PIN}, "card-of-another", 403),
        ({"Card": "M-NOBODYS00"}, "unknown-card", 401),
        ({"Card": CARD}, None, 200),
        ({"PIN": PIN}, None, 200),
    ],
    ids=str,
)
def test_where_cards_are_asked_only_the_own_one_does(
    scene: Scene, nurse: Counter, step: dict[str, str], slug: str | None, status: int
) -> None:
    """H22: a colleague's card beside the keyboard writes nothing in the nurse's name."""
    if scene.one("SELECT count(*) FROM staff_card") == 0:
        scene.card(NURSE, CARD)
        scene.card(COLLEAGUE, OTHER_CARD)
    scene.policy(1, per_act_step="card")
    person = scene.person()
    answer = nurse.send("POST", f"/people/{person}/declines", {}, step=step)
    if slug is not None:
        silent(answer, status, slug)
        assert scene.kinds(person) == []
        return
    assert answer.status_code == status, answer.text
    by = "card" if "Card" in step else "pin"
    assert [facts["identified_by"] for _, facts in scene.events(person)[-1:]] == [by]


def test_wrong_ones_count_whatever_act_they_are_tried_at(scene: Scene, nurse: Counter) -> None:
    """H22: five in a row leave the password, as at a hand-out."""
    scene.policy(1, per_act_step="pin")
    path = f"/people/{scene.person()}/declines"
    for _ in range(5):
        silent(nurse.send("POST", path, {}, step={"PIN": WRONG}), 401, "wrong-pin")
    silent(nurse.send("POST", path, {}, step={"PIN": PIN}), 401, "pin-blocked")


def test_a_machine_of_its_own_has_no_screen_to_be_left_open(
    http: TestClient, scene: Scene, nurse: Counter
) -> None:
    """A client that stands at no counter is not asked; its entries claim no step."""
    machine = sign_in(http, scene, "nurse1b", None)
    scene.policy(1, per_act_step="pin")
    person = scene.person()
    assert machine.send("POST", f"/people/{person}/declines", {}).status_code == 200
    assert [facts.get("identified_by") for _, facts in scene.events(person)[-1:]] == [None]


def test_without_a_policy_nothing_is_asked_and_nothing_said(
    http: TestClient, scene: Scene, nurse: Counter
) -> None:
    person = scene.person()
    assert nurse.send("POST", f"/people/{person}/declines", {}).status_code == 200
    assert [facts.get("identified_by") for _, facts in scene.events(person)[-1:]] == [None]
    page = http.get("/lager", headers={"Cookie": f"session={nurse.token}"})
    assert "step_pin" not in page.text


def test_neither_pin_nor_card_is_in_the_ledger_or_the_log(
    scene: Scene, nurse: Counter, caplog: pytest.LogCaptureFixture
) -> None:
    """H24: what an act carries is shown, never kept."""
    scene.policy(1, per_act_step="pin")
    with caplog.at_level("DEBUG"):
        nurse.send("POST", f"/people/{scene.person()}/declines", {}, step={"PIN": PIN})
        nurse.send("POST", f"/people/{scene.person()}/declines", {}, step={"PIN": WRONG})
    assert PIN not in caplog.text and WRONG not in caplog.text
    told = "SELECT count(*) FROM ledger_payload WHERE position(%s::bytea in payload) > 0"
    assert scene.one(told, PIN.encode()) == scene.one(told, WRONG.encode()) == 0


def test_a_number_in_full_is_shown_in_ones_own_name(scene: Scene, nurse: Counter) -> None:
    """H22, H24: not from a screen left open; the view says who keyed it."""
    person, number = numbered(Ground(scene, nurse))
    scene.policy(1, per_act_step="pin")
    path = f"/people/{person}/identifiers"
    shown = "SELECT count(*) FROM ledger_payload WHERE kind = 'number-shown' AND person_id = %s"
    for step in ({}, {"PIN": WRONG}):
        refused = nurse.send("POST", f"{path}/{number}/shown", {"reason": "henvisning"}, step=step)
        assert refused.status_code in (401, 428) and "number" not in refused.json()
    assert scene.one(shown, person) == 0
    assert nurse.get(path).status_code == 200
    full = nurse.send("POST", f"{path}/{number}/shown", {"reason": "henvisning"}, step={"PIN": PIN})
    assert full.status_code == 200 and len(full.json()["number"]) == len("ddmmåå-xxxx")
    said = scene.one(
        "SELECT convert_from(payload, 'UTF8')::json->'facts'->>'identified_by' FROM ledger_payload"
        " WHERE kind = 'number-shown' AND person_id = %s",
        person,
    )
    assert said == "pin"
