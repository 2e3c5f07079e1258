"""Who may fetch take-home doses for a person, as JSON."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Request, Response, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field

from dispensing.counter import api_answers, collectors
from dispensing.counter.api import IdInPath, answered, wiring_of
from dispensing.counter.api_answers import REFUSED
from dispensing.counter.api_models import Day
from dispensing.counter.loading import load_desk
from dispensing.looks import record_look
from dispensing.people.act_steps import STEP
from dispensing.problem_answers import DOCUMENTED
from dispensing.web.json_api import Key, Strict, Text, Word, bearer, json_answer

router = APIRouter(
    prefix="/api/v1",
    tags=["collectors"],
    dependencies=[Security(HTTPBearer(auto_error=False, description="Token of POST /sessions"))],
)


class AuthorisingModel(Strict):
    """A doctor's decision: who may fetch, in what relation to the person, when, and why."""

    name: Word
    relation: Word
    from_on: Day
    until_on: Day
    reason: Text


class WithdrawingModel(Strict):
    """Why somebody may not fetch any longer."""

    reason: Text


class CollectorModel(BaseModel):
    """Somebody who may fetch, now or later."""

    collector_id: int
    name: str
    relation: str
    from_on: date
    until_on: date


class CollectorsModel(BaseModel):
    collectors: Annotated[list[CollectorModel], Field(description="In force now or later")]


@router.get("/people/{person_id}/collectors", response_model=CollectorsModel, responses=DOCUMENTED)
async def get_collectors(person_id: IdInPath, request: Request) -> Response:
    """Who may fetch the person's take-home doses, now or later."""
    wiring = wiring_of(request)
    async with wiring.pool.connection() as connection:
        actor, _, _ = await load_desk(
            connection, bearer(request), wiring.limits, person_id=person_id, lock=False
        )
        actor.must_be("nurse", "doctor")
        await record_look(wiring, connection, actor, person_id, "collectors")
        await connection.commit()
    return json_answer(
        {"collectors": await collectors.load_collectors(wiring, actor.unit_id, person_id)}
    )


@router.post(
    "/people/{person_id}/collectors",
    response_model=api_answers.Outcome,
    responses=REFUSED,
    dependencies=[STEP],
)
async def post_collector(
    person_id: IdInPath, body: AuthorisingModel, request: Request, key: Key
) -> Response:
    """A doctor lets somebody fetch the person's take-home doses."""
    asked = collectors.Authorising(
        body.name, body.relation, body.from_on, body.until_on, body.reason
    )
    return answered(
        await collectors.authorise(wiring_of(request), bearer(request), person_id, asked, key)
    )


@router.post(
    "/people/{person_id}/collectors/{collector_id}/withdrawn",
    response_model=api_answers.Outcome,
    responses=REFUSED,
    dependencies=[STEP],
)
async def post_withdrawn(
    person_id: IdInPath,
    collector_id: IdInPath,
    body: WithdrawingModel,
    request: Request,
    key: Key,
) -> Response:
    """A doctor takes the permission back; it holds at once."""
    return answered(
        await collectors.withdraw(
            wiring_of(request), bearer(request), person_id, collector_id, body.reason, key
        )
    )
