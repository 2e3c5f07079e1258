"""The observation board and the doctor's notices as JSON, beside ``counter/api.py``."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field

from dispensing.counter import api_answers
from dispensing.counter.api import IdInPath, answered, wiring_of
from dispensing.counter.api_answers import REFUSED
from dispensing.counter.api_models import Strict, Text
from dispensing.counter.board import load_board
from dispensing.counter.notices import open_notices, read_notice
from dispensing.counter.sedation import BREATHS_COUNTED, POSS_SCALE, check_sedation
from dispensing.looks import look_at_list
from dispensing.people.act_steps import STEP
from dispensing.people.sessions import HANDS_OUT, load_actor
from dispensing.problem_answers import DOCUMENTED
from dispensing.web.json_api import Key, bearer, json_answer

router = APIRouter(
    prefix="/api/v1",
    tags=["observation"],
    dependencies=[Security(HTTPBearer(auto_error=False, description="Token of POST /sessions"))],
)


class LookModel(Strict):
    """A look at a person under observation. ``poss``: 0 stands for S (asleep, easy to rouse)."""

    poss: Annotated[int, Field(ge=POSS_SCALE[0], le=POSS_SCALE[-1], strict=True)]
    breaths_per_minute: (
        Annotated[int, Field(ge=BREATHS_COUNTED[0], le=BREATHS_COUNTED[-1], strict=True)] | None
    ) = None
    note: Text | None = None


class ReadModel(Strict):
    """A doctor has read a notice, with a word in answer or none."""

    answer: Text | None = None


class ObservedModel(BaseModel):
    """One person under observation, as the board shows them."""

    reservation_id: int
    person_id: int
    given_name: str
    family_name: str
    born_on: date
    reason: str
    started_at: datetime
    due_at: datetime
    look_at: datetime = Field(description="When somebody must look next")
    looked_at: datetime | None
    poss: int | None
    breaths_per_minute: int | None
    state: Literal["held", "over", "look", "calm"]


class BoardModel(BaseModel):
    """Everyone under observation in the unit, the most urgent first."""

    observed: list[ObservedModel]


class NoticeModel(BaseModel):
    """Something a doctor of the unit has not read yet."""

    notice_id: int
    person_id: int
    kind: str
    facts: dict[str, Any]
    told_at: datetime
    told_by: str


class ReadAnswerModel(BaseModel):
    """Which notice was read."""

    notice_id: int


class NoticesModel(BaseModel):
    notices: list[NoticeModel]


@router.get("/observations", response_model=BoardModel, responses=DOCUMENTED)
async def get_board(request: Request) -> Response:
    """Who is under observation in the unit, and what each needs now."""
    wiring = wiring_of(request)
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, bearer(request), wiring.limits)
        actor.must_be(*HANDS_OUT)
        rows = await load_board(connection, actor.unit_id)
    await look_at_list(wiring, actor, "observation", [one.person_id for one in rows])
    names = ObservedModel.model_fields
    return json_answer({"observed": [{name: getattr(one, name) for name in names} for one in rows]})


@router.post(
    "/reservations/{reservation_id}/sedation-checks",
    response_model=api_answers.Outcome,
    responses=REFUSED,
    dependencies=[STEP],
)
async def post_look(
    reservation_id: IdInPath, body: LookModel, request: Request, key: Key
) -> Response:
    """Record a look; the answer carries what the rules say of the readings."""
    return answered(
        await check_sedation(
            wiring_of(request),
            bearer(request),
            reservation_id,
            body.poss,
            body.breaths_per_minute,
            body.note,
            key,
        )
    )


@router.get("/notices", response_model=NoticesModel, responses=DOCUMENTED)
async def get_notices(request: Request) -> Response:
    """What no doctor of the unit has read yet, the oldest first. For doctors."""
    wiring = wiring_of(request)
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, bearer(request), wiring.limits)
        await connection.commit()
    actor.must_be("doctor")
    found = await open_notices(wiring, actor.unit_id)
    await look_at_list(wiring, actor, "doctor-notices", [one.person_id for one in found])
    names = NoticeModel.model_fields
    return json_answer({"notices": [{name: getattr(one, name) for name in names} for one in found]})


@router.post(
    "/notices/{notice_id}/read",
    response_model=ReadAnswerModel,
    responses=REFUSED,
    dependencies=[STEP],
)
async def post_read(notice_id: IdInPath, body: ReadModel, request: Request, key: Key) -> Response:
    """A doctor has read a notice."""
    done = await read_notice(wiring_of(request), bearer(request), notice_id, body.answer, key)
    return json_answer(done.body)
