"""Drafts in the background: a process beside the service, so that no counter waits for a count.

Asked for by a doctor, or overnight; the service only looks whether any waits, and starts the
command that makes them (``dispensing audit draft --waiting``), one at a time.
"""

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress

from dispensing.review.drafting import ask_overnight, waiting
from dispensing.wiring import Wiring

log = logging.getLogger("dispensing.review")

TICK_S = 5.0
COMMAND = ("-m", "dispensing", "audit", "draft", "--waiting")


async def start_command() -> int:
    """Run the command to its end; what it says of people is nothing, and its output is dropped."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *COMMAND,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        return await process.wait()
    except asyncio.CancelledError:
        # The service stops: what is not made is made by the next one.
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()
        raise


async def keep_drafting(
    wiring: Wiring,
    start: Callable[[], Awaitable[int]] = start_command,
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Look and start for ever. Whatever goes wrong is told, and tried again later."""
    while True:
        try:
            await ask_overnight(wiring)
            async with wiring.pool.connection() as connection:
                found = await waiting(connection)
                await connection.commit()
            if found:
                await start()
        except Exception as trouble:
            log.error("audit drafts: %s", type(trouble).__name__)
        await pause(TICK_S)
