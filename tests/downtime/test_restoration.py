"""H26: after a restore nothing is handed out before a named person has resolved what is lost."""

import psycopg
import pytest
from fastapi.testclient import TestClient

from dispensing.downtime.restoring import mark_restored
from tests.api.client import Counter, findings, problem, sign_in
from tests.clusters import Database
from tests.downtime.conftest import Clinic

RESOLVED = "/restoration/resolved"


def checkpoint(clinic: Clinic, serial: int) -> tuple[int, str]:
    """What a list has printed after the word Hovedbog."""
    seq, digest = clinic.scene.run(
        "SELECT chain_seq, encode(chain_hash, 'hex') FROM emergency_list WHERE serial = %s", serial
    ).fetchone()
    return seq, digest[:16]


@pytest.fixture
def restored(clinic: Clinic, shared_database: Database) -> tuple[Clinic, int, list[int]]:
    """A unit with three people and a list, as it stands after a restore."""
    people = [clinic.person() for _ in range(3)]
    serial = clinic.printed()
    mark_restored(shared_database.owner_url)
    return clinic, serial, people


def test_nothing_is_reserved_or_given(clinic: Clinic, shared_database: Database) -> None:
    """H26, H01: also what was reserved when the backup was made may have been given since."""
    person, waiting = clinic.person(), clinic.person()
    reservation = clinic.nurse.reserved(waiting)
    mark_restored(shared_database.owner_url)
    said = problem(clinic.nurse.reserve(person), 409, "restored-unresolved")
    assert "/restoration/resolved" in said["detail"], "the way on is named"
    problem(clinic.nurse.give(reservation), 409, "restored-unresolved")
    problem(clinic.doctor.reserve(person), 409, "restored-unresolved")
    clinic.over()
    problem(clinic.nurse.reserve(person), 409, "restored-unresolved")


def test_the_database_refuses_a_claim_by_any_road(
    restored: tuple[Clinic, int, list[int]],
) -> None:
    """H26, H01: the barrier below every use case."""
    clinic, _, people = restored
    clinic.over()
    scene = clinic.scene
    reservation = scene.one(
        "SELECT max(reservation_id) FROM reservation WHERE person_id = %s", people[0]
    )
    with pytest.raises(psycopg.DatabaseError, match="holds this dose"):
        scene.run(
            "INSERT INTO claim (person_id, for_day, part, reservation_id, unit_id, amount_ug, how,"
            " state, claimed_at) VALUES (%s, %s, 1, %s, %s, 80000, 'supervised', 'reserved',"
            " now())",
            *(people[0], scene.today, reservation, clinic.unit),
        )


def test_what_is_lost_is_typed_in_and_a_doctor_resolves(
    restored: tuple[Clinic, int, list[int]],
) -> None:
    """H26: told doses claim their day, rows nobody told hold their person beyond the closing."""
    clinic, serial, (had, unknown, absent) = restored
    body = {"reason": "kvitteringer gennemgået"}
    problem(clinic.doctor.send("POST", RESOLVED, body), 409, "downtime-runs")
    clinic.over(serial)
    assert clinic.told(serial, had)["conflicts"] == []
    clinic.told(serial, absent, happened="not_come")
    problem(clinic.nurse.reserve(absent), 409, "restored-unresolved")
    problem(clinic.nurse.send("POST", RESOLVED, body), 403)
    problem(clinic.doctor.send("POST", RESOLVED, {"reason": " "}), 422)
    answer = clinic.doctor.send("POST", RESOLVED, body, "resolve-once")
    assert answer.status_code == 200, answer.text
    assert answer.json()["compared"] is None
    assert clinic.doctor.send("POST", RESOLVED, body, "resolve-once").json()["repeated"] is True
    problem(clinic.doctor.send("POST", RESOLVED, body), 409, "not-restored")
    assert "already-given" in findings(clinic.nurse.reserve(had))
    assert "outcome-uncertain" in findings(clinic.nurse.reserve(unknown))
    assert clinic.nurse.reserve(absent).status_code == 201
    kinds = clinic.scene.run(
        "SELECT kind, actor_id FROM ledger_payload WHERE unit_id = %s"
        " AND kind IN ('backup-restored', 'restoration-resolved') ORDER BY seq",
        clinic.unit,
    ).fetchall()
    doctor = clinic.scene.one("SELECT closed_by FROM restoration WHERE unit_id = %s", clinic.unit)
    assert kinds == [("backup-restored", None), ("restoration-resolved", doctor)]


def test_a_paper_says_whether_the_backup_reaches_as_far(
    restored: tuple[Clinic, int, list[int]],
) -> None:
    """H26: number and hash of a printed list; the mark's own entry is none of the backup's."""
    clinic, serial, _ = restored
    state = clinic.nurse.get("/restoration").json()
    entry, digest = checkpoint(clinic, serial)
    assert state["newest_list"]["entry"] == entry and state["newest_list"]["hash"] == digest
    assert state["downtime_runs"] is True and state["entry"] >= entry

    def compare(number: int, signs: str) -> dict[str, object]:
        return clinic.nurse.get(f"/restoration/comparison?entry={number}&hash={signs}").json()

    assert compare(entry, digest) == {"state": "reached", "missing": 0}
    assert compare(entry, "0" * 16) == {"state": "differs", "missing": 0}
    assert compare(state["entry"], state["hash"][:16])["state"] == "reached"
    assert compare(state["entry"] + 1, "0" * 16) == {"state": "missing", "missing": 1}
    assert compare(state["entry"] + 40, "0" * 16) == {"state": "missing", "missing": 40}
    for wrong in ("entry=0&hash=" + "0" * 16, f"entry={entry}&hash=" + "x" * 16, "entry=1"):
        problem(clinic.nurse.get(f"/restoration/comparison?{wrong}"), 422)


def test_the_comparison_is_kept_with_the_doctors_word(
    restored: tuple[Clinic, int, list[int]],
) -> None:
    """H26: a doctor who resolves over missing entries did so knowingly."""
    clinic = restored[0]
    entry = clinic.nurse.get("/restoration").json()["entry"] + 7
    clinic.over()
    body = {"reason": "syv er indtastet", "printed_entry": entry}
    problem(clinic.doctor.send("POST", RESOLVED, body), 422)
    answer = clinic.doctor.send("POST", RESOLVED, body | {"printed_hash": "ab" * 8})
    assert answer.json()["compared"] == {
        "entry": entry, "hash": "ab" * 8, "found": "missing", "missing": 7}  # fmt: skip
    assert clinic.nurse.get("/restoration").json()["restored_at"] is None


def test_without_a_doctor_the_administrator_resolves(
    restored: tuple[Clinic, int, list[int]], http: TestClient
) -> None:
    """H26: a pharmacy has none; where one works the administrator may not."""
    clinic, _, people = restored
    clinic.over()
    administrator: Counter = sign_in(http, clinic.scene, f"administrator{clinic.unit}", clinic.unit)
    body = {"reason": "intet udleveret siden"}
    problem(administrator.send("POST", RESOLVED, body), 403)
    clinic.scene.run(
        "UPDATE staff SET ended_at = now() WHERE unit_id = %s AND role = 'doctor'", clinic.unit
    )
    assert administrator.send("POST", RESOLVED, body).status_code == 200
    assert clinic.nurse.reserve(people[0]).status_code == 201


def test_a_restore_of_a_restored_database_keeps_the_older_doubt(
    restored: tuple[Clinic, int, list[int]], shared_database: Database
) -> None:
    """H26: uncertain since longer ago, and one act resolves both."""
    clinic = restored[0]
    first = clinic.nurse.get("/restoration").json()
    mark_restored(shared_database.owner_url)
    assert clinic.nurse.get("/restoration").json() == first


def test_a_month_later_it_can_still_be_said_what_was_used(
    restored: tuple[Clinic, int, list[int]],
) -> None:
    """The service found that downtime by itself: no limit for what a person tells holds it."""
    clinic = restored[0]
    clinic.scene.run(
        "UPDATE downtime SET started_at = started_at - interval '40 days' WHERE unit_id = %s",
        clinic.unit,
    )
    clinic.over()
    assert clinic.nurse.get("/downtime").json()["running"] is False
