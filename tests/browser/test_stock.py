"""Stock in a real browser: receive, open, count blind, explain by two, and read the register."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.api.storeroom import Storeroom
from tests.browser.desk import Desk
from tests.scene import PASSWORD, Scene


@pytest.fixture(scope="module")
def store(scene: Scene) -> Storeroom:
    # Only what a page can say is said here: the codes that a scanner would type.
    return Storeroom.furnish(scene, None)  # type: ignore[arg-type]


def start_over(desk: Desk) -> None:
    desk.page.context.clear_cookies()


def test_from_the_van_to_the_register(desk: Desk, store: Storeroom, scene: Scene) -> None:
    """H08, H23: a whole day of stock as pages, with axe on each."""
    page = desk.page
    desk.sign_in()
    page.goto("/lager")
    receive = page.locator("section", has=page.get_by_role("heading", name="Modtag fra"))
    receive.get_by_label("Scan en pakning af leveringen").fill(store.code(end="<GS>", serial="A1"))
    receive.get_by_label("Leverandør").fill("Grossisten")
    receive.get_by_role("button", name="Læg i skabet").click()
    expect(page.locator(".notice")).to_contain_text("Modtaget og lagt i skabet")
    desk.accessible()
    # Who means to open the other strength is stopped, and what was scanned still stands there.
    opening = page.locator("section", has=page.get_by_role("heading", name="Åbn en pakning"))
    opening.get_by_label("Scan pakningens firkantede kode").fill(store.code(serial="A1"))
    opening.get_by_label("Skal være").select_option("metadon-5")
    opening.get_by_role("button", name="Åbn ved").click()
    expect(page.locator(".notice-refused")).to_contain_text("STOP: det er en anden vare")
    desk.accessible()
    opening.get_by_label("Skal være").select_option("")
    opening.get_by_label("Scan pakningens firkantede kode").press("Enter")
    page.wait_for_url("**/etiket")
    expect(page.locator("h1")).to_have_text("Metadon 1 mg/ml")
    code = page.locator(".label-code").inner_text()
    expect(page.locator(".bottle-label img")).to_have_js_property("complete", True)
    desk.accessible()
    counted_and_explained(desk, code)
    start_over(desk)
    desk.sign_in("doctor1", None)
    page.goto("/lager/regnskab?product=metadon-1")
    lines = page.locator("table.register tbody")
    expect(lines).to_contain_text("Modtaget fra leverandør")
    expect(lines).to_contain_text("Rettet efter forklaring")
    desk.accessible()
    with page.expect_download() as file:
        page.get_by_role("link", name="PDF").click()
    assert file.value.suggested_filename.endswith(".pdf")


def counted_and_explained(desk: Desk, code: str) -> None:
    """No balance is in sight until the count is handed in; one person cannot explain alone."""
    page = desk.page
    page.goto("/lager/optael/skranke/1")
    assert "1000" not in page.locator("main").inner_text()
    desk.accessible()
    for row in page.locator("table tbody tr").all():
        amount = "980" if code in row.inner_text() else "1"
        row.locator("input").fill(amount)
    page.get_by_role("button", name="Aflever optællingen").click()
    page.wait_for_url("**/lager/optaelling/*")
    desk.accessible()
    row = page.locator("tbody tr", has_text=code)
    expect(row).to_contain_text("-20 mg")
    expect(row).to_contain_text("skal forklares af to")
    row.get_by_label("Forklaring").fill("spildt ved omhældning")
    row.get_by_role("button", name="Læs op og underskriv").click()
    expect(page.locator(".read-out")).to_contain_text("talt 980 ml, regnskab 1000 ml")
    desk.accessible()
    page.get_by_label("Vidnets brugernavn").fill("nurse1")
    page.get_by_label("Vidnets kodeord").fill(PASSWORD)
    page.get_by_role("button", name="Underskriv").click()
    expect(page.locator(".notice-refused")).to_contain_text("dit eget vidne")
    page.get_by_label("Vidnets brugernavn").fill("nurse1b")
    page.get_by_label("Vidnets kodeord").fill(PASSWORD)
    page.get_by_role("button", name="Underskriv").click()
    expect(page.locator(".notice-done")).to_contain_text("Underskrevet af begge")


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("size", [(1280, 800), (1920, 1080), (640, 400)])
def test_the_stock_pages_are_accessible_and_fit(
    desk: Desk, store: Storeroom, service: str, language: str, size: tuple[int, int]
) -> None:
    """Both languages, and at 200 % zoom nothing is lost to the side."""
    desk.sign_in()
    desk.page.context.add_cookies([{"name": "sprog", "value": language, "url": service}])
    desk.page.set_viewport_size({"width": size[0], "height": size[1]})
    for path in ("/lager", "/lager/optael/skranke/1", "/lager/optael/skab/1"):
        desk.page.goto(path)
        desk.accessible()
        fits = "document.documentElement.scrollWidth <= innerWidth"
        assert desk.page.evaluate(fits), (path, size)
