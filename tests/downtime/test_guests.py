"""Guests on paper: on the list of the unit they go to that day, and not on the one at home."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from threading import Event
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from dispensing.closures import guests
from dispensing.downtime import lists, runner
from tests.api.client import Counter, problem, sign_in
from tests.api.matrix.calendar import goes_to
from tests.api.test_merging import merge, unmerge
from tests.downtime.conftest import Clinic


@dataclass(frozen=True)
class Home:
    """The unit that is closed today, whose people go to the clinic."""

    unit: int
    nurse: Counter
    doctor: Counter


@pytest.fixture
def home(clinic: Clinic, http: TestClient) -> Home:
    number = clinic.unit + 500
    clinic.scene.unit(number, f"Hjemme {number}")
    made = (sign_in(http, clinic.scene, f"{role}{number}", number) for role in ("nurse", "doctor"))
    return Home(number, *made)


def guest(clinic: Clinic, home: Home) -> tuple[int, int]:
    """A person of the closed unit who is the clinic's guest today, and the decision's number."""
    person = clinic.scene.person(home.unit)
    clinic.scene.close_unit_on(home.unit, 0, "Vandskade")
    return person, goes_to(clinic.scene, person, 0, clinic.unit)


def test_a_guest_is_on_the_list_of_the_unit_that_hands_out(clinic: Clinic, home: Home) -> None:
    """H02, H20: may be given there, marked as a guest; at home the list says where to go."""
    person, _ = guest(clinic, home)
    row = clinic.rows(clinic.printed())[person]
    assert (row["why"], row["right_here"]) == ("", True)
    assert row["signs"][0].startswith(f"GÆST fra Hjemme {home.unit}")
    at_home = Clinic(home.unit, clinic.scene, home.nurse, home.doctor)
    row = at_home.rows(at_home.printed())[person]
    assert (row["why"], row["doses"]) == ("right-elsewhere", [])
    assert f"Enhed {clinic.unit}" in row["signs"][0]


def test_what_was_handed_out_from_paper_there_is_no_conflict(clinic: Clinic, home: Home) -> None:
    """H21: typed in at the unit that held the right that day; the right is at home afterwards."""
    person, _ = guest(clinic, home)
    serial = clinic.printed()
    clinic.down()
    clinic.over(serial)
    assert clinic.told(serial, person)["conflicts"] == []
    holders = "SELECT right_holder_unit_id FROM person_day WHERE person_id = %s AND used_ug > 0"
    assert clinic.scene.run(holders, person).fetchall() == [(home.unit,)]


def test_withdrawing_asks_for_the_row_struck_out(clinic: Clinic, home: Home) -> None:
    """H02, H21: a list in somebody's hand goes on saying that the person may be given from it."""
    person, number = guest(clinic, home)
    serial = clinic.printed()
    row = clinic.row(serial, person)
    (shown,) = home.doctor.get("/guests").json()["going"]
    assert shown["on_paper"] == [[serial, row]]
    path, body = f"/guests/{number}/withdrawals", {"reason": "har fået besked"}
    refused = problem(home.doctor.send("POST", path, body), 409, "guest-on-paper")
    assert refused["rows"] == [[serial, row]]
    wrong: dict[str, Any] = body | {"struck_out": [[serial, row + 1]]}
    problem(home.doctor.send("POST", path, wrong), 422)
    struck: dict[str, Any] = body | {"struck_out": [[serial, row]]}
    assert home.doctor.send("POST", path, struck).status_code == 200
    assert clinic.scene.events(person)[-1][1]["struck_out"] == [[serial, row]]
    assert person not in clinic.rows(clinic.printed())


def while_printing(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch, act: Callable[[], Any]
) -> tuple[int, Any]:
    """A list's serial, and the answer of what is done after the list has read its facts."""
    reading, real = Event(), lists.sheet_pdf

    def slow(head: Any, rows: Any) -> bytes:
        reading.set()
        time.sleep(1)
        return real(head, rows)

    with monkeypatch.context() as patched, ThreadPoolExecutor(1) as other:
        patched.setattr(lists, "sheet_pdf", slow)
        printed = other.submit(clinic.printed)
        assert reading.wait(5)
        answer = act()
        return printed.result(), answer


def test_no_day_is_withdrawn_past_a_list_that_is_being_made(
    clinic: Clinic, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """H02, H21: the list read the day before it ended; whoever ends it waits and sees the row."""
    person, number = guest(clinic, home)
    path, body = f"/guests/{number}/withdrawals", {"reason": "bliver hjemme"}
    serial, ended = while_printing(
        clinic, monkeypatch, lambda: home.doctor.send("POST", path, body)
    )
    assert problem(ended, 409, "guest-on-paper")["rows"] == [[serial, clinic.row(serial, person)]]


def test_neither_is_the_right_moved_nor_a_day_decided_past_it(
    clinic: Clinic, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """H02, H21: the same of the right itself, and of a day on which the list's unit is closed."""
    person = clinic.person(diversion_supervised_until_on=clinic.scene.today + timedelta(days=90))
    card = {"card": f"K-{person:04d}", "reason": "flytter"}
    asked = home.nurse.send("POST", "/right-requests", card).json()["request_id"]
    path, grant = f"/right-requests/{asked}/answer", {"grant": True}
    _, moved = while_printing(clinic, monkeypatch, lambda: clinic.nurse.send("POST", path, grant))
    assert problem(moved, 422)["field"] == "struck_out"
    clinic.scene.run(
        "UPDATE emergency_list SET valid_until = now() WHERE unit_id = %s", clinic.unit
    )

    def closed_and_decided() -> Any:
        clinic.scene.close_unit_on(clinic.unit, 0, "Vandskade")
        today = clinic.scene.today.isoformat()
        row = clinic.doctor.get(f"/closures/{today}").json()["people"][0]
        names = ("person_id", "arrangement_version", "prescription_version")
        chosen = {name: row[name] for name in names} | {
            "choice": "guest",
            "unit_id": row["other_units"][0]["unit_id"],
        }
        body = {"last": today, "reason": "vandskade", "people": [chosen]}
        return clinic.doctor.send("POST", f"/closures/{today}/decisions", body)

    _, decided = while_printing(clinic, monkeypatch, closed_and_decided)
    problem(decided, 409, "guest-on-paper")


def test_of_many_lists_one_row_is_named(clinic: Clinic, home: Home) -> None:
    """H15, H21: a list every quarter of an hour, and the day must still be one that can end."""
    person, number = guest(clinic, home)
    oldest = clinic.printed()
    serials = [clinic.printed() for _ in range(21)]
    clinic.scene.run(
        "INSERT INTO emergency_run (unit_id, alive_at, made_at) VALUES (%s, now(), now())"
        " ON CONFLICT (unit_id) DO UPDATE SET made_at = now()",
        clinic.unit,
    )
    (shown,) = home.doctor.get("/guests").json()["going"]
    assert shown["on_paper"] == [[serials[-1], clinic.row(serials[-1], person)]]
    path, held = f"/guests/{number}/withdrawals", [oldest, clinic.row(oldest, person)]
    body: dict[str, Any] = {"reason": "bliver hjemme", "struck_out": [held]}
    assert home.doctor.send("POST", path, body).status_code == 200
    assert clinic.scene.events(person)[-1][1]["struck_out"] == [held]
    due = "SELECT made_at <= now() - interval '15 minutes' FROM emergency_run WHERE unit_id = %s"
    assert clinic.scene.one(due, clinic.unit), "new lists at once"


def test_no_day_ends_or_begins_while_a_unit_hands_out_from_paper(
    clinic: Clinic, home: Home
) -> None:
    """H02, H21: struck out or not, the list in use gives; the database refuses it, too."""
    person, number = guest(clinic, home)
    serial = clinic.printed()
    struck = {"reason": "bliver hjemme", "struck_out": [[serial, clinic.row(serial, person)]]}
    path = f"/guests/{number}/withdrawals"
    clinic.down()
    problem(home.doctor.send("POST", path, struck), 409, "paper-in-use")
    ended = (
        "UPDATE guest_right SET withdrawn_at = now(), withdrawn_by = %s, withdrawn_reason = 'fordi'"
        " WHERE guest_id = %s"
    )
    other = clinic.scene.person(home.unit)
    for tried in (
        lambda: clinic.scene.run(ended, 10 * home.unit + 1, number),
        lambda: goes_to(clinic.scene, other, 0, clinic.unit),
    ):
        with pytest.raises(psycopg.Error) as no:
            tried()
        assert no.value.diag.constraint_name == "guest_not_on_paper"
    clinic.over(serial)
    problem(home.doctor.send("POST", path, struck), 409, "paper-in-use")
    clinic.told(serial, person, happened="not_come")
    assert home.doctor.send("POST", path, struck).status_code == 200


def test_no_record_is_merged_while_a_guest_of_it_is_on_paper_in_use(
    clinic: Clinic, home: Home
) -> None:
    """H02, H21: the survivor would be given at home, the absorbed from the list of the clinic."""
    gone, _ = guest(clinic, home)
    absorbed = clinic.scene.person(home.unit)
    survivor, other = clinic.scene.person(home.unit), clinic.scene.person(home.unit)
    serial = clinic.printed()
    early = merge(home.doctor, survivor, absorbed)
    goes_to(clinic.scene, survivor, 0, clinic.unit)
    number = early.json()["merge_id"]
    clinic.down(0)
    problem(merge(home.doctor, other, gone), 409, "paper-in-use")
    problem(unmerge(home.doctor, number), 409, "paper-in-use")
    clinic.over(serial)
    problem(merge(home.doctor, other, gone), 409)
    problem(unmerge(home.doctor, number), 409)
    clinic.told(serial, gone, happened="not_come")
    assert unmerge(home.doctor, number).status_code == 200
    assert merge(home.doctor, other, gone).status_code == 201


def test_nobody_is_sent_away_while_a_list_at_home_says_may_be_given(
    clinic: Clinic, home: Home
) -> None:
    """H02, H21: printed before the closure was decided."""
    at_home = Clinic(home.unit, clinic.scene, home.nurse, home.doctor)
    person = at_home.person(diversion_supervised_until_on=clinic.scene.today + timedelta(days=90))
    serial = at_home.printed()
    assert at_home.rows(serial)[person]["why"] == ""
    clinic.scene.close_unit_on(home.unit, 0, "Vandskade")
    chosen = {
        "person_id": person,
        "choice": "guest",
        "unit_id": clinic.unit,
        "arrangement_version": 1,
        "prescription_version": 1,
    }
    today = clinic.scene.today.isoformat()
    body = {"last": today, "reason": "vandskade", "people": [chosen]}
    units = {
        one["unit_id"]
        for one in home.doctor.get(f"/closures/{today}").json()["people"][0]["other_units"]
    }
    body["people"][0]["unit_id"] = min(units)
    answer = home.doctor.send("POST", f"/closures/{today}/decisions", body)
    problem(answer, 409, "guest-on-paper")


def test_a_guest_who_does_not_come_is_missed_where_they_were_expected(
    clinic: Clinic, home: Home
) -> None:
    """H11: closing the day there records it, closing it at home does not."""
    person, _ = guest(clinic, home)
    today = clinic.scene.today
    for counter, units in ((home.nurse, []), (clinic.nurse, [(clinic.unit,)])):
        assert counter.send("POST", f"/days/{today}/close", None).status_code == 200
        missed = "SELECT unit_id FROM missed_dose WHERE person_id = %s"
        assert clinic.scene.run(missed, person).fetchall() == units


def look(http: TestClient) -> int:
    """Whether the service was away from units that were open."""
    assert http.portal is not None
    wiring = http.app.state.wiring  # type: ignore[attr-defined]
    return http.portal.call(runner.look_for_absence, wiring)


def nobody_served(clinic: Clinic, http: TestClient) -> None:
    """The service was away from the clinic for eleven minutes, while it was open."""
    look(http)
    run = clinic.scene.run
    run("UPDATE unit SET opens = '00:00', closes = '23:59:59' WHERE unit_id = %s", clinic.unit)
    away = "UPDATE emergency_run SET alive_at = now() - interval '11 minutes' WHERE unit_id = %s"
    run("UPDATE emergency_run SET alive_at = now() WHERE unit_id <> %s", clinic.unit)
    run(away, clinic.unit)


def test_a_downtime_is_not_found_past_a_day_that_is_being_withdrawn(
    clinic: Clinic, home: Home, http: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """H02, H21: whoever looks for an absence waits for the doctor who ends the day."""
    person, number = guest(clinic, home)
    serial = clinic.printed()
    nobody_served(clinic, http)
    looked, real = Event(), guests._not_in_use  # pyright: ignore[reportPrivateUsage]

    async def slow(*asked: Any) -> None:
        await real(*asked)
        looked.set()
        await asyncio.sleep(1)

    struck = {"reason": "bliver hjemme", "struck_out": [[serial, clinic.row(serial, person)]]}
    with monkeypatch.context() as patched, ThreadPoolExecutor(1) as other:
        patched.setattr(guests, "_not_in_use", slow)
        path = f"/guests/{number}/withdrawals"
        ended = other.submit(lambda: home.doctor.send("POST", path, struck))
        assert looked.wait(5)
        found = look(http)
        assert ended.result().status_code == 200
    assert found == 1
    before = clinic.scene.one(
        "SELECT g.withdrawn_at < d.told_at FROM guest_right g, downtime d"
        " WHERE g.guest_id = %s AND d.unit_id = %s",
        number,
        clinic.unit,
    )
    assert before, "the day ended before the unit was found down"


def test_no_day_is_withdrawn_past_a_downtime_that_is_being_found(
    clinic: Clinic, home: Home, http: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """H02, H21: from the moment it is found the paper in use gives, struck out or not."""
    person, number = guest(clinic, home)
    serial = clinic.printed()
    nobody_served(clinic, http)
    writing, real = Event(), runner.append

    async def slow(*told: Any) -> Any:
        writing.set()
        await asyncio.sleep(1)
        return await real(*told)

    struck = {"reason": "bliver hjemme", "struck_out": [[serial, clinic.row(serial, person)]]}
    with monkeypatch.context() as patched, ThreadPoolExecutor(1) as other:
        patched.setattr(runner, "append", slow)
        found = other.submit(look, http)
        assert writing.wait(5)
        path = f"/guests/{number}/withdrawals"
        problem(home.doctor.send("POST", path, struck), 409, "paper-in-use")
        assert found.result() == 1
