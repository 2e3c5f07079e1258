"""One person's indkald as it is read: periods with all that was written, wish, proposal."""

from dataclasses import dataclass
from datetime import date, time
from typing import Any

from psycopg import AsyncConnection

from dispensing.errors import Conflict, NotFound
from dispensing.labels.dosage_text import Language
from dispensing.labels.fitting import DoesNotFit
from dispensing.treatment.deciding import Treated, treated
from dispensing.treatment.indkald import store
from dispensing.treatment.indkald.invitation import Invitation, invitation_pdf, text_message
from dispensing.treatment.indkald.proposal import Wish
from dispensing.treatment.indkald.store import Period
from dispensing.treatment.indkald.year import Person, year_of
from dispensing.wiring import Wiring

PHONE = """
SELECT u.phone FROM person p JOIN unit u USING (unit_id) WHERE p.person_id = %(person_id)s
"""


@dataclass(frozen=True, slots=True)
class PersonsIndkald:
    """A person's periods, the newest first; the wish; and the year's proposal for them, if any."""

    seen: Treated
    periods: tuple[Period, ...]
    wish: Wish
    note: str | None
    planned: Person | None
    phone: str | None

    @property
    def open_period(self) -> Period | None:
        """The one that is agreed on or runs."""
        return next((one for one in self.periods if one.open), None)

    def invitation(self, period: Period) -> Invitation | None:
        """What is said of the days to come; None without an agreed hour or a day to come."""
        days = tuple(day for day in period.days if day >= self.seen.desk.on)
        if not period.open or period.come_at is None or not days:
            return None
        return Invitation(days, period.come_at, period.observation_minutes, self.phone)

    def message(self, period: Period, language: Language) -> str:
        """The text of a message; empty where nothing is to be said."""
        said = self.invitation(period)
        return text_message(said, language) if said is not None else ""


async def load_person(
    wiring: Wiring, token: str, person_id: int, *, page: str = "indkald", plan: bool = True
) -> PersonsIndkald:
    """The person's indkald, the look recorded. ``plan``: also what the unit's year proposes.

    Raises NotFound for whoever does not come here.
    """
    async with wiring.pool.connection() as connection:
        seen = await treated(wiring, connection, token, person_id, page)
        periods = await store.load_periods(connection, person_id)
        found = await (await connection.execute(store.WISH, {"person_id": person_id})).fetchone()
        phone = await (await connection.execute(PHONE, {"person_id": person_id})).fetchone()
        planned = None
        if plan and seen.desk.enrolled_unit_id == seen.actor.unit_id:
            planned = await _planned(wiring, connection, seen, person_id)
        await connection.commit()
    _, said, note = store.wish_from(found)
    return PersonsIndkald(seen, periods, said, note, planned, phone[0] if phone else None)


async def _planned(
    wiring: Wiring, connection: AsyncConnection[Any], seen: Treated, person_id: int
) -> Person | None:
    year = await year_of(wiring, connection, seen.actor)
    return next((one for one in year.due if one.row.person_id == person_id), None)


async def invitation_for(
    wiring: Wiring, token: str, person_id: int, indkald_id: int, language: Language
) -> bytes:
    """The invitation as PDF; the look is recorded.

    Raises NotFound for a period that is none of the person's, Conflict (``indkald-over``) where no
    day with an hour is to come.
    """
    shown = await load_person(wiring, token, person_id, page="indkald-invitation", plan=False)
    period = next((one for one in shown.periods if one.indkald_id == indkald_id), None)
    if period is None:
        raise NotFound("no such period of this person")
    said = shown.invitation(period)
    if said is None:
        raise Conflict("no day with an hour is to come", slug="indkald-over")
    try:
        return invitation_pdf(said, language)
    except DoesNotFit as error:
        raise Conflict(str(error), slug="slip-does-not-fit") from error


def days_and_hour(one: Person) -> tuple[date, time] | None:
    """The first day and the hour proposed; None where nothing is."""
    return None if one.proposed is None else (one.proposed.days[0], one.proposed.at)
