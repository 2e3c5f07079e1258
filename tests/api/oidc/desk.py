"""The steps of a browser that signs in with the simulated provider."""

import time
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from fastapi.testclient import TestClient

from tests.oidc_provider import Provider
from tests.scene import Scene

NURSE = 10
ANNE = "3f1c5a2e-anne"
BACK = "/log-ind/ekstern/svar"


def known(scene: Scene, issuer: str, subject: str, staff_id: int) -> None:
    scene.run(
        "INSERT INTO staff_subject (issuer, subject, staff_id, added_at)"
        " VALUES (%s, %s, %s, now())",
        issuer,
        subject,
        staff_id,
    )


def begun(http: TestClient, counter: str = "1") -> str:
    """The address the browser is sent to."""
    answer = http.get(f"/log-ind/ekstern?skranke={counter}", follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def back(http: TestClient, address: str) -> Any:
    """The browser comes back from the provider."""
    return http.get(address.removeprefix("http://testserver"), follow_redirects=False)


def signed_in(http: TestClient, provider: Provider, subject: str = ANNE) -> Any:
    return back(http, provider.authorize(begun(http), subject))


def nobody_signed_in(scene: Scene, answer: Any, status: int = 401) -> None:
    assert answer.status_code == status, answer.text
    assert "session" not in answer.cookies
    assert scene.one("SELECT count(*) FROM staff_session") == 0


def at_now(change: dict[str, Any]) -> dict[str, Any]:
    """Small numbers of the times are seconds from now."""
    now = int(time.time())
    times = ("iat", "exp", "nbf", "auth_time")
    return {
        name: now + value if name in times and type(value) is int else value
        for name, value in change.items()
    }


def replaced(address: str, **changes: str | None) -> str:
    """The provider's answer with parameters changed (None: left out)."""
    at = urlsplit(address)
    query = dict(parse_qsl(at.query)) | changes
    return f"{at.path}?{urlencode({k: v for k, v in query.items() if v is not None})}"
