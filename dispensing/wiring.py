"""What every use case is handed by the composition root: pool, session limits, books, chance."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from secrets import token_bytes
from typing import Any

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from audit.ledger.entry import KEY_BYTES, Entry, Sealed, seal
from dispensing.number_keys import NumberKeys
from dispensing.people.sessions import Actor, SessionLimits
from dispensing.people.steps import Identified
from dosing_rules import RuleBook


@dataclass(slots=True)
class ShownLately:
    """Whom a viewer's lists have shown today, as far as this process recorded it.

    Another process, or this one started anew, records them again: a list is told of once too often
    rather than not at all.
    """

    _of: dict[tuple[int, str], tuple[date, set[int]]] = field(default_factory=dict)

    def new(self, actor: Actor, page: str, people: Iterable[int]) -> list[int]:
        """Those of ``people`` whose look is not recorded yet, in order."""
        day, known = self._of.get((actor.staff_id, page), (date.min, set()))
        return sorted(set(people) - (known if day == actor.now.date() else set()))

    def learn(self, actor: Actor, page: str, people: Iterable[int]) -> None:
        """Their looks are committed."""
        today = actor.now.date()
        day, known = self._of.get((actor.staff_id, page), (date.min, set()))
        self._of[actor.staff_id, page] = (today, (known if day == today else set()) | set(people))


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
    shown_lately: ShownLately = field(default_factory=ShownLately)
    # Whom the step of this very request showed; None where none was asked for.
    identified: Identified | None = None

    def of(self, shown: Identified) -> "Wiring":
        """The same for one request, in which a step showed who acts."""
        return replace(self, identified=shown)

    def seal(self, entry: Entry) -> Sealed:
        """The entry in its sealed form, committed to under a fresh key.

        What the person of the step does is told with how they were identified.
        """
        shown = self.identified
        if shown is not None and entry.actor_id == shown.staff_id:
            entry = replace(entry, facts={**(entry.facts or {}), "identified_by": shown.by})
        return seal(entry, self.draw_bytes(KEY_BYTES))
