"""Tracing a found package as JSON: for doctors and administrators, with a reason that is kept."""

from datetime import date, datetime

from fastapi import APIRouter, Request, Response, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field

from dispensing.counter.api import wiring_of
from dispensing.counter.tracing import trace_package
from dispensing.people.act_steps import READS
from dispensing.problem_answers import DOCUMENTED
from dispensing.web.json_api import Key, Strict, Text, Word, bearer, json_answer

router = APIRouter(
    prefix="/api/v1",
    tags=["labels"],
    dependencies=[Security(HTTPBearer(auto_error=False, description="Token of POST /sessions"))],
)


class TraceModel(Strict):
    """The code on the package, and why it is asked."""

    code: Word
    reason: Text


class PackageModel(BaseModel):
    """The hand-out; the last three only for a doctor of the unit that handed it out."""

    unit_name: str
    for_on: date
    part: int
    amount_ug: int
    product_name: str
    lot: str | None
    print_no: int
    void: bool = Field(description="Printed again: another label took its place")
    printed_at: datetime
    outcome: str | None = Field(description="given, or why it was not; null while it stands open")
    handed_over_at: datetime | None
    handed_over_by: str | None
    person_id: int | None = None
    person_name: str | None = None
    born_on: date | None = None


class TraceAnswer(BaseModel):
    """``found`` is false for a code that is on no label of ours."""

    found: bool
    package: PackageModel | None


@router.post(
    "/package-traces", response_model=TraceAnswer, responses=DOCUMENTED, dependencies=[READS]
)
async def post_trace(body: TraceModel, request: Request, key: Key) -> Response:
    """Which hand-out a found package is of. Each use is recorded with its reason."""
    answer = await trace_package(wiring_of(request), bearer(request), body.code, body.reason, key)
    return json_answer(answer.body, answer.status)
