"""An adverse event in a real browser: one press at the counter, written, exported."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.desk import Desk
from tests.scene import Scene


def test_from_the_counter_to_the_file(
    desk: Desk, scene: Scene, service: str, tmp_path: Path
) -> None:
    """H06, H24: the file that leaves names nobody."""
    person = scene.person(name=("Sofie", "Særkende"))
    desk.sign_in()
    desk.page.goto("/skranke")
    desk.open(person)
    desk.enter("reserved")
    desk.enter("given")
    desk.page.locator(".history").get_by_text("Utilsigtet hændelse").click()
    desk.page.get_by_role("button", name="Forkert mængde").click()
    expect(desk.page.get_by_role("heading", level=1)).to_contain_text("Utilsigtet hændelse nr.")
    desk.page.get_by_label("Hvad skete der?").fill("5 mg/ml blev taget for 1 mg/ml, opdaget straks")
    desk.page.get_by_role("button", name="Skriv ned").click()
    for language in ("en", "da"):
        desk.page.context.add_cookies([{"name": "sprog", "value": language, "url": service}])
        desk.page.reload()
        desk.accessible()
    with desk.page.expect_download() as download:
        desk.page.get_by_role("button", name="Eksportér").click()
    saved = tmp_path / download.value.suggested_filename
    download.value.save_as(saved)
    text = saved.read_text()
    assert "5 mg/ml blev taget" in text
    assert "Særkende" not in text
    desk.page.goto("/uth")
    desk.accessible()
    expect(desk.page.locator(".home-dose").first).to_contain_text("eksporteret")
