"""A door that cuts: ``python -m tests.concurrency.proxy PORT TARGET SEED CHANCE LOG [CUT ...]``.

Passes one request at a time to the service and now and then cuts the line: before the request was
passed on, after it was passed on and before the answer, or in the middle of the answer.
"""

from __future__ import annotations

import asyncio
import random
import sys
from contextlib import suppress
from pathlib import Path

from tests.concurrency.processes import die_with_parent

CUTS = ("before-request", "before-answer", "before-answer", "within-answer")


class Proxy:
    """Cuts a request with ``cut_chance``, in one of ``cuts``."""

    def __init__(
        self, target_port: int, seed: int, cut_chance: float, log: Path, *cuts: str
    ) -> None:
        self.target_port, self.cut_chance, self.log = target_port, cut_chance, log
        self.cuts = cuts or CUTS
        self.chance = random.Random(seed)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind: asyncio.StreamWriter | None = None
        try:
            answers, behind = await asyncio.open_connection("127.0.0.1", self.target_port)
            while request := await message(reader):
                cut = self.draw()
                if cut == "before-request":
                    return
                behind.write(request)
                await behind.drain()
                if cut == "before-answer":
                    # The service goes on working behind a line that is gone for the client.
                    writer.transport.abort()
                    await asyncio.sleep(0.5)
                    return
                answer = await message(answers)
                if cut == "within-answer":
                    writer.write(answer[: self.chance.randrange(len(answer))])
                    await writer.drain()
                    return
                if not answer:
                    return
                writer.write(answer)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            for one in (writer, behind):
                if one is not None:
                    with suppress(OSError):
                        one.transport.abort()

    def draw(self) -> str | None:
        if self.chance.random() >= self.cut_chance:
            return None
        cut = self.chance.choice(self.cuts)
        with self.log.open("a") as log:
            log.write(cut + "\n")
        return cut


async def message(reader: asyncio.StreamReader) -> bytes:
    """One whole HTTP message with its body; b"" at the end of the line."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""
    length = 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return head + await reader.readexactly(length)


async def run(port: int, proxy: Proxy) -> None:
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    die_with_parent()
    own_port, target, seed, cut_chance, log, *cuts = sys.argv[1:]
    made = Proxy(int(target), int(seed), float(cut_chance), Path(log), *cuts)
    asyncio.run(run(int(own_port), made))
