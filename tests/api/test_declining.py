"""The person says no before anything was reserved: told, and nothing else changes."""

from tests.api.client import Counter, problem
from tests.scene import Scene


def test_declining_takes_nothing_and_is_told(scene: Scene, nurse: Counter) -> None:
    """H06: a dose nobody poured leaves the stock, the day and the claims as they were."""
    person = scene.person()
    balance = scene.balance()
    answer = nurse.send("POST", f"/people/{person}/declines", {"note": "has a cold"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "declined"
    [(kind, facts)] = scene.events(person)[1:]
    assert kind == "dose-declined"
    assert facts["note"] == "has a cold"
    assert facts["doses"] == [[scene.today.isoformat(), 1, 80_000, "supervised"]]
    assert scene.balance() == balance
    assert scene.used(person) == 0
    today = "SELECT count(*) FROM claim WHERE person_id = %s AND for_day = %s"
    assert scene.one(today, person, scene.today) == 0


def test_who_declined_may_come_back_and_have_the_dose(scene: Scene, nurse: Counter) -> None:
    person = scene.person()
    nurse.send("POST", f"/people/{person}/declines", {})
    nurse.given(person)
    assert scene.kinds(person) == ["dose-declined", "handout-reserved", "handout-given"]


def test_the_same_key_declines_once(scene: Scene, nurse: Counter) -> None:
    """H04: a repeated press is one entry."""
    person = scene.person()
    for _ in range(2):
        answer = nurse.send("POST", f"/people/{person}/declines", {}, "declined-only-once")
        assert answer.status_code == 200
    assert scene.kinds(person) == ["dose-declined"]


def test_a_reserved_dose_is_not_declined_past_its_reservation(scene: Scene, nurse: Counter) -> None:
    """H08: what was poured must be told of as poured."""
    person = scene.person()
    nurse.reserved(person)
    problem(nurse.send("POST", f"/people/{person}/declines", {}), 409)
    assert "dose-declined" not in scene.kinds(person)


def test_a_dose_already_had_is_not_declined(scene: Scene, nurse: Counter) -> None:
    person = scene.person()
    nurse.given(person)
    problem(nurse.send("POST", f"/people/{person}/declines", {}), 409, "nothing-due")
