"""A doctor runs a taper, in a real browser; the counter hears of it and hands out all the same."""

from __future__ import annotations

import os

from playwright.sync_api import expect

from tests.browser.desk import Desk
from tests.scene import Scene


def test_run_a_taper(desk: Desk, scene: Scene) -> None:
    """H13: list, told, draft, signed, a step, a pause; the nurse sees the step of today."""
    person = scene.person(name=("Vibeke", "Winther"))
    desk.sign_in("doctor1", None)
    page, path = desk.page, f"/behandling/person/{person}/beroligende"
    page.goto(path)
    form = page.get_by_role("form", name="Skriv listen")
    form.locator("[name=atc1]").select_option("N05BA04")
    form.get_by_label("mg om dagen").first.fill("60")
    form.get_by_label("Siden").first.fill("2024-02-29")
    form.get_by_role("button", name="Skriv listen").click()
    expect(page.locator("#notice")).to_contain_text("Skrevet ned")
    expect(page.locator(".stands").first).to_contain_text("20 mg – 40 mg diazepam")
    expect(page.locator(".way [aria-current]")).to_have_text("over vejledningen")

    page.get_by_text("Informeret …").click()
    page.get_by_label("Hvad blev der talt om?").fill("faren ved begge dele")
    page.get_by_role("button", name="Personen er informeret").click()
    expect(page.locator(".way [aria-current]")).to_have_text("informeret")

    page.get_by_label("Procent pr. trin").fill("10")
    page.get_by_label("Tabletter, mg").fill("15 og x")
    page.get_by_role("button", name="Vis planen").click()
    expect(page.locator("#notice")).to_contain_text("Skriv en til seks styrker")
    page.get_by_label("Tabletter, mg").fill("10 og 15")
    page.get_by_label("Halve tabletter kan bruges").check()
    page.get_by_role("button", name="Vis planen").click()
    expect(page.locator("h1")).to_contain_text("Udkast til nedtrapning")
    expect(page.locator(".taper-plot")).to_be_visible()
    expect(page.locator(".findings")).to_contain_text("diazepam")
    desk.accessible()
    page.get_by_label("Aftalt med personen").check()
    page.get_by_label("Skrevet i Fælles Medicinkort").check()
    page.get_by_label("Begrundelse").fill("langsomt, aftalt")
    page.get_by_role("button", name="Underskriv planen").click()
    expect(page.locator("#notice")).to_contain_text("Skrevet ned")
    expect(page.locator(".way [aria-current]")).to_have_text("plan aftalt")
    expect(page.locator(".stands-step-today")).to_contain_text("Trin i dag")

    page.get_by_role("form", name="Trin i dag").get_by_label("Skrevet i Fælles Medicinkort").check()
    page.get_by_label("Begrundelse (når").fill("som aftalt")
    page.get_by_role("button", name="Tag trinet").click()
    expect(page.locator(".way [aria-current]")).to_have_text("nedtrapper")
    expect(page.locator(".plot-mark")).to_have_count(1)
    desk.looked_at(path, "taper")
    desk.looked_at("/behandling/nedtrapninger", "tapers")
    page.goto("/behandling/nedtrapninger")
    expect(page.locator(".due-row").first).to_contain_text("efter planen")

    # The second step was due, and nobody took it.
    scene.run(
        "UPDATE taper_plan SET agreed_on = agreed_on - 16, step_on = (SELECT array_agg(d - 16"
        " ORDER BY d) FROM unnest(step_on) d) WHERE person_id = %s",
        person,
    )
    desk.sign_in()
    desk.open(person)
    expect(desk.panel).to_contain_text("Nedtrapning af oxazepam: 2 dage bagud.")
    desk.accessible()
    if folder := os.environ.get("DISPENSING_SHOTS"):
        page.screenshot(path=f"{folder}/taper-counter.png")
    desk.enter("reserved")
    desk.enter("given")
