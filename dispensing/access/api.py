"""Emergency access and "who has looked at me" as JSON under /api/v1."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

import anyio.to_thread
import msgspec
from fastapi import APIRouter, Path, Query, Request, Response, Security
from fastapi.security import HTTPBearer
from pydantic import AfterValidator, BaseModel, Field

from dispensing.access import emergency, extract, extract_files
from dispensing.counter import api_answers, preview
from dispensing.counter.reserve import answers
from dispensing.people.act_steps import STEP
from dispensing.problem_answers import DOCUMENTED, Problem, documented
from dispensing.unit_acts import UnitAnswer
from dispensing.web.json_api import LARGEST_ID, Key, Strict, bearer, json_answer, plain
from dispensing.web.routes import wiring_of

router = APIRouter(
    prefix="/api/v1",
    tags=["access"],
    dependencies=[Security(HTTPBearer(auto_error=False, description="Token of POST /sessions"))],
)
IdInPath = Annotated[int, Path(ge=1, le=LARGEST_ID)]
Code = Annotated[str, Field(min_length=1, max_length=100, strict=True), AfterValidator(plain)]
Written = Annotated[str, Field(min_length=3, max_length=500, strict=True), AfterValidator(plain)]
FromAsked = Annotated[date | None, Query(alias="from")]
ToAsked = Annotated[date | None, Query(alias="to")]
ACTS: dict[int | str, dict[str, Any]] = DOCUMENTED | {
    409: documented(Problem, "Not now: the problem type says why"),
    429: documented(Problem, "Five in a day is the most"),
}


class OpeningModel(Strict):
    """The person's card code or CPR number, and why."""

    code: Code
    reason: Written


class ReviewModel(Strict):
    """Whether it was justified, in writing."""

    outcome: Literal["justified", "unjustified"]
    note: Written


class Opened(BaseModel):
    """The person may be read until then."""

    access_id: int
    person_id: int
    until: datetime
    receipt: api_answers.Receipt


class OpenedPerson(api_answers.Person):
    """As at the counter; the verdict is the rules' for the reader's own unit."""

    until: datetime


class Reviewed(BaseModel):
    access_id: int
    outcome: Literal["justified", "unjustified"]
    receipt: api_answers.Receipt


class AccessLine(BaseModel):
    """An access to one of the unit's people; ``overdue`` stands out."""

    access_id: int
    person_id: int
    reason: str
    opened_at: datetime
    until_at: datetime
    review_due_at: datetime
    opened_by: str
    role: str
    unit_name: str
    reviewed_at: datetime | None
    outcome: Literal["justified", "unjustified"] | None
    review_note: str | None
    reviewed_by: str | None
    overdue: bool


class Accesses(BaseModel):
    accesses: list[AccessLine]


class LookLine(BaseModel):
    """A look; ``viewer`` numbers the members of staff within this extract."""

    at: datetime
    what: str
    role: str
    viewer: int
    unit_name: str
    in_emergency: bool


class Extract(BaseModel):
    """Who has looked at a person, oldest first."""

    person_id: int
    from_on: date
    to_on: date
    looks: list[LookLine]


def _acted(done: UnitAnswer) -> Response:
    return json_answer({**done.body, "receipt": done.receipt}, done.status)


@router.post(
    "/emergency-accesses",
    status_code=201,
    response_model=Opened,
    responses=ACTS,
    dependencies=[STEP],
)
async def post_access(body: OpeningModel, request: Request, key: Key) -> Response:
    """Open one person of another unit to read for an hour; their unit is told and reviews it."""
    return _acted(
        await emergency.open_person(
            wiring_of(request), bearer(request), body.code, body.reason, key
        )
    )


@router.get("/emergency-accesses", response_model=Accesses, responses=DOCUMENTED)
async def get_accesses(request: Request) -> Response:
    """Accesses to the unit's people, those to be reviewed first."""
    _, found = await emergency.accesses(wiring_of(request), bearer(request))
    lines = [{name: getattr(one, name) for name in AccessLine.model_fields} for one in found]
    return json_answer({"accesses": lines})


@router.post(
    "/emergency-accesses/{access_id}/review",
    response_model=Reviewed,
    responses=ACTS,
    dependencies=[STEP],
)
async def post_review(
    access_id: IdInPath, body: ReviewModel, request: Request, key: Key
) -> Response:
    """Judge an access."""
    return _acted(
        await emergency.review(
            wiring_of(request), bearer(request), access_id, body.outcome, body.note, key
        )
    )


@router.get(
    "/emergency-accesses/people/{person_id}", response_model=OpenedPerson, responses=DOCUMENTED
)
async def get_opened(person_id: IdInPath, request: Request) -> Response:
    """The person opened; every look is recorded."""
    seen, until = await emergency.see(wiring_of(request), bearer(request), person_id)
    step_ul = seen.checked.book.measurable_step_ul
    return json_answer(
        {
            "person": msgspec.to_builtins(seen.person) | {"look_alikes": []},
            "at": seen.desk.at,
            "on": seen.desk.on,
            "facts": preview.facts_document(seen.desk),
            "plan": answers(seen.order.doses, seen.checked.bottle, step_ul),
            "prescription": [seen.order.prescription_id, seen.order.prescription_version],
            "verdict": seen.checked.verdict.as_dict(),
            "unresolved": [one.reservation_id for one in seen.unresolved],
            "night": preview.night_document(seen),
            "until": until,
        }
    )


@router.get("/people/{person_id}/views", response_model=Extract, responses=DOCUMENTED)
async def get_views(
    person_id: IdInPath, request: Request, from_on: FromAsked = None, to_on: ToAsked = None
) -> Response:
    """Who has looked at the person; a year back when no period is said. A view itself."""
    made = await _made(request, person_id, from_on, to_on)
    return json_answer(
        {
            "person_id": person_id,
            "from_on": made.from_on,
            "to_on": made.to_on,
            "looks": made.looks,
        }
    )


async def _made(
    request: Request, person_id: int, from_on: date | None, to_on: date | None
) -> extract.Extract:
    wiring = wiring_of(request)
    return (await extract.who_looked(wiring, bearer(request), person_id, from_on, to_on))[1]


def file_answer(content: bytes, kind: str) -> Response:
    """The extract as a file whose name says nothing of the person."""
    media = {"csv": "text/csv; charset=utf-8", "pdf": "application/pdf"}[kind]
    headers = {
        "Content-Disposition": f'attachment; filename="opslag.{kind}"',
        "Cache-Control": "no-store",
    }
    return Response(content, 200, headers, media)


_TEXT = {"text/csv": {"schema": {"type": "string", "properties": {}}}}
_PAPER = {"application/pdf": {"schema": {"type": "string", "format": "binary", "properties": {}}}}
CSV: dict[int | str, dict[str, Any]] = {200: {"description": "Semicolons", "content": _TEXT}}
PDF: dict[int | str, dict[str, Any]] = {200: {"description": "A4", "content": _PAPER}}


@router.get("/people/{person_id}/views.csv", response_class=Response, responses=DOCUMENTED | CSV)
async def get_views_csv(
    person_id: IdInPath, request: Request, from_on: FromAsked = None, to_on: ToAsked = None
) -> Response:
    """The same for a spreadsheet, in Danish."""
    made = await _made(request, person_id, from_on, to_on)
    return file_answer(extract_files.extract_csv(made), "csv")


@router.get("/people/{person_id}/views.pdf", response_class=Response, responses=DOCUMENTED | PDF)
async def get_views_pdf(
    person_id: IdInPath, request: Request, from_on: FromAsked = None, to_on: ToAsked = None
) -> Response:
    """The same on paper for the patient, in Danish."""
    made = await _made(request, person_id, from_on, to_on)
    return file_answer(await anyio.to_thread.run_sync(extract_files.extract_pdf, made), "pdf")
