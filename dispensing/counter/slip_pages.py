"""The patient's slip, from the panel and as part of the API: a PDF in Danish or English."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response, Security
from fastapi.security import HTTPBearer

from dispensing.counter.pages import acting
from dispensing.counter.slips import patient_slip
from dispensing.problem_answers import DOCUMENTED
from dispensing.web import forms
from dispensing.web.json_api import LARGEST_ID, bearer
from dispensing.web.routes import PageRoute, wiring_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)
api = APIRouter(
    prefix="/api/v1",
    tags=["labels"],
    dependencies=[Security(HTTPBearer(auto_error=False, description="Token of POST /sessions"))],
)
PDF: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A6, outside and inside",
        "content": {
            "application/pdf": {"schema": {"type": "string", "format": "binary", "properties": {}}}
        },
    }
}
Spoken = Annotated[Literal["da", "en"], Query()]


def _as_pdf(document: bytes) -> Response:
    headers = {
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": 'inline; filename="seddel.pdf"',
    }
    return Response(document, 200, headers, "application/pdf")


@router.get("/skranke/person/{person_id}/seddel")
async def slip_page(request: Request, person_id: forms.IdInPath, sprog: Spoken = "da") -> Response:
    """The slip beside the page."""
    await acting(request)
    token = forms.session_token(request)
    return _as_pdf(await patient_slip(wiring_of(request), token, person_id, sprog))


@api.get(
    "/people/{person_id}/slip",
    response_class=Response,
    responses=DOCUMENTED | PDF,
)
async def get_slip(
    person_id: Annotated[int, Path(ge=1, le=LARGEST_ID)],
    request: Request,
    language: Spoken = "da",
) -> Response:
    """The person's slip as A6: when to come, what to take, what to do if."""
    return _as_pdf(await patient_slip(wiring_of(request), bearer(request), person_id, language))
