"""Live lists: one poller per process asks the ledger's heads, and every open page hears of it.

No LISTEN/NOTIFY: its commit lock is global, and handing out must not queue behind it. The poller
runs only while somebody listens. A page gets ``changed`` when its unit's chain grew, and ``beat``
every second with the database's moment; when the database is silent no beat goes out, and the page
says that its list is old.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime

import psycopg
from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from psycopg_pool import PoolTimeout

from dispensing.counter.page_store import acting_quietly, ledger_heads
from dispensing.errors import DispensingError
from dispensing.web import forms
from dispensing.web.routes import PageRoute, wiring_of
from dispensing.wiring import Wiring

log = logging.getLogger("dispensing.live")

POLL_S = 0.4
BEAT_S = 1.0
SESSION_CHECK_S = 30.0

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@dataclass(slots=True)
class Changes:
    """What the poller knows: each unit's chain length, the database's moment, and who listens."""

    heads: dict[int, int] = field(default_factory=dict)
    at: datetime | None = None
    asked: int = 0
    listeners: int = 0
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    task: "asyncio.Task[None] | None" = None

    @contextlib.asynccontextmanager
    async def listening(self, wiring: Wiring) -> AsyncIterator[None]:
        """Keep the poller running for as long as somebody listens."""
        self.listeners += 1
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self._poll(wiring))
        try:
            yield
        finally:
            self.listeners -= 1

    async def _poll(self, wiring: Wiring) -> None:
        while self.listeners:
            try:
                async with wiring.pool.connection() as connection:
                    at, heads = await ledger_heads(connection)
                changed = heads != self.heads
                self.at, self.heads = at, heads
                self.asked += 1
                if changed:
                    woken, self.woken = self.woken, asyncio.Event()
                    woken.set()
            except (psycopg.Error, PoolTimeout) as error:
                log.warning("no heartbeat: %s", type(error).__name__)
            await asyncio.sleep(POLL_S)


@router.get("/skranke/live")
async def stream(request: Request) -> StreamingResponse:
    """Server-sent events for one page."""
    wiring = wiring_of(request)
    token = forms.session_token(request)
    # It carries moments and no person: a locked page keeps hearing that the service lives.
    actor = await acting_quietly(wiring, token, also_locked=True)
    events = _events(request.app.state.changes, wiring, token, actor.unit_id)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


async def _events(changes: Changes, wiring: Wiring, token: str, unit_id: int) -> AsyncIterator[str]:
    yield "retry: 1000\n\n"
    async with changes.listening(wiring):
        seen, asked, quiet_s = changes.heads.get(unit_id), changes.asked, 0.0
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(changes.woken.wait(), BEAT_S)
            quiet_s += BEAT_S
            if quiet_s >= SESSION_CHECK_S:
                quiet_s = 0.0
                try:
                    await acting_quietly(wiring, token, also_locked=True)
                except DispensingError:
                    yield "event: over\ndata:\n\n"
                    return
                except (psycopg.Error, PoolTimeout):
                    continue
            now = changes.at.isoformat(timespec="milliseconds") if changes.at else ""
            head = changes.heads.get(unit_id)
            if head != seen:
                seen = head
                yield f"event: changed\ndata: {now}\n\n"
            elif changes.asked != asked:
                yield f"event: beat\ndata: {now}\n\n"
            asked = changes.asked
