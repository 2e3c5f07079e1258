"""What a machine's token opens: routes that declare a scope it has, and nothing else (H24)."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from dispensing.clients.call_log import EVERY_S
from dispensing.clients.limits import Buckets, SlowDown, Turns, limits_of
from dispensing.people.scopes import OFFERED, Scoped
from tests.api.client import MADE_UP_NUMBER, Counter, problem, sign_in
from tests.api.clients.machine import ALL, PHARMACY, Machine, calling, registered
from tests.scene import Scene

# Public documents, the same for everybody; whoever asks is not even looked at.
FOR_EVERYBODY = {"/static", "/api/v1/openapi.json"}
DECLARED = {
    "POST /api/v1/checks": {"system/MedicationRequest.rs"},
    "POST /api/v1/reservations": {"system/MedicationDispense.c"},
    **{
        f"POST /api/v1/reservations/{{reservation_id}}/{what}": {"system/MedicationDispense.c"}
        for what in (*("given", "returned", "refused", "spilled", "doubts", "reversals", "vomits"),)
    },
    "POST /api/v1/people/searches": {"system/Patient.rs"},
    **{
        f"GET /api/v1/{what}": {
            "system/Patient.rs",
            "system/MedicationRequest.rs",
            "system/MedicationDispense.rs",
        }
        for what in ("people/{person_id}", "today")
    },
    **{
        f"GET /api/v1/supply-orders{what}": {"system/MedicationDispense.r"}
        for what in ("", "/changes", "/{supply_id}")
    },
    **{
        f"POST /api/v1/{what}": {"system/MedicationDispense.c"}
        for what in (
            *("supply-orders/{supply_id}/missed", "supply-orders/{supply_id}/oddities"),
            *("own-packages", "own-packages/{bottle_id}/away"),
        )
    },
}


def every_route(http: TestClient) -> dict[str, set[str]]:
    """Every route of the application with the scopes it declares."""
    found: dict[str, set[str]] = {}
    waiting: list[Any] = list(http.app.routes)  # type: ignore[attr-defined]
    while waiting:
        route = waiting.pop()
        if inner := getattr(route, "original_router", None):
            waiting.extend(inner.routes)
            continue
        asked = [one.dependency for one in getattr(route, "dependencies", ())]
        scopes = {name for one in asked if isinstance(one, Scoped) for name in one.names}
        for method in (getattr(route, "methods", None) or {"GET"}) - {"HEAD"}:
            found[f"{method} {route.path}"] = scopes
    return found


@pytest.fixture(scope="module")
def token(http: TestClient, scene: Scene) -> str:
    """A token with every scope that exists."""
    widest = tuple(f"system/{name}.{letters}" for name, letters in OFFERED.items())
    return registered(http, scene, "alt-tilladt", scopes=widest).token(" ".join(widest))


def test_these_routes_are_open_to_machines(http: TestClient) -> None:
    """A route that becomes open to machines is thought about here."""
    found = {name: what for name, what in every_route(http).items() if what}
    of_fhir = {name: found.pop(name) for name in sorted(found) if " /fhir/" in name}
    assert found == DECLARED
    assert len(of_fhir) > 10
    for name, what in of_fhir.items():
        kind, letters = name.split("/")[2], "rs"
        if name == "POST /fhir/MedicationDispense":
            letters = "c"
        assert what == {f"system/{kind}.{letters}"}, name


def test_the_document_says_which(http: TestClient) -> None:
    """docs/clients.md lists the routes with their scopes, as they are declared."""
    text = (Path(__file__).parents[3] / "docs" / "clients.md").read_text()
    told = {
        row[0].strip("` "): set(re.findall(r"system/[A-Za-z]+\.[a-z]+", row[1]))
        for line in text.splitlines()
        if line.startswith(("| `GET", "| `POST")) and (row := line.strip("|").split("|"))
    }
    assert told == DECLARED


def test_every_other_route_refuses_a_token_with_all_scopes(http: TestClient, token: str) -> None:
    """H22, H24: default deny, pages and sign-in included, before anything else is looked at."""
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "not-for-machines"}
    let_in: list[str] = []
    for name, scopes in every_route(http).items():
        method, _, path = name.partition(" ")
        if scopes or path in FOR_EVERYBODY:
            continue
        address = path
        for part in ("person_id", "reservation_id"):
            address = address.replace("{" + part + "}", "101")
        while "{" in address:
            address = address[: address.index("{")] + "1" + address[address.index("}") + 1 :]
        body = {"json": {}} if path.startswith("/api/") and method != "GET" else {}
        answer = http.request(method, address, headers=headers, follow_redirects=False, **body)
        if answer.status_code != 403:
            let_in.append(f"{answer.status_code} {name}")
    assert let_in == []


def test_a_token_in_a_cookie_opens_no_page(http: TestClient, token: str) -> None:
    http.cookies.set("session", token)
    for path in ("/skranke", "/lager", "/kalender", "/klienter"):
        assert http.get(path, follow_redirects=False).status_code == 403, path


@pytest.mark.parametrize("route", sorted(DECLARED))
def test_a_token_without_the_scope_is_refused(
    http: TestClient, scene: Scene, pharmacy: Machine, route: str
) -> None:
    wanted = DECLARED[route]
    method, _, path = route.partition(" ")
    address = path.replace("{person_id}", "101")
    for part in ("reservation_id", "supply_id", "bottle_id"):
        address = address.replace("{" + part + "}", "1")
    for without in wanted:
        others = [one for one in ALL if one.split(".")[0] != without.split(".")[0]]
        token = pharmacy.token(" ".join(others))
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "lacks-a-scope"}
        document = problem(
            http.request(method, address, headers=headers, json={}), 403, "scope-needed"
        )
        assert without in document["needs"]


def test_a_letter_is_not_another(http: TestClient, scene: Scene, pharmacy: Machine) -> None:
    """Reading dispenses is not creating one."""
    mine = calling(http, scene, pharmacy.token("system/MedicationDispense.rs"))
    problem(mine.reserve(scene.person(right_holder=PHARMACY)), 403, "scope-needed")


def test_a_pharmacy_hands_out_by_the_use_cases_of_the_counter(
    http: TestClient, scene: Scene, pharmacy: Machine
) -> None:
    """H01, H07: the same verdict, claim and answer; the clinic's own counter is then refused."""
    mine = calling(http, scene, pharmacy.token())
    person = scene.person(right_holder=PHARMACY)
    asked = mine.send("POST", "/checks", mine.order(person))
    assert (asked.status_code, asked.json()["blocking"]) == (200, []), asked.text
    given = mine.given(person)
    again = mine.reserve(person)
    assert again.status_code == 409
    actor = scene.one("SELECT reserved_by FROM reservation WHERE reservation_id = %s", given)
    assert scene.one("SELECT machine FROM staff WHERE staff_id = %s", actor)
    seen = mine.get(f"/people/{person}")
    assert seen.status_code == 200
    found = mine.send("POST", "/people/searches", {"text": f"K-{person:04d}"})
    assert [one["person_id"] for one in found.json()] == [person]


def test_a_unit_that_asks_for_a_pin_asks_no_machine(
    http: TestClient, scene: Scene, pharmacy: Machine
) -> None:
    """It has no screen that somebody could have left open (decision 0021)."""
    scene.policy(PHARMACY, per_act_step="pin")
    mine = calling(http, scene, pharmacy.token())
    reservation = mine.reserved(scene.person(right_holder=PHARMACY))
    assert mine.tell(reservation, "returned").status_code == 200
    scene.policy(PHARMACY)


def test_people_who_do_not_come_to_the_pharmacy_are_not_found(
    http: TestClient, scene: Scene, pharmacy: Machine
) -> None:
    """H24: enrolled at the clinic that registered the client, and not sent to the pharmacy."""
    mine = calling(http, scene, pharmacy.token())
    stranger = scene.person()
    problem(mine.get(f"/people/{stranger}"), 404)
    problem(mine.reserve(stranger), 404)


def test_a_named_list_hides_everybody_else_and_no_fact(http: TestClient, scene: Scene) -> None:
    """H24: 404, not in lists nor among look-alikes; what was had elsewhere still decides (H07)."""
    nurse = sign_in(http, scene, "nurse1")
    names = {"name": ("Ane", "Beck")}
    sent, other = (scene.person(right_holder=PHARMACY, **names) for _ in range(2))
    machine = registered(http, scene, "kun-en", cards=(f"K-{sent:04d}",))
    mine = calling(http, scene, machine.token())
    assert mine.get(f"/people/{sent}").json()["person"]["look_alikes"] == []
    for refused in (
        mine.get(f"/people/{other}"),
        mine.send("POST", "/checks", mine.order(other)),
        mine.reserve(other),
    ):
        problem(refused, 404)
    assert [row["person_id"] for row in mine.get("/today").json()["rows"]] == [sent]
    found = mine.send("POST", "/people/searches", {"text": "Beck"}).json()
    assert [one["person_id"] for one in found] == [sent]
    theirs = calling(http, scene, registered(http, scene, "dem-alle").token())
    reservation = theirs.reserved(other)
    problem(mine.tell(reservation, "returned"), 404)
    theirs.given(sent)
    refusal = mine.reserve(sent)
    assert refusal.status_code == 409
    assert nurse.get(f"/people/{sent}").status_code == 200


def test_every_call_is_in_the_log_and_names_no_number(
    http: TestClient, scene: Scene, pharmacy: Machine
) -> None:
    """Route templates, never addresses; whom it was about; also what was refused."""
    mine = calling(http, scene, pharmacy.token())
    person = scene.person(right_holder=PHARMACY)
    time.sleep(2 * EVERY_S)
    scene.run("DELETE FROM machine_call")
    mine.get(f"/people/{person}")
    mine.get("/calendar")
    mine.send("POST", "/people/searches", {"text": MADE_UP_NUMBER})
    # Written a quarter of a second later at the latest.
    deadline = time.monotonic() + 5
    while scene.one("SELECT count(*) FROM machine_call") < 3 and time.monotonic() < deadline:
        time.sleep(0.05)
    rows = scene.run(
        "SELECT method, route, status, person_id FROM machine_call ORDER BY call_id"
    ).fetchall()
    assert rows[0] == ("GET", "/api/v1/people/{person_id}", 200, person)
    assert rows[1] == ("GET", "/api/v1/calendar", 403, None)
    assert rows[2][:2] == ("POST", "/api/v1/people/searches")


def test_too_many_calls_are_told_when_to_come_back(
    http: TestClient, scene: Scene, pharmacy: Machine
) -> None:
    mine = calling(http, scene, pharmacy.token())
    http.app.state.machines.limits.calls = Buckets(60, 2)  # type: ignore[attr-defined]
    answers = [mine.get("/today") for _ in range(4)]
    assert [one.status_code for one in answers[:2]] == [200, 200]
    assert 429 in [one.status_code for one in answers[2:]]
    slow = next(one for one in answers if one.status_code == 429)
    assert int(slow.headers["retry-after"]) >= 1
    problem(slow, 429, "too-many-calls")
    assert sign_in(http, scene, "nurse1").get("/today").status_code == 200


def test_machines_wait_for_their_turn_and_people_do_not(
    http: TestClient, scene: Scene, pharmacy: Machine
) -> None:
    """H23: a crowd of machines has one turn at a time; the counter beside it is served."""
    nurse: Counter = sign_in(http, scene, "nurse1")
    mine = calling(http, scene, pharmacy.token())
    limits = http.app.state.machines.limits  # type: ignore[attr-defined]
    before = limits._turns.get("pharmacy")
    limits._turns["pharmacy"] = Turns(1, 2)
    with ThreadPoolExecutor(12) as crowd:
        asked = [crowd.submit(mine.get, "/today") for _ in range(12)]
        assert nurse.get("/today").status_code == 200
        statuses = [one.result().status_code for one in asked]
    if before is not None:
        limits._turns["pharmacy"] = before
    assert set(statuses) <= {200, 429} and 200 in statuses


def test_a_bucket_fills_again_and_forgets() -> None:
    buckets = Buckets(per_minute=60, burst=2)
    buckets.take("a", 0.0)
    buckets.take("a", 0.0)
    with pytest.raises(SlowDown) as slow:
        buckets.take("a", 0.5)
    assert slow.value.after_s == 1
    buckets.take("b", 0.5)
    buckets.take("a", 1.6)


def test_workers_share_the_rate() -> None:
    assert limits_of(1200, 4, 64, 4).calls.per_minute == 300
