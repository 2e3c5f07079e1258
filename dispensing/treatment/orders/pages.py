"""Writing an order: asked of the rules, shown with what holds when, and signed on the same page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from psycopg import AsyncConnection
from starlette.datastructures import FormData

from dispensing.counter.history_lines import Reader
from dispensing.counter.pages import key_in, reader_of
from dispensing.counter.panels import finding_views
from dispensing.counter.views import FindingView
from dispensing.errors import CannotDecide, Conflict, Unprocessable
from dispensing.people.act_steps import PAGE_STEP, READS
from dispensing.people.sessions import Actor
from dispensing.people.working import signed_in, work_page
from dispensing.treatment.deciding import READERS, Deciding, Treated, treated
from dispensing.treatment.in_hand import load_out
from dispensing.treatment.orders import signing
from dispensing.treatment.orders.asking import SHORTEST_REASON, Asked, needs_reason
from dispensing.treatment.orders.reading import day_in, draft_in
from dispensing.treatment.orders.store import Orders, load_orders
from dispensing.treatment.orders.timeline import Span, timeline
from dispensing.treatment.sections import Line, Say, Section
from dispensing.web import forms
from dispensing.web.notices import Notice
from dispensing.web.routes import PageRoute, beside, translate, wiring_of
from dispensing.wiring import Wiring
from dosing_rules import Severity
from dosing_rules.days import months_later

router = APIRouter(route_class=PageRoute, include_in_schema=False)
WAY = "/behandling/person/{person_id}/ordination"


@dataclass(frozen=True, slots=True)
class Tried:
    """A draft as the rules answered it: findings in words, and whether it can be signed as it is.

    ``asks`` are the rules that want a reason; ``stops`` those that no reason lifts.
    """

    findings: tuple[FindingView, ...]
    asks: tuple[str, ...]
    stops: tuple[str, ...]
    spans: tuple[Span, ...]
    daily_ug: int


async def section(
    wiring: Wiring, connection: AsyncConnection[Any], seen: Treated, _: Say
) -> Section:
    """What holds now, and what follows."""
    orders = await load_orders(connection, seen.desk.person_id)
    spans = timeline(orders, seen.desk.on)
    lines = tuple(span_line(orders, one, place, _) for place, one in enumerate(spans[:4]))
    href = WAY.format(person_id=seen.desk.person_id)
    return Section(_("Ordination"), href, lines)


def span_line(orders: Orders, span: Span, place: int, _: Say) -> Line:
    """Some days of the timeline as a line; days without an order are said, too."""
    if span.order is None:
        if not place:
            return Line(_("Ingen ordination i dag."), "late")
        return Line(_("Ingen ordination fra"), "due", span.first)
    name = orders.names[span.order.product.code]
    if not place:
        text = _("om dagen, %(name)s") % {"name": name}
        return Line(text, amount_ug=span.order.daily_ug)
    text = _("om dagen, %(name)s, fra") % {"name": name}
    return Line(text, day=span.first, amount_ug=span.order.daily_ug)


async def _page(
    request: Request,
    actor: Actor,
    person_id: int,
    *,
    typed: FormData | None = None,
    tried: Tried | None = None,
    notice: Notice | None = None,
    status: int = 200,
) -> Response:
    wiring = wiring_of(request)
    async with wiring.pool.connection() as connection:
        seen = await treated(
            wiring, connection, forms.session_token(request), person_id, "orders", for_guests=True
        )
        orders = await load_orders(connection, person_id)
        is_out = await load_out(connection, person_id, seen.desk.on)
        await connection.commit()
    if seen.desk.book_id is None:
        raise CannotDecide("no rule book is in force for this unit")
    book, today = wiring.book(seen.desk.book_id), seen.desk.on
    values = {
        "valid_from": today.isoformat(),
        "valid_to": months_later(today, book.order_months).isoformat(),
    }
    if orders.orders:
        # The dose is typed each time; the preparation is mostly the same.
        values = {**values, "product_code": orders.orders[-1].product.code}
    if typed is not None:
        values = {name: str(value) for name, value in typed.items()}
    return work_page(
        request,
        actor,
        "treatment/order.html",
        status,
        person_id=person_id,
        who=seen.who,
        today=today,
        orders=orders,
        spans=timeline(orders, today),
        reasons={one.version: one for one in orders.signed},
        stops={one.version: one for one in orders.stops},
        values=values,
        tried=tried,
        is_out=is_out,
        writes=actor.role == "doctor" and seen.desk.enrolled_unit_id == actor.unit_id,
        notice=notice,
    )


@router.get("/behandling/person/{person_id}/ordination")
async def order_page(request: Request, person_id: forms.IdInPath) -> Response:
    """What holds when, why, and the form of the next order."""
    return await _page(request, await signed_in(request, *READERS), person_id)


def _tried(
    asked: tuple[Asked, ...], orders: Orders, today: Any, written: Mapping[str, str], reader: Reader
) -> Tried:
    verdict = signing.joined(asked)
    weighed = [one for one in verdict.findings if one.severity > Severity.INFORM]
    return Tried(
        finding_views(verdict, written, reader),
        tuple(one.rule_id for one in weighed if needs_reason(one)),
        tuple(one.rule_id for one in weighed if not needs_reason(one)),
        timeline(orders, today, [one.order for one in asked]),
        asked[0].order.daily_ug,
    )


async def _try(request: Request, person_id: int, form: FormData, reader: Reader) -> Tried:
    """The draft asked of the rules; nothing is written but the look. Raises Unprocessable."""
    draft, wiring = draft_in(form), wiring_of(request)
    async with wiring.pool.connection() as connection:
        seen = await treated(wiring, connection, forms.session_token(request), person_id, "orders")
        orders = await load_orders(connection, person_id)
        await connection.commit()
    case = signing.case_of(Deciding(seen.actor, seen.desk, None), orders, wiring)
    asked = signing.asked_of(draft, orders, case, person_id)
    written = {rule: why for rule, why in draft.reasons if len(why) >= SHORTEST_REASON}
    return _tried(asked, orders, seen.desk.on, written, reader)


@router.post("/behandling/person/{person_id}/ordination", dependencies=[READS])
async def press_try(request: Request, person_id: forms.IdInPath) -> Response:
    """The draft is asked of the rules and shown with their answer."""
    form = await forms.read_form(request)
    actor = await signed_in(request, "doctor")
    reader = await reader_of(request, actor)
    try:
        tried = await _try(request, person_id, form, reader)
    except Unprocessable as error:
        notice = beside(error, request)
        return await _page(
            request, actor, person_id, typed=form, notice=notice, status=error.status
        )
    return await _page(request, actor, person_id, typed=form, tried=tried)


@router.post("/behandling/person/{person_id}/ordination/underskriv", dependencies=[PAGE_STEP])
async def press_sign(request: Request, person_id: forms.IdInPath) -> Response:
    """The draft is signed, or comes back with what is in the way."""
    form = await forms.read_form(request)
    actor = await signed_in(request, "doctor")
    reader, _ = await reader_of(request, actor), translate(request)
    try:
        draft = draft_in(form)
        outcome = await signing.sign(
            wiring_of(request), forms.session_token(request), person_id, draft, key_in(form)
        )
    except (Unprocessable, Conflict) as error:
        try:
            tried = await _try(request, person_id, form, reader)
        except Unprocessable:
            tried = None
        return await _page(
            request,
            actor,
            person_id,
            typed=form,
            tried=tried,
            notice=beside(error, request),
            status=error.status,
        )
    if not outcome.allowed:
        refused = Notice("refused", _("Ikke underskrevet: se hvad der mangler nedenfor."))
        tried = await _try(request, person_id, form, reader)
        return await _page(
            request, actor, person_id, typed=form, tried=tried, notice=refused, status=409
        )
    done = Notice("done", _("Underskrevet. Skranken ved det nu."))
    return await _page(request, actor, person_id, notice=done)


@router.post("/behandling/person/{person_id}/ordination/stop", dependencies=[PAGE_STEP])
async def press_stop(request: Request, person_id: forms.IdInPath) -> Response:
    """The order is stopped, or paused until a day."""
    form = await forms.read_form(request)
    actor = await signed_in(request, "doctor")
    _ = translate(request)
    try:
        first = day_in(form, "from_on")
        if first is None:
            raise Unprocessable("no such day", field="from_on")
        asked = signing.Stopping(first, forms.text(form, "reason"), day_in(form, "until_on"))
        token = forms.session_token(request)
        await signing.stop(wiring_of(request), token, person_id, asked, key_in(form))
    except (Unprocessable, Conflict) as error:
        return await _page(
            request, actor, person_id, notice=beside(error, request), status=error.status
        )
    return await _page(request, actor, person_id, notice=Notice("done", _("Skrevet ned.")))
