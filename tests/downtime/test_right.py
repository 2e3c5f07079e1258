"""H02: the right to dispense lies at one place, and moves only between two that are both there."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.client import Counter, findings, problem, sign_in
from tests.downtime.conftest import Clinic
from tests.scene import Scene


@pytest.fixture
def pharmacy(http: TestClient, scene: Scene, clinic: Clinic) -> Counter:
    scene.unit(clinic.unit + 200, f"Apotek {clinic.unit}", "pharmacy")
    return sign_in(http, scene, f"pharmacist{clinic.unit + 200}", clinic.unit + 200)


def ask(pharmacy: Counter, person: int) -> int:
    answer = pharmacy.send(
        "POST", "/right-requests", {"card": f"K-{person:04d}", "reason": "flytter"}
    )
    assert answer.status_code == 201, answer.text
    return int(answer.json()["request_id"])


def answer(clinic: Clinic, request_id: int, grant: bool = True, struck: Any = None):
    """Answered with every row struck out that the request names, unless said otherwise."""
    if struck is None:
        waiting = {one["request_id"]: one for one in clinic.nurse.get("/right-requests").json()}
        struck = waiting.get(request_id, {"on_paper": []})["on_paper"]
    body = {"grant": grant, "struck_out": struck}
    return clinic.nurse.send("POST", f"/right-requests/{request_id}/answer", body)


def test_it_moves_only_when_the_row_is_struck_out_on_the_paper(
    clinic: Clinic, pharmacy: Counter
) -> None:
    """H02, H20: the list is good for a day and says that the right lies here; a new one is made."""
    person, other = clinic.person(), clinic.person()
    older = clinic.printed()
    serial = clinic.printed()
    row = {"serial": serial, "row_no": clinic.row(serial, person)}
    asked = ask(pharmacy, person)
    assert clinic.nurse.get("/right-requests").json()[0]["on_paper"] == [row]
    wrong = row | {"row_no": clinic.row(serial, other)}
    for struck in ([], [wrong], [row, wrong], [row | {"serial": serial + 100}]):
        problem(answer(clinic, asked, struck=struck), 422)
    # Whoever has an older printout in hand names that one.
    held = {"serial": older, "row_no": clinic.row(older, person)}
    done = answer(clinic, asked, struck=[held, row]).json()
    (new,) = done["lists"]
    assert clinic.rows(new)[person]["why"] == "right-elsewhere"
    assert clinic.rows(new)[other]["why"] == ""
    said = next(f for kind, f in clinic.scene.events(person) if kind == "right-moved")
    assert said["struck_out"] == [[older, held["row_no"]], [serial, row["row_no"]]]


def test_it_moves_when_one_asks_and_the_other_lets_go(clinic: Clinic, pharmacy: Counter) -> None:
    person = clinic.person()
    asked = ask(pharmacy, person)
    assert [one["request_id"] for one in clinic.nurse.get("/right-requests").json()] == [asked]
    assert answer(clinic, asked).status_code == 200
    assert "right-elsewhere" in findings(clinic.nurse.reserve(person))
    assert clinic.rows(clinic.printed())[person]["why"] == "right-elsewhere"
    assert clinic.scene.kinds(person)[-3:-1] == ["right-asked-for", "right-moved"]
    problem(answer(clinic, asked), 409, "request-over")


def test_kept_asked_twice_and_nobodys_business(
    clinic: Clinic, pharmacy: Counter, nurse: Counter
) -> None:
    person = clinic.person()
    asked = ask(pharmacy, person)
    again = {"card": f"K-{person:04d}", "reason": "flytter"}
    problem(pharmacy.send("POST", "/right-requests", again), 409, "right-asked-for")
    problem(clinic.nurse.send("POST", "/right-requests", again), 409, "right-here")
    problem(nurse.send("POST", f"/right-requests/{asked}/answer", {"grant": True}), 404)
    problem(pharmacy.send("POST", f"/right-requests/{asked}/answer", {"grant": True}), 404)
    assert answer(clinic, asked, grant=False).status_code == 200
    assert clinic.nurse.reserve(person).status_code == 201


def test_never_while_a_dose_is_unsettled(clinic: Clinic, pharmacy: Counter) -> None:
    """H06"""
    person = clinic.person()
    reserved = clinic.nurse.reserved(person)
    asked = ask(pharmacy, person)
    problem(answer(clinic, asked), 409, "right-stays")
    clinic.nurse.give(reserved)
    assert answer(clinic, asked).status_code == 200
    assert (
        clinic.scene.one(
            "SELECT right_holder_unit_id FROM person_day WHERE person_id = %s AND day = %s",
            *(person, clinic.scene.today),
        )
        == clinic.unit
    ), "today was had here and stays here"


def test_never_while_a_paper_may_have_been_used(clinic: Clinic, pharmacy: Counter) -> None:
    """H20, H21: the list in somebody's hand says that the right lies here."""
    person = clinic.person()
    serial = clinic.printed()
    asked = ask(pharmacy, person)
    clinic.down(0)
    problem(answer(clinic, asked), 409, "right-stays")
    clinic.over(serial)
    problem(answer(clinic, asked), 409, "right-stays")
    clinic.told(serial, person, happened="not_come")
    assert answer(clinic, asked).status_code == 200


def test_a_request_does_not_outlast_a_quarter_of_an_hour(clinic: Clinic, pharmacy: Counter) -> None:
    """Both are there within minutes, or neither knows what the other does."""
    person = clinic.person()
    asked = ask(pharmacy, person)
    clinic.scene.run("UPDATE right_request SET good_until = now() - interval '1 second'")
    problem(answer(clinic, asked), 409, "request-over")
    assert ask(pharmacy, person) != asked


def test_paper_of_a_place_that_has_lost_the_right_is_a_conflict(
    clinic: Clinic, pharmacy: Counter
) -> None:
    """H02: an older printout still said that it lay here."""
    person = clinic.person()
    old = clinic.printed()
    answer(clinic, ask(pharmacy, person))
    clinic.down(0)
    clinic.over(old)
    assert clinic.told(old, person)["conflicts"] == ["right-elsewhere"]
