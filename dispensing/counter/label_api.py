"""Labels as JSON under /api/v1: printed inside a reservation, printed again, scanned back."""

from base64 import b64encode
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Request, Response, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field

from dispensing.counter import api_answers, labels
from dispensing.counter.api import IdInPath, answered, wiring_of
from dispensing.counter.api_answers import REFUSED
from dispensing.counter.api_models import Day
from dispensing.people.act_steps import OF_HAND_OUT, STEP
from dispensing.web.json_api import Key, Strict, Text, Word, bearer, json_answer

router = APIRouter(
    prefix="/api/v1",
    tags=["labels"],
    dependencies=[Security(HTTPBearer(auto_error=False, description="Token of POST /sessions"))],
)
PartNumber = Annotated[int, Field(ge=1, le=99, strict=True)]


class PrintModel(Strict):
    """In which language the printer is spoken to: PDF, or ZPL II of 203 dpi."""

    format: Literal["pdf", "zpl"] = "pdf"


class ReprintModel(PrintModel):
    """Which dose's label is printed again, and why."""

    for_on: Day
    part: PartNumber = 1
    reason: Text


class ScanModel(Strict):
    """What the scanner read, with or without ``H-``."""

    code: Word


class DocumentModel(BaseModel):
    """What goes to the printer."""

    media_type: str
    base64: str


class PrintedModel(api_answers.Outcome):
    """The answer of a print, with the document."""

    document: DocumentModel


def _printed(printed: labels.Printed) -> Response:
    document = {
        "media_type": printed.media_type,
        "base64": b64encode(printed.document).decode("ascii"),
    }
    body = msgspec.to_builtins(printed.outcome) | {"document": document}
    return json_answer(body, printed.outcome.status)


@router.post(
    "/reservations/{reservation_id}/labels",
    status_code=201,
    response_model=PrintedModel,
    responses=REFUSED,
    dependencies=[OF_HAND_OUT],
)
async def post_labels(
    reservation_id: IdInPath, body: PrintModel, request: Request, key: Key
) -> Response:
    """A label for each take-home dose of an open reservation; the same key gives the same codes."""
    token = bearer(request)
    return _printed(
        await labels.print_labels(wiring_of(request), token, reservation_id, body.format, key)
    )


@router.post(
    "/reservations/{reservation_id}/labels/reprints",
    status_code=201,
    response_model=PrintedModel,
    responses=REFUSED,
    dependencies=[STEP],
)
async def post_reprint(
    reservation_id: IdInPath, body: ReprintModel, request: Request, key: Key
) -> Response:
    """One label again, for a reason; the code before it is void."""
    return _printed(
        await labels.reprint_label(
            wiring_of(request),
            bearer(request),
            reservation_id,
            body.for_on,
            body.part,
            body.reason,
            body.format,
            key,
        )
    )


@router.post(
    "/reservations/{reservation_id}/labels/scans",
    response_model=api_answers.Outcome,
    responses=REFUSED,
    dependencies=[OF_HAND_OUT],
)
async def post_scan(
    reservation_id: IdInPath, body: ScanModel, request: Request, key: Key
) -> Response:
    """A package's label is read back into this hand-out before it is given."""
    return answered(
        await labels.scan_label(wiring_of(request), bearer(request), reservation_id, body.code, key)
    )
