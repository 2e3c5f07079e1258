"""The unit's calendar as JSON: the year, and deciding which days it is closed."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field

from dispensing.counter.api_models import Day
from dispensing.errors import Unprocessable
from dispensing.people.act_steps import STEP
from dispensing.people.sessions import load_actor
from dispensing.problem_answers import DOCUMENTED, Problem, documented
from dispensing.unit_acts import UnitAnswer
from dispensing.units.calendar import LONGEST_NAME, MOST_DAYS, DaysAsked, decide_days, load_calendar
from dispensing.web import formats
from dispensing.web.json_api import Key, Strict, Text, Word, bearer, json_answer
from dispensing.web.routes import wiring_of

router = APIRouter(
    prefix="/api/v1",
    tags=["calendar"],
    dependencies=[Security(HTTPBearer(auto_error=False, description="Token of POST /sessions"))],
)
ACTS: dict[int | str, dict[str, Any]] = DOCUMENTED | {
    409: documented(Problem, "Not now: the problem type says why; nothing changed"),
}


class ReceiptModel(BaseModel):
    """Where the act stands in the ledger."""

    chain: int
    seq: int
    hash: str


class ClosedDayModel(Strict):
    """A closed day and its name."""

    day: Day
    name: Word


class DaysModel(Strict):
    """Days to close and to open again. ``reason`` is needed where today is one of them."""

    closed: list[ClosedDayModel] = Field(default_factory=list, max_length=MOST_DAYS)
    opened: list[Day] = Field(default_factory=list, max_length=MOST_DAYS)
    reason: Text | None = None

    def asked(self) -> DaysAsked:
        """Raises Unprocessable for a day that is named twice."""
        closed = {one.day: one.name.strip() for one in self.closed}
        if len(closed) != len(self.closed):
            raise Unprocessable("a day is named once", field="closed")
        return DaysAsked(closed, tuple(self.opened), self.reason)


class DecidedModel(BaseModel):
    """What changed of what was asked."""

    closed: list[date]
    opened: list[date]
    receipt: ReceiptModel


class ShownDayModel(BaseModel):
    """A day and its name."""

    day: date
    name: Annotated[str, Field(max_length=LONGEST_NAME)]


class CalendarModel(BaseModel):
    """A unit's year; ``proposed`` are public holidays and the usual further days, not decided."""

    year: int
    opens: str
    closes: str
    closed: list[ShownDayModel]
    proposed: list[ShownDayModel]


def done(answer: UnitAnswer) -> Response:
    """The answer of an act with its receipt."""
    receipt = {
        "chain": answer.receipt.chain,
        "seq": answer.receipt.seq,
        "hash": answer.receipt.hash,
    }
    return json_answer({**answer.body, "receipt": receipt}, answer.status)


@router.get("/calendar", response_model=CalendarModel, responses=DOCUMENTED)
async def get_calendar(
    request: Request, year: Annotated[int | None, Query(ge=1900, le=9999)] = None
) -> Response:
    """The year of the session's unit (this year where none is named)."""
    wiring = wiring_of(request)
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, bearer(request), wiring.limits)
        await connection.commit()
    today = formats.local_day(actor.now, actor.zone)
    return json_answer(await load_calendar(wiring, actor, year or today.year, today))


@router.post("/calendar/days", response_model=DecidedModel, responses=ACTS, dependencies=[STEP])
async def post_days(body: DaysModel, request: Request, key: Key) -> Response:
    """Close coming days, or open them again; by an administrator or doctor of the unit."""
    return done(await decide_days(wiring_of(request), bearer(request), body.asked(), key))
