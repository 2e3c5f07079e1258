"""Doses carried home as JSON: what should be in hand, brought back, lost, counted."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field

from dispensing.counter import api_answers, home_doses, home_returns
from dispensing.counter.api import IdInPath, answered, wiring_of
from dispensing.counter.api_answers import REFUSED
from dispensing.counter.api_models import Day
from dispensing.counter.home_returns import BroughtHome
from dispensing.counter.loading import load_desk
from dispensing.looks import record_look
from dispensing.people.act_steps import STEP, TEXT_ALONE
from dispensing.people.api import machine_of
from dispensing.problem_answers import DOCUMENTED, Problem, documented
from dispensing.stock.api_models import Measured, Sha256, TextToSign, WitnessModel
from dispensing.web.json_api import Flag, Key, Strict, Text, Word, bearer, json_answer

router = APIRouter(
    prefix="/api/v1",
    tags=["doses at home"],
    dependencies=[Security(HTTPBearer(auto_error=False, description="Token of POST /sessions"))],
)
SIGNED = REFUSED | {429: documented(Problem, "Too many sign in at once")}
PartNumber = Annotated[int, Field(ge=1, le=99, strict=True)]


class ReturnModel(Strict):
    """A dose brought back. Opened, it needs a note and what is left, and frees nothing.

    Unopened, it needs the code of its label where one was printed.
    """

    for_on: Day
    part: PartNumber = 1
    unopened: Flag
    note: Text | None = None
    left: Measured | None = Field(default=None, description="ml or pieces left of an opened dose")
    label_code: Word | None = Field(default=None, description="As read from the package")

    def asked(self, person_id: int) -> BroughtHome:
        return BroughtHome(
            person_id,
            self.for_on,
            self.part,
            self.unopened,
            self.note,
            self.left,
            self.label_code,
        )


class SignedReturnModel(Strict):
    """A return with its witness and the hash of the text both have read."""

    returned: ReturnModel
    seen_sha256: Sha256
    witness: WitnessModel | None = None


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
    handed_part: int = Field(description="The part it was handed out as, before a merge moved it")
    amount_ug: int
    handed_on: date
    lost: str | None
    opened: bool
    labelled: bool


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
        actor.must_be("nurse", "doctor")
        await record_look(wiring, connection, actor, person_id, "home-doses")
        await connection.commit()
    doses = await home_doses.load_home_doses(wiring, actor.unit_id, person_id)
    expected = home_doses.expected_in_hand(doses, desk.on)
    return json_answer(
        {
            "doses": doses,
            "expected_least": expected.least,
            "expected_most": expected.most,
        }
    )


@router.post(
    "/people/{person_id}/home-doses/returns/text",
    response_model=TextToSign,
    responses=SIGNED,
    dependencies=[TEXT_ALONE],
)
async def post_return_text(person_id: IdInPath, body: ReturnModel, request: Request) -> Response:
    """What a return will say; both persons read it, and its hash comes back with the act."""
    text, sha256 = await home_returns.take_back_text(
        wiring_of(request), bearer(request), body.asked(person_id)
    )
    return json_answer({"text": text, "sha256": sha256})


@router.post(
    "/people/{person_id}/home-doses/returns",
    response_model=api_answers.Outcome,
    responses=SIGNED,
    dependencies=[STEP],
)
async def post_return(
    person_id: IdInPath, body: SignedReturnModel, request: Request, key: Key
) -> Response:
    """A dose carried home is brought back, taken in by two; it waits for destruction."""
    witness = body.witness.credentials(machine_of(request)) if body.witness is not None else None
    asked = body.returned.asked(person_id)
    return answered(
        await home_returns.take_back(
            wiring_of(request), bearer(request), asked, body.seen_sha256, witness, key
        )
    )


@router.post(
    "/people/{person_id}/home-doses/losses",
    response_model=api_answers.Outcome,
    responses=REFUSED,
    dependencies=[STEP],
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
    dependencies=[STEP],
)
async def post_count(person_id: IdInPath, body: CountModel, request: Request, key: Key) -> Response:
    """The doses a person who was called in showed; a difference goes to the doctor."""
    return answered(
        await home_doses.count_back(
            wiring_of(request), bearer(request), person_id, body.counted, body.note, key
        )
    )
