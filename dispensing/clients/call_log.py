"""Every call of a machine client is written down: which route, whom it was about, how it ended.

Calls are written some at a time, so that two hundred a second are a few statements; the page that
shows them writes what waits first. What is lost when a machine dies are the last lines, not the
looks and acts themselves: those stand in the ledger before they are answered.
"""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

import psycopg

from dispensing.looks import see_as
from dispensing.wiring import Wiring

log = logging.getLogger("dispensing.clients")

EVERY_S = 0.25
MOST_WAITING = 20_000
WRITE = """
INSERT INTO machine_call (client_id, unit_id, at, method, route, status, person_id)
VALUES (%(client_id)s, %(unit_id)s, %(at)s, %(method)s, %(route)s, %(status)s, %(person_id)s)
"""


@dataclass(slots=True)
class CallLog:
    """Calls that wait to be written by this worker."""

    _waiting: list[Mapping[str, Any]] = field(default_factory=list[Mapping[str, Any]])
    _writing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def note(
        self,
        client_id: str,
        unit_id: int,
        at: datetime,
        method: str,
        route: str,
        status: int,
        person_id: int | None = None,
    ) -> None:
        """One call: ``route`` is its template, ``unit_id`` who answers for the client."""
        if len(self._waiting) >= MOST_WAITING:
            log.error("calls of machines cannot be written; the oldest are dropped")
            del self._waiting[:100]
        self._waiting.append(
            {
                "client_id": client_id,
                "unit_id": unit_id,
                "at": at,
                "method": method[:10],
                "route": route[:200],
                "status": status,
                "person_id": person_id,
            }
        )

    async def write(self, wiring: Wiring) -> None:
        """Write what waits, and commit. What cannot be written waits on."""
        async with self._writing:
            taken, self._waiting = self._waiting, []
            if not taken:
                return
            try:
                await _write(wiring, taken)
            except BaseException:
                self._waiting = taken + self._waiting
                raise


async def _write(wiring: Wiring, calls: list[Mapping[str, Any]]) -> None:
    by_unit = sorted(calls, key=lambda one: one["unit_id"])
    async with wiring.pool.connection() as connection:
        for unit_id, of_unit in groupby(by_unit, key=lambda one: one["unit_id"]):
            await see_as(connection, unit_id)
            async with connection.cursor() as cursor:
                await cursor.executemany(WRITE, list(of_unit))
        await connection.commit()


async def keep_writing(wiring: Wiring, calls: CallLog) -> None:
    """Until it is cancelled; then once more."""
    try:
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await calls.write(wiring)
            except psycopg.Error as trouble:
                log.error("calls of machines wait: %s", type(trouble).__name__)
    finally:
        with suppress(psycopg.Error):
            await calls.write(wiring)
