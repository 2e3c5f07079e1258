"""How a client of the fire speaks to the service: write the intent down, send, repeat until sure.

Standard library only: sixteen of these start at once.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

#: Answers after which a client knows what happened. 500 and 503 say: repeat with the same key.
DEFINITE = frozenset({200, 201, 400, 401, 403, 404, 409, 410, 413, 422})
TIMEOUT_S = 4.0
#: A service that breaks its promises again and again is not waited for.
MOST_BROKEN = 10
#: Large and not compared: the same findings stand in the ledger.
LEFT_OUT = ("verdict", "lifts")
SEEN = ["birth_date", "photo"]


class Journal(Protocol):
    """Where a client keeps what it wants and what it was told."""

    def write(self, line: dict[str, Any], *, durable: bool) -> None: ...


class FileJournal:
    """JSON lines; an intent is on disk before its request leaves, so a crash forgets nothing."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab", buffering=0)
        if self._file.tell():
            self._file.write(b"\n")  # A killed client may have left half a line.

    def write(self, line: dict[str, Any], *, durable: bool) -> None:
        self._file.write(json.dumps(line, separators=(",", ":")).encode() + b"\n")
        if durable:
            os.fsync(self._file.fileno())


class MemoryJournal:
    """The same for clients that are threads of a test."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []

    def write(self, line: dict[str, Any], *, durable: bool) -> None:
        self.lines.append(line)


class Caller:
    """One client with its session, at one of several doors of the service."""

    def __init__(
        self,
        token: str,
        unit_id: int,
        doors: Sequence[tuple[str, int]],
        journal: Journal,
        chance: random.Random,
        *,
        hang_up: float = 0.0,
        give_up: float = 0.0,
        until: float | None = None,
    ) -> None:
        """``hang_up`` and ``give_up`` are chances, ``until`` the monotonic moment to stop."""
        self.token, self.unit_id, self.doors = token, unit_id, list(doors)
        self.journal, self.chance = journal, chance
        self.hang_up, self.give_up, self.until = hang_up, give_up, until
        self._door = chance.randrange(len(self.doors))
        self._line: http.client.HTTPConnection | None = None

    def act(
        self, key: str, verb: str, person_id: int, path: str, body: dict[str, Any]
    ) -> dict[str, Any] | None:
        """Send until the answer is definite; None when it stays unknown."""
        intent = {"key": key, "verb": verb, "person": person_id, "path": path, "body": body}
        self.journal.write(
            {"what": "intent", "unit": self.unit_id, "at": time.monotonic(), **intent}, durable=True
        )
        return self.repeat(key, path, body)

    def repeat(self, key: str, path: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """Send what was written down before, until the answer is definite."""
        pause_s, broken = 0.02, 0
        while self.until is None or time.monotonic() < self.until:
            try:
                status, answer = self._once(key, path, body)
            except (OSError, http.client.HTTPException) as error:
                self._next_door()
                self.journal.write(
                    {"what": "cut", "key": key, "error": type(error).__name__}, durable=False
                )
                if self.chance.random() < self.give_up:
                    return None
            else:
                at = time.monotonic()
                line = {"key": key, "status": status, "answer": answer, "at": at}
                if status in DEFINITE:
                    self.journal.write({"what": "answer", **line}, durable=False)
                    return line
                self.journal.write({"what": "unclear", **line}, durable=False)
                self._next_door()
                broken += status == 500
                if broken > MOST_BROKEN:
                    return None
            time.sleep(pause_s * self.chance.random())
            pause_s = min(pause_s * 2, 0.5)
        return None

    def _once(self, key: str, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if self._line is None:
            host, port = self.doors[self._door]
            self._line = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Idempotency-Key": key,
            "Content-Type": "application/json",
        }
        self._line.request("POST", f"/api/v1{path}", json.dumps(body), headers)
        if self.chance.random() < self.hang_up:
            raise ConnectionAbortedError("hung up before the answer")
        response = self._line.getresponse()
        if response.getheader("Content-Length") is None:
            raise http.client.IncompleteRead(b"")  # Cut within the header: the library sees none.
        document = json.loads(response.read())
        return response.status, {k: v for k, v in document.items() if k not in LEFT_OUT}

    def _next_door(self) -> None:
        if self._line is not None:
            self._line.close()
        self._line = None
        self._door = (self._door + 1) % len(self.doors)

    def reserve(
        self, key: str, person_id: int, today: str, **changes: Any
    ) -> dict[str, Any] | None:
        return self.act(
            key, "reserve", person_id, "/reservations", order(person_id, today, **changes)
        )

    def tell(
        self, key: str, verb: str, person_id: int, reservation_id: int
    ) -> dict[str, Any] | None:
        """``given``, ``returned``, ``spilled``, ``refused``, ``doubts`` or ``reversals``."""
        path = f"/reservations/{reservation_id}/{verb}"
        return self.act(key, verb, person_id, path, TOLD.get(verb, {"note": "i prøven"}))


TOLD: dict[str, dict[str, Any]] = {
    "given": {"identifiers": SEEN, "observed": {"affected": False}},
    "reversals": {"reason": "fejl i prøven"},
}


def order(person_id: int, today: str, amount_mg: str = "80", **changes: Any) -> dict[str, Any]:
    """Today's whole dose of a person of the scene, swallowed here."""
    dose = {"for_on": today, "part": 1, "amount_mg": amount_mg, "how": "supervised"}
    return {
        "person_id": person_id,
        "prescription_id": person_id * 10,
        "prescription_version": 1,
        "doses": [dose],
        "identifiers": SEEN,
        "observed": {"affected": False},
    } | changes
