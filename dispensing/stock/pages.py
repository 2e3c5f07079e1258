"""The stock pages: what stands where, scan to receive or open, the blind count, labels."""

import io
from datetime import date
from typing import Annotated, Any

import segno
from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from dispensing.errors import DispensingError, NotFound, Unprocessable
from dispensing.people.act_steps import PAGE_STEP
from dispensing.people.sessions import Actor
from dispensing.people.working import signed_in, work_page
from dispensing.stock import batches, counting, packages, transfer
from dispensing.stock.overview import BottleRow, load_count, load_overview
from dispensing.stock.packages import HANDLES_STOCK
from dispensing.stock.wording import sentence
from dispensing.unit_acts import Place
from dispensing.web import formats, forms
from dispensing.web.notices import Notice
from dispensing.web.routes import PageRoute, error_text, field_of, translate, wiring_of


class StockRoute(PageRoute):
    """A value that cannot be read comes back on the stock page, with all that was typed."""

    async def typed_again(self, request: Request, error: Unprocessable) -> Response | None:
        if request.method != "POST":
            return None
        actor = await signed_in(request, *HANDLES_STOCK)
        form = await forms.read_form(request)
        return await stock_page(request, actor, refused(request, error, form), error.status, form)


router = APIRouter(route_class=StockRoute, include_in_schema=False)
ShortId = Annotated[int, Path(ge=1, le=32_767)]
LONGEST_CODE_TYPED = 200


def today(actor: Actor) -> date:
    """The clinic day of the request."""
    return formats.local_day(actor.now, actor.zone)


def refused(request: Request, error: DispensingError, form: FormData | None = None) -> Notice:
    """The no, as a notice above the page and beside the field of ``form`` that it is about."""
    said = sentence(error, translate(request)) or error_text(error, request)
    rows = [str(form[name]) for name in ("holding", "reservation") if form and name in form]
    field, of = field_of(error), rows[0] if rows else ""
    return Notice("refused" if error.status == 409 else "error", said, field, of)


async def stock_page(
    request: Request,
    actor: Actor,
    notice: Notice | None = None,
    status: int = 200,
    typed: FormData | None = None,
) -> Response:
    """The whole stock page; ``typed`` is what a refused form said, so that nothing is lost."""
    async with wiring_of(request).pool.connection() as connection:
        view = await load_overview(connection, actor, today(actor))
        await connection.commit()
    values = {name: str(value) for name, value in (typed or {}).items()}
    return work_page(
        request,
        actor,
        "stock/overview.html",
        status,
        view=view,
        notice=notice,
        typed=values,
        counter_id=actor.counter_id,
    )


@router.get("/lager")
async def overview(request: Request) -> Response:
    """What stands where, and what waits for somebody."""
    return await stock_page(request, await signed_in(request, *HANDLES_STOCK))


async def _did(request: Request, doing: Any, form: FormData, done: str) -> Response:
    """Run an act and show the stock page with what became of it."""
    actor = await signed_in(request, *HANDLES_STOCK)
    try:
        await doing
    except DispensingError as error:
        if error.status in (401, 503):
            raise
        return await stock_page(request, actor, refused(request, error, form), error.status, form)
    return await stock_page(request, actor, Notice("done", done))


def _expected(form: FormData) -> str | None:
    return forms.text(form, "expected", 40) or None


@router.post("/lager/modtag", dependencies=[PAGE_STEP])
async def receive(request: Request) -> Response:
    """Packages from a supplier."""
    form = await forms.read_form(request)
    await signed_in(request, *HANDLES_STOCK)
    receipt = packages.Receipt(
        code=forms.text(form, "code", LONGEST_CODE_TYPED),
        packages=forms.whole(form, "packages", 0, 10_000) or 0,
        cabinet_id=forms.needed(form, "cabinet", 1, 32_767),
        supplier=forms.text(form, "supplier", 100),
        delivery_note=forms.text(form, "delivery_note", 100) or None,
        expected=_expected(form),
    )
    token, key = forms.session_token(request), forms.text(form, "key", 200)
    doing = packages.receive(wiring_of(request), token, receipt, key)
    _ = translate(request)
    return await _did(request, doing, form, _("Modtaget og lagt i skabet."))


@router.post("/lager/aabn", dependencies=[PAGE_STEP])
async def open_package(request: Request) -> Response:
    """A package opened at this counter; the label follows at once."""
    form = await forms.read_form(request)
    actor = await signed_in(request, *HANDLES_STOCK)
    opening = packages.Opening(
        code=forms.text(form, "code", LONGEST_CODE_TYPED),
        cabinet_id=forms.whole(form, "cabinet", 1, 32_767),
        expected=_expected(form),
    )
    token, key = forms.session_token(request), forms.text(form, "key", 200)
    try:
        done = await packages.open_package(wiring_of(request), token, opening, key)
    except DispensingError as error:
        if error.status in (401, 503):
            raise
        return await stock_page(request, actor, refused(request, error), error.status, form)
    return RedirectResponse(f"/lager/flaske/{done.body['bottle_id']}/etiket", 303)


async def _bottle(request: Request, actor: Actor, bottle_id: int) -> tuple[BottleRow, list[str]]:
    """A bottle here, and the other strengths of its liquid that stand open at its counter."""
    async with wiring_of(request).pool.connection() as connection:
        view = await load_overview(connection, actor, today(actor))
        await connection.commit()
    bottle = next((one for one in view.bottles if one.bottle_id == bottle_id), None)
    if bottle is None:
        raise NotFound("no such open bottle here")
    others = {
        one.product_name
        for one in view.bottles
        if one.counter_id == bottle.counter_id
        and one.open
        and one.per == bottle.per == "ml"
        and one.strength_ug != bottle.strength_ug
    }
    return bottle, sorted(others)


@router.get("/lager/flaske/{bottle_id}/etiket")
async def bottle_label(request: Request, bottle_id: forms.IdInPath) -> Response:
    """The bottle's own label: what it holds, and the code that is scanned at each dose."""
    actor = await signed_in(request, *HANDLES_STOCK)
    bottle, others = await _bottle(request, actor, bottle_id)
    return work_page(request, actor, "stock/label.html", bottle=bottle, others=others)


@router.get("/lager/flaske/{bottle_id}/kode.svg")
async def bottle_code(request: Request, bottle_id: forms.IdInPath) -> Response:
    """The code as a picture."""
    actor = await signed_in(request, *HANDLES_STOCK)
    bottle, _ = await _bottle(request, actor, bottle_id)
    out = io.BytesIO()
    segno.make(bottle.scan_code, error="q", micro=False).save(out, kind="svg", scale=6, border=2)
    return Response(out.getvalue(), 200, {"Cache-Control": "no-store"}, "image/svg+xml")


@router.post("/lager/flaske/{bottle_id}/luk", dependencies=[PAGE_STEP])
async def close_bottle(request: Request, bottle_id: forms.IdInPath) -> Response:
    """An emptied bottle is taken away."""
    form = await forms.read_form(request)
    await signed_in(request, *HANDLES_STOCK)
    token, key = forms.session_token(request), forms.text(form, "key", 200)
    doing = batches.close_bottle(wiring_of(request), token, bottle_id, key)
    _ = translate(request)
    return await _did(request, doing, form, _("Flasken er taget væk."))


@router.post("/lager/batch/{batch_id}", dependencies=[PAGE_STEP])
async def note_batch(request: Request, batch_id: forms.IdInPath) -> Response:
    """A batch put aside, called back or set free."""
    form = await forms.read_form(request)
    await signed_in(request, *HANDLES_STOCK)
    state = forms.text(form, "state", 20)
    if state not in ("quarantined", "recalled", "released"):
        raise NotFound("no such state")
    notice = batches.BatchNotice(batch_id, state, forms.text(form, "reason"))  # type: ignore[arg-type]
    token, key = forms.session_token(request), forms.text(form, "key", 200)

    async def doing() -> object:
        return await batches.note_batch(wiring_of(request), token, notice, key)

    _ = translate(request)
    return await _did(request, doing(), form, _("Det er sagt om batchen, i alle enheder."))


@router.post("/lager/flyt", dependencies=[PAGE_STEP])
async def move_or_send(request: Request) -> Response:
    """Packages to another cabinet here, or to another unit: ``to`` is ``skab-2`` or ``enhed-7``."""
    form = await forms.read_form(request)
    await signed_in(request, *HANDLES_STOCK)
    holding_id = forms.needed(form, "holding", 1, forms.LARGEST_ID)
    count = forms.whole(form, "packages", 0, 10_000) or 0
    kind, _dash, number = forms.text(form, "to", 20).partition("-")
    target = int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 0
    token, key = forms.session_token(request), forms.text(form, "key", 200)
    wiring, _ = wiring_of(request), translate(request)

    async def doing() -> object:
        if kind == "enhed":
            sending = transfer.Sending(holding_id, count, min(target, 32_767))
            return await transfer.send(wiring, token, sending, key)
        relocation = packages.Relocation(holding_id, count, min(target, 32_767))
        return await packages.relocate(wiring, token, relocation, key)

    return await _did(
        request, doing(), form, _("Flyttet. Det sendte er undervejs, til det tælles.")
    )


@router.post("/lager/overfoersel/{transfer_id}/modtag", dependencies=[PAGE_STEP])
async def arrive(request: Request, transfer_id: forms.IdInPath) -> Response:
    """A transfer counted in."""
    form = await forms.read_form(request)
    await signed_in(request, *HANDLES_STOCK)
    arrival = transfer.Arrival(
        transfer_id,
        forms.whole(form, "packages", 0, 10_000) or 0,
        forms.needed(form, "cabinet", 1, 32_767),
    )
    token, key = forms.session_token(request), forms.text(form, "key", 200)

    async def doing() -> object:
        return await transfer.arrive(wiring_of(request), token, arrival, key)

    _ = translate(request)
    return await _did(
        request, doing(), form, _("Talt ind. Det, der mangler, står stadig undervejs.")
    )


# The blind count


async def _count_page(
    request: Request,
    actor: Actor,
    kind: str,
    number: int,
    notice: Notice | None = None,
    status: int = 200,
    typed: FormData | None = None,
) -> Response:
    async with wiring_of(request).pool.connection() as connection:
        place = Place(actor.now, today(actor), actor.unit_id, 0)
        rows = await counting.places_of(connection, place, kind, number)
        view = await load_overview(connection, actor, today(actor))
        await connection.rollback()
    named = dict(view.counters if kind == "counter" else view.cabinets)
    return work_page(
        request,
        actor,
        "stock/count.html",
        status,
        kind=kind,
        number=number,
        place_name=named[number],
        rows=[(counting.number_of(row), row) for row in rows],
        notice=notice,
        typed={name: str(value) for name, value in (typed or {}).items()},
        on=today(actor),
    )


def _kind(word: str) -> str:
    kinds = {"skranke": "counter", "skab": "cabinet"}
    if word not in kinds:
        raise NotFound("no such place")
    return kinds[word]


@router.get("/lager/optael/{word}/{number}")
async def count_page(request: Request, word: str, number: ShortId) -> Response:
    """What is to be counted, without what the records say; prints as a count sheet."""
    actor = await signed_in(request, *HANDLES_STOCK)
    return await _count_page(request, actor, _kind(word), number)


@router.post("/lager/optael/{word}/{number}", dependencies=[PAGE_STEP])
async def count(request: Request, word: str, number: ShortId) -> Response:
    """The count as typed; what differs is shown for the first time afterwards."""
    form = await forms.read_form(request)
    actor = await signed_in(request, *HANDLES_STOCK)
    kind = _kind(word)
    counted = {
        int(name.removeprefix("counted-")): forms.text(form, name, 20).replace(",", ".")
        for name in form
        if name.startswith("counted-") and name.removeprefix("counted-").isdecimal()
    }
    shift = "start" if forms.text(form, "shift", 5) == "start" else "end"
    asked = counting.Count(kind, number, shift, counted)  # type: ignore[arg-type]
    token, key = forms.session_token(request), forms.text(form, "key", 200)
    try:
        done = await counting.count(wiring_of(request), token, asked, key)
    except DispensingError as error:
        if error.status in (401, 404, 503):
            raise
        said = refused(request, error)
        return await _count_page(request, actor, kind, number, said, error.status, form)
    return RedirectResponse(f"/lager/optaelling/{done.body['count_id']}", 303)


@router.get("/lager/optaelling/{count_id}")
async def counted_page(request: Request, count_id: forms.IdInPath) -> Response:
    """A count with what the records said, and what is still to be explained."""
    actor = await signed_in(request, *HANDLES_STOCK)
    async with wiring_of(request).pool.connection() as connection:
        rows = await load_count(connection, actor, count_id)
        await connection.commit()
    return work_page(request, actor, "stock/counted.html", count_id=count_id, rows=rows)
