"""Emergency access: one person of another unit, to read, an hour, with a reason, reviewed."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.client import Counter, problem, sign_in
from tests.scene import Scene

WHY = "bevidstløs hos os, ordination ukendt"


@pytest.fixture
def theirs(scene: Scene, neighbour: Counter) -> int:
    """Somebody of another unit; nobody has tried anything today."""
    scene.run("UPDATE emergency_try SET tried_at = tried_at - interval '2 days'")
    return scene.person(2, name=("Frode", "Fremmed"))


@pytest.fixture(scope="module")
def their_doctor(http: TestClient, scene: Scene, neighbour: Counter) -> Counter:
    return sign_in(http, scene, "doctor2", None)


@pytest.fixture(scope="module")
def their_leader(http: TestClient, scene: Scene, neighbour: Counter) -> Counter:
    return sign_in(http, scene, "administrator2", None)


def opening(asker: Counter, person: int, key: str | None = None, reason: str = WHY) -> Any:
    body = {"code": f"K-{person:04d}", "reason": reason}
    return asker.send("POST", "/emergency-accesses", body, key)


def opened(asker: Counter, person: int) -> int:
    answer = opening(asker, person)
    assert answer.status_code == 201, answer.text
    return answer.json()["access_id"]


def reading(asker: Counter, person: int) -> Any:
    return asker.get(f"/emergency-accesses/people/{person}")


def reviewing(asker: Counter, access: int, **changes: Any) -> Any:
    body = {"outcome": "justified", "note": "set igennem med afdelingen"} | changes
    return asker.send("POST", f"/emergency-accesses/{access}/review", body)


def test_the_opener_reads_the_person_and_nobody_else_does(
    theirs: int, nurse: Counter, doctor: Counter
) -> None:
    """H24"""
    problem(reading(nurse, theirs), 404)
    opened(nurse, theirs)
    seen = reading(nurse, theirs)
    assert seen.status_code == 200
    assert seen.json()["person"]["family_name"] == "Fremmed"
    problem(reading(doctor, theirs), 404)


def test_after_an_hour_it_is_closed(scene: Scene, theirs: int, nurse: Counter) -> None:
    """H24"""
    access = opened(nurse, theirs)
    scene.run(
        "UPDATE emergency_access SET opened_at = opened_at - interval '1 hour',"
        " until_at = until_at - interval '1 hour' WHERE access_id = %s",
        access,
    )
    problem(reading(nurse, theirs), 404)


def test_it_hands_nothing_out(scene: Scene, theirs: int, nurse: Counter) -> None:
    """H02, H24: reading gives no right; every act on the person stays where they belong."""
    opened(nurse, theirs)
    problem(nurse.reserve(theirs), 404)
    problem(nurse.send("POST", f"/people/{theirs}/declines", {}), 404)
    problem(nurse.get(f"/people/{theirs}"), 404)
    problem(nurse.get(f"/people/{theirs}/identifiers"), 404)
    verdict = reading(nurse, theirs).json()["verdict"]
    assert "right-elsewhere" in [finding["rule_id"] for finding in verdict["findings"]]
    assert verdict["severity"] == "stop"


def test_both_chains_tell_of_it(scene: Scene, theirs: int, nurse: Counter) -> None:
    """H24: the person's own order has it with the reason, the chain of views each look."""
    opened(nurse, theirs)
    reading(nurse, theirs)
    assert scene.kinds(theirs) == ["emergency-access-opened", "doctor-told"]
    assert scene.events(theirs)[1][1]["reason"] == WHY
    views = scene.run(
        "SELECT kind FROM ledger_payload WHERE person_id = %s AND chain_id = 2 ORDER BY seq", theirs
    ).fetchall()
    assert views == [("emergency-access-opened",), ("person-viewed",)]


def test_their_doctor_is_told_at_once(theirs: int, nurse: Counter, their_doctor: Counter) -> None:
    """H24"""
    opened(nurse, theirs)
    told = [n for n in their_doctor.get("/notices").json()["notices"] if n["person_id"] == theirs]
    assert [(n["kind"], n["facts"]["note"]) for n in told] == [("emergency-access", WHY)]
    done = their_doctor.send("POST", f"/notices/{told[0]['notice_id']}/read", {})
    assert done.status_code == 200, done.text


def test_who_holds_the_right_is_told_too(
    http: TestClient, scene: Scene, theirs: int, nurse: Counter
) -> None:
    """H24: enrolled in one unit, handed out to by another: both hear of it."""
    if scene.one("SELECT 1 FROM unit WHERE unit_id = 3") is None:
        scene.unit(3, "Apoteket", "pharmacy")
    scene.move(theirs, 3)
    opened(nurse, theirs)
    told = scene.run("SELECT unit_id FROM doctor_notice WHERE person_id = %s", theirs).fetchall()
    assert sorted(told) == [(2,), (3,)]


def test_their_unit_reviews_it_in_writing_once(
    theirs: int, nurse: Counter, doctor: Counter, their_leader: Counter
) -> None:
    """H24"""
    access = opened(nurse, theirs)
    problem(reviewing(doctor, access), 404)
    problem(reviewing(their_leader, access, note=""), 422)
    assert reviewing(their_leader, access, outcome="unjustified").status_code == 200
    problem(reviewing(their_leader, access), 409, "already-reviewed")
    line = next(
        one
        for one in their_leader.get("/emergency-accesses").json()["accesses"]
        if one["access_id"] == access
    )
    assert (line["outcome"], line["overdue"]) == ("unjustified", False)


def test_what_nobody_reviewed_in_three_days_stands_out(
    scene: Scene, theirs: int, nurse: Counter, their_doctor: Counter
) -> None:
    """H24"""
    access = opened(nurse, theirs)
    scene.run(
        "UPDATE emergency_access SET review_due_at = now() - interval '1 minute'"
        " WHERE access_id = %s",
        access,
    )
    overdue = {
        one["access_id"]: one["overdue"]
        for one in their_doctor.get("/emergency-accesses").json()["accesses"]
    }
    assert overdue[access] is True


def test_five_tries_a_day_whether_they_find_somebody_or_not(
    scene: Scene, theirs: int, doctor: Counter
) -> None:
    """H24: no fishing with cards or numbers; a repeated key is the same try."""
    for number in range(4):
        problem(opening(doctor, 900_000 + number), 404)
    key = "the-fifth-try"
    first = opening(doctor, theirs, key)
    assert first.status_code == 201
    assert opening(doctor, theirs, key).json() == first.json()
    problem(opening(doctor, theirs), 429, "emergency-limit")
    tried = scene.one(
        "SELECT count(*) FROM ledger_payload WHERE kind = 'emergency-access-tried' AND actor_id ="
        " 11"
    )
    assert tried == 6


def test_own_people_are_opened_at_the_counter(scene: Scene, theirs: int, nurse: Counter) -> None:
    problem(opening(nurse, scene.person()), 409, "at-this-unit")


@pytest.mark.parametrize("reason", ["", "  ", "x", "y" * 501])
def test_without_a_reason_nothing_opens(theirs: int, nurse: Counter, reason: str) -> None:
    problem(opening(nurse, theirs, reason=reason), 422)


class TestWhoHasLookedAtMe:
    def looks(self, doctor: Counter, person: int) -> list[dict[str, Any]]:
        answer = doctor.get(f"/people/{person}/views")
        assert answer.status_code == 200, answer.text
        return answer.json()["looks"]

    def test_tells_each_look_by_role_and_unit_without_names(
        self, scene: Scene, nurse: Counter, doctor: Counter
    ) -> None:
        """H24: alone, in a search, on a list; the same member of staff has the same number."""
        person = scene.person(name=("Sine", "Setofte"))
        nurse.get(f"/people/{person}")
        nurse.get("/people?text=Setofte")
        doctor.send("POST", "/people/searches", {"text": "Sine Setofte"})
        nurse.get("/today")
        found = self.looks(doctor, person)
        assert [(one["what"], one["role"], one["viewer"]) for one in found] == [
            ("counter", "nurse", 1),
            ("people-searched", "nurse", 1),
            ("people-searched", "doctor", 2),
            ("today", "nurse", 1),
        ]
        assert {one["unit_name"] for one in found} == {"Prøveenheden"}
        answer = doctor.get(f"/people/{person}/views").text
        for (name,) in scene.run("SELECT family_name FROM staff"):
            assert name not in answer

    def test_the_extract_is_a_look_itself(
        self, scene: Scene, nurse: Counter, doctor: Counter
    ) -> None:
        """H24"""
        person = scene.person()
        self.looks(doctor, person)
        assert [one["what"] for one in self.looks(doctor, person)] == ["extract"]

    def test_emergency_access_is_marked(
        self, theirs: int, nurse: Counter, their_doctor: Counter
    ) -> None:
        """H24"""
        opened(nurse, theirs)
        reading(nurse, theirs)
        marked = [
            (one["what"], one["in_emergency"], one["unit_name"])
            for one in self.looks(their_doctor, theirs)
        ]
        assert marked == [
            ("emergency-access-opened", True, "Prøveenheden"),
            ("emergency-access", True, "Prøveenheden"),
        ]

    def test_a_period_that_is_none(self, scene: Scene, doctor: Counter) -> None:
        person = scene.person()
        path = f"/people/{person}/views?from={scene.today}&to=2000-01-01"
        problem(doctor.get(path), 422)

    def test_csv_and_pdf_in_plain_danish_with_no_name_in_the_files_own(
        self, scene: Scene, nurse: Counter, doctor: Counter
    ) -> None:
        """H24"""
        person = scene.person(name=("Sine", "Setofte"))
        nurse.get(f"/people/{person}")
        table = doctor.get(f"/people/{person}/views.csv")
        assert "Slået op ved skranken" in table.content.decode("utf-8-sig")
        paper = doctor.get(f"/people/{person}/views.pdf")
        assert paper.content.startswith(b"%PDF")
        for answer in (table, paper):
            assert "opslag." in answer.headers["content-disposition"]
            assert "Setofte" not in str(answer.headers)
        assert b"Setofte" not in paper.content
