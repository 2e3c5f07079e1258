"""Load over HTTP from a process of its own: keep-alive connections, as little work as possible.

Closed loop: each client sends its next request when the last is answered. Open loop: requests leave
at given moments whether or not earlier ones were answered, and a latency counts from the moment it
should have left, so that a stall is not hidden by the requests it held back.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import multiprocessing
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

GIVING_PATH = b"/api/v1/reservations/%d/given"


@dataclass
class Measured:
    """Seconds of each answered request by kind, and how often each status came."""

    seconds: float = 0.0
    latencies: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    statuses: dict[str, Counter[int]] = field(default_factory=dict[str, Counter[int]])
    refused_for: Counter[str] = field(default_factory=Counter[str])
    client_cpu: float = 0.0

    def note(self, kind: str, status: int, seconds: float) -> None:
        self.latencies.setdefault(kind, []).append(seconds)
        self.statuses.setdefault(kind, Counter())[status] += 1


@dataclass(frozen=True, slots=True)
class Visit:
    """One person at the counter: when (seconds from the start), whose session, what is asked.

    ``order`` is the body that reserves; None asks the service for the person's plan first and
    reserves that, as the page does. ``gives`` tells whether the dose is then given;
    ``bottle_code`` is scanned where more than one strength stands open.
    """

    at: float
    token: str
    order: bytes | None
    person_id: int
    gives: bool = True
    bottle_code: str | None = None


class Connection(asyncio.Protocol):
    """One keep-alive connection with at most one request under way."""

    def __init__(self) -> None:
        self._buffer = b""
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._transport: asyncio.Transport | None = None
        self.closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        where = head.lower().index(b"content-length:") + 15
        end = head.find(b"\r\n", where)
        length = int(head[where : end if end >= 0 else None])
        if len(rest) < length or self._answer is None:
            return
        self._buffer = rest[length:]
        answer, self._answer = self._answer, None
        answer.set_result((int(head[9:12]), rest[:length]))

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionError("closed by the server"))

    def ask(self, request: bytes) -> Awaitable[tuple[int, bytes]]:
        self._answer = asyncio.get_running_loop().create_future()
        assert self._transport is not None
        self._transport.write(request)
        return self._answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def post(path: bytes, token: str, key: str, body: bytes) -> bytes:
    """The bytes of a POST with an idempotency key."""
    return (
        b"POST %s HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer %s\r\nIdempotency-Key: %s\r\n"
        b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
        % (path, token.encode(), key.encode(), len(body), body)
    )


def get(path: str, token: str) -> bytes:
    """The bytes of a GET."""
    return (f"GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n").encode()


def apart(work: Callable[..., Measured], *arguments: Any) -> Measured:
    """Run a load in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, arguments)


def closed_loop(port: int, clients: int, requests: Sequence[bytes]) -> Measured:
    """Send all requests by so many clients, each as fast as it is answered."""
    return _run(_closed(port, clients, requests))


def open_loop(port: int, visits: Sequence[Visit], giving: bytes, run: str) -> Measured:
    """Let every visit begin at its moment. ``run`` begins the idempotency keys of this run."""
    return _run(_open(port, visits, giving, run))


def one_by_one(port: int, visits: Sequence[Visit], giving: bytes, run: str) -> Measured:
    """The visits one after another over one connection."""
    return _run(_sequence(port, visits, giving, run))


def _run(load: Any) -> Measured:
    import uvloop

    before = time.process_time()
    measured: Measured = uvloop.run(load)
    measured.client_cpu = time.process_time() - before
    return measured


async def _connect(port: int) -> Connection:
    loop = asyncio.get_running_loop()
    return (await loop.create_connection(Connection, "127.0.0.1", port))[1]


async def _closed(port: int, clients: int, requests: Sequence[bytes]) -> Measured:
    measured = Measured()
    connections = [await _connect(port) for _ in range(clients)]
    waiting = iter(requests)

    async def work(connection: Connection) -> None:
        for request in waiting:
            start = time.perf_counter()
            status, _ = await connection.ask(request)
            measured.note("request", status, time.perf_counter() - start)

    start = time.perf_counter()
    await asyncio.gather(*(work(connection) for connection in connections))
    measured.seconds = time.perf_counter() - start
    for connection in connections:
        connection.close()
    return measured


class _Connections:
    """Idle connections, the one used last first; another is opened when all are busy."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[Connection] = []

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        # The server closes a connection that was idle for some seconds.
        while self._idle and self._idle[-1].closed:
            self._idle.pop()
        connection = self._idle.pop() if self._idle else await _connect(self._port)
        answer = await connection.ask(request)
        self._idle.append(connection)
        return answer

    async def open(self, count: int) -> None:
        self._idle += [await _connect(self._port) for _ in range(count)]

    def close(self) -> None:
        for connection in self._idle:
            connection.close()


async def _open(port: int, visits: Sequence[Visit], giving: bytes, run: str) -> Measured:
    measured = Measured()
    connections = _Connections(port)
    await connections.open(16)
    start = time.monotonic() + 0.2
    numbers = itertools.count()

    async def visit(one: Visit) -> None:
        await asyncio.sleep(max(0.0, start + one.at - time.monotonic()))
        await _visit(
            one, connections.ask, giving, f"{run}-{next(numbers)}", start + one.at, measured
        )

    await asyncio.gather(*(visit(one) for one in visits))
    measured.seconds = time.monotonic() - start
    connections.close()
    return measured


async def _sequence(port: int, visits: Sequence[Visit], giving: bytes, run: str) -> Measured:
    measured = Measured()
    connections = _Connections(port)
    start = time.monotonic()
    for number, one in enumerate(visits):
        await _visit(one, connections.ask, giving, f"{run}-{number}", time.monotonic(), measured)
    measured.seconds = time.monotonic() - start
    connections.close()
    return measured


async def _visit(
    one: Visit,
    ask: Callable[[bytes], Awaitable[tuple[int, bytes]]],
    giving: bytes,
    key: str,
    due: float,
    measured: Measured,
) -> None:
    """View (where no order is known), reserve, give; each latency from when it was due."""
    order = one.order
    begun = due
    if order is None:
        status, body = await ask(get(f"/api/v1/people/{one.person_id}", one.token))
        now = time.monotonic()
        measured.note("view", status, now - due)
        due = now
        if status != 200:
            return
        order = planned_order(json.loads(body), one.bottle_code)
        if order is None:
            measured.refused_for["nothing planned today"] += 1
            return
    status, body = await ask(post(b"/api/v1/reservations", one.token, f"{key}-reserve", order))
    now = time.monotonic()
    measured.note("reserve", status, now - due)
    if status != 201:
        if status == 409:
            measured.refused_for.update(json.loads(body).get("blocking", ["conflict"])[:1])
        return
    if not one.gives:
        return
    due = now
    path = GIVING_PATH % json.loads(body)["reservation_id"]
    status, _ = await ask(post(path, one.token, f"{key}-give", giving))
    now = time.monotonic()
    measured.note("give", status, now - due)
    measured.note("hand-out", status, now - begun)


def planned_order(document: dict[str, Any], bottle_code: str | None) -> bytes | None:
    """The order that the page would send for a person's plan of the day."""
    doses = [
        {
            "for_on": dose["for_on"],
            "part": dose["part"],
            "amount_mg": _mg(dose["amount_ug"]),
            "how": dose["how"],
        }
        for dose in document["plan"]
    ]
    if not doses:
        return None
    prescription_id, version = document["prescription"]
    body = {
        "person_id": document["person"]["person_id"],
        "prescription_id": prescription_id,
        "prescription_version": version,
        "doses": doses,
        "identifiers": ["birth_date", "photo"],
        "observed": {"affected": False},
        "bottle_code": bottle_code,
    }
    return json.dumps(body).encode()


def _mg(amount_ug: int) -> str:
    whole, part = divmod(amount_ug, 1000)
    return f"{whole}.{part:03d}".rstrip("0").rstrip(".") if part else str(whole)
