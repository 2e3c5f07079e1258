"""The page of machine clients in a real browser: form, error beside its field, latest calls."""

import json

import httpx2
import pytest
from joserfc.jwk import ECKey
from playwright.sync_api import expect

from dispensing.clients import by_command
from dispensing.clients.terms import NewClient, Terms
from tests.api.client import sign_in
from tests.browser.desk import Desk
from tests.scene import Scene

KEY = json.dumps(ECKey.generate_key("P-384", {"kid": "2026-11"}).as_dict(private=False))


@pytest.fixture(scope="module", autouse=True)
def pharmacy(scene: Scene) -> None:
    """A pharmacy whose system has called already."""
    scene.unit(3, "Elmens Apotek", "pharmacy")
    person = scene.person(right_holder=3)
    scopes = ("system/MedicationRequest.rs", "system/MedicationDispense.crs", "system/Patient.rs")
    terms = Terms(KEY, scopes, "named", (f"K-{person:04d}",))
    new = NewClient("apotek-elmen", "Elmens Apotek", "pharmacy", "pharmacist", 3, terms)
    by_command.register(scene.connection, "administrator1", new, 3)
    for route, status in (
        ("/api/v1/checks", 200),
        ("/api/v1/reservations", 201),
        ("/api/v1/calendar", 403),
    ):
        scene.run(
            "INSERT INTO machine_call (client_id, unit_id, at, method, route, status, person_id)"
            " VALUES ('apotek-elmen', 1, now(), 'POST', %s, %s, %s)",
            *(route, status, person),
        )


@pytest.fixture
def administrator(desk: Desk, service: str, scene: Scene) -> Desk:
    """The unit's administrator, signed in through the API; pages take up the same session."""
    with httpx2.Client(base_url=service, timeout=30) as http:
        token = sign_in(http, scene, "administrator1", None).token  # type: ignore[arg-type]
    cookie = {"name": "session", "value": token, "url": service}
    desk.page.context.add_cookies([cookie])  # type: ignore[list-item]
    return desk


def test_the_pages_can_be_read_by_everybody(administrator: Desk) -> None:
    desk = administrator
    desk.looked_at("/klienter", "clients")
    desk.looked_at("/klienter/apotek-elmen", "client")


def test_a_client_is_registered_after_an_error_beside_its_field(administrator: Desk) -> None:
    """What was typed stays; the page of the new client follows."""
    desk, page = administrator, administrator.page
    page.goto("/klienter")
    page.locator("input[name=name]").fill("Svanens Apotek")
    page.get_by_label("Klient-id").fill("apotek-svanen")
    page.get_by_label("Et apoteks system").check()
    page.locator("select[name=acts_at]").select_option("Elmens Apotek")
    page.get_by_label("Offentlige nøgler").fill("ikke en nøgle")
    page.get_by_role("button", name="Registrér klienten").click()
    said = page.locator(".field-error")
    expect(said).to_contain_text("Aldrig en privat nøgle")
    expect(page.locator("input[name=name]")).to_have_value("Svanens Apotek")
    desk.accessible()
    page.get_by_label("Offentlige nøgler").fill(KEY)
    page.get_by_role("button", name="Registrér klienten").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Svanens Apotek")
    page.get_by_label("Hvorfor").fill("aftalen er ophørt")
    page.get_by_role("button", name="Luk klienten ude nu").click()
    expect(page.locator("main")).to_contain_text("Lukket ude: “aftalen er ophørt”")
