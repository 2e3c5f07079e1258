"""From an entry in the ledger to a signed message at another system, over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from standardwebhooks.webhooks import Webhook

from dispensing.outbox.delivering import Sending, deliver
from dispensing.outbox.following import follow
from tests.api.client import Counter, problem, sign_in
from tests.api.outbox.receiving import Receiver, receiver
from tests.scene import Scene

# Messages are taken due by the clock behind the ledger's back.
SENDING = Sending(lambda: 0.0, loopback=True)


@pytest.fixture(scope="module")
def administrator(http: TestClient, scene: Scene) -> Counter:
    http.app.state.settings = replace(http.app.state.settings, webhook_loopback=True)
    return sign_in(http, scene, "administrator1")


@pytest.fixture
def listening(
    http: TestClient, scene: Scene, administrator: Counter
) -> Iterator[tuple[Receiver, dict[str, Any]]]:
    """A receiver that is told of unit 1's people, also of its own acts."""
    with receiver() as made:
        body = {"url": made.url, "own_acts": True}
        answer = administrator.send("POST", "/webhooks", body)
        assert answer.status_code == 201, answer.text
        told(http)
        made.bodies.clear()
        yield made, answer.json()
        scene.run("DELETE FROM outbox_message")
        scene.run("DELETE FROM webhook_endpoint")


def told(http: TestClient, sending: Sending = SENDING) -> int:
    """Follow the ledger and send what is due; how many arrived."""
    wiring, arrived = http.app.state.wiring, 0
    http.portal.call(follow, wiring)
    while (count := http.portal.call(deliver, wiring, sending)) > 0:
        arrived += count
    return arrived


def somebody(http: TestClient, scene: Scene, made: Receiver, **changes: Any) -> int:
    """A person whose beginnings have been told of."""
    person = scene.person(**changes)
    told(http)
    made.bodies.clear()
    made.headers.clear()
    scene.run("DELETE FROM outbox_message")
    return person


def types(made: Receiver) -> list[str]:
    return [json.loads(body)["type"] for body in made.bodies]


def due_now(scene: Scene) -> None:
    scene.run("UPDATE outbox_message SET next_at = now() WHERE next_at IS NOT NULL")


def test_a_hand_out_is_told_signed_thin_and_once(
    http: TestClient, scene: Scene, nurse: Counter, listening: tuple[Receiver, dict[str, Any]]
) -> None:
    """H02, H24: kind, moment and number; no name, no amount. Followed again, nothing is new."""
    made, registered = listening
    person = somebody(http, scene, made, name=("Kanarie", "Gulfugl"))
    nurse.given(person)
    assert told(http) == 2
    assert sorted(types(made)) == ["dose.given", "dose.reserved"]
    for body, headers in zip(made.bodies, made.headers, strict=True):
        said = Webhook(registered["secret"]).verify(body, headers)
        assert said["data"]["person_id"] == person and set(said) == {"type", "timestamp", "data"}
        assert set(said["data"]) == {"person_id", "unit_id", "entry"}
        assert "Kanarie" not in body and "ug" not in body and "mg" not in body
    assert len({one["webhook-id"] for one in made.headers}) == 2
    assert told(http) == 0


def test_only_whom_it_concerns_and_not_of_its_own_acts(
    http: TestClient,
    scene: Scene,
    nurse: Counter,
    neighbour: Counter,
    administrator: Counter,
) -> None:
    """Another unit's endpoint hears nothing of a stranger; of its own acts only where asked."""
    there = sign_in(http, scene, "administrator2", 2)
    with receiver() as here, receiver() as elsewhere:
        assert administrator.send("POST", "/webhooks", {"url": here.url}).status_code == 201
        assert there.send("POST", "/webhooks", {"url": elsewhere.url}).status_code == 201
        told(http)
        stranger, guest = (somebody(http, scene, here) for _ in range(2))
        nurse.given(stranger)
        scene.run("UPDATE person SET right_holder_unit_id = 2 WHERE person_id = %s", guest)
        neighbour.reserved(guest)
        scene.run("UPDATE person SET right_holder_unit_id = 1 WHERE person_id = %s", guest)
        assert told(http) == 1
        assert types(here) == ["dose.reserved"] and types(elsewhere) == []
        scene.run("DELETE FROM outbox_message")
        scene.run("DELETE FROM webhook_endpoint")


def test_a_receiver_that_fails_is_tried_again_under_the_same_id(
    http: TestClient, scene: Scene, nurse: Counter, listening: tuple[Receiver, dict[str, Any]]
) -> None:
    """H20: what did not arrive waits, a redirect is no arrival, and the id tells it is the same."""
    made, _ = listening
    nurse.reserved(somebody(http, scene, made))
    made.answers = [500, 302, 204]
    assert told(http) == 0
    rows = scene.run("SELECT tries, last_answer, next_at > now() FROM outbox_message").fetchall()
    assert rows == [(1, "500", True)]
    due_now(scene)
    assert told(http) == 0
    due_now(scene)
    assert told(http) == 1
    assert len({one["webhook-id"] for one in made.headers[-3:]}) == 1 and len(made.bodies) == 3
    assert scene.one("SELECT delivered_at IS NOT NULL FROM outbox_message")


def test_a_worker_that_dies_after_sending_leaves_the_message_to_the_next(
    http: TestClient, scene: Scene, nurse: Counter, listening: tuple[Receiver, dict[str, Any]]
) -> None:
    """Taken and not marked: a minute later it goes out again, and nobody else takes it before."""
    made, _ = listening
    nurse.reserved(somebody(http, scene, made))
    http.portal.call(follow, http.app.state.wiring)
    scene.run("UPDATE outbox_message SET tries = 1, next_at = now() + interval '1 minute'")
    assert told(http) == 0 and made.bodies == []
    due_now(scene)
    assert told(http) == 1
    assert scene.one("SELECT tries FROM outbox_message") == 2


def test_one_that_is_gone_is_told_no_more(
    http: TestClient,
    scene: Scene,
    nurse: Counter,
    administrator: Counter,
    listening: tuple[Receiver, dict[str, Any]],
) -> None:
    """410 says so. The administrator sees it, starts it again, and sends the last day again."""
    made, registered = listening
    nurse.reserved(somebody(http, scene, made))
    made.answers = [410]
    assert told(http) == 0
    (shown,) = administrator.send("GET", "/webhooks").json()
    assert shown["disabled_why"] == "gone"
    nurse.reserved(scene.person())
    assert told(http) == 0 and len(made.bodies) == 1
    number = registered["endpoint_id"]
    answer = administrator.send("POST", f"/webhooks/{number}/switch", {"enabled": True})
    assert answer.status_code == 200, answer.text
    problem(
        administrator.send("POST", f"/webhooks/{number}/switch", {"enabled": True}),
        *(409, "webhook-as-asked"),
    )
    since = (scene.connection.execute("SELECT now()").fetchone()[0] - timedelta(days=1)).isoformat()
    again = administrator.send("POST", f"/webhooks/{number}/replays", {"since": since})
    assert again.json()["messages"] == 1
    assert told(http) > 1, "the message that was refused, and what happened meanwhile"
    assert scene.one("SELECT count(*) FROM outbox_message WHERE delivered_at IS NULL") == 0


def test_after_three_days_it_is_given_up_and_the_address_stopped(
    http: TestClient, scene: Scene, nurse: Counter, listening: tuple[Receiver, dict[str, Any]]
) -> None:
    made, _ = listening
    nurse.reserved(somebody(http, scene, made))
    http.portal.call(follow, http.app.state.wiring)
    scene.run("UPDATE outbox_message SET tries = 9")
    made.answers = [503]
    assert told(http) == 0
    assert scene.one("SELECT given_up_at IS NOT NULL FROM outbox_message")
    assert scene.one("SELECT disabled_why FROM webhook_endpoint") == "failing"


def test_what_happens_while_an_address_is_stopped_waits_for_it(
    http: TestClient,
    scene: Scene,
    nurse: Counter,
    administrator: Counter,
    listening: tuple[Receiver, dict[str, Any]],
) -> None:
    """H02: another address goes on; the stopped one is told all of it when it is started."""
    made, registered = listening
    person = somebody(http, scene, made)
    with receiver() as other:
        body = {"url": other.url, "own_acts": True}
        assert administrator.send("POST", "/webhooks", body).status_code == 201
        path = f"/webhooks/{registered['endpoint_id']}/switch"
        assert administrator.send("POST", path, {"enabled": False}).status_code == 200
        nurse.reserved(person)
        assert told(http) == 1 and made.bodies == []
        assert administrator.send("POST", path, {"enabled": True}).status_code == 200
        assert told(http) == 1 and types(made) == ["dose.reserved"]


def test_an_address_that_breaks_the_sending_holds_nobody_up(
    http: TestClient, scene: Scene, nurse: Counter, listening: tuple[Receiver, dict[str, Any]]
) -> None:
    """H20: the others' messages are marked as they arrive, and it is tried again later."""
    made, _ = listening
    person = somebody(http, scene, made)
    scene.run(
        "INSERT INTO webhook_endpoint (unit_id, url, own_acts, registered_by, registered_at)"
        " VALUES (1, 'https://apotek..example/', true, 10, now())"
    )
    nurse.reserved(person)
    assert told(http) == 1
    rows = scene.run(
        "SELECT last_answer, delivered_at IS NULL FROM outbox_message ORDER BY 1"
    ).fetchall()
    assert rows == [("204", False), ("refused-address", True)]


def test_a_supply_that_ended_is_told_to_the_pharmacy(
    http: TestClient, scene: Scene, nurse: Counter, administrator: Counter
) -> None:
    """H02: also where it has handed nothing out yet."""
    scene.unit(5, "Apoteket", "pharmacy")
    there = sign_in(http, scene, "administrator5", 5)
    with receiver() as made:
        assert there.send("POST", "/webhooks", {"url": made.url}).status_code == 201
        person = somebody(http, scene, made)
        concerned = "SELECT concerns_unit(%s, 5::smallint)"
        assert not scene.one(concerned, person)
        doctor = sign_in(http, scene, "doctor1")
        body = {
            "kind": "pharmacy",
            "reason": "stabil",
            "pharmacy_unit_id": 5,
            "pickup_weekdays": [1, 2, 3, 4, 5, 6, 7],
            "supervised_weekdays": [1, 2, 3, 4, 5, 6, 7],
            "take_home_days": 1,
            "valid_from": str(scene.today + timedelta(days=3)),
        }
        decided = doctor.send("POST", f"/people/{person}/arrangements", body)
        assert decided.status_code < 300, decided.text
        told(http)
        assert "supply.changed" in types(made)
        made.bodies.clear()
        ended = doctor.send("POST", f"/people/{person}/supply-order/end", {"reason": "hjem igen"})
        assert ended.status_code < 300, ended.text
        told(http)
        assert "supply.changed" in types(made)
        scene.run("DELETE FROM outbox_message")
        scene.run("DELETE FROM webhook_endpoint")


def test_a_new_secret_signs_beside_the_old_one_for_a_day(
    http: TestClient,
    scene: Scene,
    nurse: Counter,
    administrator: Counter,
    listening: tuple[Receiver, dict[str, Any]],
) -> None:
    made, registered = listening
    path = f"/webhooks/{registered['endpoint_id']}/rotations"
    rotated = administrator.send("POST", path, {}).json()
    assert rotated["secret"] != registered["secret"]
    nurse.reserved(somebody(http, scene, made))
    assert told(http) == 1
    for secret in (registered["secret"], rotated["secret"]):
        Webhook(secret).verify(made.bodies[-1], made.headers[-1])
    scene.run("UPDATE webhook_endpoint SET previous_until = now() - interval '1 second'")
    nurse.reserved(somebody(http, scene, made))
    assert told(http) == 1
    assert " " not in made.headers[-1]["webhook-signature"]
    Webhook(rotated["secret"]).verify(made.bodies[-1], made.headers[-1])


def test_a_name_that_leads_into_a_private_network_is_not_followed(
    http: TestClient, scene: Scene, nurse: Counter, listening: tuple[Receiver, dict[str, Any]]
) -> None:
    """H24: judged when it is connected to, not when it was registered."""
    made, _ = listening
    scene.run("UPDATE webhook_endpoint SET url = 'https://apotek.example/hook'")

    async def private(host: str, port: int) -> list[str]:
        assert (host, port) == ("apotek.example", 443)
        return ["10.0.0.7"]

    nurse.reserved(somebody(http, scene, made))
    assert told(http, replace(SENDING, resolve=private)) == 0
    assert scene.one("SELECT last_answer FROM outbox_message") == "refused-address"
    assert made.bodies == []


def test_two_workers_never_send_one_message_twice(
    http: TestClient, scene: Scene, nurse: Counter, listening: tuple[Receiver, dict[str, Any]]
) -> None:
    """Both follow and deliver at once, as two processes of the service do."""
    made, _ = listening
    people = [somebody(http, scene, made) for _ in range(6)]
    for person in people:
        nurse.reserved(person)
    wiring = http.app.state.wiring

    async def both() -> None:
        import asyncio

        await asyncio.gather(*(follow(wiring) for _ in range(4)))
        await asyncio.gather(*(deliver(wiring, SENDING) for _ in range(4)))

    http.portal.call(both)
    told(http)
    assert len(made.bodies) == 6
    assert len({json.loads(body)["data"]["entry"] for body in made.bodies}) == 6


@pytest.mark.parametrize(
    "url",
    ["http://apotek.example/", "https://user:pw@a.example/", "https://", "https://a.example/#x"],
)
def test_an_address_that_cannot_be_is_said_beside_its_field(
    administrator: Counter, url: str, unchanged: None
) -> None:
    answer = administrator.send("POST", "/webhooks", {"url": url})
    assert problem(answer, 422)["field"] == "url"
