"""The audit in a real browser: what stands out, a word, an adjustment, read through, signed."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from playwright.sync_api import expect

from tests.api.matrix.review import drafted, read_by_colleague
from tests.browser.desk import Desk
from tests.scene import Scene


def test_a_report_is_spoken_to_read_and_signed(desk: Desk, scene: Scene) -> None:
    """H22: two doctors, by keyboard alone where it counts; the file is fixed by the signature."""
    person = scene.person(name=("Rikke", "Mortensen"))
    report = drafted(scene, people=(person,))
    desk.sign_in("doctor1", counter=None)
    page = desk.page
    page.goto(f"/audit/{report}")
    desk.accessible()
    expect(page.locator(".audit-remark").first).to_be_visible()
    page.keyboard.press("j")
    expect(page.locator("#M1")).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator("#M2")).to_be_focused()
    page.keyboard.press("k")
    expect(page.locator("#M1")).to_be_focused()

    section = page.locator("section", has=page.locator("#M7"))
    section.get_by_text("Personerne bag tallene").click()
    section.locator(".audit-doors a").first.click()
    expect(page.get_by_text("Rikke Mortensen")).to_be_visible()
    desk.accessible()
    page.get_by_role("link", name="Tilbage til rapporten").click()

    comment = section.locator("form", has=page.locator("[name=comment]"))
    section.get_by_text("Kommentér").click()
    comment.locator("[name=comment]").fill("nr. 123456-7890")
    comment.get_by_role("button").click()
    # Beside its field, with what was typed still there.
    expect(comment.locator(".field-error")).to_be_visible()
    expect(comment.locator("[name=comment]")).to_have_value("nr. 123456-7890")
    desk.accessible()
    comment.locator("[name=comment]").fill("en sagde nej efter bivirkninger")
    comment.get_by_role("button").click()
    expect(section.locator(".audit-said").first).to_contain_text("bivirkninger")

    section.get_by_text("Beslut en justering").click()
    decided = section.locator("form", has=page.locator("[name=what]"))
    decided.locator("[name=what]").fill("tilbuddet skrives ned samme dag")
    decided.locator("[name=owner_id]").select_option(label="A. Holm")
    decided.locator("[name=due_on]").fill((scene.today + timedelta(days=60)).isoformat())
    decided.get_by_role("button").click()
    expect(section.get_by_text("tilbuddet skrives ned samme dag")).to_be_visible()
    expect(page.get_by_role("button", name="Underskriv rapporten")).to_have_count(0)

    # Her colleague reads it at a screen of her own.
    read_by_colleague(scene, report)
    page.goto(f"/audit/{report}")
    page.get_by_role("button", name="Underskriv rapporten").click()
    expect(page.get_by_text("Filen ligger fast fra nu af.")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("Kommentér")).to_have_count(0)
    shown = page.locator(".audit-hash").inner_text().split()[-1]
    file = page.context.request.get(f"/audit/{report}/rapport.pdf").body()
    assert hashlib.sha256(file).hexdigest() == shown
    desk.accessible()


def test_the_list_says_how_far_a_draft_is(desk: Desk, scene: Scene) -> None:
    """It asks again by itself until the draft is there."""
    desk.sign_in("doctor1", counter=None)
    page = desk.page
    page.goto("/audit")
    page.locator("[name=first_on]").fill("2017-01-01")
    page.locator("[name=last_on]").fill("2017-12-31")
    page.get_by_role("button", name="Bestil kladde").click()
    expect(page.locator("progress")).to_be_visible()
    desk.accessible()
    scene.run("UPDATE audit_draft SET begun_at = now(), done = 1, total = 2 WHERE ended_at IS NULL")
    expect(page.locator("progress")).to_have_attribute("value", "50")
    scene.run("UPDATE audit_draft SET ended_at = now(), failed = 'could-not-compute'"
              " WHERE ended_at IS NULL")  # fmt: skip
    expect(page.get_by_text("Regningen gik i stå")).to_be_visible()
    expect(page.locator("progress")).to_have_count(0)
