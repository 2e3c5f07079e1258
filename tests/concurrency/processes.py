"""Processes of the fire: started here, never left behind, killed by their own number."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[2]
PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Ask the kernel to kill this process when the one that started it ends. Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def start(
    module: str, *arguments: str, log: IO[bytes] | None = None, **environment: str
) -> subprocess.Popen[bytes]:
    """A module of this package as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", f"tests.concurrency.{module}", *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        stdout=log or subprocess.DEVNULL,
        stderr=log or subprocess.DEVNULL,
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def wait_for_port(port: int, process: subprocess.Popen[bytes], seconds: float = 60) -> None:
    """Wait until something listens. Raises when the process ends or the time is over."""
    until = time.monotonic() + seconds
    while not answers(port):
        if process.poll() is not None:
            raise RuntimeError(f"{process.args} ended with {process.returncode}")
        if time.monotonic() > until:
            raise RuntimeError(f"{process.args} did not listen within {seconds} s")
        time.sleep(0.03)


def children_of(pid: int) -> list[int]:
    """The children of a process, from /proc."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(stat.parent.name))
    return found


def signal_all(pids: list[int], number: signal.Signals) -> None:
    """Send a signal to each process that is still there."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


class Service:
    """One process of the real service on a fixed port; killed and started again by the fire."""

    def __init__(self, database_url: str, folder: Path, *faults: str) -> None:
        self.port = free_port()
        self.faults = faults
        self.log = folder / f"service-{self.port}.log"
        self.environment = {"DATABASE_URL": database_url, "DISPENSING_DATA_DIR": str(folder)}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process; it listens a moment later."""
        with self.log.open("ab") as log:
            self.process = start(
                "server", str(self.port), *self.faults, log=log, **self.environment
            )

    def wait(self) -> None:
        assert self.process is not None
        wait_for_port(self.port, self.process)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
