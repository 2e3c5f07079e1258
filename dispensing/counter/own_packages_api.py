"""A pharmacy's own packages as JSON."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response, Security
from fastapi.security import HTTPBearer
from pydantic import Field

from dispensing.counter.api_models import Day
from dispensing.people.act_steps import STEP
from dispensing.people.scopes import scope
from dispensing.problem_answers import DOCUMENTED, Problem, documented
from dispensing.stock.api_models import Code, Done
from dispensing.stock.pharmacy_packages import OwnPackage, put_away, stand_ready
from dispensing.web import routes
from dispensing.web.json_api import LARGEST_ID, Key, Strict, Word, bearer, json_answer

router = APIRouter(
    prefix="/api/v1",
    tags=["supply orders"],
    dependencies=[Security(HTTPBearer(auto_error=False, description="Token of POST /sessions"))],
)
ACTS = DOCUMENTED | {409: documented(Problem, "Not now: the problem type says why")}
WRITES_IT = scope("system/MedicationDispense.c")


class OwnPackageModel(Strict):
    """A package as scanned, or typed: product, batch (lot) and expiry."""

    code: Code | None = None
    product_code: Word | None = Field(default=None, description="With a code: another one stops")
    lot: Word | None = None
    expires_on: Day | None = None

    def asked(self) -> OwnPackage:
        return OwnPackage(self.code, self.product_code, self.lot, self.expires_on)


@router.post(
    "/own-packages",
    status_code=201,
    response_model=Done,
    responses=ACTS,
    dependencies=[STEP, WRITES_IT],
)
async def post_own_package(body: OwnPackageModel, request: Request, key: Key) -> Response:
    """A package of the pharmacy's own stands ready at the session's counter, not counted here."""
    wiring, token = routes.wiring_of(request), bearer(request)
    answer = await stand_ready(wiring, token, body.asked(), key)
    receipt = {name: getattr(answer.receipt, name) for name in ("chain", "seq", "hash")}
    return json_answer(dict(answer.body) | {"receipt": receipt}, answer.status)


@router.post(
    "/own-packages/{bottle_id}/away",
    status_code=201,
    response_model=Done,
    responses=ACTS,
    dependencies=[STEP, WRITES_IT],
)
async def post_own_package_away(
    bottle_id: Annotated[int, Path(ge=1, le=LARGEST_ID)], request: Request, key: Key
) -> Response:
    """It stands ready no more."""
    answer = await put_away(routes.wiring_of(request), bearer(request), bottle_id, key)
    receipt = {name: getattr(answer.receipt, name) for name in ("chain", "seq", "hash")}
    return json_answer(dict(answer.body) | {"receipt": receipt}, answer.status)
