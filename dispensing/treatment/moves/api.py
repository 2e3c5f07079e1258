"""Moves as JSON: away and back, the letter, the treatment offered to another unit."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response, Security
from fastapi.security import HTTPBearer
from pydantic import AwareDatetime, BaseModel, Field

from dispensing.counter import api_answers
from dispensing.counter.api import IdInPath, answered, wiring_of
from dispensing.counter.api_answers import REFUSED
from dispensing.counter.api_models import AmountMg, Day
from dispensing.counter.away import Place
from dispensing.people.act_steps import STEP
from dispensing.problem_answers import DOCUMENTED
from dispensing.treatment.deciding import treated
from dispensing.treatment.moves import going, returning
from dispensing.treatment.moves.returning import Coverage
from dispensing.treatment.moves.store import load_moves
from dispensing.web.json_api import Flag, Key, Strict, Text, Word, bearer, json_answer

router = APIRouter(
    prefix="/api/v1",
    tags=["moves"],
    dependencies=[Security(HTTPBearer(auto_error=False, description="Token of POST /sessions"))],
)


class AwayModel(Strict):
    """Where somebody is; what nobody said is left out."""

    place: Place
    name: Text
    told_by: Text
    since_at: AwareDatetime
    phone: Text | None = None
    expected_on: Day | None = None
    gives: Annotated[Flag | None, Field(description="Whether the place gives the dose")] = None
    note: Text | None = None


class BackModel(Strict):
    """What the place told. A dose or a moment that is left out is not known, never none."""

    told_by: Text
    coverage: Coverage
    from_on: Day | None = None
    until_on: Day | None = None
    product_code: Word | None = None
    daily_mg: AmountMg | None = None
    last_at: AwareDatetime | None = None
    rest_known: Flag = False
    dose_note: Text | None = None


class ReturnedModel(BaseModel):
    coverage: Coverage
    from_on: date | None
    until_on: date | None
    product: str | None
    daily_ug: int | None
    last_at: datetime | None
    rest_known: bool
    unknown_through: date | None
    told_by: str
    dose_note: str | None
    recorded_at: datetime
    by: str


class StayModel(BaseModel):
    """A stay; it lasts while ``back`` is null."""

    away_id: int
    place: Place
    name: str
    phone: str | None
    told_by: str
    since_at: datetime
    expected_on: date | None
    gives: bool | None
    note: str | None
    home_doses: int
    recorded_at: datetime
    by: str
    back: ReturnedModel | None


class MovesModel(BaseModel):
    """Newest first. ``holder`` is the unit with the right, when nobody is ``away``."""

    away: bool
    holder: str
    stays: list[StayModel]
    offers: list[dict[str, Any]]
    letters: list[dict[str, Any]]
    indkald: list[date]


@router.get("/people/{person_id}/moves", response_model=MovesModel, responses=DOCUMENTED)
async def get_moves(person_id: IdInPath, request: Request) -> Response:
    """Where a person is and was, what is offered, and the letters."""
    wiring = wiring_of(request)
    async with wiring.pool.connection() as connection:
        seen = await treated(wiring, connection, bearer(request), person_id, "moves")
        moves = await load_moves(connection, seen)
        await connection.commit()
    return json_answer(
        {
            "away": moves.now is not None,
            "holder": moves.holder,
            "stays": moves.stays,
            "offers": moves.offers,
            "letters": moves.letters,
            "indkald": moves.indkald,
        }
    )


@router.post(
    "/people/{person_id}/moves",
    status_code=201,
    response_model=api_answers.Outcome,
    responses=REFUSED,
    dependencies=[STEP],
)
async def post_move(person_id: IdInPath, body: AwayModel, request: Request, key: Key) -> Response:
    """Somebody is away: no unit hands out until the return is recorded."""
    asked = going.Going(**body.model_dump())
    return answered(await going.go_away(wiring_of(request), bearer(request), person_id, asked, key))


@router.post(
    "/people/{person_id}/moves/returns",
    status_code=201,
    response_model=api_answers.Outcome,
    responses=REFUSED,
    dependencies=[STEP],
)
async def post_return(person_id: IdInPath, body: BackModel, request: Request, key: Key) -> Response:
    """Somebody is back, with what was had there."""
    told = body.model_dump()
    asked = returning.Back(daily_ug=told.pop("daily_mg"), **told)
    return answered(
        await returning.come_back(wiring_of(request), bearer(request), person_id, asked, key)
    )
