"""Suspected diversion as JSON, for doctors."""

from datetime import date, datetime

from fastapi import APIRouter, Request, Response, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel

from dispensing.counter import api_answers
from dispensing.counter.api import IdInPath, answered, wiring_of
from dispensing.counter.api_answers import REFUSED
from dispensing.counter.api_models import Day
from dispensing.people.act_steps import STEP
from dispensing.people.sessions import load_actor
from dispensing.problem_answers import DOCUMENTED
from dispensing.treatment.deciding import treated
from dispensing.treatment.diversion import recording
from dispensing.treatment.diversion.recording import Source, Step
from dispensing.web.json_api import Key, Strict, Text, bearer, json_answer

router = APIRouter(
    prefix="/api/v1",
    tags=["diversion"],
    dependencies=[Security(HTTPBearer(auto_error=False, description="Token of POST /sessions"))],
)


class ToldModel(Strict):
    """A step of the case; a decision without a day lifts the measure in force."""

    step: Step
    told: Text
    happened_on: Day | None = None
    source: Source | None = None
    supervised_until_on: Day | None = None


class RecordedModel(BaseModel):
    step: Step
    source: Source | None
    happened_on: date
    told: str
    supervised_until_on: date | None
    recorded_at: datetime
    recorded_by: str


class CaseModel(BaseModel):
    steps: list[RecordedModel]


@router.get("/people/{person_id}/diversion", response_model=CaseModel, responses=DOCUMENTED)
async def get_case(person_id: IdInPath, request: Request) -> Response:
    """The case, newest step first."""
    wiring = wiring_of(request)
    async with wiring.pool.connection() as connection:
        # Before anything is looked up: who may not read it learns nothing about who has a case.
        (await load_actor(connection, bearer(request), wiring.limits)).must_be("doctor")
        seen = await treated(wiring, connection, bearer(request), person_id, "diversion")
        steps = await recording.load_steps(connection, seen)
        await connection.commit()
    return json_answer({"steps": steps})


@router.post(
    "/people/{person_id}/diversion",
    response_model=api_answers.Outcome,
    status_code=201,
    responses=REFUSED,
    dependencies=[STEP],
)
async def post_step(person_id: IdInPath, body: ToldModel, request: Request, key: Key) -> Response:
    """Write down a step; a decision's measure holds at the next check."""
    asked = recording.Told(**body.model_dump())
    return answered(
        await recording.record(wiring_of(request), bearer(request), person_id, asked, key)
    )
