"""The board: nobody who stays is forgotten, and who is deeply sedated does not just leave."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from dispensing.counter.board import next_look
from dosing_rules import load_book
from tests.api.client import Counter, problem
from tests.scene import BOOK, Scene

EVERY = load_book(BOOK).sedation_check_minutes


@pytest.fixture
def observed(scene: Scene, nurse: Counter) -> tuple[int, int]:
    """A person on an indkald day who just swallowed, and the hand-out."""
    person = scene.person()
    scene.indkald(person)
    return person, nurse.given(person)


def later(scene: Scene, reservation: int, minutes: int) -> None:
    """So many minutes have passed since the swallow, and since every look."""
    scene.run(
        "UPDATE observation SET started_at = started_at - make_interval(mins => %s),"
        " due_at = due_at - make_interval(mins => %s) WHERE reservation_id = %s",
        minutes,
        minutes,
        reservation,
    )
    scene.run(
        "UPDATE sedation_check SET checked_at = checked_at - make_interval(mins => %s)"
        " WHERE reservation_id = %s",
        minutes,
        reservation,
    )


def row(counter: Counter, reservation: int) -> dict[str, Any]:
    board = counter.get("/observations").json()["observed"]
    return next(one for one in board if one["reservation_id"] == reservation)


def look(counter: Counter, reservation: int, poss: int = 1, breaths: int | None = 14, **more: Any):
    body = {"poss": poss, "breaths_per_minute": breaths} | more
    return counter.tell(reservation, "sedation-checks", **body)


def notices(doctor: Counter, person: int) -> list[dict[str, Any]]:
    found = doctor.get("/notices").json()["notices"]
    return [one for one in found if one["person_id"] == person]


def test_a_look_is_due_so_long_after_the_swallow_and_after_each_look(
    scene: Scene, nurse: Counter, observed: tuple[int, int]
) -> None:
    """H18: calm, then due, then calm again once somebody has looked; at the end it is over."""
    _, reservation = observed
    assert row(nurse, reservation)["state"] == "calm"
    later(scene, reservation, EVERY)
    assert row(nurse, reservation)["state"] == "look"
    assert look(nurse, reservation).json()["verdict"]["severity"] == "allow"
    seen = row(nurse, reservation)
    assert (seen["state"], seen["poss"], seen["breaths_per_minute"]) == ("calm", 1, 14)
    later(scene, reservation, 60 - EVERY)
    assert row(nurse, reservation)["state"] == "over"
    signed = nurse.tell(reservation, "observations", state="completed", affected=False)
    assert signed.status_code == 200
    assert reservation not in [
        one["reservation_id"] for one in nurse.get("/observations").json()["observed"]
    ]


def test_who_is_deeply_sedated_does_not_leave_until_a_better_look(
    scene: Scene, nurse: Counter, doctor: Counter, observed: tuple[int, int]
) -> None:
    """H12: the rules' own limit holds the person, tells the doctor, and a better look frees."""
    person, reservation = observed
    later(scene, reservation, 61)
    bad = look(nurse, reservation, poss=load_book(BOOK).sedation_stop_poss)
    assert bad.json()["verdict"]["findings"][0]["rule_id"] == "sedated"
    assert row(nurse, reservation)["state"] == "held"
    refused = nurse.tell(reservation, "observations", state="completed", affected=False)
    assert problem(refused, 409)["type"].endswith("/sedation-held")
    assert [one["kind"] for one in notices(doctor, person)] == ["sedated"]
    look(nurse, reservation)
    assert (
        nurse.tell(reservation, "observations", state="completed", affected=False).status_code
        == 200
    )
    assert scene.kinds(person)[-5:] == [
        "sedation-checked",
        "doctor-told",
        "act-refused",
        "sedation-checked",
        "observation-signed",
    ]


def test_slow_breathing_alone_holds_too(nurse: Counter, observed: tuple[int, int]) -> None:
    """H12: awake by the scale, and still breathing too slowly."""
    _, reservation = observed
    stops_below = load_book(BOOK).breathing_stop_breaths_per_minute
    answer = look(nurse, reservation, poss=1, breaths=stops_below - 1).json()
    assert answer["verdict"]["findings"][0]["way_on"] == "emergency"
    assert row(nurse, reservation)["state"] == "held"
    watched = look(nurse, reservation, poss=1, breaths=stops_below).json()
    assert watched["verdict"]["severity"] == "confirm"
    assert row(nurse, reservation)["state"] == "calm"


def test_leaving_early_is_recorded_and_goes_to_the_doctor(
    nurse: Counter, doctor: Counter, observed: tuple[int, int]
) -> None:
    """H18: a doctor has to read it; another role cannot make it go away."""
    person, reservation = observed
    nurse.tell(reservation, "observations", state="left_early", affected=False, note="gik kl. 9")
    told = notices(doctor, person)
    assert [(one["kind"], one["facts"]["note"]) for one in told] == [("left-early", "gik kl. 9")]
    path = f"/notices/{told[0]['notice_id']}/read"
    assert problem(nurse.send("POST", path, {"answer": "set"}), 403)
    assert doctor.send("POST", path, {"answer": "ringer i morgen"}).status_code == 200
    assert notices(doctor, person) == []


def test_the_board_is_the_units_own(
    nurse: Counter, neighbour: Counter, observed: tuple[int, int]
) -> None:
    """H24: another unit sees nothing of it and can write nothing on it."""
    _, reservation = observed
    assert neighbour.get("/observations").json()["observed"] == []
    assert problem(look(neighbour, reservation), 404)


def test_a_look_is_once_per_key_and_within_the_scale(
    scene: Scene, nurse: Counter, observed: tuple[int, int]
) -> None:
    """H04: a repeated key is one look; what is off the scale changes nothing."""
    person, reservation = observed
    body = {"poss": 2, "breaths_per_minute": 13}
    first = nurse.send("POST", f"/reservations/{reservation}/sedation-checks", body, "one-look-key")
    again = nurse.send("POST", f"/reservations/{reservation}/sedation-checks", body, "one-look-key")
    assert first.json() == again.json()
    assert scene.kinds(person).count("sedation-checked") == 1
    for wrong in ({"poss": 5}, {"poss": -1}, {"poss": 1, "breaths_per_minute": 101}, {}):
        answer = nurse.send("POST", f"/reservations/{reservation}/sedation-checks", wrong)
        assert problem(answer, 422)
    nurse.tell(reservation, "observations", state="left_early", affected=False, note="gik")
    assert problem(look(nurse, reservation), 409)["type"].endswith("/already-signed")


def test_a_restart_forgets_nobody(
    http: TestClient, scene: Scene, nurse: Counter, observed: tuple[int, int]
) -> None:
    """H18: the alarm is computed from the database: nothing of it lives in a process."""
    from dispensing.app import create_app
    from tests.api.client import sign_in

    _, reservation = observed
    later(scene, reservation, EVERY + 1)
    settings = http.app.state.settings  # type: ignore[attr-defined]
    with TestClient(create_app(settings)) as anew:
        assert row(sign_in(anew, scene, "nurse1b"), reservation)["state"] == "look"


@pytest.mark.parametrize(
    "swallowed_at",
    [
        datetime(2026, 3, 29, 0, 30, tzinfo=UTC),  # 01:30; at 02:00 the clock jumps to 03:00
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),  # 02:30, the first of two
        datetime(2028, 2, 29, 22, 45, tzinfo=UTC),  # over midnight of a leap day
    ],
)
def test_looks_and_end_are_moments_whatever_the_clock_on_the_wall_does(
    swallowed_at: datetime,
) -> None:
    """H03, H19: twenty minutes are twenty minutes in both nights of the clock change."""
    due_at = swallowed_at + timedelta(minutes=60)
    seen = [next_look(swallowed_at, due_at, 20, None)]
    while seen[-1] < due_at:
        seen.append(next_look(swallowed_at, due_at, 20, seen[-1]))
    assert [(at - swallowed_at).total_seconds() / 60 for at in seen] == [20, 40, 60]
    assert next_look(swallowed_at, due_at, 20, due_at - timedelta(minutes=5)) == due_at


def test_an_observation_without_an_interval_is_looked_at_once_now() -> None:
    """Unknown is not never: what began before the board was there is due at once."""
    at = datetime(2026, 11, 25, 8, tzinfo=UTC)
    end = at + timedelta(hours=1)
    assert next_look(at, end, None, None) == at
    assert next_look(at, end, None, at) == end


def test_a_notice_is_read_once_and_the_second_answer_is_not_lost(
    scene: Scene, nurse: Counter, doctor: Counter, observed: tuple[int, int]
) -> None:
    """H18: who comes second is told; and a person who moved on keeps no notice open for ever."""
    person, reservation = observed
    nurse.tell(reservation, "observations", state="left_early", affected=False, note="gik")
    notice = notices(doctor, person)[0]["notice_id"]
    scene.run(
        "UPDATE person SET unit_id = unit_id, ended_on = %s WHERE person_id = %s",
        scene.today,
        person,
    )
    path = f"/notices/{notice}/read"
    assert doctor.send("POST", path, {"answer": "set"}).status_code == 200
    late = doctor.send("POST", path, {"answer": "også set"})
    assert problem(late, 409)["type"].endswith("/already-read")
