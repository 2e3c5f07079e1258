"""Receipts that a counter or pharmacy kept, held against the ledger, as JSON under /api/v1."""

from typing import Annotated

from fastapi import APIRouter, Request, Response, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field

from dispensing.counter.api import wiring_of
from dispensing.downtime import receipts
from dispensing.downtime.restoration import MOST_ENTRIES
from dispensing.people.act_steps import HOLDS_RECEIPTS
from dispensing.problem_answers import DOCUMENTED
from dispensing.web.json_api import Strict, bearer, json_answer

router = APIRouter(
    prefix="/api/v1",
    tags=["downtime"],
    dependencies=[Security(HTTPBearer(auto_error=False, description="Token of POST /sessions"))],
)


class KeptModel(Strict):
    """A receipt as an act answered it, and the seal that an earlier call answered for it."""

    chain: Annotated[int, Field(ge=1, lt=2**15, strict=True)]
    seq: Annotated[int, Field(ge=1, lt=MOST_ENTRIES, strict=True)]
    hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", strict=True)]
    seal: Annotated[str, Field(pattern=r"^[0-9]{1,18}-[0-9a-f]{64}$", strict=True)] | None = None


class PresentModel(Strict):
    receipts: Annotated[list[KeptModel], Field(min_length=1, max_length=receipts.MOST_RECEIPTS)]


class HeldModel(BaseModel):
    """One receipt against the ledger."""

    state: receipts.State = Field(
        description="holds; missing: the ledger does not reach as far; differs: another entry"
        " stands there; elsewhere: not of this unit's chain"
    )
    proven: bool = Field(description="It carried a seal of this service")
    seal: str | None = Field(description="Keep it beside the receipt: it proves it from now on")


class Presented(BaseModel):
    """In the order they were sent."""

    receipts: list[HeldModel]
    stopped: bool = Field(
        description="A proven receipt's entry is gone: every unit waits until a person resolves it"
    )


@router.post(
    "/receipts", response_model=Presented, responses=DOCUMENTED, dependencies=[HOLDS_RECEIPTS]
)
async def post_receipts(body: PresentModel, request: Request) -> Response:
    """Hold receipts against the ledger: those that hold are sealed, a sealed one missing stops.

    A receipt without a seal that is not in the ledger is answered and stops nothing: anybody could
    have written it. Repeat the call as you like: nothing but a stop is ever changed by it.
    """
    kept = [receipts.Kept(it.chain, it.seq, it.hash, it.seal) for it in body.receipts]
    answer = await receipts.present(wiring_of(request), bearer(request), kept)
    return json_answer({"receipts": answer.receipts, "stopped": answer.stopped})
