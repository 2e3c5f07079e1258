"""Arrangements as JSON."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field

from dispensing.counter import api_answers
from dispensing.counter.api import IdInPath, answered, wiring_of
from dispensing.counter.api_answers import REFUSED
from dispensing.counter.api_models import Day
from dispensing.people.act_steps import STEP
from dispensing.problem_answers import DOCUMENTED
from dispensing.treatment.arrangements import deciding
from dispensing.treatment.arrangements.preconditions import Kind, Precondition
from dispensing.treatment.arrangements.store import load_history
from dispensing.treatment.deciding import treated
from dispensing.web.json_api import Id, Key, Strict, Text, Word, bearer, json_answer

router = APIRouter(
    prefix="/api/v1",
    tags=["arrangements"],
    dependencies=[Security(HTTPBearer(auto_error=False, description="Token of POST /sessions"))],
)
Weekdays = Annotated[
    list[Annotated[int, Field(ge=1, le=7, strict=True)]],
    Field(max_length=7, description="ISO numbers, Monday 1"),
]


class ArrangingModel(Strict):
    """How the medicine is taken from a day on (today where absent), and what was asked about."""

    kind: Kind
    reason: Text
    valid_from: Day | None = None
    supervised_weekdays: Weekdays = Field(default_factory=lambda: list(deciding.WEEK))
    pickup_weekdays: Weekdays = Field(default_factory=list)
    take_home_days: Annotated[int, Field(ge=0, le=366, strict=True)] = 0
    pharmacy_unit_id: Id | None = None
    ticked: Annotated[list[Precondition], Field(default_factory=list, max_length=10)]
    pharmacy_weekdays: Annotated[
        Weekdays,
        Field(default_factory=lambda: list(deciding.WEEK), description="Days at the pharmacy"),
    ]
    pharmacy_until: Annotated[
        Day | None, Field(description="The last day there; else as long as the order reaches")
    ] = None


class ReasonModel(Strict):
    """Why."""

    reason: Text


class ExceptingModel(Strict):
    """A longer supply for some days; for a journey with its country and certificate."""

    days: Annotated[int, Field(ge=1, le=366, strict=True)]
    from_on: Day
    until_on: Day
    reason: Text
    country: Word | None = None
    certificate: Word | None = None
    certificate_on: Day | None = None


class DecidedModel(BaseModel):
    """One version, with what of the preconditions was missing."""

    version: int
    valid_from: date
    decided_at: datetime
    decided_by: str
    kind: str | None
    reason: str | None
    missing: list[str]
    pharmacy_unit_id: int | None
    arrangement: dict[str, Any]
    country: str | None
    certificate: str | None
    certificate_on: date | None


class ArrangementsModel(BaseModel):
    decided: Annotated[list[DecidedModel], Field(description="Newest first")]


@router.get(
    "/people/{person_id}/arrangements", response_model=ArrangementsModel, responses=DOCUMENTED
)
async def get_arrangements(person_id: IdInPath, request: Request) -> Response:
    """What was decided, newest first."""
    wiring = wiring_of(request)
    async with wiring.pool.connection() as connection:
        await treated(
            wiring, connection, bearer(request), person_id, "arrangement", for_guests=True
        )
        history = await load_history(connection, person_id)
        await connection.commit()
    return json_answer({"decided": history.decided})


@router.post(
    "/people/{person_id}/arrangements",
    response_model=api_answers.Outcome,
    status_code=201,
    responses=REFUSED,
    dependencies=[STEP],
)
async def post_arrangement(
    person_id: IdInPath, body: ArrangingModel, request: Request, key: Key
) -> Response:
    """Decide how the medicine is taken; the counter knows it at the next check."""
    asked = deciding.Arranging(
        body.kind,
        body.reason,
        body.valid_from,
        frozenset(body.supervised_weekdays),
        frozenset(body.pickup_weekdays),
        body.take_home_days,
        body.pharmacy_unit_id,
        frozenset(body.ticked),
        frozenset(body.pharmacy_weekdays),
        body.pharmacy_until,
    )
    return answered(
        await deciding.arrange(wiring_of(request), bearer(request), person_id, asked, key)
    )


@router.post(
    "/people/{person_id}/arrangements/supervised",
    response_model=api_answers.Outcome,
    status_code=201,
    responses=REFUSED,
    dependencies=[STEP],
)
async def post_step_back(
    person_id: IdInPath, body: ReasonModel, request: Request, key: Key
) -> Response:
    """Everything is taken here from today on."""
    wiring, token = wiring_of(request), bearer(request)
    return answered(await deciding.step_back(wiring, token, person_id, body.reason, key))


@router.post(
    "/people/{person_id}/arrangements/exceptions",
    response_model=api_answers.Outcome,
    status_code=201,
    responses=REFUSED,
    dependencies=[STEP],
)
async def post_exception(
    person_id: IdInPath, body: ExceptingModel, request: Request, key: Key
) -> Response:
    """A longer supply for some days."""
    asked = deciding.Excepting(**body.model_dump())
    return answered(
        await deciding.make_exception(wiring_of(request), bearer(request), person_id, asked, key)
    )
