"""The counter page under hands: keyboard, scanner, double presses, lost lines, old sessions."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.desk import Desk
from tests.scene import PASSWORD, Scene


def test_ordinary_patient_by_search_takes_one_search_and_two_presses(
    desk: Desk, scene: Scene
) -> None:
    person_id = scene.person(name=("Asger", "Toft"))
    desk.sign_in()
    desk.page.keyboard.press("s")
    desk.page.wait_for_timeout(150)
    desk.page.keyboard.type("toft", delay=60)
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_selector(f'#panel[data-person="{person_id}"]')
    desk.presses = 0
    desk.enter("reserved")
    desk.enter("given")
    assert desk.presses == 2


def test_keyboard_alone_reaches_everything(desk: Desk, scene: Scene) -> None:
    """Arrows in the list, letters for actions, Esc outwards without losing a word."""
    person_id = scene.person(name=("Birte", "Ulv"))
    desk.sign_in()
    for _ in range(6):
        desk.page.keyboard.press("ArrowDown")
        if desk.row(person_id).evaluate("row => row === document.activeElement"):
            break
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_selector(f'#panel[data-person="{person_id}"]')
    desk.letter("l")
    desk.page.keyboard.type("vil gerne tale med lægen", delay=50)
    desk.page.keyboard.press("Escape")
    expect(desk.drawer).to_have_count(0)
    desk.letter("l")
    expect(desk.drawer.locator("input[name=note]")).to_have_value("vil gerne tale med lægen")
    desk.page.keyboard.press("Escape")
    desk.page.keyboard.press("Escape")
    expect(desk.page.locator("#find")).to_be_focused()
    desk.page.keyboard.press("Escape")
    desk.enter("reserved")
    desk.letter("t")
    desk.page.keyboard.type("gik igen", delay=50)
    desk.enter("check")
    expect(desk.panel).to_contain_text("Dosis er tilbage i skabet")


def test_a_second_press_too_soon_is_not_the_next_step(desk: Desk, scene: Scene) -> None:
    """H01: Enter pressed twice in a row reserves; it does not also say swallowed."""
    person_id = scene.person(name=("Carl", "Vang"))
    desk.sign_in()
    desk.open(person_id)
    desk.page.wait_for_timeout(600)
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_selector('#panel[data-stage="reserved"]')
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_timeout(400)
    assert scene.one("SELECT state FROM claim WHERE person_id = %s AND for_day = %s",
                     person_id, scene.today) == "reserved"  # fmt: skip
    desk.letter("t")
    desk.press("Dosis er tilbage i skabet")


def test_scanning_never_presses_the_button_in_focus(desk: Desk, scene: Scene) -> None:
    """H02: a card scanned while "swallowed" has the focus opens the next person, no more."""
    first, second = scene.person(name=("Dora", "With")), scene.person(name=("Egon", "Yde"))
    desk.sign_in()
    desk.open(first)
    desk.enter("reserved")
    desk.page.wait_for_timeout(600)
    expect(desk.page.locator("[data-enter]")).to_be_focused()
    desk.open(second)
    assert scene.one("SELECT state FROM claim WHERE person_id = %s AND for_day = %s",
                     first, scene.today) == "reserved"  # fmt: skip
    desk.open(first)
    desk.letter("t")
    desk.press("Dosis er tilbage i skabet")


def test_scanning_into_a_text_leaves_the_text_alone(desk: Desk, scene: Scene) -> None:
    first = scene.person(name=("Finn", "Zoar"), sex="f", pregnant=True)
    desk.sign_in()
    desk.open(first)
    desk.page.locator(".reason input").fill("set og vurderet")
    desk.page.locator(".reason input").focus()
    bottle = scene.one("SELECT scan_code FROM bottle ORDER BY bottle_id LIMIT 1")
    with desk.page.expect_request("**/skranke/scan") as sent:
        desk.scan(bottle)
    assert bottle in (sent.value.post_data or "")


def test_an_unknown_code_says_so(desk: Desk) -> None:
    desk.sign_in()
    desk.scan("K-999999")
    expect(desk.panel).to_contain_text("Ingen fundet")


def test_a_late_answer_is_not_shown_before_the_person_asked_for_last(
    desk: Desk, scene: Scene
) -> None:
    """H02: the first card's answer hangs; the second person is shown and stays."""
    slow, quick = scene.person(name=("Gerda", "Ager")), scene.person(name=("Hugo", "Bach"))
    desk.sign_in()

    def hold(route: Route) -> None:
        desk.page.wait_for_timeout(1_200)
        route.continue_()

    desk.page.route(f"**/skranke/person/{slow}", hold)
    desk.row(slow).click(no_wait_after=True)
    desk.row(quick).click()
    desk.page.wait_for_selector(f'#panel[data-person="{quick}"]')
    desk.page.wait_for_timeout(1_500)
    expect(desk.panel).to_have_attribute("data-person", str(quick))


def test_two_counters_see_each_other_within_two_seconds(
    desk: Desk, scene: Scene, browser: Browser, service: str
) -> None:
    person_id = scene.person(name=("Inga", "Claus"))
    desk.sign_in()
    context = browser.new_context(viewport={"width": 1280, "height": 800}, base_url=service)
    other = Desk(context.new_page(), service)
    other.sign_in("nurse1b")
    desk.open(person_id)
    desk.enter("reserved")
    expect(other.row(person_id)).to_have_attribute("data-state", "reserved", timeout=2_000)
    desk.enter("given")
    expect(other.row(person_id)).to_have_attribute("data-state", "given", timeout=2_000)
    context.close()


def test_a_stale_page_is_refused_politely(
    desk: Desk, scene: Scene, browser: Browser, service: str
) -> None:
    """H01: two windows show the same person; the second reservation is refused with the reason."""
    person_id = scene.person(name=("Jytte", "Dahl"))
    context = browser.new_context(viewport={"width": 1280, "height": 800}, base_url=service)
    other = Desk(context.new_page(), service)
    other.page.route("**/skranke/live", lambda route: route.abort())
    other.sign_in("nurse1b")
    desk.sign_in()
    other.open(person_id)
    desk.hand_out(person_id)
    other.enter()
    expect(other.panel).to_contain_text("Ikke reserveret")
    assert scene.one("SELECT count(*) FROM handover WHERE person_id = %s AND for_day = %s",
                     person_id, scene.today) == 1  # fmt: skip
    context.close()


def test_an_expired_session_changes_nothing_and_keeps_the_words(desk: Desk, scene: Scene) -> None:
    person_id = scene.person(name=("Kaj", "Enghus"), sex="f", pregnant=True)
    desk.sign_in()
    desk.open(person_id)
    desk.page.locator(".reason input").fill("det her må ikke gå tabt")
    scene.run("UPDATE staff_session SET ended_at = now()")
    desk.page.wait_for_timeout(600)
    desk.page.keyboard.press("Enter")
    expect(desk.page.locator("#notice")).to_contain_text("Du er ikke logget ind")
    expect(desk.page.locator("#notice a")).to_have_attribute("href", "/log-ind")
    expect(desk.page.locator(".reason input")).to_have_value("det her må ikke gå tabt")
    assert scene.one("SELECT count(*) FROM claim WHERE person_id = %s AND for_day = %s",
                     person_id, scene.today) == 0  # fmt: skip


def test_without_connection_the_list_says_it_is_old(desk: Desk, scene: Scene) -> None:
    person_id = scene.person(name=("Lis", "Fog"))
    desk.sign_in()
    desk.open(person_id)
    desk.page.context.set_offline(True)
    # Chromium leaves open streams alone when it goes offline: cut ours as a pulled plug would.
    desk.page.evaluate("window.dispatchEvent(new Event('pagehide'))")
    expect(desk.page.locator("body.stale .stale-mark")).to_be_visible(timeout=9_000)
    desk.enter()
    expect(desk.page.locator("#notice")).to_contain_text("Ingen forbindelse")
    desk.page.context.set_offline(False)
    expect(desk.page.locator("body:not(.stale)")).to_have_count(1, timeout=20_000)


def test_a_wrong_password_keeps_the_name(page: Page) -> None:
    page.goto("/log-ind")
    page.fill("#username", "nurse1")
    page.fill("#password", "forkert")
    page.select_option("#counter", "1")
    page.get_by_role("button", name="Log ind").click()
    expect(page.get_by_role("alert")).to_contain_text("forkert")
    expect(page.locator("#username")).to_have_value("nurse1")


def test_a_form_without_its_token_is_refused(desk: Desk, scene: Scene) -> None:
    person_id = scene.person(name=("Mads", "Gram"))
    desk.sign_in()
    answer = desk.page.request.post(
        f"/skranke/person/{person_id}/reserver", form={"key": "k" * 20, "csrf": "0" * 64}
    )
    assert answer.status == 403
    assert scene.one("SELECT count(*) FROM claim WHERE person_id = %s AND for_day = %s",
                     person_id, scene.today) == 0  # fmt: skip


def test_another_units_person_is_not_found(desk: Desk, scene: Scene) -> None:
    scene.unit(2, "Den anden enhed")
    person_id = scene.person(2, name=("Nora", "Hald"))
    desk.sign_in()
    desk.scan(f"K-{person_id:04d}")
    expect(desk.panel).to_contain_text("Ingen fundet")
    assert desk.page.request.get(f"/skranke/person/{person_id}").status == 404


def test_signing_out_ends_the_session(desk: Desk) -> None:
    desk.sign_in()
    desk.page.locator(".menu summary").click()
    desk.page.get_by_role("button", name="Log ud").click()
    desk.page.wait_for_url("**/log-ind")
    desk.page.goto("/skranke")
    desk.page.wait_for_url("**/log-ind")


def test_closing_the_day_waits_for_what_is_unresolved(desk: Desk, scene: Scene) -> None:
    """A reserved dose nobody has resolved keeps the day open; then the rest become missed."""
    scene.unit(3, "Lukkeenheden")
    waiting, absent = scene.person(3, name=("Ove", "Ibsen")), scene.person(3, name=("Pia", "Juul"))
    desk.sign_in("nurse3", "3")
    desk.open(waiting)
    desk.enter("reserved")
    desk.page.goto("/skranke/luk")
    expect(desk.page.locator(".sheet")).to_contain_text("Ove Ibsen")
    desk.page.goto(f"/skranke?person={waiting}")
    desk.enter("given")
    desk.page.goto("/skranke/luk")
    desk.page.get_by_role("button", name="Luk dagen").click()
    expect(desk.page.locator(".sheet")).to_contain_text("1 udeblev")
    assert scene.one("SELECT count(*) FROM missed_dose WHERE person_id = %s", absent) == 1


def test_doctor_cannot_be_played_by_a_nurse(desk: Desk, scene: Scene) -> None:
    """Only a doctor's own name and password lifts what a doctor must lift."""
    person_id = scene.person(name=("Rita", "Kok"), last_covered_days_ago=4)
    desk.sign_in()
    desk.open(person_id)
    desk.letter("l")
    desk.drawer.get_by_label("Lægens brugernavn").fill("nurse1b")
    desk.drawer.get_by_label("Lægens adgangskode").fill(PASSWORD)
    desk.drawer.get_by_label("Må udleveres", exact=True).check()
    desk.drawer.get_by_label("Begrundelse").fill("bare giv den")
    desk.press("Afgør som læge")
    expect(desk.page.locator("#notice")).to_contain_text("Det må du ikke med din rolle")
    expect(desk.drawer.get_by_label("Begrundelse")).to_have_value("bare giv den")
    assert scene.one("SELECT count(*) FROM doctor_decision WHERE person_id = %s", person_id) == 0


def test_a_doctors_most_becomes_the_dose_on_the_page(desk: Desk, scene: Scene) -> None:
    """H05: after missed days the doctor allows 40 of 80 mg; the nurse is shown 40, and only 40."""
    person_id = scene.person(name=("Svend", "Lau"), last_covered_days_ago=4)
    desk.sign_in()
    desk.open(person_id)
    desk.letter("l")
    desk.drawer.get_by_label("Lægens brugernavn").fill("doctor1")
    desk.drawer.get_by_label("Lægens adgangskode").fill(PASSWORD)
    desk.drawer.get_by_label("Må udleveres", exact=True).check()
    desk.drawer.get_by_label("Højst i dag").fill("40")
    desk.drawer.get_by_label("Begrundelse").fill("Set, halv dosis i dag")
    desk.press("Afgør som læge")
    desk.expect_word("Udlevér")
    expect(desk.panel.locator(".amount-mg")).to_have_text("40 mg = 40 ml")
    desk.enter("reserved")
    desk.enter("given")
    assert scene.one("SELECT sum(amount_ug) FROM administration WHERE person_id = %s AND day = %s",
                     person_id, scene.today) == 40_000  # fmt: skip
