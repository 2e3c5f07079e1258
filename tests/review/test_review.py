"""The review of an audit: comments, adjustments, last year's answers, second reader, signature."""

import hashlib
import threading
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pypdf import PdfReader

from tests.api.client import MADE_UP_NUMBER, Counter, problem, sign_in
from tests.api.matrix.ground import Ground
from tests.api.matrix.review import (
    PLACED,
    adjustment,
    colleague,
    draft,
    drafted,
    read_by_colleague,
    signed,
    to_answer,
)
from tests.scene import Scene


@pytest.fixture(scope="module")
def second(http: TestClient, scene: Scene) -> Counter:
    """Another doctor of the unit."""
    colleague(scene)
    return sign_in(http, scene, "doctor1b", None)


@pytest.fixture(scope="module")
def auditor(http: TestClient, scene: Scene) -> Counter:
    return sign_in(http, scene, "auditor1", None)


def path(report: int, what: str = "") -> str:
    return f"/audit/reports/{report}" + (f"/{what}" if what else "")


def said(by: Counter, report: int) -> dict[str, Any]:
    answer = by.get(path(report))
    assert answer.status_code == 200, answer.text
    return answer.json()


def in_ledger(scene: Scene) -> list[tuple[str, dict[str, Any]]]:
    """Entries of the audit in both chains of the unit, oldest first."""
    rows = scene.run(
        "SELECT kind, convert_from(payload, 'UTF8')::jsonb -> 'facts' FROM ledger_payload"
        " WHERE chain_id IN (1, 2) AND (kind LIKE 'audit-%%' OR kind = 'list-viewed')"
        " ORDER BY chain_id, seq"
    )
    return [(kind, facts) for kind, facts in rows.fetchall()]


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


def signable(scene: Scene) -> int:
    report = drafted(scene)
    read_by_colleague(scene, report)
    return report


def test_what_a_doctor_says_stands_under_the_indicator_and_in_the_ledger(
    scene: Scene, doctor: Counter, nurse: Counter
) -> None:
    report = drafted(scene)
    body = {"indicator": "M6", "comment": "to kunne ikke komme om sommeren"}
    assert problem(nurse.send("POST", path(report, "comments"), body), 403)
    assert doctor.send("POST", path(report, "comments"), body).status_code == 201
    due = str(scene.today + timedelta(days=100))
    decided = {"indicator": "M6", "what": "alle forfaldne aftales", "owner_id": 10, "due_on": due}
    assert doctor.send("POST", path(report, "adjustments"), decided).status_code == 201
    kept = said(doctor, report)
    assert [one["comment"] for one in kept["comments"]] == [body["comment"]]
    assert [(one["owner"], one["due_on"]) for one in kept["adjustments"]] == [("A. Holm", due)]
    told = [facts for kind, facts in in_ledger(scene) if kind == "audit-adjustment-decided"]
    assert told[-1]["what"] == decided["what"] and told[-1]["owner"] == 10


@pytest.mark.parametrize(
    ("what", "field", "changes"),
    [
        ("comments", "comment", {"comment": f"nr. {MADE_UP_NUMBER}"}),
        ("comments", "indicator", {"indicator": "M99"}),
        ("adjustments", "what", {"what": f"ring til {MADE_UP_NUMBER}"}),
        ("adjustments", "owner_id", {"owner_id": 987_654}),
        ("adjustments", "owner_id", {"owner_id": 12}),  # an auditor sees to nothing
        ("adjustments", "due_on", {"due_on": "2020-01-01"}),
        ("adjustments", "due_on", {"due_on": "2999-01-01"}),
    ],
)
def test_what_cannot_be_said_is_named_and_changes_nothing(
    scene: Scene, doctor: Counter, what: str, field: str, changes: dict[str, Any]
) -> None:
    """H24: also a number typed into a text."""
    report = drafted(scene)
    due = str(scene.today + timedelta(days=10))
    body: dict[str, Any] = {"indicator": "M1"}
    body |= (
        {"comment": "set"}
        if what == "comments"
        else {"what": "aftales", "owner_id": 10, "due_on": due}
    )
    answer = problem(doctor.send("POST", path(report, what), body | changes), 422)
    assert answer["field"] == field
    kept = said(doctor, report)
    assert kept["comments"] == [] and kept["adjustments"] == []


def test_last_years_adjustments_come_back_and_are_answered_once(
    scene: Scene, doctor: Counter, nurse: Counter
) -> None:
    report, asked = to_answer(Ground(scene, nurse))
    (carried,) = said(doctor, report)["carried"]
    assert (carried["adjustment_id"], carried["done"]) == (asked, None)
    no = {"adjustment_id": asked, "done": False}
    assert problem(doctor.send("POST", path(report, "answers"), no), 422)["field"] == "note"
    read_by_colleague(scene, report)
    unanswered = doctor.send("POST", path(report, "signature"))
    problem(unanswered, 409, "adjustments-open")
    why = no | {"note": "enheden var lukket i tre uger"}
    assert doctor.send("POST", path(report, "answers"), why).status_code == 201
    problem(doctor.send("POST", path(report, "answers"), why | {"done": True}), 409)
    (carried,) = said(doctor, report)["carried"]
    assert (carried["done"], carried["note"]) == (False, why["note"])
    other = drafted(scene)
    elsewhere = doctor.send("POST", path(other, "answers"), why)
    assert problem(elsewhere, 422)["field"] == "adjustment"


def test_who_signs_is_not_who_read_it(scene: Scene, doctor: Counter, second: Counter) -> None:
    """H22: two doctors stand behind a report."""
    report = drafted(scene)
    problem(doctor.send("POST", path(report, "signature")), 409, "not-read-through")
    assert doctor.send("POST", path(report, "readings")).status_code == 201
    problem(doctor.send("POST", path(report, "signature")), 409, "second-reader-signs")
    assert second.send("POST", path(report, "signature")).status_code == 201


def test_a_word_or_a_draft_after_the_reading_asks_for_a_new_one(
    scene: Scene, doctor: Counter, second: Counter
) -> None:
    report = drafted(scene)
    assert second.send("POST", path(report, "readings")).status_code == 201
    body = {"indicator": "M1", "comment": "en ting mere"}
    assert doctor.send("POST", path(report, "comments"), body).status_code == 201
    problem(doctor.send("POST", path(report, "signature")), 409, "not-read-through")
    assert second.send("POST", path(report, "readings")).status_code == 201
    draft(scene, report)
    problem(doctor.send("POST", path(report, "signature")), 409, "not-read-through")
    assert second.send("POST", path(report, "readings")).status_code == 201
    assert doctor.send("POST", path(report, "signature")).status_code == 201


def test_the_signed_file_is_the_same_for_ever_and_says_all_that_was_said(
    scene: Scene, doctor: Counter, second: Counter
) -> None:
    report = drafted(scene)
    body = {"indicator": "M7", "comment": "to sagde nej efter bivirkninger"}
    doctor.send("POST", path(report, "comments"), body)
    second.send("POST", path(report, "readings"))
    done = doctor.send("POST", path(report, "signature"))
    assert done.status_code == 201, done.text
    first, again = (doctor.get(path(report, "audit.pdf")).content for _ in range(2))
    assert first == again
    assert hashlib.sha256(first).hexdigest() == done.json()["pdf_sha256"]
    text = text_of(first)
    assert body["comment"] in text and "B. Kjær" in text and "G. Hald" in text
    assert "AUT11" in text and "Kladde" not in text.replace("Kladden", "")
    told = [facts for kind, facts in in_ledger(scene) if kind == "audit-signed"]
    assert told[-1]["pdf"] == done.json()["pdf_sha256"]


def test_to_a_signed_report_nothing_is_said(scene: Scene, doctor: Counter, second: Counter) -> None:
    report = signable(scene)
    assert doctor.send("POST", path(report, "signature")).status_code == 201
    due = str(scene.today + timedelta(days=10))
    for what, body in (
        ("comments", {"indicator": "M1", "comment": "for sent"}),
        ("adjustments", {"indicator": "M1", "what": "nej", "owner_id": 10, "due_on": due}),
        ("readings", None),
        ("signature", None),
    ):
        problem(second.send("POST", path(report, what), body), 409, "report-signed")
    days = scene.run(
        "SELECT first_on, last_on FROM audit_report WHERE report_id = %s", report
    ).fetchone()
    asked = {"first_on": str(days[0]), "last_on": str(days[1])}
    problem(doctor.send("POST", "/audit/drafts", asked), 409, "report-signed")


def test_two_who_sign_at_once_sign_once(
    http: TestClient, scene: Scene, doctor: Counter, second: Counter
) -> None:
    """H22: one file, one signature, whoever was first."""
    scene.run(
        "INSERT INTO staff (staff_id, unit_id, role, given_name, family_name, username,"
        " password_hash, authorisation_id, specialist) SELECT 18, 1, 'doctor', 'Ib', 'Juhl',"
        " 'doctor1c', password_hash, 'AUTC', true FROM staff WHERE staff_id = 11"
    )
    third = sign_in(http, scene, "doctor1c", None)
    report = drafted(scene)
    assert second.send("POST", path(report, "readings")).status_code == 201
    answers: list[int] = []
    both = [
        threading.Thread(
            target=lambda by=by: answers.append(
                by.send("POST", path(report, "signature")).status_code
            )
        )
        for by in (doctor, third)
    ]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(answers) == [201, 409]
    assert scene.one("SELECT count(*) FROM audit_file WHERE report_id = %s", report) == 1


def test_a_comment_while_somebody_signs_is_before_or_not_at_all(
    scene: Scene, doctor: Counter, second: Counter
) -> None:
    """What is signed is what was read: never a word beside the file."""
    report = drafted(scene)
    assert second.send("POST", path(report, "readings")).status_code == 201
    found: dict[str, int] = {}
    body = {"indicator": "M1", "comment": "i sidste øjeblik"}

    def sign() -> None:
        found["sign"] = doctor.send("POST", path(report, "signature")).status_code

    def speak() -> None:
        found["say"] = second.send("POST", path(report, "comments"), body).status_code

    both = [threading.Thread(target=one) for one in (sign, speak)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(found.values()) == [201, 409]
    kept = scene.one("SELECT count(*) FROM audit_comment WHERE report_id = %s", report)
    assert kept == (1 if found["say"] == 201 else 0)


def test_the_people_behind_a_number_are_for_the_units_doctors_and_each_look_is_told(
    scene: Scene, doctor: Counter, nurse: Counter, auditor: Counter
) -> None:
    """H24: by role, of the own unit, recorded before they are shown."""
    mine, gone = scene.person(), scene.person()
    scene.run("UPDATE person SET unit_id = NULL WHERE person_id = %s", -1)
    report = drafted(scene, people=(mine, gone, 987_654_321))
    asked = path(report, f"people?indicator=M7&figure={PLACED}&part=yes")
    for role in (nurse, auditor):
        problem(role.get(asked), 403)
    seen = doctor.get(asked).json()
    assert [one["person_id"] for one in seen["people"]] == sorted([mine, gone])
    assert seen["elsewhere"] == 1
    kind, facts = [one for one in in_ledger(scene) if one[1].get("page") == "audit"][-1]
    assert kind == "list-viewed" and facts["found"] == sorted([mine, gone])
    assert facts["figure"] == f"{PLACED}:yes" and facts["indicator"] == "M7"
    problem(doctor.get(path(report, "people?indicator=M7&figure=m1.nothing&part=yes")), 404)


def test_another_units_report_is_like_an_unknown_one(
    scene: Scene, doctor: Counter, neighbour: Counter
) -> None:
    """H24: not its figures, not its paper, not a word to it."""
    report = drafted(scene, 2)
    for what in ("", "audit.pdf", "short/tabeller.pdf", f"people?indicator=M7&figure={PLACED}"
                 "&part=yes"):  # fmt: skip
        problem(doctor.get(path(report, what)), 404, "not-found")
    for what, body in (
        ("comments", {"indicator": "M1", "comment": "nabo"}),
        ("readings", None),
        ("signature", None),
    ):
        problem(doctor.send("POST", path(report, what), body), 404, "not-found")


def test_the_auditor_sees_how_far_every_institution_is_and_nobodys_name(
    scene: Scene, auditor: Counter, doctor: Counter, neighbour: Counter
) -> None:
    """H24: a doctor sees the own unit's, an auditor all, without names of staff or people."""
    theirs, ours = drafted(scene, 2), drafted(scene)
    everywhere = {one["report_id"] for one in auditor.get("/audit/reports").json()["reports"]}
    assert {theirs, ours} <= everywhere
    here = doctor.get("/audit/reports").json()["reports"]
    assert {one["unit_id"] for one in here} == {1}
    assert "Kjær" not in auditor.get("/audit/reports").text


def test_only_days_that_are_over_are_asked_for(scene: Scene, doctor: Counter) -> None:
    today = scene.today
    for first, last, field in (
        (today - timedelta(days=10), today, "last_on"),
        (today - timedelta(days=5), today - timedelta(days=9), "first_on"),
        (today - timedelta(days=500), today - timedelta(days=9), "first_on"),
        (date(1990, 1, 1), date(1990, 12, 31), "first_on"),
    ):
        body = {"first_on": str(first), "last_on": str(last)}
        assert problem(doctor.send("POST", "/audit/drafts", body), 422)["field"] == field


def test_without_a_draft_there_is_nothing_to_speak_to(scene: Scene, doctor: Counter) -> None:
    days = {"first_on": "2018-01-01", "last_on": "2018-12-31"}
    asked = doctor.send("POST", "/audit/drafts", days)
    assert asked.status_code == 201, asked.text
    report = asked.json()["report_id"]
    problem(doctor.send("POST", "/audit/drafts", days), 409, "draft-running")
    problem(doctor.send("POST", path(report, "readings")), 409, "no-draft")
    problem(doctor.get(path(report, "audit.pdf")), 409, "no-draft")
    assert said(doctor, report)["status"]["state"] == "asked"
    assert said(doctor, report)["sections"] == []


def test_adjustments_are_carried_from_signed_reports_alone(scene: Scene, doctor: Counter) -> None:
    year = (scene.one("SELECT max(last_on) FROM audit_report WHERE unit_id = 1")).year + 2
    unsigned = drafted(scene, year=year)
    adjustment(scene, unsigned)
    after = drafted(scene, year=year + 1)
    assert all(one["adjustment_id"] for one in said(doctor, after)["carried"])
    before = {one["adjustment_id"] for one in said(doctor, after)["carried"]}
    kept = adjustment(scene, unsigned)
    signed(scene, unsigned)
    now = {one["adjustment_id"] for one in said(doctor, after)["carried"]}
    assert kept in now and kept not in before
