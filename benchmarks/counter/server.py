"""The service as it is served: `dispensing serve` with its own workers, against one database."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

START_S = 60


@contextmanager
def served(app_url: str, workers: int = 2) -> Iterator[int]:
    """Serve a database on a free port for the length of a block; answers the port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="dispensing-bench-") as folder:
        environment = os.environ | {
            "DATABASE_URL": app_url,
            "DISPENSING_DATA_DIR": folder,
        }
        log = open(os.path.join(folder, "log"), "w+")  # noqa: SIM115 - the process writes to it
        process = subprocess.Popen(
            [sys.executable, "-m", "dispensing", "serve", "--port", str(port),
             "--workers", str(workers)],
            env=environment, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            _wait(process, port, log)
            yield port
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            log.close()


def _wait(process: subprocess.Popen[bytes], port: int, log: IO[str]) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        if process.poll() is not None:
            log.seek(0)
            raise SystemExit(f"the service did not start:\n{log.read()}")
        try:
            with socket.create_connection(("127.0.0.1", port), 0.5) as connection:
                connection.sendall(
                    b"GET /api/v1/today HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n"
                )
                if connection.recv(64).startswith(b"HTTP/1.1"):
                    return
        except OSError:
            pass
        time.sleep(0.1)
    raise SystemExit("the service did not answer in time")
