"""Acts of two persons as pages: say what, read the text, and the second person signs beside it.

What was asked travels through the page as JSON and is read again strictly; the text is made anew
from it, and its hash must be the one that was shown.
"""

from collections.abc import Callable
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response
from pydantic import TypeAdapter
from starlette.datastructures import FormData

from dispensing.errors import DispensingError, Unprocessable
from dispensing.people.act_steps import PAGE_STEP, TEXT_ALONE
from dispensing.people.api import machine_of
from dispensing.people.sessions import Actor
from dispensing.people.witness import Credentials
from dispensing.people.working import signed_in, work_page
from dispensing.stock import counting, transfer, waste
from dispensing.stock.api_models import (
    BroughtBackModel,
    ExplanationModel,
    MissingModel,
    Place,
    RestModel,
    WasteModel,
)
from dispensing.stock.counting import Explanation
from dispensing.stock.packages import HANDLES_STOCK
from dispensing.stock.pages import StockRoute, refused, stock_page
from dispensing.stock.transfer import Missing
from dispensing.stock.waste import BroughtBack, Rest, Waste, WasteLine
from dispensing.web import forms
from dispensing.web.json_api import Id
from dispensing.web.notices import Notice
from dispensing.web.routes import translate, wiring_of

router = APIRouter(route_class=StockRoute, include_in_schema=False)
_NUMBER, _LINE = TypeAdapter(Id), TypeAdapter(Place)


def _explanation(sent: dict[str, Any]) -> Explanation:
    count, line = _NUMBER.validate_python(sent.pop("count_id")), sent.pop("line")
    return ExplanationModel.model_validate(sent).asked(count, _LINE.validate_python(line))


def _missing(sent: dict[str, Any]) -> Missing:
    transfer_id = _NUMBER.validate_python(sent.pop("transfer_id"))
    return MissingModel.model_validate(sent).asked(transfer_id)


BOUNDS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "waste": lambda sent: WasteModel.model_validate(sent).asked(),
    "brought-back": lambda sent: BroughtBackModel.model_validate(
        sent | {"kind": "brought-back"}
    ).asked(),
    "rest": lambda sent: RestModel.model_validate(sent | {"kind": "rest"}).asked(),
    "explanation": _explanation,
    "missing": _missing,
}
LONGEST_ASKED = 8_000


async def _text(request: Request, asked: Any) -> tuple[str, str]:
    wiring, token = wiring_of(request), forms.session_token(request)
    if isinstance(asked, Explanation):
        return await counting.explanation_text(wiring, token, asked)
    if isinstance(asked, Missing):
        return await transfer.missing_text(wiring, token, asked)
    return await waste.text_of(wiring, token, asked)


async def _sign_page(
    request: Request,
    actor: Actor,
    kind: str,
    asked: Any,
    notice: Notice | None = None,
    status: int = 200,
    username: str = "",
) -> Response:
    text, sha256 = await _text(request, asked)
    return work_page(
        request,
        actor,
        "stock/sign.html",
        status,
        kind=kind,
        asked=msgspec.json.encode(asked).decode(),
        text=text,
        sha256=sha256,
        notice=notice,
        username=username,
        alone_may=await _alone_may(request, actor, asked),
    )


async def _alone_may(request: Request, actor: Actor, asked: Any) -> bool:
    """Whether measuring alone explains the difference: then one name is enough."""
    if not isinstance(asked, Explanation):
        return False
    async with wiring_of(request).pool.connection() as connection:
        place = counting.Place(actor.now, actor.now.date(), actor.unit_id, 0)
        line = await counting.load_line(connection, place, asked.count_id, asked.line)
        await connection.commit()
    return not line.needs_witness(asked.adjust)


def _asked(kind: str, text: str) -> Any:
    """What the page carried, held to the bounds of the JSON API. Raises Unprocessable."""
    try:
        sent = msgspec.json.decode(text, type=dict[str, Any])
        return BOUNDS[kind](sent)
    except (msgspec.MsgspecError, ValueError, KeyError, TypeError):
        raise Unprocessable("no such act", field="asked") from None


async def _read_out(request: Request, actor: Actor, kind: str, asked: Any, form: FormData) -> Any:
    try:
        return await _sign_page(request, actor, kind, asked)
    except DispensingError as error:
        if error.status in (401, 503):
            raise
        return await stock_page(request, actor, refused(request, error, form), error.status, form)


def _measured(form: FormData, name: str) -> str:
    return forms.text(form, name, 20).replace(",", ".")


@router.post("/lager/kasser", dependencies=[TEXT_ALONE])
async def destroy(request: Request) -> Response:
    """Medicine of one place destroyed or broken: first its text."""
    form = await forms.read_form(request)
    actor = await signed_in(request, *HANDLES_STOCK)
    kind, _dash, number = forms.text(form, "place", 30).partition("-")
    if kind not in ("bottle", "holding") or not number.isascii() or not number.isdigit():
        raise Unprocessable("say which", field="place")
    how = "broken" if forms.text(form, "how", 10) == "broken" else "destroyed"
    line = WasteLine(kind, min(int(number[:18]), forms.LARGEST_ID), _measured(form, "amount"))  # type: ignore[arg-type]
    asked = Waste(how, (line,), forms.text(form, "reason"))  # type: ignore[arg-type]
    return await _read_out(request, actor, "waste", asked, form)


@router.post("/lager/retur", dependencies=[TEXT_ALONE])
async def bring_back(request: Request) -> Response:
    """Medicine that a person brings back: first its text."""
    form = await forms.read_form(request)
    actor = await signed_in(request, *HANDLES_STOCK)
    asked = BroughtBack(
        forms.needed(form, "person", 1, forms.LARGEST_ID),
        forms.text(form, "product", 40),
        _measured(form, "amount"),
        forms.text(form, "reason") or None,
    )
    return await _read_out(request, actor, "brought-back", asked, form)


@router.post("/lager/rest", dependencies=[TEXT_ALONE])
async def tell_rest(request: Request) -> Response:
    """What was left in a glass: first its text."""
    form = await forms.read_form(request)
    actor = await signed_in(request, *HANDLES_STOCK)
    asked = Rest(
        forms.needed(form, "reservation", 1, forms.LARGEST_ID),
        _measured(form, "wasted"),
        forms.text(form, "reason"),
    )
    return await _read_out(request, actor, "rest", asked, form)


@router.post("/lager/forklar", dependencies=[TEXT_ALONE])
async def explain(request: Request) -> Response:
    """A counted difference explained: first its text."""
    form = await forms.read_form(request)
    actor = await signed_in(request, *HANDLES_STOCK)
    asked = Explanation(
        forms.needed(form, "count", 1, forms.LARGEST_ID),
        forms.needed(form, "line", 1, 32_767),
        forms.text(form, "reason"),
        forms.text(form, "adjust", 1) == "1",
    )
    return await _read_out(request, actor, "explanation", asked, form)


@router.post("/lager/mangler", dependencies=[TEXT_ALONE])
async def missing(request: Request) -> Response:
    """What never arrived, explained by the sender: first its text."""
    form = await forms.read_form(request)
    actor = await signed_in(request, *HANDLES_STOCK)
    asked = Missing(forms.needed(form, "transfer", 1, forms.LARGEST_ID), forms.text(form, "reason"))
    return await _read_out(request, actor, "missing", asked, form)


def witness_in(form: FormData, machine: str) -> Credentials | None:
    """What the second person typed or scanned beside the text; None for nothing."""
    username, password = forms.text(form, "username", 60), forms.text(form, "password", 200)
    card, pin = forms.text(form, "card", 60), forms.text(form, "pin", 6)
    given = bool(username or password or card)
    return Credentials(username, password, card, pin, machine) if given else None


@router.post("/lager/underskriv", dependencies=[PAGE_STEP])
async def sign(request: Request) -> Response:
    """The second person's name and password beside the text both have read."""
    form = await forms.read_form(request)
    actor = await signed_in(request, *HANDLES_STOCK)
    kind = forms.text(form, "kind", 20)
    if kind not in BOUNDS:
        raise Unprocessable("no such act", field="kind")
    asked = _asked(kind, forms.text(form, "asked", LONGEST_ASKED))
    witness = witness_in(form, machine_of(request))
    seen, key = forms.text(form, "seen", 64), forms.text(form, "key", 200)
    wiring, token = wiring_of(request), forms.session_token(request)
    try:
        if isinstance(asked, Explanation):
            await counting.explain(wiring, token, asked, seen, witness, key)
        elif isinstance(asked, Missing):
            await transfer.explain_missing(wiring, token, asked, seen, witness, key)
        else:
            await waste.dispose(wiring, token, asked, seen, witness, key)
    except DispensingError as error:
        if error.status in (401, 503):
            raise
        said = refused(request, error)
        if error.type_slug.startswith("witness-") or error.type_slug == "stale-page":
            return await _sign_page(
                request, actor, kind, asked, said, error.status, forms.text(form, "username", 60)
            )
        return await stock_page(request, actor, said, error.status)
    _ = translate(request)
    return await stock_page(request, actor, Notice("done", _("Underskrevet af begge og skrevet.")))
