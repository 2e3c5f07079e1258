"""Doses at home as a page: what the person should be able to show, and what became of each."""

from datetime import date

import msgspec
from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from dispensing.counter import home_doses, home_returns
from dispensing.counter.home_api import ReturnModel
from dispensing.counter.home_returns import BroughtHome
from dispensing.counter.loading import load_desk
from dispensing.counter.page_store import name_of
from dispensing.counter.pages import key_in
from dispensing.errors import Conflict, Unprocessable
from dispensing.looks import record_look
from dispensing.people.act_steps import PAGE_STEP, TEXT_ALONE
from dispensing.people.api import machine_of
from dispensing.people.sessions import Actor
from dispensing.people.working import signed_in, work_page
from dispensing.stock.pages import refused
from dispensing.stock.signing_pages import LONGEST_ASKED, witness_in
from dispensing.web import forms
from dispensing.web.notices import Notice
from dispensing.web.routes import PageRoute, error_text, translate, wiring_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)

HANDS_OUT = ("nurse", "doctor")


async def _page(
    request: Request, actor: Actor, person_id: int, notice: Notice | None = None, status: int = 200
) -> Response:
    """The person's doses at home; NotFound for a person of another unit."""
    wiring = wiring_of(request)
    async with wiring.pool.connection() as connection:
        _, desk, _ = await load_desk(
            connection,
            forms.session_token(request),
            wiring.limits,
            person_id=person_id,
            lock=False,
        )
        who = await name_of(connection, person_id)
        await record_look(wiring, connection, actor, person_id, "home-doses")
        await connection.commit()
    doses = await home_doses.load_home_doses(wiring, actor.unit_id, person_id)
    return work_page(
        request,
        actor,
        "counter/home.html",
        status,
        person_id=person_id,
        who=who,
        doses=doses,
        expected=home_doses.expected_in_hand(doses, desk.on),
        notice=notice,
    )


@router.get("/skranke/person/{person_id}/hjemme")
async def home_page(request: Request, person_id: forms.IdInPath) -> Response:
    """What should be in the person's hands."""
    return await _page(request, await signed_in(request, *HANDS_OUT), person_id)


@router.post("/skranke/person/{person_id}/hjemme/talt", dependencies=[PAGE_STEP])
async def press_counted(request: Request, person_id: forms.IdInPath) -> Response:
    """The person showed so many."""
    form = await forms.read_form(request)
    actor = await signed_in(request, *HANDS_OUT)
    _ = translate(request)
    counted = forms.needed(form, "counted", 0, home_doses.MOST_COUNTED)
    try:
        await home_doses.count_back(
            wiring_of(request),
            forms.session_token(request),
            person_id,
            counted,
            forms.text(form, "note") or None,
            key_in(form),
        )
    except Unprocessable as error:
        said = _("Antallet passer ikke: skriv hvorfor, så ser lægen det.")
        known = said if error.facts.get("field") == "reason" else error_text(error, request)
        return await _page(request, actor, person_id, Notice("error", known), error.status)
    return await _page(request, actor, person_id, Notice("done", _("Skrevet ned.")))


@router.post("/skranke/person/{person_id}/hjemme/tilbage", dependencies=[TEXT_ALONE])
async def press_returned(request: Request, person_id: forms.IdInPath) -> Response:
    """A dose is brought back: first its text, for two to read and sign."""
    form = await forms.read_form(request)
    actor = await signed_in(request, *HANDS_OUT)
    for_on, part = _dose_in(form)
    asked = BroughtHome(
        person_id,
        for_on,
        part,
        forms.text(form, "unopened", 1) == "1",
        forms.text(form, "note") or None,
        forms.text(form, "left", 20).replace(",", ".") or None,
        forms.text(form, "label_code", 100) or None,
    )
    try:
        return await _sign_page(request, actor, asked)
    except (Conflict, Unprocessable) as error:
        return await _page(request, actor, person_id, refused(request, error), error.status)


async def _sign_page(
    request: Request,
    actor: Actor,
    asked: BroughtHome,
    notice: Notice | None = None,
    status: int = 200,
    username: str = "",
) -> Response:
    """The text that both read, and the second person's own sign-in."""
    text, sha256 = await home_returns.take_back_text(
        wiring_of(request), forms.session_token(request), asked
    )
    sent = {name: value for name, value in msgspec.to_builtins(asked).items() if value is not None}
    del sent["person_id"]
    home = f"/skranke/person/{asked.person_id}/hjemme"
    return work_page(
        request,
        actor,
        "stock/sign.html",
        status,
        action=f"{home}/underskriv",
        way_back=home,
        kind="home-return",
        asked=msgspec.json.encode(sent).decode(),
        text=text,
        sha256=sha256,
        notice=notice,
        username=username,
        alone_may=False,
    )


@router.post("/skranke/person/{person_id}/hjemme/underskriv", dependencies=[PAGE_STEP])
async def press_signed(request: Request, person_id: forms.IdInPath) -> Response:
    """The second person signs that the dose came back."""
    form = await forms.read_form(request)
    actor = await signed_in(request, *HANDS_OUT)
    try:
        sent = ReturnModel.model_validate_json(forms.text(form, "asked", LONGEST_ASKED))
    except ValueError:
        raise Unprocessable("no such act", field="asked") from None
    asked = sent.asked(person_id)
    witness = witness_in(form, machine_of(request))
    wiring, token = wiring_of(request), forms.session_token(request)
    seen = forms.text(form, "seen", 64)
    try:
        await home_returns.take_back(wiring, token, asked, seen, witness, key_in(form))
    except (Conflict, Unprocessable) as error:
        said = refused(request, error)
        if error.type_slug.startswith("witness-") or error.type_slug == "stale-page":
            who = forms.text(form, "username", 60)
            return await _sign_page(request, actor, asked, said, error.status, who)
        return await _page(request, actor, person_id, said, error.status)
    _ = translate(request)
    done = _("Underskrevet af begge. Dosis ligger som returneret medicin og skal destrueres.")
    return await _page(request, actor, person_id, Notice("told", done))


@router.post("/skranke/person/{person_id}/hjemme/tabt", dependencies=[PAGE_STEP])
async def press_lost(request: Request, person_id: forms.IdInPath) -> Response:
    """A dose is reported lost, stolen or spilt."""
    form = await forms.read_form(request)
    actor = await signed_in(request, *HANDS_OUT)
    for_on, part = _dose_in(form)
    how = forms.text(form, "how", 10)
    if how not in ("lost", "stolen", "spilt"):
        raise Unprocessable("say how it was lost", field="how")
    await home_doses.report_loss(
        wiring_of(request),
        forms.session_token(request),
        person_id,
        for_on,
        part,
        how,
        forms.text(form, "verified", 1) == "1",
        forms.text(form, "note") or None,
        key_in(form),
    )
    _ = translate(request)
    said = _("Skrevet ned. Lægen får besked; dosis erstattes ikke uden lægen.")
    return await _page(request, actor, person_id, Notice("told", said))


def _dose_in(form: FormData) -> tuple[date, int]:
    """Which dose a form is about. Raises Unprocessable."""
    try:
        return date.fromisoformat(forms.text(form, "for_on", 10)), forms.needed(form, "part", 1, 99)
    except ValueError:
        raise Unprocessable("no such day", field="for_on") from None
