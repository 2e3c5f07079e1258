"""The road of a decision about one person's treatment: the counter's, with its lock and ledger.

A decision is signed by whoever is signed in, holds from now on, and is an entry; so is a no. Only
the unit that treats the person decides, also where another hands out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import msgspec
from psycopg import AsyncConnection

from audit.ledger.entry import Entry
from dispensing.acts import Act
from dispensing.counter.act import act
from dispensing.counter.loading import Desk, load_desk
from dispensing.counter.outcome import Outcome, Statement, Writing
from dispensing.counter.page_store import Name, name_of
from dispensing.counter.reserve import acting
from dispensing.errors import Conflict, NotFound, Unprocessable, has_cpr
from dispensing.looks import record_look
from dispensing.once_per_key import request_hash
from dispensing.people.sessions import Actor
from dispensing.wiring import Wiring

READERS = ("nurse", "doctor")
DOCTOR = ("doctor",)
SHORTEST_TEXT, LONGEST_TEXT = 3, 500
# A year typed with a digit too many is no day that anybody decides about.
FARTHEST_AHEAD = timedelta(days=3660)


@dataclass(frozen=True, slots=True)
class Deciding:
    """Who decides about whom: facts under the person's lock, and the row ``also`` found."""

    actor: Actor
    desk: Desk
    found: Sequence[Any] | None

    def act(self, further: int = 0) -> Act:
        """The act, as entries are built from it; ``further`` counts its entries before this one."""
        return acting(self.actor, self.desk, further=further)

    @property
    def signed(self) -> dict[str, Any]:
        """Parameters every record has: the person, the unit, who, and when."""
        return {
            "person_id": self.desk.person_id,
            "unit_id": self.actor.unit_id,
            "staff_id": self.actor.staff_id,
            "at": self.desk.at,
        }


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision writes, in this order: statements, then entries (one at least)."""

    statements: tuple[Statement, ...]
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Treated:
    """A person as a page of the treatment shows them."""

    actor: Actor
    desk: Desk
    who: Name

    @property
    def is_guest(self) -> bool:
        """Whether the person is only a guest of the reader's unit."""
        return is_guest(self.actor, self.desk)


Build = Callable[[Deciding], Decided | Writing]


async def decide(
    wiring: Wiring,
    token: str,
    person_id: int,
    key: str,
    verb: str,
    asked: object,
    build: Build,
    *,
    roles: Sequence[str] = DOCTOR,
    also: Statement | None = None,
    after_course: bool = False,
) -> Outcome:
    """Decide once per ``key``; ``verb`` and ``asked`` (msgspec can encode it) make the request.

    ``build`` raises a domain error where it cannot be decided, and returns a ``Writing`` where it
    answers more than that it is recorded (a refusal by the rules). Raises Forbidden for another
    role, Conflict (``treated-elsewhere``) for a person another unit treats, (``course-ended``) for
    one whose course is over, unless ``after_course``; see ``counter.act``.
    """

    def writing(actor: Actor, desk: Desk, more: Sequence[Any]) -> Writing:
        actor.must_be(*roles)
        if desk.enrolled_unit_id != actor.unit_id:
            raise Conflict("the unit that treats the person decides", slug="treated-elsewhere")
        if desk.course_over and not after_course:
            raise Conflict("the course has ended; enrol the person again", slug="course-ended")
        decided = build(Deciding(actor, desk, more if also is not None else None))
        if isinstance(decided, Writing):
            return decided
        outcome = Outcome("decision_recorded", desk.person_id, desk.at)
        return Writing(outcome, decided.statements, decided.entries)

    request = request_hash(f"{verb} {person_id}", msgspec.json.encode(asked, order="deterministic"))
    return await act(wiring, token, key, request, writing, person_id=person_id, also=also)


async def treated(
    wiring: Wiring,
    connection: AsyncConnection[Any],
    token: str,
    person_id: int,
    page: str,
    *,
    for_guests: bool = False,
) -> Treated:
    """Load a person to show on ``page``; the look is recorded, the caller commits before showing.

    Raises as ``load_desk``: NotFound for whoever does not come here. So is a guest who is no
    matter of the unit beyond the doses it hands out, on all pages but those ``for_guests``.
    """
    actor, desk, _ = await load_desk(
        connection, token, wiring.limits, person_id=person_id, lock=False
    )
    actor.must_be(*READERS)
    if is_guest(actor, desk) and not for_guests:
        raise NotFound("no such person here")
    who = await name_of(connection, person_id)
    await record_look(wiring, connection, actor, person_id, page)
    return Treated(actor, desk, who)


def is_guest(actor: Actor, desk: Desk) -> bool:
    """Whether another unit treats the person, and holds the right but for single days (0020)."""
    return actor.unit_id not in (desk.enrolled_unit_id, desk.kept_holder)


def words(text: str | None, field: str, *, needed: bool = True) -> str | None:
    """A text somebody wrote, stripped; None when empty and not needed. Raises Unprocessable."""
    written = (text or "").strip()
    if not written and not needed:
        return None
    if not SHORTEST_TEXT <= len(written) <= LONGEST_TEXT:
        raise Unprocessable("say it in a few words", field=field)
    if has_cpr(written):
        raise Unprocessable("no CPR number in a text", field=field)
    return written


def not_before(day: date, first: date, field: str) -> date:
    """The day, unless it lies before ``first``: nothing holds backwards. Raises Unprocessable."""
    if day < first:
        raise Unprocessable("a decision holds from today on, never before", field=field)
    return within_reach(day, first, field)


def within_reach(day: date, today: date, field: str) -> date:
    """The day, unless it lies farther ahead than anything is decided. Raises Unprocessable."""
    if day > today + FARTHEST_AHEAD:
        raise Unprocessable("no decision reaches so far ahead", field=field)
    return day
