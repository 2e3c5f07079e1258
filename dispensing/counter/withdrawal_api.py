"""Withdrawal measured at the counter as JSON under /api/v1."""

from typing import Annotated

from fastapi import APIRouter, Request, Response, Security
from fastapi.security import HTTPBearer
from pydantic import Field

from dispensing.counter import api_answers
from dispensing.counter.api import IdInPath, answered, wiring_of
from dispensing.counter.api_answers import REFUSED
from dispensing.counter.withdrawal import measure
from dispensing.people.act_steps import STEP
from dispensing.web.json_api import Key, Strict, bearer
from dosing_rules.plausible import MOST_COWS

router = APIRouter(
    prefix="/api/v1",
    tags=["counter"],
    dependencies=[Security(HTTPBearer(auto_error=False, description="Token of POST /sessions"))],
)


class ReadingModel(Strict):
    """Points on the COWS scale, measured just now."""

    cows: Annotated[int, Field(ge=0, le=MOST_COWS, strict=True)]


@router.post(
    "/people/{person_id}/withdrawal-readings",
    status_code=201,
    response_model=api_answers.Outcome,
    responses=REFUSED,
    dependencies=[STEP],
)
async def post_reading(
    person_id: IdInPath, body: ReadingModel, request: Request, key: Key
) -> Response:
    """Record how much withdrawal was measured; the checks of the same clinic day read it."""
    token = bearer(request)
    return answered(await measure(wiring_of(request), token, person_id, body.cows, key))
