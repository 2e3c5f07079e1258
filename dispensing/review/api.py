"""The yearly audit under review, as JSON and PDF under /api/v1."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response, Security
from fastapi.security import HTTPBearer
from pydantic import AfterValidator, BaseModel, Field

from audit.medicinsk.report.chapters import chapters
from audit.medicinsk.report.stands_out import missing, stands_out
from audit.medicinsk.report.wording import Language, Wording
from dispensing.counter import api_answers
from dispensing.people.act_steps import DRAFTS, STEP
from dispensing.problem_answers import DOCUMENTED, Problem, documented
from dispensing.review import asking, reading, saying, signing, store
from dispensing.unit_acts import UnitAnswer
from dispensing.web.json_api import LARGEST_ID, Flag, Id, Key, Strict, bearer, json_answer, plain
from dispensing.web.routes import wiring_of

router = APIRouter(
    prefix="/api/v1/audit",
    tags=["audit"],
    dependencies=[Security(HTTPBearer(auto_error=False, description="Token of POST /sessions"))],
)
ReportInPath = Annotated[int, Path(ge=1, le=LARGEST_ID)]
Written = Annotated[str, Field(min_length=3, max_length=500, strict=True), AfterValidator(plain)]
Indicator = Annotated[str, Field(pattern=r"^M\d{1,2}$", strict=True)]
Named = Annotated[str, Query(min_length=1, max_length=200, pattern=r"^[\w.\- ,()–]+$")]
ACTS: dict[int | str, dict[str, Any]] = DOCUMENTED | {
    409: documented(Problem, "Not now: the problem type says why"),
}
PDF: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A4, Danish",
        "content": {
            "application/pdf": {"schema": {"type": "string", "format": "binary", "properties": {}}}
        },
    }
}


class DraftModel(Strict):
    """The days of the audit, over by now, at most a year.

    ``proposed``: an installed rule book, under which the days' decisions are asked again.
    """

    first_on: date
    last_on: date
    proposed: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$", strict=True)] | None = None


class CommentModel(Strict):
    """A comment to an indicator; no word of a person."""

    indicator: Indicator
    comment: Written


class AdjustmentModel(Strict):
    """What is decided, who of the unit sees to it, and by when."""

    indicator: Indicator
    what: Written
    owner_id: Id
    due_on: date


class AnswerModel(Strict):
    """Whether last year's adjustment was done; not done says why."""

    adjustment_id: Id
    done: Flag
    note: Annotated[str, Field(max_length=500, strict=True), AfterValidator(plain)] | None = None


class Status(BaseModel):
    """A report and how far it is."""

    report_id: int
    unit_id: int
    unit_name: str
    first_on: date
    last_on: date
    state: Literal["asked", "drafting", "failed", "draft", "read", "signed"]
    done: int
    total: int
    drafted_at: datetime | None
    signed_at: datetime | None
    pdf_sha256: str | None


class Statuses(BaseModel):
    reports: list[Status]


class RemarkLine(BaseModel):
    """A sentence of what stands out or is missing, with its indicator."""

    kind: str
    indicator: str
    text: str


class GridModel(BaseModel):
    """A table of figures as it is read."""

    caption: str
    headings: list[str]
    rows: list[list[str]]


class SectionModel(BaseModel):
    """An indicator: figures, the tables behind its charts, and what must be said beside it."""

    id: str
    title: str
    grids: list[GridModel]
    charts: list[GridModel]
    notes: list[str]


class CommentLine(BaseModel):
    indicator: str
    comment: str
    by: str
    on: date


class AdjustmentLine(BaseModel):
    """``done`` null: not answered, or of this year."""

    adjustment_id: int
    indicator: str
    what: str
    owner: str
    due_on: date
    done: bool | None
    note: str


class ReportModel(BaseModel):
    """The report as the page shows it, in the same order."""

    status: Status
    stands_out: list[RemarkLine]
    missing: list[RemarkLine]
    sections: list[SectionModel]
    comments: list[CommentLine]
    adjustments: list[AdjustmentLine]
    carried: list[AdjustmentLine]


class BehindLine(BaseModel):
    person_id: int
    name: str
    born_on: date


class PeopleModel(BaseModel):
    """``elsewhere``: so many more, whom the unit does not treat now."""

    people: list[BehindLine]
    elsewhere: int


class Done(BaseModel):
    report_id: int
    receipt: api_answers.Receipt


class SignedModel(Done):
    """The hash of the file as it is from now on."""

    pdf_sha256: str


def state_of(one: store.Standing) -> str:
    """How far a report is, in one word."""
    if one.signed:
        return "signed"
    if one.running:
        return "asked" if one.begun_at is None else "drafting"
    if one.draft_id is None or one.failed:
        return "failed"
    return "read" if one.read_draft_id == one.draft_id else "draft"


def _status(one: store.Standing) -> dict[str, Any]:
    return {
        "report_id": one.report_id,
        "unit_id": one.unit_id,
        "unit_name": one.unit_name,
        "first_on": one.first_on,
        "last_on": one.last_on,
        "state": state_of(one),
        "done": one.done,
        "total": one.total,
        "drafted_at": one.drafted_at,
        "signed_at": one.signed_at,
        "pdf_sha256": one.signed_sha256 or one.pdf_sha256,
    }


def _acted(done: UnitAnswer) -> Response:
    return json_answer({**done.body, "receipt": done.receipt}, done.status)


@router.get("/reports", response_model=Statuses, responses=DOCUMENTED)
async def get_reports(request: Request) -> Response:
    """How far each report is: a doctor's own unit's; for the auditor, of all institutions."""
    _, _, found = await reading.statuses(wiring_of(request), bearer(request))
    return json_answer({"reports": [_status(one) for one in found]})


@router.post("/drafts", status_code=201, response_model=Done, responses=ACTS, dependencies=[DRAFTS])
async def post_draft(body: DraftModel, request: Request, key: Key) -> Response:
    """Ask for a draft; it is made beside the service."""
    asked = (body.first_on, body.last_on, key, body.proposed)
    return _acted(await asking.ask(wiring_of(request), bearer(request), *asked))


@router.get("/reports/{report_id}", response_model=ReportModel, responses=ACTS)
async def get_report(
    report_id: ReportInPath, request: Request, language: Annotated[Language, Query()] = "da"
) -> Response:
    """The report: what stands out, every indicator, what was said. A look that is recorded."""
    opened = await reading.open_report(wiring_of(request), bearer(request), report_id)
    said, report = Wording(language), opened.report
    return json_answer(
        {
            "status": _status(opened.standing),
            "stands_out": _remarks(() if report is None else stands_out(report, said)),
            "missing": _remarks(() if report is None else missing(report, said)),
            "sections": [] if report is None else _sections(report, said),
            "comments": [
                {"indicator": it.indicator, "comment": it.comment, "by": it.by, "on": it.on_day}
                for it in opened.said.comments
            ],
            "adjustments": [_adjustment(it) for it in opened.said.adjustments],
            "carried": [_adjustment(it) for it in opened.said.carried],
        }
    )


def _remarks(found: Any) -> list[dict[str, str]]:
    return [{"kind": it.kind, "indicator": it.indicator, "text": it.text} for it in found]


def _sections(report: Any, said: Wording) -> list[dict[str, Any]]:
    return [
        {
            "id": section.id,
            "title": section.title,
            "grids": [
                {"caption": it.caption, "headings": it.headings, "rows": it.rows}
                for it in section.grids
            ],
            "charts": [
                {"caption": it.title, "headings": it.headings, "rows": it.rows}
                for it in section.charts
            ],
            "notes": section.notes,
        }
        for chapter in chapters(report, said)
        for section in chapter.sections
    ]


def _adjustment(one: Any) -> dict[str, Any]:
    return {
        "adjustment_id": one.adjustment_id,
        "indicator": one.indicator,
        "what": one.what,
        "owner": one.owner,
        "due_on": one.due_on,
        "done": getattr(one, "done", None),
        "note": getattr(one, "note", ""),
    }


@router.get("/reports/{report_id}/people", response_model=PeopleModel, responses=ACTS)
async def get_people(
    report_id: ReportInPath,
    request: Request,
    indicator: Annotated[str, Query(pattern=r"^M\d{1,2}$")],
    figure: Named,
    part: Named,
) -> Response:
    """The people behind a number, for a doctor of the unit; each look is recorded."""
    shown = await reading.open_people(
        wiring_of(request), bearer(request), report_id, indicator, figure, part
    )
    people = [
        {"person_id": it.person_id, "name": it.name, "born_on": it.born_on} for it in shown.people
    ]
    return json_answer({"people": people, "elsewhere": shown.elsewhere})


@router.post(
    "/reports/{report_id}/comments",
    status_code=201,
    response_model=Done,
    responses=ACTS,
    dependencies=[STEP],
)
async def post_comment(
    report_id: ReportInPath, body: CommentModel, request: Request, key: Key
) -> Response:
    """Comment an indicator."""
    told = (report_id, body.indicator, body.comment)
    return _acted(await saying.comment(wiring_of(request), bearer(request), *told, key))


@router.post(
    "/reports/{report_id}/adjustments",
    status_code=201,
    response_model=Done,
    responses=ACTS,
    dependencies=[STEP],
)
async def post_adjustment(
    report_id: ReportInPath, body: AdjustmentModel, request: Request, key: Key
) -> Response:
    """Decide an adjustment."""
    told = (report_id, body.indicator, body.what, body.owner_id, body.due_on)
    return _acted(await saying.adjust(wiring_of(request), bearer(request), *told, key))


@router.post(
    "/reports/{report_id}/answers",
    status_code=201,
    response_model=Done,
    responses=ACTS,
    dependencies=[STEP],
)
async def post_answer(
    report_id: ReportInPath, body: AnswerModel, request: Request, key: Key
) -> Response:
    """Answer last year's adjustment."""
    told = (report_id, body.adjustment_id, body.done, body.note)
    return _acted(await saying.answer(wiring_of(request), bearer(request), *told, key))


@router.post(
    "/reports/{report_id}/readings",
    status_code=201,
    response_model=Done,
    responses=ACTS,
    dependencies=[STEP],
)
async def post_reading(report_id: ReportInPath, request: Request, key: Key) -> Response:
    """A doctor has read the report through, as its second reader."""
    return _acted(await signing.read_through(wiring_of(request), bearer(request), report_id, key))


@router.post(
    "/reports/{report_id}/signature",
    status_code=201,
    response_model=SignedModel,
    responses=ACTS,
    dependencies=[STEP],
)
async def post_signature(report_id: ReportInPath, request: Request, key: Key) -> Response:
    """Sign the report: its file is fixed."""
    return _acted(await signing.sign(wiring_of(request), bearer(request), report_id, key))


def file_answer(content: bytes, name: str, standing: store.Standing) -> Response:
    """A paper whose name says unit and days, and nobody's name."""
    called = f"{name}-{standing.unit_id}-{standing.first_on}-{standing.last_on}.pdf"
    headers = {
        "Content-Disposition": f'attachment; filename="{called}"',
        "Cache-Control": "no-store",
    }
    return Response(content, 200, headers, "application/pdf")


@router.get("/reports/{report_id}/audit.pdf", response_class=Response, responses=ACTS | PDF)
async def get_pdf(report_id: ReportInPath, request: Request) -> Response:
    """The report on paper: the signed file, or a draft with what was said so far."""
    standing, content = await reading.printed(wiring_of(request), bearer(request), report_id)
    return file_answer(content, "medicinsk-audit", standing)


@router.get("/reports/{report_id}/short/{name}.pdf", response_class=Response, responses=ACTS | PDF)
async def get_short(
    report_id: ReportInPath, name: Literal["doedelighed", "tabeller"], request: Request
) -> Response:
    """Mortality, or Tabel 4 and 5, with small cells suppressed."""
    standing, content = await reading.printed_short(
        wiring_of(request), bearer(request), report_id, name
    )
    return file_answer(content, name, standing)
