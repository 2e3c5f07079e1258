"""The page of an administrator: register, change, shut out; errors beside their field (H24)."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.client import Counter, sign_in
from tests.api.clients.machine import ALL, PHARMACY, Machine, calling
from tests.api.test_page_relations import Browser
from tests.scene import Scene


@pytest.fixture(scope="module")
def administrator(http: TestClient, scene: Scene) -> Browser:
    return Browser(http, sign_in(http, scene, "administrator1", None).token)


def form(machine: Machine, **changes: Any) -> dict[str, Any]:
    return {
        "name": "Elmens Apotek",
        "client_id": machine.client_id,
        "kind": "pharmacy",
        "acts_at": str(PHARMACY),
        "role": "nurse",
        "keys": json.dumps(machine.key.as_dict(private=False)),
        "scopes": list(ALL[:2]),
        "people": "unit",
        "cards": "",
        "thumbprint": "",
    } | changes


def press(browser: Browser, path: str, fields: dict[str, Any], key: str) -> Any:
    return browser.send(f"POST {path}", {}, {**fields, "key": f"press-{key}"})


def last_entry(scene: Scene) -> tuple[str, dict[str, Any]]:
    """The newest entry about a client in the clinic's chain of views."""
    kind, payload = scene.run(
        "SELECT kind, convert_from(payload, 'UTF8')::json FROM ledger_payload"
        " WHERE chain_id = 2 AND kind LIKE 'client-%%' ORDER BY seq DESC LIMIT 1"
    ).fetchone()
    return kind, payload["facts"]


def test_a_client_is_registered_changed_and_shut_out(
    http: TestClient, scene: Scene, administrator: Browser
) -> None:
    machine = Machine(http, "apotek-side")
    done = press(administrator, "/klienter", form(machine), "register-1")
    assert (done.status_code, done.headers["location"]) == (303, "/klienter/apotek-side"), done.text
    kind, facts = last_entry(scene)
    assert (kind, facts["client"], facts["keys"]) == ("client-registered", "apotek-side", ["k1"])
    mine = calling(http, scene, machine.token())
    assert mine.send("POST", "/checks", mine.order(scene.person(right_holder=3))).status_code == 200

    person = scene.person(right_holder=PHARMACY)
    only = {"version": "1", "people": "named", "cards": f"k-{person:04d}", "keys": ""}
    changed = press(administrator, "/klienter/apotek-side", form(machine, **only), "change-1")
    assert changed.status_code == 200, changed.text
    assert last_entry(scene)[0] == "client-changed"
    assert mine.get("/today").status_code == 401, "what was open under the old terms has ended"
    mine = calling(http, scene, machine.token())
    other = scene.person(right_holder=PHARMACY)
    assert mine.send("POST", "/checks", mine.order(other)).status_code == 404
    assert mine.send("POST", "/checks", mine.order(person)).status_code == 200
    shown = administrator.send("GET /klienter/apotek-side", {})
    looked = "SELECT 1 FROM ledger_payload WHERE chain_id = 2 AND kind = 'list-viewed' AND"
    looked += " convert_from(payload, 'UTF8')::json->'facts'->'found' #>> '{}' = %s"
    assert scene.one(looked, f"[{person}]"), "whose card is shown was looked at"
    assert "/api/v1/checks" in shown.text and f"K-{person:04d}" in shown.text

    stale = press(administrator, "/klienter/apotek-side", form(machine, **only), "change-2")
    assert stale.status_code == 409
    out = {"version": "2", "open": "nej", "reason": "nøglen er tabt"}
    assert press(administrator, "/klienter/apotek-side/adgang", out, "out-1").status_code == 200
    assert last_entry(scene)[0] == "client-disabled"
    assert machine.ask().status_code == 401
    assert mine.get("/today").status_code == 401
    back = {"version": "3", "open": "ja", "reason": "ny aftale"}
    assert press(administrator, "/klienter/apotek-side/adgang", back, "in-1").status_code == 200
    mine = calling(http, scene, machine.token())
    assert mine.send("POST", "/checks", mine.order(other)).status_code == 404, "the list stayed"


def test_a_press_repeated_registers_once(
    http: TestClient, scene: Scene, administrator: Browser
) -> None:
    machine = Machine(http, "to-gange")
    for _ in range(2):
        done = press(administrator, "/klienter", form(machine), "twice-1")
        assert done.status_code == 303
    again = press(administrator, "/klienter", form(machine), "twice-2")
    assert again.status_code == 409 and 'data-field="client_id"' in again.text


WRONG: dict[str, dict[str, Any]] = {
    "client_id": {"client_id": "Æ!"},
    "name": {"name": "x"},
    "kind": {"kind": "robot"},
    "role": {"kind": "system", "acts_at": "1", "role": "doctor"},
    "acts_at": {"acts_at": "1"},
    "keys": {"keys": "hemmelig"},
    "scopes": {"scopes": ["system/*.cruds"]},
    "people": {"people": "alle"},
    "cards": {"people": "named", "cards": "K-9999"},
    "thumbprint": {"thumbprint": "abc"},
}


@pytest.mark.parametrize("field", WRONG)
def test_what_cannot_be_used_is_said_beside_its_field_and_stays_typed(
    http: TestClient, scene: Scene, administrator: Browser, field: str
) -> None:
    machine = Machine(http, "ikke-endnu")
    typed = form(machine, name="Husk mig") | WRONG[field]
    answer = press(administrator, "/klienter", typed, f"wrong-{field}")
    assert answer.status_code == 422, answer.text
    assert f'data-field="{field}"' in answer.text
    assert "Husk mig" in answer.text or field == "name"
    assert scene.one("SELECT 1 FROM machine_client WHERE client_id = 'ikke-endnu'") is None


def test_a_private_key_is_refused_and_not_kept(
    http: TestClient, scene: Scene, administrator: Browser
) -> None:
    """H24: also not in the ledger."""
    machine = Machine(http, "med-privat")
    private = json.dumps(machine.key.as_dict(private=True))
    answer = press(administrator, "/klienter", form(machine, keys=private), "private-1")
    assert answer.status_code == 422
    assert scene.one("SELECT 1 FROM machine_client WHERE client_id = 'med-privat'") is None


def test_two_administrators_at_once_change_it_once(
    http: TestClient, scene: Scene, administrator: Browser
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    machine = Machine(http, "samtidig")
    press(administrator, "/klienter", form(machine), "at-once-0")
    token = administrator.token
    fields = form(machine, version="1", keys="")
    with ThreadPoolExecutor(4) as crowd:
        answers = list(
            crowd.map(
                lambda n: press(Browser(http, token), "/klienter/samtidig", fields, f"at-once-{n}"),
                range(1, 5),
            )
        )
    assert sorted(one.status_code for one in answers) == [200, 409, 409, 409]


def test_the_application_makes_no_doctor_and_no_client_in_anothers_name(
    http: TestClient, scene: Scene, shared_database: Any
) -> None:
    """H22: decision 0014 holds: whoever writes SQL as the service makes no doctor."""
    import psycopg

    with psycopg.connect(shared_database.app_url, autocommit=True) as service:
        for role in ("pharmacist", "doctor"):
            with pytest.raises(psycopg.Error):
                service.execute(
                    "INSERT INTO machine_client (client_id, unit_id, acts_at, name, kind, role,"
                    " registered_by, registered_at) VALUES ('bagom', 1, 3, 'Bagom', 'pharmacy',"
                    " %s, 13, now())",
                    (role,),
                )
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            service.execute(
                "INSERT INTO staff_session (session_hash, staff_id, started_at, seen_at, how)"
                " SELECT '\\x00', staff_id, now(), now(), 'password' FROM staff"
                " WHERE machine LIMIT 1"
            )


def test_nobody_elses_clients_are_found(http: TestClient, scene: Scene) -> None:
    other: Counter
    if scene.one("SELECT 1 FROM unit WHERE unit_id = 2") is None:
        scene.unit(2, "Nabohuset")
    other = sign_in(http, scene, "administrator2", None)
    assert Browser(http, other.token).send("GET /klienter/apotek-side", {}).status_code == 404
    assert "apotek-side" not in Browser(http, other.token).send("GET /klienter", {}).text
