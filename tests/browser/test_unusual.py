"""Who is not the ordinary patient: affected, declining, two of one name, a forgotten dose."""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import expect

from tests.browser.desk import Desk
from tests.scene import Scene

CLAIMED = "SELECT count(*) FROM claim WHERE person_id = %s AND for_day = %s"


def test_affected_is_written_down_and_stands_in_the_list(desk: Desk, scene: Scene) -> None:
    """H11: two presses; the refusal is kept, and whoever opens the person next is told first."""
    person_id = scene.person(name=("Abel", "Kvist"))
    desk.sign_in()
    desk.open(person_id)
    desk.presses = 0
    desk.letter("p")
    desk.page.keyboard.press("Enter")
    desk.presses += 1
    desk.expect_word("Stop")
    assert desk.presses == 2
    expect(desk.panel).to_contain_text("Skrevet ned: påvirket, ikke udleveret")
    expect(desk.panel).to_contain_text("Aftal et tidspunkt i dag, og se personen an igen")
    assert scene.kinds(person_id) == ["handout-refused-by-rules"]
    expect(desk.row(person_id)).to_have_attribute("data-state", "stopped", timeout=2_000)
    desk.open(person_id)
    desk.expect_word("Stop")
    expect(desk.panel).to_contain_text("Se på personen igen, før du udleverer")
    desk.accessible()
    desk.enter()
    desk.expect_word("Udlevér")
    desk.accessible()
    desk.enter("reserved")
    desk.enter("given")
    expect(desk.row(person_id)).to_have_attribute("data-state", "given", timeout=2_000)


def test_wide_awake_is_not_affected(desk: Desk, scene: Scene) -> None:
    person_id = scene.person(name=("Anker", "Kruse"))
    desk.sign_in()
    desk.open(person_id)
    desk.letter("p")
    desk.drawer.get_by_label("1 · vågen, let at tale med").check()
    desk.press("Skriv ned, og udlevér ikke")
    desk.expect_word("Udlevér")
    assert scene.kinds(person_id) == []


def test_declining_before_anything_is_poured(desk: Desk, scene: Scene) -> None:
    person_id = scene.person(name=("Aksel", "Krag"))
    desk.sign_in()
    desk.open(person_id)
    desk.letter("a")
    desk.drawer.get_by_label("Bemærkning").fill("forkølet")
    desk.press("Personen afviste dosis")
    expect(desk.panel).to_contain_text("Dosis kan stadig udleveres i dag")
    assert scene.kinds(person_id) == ["dose-declined"]
    assert scene.one(CLAIMED, person_id, scene.today) == 0
    desk.accessible()


def test_one_name_twice_shows_the_birth_date(desk: Desk, scene: Scene) -> None:
    """H07: in the list by birth date, at the person by a warning."""
    first = scene.person(name=("Bo", "Tvilling"), born_on=date(1961, 3, 2))
    second = scene.person(name=("Bo", "Tvilling"), born_on=date(1988, 7, 13))
    desk.sign_in()
    expect(desk.row(first)).to_contain_text("f. 2. mar. 1961")
    expect(desk.row(second)).to_contain_text("f. 13. jul. 1988")
    desk.open(second)
    warned = desk.panel.locator(".alike")
    expect(warned).to_contain_text("Kan forveksles")
    expect(warned).to_contain_text("ikke Bo Tvilling 2. marts 1961")
    expect(desk.panel.locator(".person-born")).to_contain_text("13. juli 1988")


@pytest.mark.parametrize("how", ["given", "returned", "spilled", "doubted"])
def test_a_forgotten_reservation_asks_what_became_of_the_dose(
    desk: Desk, scene: Scene, how: str
) -> None:
    """H08: after a quarter of an hour nobody is told to pour again; who reserved stands there."""
    person_id = scene.person(name=(f"Cai {how.title()}", "Kold"))
    desk.sign_in()
    desk.open(person_id)
    desk.enter("reserved")
    for table, column, day in (
        ("reservation", "reserved_at", "day"),
        ("claim", "claimed_at", "for_day"),
    ):
        scene.run(
            f"UPDATE {table} SET {column} = {column} - interval '16 minutes'"
            f" WHERE person_id = %s AND {day} = %s", person_id, scene.today)  # fmt: skip
    desk.open(person_id)
    desk.page.wait_for_selector('#panel[data-stage="uncertain"]')
    expect(desk.panel).to_contain_text("Hvad blev der af dosen?")
    expect(desk.panel.locator(".verdict")).to_contain_text("Skranke 1")
    desk.accessible()
    key, press, stage = {
        "given": ("j", "Afklaret: indtaget", "given"),
        "returned": ("t", "Afklaret: ikke indtaget, tilbage i skab", "check"),
        "spilled": ("p", "Afklaret: spildt", "check"),
        "doubted": ("u", "Ingen ved, om dosis er indtaget", "uncertain"),
    }[how]
    desk.letter(key)
    if how == "spilled":
        desk.drawer.get_by_label("Hvad skete der?").fill("glasset væltede")
    desk.press(press)
    if how == "doubted":
        expect(desk.panel.locator("#drawer-uncertain")).to_have_count(0)
    desk.page.wait_for_selector(f'#panel[data-stage="{stage}"]')


def test_unconfirmed_numbers_say_so_beside_the_line(desk: Desk, scene: Scene) -> None:
    """A limit nobody responsible has confirmed works, and says that it is not confirmed."""
    person_id = scene.person(name=("Dan", "Kamp"), last_covered_days_ago=4)
    desk.sign_in()
    desk.open(person_id)
    expect(desk.panel.locator(".finding .doubt").first).to_be_visible()
    expect(desk.panel.locator(".finding .doubt").first).to_have_text("ubekræftet tal")
    observed = scene.person(name=("Dagny", "Kamp"))
    scene.indkald(observed)
    desk.hand_out(observed)
    expect(desk.panel.locator(".observation .doubt")).to_have_text("ubekræftet tal")


def test_one_dose_and_several_go_home(desk: Desk, scene: Scene) -> None:
    for number, days in enumerate((1, 2)):
        person_id = scene.person(
            name=("Enok", f"Kron{number}"),
            take_home=True,
            supervised_weekdays=[scene.today.isoweekday()],
            pickup_weekdays=[scene.today.isoweekday(), (scene.today.isoweekday() + days) % 7 + 1],
            take_home_days=7,
        )
        desk.sign_in()
        desk.open(person_id)
        desk.enter("reserved")
        press = desk.panel.locator("[data-enter]")
        expect(press).to_contain_text(f"{days} {'dosis' if days == 1 else 'doser'} med hjem")
        desk.enter("given")


def test_five_findings_of_a_long_name_are_not_clipped(desk: Desk, scene: Scene) -> None:
    person_id = scene.person(
        name=("Karl-Frederik Alexander Emanuel", "Schmidt-Østergaard Bruun"),
        valid_to_days=-1,
        last_covered_days_ago=6,
        sex="f",
        pregnant=True,
        ecg_on=None,
        reviewed_on=scene.today.replace(year=scene.today.year - 3),
    )
    desk.sign_in()
    for size in ((1280, 800), (1920, 1080)):
        desk.page.set_viewport_size({"width": size[0], "height": size[1]})
        desk.open(person_id)
        assert desk.page.locator(".finding").count() >= 4
        expect(desk.page.locator("[data-enter]")).to_be_in_viewport()
        assert desk.page.evaluate("document.documentElement.scrollHeight <= innerHeight")


# Last: from here on two strengths stand open, and nobody is handed out without a scan.
def test_two_strengths_ask_for_the_bottle_and_nothing_else(desk: Desk, scene: Scene) -> None:
    """H03: 1 and 5 mg/ml look alike; scanning is the primary step, and the wrong one stops."""
    person_id = scene.person(name=("Finn", "Kjeld"))
    right = scene.one("SELECT scan_code FROM bottle WHERE product_code = 'metadon-1' LIMIT 1")
    scene.bottle(1, "metadon-5")
    wrong = scene.one("SELECT scan_code FROM bottle WHERE product_code = 'metadon-5' LIMIT 1")
    desk.sign_in()
    desk.open(person_id)
    desk.expect_word("Scan flasken")
    expect(desk.page.locator("#scan-code")).to_be_focused()
    expect(desk.page.locator("#do-ask")).to_have_count(0)
    expect(desk.panel.locator(".strengths")).to_contain_text("1 mg/ml ordineret")
    expect(desk.panel.locator(".strengths")).to_contain_text("5 mg/ml ikke denne")
    desk.accessible()
    with desk.page.expect_response("**/skranke/scan"):
        desk.scan(wrong)
    desk.expect_word("Stop")
    expect(desk.page.locator("#scan-code")).to_be_focused()
    # Typed by hand, slowly, with Enter.
    desk.page.keyboard.type(right.removeprefix("B-"), delay=90)
    desk.page.wait_for_timeout(100)
    with desk.page.expect_response("**/skranke/scan"):
        desk.page.keyboard.press("Enter")
    desk.expect_word("Udlevér")
    expect(desk.panel.locator(".amount-product")).to_contain_text("1 mg/ml")
    desk.enter("reserved")


def test_withdrawal_goes_with_the_question(desk: Desk, scene: Scene) -> None:
    """H25: the field has the focus; what is measured is what the doctor is asked about."""
    person_id = scene.person(name=("Kaj", "Kock"), daily_ug=30_000, last_covered_days_ago=2)
    scene.prescribe(
        person_id, product="bupre-8", daily_ug=8_000, parts_ug=None, valid_to_days=40,
        high_dose_reason=None, from_days_ago=0,
    )  # fmt: skip
    desk.sign_in()
    desk.open(person_id)
    expect(desk.page.locator("#cows-first")).to_be_focused()
    desk.accessible()
    desk.page.locator("#cows-first").fill("5")
    with desk.page.expect_response("**/abstinenser"):
        desk.enter()
    expect(desk.panel).to_contain_text("Spørg lægen")
    desk.letter("c")
    expect(desk.drawer).to_contain_text("COWS")
    desk.accessible()
    desk.page.keyboard.press("Escape")
    desk.page.locator("[data-enter]").focus()
    desk.enter()
    expect(desk.panel).to_contain_text("Spurgt")
    told = scene.one(
        "SELECT row_to_json(q)::text FROM doctor_question q WHERE person_id = %s", person_id
    )
    assert '"cows":5' in told.replace(" ", "").replace("\\", "")
    # Another person between, and it stands there still; the doctor sees who measured it, and when.
    desk.open(scene.person())
    desk.open(person_id)
    expect(desk.panel.locator("#withdrawal-read")).to_contain_text("5 point på COWS")
    desk.looked_at(f"/skranke?person={person_id}", "withdrawal")
    desk.page.context.clear_cookies()
    desk.sign_in("doctor1", None)
    question = scene.one(
        "SELECT max(question_id) FROM doctor_question WHERE person_id = %s", person_id
    )
    desk.page.goto(f"/laege?sag={question}")
    read = desk.panel.locator("#withdrawal-read")
    expect(read).to_contain_text("5 point på COWS")
    expect(read).to_contain_text("målt af")
    desk.looked_at(f"/laege?sag={question}", "withdrawal-asked")
