"""What the clients wanted and were told, folded into one operation per idempotency key."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.concurrency.client import read_lines


@dataclass(slots=True)
class Operation:
    """Everything that was sent under one key. Moments are monotonic seconds of one machine."""

    key: str
    verb: str
    person_id: int
    unit_id: int
    reservation_id: int | None  # of the request; a reservation learns its own by the answer
    started: float
    ended: float = math.inf  # of the first definite answer
    answers: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    sent: int = 0
    cuts: int = 0
    unclear: list[int] = field(default_factory=list)

    @property
    def definite(self) -> bool:
        return bool(self.answers)

    @property
    def status(self) -> int | None:
        return self.answers[0][0] if self.answers else None

    @property
    def answer(self) -> dict[str, Any]:
        return self.answers[0][1] if self.answers else {}

    @property
    def slug(self) -> str:
        """The problem's name, "" for a success."""
        return str(self.answer.get("type", "")).rpartition("/")[2]

    @property
    def refused(self) -> bool:
        return self.status is not None and self.status >= 400


def fold(lines: Iterable[dict[str, Any]]) -> dict[str, Operation]:
    """One operation per key, from journal lines of any number of clients."""
    operations: dict[str, Operation] = {}
    rest = []
    for line in lines:
        if line["what"] != "intent":
            rest.append(line)
            continue
        parts = line["path"].split("/")
        known = operations.setdefault(
            line["key"],
            Operation(
                line["key"],
                line["verb"],
                line["person"],
                line["unit"],
                int(parts[2]) if len(parts) > 2 else None,
                line["at"],
            ),
        )
        known.started = min(known.started, line["at"])
        known.sent += 1
    for line in rest:
        operation = operations[line["key"]]
        if line["what"] == "answer":
            operation.answers.append((line["status"], line["answer"]))
            operation.ended = min(operation.ended, line["at"])
        elif line["what"] == "cut":
            operation.cuts += 1
        else:
            operation.unclear.append(line["status"])
    return operations


def read_history(folder: Path) -> dict[str, Operation]:
    """The operations of all journals in a folder."""
    lines: list[dict[str, Any]] = []
    for file in sorted(folder.glob("client-*.jsonl")):
        lines += read_lines(file)
    return fold(lines)
