"""Buprenorphine first, as JSON."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field

from audit.definitions import Share, Standing, definitions
from dispensing.counter import api_answers
from dispensing.counter.api import IdInPath, answered, wiring_of
from dispensing.counter.api_answers import REFUSED
from dispensing.counter.api_models import Day
from dispensing.people.act_steps import STEP
from dispensing.problem_answers import DOCUMENTED
from dispensing.treatment.deciding import treated
from dispensing.treatment.first_line.offering import Answer, Offer, offer
from dispensing.treatment.first_line.overview import load_overview, offers_of
from dispensing.web.json_api import Key, Strict, Text, bearer, json_answer

router = APIRouter(
    prefix="/api/v1",
    tags=["first line"],
    dependencies=[Security(HTTPBearer(auto_error=False, description="Token of POST /sessions"))],
)


class OfferModel(Strict):
    """What was answered to buprenorphine; a no, and not offering, say why and until when."""

    answer: Answer
    reason: Text | None = None
    next_on: Annotated[Day | None, Field(description="The next chance to change")] = None


class OfferedModel(BaseModel):
    """An offer as it was signed."""

    answer: Answer
    reason: str | None
    next_on: date | None
    offered_on: date
    by: str


class OffersModel(BaseModel):
    offers: list[OfferedModel]


class OnAnotherModel(BaseModel):
    """Somebody treated with another substance; ``answer`` null: no reason is written."""

    person_id: int
    name: str
    born_on: date
    substance: str
    answer: Answer | None
    reason: str | None
    next_on: date | None
    due: bool


class IndicatorModel(BaseModel):
    """People who count, who do not, of whom it is unknown; ``percent`` of the known."""

    id: str
    counts: str
    of: str
    target: int
    yes: int
    no: int
    unknown: int
    n: int
    percent: int | None
    standing: Standing | None


class OverviewModel(BaseModel):
    """``unplaced``: courses of whom it is unknown whether the person is new."""

    since: date
    until: date
    unplaced: int
    indicators: list[IndicatorModel]
    people: list[OnAnotherModel]


@router.get("/people/{person_id}/first-line", response_model=OffersModel, responses=DOCUMENTED)
async def get_offers(person_id: IdInPath, request: Request) -> Response:
    """What was offered and answered, newest first."""
    wiring = wiring_of(request)
    async with wiring.pool.connection() as connection:
        await treated(wiring, connection, bearer(request), person_id, "first-line")
        offers = await offers_of(connection, person_id)
        await connection.commit()
    return json_answer({"offers": offers})


@router.post(
    "/people/{person_id}/first-line",
    status_code=201,
    response_model=api_answers.Outcome,
    responses=REFUSED,
    dependencies=[STEP],
)
async def post_offer(person_id: IdInPath, body: OfferModel, request: Request, key: Key) -> Response:
    """Sign that buprenorphine was offered today, with the answer; or why not."""
    asked = Offer(**body.model_dump())
    return answered(await offer(wiring_of(request), bearer(request), person_id, asked, key))


@router.get("/first-line", response_model=OverviewModel, responses=DOCUMENTED)
async def get_overview(request: Request) -> Response:
    """Whom the unit treats with something else and why, and both indicators of the year."""
    seen = await load_overview(wiring_of(request), bearer(request))
    counted = seen.indicators
    return json_answer(
        {
            "since": counted.since,
            "until": counted.until,
            "unplaced": counted.unplaced,
            "indicators": [_counted("M7", counted.offered), _counted("M8", counted.started)],
            "people": [
                {
                    "person_id": one.person_id,
                    "name": one.name,
                    "born_on": one.born_on,
                    "substance": one.substance,
                    "answer": one.answer,
                    "reason": one.reason,
                    "next_on": one.next_on,
                    "due": one.due(seen.today),
                }
                for one in seen.people
            ],
        }
    )


def _counted(name: str, share: Share) -> dict[str, Any]:
    known = definitions()[name]
    return {
        "id": name,
        "counts": known.counts,
        "of": known.of,
        "target": known.target,
        "yes": share.yes,
        "no": share.no,
        "unknown": share.unknown,
        "n": share.n,
        "percent": share.percent,
        "standing": share.standing(known.target),
    }
