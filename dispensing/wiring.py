"""What every use case is handed by the composition root: pool, session limits, books, chance."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from secrets import token_bytes
from typing import Any

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from audit.ledger.entry import KEY_BYTES, Entry, Sealed, seal
from dispensing.number_keys import NumberKeys
from dispensing.people.sessions import SessionLimits
from dosing_rules import RuleBook


@dataclass(frozen=True, slots=True)
class Wiring:
    """Made once per process by ``app.py`` (and by tests).

    ``draw_bytes(n)`` draws n unpredictable bytes: ledger keys and session tokens. ``book`` answers
    a rule book by id and raises KeyError for one that is not installed. A reservation older than
    ``uncertain_after`` shows as uncertain everywhere; it is never released by that. ``secret``
    is the service's own key: PINs and staff cards are kept under it.
    """

    pool: AsyncConnectionPool[AsyncConnection[Any]]
    limits: SessionLimits
    book: Callable[[str], RuleBook]
    draw_bytes: Callable[[int], bytes]
    uncertain_after: timedelta = timedelta(minutes=15)
    # None, or files that are missing: no number is looked up or shown; cards and names still work.
    numbers: NumberKeys | None = None
    secret: bytes = field(default_factory=partial(token_bytes, 32), repr=False)

    def seal(self, entry: Entry) -> Sealed:
        """The entry in its sealed form, committed to under a fresh key."""
        return seal(entry, self.draw_bytes(KEY_BYTES))
