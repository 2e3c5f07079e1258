"""An adverse event: one call drafts it from what is recorded; what leaves names nobody."""

import json
from typing import Any

import pytest

from tests.api.client import Counter, problem
from tests.scene import Scene


@pytest.fixture
def drafted(scene: Scene, nurse: Counter) -> tuple[int, int]:
    """A person whose dose was spilled today, and the draft about it."""
    person = scene.person(name=("Vibeke", "Navngiven"))
    nurse.tell(nurse.reserved(person), "spilled", note="glasset væltede")
    answer = nurse.send("POST", f"/people/{person}/adverse-events", {"kind": "spilled"})
    assert answer.status_code == 201
    return person, answer.json()["event_id"]


def write(nurse: Counter, event: int, what: str = "glasset væltede", **more: str) -> Any:
    return nurse.send("POST", f"/adverse-events/{event}/texts", {"what": what, **more})


def events(nurse: Counter) -> dict[int, dict[str, Any]]:
    return {one["event_id"]: one for one in nurse.get("/adverse-events").json()["events"]}


def test_the_draft_holds_the_day_as_the_ledger_has_it(
    scene: Scene, nurse: Counter, drafted: tuple[int, int]
) -> None:
    """H06: nobody has to remember times and amounts."""
    person, event = drafted
    facts = scene.one("SELECT facts FROM adverse_event WHERE event_id = %s", event)
    kinds = [kind for _, kind, _ in facts["happened"]]
    assert kinds[-2:] == ["handout-reserved", "handout-spilled"]
    assert facts["happened"][-2][2] == 80_000
    assert scene.kinds(person)[-1] == "adverse-event-drafted"


def test_what_is_exported_names_nobody(
    scene: Scene, nurse: Counter, drafted: tuple[int, int]
) -> None:
    """H24: age and sex, times and amounts, and what was written."""
    _, event = drafted
    assert problem(nurse.send("POST", f"/adverse-events/{event}/exports"), 409)
    write(nurse, event, cause="bordet er for smalt")
    exported = nurse.send("POST", f"/adverse-events/{event}/exports").json()
    document = exported["document"]
    assert (document["what"], document["cause"]) == ("glasset væltede", "bordet er for smalt")
    text = json.dumps(document, ensure_ascii=False)
    for name in ("Vibeke", "Navngiven", "1975-05-15"):
        assert name not in text
    again = nurse.send("POST", f"/adverse-events/{event}/exports").json()
    assert again["sha256"] == exported["sha256"]
    assert scene.one("SELECT count(*) FROM adverse_event_export WHERE event_id = %s", event) == 1


def test_a_later_text_is_a_new_version_and_not_exported_yet(
    nurse: Counter, drafted: tuple[int, int]
) -> None:
    _, event = drafted
    assert write(nurse, event).json()["version"] == 1
    nurse.send("POST", f"/adverse-events/{event}/exports")
    assert write(nurse, event, "glasset var revnet").json()["version"] == 2
    found = events(nurse)[event]
    assert (found["version"], found["exported_version"]) == (2, 1)


def test_another_unit_sees_and_writes_none_of_it(
    nurse: Counter, neighbour: Counter, drafted: tuple[int, int]
) -> None:
    """H24."""
    person, event = drafted
    assert event not in events(neighbour)
    assert problem(write(neighbour, event), 404)
    path = f"/people/{person}/adverse-events"
    assert problem(neighbour.send("POST", path, {"kind": "other"}), 404)


def test_bad_input_changes_nothing(nurse: Counter, drafted: tuple[int, int]) -> None:
    person, event = drafted
    path = f"/people/{person}/adverse-events"
    assert problem(nurse.send("POST", path, {"kind": "gossip"}), 422)
    assert problem(write(nurse, event, "  "), 422)
    assert problem(write(nurse, event, "x" * 5_000), 422)
    assert problem(write(nurse, 10**9), 404)
    assert events(nurse)[event]["version"] is None


def test_the_same_key_drafts_once(scene: Scene, nurse: Counter) -> None:
    """H04."""
    person = scene.person()
    path = f"/people/{person}/adverse-events"
    first = nurse.send("POST", path, {"kind": "other"}, "draft-only-once")
    again = nurse.send("POST", path, {"kind": "other"}, "draft-only-once")
    assert again.json() == first.json()
    assert scene.one("SELECT count(*) FROM adverse_event WHERE person_id = %s", person) == 1
