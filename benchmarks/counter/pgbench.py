"""PostgreSQL's own load generator on a script, against one database."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from dispensing.embedded import Cluster


@dataclass(frozen=True, slots=True)
class Rate:
    """What pgbench says of one run."""

    per_second: float
    latency_ms: float


def program(cluster: Cluster) -> str:
    """pgbench beside the server's programs, else on the path."""
    beside = cluster.programs.folder / "pgbench"
    return str(beside) if beside.exists() else "pgbench"


def run(
    pgbench: str,
    url: str,
    script: Path,
    *,
    clients: int,
    transactions: int,
    first: int,
    reservation: int,
) -> Rate:
    """So many transactions by so many clients, prepared, each on a person of its own."""
    said = _run(
        pgbench, url, script, clients, transactions // clients, first, reservation, 1, options=()
    )
    rate = re.search(r"tps = ([\d.]+)", said)
    latency = re.search(r"latency average = ([\d.]+) ms", said)
    if rate is None or latency is None:
        raise SystemExit(f"pgbench said something else:\n{said}")
    return Rate(float(rate[1]), float(latency[1]))


def latencies(
    pgbench: str,
    url: str,
    script: Path,
    *,
    transactions: int,
    first: int,
    reservation: int,
    person_seq: int,
) -> list[float]:
    """Seconds of each transaction of one client; the first one also prepares its statements."""
    with tempfile.TemporaryDirectory(prefix="dispensing-bench-") as folder:
        options = ("--log", f"--log-prefix={folder}/log")
        _run(pgbench, url, script, 1, transactions, first, reservation, person_seq, options)
        lines = [line for file in Path(folder).iterdir() for line in file.read_text().splitlines()]
    return [int(line.split()[2]) / 1e6 for line in lines]


def _run(
    pgbench: str,
    url: str,
    script: Path,
    clients: int,
    each: int,
    first: int,
    reservation: int,
    person_seq: int,
    options: tuple[str, ...],
) -> str:
    parts = urlsplit(url)
    command = [
        pgbench, "--no-vacuum", "--protocol=prepared", f"--client={clients}", "--jobs=1",
        f"--transactions={each}", f"--file={script}",
        "--define=n=-1", f"--define=first={first}", f"--define=step={clients}",
        f"--define=reservation={reservation}", f"--define=person_seq={person_seq}", *options,
        "-h", str(parts.hostname), "-p", str(parts.port), "-U", str(parts.username),
        parts.path.lstrip("/"),
    ]  # fmt: skip
    # The service's statements have long been prepared; a peer that starts anew is spared what it
    # would pay for planning each of them five times over.
    options_text = "-c timezone=UTC -c plan_cache_mode=force_generic_plan"
    environment = os.environ | {"PGPASSWORD": parts.password or "", "PGOPTIONS": options_text}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    said = done.stdout
    if done.returncode != 0:
        raise SystemExit(f"pgbench failed:\n{done.stderr[-3000:]}\n{said[-1000:]}")
    failed = re.search(r"number of failed transactions: (\d+)", said)
    if failed and int(failed[1]):
        raise SystemExit(f"pgbench had {failed[1]} failed transactions:\n{done.stderr[-2000:]}")
    return said
