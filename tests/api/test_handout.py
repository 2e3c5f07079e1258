"""The hand-out over HTTP, step by step, as a machine client or the page sees it."""

from tests.api.conftest import Counter
from tests.scene import Scene


def findings(answer) -> list[str]:
    return [finding["rule_id"] for finding in answer.json()["verdict"]["findings"]]


def test_the_ordinary_patient_is_reserved_and_given(scene: Scene, nurse: Counter) -> None:
    """H06: two steps, each recorded; the day's dose is then taken."""
    person = scene.person()
    reserved = nurse.reserve(person)
    assert reserved.status_code == 201, reserved.text
    body = reserved.json()
    assert body["verdict"]["severity"] == "allow"
    assert body["doses"][0]["volume_ml"] == "80"
    given = nurse.give(body["reservation_id"])
    assert given.status_code == 200, given.text
    assert given.json()["receipt"]["seq"] > body["receipt"]["seq"]
    again = nurse.reserve(person)
    assert again.status_code == 409
    assert "already-given" in findings(again)
