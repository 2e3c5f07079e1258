"""One client process of the fire: ``python -m tests.concurrency.client CONFIG.json``.

A client killed and started again reads its own journal, repeats what it never got an answer to,
and goes on. What it does depends on its seed and on the answers only.
"""

from __future__ import annotations

import json
import mmap
import random
import struct
import sys
import time
from pathlib import Path
from typing import Any

from tests.concurrency.calling import Caller, FileJournal
from tests.concurrency.processes import die_with_parent

# Of what a client does with its own reservation; the rest leaves it for others to find.
OWN = (("given", 0.55), ("returned", 0.15), ("doubts", 0.12), ("spilled", 0.06))
# Of what a client does with somebody else's reservation.
OTHERS = ("given", "given", "returned", "doubts", "reversals", "refused")

LONGEST_WAIT_S = 5.0


class Client:
    """Goes through the doses in the order in which they open, against everybody else."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config
        self.number: int = config["number"]
        self.folder = Path(config["folder"])
        self.chance = random.Random(config["seed"] * 1_000 + self.number)
        self.path = self.folder / f"client-{self.number}.jsonl"
        before = read_lines(self.path)
        self.undecided = undecided(before)
        self.done = {line["person"] for line in before if line["what"] == "intent"}
        self.life, self.keys = len(before), 0
        self.caller = Caller(
            config["token"],
            config["unit"],
            [tuple(door) for door in config["doors"]],
            FileJournal(self.path),
            self.chance,
            hang_up=config["hang_up"],
            give_up=config["give_up"],
            until=config["until"],
        )

    def run(self) -> None:
        for intent in self.undecided:
            self.caller.repeat(intent["key"], intent["path"], intent["body"])
        queue = Queue(self.folder, self.config["clients"])
        for place, person in enumerate(self.config["doses"]):
            queue.gather(self.number, place)
            if person not in self.done:
                self.visit(person)
        queue.stand(self.number, len(self.config["doses"]))

    def key(self) -> str:
        self.keys += 1
        return f"fire-{self.config['seed']}-{self.number}-{self.life}-{self.keys}"

    def visit(self, person: int) -> None:
        """Try to reserve; then end the own reservation, or meddle with somebody else's."""
        shared = self.chance.random() < 0.3
        key = f"shared-{self.config['staff']}-{person}" if shared else self.key()
        for attempt in range(2):
            answer = self.caller.reserve(key, person, self.config["today"])
            if answer is not None and answer["status"] == 201:
                self.end_own(person, answer["answer"]["reservation_id"])
            elif self.chance.random() < 0.55:
                self.meddle(person)
            if attempt == 0 and self.chance.random() < 0.6:
                return
            key = self.key()

    def end_own(self, person: int, reservation_id: int) -> None:
        with (self.folder / f"dose-{person}").open("a") as board:
            board.write(f"{reservation_id}\n")
        time.sleep(self.chance.random() * 0.04)
        drawn = self.chance.random()
        for verb, share in OWN:
            if drawn < share:
                told = self.caller.tell(self.key(), verb, person, reservation_id)
                reverse = verb == "given" and self.chance.random() < 0.25
                if reverse and told is not None:
                    self.caller.tell(self.key(), "reversals", person, reservation_id)
                return
            drawn -= share

    def meddle(self, person: int) -> None:
        try:
            known = (self.folder / f"dose-{person}").read_text().split()
        except FileNotFoundError:
            return
        verb = self.chance.choice(OTHERS)
        self.caller.tell(self.key(), verb, person, int(self.chance.choice(known[-2:])))


class Queue:
    """Which dose each client is at, shared by all: half of them gather before a dose opens."""

    def __init__(self, folder: Path, clients: int) -> None:
        self.clients = clients
        with (folder / "queue").open("r+b") as file:
            self._places = mmap.mmap(file.fileno(), 4 * clients)

    @staticmethod
    def make(folder: Path, clients: int) -> Queue:
        (folder / "queue").write_bytes(bytes(4 * clients))
        return Queue(folder, clients)

    def stand(self, number: int, place: int) -> None:
        struct.pack_into("<i", self._places, 4 * number, place)

    def places(self) -> list[int]:
        return list(struct.unpack(f"<{self.clients}i", self._places[:]))

    def gather(self, number: int, place: int) -> None:
        """Wait until half of all clients are here or further; not longer than a few seconds."""
        self.stand(number, place)
        until = time.monotonic() + LONGEST_WAIT_S
        while time.monotonic() < until:
            if sum(other >= place for other in self.places()) * 2 >= self.clients:
                return
            time.sleep(0.01)


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The lines of a journal; a last line that a kill cut short is no line."""
    if not path.exists():
        return []
    whole = path.read_bytes().rpartition(b"\n")[0]
    found = []
    for line in whole.splitlines():
        try:
            found.append(json.loads(line))
        except json.JSONDecodeError:
            continue  # Cut short by a kill; the next process wrote on behind it.
    return found


def undecided(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Intents without a definite answer, in the order they were written."""
    answered = {line["key"] for line in lines if line["what"] == "answer"}
    return [line for line in lines if line["what"] == "intent" and line["key"] not in answered]


if __name__ == "__main__":
    die_with_parent()
    Client(json.loads(Path(sys.argv[1]).read_text())).run()
