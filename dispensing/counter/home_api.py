"""Doses carried home as JSON: what should be in hand, brought back, lost, counted."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field

from dispensing.counter import api_answers, home_doses
from dispensing.counter.api import IdInPath, answered, wiring_of
from dispensing.counter.api_answers import REFUSED
from dispensing.counter.api_models import Day
from dispensing.counter.loading import load_desk
from dispensing.looks import record_look
from dispensing.problem_answers import DOCUMENTED
from dispensing.web.json_api import Flag, Key, Strict, Text, bearer, json_answer

router = APIRouter(
    prefix="/api/v1",
    tags=["doses at home"],
    dependencies=[Security(HTTPBearer(auto_error=False, description="Token of POST /sessions"))],
)
PartNumber = Annotated[int, Field(ge=1, le=99, strict=True)]


class ReturnModel(Strict):
    """A dose brought back. Opened, it needs a note and frees nothing."""

    for_on: Day
    part: PartNumber = 1
    unopened: Flag
    note: Text | None = None


class LossModel(Strict):
    """A dose reported lost. ``verified``: a police report or the broken bottle was seen."""

    for_on: Day
    part: PartNumber = 1
    how: Literal["lost", "stolen", "spilt"]
    verified: Flag
    note: Text


class CountModel(Strict):
    """How many doses the person showed; a note where it is another number than expected."""

    counted: Annotated[int, Field(ge=0, le=home_doses.MOST_COUNTED, strict=True)]
    note: Text | None = None


class HomeDoseModel(BaseModel):
    """A dose carried home, for today or later."""

    reservation_id: int
    for_on: date
    part: int
    amount_ug: int
    handed_on: date
    lost: str | None
    opened: bool


class HomeModel(BaseModel):
    """What the person should be able to show today; today's dose may be swallowed already."""

    doses: list[HomeDoseModel]
    expected_least: int
    expected_most: int


@router.get("/people/{person_id}/home-doses", response_model=HomeModel, responses=DOCUMENTED)
async def get_home_doses(person_id: IdInPath, request: Request) -> Response:
    """The doses the person carried home for today and later, with what was told of them."""
    wiring = wiring_of(request)
    async with wiring.pool.connection() as connection:
        actor, desk, _ = await load_desk(
            connection, bearer(request), wiring.limits, person_id=person_id, lock=False
        )
        await record_look(wiring, connection, actor, person_id, "home-doses")
        await connection.commit()
    doses = await home_doses.load_home_doses(wiring, person_id)
    expected = home_doses.expected_in_hand(doses, desk.on)
    return json_answer(
        {
            "doses": doses,
            "expected_least": expected.least,
            "expected_most": expected.most,
        }
    )


@router.post(
    "/people/{person_id}/home-doses/returns",
    response_model=api_answers.Outcome,
    responses=REFUSED,
)
async def post_return(
    person_id: IdInPath, body: ReturnModel, request: Request, key: Key
) -> Response:
    """A dose carried home is brought back; it goes to the waste, never into a bottle."""
    return answered(
        await home_doses.take_back(
            wiring_of(request),
            bearer(request),
            person_id,
            body.for_on,
            body.part,
            body.unopened,
            body.note,
            key,
        )
    )


@router.post(
    "/people/{person_id}/home-doses/losses",
    response_model=api_answers.Outcome,
    responses=REFUSED,
)
async def post_loss(person_id: IdInPath, body: LossModel, request: Request, key: Key) -> Response:
    """A dose is reported lost, stolen or spilt; its day stays taken and the doctors are told."""
    return answered(
        await home_doses.report_loss(
            wiring_of(request),
            bearer(request),
            person_id,
            body.for_on,
            body.part,
            body.how,
            body.verified,
            body.note,
            key,
        )
    )


@router.post(
    "/people/{person_id}/home-doses/counts",
    response_model=api_answers.Outcome,
    responses=REFUSED,
)
async def post_count(person_id: IdInPath, body: CountModel, request: Request, key: Key) -> Response:
    """The doses a person who was called in showed; a difference goes to the doctor."""
    return answered(
        await home_doses.count_back(
            wiring_of(request), bearer(request), person_id, body.counted, body.note, key
        )
    )
