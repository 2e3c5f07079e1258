"""Following the ledger and delivering, in the background of every process of the service.

Any number of processes may do it: a chain and a message are each in one hand at a time.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from dispensing.outbox.delivering import Sending, deliver
from dispensing.outbox.following import follow
from dispensing.wiring import Wiring

log = logging.getLogger("dispensing.outbox")

TICK_S = 1.0


async def keep_telling(
    wiring: Wiring,
    sending: Sending,
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Follow and deliver for ever. Whatever goes wrong is told, and tried again later."""
    while True:
        try:
            await follow(wiring)
            while await deliver(wiring, sending):
                pass
        except Exception as trouble:
            log.error("messages: %s", type(trouble).__name__)
        await pause(TICK_S)
