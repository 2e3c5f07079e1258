"""What a pharmacy asks and tells: its list, its own packages, who did not come, what changed."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.client import MADE_UP_NUMBER, Counter, findings, problem, sign_in
from tests.api.matrix.ground import Ground
from tests.api.matrix.treatment import ordered
from tests.scene import Scene
from tests.treatment.supply import PHARMACY, Supplied, supplied


@pytest.fixture(scope="module")
def pharmacy(http: TestClient, scene: Scene, nurse: Counter, doctor: Counter) -> Supplied:
    return supplied(http, scene, nurse, doctor)


def notices(doctor: Counter, kind: str) -> list[dict[str, Any]]:
    found = doctor.get("/notices").json()["notices"]
    return [one for one in found if one["kind"] == kind]


# Who may


def test_a_pharmacist_hands_out_at_a_pharmacy_and_nowhere_else(
    pharmacy: Supplied, http: TestClient, scene: Scene
) -> None:
    """H24: the role is not widened at a clinic, nor beyond the counter at a pharmacy."""
    at_clinic = sign_in(http, scene, "pharmacist1")
    person = scene.person()
    problem(at_clinic.reserve(person), 403)
    problem(at_clinic.get("/today"), 403)
    problem(at_clinic.get("/supply-orders"), 403)
    here, sent = pharmacy.pharmacist, pharmacy.sent()
    assert here.get("/today").status_code == 200
    reservation = here.reserved(sent)
    assert here.tell(reservation, "returned", note="kom ikke alligevel").status_code == 200
    for path in ("home-doses", "collectors", "arrangements", "orders", "supply-order"):
        assert here.get(f"/people/{sent}/{path}").status_code == 403, path
    assert here.send("POST", f"/people/{sent}/decisions", DECIDED).status_code == 403
    assert here.send("POST", f"/people/{sent}/arrangements/supervised", WHY).status_code == 403
    assert here.send("POST", f"/people/{sent}/supply-order/end", WHY).status_code == 403
    problem(here.reserve(scene.person()), 404)


WHY = {"reason": "det kan ikke lade sig gøre"}
DECIDED = WHY | {"allow": True, "rule_ids": ["missed-days"]}


# What it sees


def test_the_list_has_what_handing_out_needs_and_no_more(pharmacy: Supplied, scene: Scene) -> None:
    """H24: no number, no reason of the doctor, nobody who is not sent here."""
    person, other = pharmacy.sent(), scene.person()
    answer = pharmacy.pharmacist.get("/supply-orders")
    orders = {one["person_id"]: one for one in answer.json()["orders"]}
    assert person in orders and other not in orders
    one = orders[person]
    assert one["in_force_now"] and one["clinic"] == "Prøveenheden"
    assert one["ordered"]["daily_ug"] == 80_000
    assert one["ordered"]["product"]["code"] == "metadon-1"
    assert one["days"][0] == str(pharmacy.day())
    assert {rule["rule"] for rule in one["stop_rules"]} >= {"missed-days", "indkald"}
    assert isinstance(one["stop_rules"][0]["days"], int)
    assert "bor ved apoteket" not in answer.text and "cpr" not in answer.text.lower()


def test_another_pharmacy_sees_nothing_of_it(
    pharmacy: Supplied, http: TestClient, scene: Scene
) -> None:
    """H24: the order of another pharmacy is no order at all."""
    scene.unit(43, "Bøgeapoteket", "pharmacy")
    other = sign_in(http, scene, "pharmacist43", 43)
    person = pharmacy.sent()
    number = pharmacy.order(person)["supply_id"]
    problem(other.get(f"/supply-orders/{number}"), 404)
    day = {"day": str(pharmacy.day())}
    problem(other.send("POST", f"/supply-orders/{number}/missed", day), 404)
    problem(other.reserve(person), 404)


# Its own packages


def test_a_package_of_its_own_is_handed_out_from_and_never_counted(
    pharmacy: Supplied, scene: Scene
) -> None:
    """H08, H09: product, batch and expiry are asked by the rules; the balance is the pharmacy's."""
    here = pharmacy.pharmacist
    scene.run("UPDATE bottle SET closed_at = now() WHERE unit_id = %s AND counted", PHARMACY)
    person = pharmacy.sent()
    assert here.reserve(person).status_code == 409
    typed = {"product_code": "metadon-1", "lot": "AP123", "expires_on": str(pharmacy.day(200))}
    ready = here.send("POST", "/own-packages", typed)
    assert ready.status_code == 201, ready.text
    again = problem(here.send("POST", "/own-packages", typed), 409, "package-stands-there")
    assert again["scan_code"] == ready.json()["scan_code"]
    bottle = ready.json()["bottle_id"]
    moved = "SELECT count(*) FROM stock_movement WHERE bottle_id = %s"
    reservation = here.reserved(person)
    assert here.tell(reservation, "returned", note="fortrudt").status_code == 200
    here.given(person)
    assert scene.one(moved, bottle) == 0
    ten_fold = here.reserve(pharmacy.sent(), amount_mg="800")
    assert ten_fold.status_code == 409
    away = here.send("POST", f"/own-packages/{bottle}/away")
    assert away.status_code == 201, away.text
    problem(here.send("POST", f"/own-packages/{bottle}/away"), 404)
    scene.run("UPDATE bottle SET closed_at = NULL WHERE unit_id = %s AND counted", PHARMACY)


def test_a_clinic_has_no_uncounted_packages(pharmacy: Supplied, http: TestClient) -> None:
    """H23: what a clinic pours is counted; the table refuses it, too."""
    typed = {"product_code": "metadon-1", "lot": "X1", "expires_on": str(pharmacy.day(200))}
    problem(pharmacy.nurse.send("POST", "/own-packages", typed), 403)
    import psycopg

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        pharmacy.scene.run("UPDATE bottle SET counted = false WHERE unit_id = 1")


@pytest.mark.parametrize(
    ("changes", "status", "slug"),
    [
        ({"lot": None}, 422, None),
        ({"product_code": "nothing"}, 422, None),
        ({"expires_on": "2020-01-01"}, 409, "batch-expired"),
        ({"code": "not a code", "lot": None, "expires_on": None}, 422, "not-a-package-code"),
    ],
)
def test_an_unclear_package_does_not_stand_ready(
    pharmacy: Supplied, changes: dict[str, Any], status: int, slug: str | None
) -> None:
    typed = {"product_code": "metadon-1", "lot": "AP9", "expires_on": str(pharmacy.day(200))}
    body = {name: value for name, value in (typed | changes).items() if value is not None}
    problem(pharmacy.pharmacist.send("POST", "/own-packages", body), status, slug)


# What it tells


def test_who_did_not_come_is_missed_once_however_often_it_is_told(
    pharmacy: Supplied, scene: Scene
) -> None:
    """H11: told twice, told by closing the day, or by two at once: one missed day."""
    person = pharmacy.sent()
    path = f"/supply-orders/{pharmacy.order(person)['supply_id']}/missed"
    day = {"day": str(pharmacy.day())}
    with ThreadPoolExecutor(2) as both:
        told = [both.submit(pharmacy.pharmacist.send, "POST", path, day) for _ in range(2)]
    assert sorted(one.result().status_code for one in told) == [200, 201]
    count = "SELECT count(*) FROM missed_dose WHERE person_id = %s"
    assert scene.one(count, person) == 1
    assert scene.one("SELECT unit_id FROM missed_dose WHERE person_id = %s", person) == PHARMACY
    had = pharmacy.sent()
    pharmacy.pharmacist.given(had)
    path = f"/supply-orders/{pharmacy.order(had)['supply_id']}/missed"
    problem(pharmacy.pharmacist.send("POST", path, day), 409, "not-missed")
    ahead = {"day": str(pharmacy.day(1))}
    problem(pharmacy.pharmacist.send("POST", path, ahead), 422)


def test_after_so_many_days_the_clinics_doctors_are_told(pharmacy: Supplied) -> None:
    """H11: the number is the rule book's; the notice stands with the clinic, not the pharmacy."""
    person = pharmacy.sent(last_covered_days_ago=6)
    path = f"/supply-orders/{pharmacy.order(person)['supply_id']}/missed"
    day = {"day": str(pharmacy.day())}
    assert pharmacy.pharmacist.send("POST", path, day).status_code == 201
    (notice,) = [
        one for one in notices(pharmacy.doctor, "supply-missed") if one["person_id"] == person
    ]
    assert notice["facts"]["pharmacy"] == "Svaneapoteket"


def test_an_oddity_stands_with_the_clinics_doctors(pharmacy: Supplied) -> None:
    person = pharmacy.sent()
    path = f"/supply-orders/{pharmacy.order(person)['supply_id']}/oddities"
    said = {"text": "virkede sløret og spurgte efter tabletter"}
    assert pharmacy.pharmacist.send("POST", path, said).status_code == 201
    found = [one for one in notices(pharmacy.doctor, "supply-oddity") if one["person_id"] == person]
    assert [one["facts"]["text"] for one in found] == [said["text"]]
    cpr = {"text": f"han har {MADE_UP_NUMBER}"}
    problem(pharmacy.pharmacist.send("POST", path, cpr), 422)


def test_a_question_of_a_pharmacy_waits_with_the_clinics_doctors(pharmacy: Supplied) -> None:
    """H11: a pharmacy has no doctor; the answer is heard at its counter."""
    person = pharmacy.sent(last_covered_days_ago=6)
    refused = pharmacy.pharmacist.reserve(person)
    assert "missed-days" in findings(refused)
    asked = {"order": pharmacy.pharmacist.order(person), "note": "har været væk"}
    answer = pharmacy.pharmacist.send("POST", "/questions", asked)
    assert answer.status_code == 201, answer.text
    waiting = {one["person_id"] for one in pharmacy.doctor.get("/questions").json()}
    assert person in waiting


# What changed


def test_what_changed_reaches_the_pharmacy_on_its_next_question(
    pharmacy: Supplied, scene: Scene
) -> None:
    """H02: stop, change, indkald and end, each by its word; nothing twice and nothing lost."""
    here = pharmacy.pharmacist
    cursor = here.get("/supply-orders").json()["cursor"]

    def news() -> list[tuple[int, str]]:
        nonlocal cursor
        answer = here.get(f"/supply-orders/changes?after={cursor}")
        assert answer.status_code == 200, answer.text
        cursor = answer.json()["cursor"]
        return [(one["supply_id"], one["what"]) for one in answer.json()["changes"]]

    assert news() == []
    person = pharmacy.sent()
    number = pharmacy.order(person)["supply_id"]
    assert (number, "issued") in news() and news() == []
    scene.person()
    draft = ordered(Ground(scene, pharmacy.nurse))
    assert pharmacy.doctor.send("POST", f"/people/{person}/orders", draft).status_code == 201
    assert (number, "dose") in news()
    ended = pharmacy.doctor.send("POST", f"/people/{person}/supply-order/end", WHY)
    assert ended.status_code == 201, ended.text
    assert (number, "ended") in news()
    again = pharmacy.doctor.send("POST", f"/people/{person}/supply-order/end", WHY)
    problem(again, 409, "no-supply-order")
    # What happens to somebody after the end is no matter of the pharmacy's.
    assert pharmacy.doctor.send("POST", f"/people/{person}/orders", draft).status_code == 201
    assert news() == []
    problem(here.get("/supply-orders/changes?after=nonsense!"), 422)


def test_the_clinic_reads_what_was_sent(pharmacy: Supplied) -> None:
    person = pharmacy.sent()
    found = pharmacy.nurse.get(f"/people/{person}/supply-order").json()
    (version,) = found["versions"]
    assert (version["change"], version["pharmacy"]) == ("issued", "Svaneapoteket")
    assert found["days"][0] == str(pharmacy.day())
