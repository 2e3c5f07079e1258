"""What the step of an act costs the service: reserve with the session alone, a card, a PIN.

    .venv/bin/python -m benchmarks.counter.identifying

One client, one process, the API in it: medians of milliseconds, and the PIN's hash alone.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from fastapi.testclient import TestClient

from dispensing.app import create_app
from dispensing.database import migrate
from dispensing.people.pins import _hasher, _keyed, pin_hash
from dispensing.settings import load_settings
from tests.api.client import sign_in
from tests.clusters import clone_database, end_cluster, new_cluster
from tests.scene import Scene
from tests.scene_staff import PIN, SECRET

ROUNDS = 60
CARD = "M-7QK2XW49"
STEPS: dict[str, dict[str, str] | None] = {
    "session alone": None,
    "card": {"card": CARD},
    "PIN": {"pin": PIN},
}


def main() -> None:
    """Print one line for each way."""
    cluster = new_cluster()
    try:
        migrate(cluster.owner_url)
        database = clone_database(cluster, "dispensing")
        scene = Scene(database.owner_url)
        scene.pin(10)
        scene.card(10, CARD)
        folder = Path(tempfile.mkdtemp())
        (folder / "secret.key").write_bytes(SECRET)
        settings = load_settings({"DISPENSING_DATA_DIR": str(folder)})
        with TestClient(create_app(replace(settings, database_url=database.app_url))) as http:
            nurse = sign_in(http, scene, "nurse1")
            people = [scene.person() for _ in range(ROUNDS * len(STEPS))]
            taken: dict[str, list[float]] = {name: [] for name in STEPS}
            for number, person in enumerate(people):
                name = list(STEPS)[number % len(STEPS)]
                order = nurse.order(person, step=STEPS[name])
                began = time.perf_counter()
                answer = nurse.send("POST", "/reservations", order)
                taken[name].append(1000 * (time.perf_counter() - began))
                assert answer.status_code == 201, answer.text
        for name, times in taken.items():
            worst = sorted(times)[int(0.95 * len(times))]
            print(f"{name:<14} median {statistics.median(times):6.1f} ms   p95 {worst:6.1f} ms")
        known, keyed = pin_hash(SECRET, 10, PIN), _keyed(SECRET, 10, PIN)
        began = time.perf_counter()
        for _ in range(ROUNDS):
            assert _hasher().verify(keyed, known)
        print(f"the hash alone {1000 * (time.perf_counter() - began) / ROUNDS:13.1f} ms")
    finally:
        end_cluster(cluster)


if __name__ == "__main__":
    main()
