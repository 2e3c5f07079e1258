"""The doctor's morning as JSON, for doctors."""

from datetime import date, datetime

from fastapi import APIRouter, Request, Response, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field

from dispensing.counter.api import wiring_of
from dispensing.people.sessions import load_actor
from dispensing.problem_answers import DOCUMENTED
from dispensing.treatment.deciding import DOCTOR
from dispensing.treatment.morning.overview import load_morning
from dispensing.treatment.morning.waits import Grave, Kind, counted
from dispensing.web.json_api import bearer, json_answer

router = APIRouter(
    prefix="/api/v1",
    tags=["doctor's morning"],
    dependencies=[Security(HTTPBearer(auto_error=False, description="Token of POST /sessions"))],
)


class WaitsModel(BaseModel):
    """One thing that waits."""

    kind: Kind
    number: int = Field(
        description="Of the question, notice, reservation or conflict, else of the person"
    )
    person_id: int
    given_name: str
    family_name: str
    what: str = Field(description="The word for it within its kind")
    grave: Grave
    at: datetime | None = Field(description="Since this moment")
    on: date | None = Field(description="Since this day, or the day it ends")
    late: bool
    amount_ug: int | None
    days: list[date] = Field(description="Days of an indkald that were not held")
    behind_days: int
    night: bool
    atc: str


class MorningModel(BaseModel):
    """Everything that waits for a doctor of the unit, the most dangerous first."""

    as_of: datetime
    whole: bool = Field(
        description="False without a rule book: what ends and what is due is not among the rows"
    )
    counts: dict[Kind, int]
    rows: list[WaitsModel]


@router.get("/doctor/morning", response_model=MorningModel, responses=DOCUMENTED)
async def get_morning(request: Request) -> Response:
    """What waits for the doctors of the signed-in doctor's unit; counts are of these rows."""
    wiring = wiring_of(request)
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, bearer(request), wiring.limits)
        await connection.commit()
    actor.must_be(*DOCTOR)
    found = await load_morning(wiring, actor, request.app.state.due_lately)
    return json_answer(
        {
            "as_of": found.as_of,
            "whole": found.whole,
            "counts": counted(found.rows),
            "rows": found.rows,
        }
    )
