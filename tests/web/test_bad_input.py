"""Whatever is sent to a page: a clear sentence, the right status, and nothing changed."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from dispensing.app import create_app
from dispensing.settings import load_settings
from tests.clusters import Database
from tests.scene import PASSWORD, Scene

RESERVE = "/skranke/person/{}/reserver"


@pytest.fixture(scope="module")
def scene(shared_database: Database) -> Iterator[Scene]:
    made = Scene(shared_database.owner_url)
    yield made
    made.close()


@pytest.fixture(scope="module")
def client(
    shared_database: Database, scene: Scene, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    """A nurse's browser without scripts, signed in."""
    folder = tmp_path_factory.mktemp("service")
    settings = load_settings({"DISPENSING_DATA_DIR": str(folder)})
    app = create_app(replace(settings, database_url=shared_database.app_url))
    with TestClient(app, raise_server_exceptions=False) as made:
        fields = {"username": "nurse1", "password": PASSWORD, "counter": "1"}
        page = made.get("/log-ind").text
        answer = made.post("/log-ind", data=fields | {"csrf": csrf_in(page)})
        assert answer.url.path == "/skranke", answer.text
        yield made


def csrf_in(page: str) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page)
    assert found is not None
    return found[1]


def form_of(client: TestClient, person_id: int) -> dict[str, object]:
    """The fields of the reserve form as the page shows it."""
    page = client.get(f"/skranke?person={person_id}").text
    form = page[page.index('id="do-reserve"') :]
    form = form[: form.index("</form>")]
    fields: dict[str, object] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form):
        fields[name] = [*fields[name], value] if isinstance(fields.get(name), list) else value
    return fields


def claims(scene: Scene, person_id: int) -> int:
    return scene.one(
        "SELECT count(*) FROM claim WHERE person_id = %s AND for_day = %s", person_id, scene.today
    )


@pytest.mark.parametrize(
    ("field", "value", "status"),
    [
        ("csrf", "0" * 64, 403),
        ("csrf", "ikke ascii: ø", 403),
        ("key", "kort", 422),
        ("key", "k" * 10_000, 422),
        ("dose", "2026-13-40/1/80000/supervised", 422),
        ("dose", "i går/1/80000/supervised", 422),
        ("dose", "2026-11-23/1/NaN/supervised", 422),
        ("dose", "2026-11-23/1/-80000/supervised", 422),
        ("dose", "2026-11-23/1/99999999999999999999/supervised", 422),
        ("dose", "2026-11-23/1/80000/thrown", 422),
        ("version", "99999999999999999999", 422),
        ("version", "et", 422),
        ("affected", "x" * 10_000, 422),
        ("poss", "9", 422),
        ("why:pregnant", "n" * 10_000, 422),
        ("why:pregnant", "nul \x00 tegn", 422),
        ("bottle", "B-" + "9" * 1_000, 422),
    ],
)
def test_a_bad_field_changes_nothing(
    client: TestClient, scene: Scene, field: str, value: str, status: int
) -> None:
    person_id = scene.person()
    answer = client.post(
        RESERVE.format(person_id), data=form_of(client, person_id) | {field: value}
    )
    assert answer.status_code == status, answer.text
    assert "intet er ændret" in answer.text.casefold() or status == 403
    assert claims(scene, person_id) == 0


@pytest.mark.parametrize(
    "path",
    [
        "/skranke/person/abc",
        "/skranke/person/-1",
        "/skranke/person/99999999999999999999",
        "/skranke?person=0",
    ],
)
def test_a_bad_address_is_told_as_a_page(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("text/html")
    assert "Traceback" not in answer.text


def search(client: TestClient, text: str) -> Response:
    sent = {"q": text, "csrf": csrf_in(client.get("/skranke").text)}
    return client.post("/skranke/find", data=sent, headers={"HX-Request": "true"})


@pytest.mark.parametrize(("text", "status"), [("x" * 10_000, 422), ("a\0b", 422)])
def test_a_search_that_is_none(client: TestClient, text: str, status: int) -> None:
    assert search(client, text).status_code == status


@pytest.mark.parametrize("query", ["%", "_", "\\", "'; DROP TABLE person; --", "١٢٣", "ø" * 80])
def test_any_search_text_is_only_text(client: TestClient, query: str) -> None:
    answer = search(client, query)
    assert answer.status_code == 200
    assert "Ingen fundet" in answer.text


def test_what_a_person_typed_is_never_markup(client: TestClient) -> None:
    answer = search(client, "<script>alert(1)</script>")
    assert "<script>alert" not in answer.text


def test_a_form_of_another_site_is_refused(client: TestClient, scene: Scene) -> None:
    person_id = scene.person()
    answer = client.post(
        RESERVE.format(person_id),
        data=form_of(client, person_id),
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert answer.status_code == 403
    assert claims(scene, person_id) == 0


def test_an_older_prescription_on_the_page_is_refused(client: TestClient, scene: Scene) -> None:
    """H02: the doctor changed the dose after the page was shown."""
    person_id = scene.person()
    shown = form_of(client, person_id)
    scene.prescribe(
        person_id, product="metadon-1", daily_ug=40_000, parts_ug=None, valid_to_days=60,
        high_dose_reason=None, from_days_ago=0,
    )  # fmt: skip
    answer = client.post(RESERVE.format(person_id), data=shown)
    assert answer.status_code == 409
    assert "Ikke reserveret" in answer.text
    assert claims(scene, person_id) == 0


def test_a_repeated_press_is_one_reservation(client: TestClient, scene: Scene) -> None:
    """H01: the same form sent twice (a retry after a lost answer) takes one dose."""
    person_id = scene.person()
    fields = form_of(client, person_id)
    for _ in range(2):
        assert client.post(RESERVE.format(person_id), data=fields).status_code == 200
    assert claims(scene, person_id) == 1


def test_without_a_session_pages_lead_to_the_sign_in(client: TestClient) -> None:
    stranger = TestClient(client.app)
    for path in ("/", "/skranke", "/laege", "/skranke/luk"):
        answer = stranger.get(path, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/log-ind")
    part = stranger.get("/skranke/liste", headers={"HX-Request": "true"})
    assert part.status_code == 401
    assert part.headers["HX-Retarget"] == "#notice"


def test_a_nurse_has_no_doctors_page(client: TestClient) -> None:
    assert client.get("/laege").status_code == 403


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(client: TestClient) -> None:
    stranger = TestClient(client.app)
    page = stranger.get("/log-ind")
    fields = {"username": "nurse1", "password": PASSWORD, "counter": "1"}
    answer = stranger.post(
        "/log-ind", data=fields | {"csrf": csrf_in(page.text)}, follow_redirects=False
    )
    session = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("session="))
    assert "HttpOnly" in session and "SameSite=strict" in session
