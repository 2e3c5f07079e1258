"""What a unit reads of a guest: by what it hands out, and no further (decision 0020)."""

import pytest

from tests.api.client import Counter, problem
from tests.api.closed_days import Closed, Measured, sent
from tests.api.matrix.courses import ASSESSMENT
from tests.api.test_page_relations import Browser

READ = ("orders", "arrangements", "sedatives")
KEPT_AT_HOME = ("course", "monitoring", "first-line", "indkald", "moves", "medicines")
PAGES_READ = ("", "/ordination", "/udlevering", "/beroligende")
PAGES_KEPT = (
    "/forloeb",
    "/opfoelgning",
    "/foerstevalg",
    "/indkald",
    "/videregivelse",
    "/flytning",
    "/medicin",
)


@pytest.fixture
def guest(doctor: Counter, neighbour: Counter, measured: Measured, closed_now: Closed) -> int:
    """Somebody with a signed assessment and an address, today a guest next door."""
    person = measured()
    body = ASSESSMENT | {
        "allergies": "known",
        "allergies_note": "penicillin",
        "risks": "overdosis i foråret",
        "wish": "et arbejde",
    }
    assert doctor.send("POST", f"/people/{person}/assessments", body).status_code == 201
    address = {"address": "Hemmelig Vej 7, 2200 København N", "address_protected": False}
    assert doctor.send("POST", f"/people/{person}/address", address).status_code == 201
    assert closed_now.decide(sent(closed_now, person)).status_code == 201
    return person


def test_a_guests_unit_reads_what_it_hands_out_by(
    neighbour: Counter, next_door: Counter, guest: int
) -> None:
    """H24: dose, arrangement, sedatives; course, address, follow-up and diversion stay at home."""
    for by in (neighbour, next_door):
        for path in READ:
            assert by.get(f"/people/{guest}/{path}").status_code == 200, path
        for path in KEPT_AT_HOME:
            assert problem(by.get(f"/people/{guest}/{path}"), 404), path
    assert problem(next_door.get(f"/people/{guest}/diversion"), 404)


def test_so_do_its_pages_with_risks_and_allergies_in_front(
    neighbour: Counter, next_door: Counter, nurse: Counter, guest: int
) -> None:
    """H24 H12: what is dangerous is read beside the dose, without the way to where it stands."""

    def page(by: Counter, way: str) -> tuple[int, str]:
        browser = Browser(by.http, by.token)
        answer = browser.send("GET /behandling/person/{person_id}" + way, {"person_id": guest})
        return answer.status_code, answer.text

    assert [page(neighbour, way)[0] for way in PAGES_READ] == [200] * len(PAGES_READ)
    assert [page(next_door, way)[0] for way in PAGES_KEPT] == [404] * len(PAGES_KEPT)
    _, text = page(neighbour, "")
    for said in ("penicillin", "overdosis i foråret", "/ordination", "/beroligende"):
        assert said in text, said
    for kept in ("Hemmelig Vej", "et arbejde", *[f"{guest}{way}" for way in PAGES_KEPT]):
        assert kept not in text, kept
    assert "/forloeb" in page(nurse, "")[1]


def test_who_treats_reads_on_while_the_person_is_elsewhere(
    nurse: Counter, doctor: Counter, guest: int
) -> None:
    """A guest's day takes nothing from the unit that treats."""
    for path in (*READ, *KEPT_AT_HOME):
        assert nurse.get(f"/people/{guest}/{path}").status_code == 200, path
    assert doctor.get(f"/people/{guest}/diversion").status_code == 200
