"""The register of controlled drugs as a page, and its files for the same press."""

from datetime import date, timedelta
from typing import Annotated, Literal

import anyio.to_thread
from fastapi import APIRouter, Query, Request, Response

from dispensing.people.working import signed_in, work_page
from dispensing.stock.overview import PRODUCTS
from dispensing.stock.pages import today
from dispensing.stock.register import READS_THE_REGISTER, Period, load_register
from dispensing.stock.register_api import file_answer
from dispensing.stock.register_files import (
    KIND_WORDS,
    difference_text,
    register_csv,
    register_pdf,
)
from dispensing.web import forms
from dispensing.web.formats import milligrams
from dispensing.web.render import language_of
from dispensing.web.routes import PageRoute, wiring_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)
#: A page that is read; the papers hold every line.
MOST_SHOWN = 400
FIRST_SHOWN_DAYS = 6

CodeAsked = Annotated[
    str | None, Query(alias="product", min_length=1, max_length=40, pattern=r"^[\w.\-]+$")
]
DayAsked = Annotated[date | None, Query()]


async def _asked(
    request: Request, product: str | None, from_on: date | None, to_on: date | None
) -> tuple[Period, list[tuple[str, str]]]:
    actor = await signed_in(request, *READS_THE_REGISTER)
    async with wiring_of(request).pool.connection() as connection:
        products = await (await connection.execute(PRODUCTS)).fetchall()
        # Opened without a question: the product that moved last here.
        latest = await (
            await connection.execute(
                "SELECT b.product_code FROM bottle b WHERE b.unit_id = %s AND b.counted"
                " ORDER BY b.opened_at DESC LIMIT 1",
                (actor.unit_id,),
            )
        ).fetchone()
        await connection.commit()
    last = to_on or today(actor)
    first = from_on or last - timedelta(days=FIRST_SHOWN_DAYS)
    code = product or (latest[0] if latest else products[0][0] if products else "")
    return Period(code, first, last), products


@router.get("/lager/regnskab")
async def register_page(
    request: Request,
    product: CodeAsked = None,
    from_on: Annotated[DayAsked, Query(alias="from")] = None,
    to_on: Annotated[DayAsked, Query(alias="to")] = None,
) -> Response:
    """Every movement of a product in a period; of a long one the last lines."""
    period, products = await _asked(request, product, from_on, to_on)
    actor, register = await load_register(wiring_of(request), forms.session_token(request), period)
    language = language_of(request)
    hidden = max(0, len(register.lines) - MOST_SHOWN)
    return work_page(
        request,
        actor,
        "stock/register.html",
        asked=period,
        products=products,
        register=register,
        rows=[(line, KIND_WORDS[line.kind]) for line in register.lines[hidden:]],
        hidden_lines=hidden,
        opening=milligrams(register.opening_ug, language),
        closing=milligrams(register.closing_ug, language),
        differences=[difference_text(one, register) for one in register.differences],
    )


@router.get("/lager/regnskab.{kind}")
async def register_file(
    request: Request,
    kind: Literal["csv", "pdf"],
    product: CodeAsked = None,
    from_on: Annotated[DayAsked, Query(alias="from")] = None,
    to_on: Annotated[DayAsked, Query(alias="to")] = None,
) -> Response:
    """The same period as CSV or PDF."""
    period, _ = await _asked(request, product, from_on, to_on)
    _, register = await load_register(wiring_of(request), forms.session_token(request), period)
    if kind == "csv":
        return file_answer(register_csv(register), "csv", register)
    content = await anyio.to_thread.run_sync(register_pdf, register)
    return file_answer(content, "pdf", register)
