"""H21: somebody of another unit was given from this one's paper; both places see what waits."""

from fastapi.testclient import TestClient

from tests.api.client import problem, sign_in
from tests.api.test_merging import card
from tests.downtime.conftest import Clinic


def test_a_conflict_is_seen_and_closed_where_the_person_belongs(
    clinic: Clinic, http: TestClient
) -> None:
    """H02, H21: held at home by a paper elsewhere, so the doctor at home can see and decide it."""
    home = clinic.unit + 300
    clinic.scene.unit(home, f"Hjemme {home}")
    doctor = sign_in(http, clinic.scene, f"doctor{home}", home)
    nurse = sign_in(http, clinic.scene, f"nurse{home}", home)
    person = clinic.scene.person(home)
    serial = clinic.printed()
    clinic.down()
    clinic.over(serial)
    told = clinic.told(serial, person, row_no=0, card=card(person), swallowed_mg="80")
    assert "not-on-list" in told["conflicts"]
    for place in (nurse, doctor, clinic.nurse):
        (seen,) = place.get("/paper-conflicts").json()
        assert (seen["event_id"], seen["unit"]) == (told["event_id"], f"Enhed {clinic.unit}")
        assert place.get("/downtime").json()["conflicts"] == 1
    path = f"/paper-conflicts/{told['event_id']}/decision"
    tomorrow = clinic.scene.one("SELECT (%s + 1)::text", clinic.scene.today)
    body = {"decision": "ringet sammen", "no_dose_before_on": tomorrow}
    problem(nurse.send("POST", path, body), 403)
    assert doctor.send("POST", path, body).status_code == 200
    assert clinic.conflicts() == [] == doctor.get("/paper-conflicts").json()
    assert "paper-conflict-closed" in clinic.scene.kinds(person)


def test_nobody_elses_doctor_sees_it(clinic: Clinic, http: TestClient) -> None:
    """H24: neither the paper nor the person is theirs."""
    other = clinic.unit + 400
    clinic.scene.unit(other, f"Andre {other}")
    doctor = sign_in(http, clinic.scene, f"doctor{other}", other)
    person = clinic.person()
    serial = clinic.printed()
    clinic.down()
    clinic.over(serial)
    conflict = clinic.told(serial, person, happened="lost")["event_id"]
    assert doctor.get("/paper-conflicts").json() == []
    path = f"/paper-conflicts/{conflict}/decision"
    problem(doctor.send("POST", path, {"decision": "vent lidt"}), 404)
