"""Attacks with what a browser sends and keeps: cookies, forms, redirects, frames, caches."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from dispensing.web import forms
from tests.api.client import Counter
from tests.scene import PASSWORD, Scene

pytestmark = pytest.mark.usefixtures("quiet_log")

PAGES_THAT_WRITE = ("/log-ind", "/log-ud", "/sprog", "/skaerm", "/skranke/luk", "/skranke/scan")


def csrf_of(page: Any) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page.text)
    assert found is not None, page.text
    return found[1]


@pytest.fixture
def stranger(http: TestClient) -> Iterator[TestClient]:
    """A browser that was never here."""
    http.cookies.clear()
    yield http
    http.cookies.clear()


@pytest.fixture
def browser(stranger: TestClient, scene: Scene) -> TestClient:
    """A nurse's browser, signed in."""
    csrf = csrf_of(stranger.get("/log-ind"))
    fields = {"username": "nurse1", "password": PASSWORD, "counter": "1", "csrf": csrf}
    answer = stranger.post("/log-ind", data=fields, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return stranger


@pytest.mark.parametrize("path", PAGES_THAT_WRITE)
@pytest.mark.parametrize("site", ["cross-site", "same-site", None])
def test_a_form_without_the_token_does_nothing(
    browser: TestClient, path: str, site: str | None
) -> None:
    """H22: another site, and another service of the same house, cannot press for the nurse."""
    headers = {} if site is None else {"Sec-Fetch-Site": site}
    assert browser.post(path, data={"csrf": ""}, headers=headers).status_code == 403
    assert browser.get("/skranke").status_code == 200


@pytest.mark.parametrize("path", PAGES_THAT_WRITE)
def test_no_token_fits_a_browser_without_cookies(stranger: TestClient, path: str) -> None:
    """H22: a form sent across sites carries no cookie; then there is nothing a token could fit."""

    class NoCookies:
        app, cookies = stranger.app, {}

    for_nothing = forms.csrf_token(NoCookies())  # type: ignore[arg-type]
    assert stranger.post(path, data={"csrf": for_nothing}).status_code == 403


def test_a_token_of_another_session_does_not_fit(browser: TestClient) -> None:
    """H22"""
    foreign = csrf_of(browser.get("/skranke"))
    browser.cookies.clear()
    own = csrf_of(browser.get("/log-ind"))
    assert own != foreign
    assert browser.post("/sprog", data={"csrf": foreign, "sprog": "en"}).status_code == 403


@pytest.mark.parametrize(
    "back",
    [
        "//elsewhere.example",
        "https://elsewhere.example/x",
        "/\\elsewhere.example",
        "\\\\elsewhere.example",
        "/\t/elsewhere.example",
        "javascript:alert(1)",
        "//[",
        "http://[elsewhere",
        "/a\r\nSet-Cookie: session=planted",
    ],
)
def test_back_leads_nowhere_else(browser: TestClient, back: str) -> None:
    """No open redirect, no header smuggled in, no error."""
    csrf = csrf_of(browser.get("/skranke"))
    fields = {"csrf": csrf, "sprog": "da", "back": back}
    answer = browser.post("/sprog", data=fields, follow_redirects=False)
    assert answer.status_code == 303
    assert re.fullmatch(r"/([^/\\].*)?", answer.headers["location"])
    assert "planted" not in answer.headers.get("set-cookie", "")


@pytest.mark.parametrize("planted", ["9" * 5_000, "²", "1; x", "-1"])
def test_a_planted_counter_does_not_break_the_sign_in(stranger: TestClient, planted: str) -> None:
    headers = {"Cookie": f"skranke={planted}".encode("latin-1")}
    assert stranger.get("/log-ind", headers=headers).status_code == 200


@pytest.mark.parametrize("charset", ["utf-7", "unicode_escape", "rot13", "no-such"])
def test_text_in_an_odd_encoding_is_told_as_unusable(browser: TestClient, charset: str) -> None:
    """Half a character can be neither stored nor printed."""
    csrf = csrf_of(browser.get("/skranke"))
    half = {"utf-7": "+2AA-", "unicode_escape": "\\ud800"}.get(charset, "K-0001")
    fields = (("csrf", csrf), ("code", half), (f"why:{half}", half))
    parts = "".join(
        f'--X\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields
    )
    kind = {"Content-Type": f"multipart/form-data; boundary=X; charset={charset}"}
    answer = browser.post("/skranke/scan", content=f"{parts}--X--\r\n", headers=kind)
    assert answer.status_code in (200, 400, 422), answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/%2e%2e/%2e%2e/settings.py",
        "/static/..%2f..%2fsettings.py",
        "/static//etc/passwd",
        "/static/vendor",
    ],
)
def test_static_files_are_the_static_files_only(stranger: TestClient, path: str) -> None:
    assert stranger.get(path).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/log-ind",
        "/skranke",
        "/nowhere",
        "/static/pages.css",
        "/api/v1/today",
        "/api/v1/people/1",
        "/api/v1/openapi.json",
    ],
)
def test_every_answer_is_guarded(stranger: TestClient, nurse: Counter, path: str) -> None:
    """H24: no frame, no guessed type, no address told on, and nothing about people kept."""
    for token in ("", nurse.token):
        signed = {"Authorization": f"Bearer {token}"} if token else {}
        answer = stranger.get(path, headers=signed, follow_redirects=False)
        assert answer.headers.get_list("x-content-type-options") == ["nosniff"]
        assert answer.headers.get_list("referrer-policy") == ["no-referrer"]
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        if not path.startswith("/static/"):
            assert answer.headers.get_list("cache-control") == ["no-store"]


def test_cookies_are_for_this_service_only(browser: TestClient) -> None:
    """H22: out of reach of scripts and of other sites."""
    csrf = csrf_of(browser.get("/skranke"))
    answers = [
        browser.get("/log-ind"),
        browser.post("/sprog", data={"csrf": csrf}, follow_redirects=False),
        browser.post("/skaerm", data={"csrf": csrf}, follow_redirects=False),
    ]
    set_by = [one for answer in answers for one in answer.headers.get_list("set-cookie")]
    assert len(set_by) == len(answers)
    for one in set_by:
        assert "HttpOnly" in one and "SameSite=strict" in one and "Path=/" in one
        assert "Domain" not in one


def test_after_sign_out_the_token_is_worth_nothing(browser: TestClient) -> None:
    """H22: a copied cookie dies with the session, on the page and in the API."""
    copied, csrf = browser.cookies["session"], csrf_of(browser.get("/skranke"))
    assert browser.post("/log-ud", data={"csrf": csrf}, follow_redirects=False).status_code == 303
    browser.cookies.set("session", copied)
    page = browser.get("/skranke", follow_redirects=False)
    assert page.status_code == 303 and page.headers["location"] == "/log-ind"
    assert browser.get("/skranke/live", follow_redirects=False).status_code == 303
    signed = {"Authorization": f"Bearer {copied}"}
    assert browser.get("/api/v1/today", headers=signed).status_code == 401


def test_the_api_takes_no_cookie(browser: TestClient) -> None:
    """H22: what a browser sends by itself must not be enough for a route without a form token."""
    assert browser.get("/api/v1/today").status_code == 401
