"""``make fire``: the fire at length, with a printed report and its seeds kept."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer

from tests.concurrency.fire import Plan, burn


def main(
    minutes: Annotated[float, typer.Option(help="Begin no further fire after this time.")] = 5.0,
    doses: Annotated[int, typer.Option(help="Doses of one fire.")] = 200,
    clients: Annotated[int, typer.Option(help="Client processes.")] = 32,
    kills: Annotated[int, typer.Option(help="Kills of one fire.")] = 42,
    seed: Annotated[int, typer.Option(help="Of the first fire; 0: drawn from the clock.")] = 0,
    keep: Annotated[Path, typer.Option(help="Folder for reports, journals and seeds.")] = Path(
        ".fire"
    ),
) -> None:
    """Burn again and again, each time with the next seed; exit with 1 where anything is found."""
    chosen = seed or time.time_ns() % 1_000_000
    until = time.monotonic() + minutes * 60
    sound = True
    while True:
        plan = Plan(
            doses=doses, clients=clients, kills=kills, seed=chosen, limit_s=60.0 + doses * 2
        )
        print(f"fire with seed {plan.seed}", flush=True)
        kept = keep / f"seed-{plan.seed}"
        with tempfile.TemporaryDirectory(prefix="dispensing-fire-") as folder:
            burnt = burn(plan, Path(folder), kept)
        (kept / "report.txt").write_text(f"{burnt}\n")
        print(f"{burnt}\n", flush=True)
        sound = sound and burnt.report.sound
        chosen += 1
        if time.monotonic() > until:
            break
    print("Every invariant held." if sound else "SOMETHING IS BROKEN: see above.")
    sys.exit(0 if sound else 1)


if __name__ == "__main__":
    typer.run(main)
