"""The counter's pages of labels: what a press brings, and what the panel then asks for."""

import io
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pypdf import PdfReader

from dispensing.labels.codes import RANDOM_BYTES, new_code
from tests.api.client import Counter, sign_in
from tests.api.test_labels import carries_home, codes, printed
from tests.api.test_page_relations import Browser
from tests.canaries import CANARIES
from tests.scene import Scene

SCAN = "POST /skranke/scan"


@pytest.fixture
def page(http: TestClient, nurse: Counter) -> Browser:
    return Browser(http, nurse.token)


@pytest.fixture
def poured(scene: Scene, nurse: Counter) -> dict[str, Any]:
    person = carries_home(scene)
    reservation = nurse.reserved(person, doses=[nurse.dose(), *nurse.home(1, 2)])
    return {"person_id": person, "reservation_id": reservation}


def panel(page: Browser, ids: dict[str, Any]) -> str:
    return page.send("GET /skranke/person/{person_id}", ids).text


def test_a_press_prints_and_the_panel_asks_for_each_package(
    scene: Scene, page: Browser, poured: dict[str, Any]
) -> None:
    """H16: the PDF comes from the press alone; then no press gives before each was scanned."""
    assert "Tryk etiketter" in panel(page, poured)
    answer = page.send("POST /skranke/udlevering/{reservation_id}/etiketter", poured)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.headers["cache-control"] == "no-store"
    CANARIES.look("labels from the page", answer.content)
    assert len(PdfReader(io.BytesIO(answer.content)).pages) == 2
    shown = panel(page, poured)
    assert "Scan pakkerne: 0 af 2 scannet" in shown and "do-give" not in shown
    person = str(poured["person_id"])
    found = scene.run("SELECT code FROM label WHERE person_id = %s", poured["person_id"])
    for (code,) in found.fetchall():
        assert page.send(SCAN, {}, {"code": f"H-{code}", "person": person}).status_code == 200
    assert "do-give" in panel(page, poured)


def test_a_wrong_label_is_said_on_the_panel(
    scene: Scene, nurse: Counter, page: Browser, poured: dict[str, Any]
) -> None:
    """H16: whose it is, is not said; without a person or packages nothing is recorded."""
    printed(nurse, poured["reservation_id"])
    wrong = f"H-{new_code(bytes(range(RANDOM_BYTES)))}"
    person = str(poured["person_id"])
    answer = page.send(SCAN, {}, {"code": wrong, "person": person})
    assert answer.status_code == 409
    assert "hører til en anden udlevering" in answer.text
    assert page.send(SCAN, {}, {"code": "H-12", "person": person}).status_code == 422
    assert "Scan først personens kort" in page.send(SCAN, {}, {"code": wrong}).text
    nobody = str(scene.person())
    assert "ingen pakker" in page.send(SCAN, {}, {"code": wrong, "person": nobody}).text


def test_forgotten_for_a_while_the_packages_are_still_asked_for(
    scene: Scene, nurse: Counter, page: Browser, poured: dict[str, Any]
) -> None:
    """H06, H16: the panel has turned uncertain; a scan still counts, or the reason is asked."""
    first, second = codes(printed(nurse, poured["reservation_id"]))
    scene.run(
        "UPDATE reservation SET reserved_at = reserved_at - interval '1 hour'"
        " WHERE reservation_id = %s",
        poured["reservation_id"],
    )
    shown = panel(page, poured)
    assert 'data-stage="uncertain"' in shown and 'name="without_labels"' in shown
    for code in (first, second):
        sent = {"code": f"H-{code}", "person": str(poured["person_id"])}
        assert page.send(SCAN, {}, sent).status_code == 200
    assert 'name="without_labels"' not in panel(page, poured)


def test_a_found_package_on_the_page(
    http: TestClient, scene: Scene, nurse: Counter, poured: dict[str, Any]
) -> None:
    """H24: found with the person for a doctor of the unit; a wrong code is said to be one."""
    code, _ = codes(printed(nurse, poured["reservation_id"]))
    doctor = Browser(http, sign_in(http, scene, "doctor1", None).token)
    fields = {"code": code, "reason": "fundet i en park", "key": "trace-page-1"}
    found = doctor.send("POST /spor", {}, fields).text
    assert "Prøve Person" in found and "Blev ikke udleveret" in found
    wrong = {"code": new_code(b"0123456789"), "reason": "fundet", "key": "trace-page-2"}
    assert "står på ingen af vores etiketter" in doctor.send("POST /spor", {}, wrong).text
    bad = doctor.send("POST /spor", {}, {"code": "H-1", "reason": "fundet", "key": "trace-page-3"})
    assert bad.status_code == 422 and "Det er ikke en etikets kode" in bad.text


def test_the_slip_is_a_look_at_the_person(
    scene: Scene, page: Browser, poured: dict[str, Any]
) -> None:
    """H24: it is recorded before it is shown."""
    views = "SELECT count(*) FROM ledger_payload WHERE kind = 'person-viewed' AND person_id = %s"
    before = scene.one(views, poured["person_id"])
    answer = page.send("GET /skranke/person/{person_id}/seddel", poured)
    assert answer.headers["content-type"] == "application/pdf"
    CANARIES.look("a slip from the page", answer.content)
    assert scene.one(views, poured["person_id"]) == before + 1
