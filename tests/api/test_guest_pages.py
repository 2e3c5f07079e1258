"""A guest's pages after a merge, a question nobody answered, and stock that ran out since."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.client import Counter
from tests.api.closed_days import Closed, Measured, guests, sent
from tests.api.matrix.calendar import goes_to
from tests.api.test_guest_midnight import a_day_earlier
from tests.api.test_guest_wall import carried_yesterday
from tests.api.test_merged_home_doses import carrier
from tests.api.test_merging import merge
from tests.api.test_page_relations import Browser
from tests.scene import Scene

MOVES_DAYS = True
PERSON = "GET /skranke/person/{person_id}"


@pytest.fixture
def shut(scene: Scene, neighbour: Counter) -> Iterator[None]:
    """Whatever a test closes at the home unit is open again after it."""
    yield
    scene.run("DELETE FROM unit_closed_day WHERE unit_id = 1")


def pages(http: TestClient, counter: Counter) -> Browser:
    return Browser(http, counter.token)


def ask(counter: Counter, person: int) -> int:
    """A question about somebody for whom something has to be asked."""
    order = counter.order(person, observed={"affected": True})
    asked = counter.send("POST", "/questions", {"order": order})
    assert asked.status_code == 201, asked.text
    return person


def question_of(scene: Scene, person: int) -> int:
    return scene.one("SELECT max(question_id) FROM doctor_question WHERE person_id = %s", person)


def waiting(doctor: Counter) -> list[int]:
    return [one["person_id"] for one in doctor.get("/questions").json()]


def test_a_merged_guests_pages_show_both_records_where_the_guest_is(
    http: TestClient, scene: Scene, nurse: Counter, doctor: Counter, neighbour: Counter, shut: None
) -> None:
    """H02, H15: the counter's card, the doses at home; the other record leads to this one."""
    survivor, absorbed = carrier(scene), carrier(scene)
    carried_yesterday(scene, nurse, absorbed)
    assert merge(doctor, survivor, absorbed).status_code == 201
    scene.close_unit_on(1, 0, "Personaledag")
    goes_to(scene, survivor, 0, 2)
    there, at_home = pages(http, neighbour), pages(http, nurse)
    seen = there.send(PERSON, {"person_id": survivor})
    assert seen.status_code == 200 and f'data-person="{survivor}"' in seen.text
    assert f"/skranke/person/{survivor}/hjemme" in seen.text
    doses: list[Any] = []
    for page in (there, at_home):
        shown = page.send("GET /skranke/person/{person_id}/hjemme", {"person_id": survivor})
        assert shown.status_code == 200
        doses.append(shown.text.count("home-what"))
    assert doses[0] == doses[1] >= 2
    old = there.send(PERSON, {"person_id": absorbed})
    assert old.status_code in (404, 409) and "Traceback" not in old.text
    card = there.send("POST /skranke/find", {}, {"q": f"K-{absorbed:04d}"})
    assert f'data-person="{survivor}"' in card.text


def test_a_guests_day_of_the_record_merged_away_is_withdrawn_on_the_page(
    http: TestClient, scene: Scene, doctor: Counter, neighbour: Counter, shut: None
) -> None:
    """H15: in red at both units with the way on; the doctor ends it, and decides for the human."""
    survivor, absorbed = scene.person(), scene.person()
    scene.close_unit_on(1, 0, "Personaledag")
    guest = goes_to(scene, absorbed, 0, 2)
    assert merge(doctor, survivor, absorbed).status_code == 201
    for counter in (neighbour, doctor):
        shown = pages(http, counter).send("GET /gaester", {})
        assert "Journalen er lagt sammen med en anden" in shown.text
    pressed = pages(http, doctor).send(
        "POST /gaester/{guest_id}", {"guest_id": guest}, {"reason": "samlet med den anden"}
    )
    assert pressed.status_code == 200, pressed.text
    assert "Trukket tilbage" in pressed.text
    assert "Journalen er lagt sammen" not in pressed.text


def test_a_question_about_a_guest_follows_home_on_day_two(
    http: TestClient,
    scene: Scene,
    doctor: Counter,
    neighbour: Counter,
    next_door: Counter,
    measured: Measured,
    closed_now: Closed,
) -> None:
    """H14: nobody answered where it was asked; it is not lost, and waits at one unit at a time."""
    person = measured()
    assert closed_now.decide(sent(closed_now, person)).status_code == 201
    ask(neighbour, person)
    number = question_of(scene, person)
    here, home = pages(http, next_door), pages(http, doctor)
    case = "GET /laege/sag/{question_id}"
    assert person in waiting(next_door) and person not in waiting(doctor)
    # The day after: still the guest of yesterday, and still answered where it was asked.
    a_day_earlier(scene, person)
    assert person in waiting(next_door) and person not in waiting(doctor)
    assert here.send(case, {"question_id": number}).status_code == 200
    # Day two: where it was asked nobody comes any more; the doctor at home has it.
    a_day_earlier(scene, person)
    assert person not in waiting(next_door) and person in waiting(doctor)
    assert here.send(case, {"question_id": number}).status_code == 404
    assert here.send("GET /laege", {}).status_code == 200
    shown = home.send(case, {"question_id": number})
    assert shown.status_code == 200
    answer = {"allow": "0", "reason": "tal med mig i morgen"}
    done = home.send("POST /laege/sag/{question_id}", {"question_id": number}, answer)
    assert done.status_code == 200, done.text
    assert person not in waiting(doctor)
    linked = "SELECT question_id FROM doctor_decision WHERE person_id = %s ORDER BY 1 DESC LIMIT 1"
    assert scene.one(linked, person) == number
    assert scene.kinds(person)[-1] == "question-answered"


def test_a_question_about_a_record_merged_since_is_the_survivors(
    http: TestClient, scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    """H02, H14: asked about one record, answered for the human."""
    survivor, absorbed = scene.person(), scene.person()
    ask(nurse, absorbed)
    assert merge(doctor, survivor, absorbed).status_code == 201
    assert survivor in waiting(doctor) and absorbed not in waiting(doctor)
    page = pages(http, doctor)
    number = question_of(scene, absorbed)
    shown = page.send("GET /laege/sag/{question_id}", {"question_id": number})
    assert shown.status_code == 200, shown.text
    answer = {"allow": "0", "reason": "tal med mig"}
    done = page.send("POST /laege/sag/{question_id}", {"question_id": number}, answer)
    assert done.status_code == 200, done.text
    assert survivor not in waiting(doctor)
    assert scene.kinds(survivor)[-1] == "question-answered"


def test_a_guests_day_is_held_against_the_stock_of_the_other_unit(
    http: TestClient,
    scene: Scene,
    doctor: Counter,
    neighbour: Counter,
    measured: Measured,
    later: Closed,
) -> None:
    """H08, H15: decided while it was there; run out, past its date or called back, it is in red."""
    person = measured()
    assert later.decide(sent(later, person)).status_code == 201
    assert guests(neighbour)[person][0]["problem"] == ""
    bottles = "unit_id = 2 AND product_code = 'metadon-1'"
    of_batch = f"batch_id IN (SELECT batch_id FROM bottle WHERE {bottles})"
    for gone, back in (
        (
            f"UPDATE bottle SET closed_at = now() WHERE {bottles}",
            f"UPDATE bottle SET closed_at = NULL WHERE {bottles}",
        ),
        (
            f"UPDATE batch SET state = 'recalled' WHERE {of_batch}",
            f"UPDATE batch SET state = 'released' WHERE {of_batch}",
        ),
    ):
        scene.run(gone)
        for counter, way in ((doctor, "going"), (neighbour, "coming")):
            assert guests(counter, way)[person][0]["problem"] == "stock"
            shown = pages(http, counter).send("GET /gaester", {})
            assert "har ikke præparatet på lager" in shown.text
        row = later.plan()[person]
        assert (row["state"], [one["broken"] for one in row["guest_days"]]) == ("changed", [True])
        scene.run(back)
        assert guests(neighbour)[person][0]["problem"] == ""
        assert later.plan()[person]["state"] == "decided"
