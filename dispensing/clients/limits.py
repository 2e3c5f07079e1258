"""How much a machine client may ask: calls a minute by a bucket, and so many at once by its kind.

Both live in one worker. The bucket's rate is the setting divided by the workers, so that all of
them together keep to it.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from dispensing.errors import TooManyRequests

# A queue is for bursts: who waits longer is told to come back.
LONGEST_WAIT_S = 2.0
# Buckets that have run full again are forgotten when there are so many.
MOST_BUCKETS = 10_000


class SlowDown(TooManyRequests):
    """Too many calls; ``after_s`` is when to try again, in whole seconds."""

    slug = "too-many-calls"

    def __init__(self, detail: str, after_s: int, slug: str | None = None) -> None:
        super().__init__(detail, slug=slug)
        self.after_s = after_s


@dataclass(slots=True)
class Buckets:
    """A token bucket for each name: ``burst`` at once, then ``per_minute``."""

    per_minute: float
    burst: int
    _left: dict[str, tuple[float, float]] = field(default_factory=dict[str, tuple[float, float]])

    def take(self, name: str, now_s: float) -> None:
        """One call of ``name`` at a moment of a clock that never goes back. Raises SlowDown."""
        per_s = self.per_minute / 60
        left, at = self._left.get(name, (float(self.burst), now_s))
        left = min(float(self.burst), left + (now_s - at) * per_s)
        if left < 1:
            self._left[name] = (left, now_s)
            after = max(1, math.ceil((1 - left) / per_s))
            raise SlowDown("too many calls; wait a moment", after)
        if len(self._left) >= MOST_BUCKETS:
            self._forget(now_s, per_s)
        self._left[name] = (left - 1, now_s)

    def _forget(self, now_s: float, per_s: float) -> None:
        self._left = {
            name: (left, at)
            for name, (left, at) in self._left.items()
            if left + (now_s - at) * per_s < self.burst
        }


@dataclass(slots=True)
class Turns:
    """So many calls at work at once and so many waiting; the next is told to come back."""

    at_once: int
    waiting: int
    _free: asyncio.Semaphore = field(init=False)
    _queued: int = 0

    def __post_init__(self) -> None:
        self._free = asyncio.Semaphore(self.at_once)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """One call's turn. Raises SlowDown (``too-many-clients``): the queue is full or slow."""
        if self._free.locked() and self._queued >= self.waiting:
            raise SlowDown("too many machines ask at once", 1, "too-many-clients")
        self._queued += 1
        try:
            async with asyncio.timeout(LONGEST_WAIT_S):
                await self._free.acquire()
        except TimeoutError:
            raise SlowDown("too many machines ask at once", 1, "too-many-clients") from None
        finally:
            self._queued -= 1
        try:
            yield
        finally:
            self._free.release()


@dataclass(slots=True)
class Limits:
    """The limits of one worker. ``make_turns`` makes those of a kind of client, once."""

    calls: Buckets
    tokens: Buckets
    lookups: Turns
    make_turns: Callable[[], Turns]
    _turns: dict[str, Turns] = field(default_factory=dict[str, Turns])

    def turns_of(self, kind: str) -> Turns:
        """The turns that all clients of a kind share, apart from other kinds and from people."""
        return self._turns.setdefault(kind, self.make_turns())


def limits_of(per_minute: int, at_once: int, waiting: int, workers: int) -> Limits:
    """The limits of one of so many workers."""
    share = max(1.0, per_minute / workers)
    return Limits(
        Buckets(share, max(10, round(share / 10))),
        # By the sender's address. A token is good for minutes, and a house may have many clients.
        Buckets(120, 60),
        Turns(2, max(64, waiting)),
        lambda: Turns(at_once, waiting),
    )
