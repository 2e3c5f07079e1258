"""A signed-in client of the API that speaks in the counter's verbs, and its answers read."""

import itertools
import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from fastapi.testclient import TestClient

from tests.scene import PASSWORD, Scene

LIKE_A_CPR_NUMBER = re.compile(r"(?<!\d)\d{6}[- ]?\d{4}(?!\d)")
MADE_UP_NUMBER = "123456-7890"
MARK = "SENT-BY-THE-CLIENT"
_keys = itertools.count(1)
SEEN = ["birth_date", "photo"]


@dataclass(frozen=True)
class Counter:
    """A signed-in client of the API that speaks in the counter's verbs."""

    http: TestClient
    token: str = field(repr=False)
    today: date

    def get(self, path: str) -> Any:
        return self.send("GET", path)

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        key: str | None = None,
        step: dict[str, str] | None = None,
    ) -> Any:
        """``step`` is the ``PIN`` or ``Card`` that the act carries of its own."""
        headers = {"Authorization": f"Bearer {self.token}"}
        headers |= {f"Step-{name}": shown for name, shown in (step or {}).items()}
        if method == "POST":
            headers["Idempotency-Key"] = key or f"test-key-{next(_keys)}"
        return self.http.request(method, f"/api/v1{path}", json=body, headers=headers)

    def dose(
        self, amount_mg: str = "80", part: int = 1, days: int = 0, how: str = "supervised"
    ) -> dict[str, Any]:
        """One dose for so many days from today."""
        for_on = self.today + timedelta(days=days)
        return {"for_on": for_on.isoformat(), "part": part, "amount_mg": amount_mg, "how": how}

    def home(self, *days: int, amount_mg: str = "80") -> list[dict[str, Any]]:
        """Take-home doses, one for each of these days from today."""
        return [self.dose(amount_mg, days=ahead, how="take_home") for ahead in days]

    def order(self, person_id: int, amount_mg: str = "80", **changes: Any) -> dict[str, Any]:
        """Today's whole dose, swallowed here, the right person, not affected."""
        return {
            "person_id": person_id,
            "prescription_id": person_id * 10,
            "prescription_version": 1,
            "doses": [self.dose(amount_mg)],
            "identifiers": SEEN,
            "observed": {"affected": False},
        } | changes

    def reserve(self, person_id: int, key: str | None = None, **changes: Any) -> Any:
        return self.send("POST", "/reservations", self.order(person_id, **changes), key)

    def give(self, reservation_id: int, key: str | None = None, **changes: Any) -> Any:
        body = {"identifiers": SEEN, "observed": {"affected": False}} | changes
        return self.send("POST", f"/reservations/{reservation_id}/given", body, key)

    def tell(self, reservation_id: int, what: str, key: str | None = None, **body: Any) -> Any:
        return self.send("POST", f"/reservations/{reservation_id}/{what}", body, key)

    def bring_back(
        self,
        person_id: int,
        days: int,
        by: str | None = "nurse1b",
        key: str | None = None,
        **told: Any,
    ) -> Any:
        """A dose for so many days from today comes back; read as text, then signed by two."""
        path = f"/people/{person_id}/home-doses/returns"
        returned = {"for_on": self.dose(days=days)["for_on"], "unopened": True} | told
        if not returned["unopened"]:
            returned = {"left": "40"} | returned
        text = self.send("POST", f"{path}/text", returned)
        if text.status_code != 200:
            return text
        body: dict[str, Any] = {"returned": returned, "seen_sha256": text.json()["sha256"]}
        if by is not None:
            body["witness"] = {"username": by, "password": PASSWORD}
        return self.send("POST", path, body, key)

    def reserved(self, person_id: int, **changes: Any) -> int:
        """Reserve; answers the reservation's id."""
        answer = self.reserve(person_id, **changes)
        assert answer.status_code == 201, answer.text
        return answer.json()["reservation_id"]

    def decide(self, person_id: int, *rule_ids: str, key: str | None = None, **changes: Any) -> Any:
        """A doctor's decision for the person and today, allowing unless said otherwise."""
        body = {"allow": True, "rule_ids": list(rule_ids), "reason": "seen and spoken to"} | changes
        return self.send("POST", f"/people/{person_id}/decisions", body, key)

    def given(self, person_id: int, **changes: Any) -> int:
        """Reserve and give; answers the reservation's id."""
        reservation_id = self.reserved(person_id, **changes)
        done = self.give(reservation_id)
        assert done.status_code == 200, done.text
        return reservation_id


def findings(answer: Any) -> list[str]:
    """The rules that object in an answer, most severe first."""
    return [finding["rule_id"] for finding in answer.json()["verdict"]["findings"]]


def problem(answer: Any, status: int, slug: str | None = None) -> dict[str, Any]:
    """The problem document of an answer, which must have this status and type."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert document["status"] == status and document["title"]
    if slug is not None:
        assert document["type"] == f"/problems/{slug}", document
    return document


def sign_in(http: TestClient, scene: Scene, username: str, counter_id: int | None = 1) -> Counter:
    """A session for one of the scene's staff."""
    body = {"username": username, "password": PASSWORD, "counter_id": counter_id}
    answer = http.post("/api/v1/sessions", json=body)
    assert answer.status_code == 201, answer.text
    return Counter(http, answer.json()["token"], scene.today)


def silent(answer: Any, status: int, slug: str | None = None) -> dict[str, Any]:
    """The problem, which repeats nothing of what was sent."""
    document = problem(answer, status, slug)
    assert MARK not in answer.text
    assert not LIKE_A_CPR_NUMBER.search(answer.text)
    assert "Traceback" not in answer.text and 'File "' not in answer.text
    return document
