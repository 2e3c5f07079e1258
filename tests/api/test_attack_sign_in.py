"""Attacks on the sign-in: floods, guesses sent all at once, sessions left behind."""

import asyncio
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient

from dispensing.people import passwords as sessions
from tests.api.client import MARK, Counter, silent
from tests.scene import PASSWORD, Scene

SESSIONS = "/api/v1/sessions"
AS_MANY_AS_THE_POOL = 12


class _Hashing:
    """Password hashing that waits until it is let go; only the right password fits."""

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.checked = 0

    def verify(self, password: str, known: str) -> bool:
        self.checked += 1
        self.let_go.wait(20)
        return password == PASSWORD

    def hash(self, password: str) -> str:
        return ""


@pytest.fixture
def hashing(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Hashing]:
    made = _Hashing()
    monkeypatch.setattr(sessions, "_hasher", lambda: made)
    monkeypatch.setattr(sessions, "_nobody", lambda: "")
    yield made
    made.let_go.set()


@pytest.fixture
def crowd() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2 * AS_MANY_AS_THE_POOL) as made:
        yield made


def guess(http: TestClient, username: str) -> Any:
    return http.post(SESSIONS, json={"username": username, "password": MARK})


def test_a_flood_of_sign_ins_does_not_hold_up_the_counter(
    http: TestClient, nurse: Counter, hashing: _Hashing, crowd: ThreadPoolExecutor
) -> None:
    """H20: anybody on the network can send passwords; none of them may hold a connection."""
    flood = [crowd.submit(guess, http, f"nobody{n}") for n in range(AS_MANY_AS_THE_POOL + 2)]
    assert nurse.get("/today").status_code == 200
    assert not any(sent.done() for sent in flood)
    hashing.let_go.set()
    assert {sent.result().status_code for sent in flood} == {401}


def test_a_longer_queue_is_sent_away(
    http: TestClient, hashing: _Hashing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """H20"""
    monkeypatch.setattr(sessions, "MOST_WAITING", 0)
    answer = guess(http, "nobody1")
    silent(answer, 429, "too-many-requests")
    assert answer.headers["retry-after"] == "1"


def test_what_the_service_keeps_of_a_password_costs_a_guesser_dear() -> None:
    """H22, H24: argon2id, 64 MB and three passes; also where no such name is known."""
    for kept in (asyncio.run(sessions.password_hash(PASSWORD)), sessions._nobody()):
        assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_the_same_asked_again_waits_for_one_check(hashing: _Hashing) -> None:
    """H20, H04: who repeats what was not answered yet crowds out nobody, and not themselves."""

    async def asked() -> list[bool]:
        names = ["nurse1"] * (2 * sessions.MOST_WAITING) + ["nurse1b"]
        fits = [asyncio.create_task(sessions.password_fits(n, PASSWORD, "its hash")) for n in names]
        await asyncio.sleep(0)
        fits[0].cancel()  # Its client hung up.
        hashing.let_go.set()
        return await asyncio.gather(*fits[1:])

    assert all(asyncio.run(asked()))
    assert hashing.checked == 2


def test_guesses_sent_all_at_once_get_no_more_answers_than_one_by_one(
    http: TestClient, scene: Scene, hashing: _Hashing, crowd: ThreadPoolExecutor
) -> None:
    """H22"""
    sent = [crowd.submit(guess, http, "pharmacist1") for _ in range(AS_MANY_AS_THE_POOL)]
    hashing.let_go.set()
    told = [one.result().json()["type"].removeprefix("/problems/") for one in sent]
    scene.run("DELETE FROM sign_in_attempt")
    assert told.count("wrong-password") == sessions.MOST_TRIES
    assert told.count("locked") == len(sent) - sessions.MOST_TRIES


def test_guessing_for_months_never_stops_the_counting(
    http: TestClient, scene: Scene, hashing: _Hashing
) -> None:
    """H22: the count of tries does not run over."""
    hashing.let_go.set()
    silent(guess(http, "pharmacist1"), 401, "wrong-password")
    scene.run("UPDATE sign_in_attempt SET failed = 1000")
    silent(guess(http, "pharmacist1"), 401, "wrong-password")
    silent(guess(http, "pharmacist1"), 401, "locked")
    scene.run("DELETE FROM sign_in_attempt")


@pytest.fixture
def browser(http: TestClient) -> Iterator[TestClient]:
    http.cookies.clear()
    yield http
    http.cookies.clear()


def csrf_of(page: Any) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page.text)
    assert found is not None, page.text
    return found[1]


def enter(browser: TestClient, username: str) -> str:
    """Sign in on the page; the session's token."""
    csrf = csrf_of(browser.get("/log-ind"))
    fields = {"username": username, "password": PASSWORD, "counter": "1", "csrf": csrf}
    answer = browser.post("/log-ind", data=fields, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return browser.cookies["session"]


def test_whoever_signs_in_next_parks_the_session_before(browser: TestClient) -> None:
    """H22: at a shared machine the colleague who forgot to sign out finds it locked."""
    before, after = enter(browser, "nurse1"), enter(browser, "nurse1b")
    assert before != after
    for token, status in ((before, 423), (after, 200)):
        answer = browser.get("/api/v1/today", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == status


def test_a_browser_that_keeps_no_name_still_has_a_screen(browser: TestClient, scene: Scene) -> None:
    """H22: at no counter either, it locks and asks for the step; no cookie takes that away."""
    csrf = csrf_of(browser.get("/log-ind"))
    browser.cookies.delete("maskine")
    scene.policy(1, per_act_step="pin", lock_seconds=60, hide_seconds=20)
    fields = {"username": "doctor1", "password": PASSWORD, "csrf": csrf}
    answer = browser.post("/log-ind", data=fields, follow_redirects=False)
    assert answer.status_code == 303 and answer.cookies["maskine"]
    person, headers = scene.person(), {"Authorization": f"Bearer {browser.cookies['session']}"}
    counted = f"/api/v1/people/{person}/home-doses/counts"
    keyed = headers | {"Idempotency-Key": "without-a-step"}
    asked = browser.post(counted, json={"counted": 0}, headers=keyed)
    silent(asked, 428, "step-needed")
    scene.run("UPDATE staff_session SET seen_at = seen_at - interval '10 minutes'")
    silent(browser.get("/api/v1/today", headers=headers), 423, "session-locked")
    scene.policy(1)


def test_a_session_drawn_by_somebody_else_is_never_taken_over(browser: TestClient) -> None:
    """H22: fixation."""
    browser.cookies.set("session", "planted", domain="testserver.local", path="/")
    assert enter(browser, "nurse1") != "planted"


def test_a_doctors_slip_at_the_counter_does_not_sign_the_nurse_out(
    browser: TestClient, scene: Scene
) -> None:
    """H22: the password was the doctor's; the nurse's page stays as it is."""
    person = scene.person()
    enter(browser, "nurse1")
    csrf = csrf_of(browser.get(f"/skranke?person={person}"))
    fields = {
        "csrf": csrf,
        "allow": "1",
        "reason": "set og talt med",
        "key": "doctor-slip",
        "dose": f"{scene.today}/1/80000/supervised",
        "doctor_username": "doctor1",
        "doctor_password": MARK,
    }
    path = f"/skranke/person/{person}/laege"
    fragment = browser.post(path, data=fields, headers={"HX-Request": "true"})
    assert fragment.status_code == 401
    assert "forkert" in fragment.text and "/log-ind" not in fragment.text
    whole = browser.post(path, data=fields, follow_redirects=False)
    assert whole.status_code == 401 and "forkert" in whole.text
    scene.run("DELETE FROM sign_in_attempt")


def test_a_doctor_who_decides_at_the_counter_begins_no_shift_there(
    browser: TestClient, scene: Scene
) -> None:
    """H22: one password for one answer; no PIN takes a screen over on the strength of it."""
    person = scene.person(last_covered_days_ago=4)
    enter(browser, "nurse1")
    scene.run("DELETE FROM staff_session WHERE staff_id = 11")
    fields = {
        "csrf": csrf_of(browser.get(f"/skranke?person={person}")),
        "allow": "1",
        "reason": "set og talt med",
        "key": "doctor-here-once",
        "dose": f"{scene.today}/1/80000/supervised",
        "doctor_username": "doctor1",
        "doctor_password": PASSWORD,
    }
    assert browser.post(f"/skranke/person/{person}/laege", data=fields).status_code == 200
    asked = "SELECT count(*) FROM doctor_decision WHERE person_id = %s"
    assert scene.one(asked, person) == 1
    scene.pin(11)
    known = browser.get("/kolleger")
    assert known.status_code == 200, known.text
    assert 11 not in [one["staff_id"] for one in known.json()]
    (how,) = scene.run("SELECT how FROM staff_session WHERE staff_id = 11").fetchone()
    assert how == "once"
