"""The register as JSON, CSV and PDF, for doctor, pharmacist and auditor."""

from datetime import date, datetime
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Query, Request, Response, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel

from dispensing.problem_answers import DOCUMENTED
from dispensing.stock.register import Period, Register, load_register
from dispensing.stock.register_files import register_csv, register_pdf
from dispensing.web.json_api import LARGEST_ID, bearer, json_answer
from dispensing.web.routes import wiring_of

router = APIRouter(
    prefix="/api/v1/stock",
    tags=["stock"],
    dependencies=[Security(HTTPBearer(auto_error=False, description="Token of POST /sessions"))],
)
ProductAsked = Annotated[
    str, Query(alias="product", min_length=1, max_length=40, pattern=r"^[\w.\-]+$")
]
FromAsked = Annotated[date, Query(alias="from")]
ToAsked = Annotated[date, Query(alias="to")]
BatchAsked = Annotated[int | None, Query(alias="batch", ge=1, le=LARGEST_ID)]


class RegisterLine(BaseModel):
    """One line of the register; amounts in whole micrograms."""

    at: datetime
    kind: str
    in_ug: int
    out_ug: int
    balance_ug: int
    lot: str
    bottles: str
    party: str
    by_name: str
    witness_name: str
    note: str


class RegisterDifference(BaseModel):
    """A count that differed, and how it was explained, if it was."""

    at: datetime
    count_id: int
    line: int
    counted_ug: int
    book_ug: int
    kind: str | None
    reason: str | None
    place: str | None
    by_name: str
    witness_name: str | None


class RegisterAnswer(BaseModel):
    """The register of a product for a period."""

    product_code: str
    product_name: str
    from_on: date
    to_on: date
    opening_ug: int
    closing_ug: int
    lines: list[RegisterLine]
    differences: list[RegisterDifference]


def file_answer(content: bytes, kind: str, register: Register) -> Response:
    """A file to keep; its name tells product and days and nobody's name."""
    period = register.period
    media = {"csv": "text/csv; charset=utf-8", "pdf": "application/pdf"}[kind]
    name = f"regnskab-{period.product_code}-{period.from_on}-{period.to_on}.{kind}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    return Response(content, 200, headers, media)


async def _load(request: Request, period: Period) -> Register:
    return (await load_register(wiring_of(request), bearer(request), period))[1]


@router.get("/register", response_model=RegisterAnswer, responses=DOCUMENTED)
async def get_register(
    request: Request,
    product: ProductAsked,
    from_on: FromAsked,
    to_on: ToAsked,
    batch: BatchAsked = None,
) -> Response:
    """Every movement of a product at the unit in a period, with the balance after each."""
    register = await _load(request, Period(product, from_on, to_on, batch))
    answer: dict[str, Any] = {
        "product_code": product,
        "product_name": register.product_name,
        "from_on": from_on,
        "to_on": to_on,
        "opening_ug": register.opening_ug,
        "closing_ug": register.closing_ug,
        "lines": register.lines,
        "differences": register.differences,
    }
    return json_answer(answer)


CSV: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "UTF-8 with byte order mark, semicolons, decimal commas",
        "content": {"text/csv": {"schema": {"type": "string", "properties": {}}}},
    }
}
PDF: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A4 across",
        "content": {
            "application/pdf": {"schema": {"type": "string", "format": "binary", "properties": {}}}
        },
    }
}


@router.get("/register.csv", response_class=Response, responses=DOCUMENTED | CSV)
async def get_register_csv(
    request: Request,
    product: ProductAsked,
    from_on: FromAsked,
    to_on: ToAsked,
    batch: BatchAsked = None,
) -> Response:
    """The register for a spreadsheet."""
    register = await _load(request, Period(product, from_on, to_on, batch))
    return file_answer(register_csv(register), "csv", register)


@router.get("/register.pdf", response_class=Response, responses=DOCUMENTED | PDF)
async def get_register_pdf(
    request: Request,
    product: ProductAsked,
    from_on: FromAsked,
    to_on: ToAsked,
    batch: BatchAsked = None,
) -> Response:
    """The register on paper."""
    register = await _load(request, Period(product, from_on, to_on, batch))
    content = await anyio.to_thread.run_sync(register_pdf, register)
    return file_answer(content, "pdf", register)
