"""A unit's closed days: decided ahead by those who may, opened again later, told in the ledger."""

from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from tests.api.client import Counter, problem, sign_in
from tests.clusters import Database
from tests.scene import Scene


@pytest.fixture(scope="module")
def administrator(http: TestClient, scene: Scene) -> Counter:
    return sign_in(http, scene, "administrator1")


def ahead(counter: Counter, days: int) -> str:
    return (counter.today + timedelta(days=days)).isoformat()


def close(counter: Counter, *days: int, name: str = "Personaledag", **more: Any) -> Any:
    closed = [{"day": ahead(counter, one), "name": name} for one in days]
    return counter.send("POST", "/calendar/days", {"closed": closed} | more)


def closed_days(scene: Scene) -> dict[date, str]:
    return dict(scene.run("SELECT day, name FROM unit_closed_day WHERE unit_id = 1").fetchall())


def test_a_doctor_and_an_administrator_close_coming_days(
    scene: Scene, doctor: Counter, administrator: Counter
) -> None:
    """H15: one act, one entry; the rules read the day from then on."""
    assert close(doctor, 20, 21).status_code == 200
    assert close(administrator, 22, name="Flytning").status_code == 200
    found = closed_days(scene)
    assert found[scene.today + timedelta(days=21)] == "Personaledag"
    assert found[scene.today + timedelta(days=22)] == "Flytning"
    shown = doctor.get(f"/calendar?year={ahead(doctor, 20)[:4]}").json()
    assert {"day": ahead(doctor, 20), "name": "Personaledag"} in shown["closed"]


def test_opened_again_is_a_later_decision(scene: Scene, doctor: Counter) -> None:
    """H23: both decisions stay; what the rules read is the last one."""
    close(doctor, 25)
    answer = doctor.send("POST", "/calendar/days", {"opened": [ahead(doctor, 25)]})
    assert answer.json()["opened"] == [ahead(doctor, 25)]
    assert scene.today + timedelta(days=25) not in closed_days(scene)
    rows = scene.run(
        "SELECT version, closed FROM calendar_decision WHERE day = %s ORDER BY version",
        scene.today + timedelta(days=25),
    ).fetchall()
    assert rows == [(1, True), (2, False)]
    told = scene.one(
        "SELECT count(*) FROM ledger_payload WHERE kind = 'calendar-set' AND person_id IS NULL"
        " AND payload LIKE %s",
        f"%{ahead(doctor, 25)}%",
    )
    assert told == 2


def test_the_past_stays_and_today_needs_a_reason(
    scene: Scene, doctor: Counter, unchanged: None
) -> None:
    """H15: nobody closes a day that was worked, and today is closed only with the reason why."""
    assert problem(close(doctor, -1), 422)["day"] == ahead(doctor, -1)
    assert problem(close(doctor, 0), 422)["field"] == "reason"
    assert problem(close(doctor, 0, reason="x"), 422)["field"] == "reason"


def test_today_with_a_reason(scene: Scene, doctor: Counter) -> None:
    assert close(doctor, 0, name="Vandskade", reason="vandet er lukket").status_code == 200
    assert closed_days(scene)[scene.today] == "Vandskade"
    opened = {"opened": [ahead(doctor, 0)], "reason": "vandet er tilbage"}
    assert doctor.send("POST", "/calendar/days", opened).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"closed": [{"day": "2027-02-30", "name": "x"}]},
        {"closed": [{"day": "2127-02-01", "name": "x"}]},
        {"closed": [{"day": "2027-05-05", "name": " "}]},
        {"closed": [{"day": "2027-05-05", "name": "a"}], "opened": ["2027-05-05"]},
        {"closed": [{"day": "2027-05-05", "name": "a"}, {"day": "2027-05-05", "name": "b"}]},
    ],
)
def test_what_is_no_calendar_changes_nothing(doctor: Counter, body: Any, unchanged: None) -> None:
    assert problem(doctor.send("POST", "/calendar/days", body), 422)


def test_twice_the_same_is_told_and_a_repeated_key_answers_again(
    scene: Scene, doctor: Counter
) -> None:
    """H04: the first answer again for the key; H15: nothing to change is said, not done."""
    body = {"closed": [{"day": ahead(doctor, 30), "name": "Juleaften"}]}
    first = doctor.send("POST", "/calendar/days", body, "calendar-key-30")
    again = doctor.send("POST", "/calendar/days", body, "calendar-key-30")
    assert first.json() == again.json()
    assert problem(doctor.send("POST", "/calendar/days", body), 409)["type"].endswith("already-so")


def test_a_nurse_sees_and_does_not_decide(nurse: Counter) -> None:
    assert nurse.get("/calendar").status_code == 200
    assert problem(close(nurse, 33), 403)


def test_the_table_itself_refuses_the_past_and_the_wrong_hands(
    scene: Scene, shared_database: Database
) -> None:
    """H23: somebody inside the application's session closes no past day, and no nurse decides."""
    decide = "INSERT INTO calendar_decision VALUES (1, %s, 9, true, 'x', %s, %s, now())"
    with psycopg.connect(shared_database.app_url, autocommit=True) as inside:
        for day, reason, who in (
            (scene.today - timedelta(days=1), "x", 11),
            (scene.today, None, 11),
            (scene.today + timedelta(days=5), None, 10),
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                inside.execute(decide, (day, reason, who))
        for change in (
            "DELETE FROM unit_closed_day",
            "INSERT INTO unit_closed_day VALUES (1, now(), 'x')",
            "UPDATE calendar_decision SET closed = false",
            "DELETE FROM closure_decision",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                inside.execute(change)


def test_the_list_of_today_follows_the_calendar(scene: Scene, doctor: Counter) -> None:
    """H15: a day closed after the list was made changes what is planned to go home today."""
    today = scene.today.isoweekday()
    person = scene.person(
        take_home=True,
        supervised_weekdays=[today],
        pickup_weekdays=[today, scene.today.isoweekday() % 7 + 1],
        take_home_days=6,
    )

    def planned() -> int:
        rows = doctor.get("/today").json()["rows"]
        return next(row["planned_ug"] for row in rows if row["person_id"] == person)

    before = planned()
    close(doctor, 1)
    assert before == 80_000
    assert planned() == 7 * 80_000
