"""Whatever is sent to a stock page: a sentence, the right status, nothing moved, nothing lost."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from dispensing.app import create_app
from dispensing.settings import load_settings
from tests.api.storeroom import Storeroom
from tests.clusters import Database
from tests.scene import PASSWORD, Scene


@pytest.fixture(scope="module")
def scene(shared_database: Database) -> Iterator[Scene]:
    made = Scene(shared_database.owner_url)
    made.unit(2, "Nabohuset")
    yield made
    made.close()


@pytest.fixture(scope="module")
def client(
    shared_database: Database, scene: Scene, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    """A nurse's browser without scripts, signed in at counter 1; two cabinets stand there."""
    Storeroom.furnish(scene, None)  # type: ignore[arg-type]
    folder = tmp_path_factory.mktemp("service")
    settings = load_settings({"DISPENSING_DATA_DIR": str(folder)})
    app = create_app(replace(settings, database_url=shared_database.app_url))
    with TestClient(app, raise_server_exceptions=False) as made:
        csrf = csrf_in(made.get("/log-ind").text)
        fields = {"username": "nurse1", "password": PASSWORD, "counter": "1", "csrf": csrf}
        assert made.post("/log-ind", data=fields).url.path == "/skranke"
        yield made


def csrf_in(page: str) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page)
    assert found is not None
    return found[1]


_keys = iter(range(10_000))


def send(client: TestClient, path: str, **fields: str) -> tuple[int, str]:
    """Post a form of the stock page; the status and the page."""
    csrf = csrf_in(client.get("/lager").text)
    sent = {"csrf": csrf, "key": f"stock-page-{next(_keys)}"} | fields
    answer = client.post(path, data=sent)
    return answer.status_code, answer.text


def moved(scene: Scene) -> int:
    return int(scene.one("SELECT count(*) FROM stock_movement"))


def _waste(amount: str, place: str = "holding", number: str = "1") -> str:
    line = f'{{"place":"{place}","number":{number},"amount":"{amount}"}}'
    return f'{{"kind":"destroyed","lines":[{line}],"reason":"hvorfor"}}'


def _rest(reservation: str, reason: str, wasted: str = "1") -> str:
    return f'{{"reservation_id":{reservation},"wasted":"{wasted}","reason":"{reason}"}}'


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        ("/lager/modtag", {"code": "vrøvl", "cabinet": "1", "supplier": "G", "packages": "1"}, 422),
        ("/lager/modtag", {"code": "x" * 201, "cabinet": "1", "supplier": "G"}, 422),
        ("/lager/modtag", {"code": "x", "cabinet": "et", "supplier": "G"}, 422),
        ("/lager/modtag", {"code": "x", "cabinet": "1", "packages": "-1"}, 422),
        ("/lager/aabn", {"code": ""}, 422),
        ("/lager/aabn", {"code": "\x00"}, 422),
        ("/lager/flyt", {"holding": "1", "packages": "1", "to": "skab-x"}, 404),
        ("/lager/flyt", {"holding": "999", "packages": "1", "to": "enhed-2"}, 404),
        ("/lager/flyt", {"holding": "1", "packages": "0", "to": "skab-2"}, 422),
        ("/lager/kasser", {"place": "bottle", "amount": "1", "reason": "rest"}, 422),
        ("/lager/kasser", {"place": "bottle-99999", "amount": "1", "reason": "rest"}, 404),
        ("/lager/kasser", {"place": "bottle-1", "amount": "1,2345", "reason": "rest"}, 422),
        ("/lager/kasser", {"place": "bottle-1", "amount": "1", "reason": ""}, 422),
        ("/lager/retur", {"person": "1", "product": "metadon-1", "amount": "1"}, 404),
        ("/lager/retur", {"person": "x", "product": "metadon-1", "amount": "1"}, 422),
        ("/lager/rest", {"reservation": "999", "wasted": "1", "reason": "rest"}, 404),
        ("/lager/forklar", {"count": "9", "line": "1", "reason": "hvorfor", "adjust": "1"}, 404),
        ("/lager/mangler", {"transfer": "9", "reason": "hvorfor"}, 404),
        ("/lager/underskriv", {"kind": "waste", "asked": "{}", "seen": "0" * 64}, 422),
        ("/lager/underskriv", {"kind": "drop", "asked": "{}", "seen": "0" * 64}, 422),
        ("/lager/underskriv", {"kind": "rest", "asked": "[" * 5_000, "seen": "0" * 64}, 422),
        ("/lager/underskriv", {"kind": "waste", "asked": _waste("9" * 5_000)}, 422),
        ("/lager/underskriv", {"kind": "waste", "asked": _waste("1", "holding", "9" * 5_000)}, 422),
        ("/lager/underskriv", {"kind": "rest", "asked": _rest("1", "\\u0000\\u0000\\u0000")}, 422),
        ("/lager/underskriv", {"kind": "rest", "asked": _rest("9" * 5_000, "rest")}, 422),
        ("/lager/underskriv", {"kind": "rest", "asked": _rest("1", "rest", "\\udc00")}, 422),
        ("/lager/underskriv", {"kind": "missing", "asked": '{"reason":"hvorfor"}'}, 422),
        ("/lager/flaske/999/luk", {}, 404),
        ("/lager/batch/999", {"state": "quarantined", "reason": "hvorfor"}, 404),
        ("/lager/batch/1", {"state": "lost", "reason": "hvorfor"}, 404),
        ("/lager/optael/skranke/1", {"counted-1": "x"}, 409),
        ("/lager/optael/skranke/2", {"counted-1": "1"}, 404),
    ],
    ids=str,
)
def test_what_cannot_be_used(
    client: TestClient, scene: Scene, path: str, fields: dict[str, str], status: int
) -> None:
    before = moved(scene)
    answered, page = send(client, path, **fields)
    assert answered == status, page[:2_000]
    assert 'lang="da"' in page and "Traceback" not in page
    assert moved(scene) == before


def test_a_refused_form_keeps_what_was_typed(client: TestClient, scene: Scene) -> None:
    store = Storeroom(scene, None)  # type: ignore[arg-type]
    code = store.code("metadon-5", "TYPED")
    fields = {"code": code, "cabinet": "1", "supplier": "Grossisten", "expected": "metadon-1"}
    status, page = send(client, "/lager/modtag", packages="7", **fields)
    assert status == 409
    assert "STOP: det er en anden vare eller styrke" in page
    assert 'value="Grossisten"' in page and 'value="7"' in page


def test_a_nurse_sees_no_balance_and_no_register(client: TestClient) -> None:
    """H23: what is counted blind stands on no page of whoever counts."""
    page = client.get("/lager").text
    assert "Tilbage</th>" not in page and "1000000 ml" not in page
    assert client.get("/lager/regnskab").status_code == 403
    assert client.get("/lager/regnskab.pdf").status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/lager/optael/skranke/x",
        "/lager/optael/kasse/1",
        "/lager/optaelling/999",
        "/lager/flaske/999/etiket",
        "/lager/flaske/0/kode.svg",
        "/lager/regnskab.exe",
        "/lager/regnskab?from=2026-02-30",
    ],
)
def test_addresses_that_lead_nowhere(client: TestClient, path: str) -> None:
    assert client.get(path).status_code in (403, 404, 422)


def test_signing_with_another_text_than_was_shown(client: TestClient, scene: Scene) -> None:
    """H23: the page may be changed on its way; the hash of what was read is not to be had."""
    bottle = scene.one("SELECT min(bottle_id) FROM bottle WHERE unit_id = 1")
    fields = {"place": f"bottle-{bottle}", "amount": "1", "reason": "rest i flasken"}
    status, page = send(client, "/lager/kasser", **fields)
    assert status == 200 and "Destrueres: 1 ml = 1 mg" in page
    asked = re.search(r'name="asked" value="([^"]*)"', page)
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', page)
    assert asked is not None and seen is not None
    changed = asked[1].replace("&#34;", '"').replace('"amount":"1"', '"amount":"500"')
    before = moved(scene)
    signed = {"kind": "waste", "seen": seen[1], "username": "nurse1b", "password": PASSWORD}
    status, page = send(client, "/lager/underskriv", asked=changed, **signed)
    assert status == 409 and "Teksten er en anden nu" in page
    assert moved(scene) == before
