"""Moves as JSON: away and back, the letter, the treatment offered to another unit."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request, Response, Security
from fastapi.security import HTTPBearer
from pydantic import AwareDatetime, BaseModel, Field

from dispensing.counter import api_answers
from dispensing.counter.api import IdInPath, answered, wiring_of
from dispensing.counter.api_answers import REFUSED
from dispensing.counter.api_models import AmountMg, Day
from dispensing.counter.away import Place
from dispensing.people.act_steps import STEP
from dispensing.persons.api import WRITTEN
from dispensing.persons.api import answered as registered
from dispensing.problem_answers import DOCUMENTED
from dispensing.treatment.deciding import treated
from dispensing.treatment.moves import going, letters, offering, returning
from dispensing.treatment.moves.returning import Coverage
from dispensing.treatment.moves.store import load_moves
from dispensing.web.json_api import (
    LARGEST_ID,
    Flag,
    Id,
    Key,
    Strict,
    Text,
    Word,
    bearer,
    json_answer,
)

router = APIRouter(
    prefix="/api/v1",
    tags=["moves"],
    dependencies=[Security(HTTPBearer(auto_error=False, description="Token of POST /sessions"))],
)

PDF: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A4, one or two pages",
        "content": {
            "application/pdf": {"schema": {"type": "string", "format": "binary", "properties": {}}}
        },
    }
}
LetterId = Annotated[int, Path(ge=1, le=LARGEST_ID)]


def as_pdf(document: bytes) -> Response:
    """A print, which nothing on the way keeps."""
    headers = {
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": 'inline; filename="overdragelse.pdf"',
    }
    return Response(document, 200, headers, "application/pdf")


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
    had_from_on: Day | None = None
    had_until_on: Day | None = None
    product_code: Word | None = None
    daily_mg: AmountMg | None = None
    last_at: AwareDatetime | None = None
    rest_known: Flag = False
    dose_note: Text | None = None


class LetterModel(Strict):
    """To whom a letter goes."""

    to_name: Text
    to_phone: Text | None = None
    note: Text | None = None


class OfferModel(Strict):
    """The treatment offered to another unit, with a letter."""

    to_unit_id: Id
    reason: Text
    note: Text | None = None


class WithdrawalModel(Strict):
    reason: Text


class StruckOutModel(Strict):
    """A row of a printed list that was struck out by hand."""

    serial: Id
    row: Id


class AnswerModel(Strict):
    """Accepted, or declined with a reason."""

    accept: Flag
    reason: Text | None = None
    struck_out: Annotated[list[StruckOutModel], Field(default_factory=list, max_length=20)]


class OfferedModel(BaseModel):
    """A treatment offered to this unit; ``giving`` are rows of lists there, (serial, row)."""

    person_id: int
    given_name: str
    family_name: str
    born_on: date
    offer: dict[str, Any]
    giving: list[tuple[int, int]]


class OffersModel(BaseModel):
    offers: list[OfferedModel]


class AnsweredModel(BaseModel):
    answer: Literal["accepted", "declined"]
    person_id: int | None = None
    receipt: dict[str, Any]


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


@router.post(
    "/people/{person_id}/moves/letters",
    status_code=201,
    response_model=api_answers.Outcome,
    responses=REFUSED,
    dependencies=[STEP],
)
async def post_letter(
    person_id: IdInPath, body: LetterModel, request: Request, key: Key
) -> Response:
    """Write the letter as things stand now."""
    asked = letters.Addressed(**body.model_dump())
    return answered(
        await letters.write_letter(wiring_of(request), bearer(request), person_id, asked, key)
    )


@router.get("/move-letters/{letter_id}", response_class=Response, responses=DOCUMENTED | PDF)
async def get_letter(letter_id: LetterId, request: Request) -> Response:
    """The letter as A4; the print is an entry."""
    return as_pdf(await letters.print_letter(wiring_of(request), bearer(request), letter_id))


@router.post(
    "/people/{person_id}/moves/offers",
    status_code=201,
    response_model=api_answers.Outcome,
    responses=REFUSED,
    dependencies=[STEP],
)
async def post_offer(person_id: IdInPath, body: OfferModel, request: Request, key: Key) -> Response:
    """Offer the treatment to another unit; nothing moves before a doctor there accepts."""
    asked = offering.Offering(**body.model_dump())
    return answered(
        await offering.offer(wiring_of(request), bearer(request), person_id, asked, key)
    )


@router.post(
    "/people/{person_id}/moves/offers/{offer_id}/withdrawals",
    status_code=201,
    response_model=api_answers.Outcome,
    responses=REFUSED,
    dependencies=[STEP],
)
async def post_withdrawal(
    person_id: IdInPath, offer_id: LetterId, body: WithdrawalModel, request: Request, key: Key
) -> Response:
    """Take an offer back before it is answered."""
    return answered(
        await offering.withdraw(
            wiring_of(request), bearer(request), person_id, offer_id, body.reason, key
        )
    )


@router.get("/move-offers", response_model=OffersModel, responses=DOCUMENTED)
async def get_offers(request: Request) -> Response:
    """Treatments offered to this unit that wait for an answer."""
    found = await offering.offered_here(wiring_of(request), bearer(request))
    return json_answer({"offers": found})


@router.post(
    "/move-offers/{offer_id}/answers",
    status_code=201,
    response_model=AnsweredModel,
    responses=WRITTEN,
    dependencies=[STEP],
)
async def post_answer(
    offer_id: LetterId, body: AnswerModel, request: Request, key: Key
) -> Response:
    """Accept: course, order and right are this unit's from now on. Or decline, with a reason."""
    struck_out = tuple((one.serial, one.row) for one in body.struck_out)
    return registered(
        await offering.answer_offer(
            wiring_of(request),
            bearer(request),
            offer_id,
            body.accept,
            body.reason,
            key,
            struck_out,
        )
    )
