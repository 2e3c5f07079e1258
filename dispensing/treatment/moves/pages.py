"""Moves as pages: where a person is, back, the letter, and the treatment at another unit."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime, time
from typing import Any, get_args

from fastapi import APIRouter, Request, Response
from psycopg import AsyncConnection
from starlette.datastructures import FormData

from dispensing.clock import local_moment
from dispensing.counter.away import Place, place_in_words, places
from dispensing.counter.pages import amount_in, key_in
from dispensing.errors import Conflict, Unprocessable
from dispensing.people.act_steps import PAGE_STEP
from dispensing.people.sessions import Actor
from dispensing.people.working import signed_in, work_page
from dispensing.treatment.courses.fields import day_in, one_of, ticked
from dispensing.treatment.deciding import DOCTOR, READERS, Treated, treated
from dispensing.treatment.in_hand import on_paper
from dispensing.treatment.moves import going, letters, offering, returning, texts
from dispensing.treatment.moves.api import as_pdf
from dispensing.treatment.moves.returning import Coverage
from dispensing.treatment.moves.store import Moves, load_moves
from dispensing.treatment.sections import Line, Say, Section
from dispensing.web import formats, forms, render
from dispensing.web.notices import Notice
from dispensing.web.routes import PageRoute, beside, translate, wiring_of
from dispensing.wiring import Wiring

router = APIRouter(route_class=PageRoute, include_in_schema=False)
PERSON = "/behandling/person/{person_id}/flytning"
OFFERS = "/behandling/flytninger"
GIVES = {"yes": True, "no": False, "unknown": None}


async def section(
    wiring: Wiring, connection: AsyncConnection[Any], seen: Treated, _: Say
) -> Section:
    """Where the person is, and what is offered."""
    moves = await load_moves(connection, seen)
    href = PERSON.format(person_id=seen.desk.person_id)
    return Section(_("Flytning"), href, tuple(_lines(moves, seen, _)))


def _lines(moves: Moves, seen: Treated, _: Say) -> list[Line]:
    found: list[Line] = []
    stay, offer = moves.now, moves.offer
    if stay is not None:
        kind = places(_)[stay.place]
        since_on = formats.local_day(stay.since_at, moves.zone)
        found.append(Line(f"{kind}: {stay.name}. " + _("Retten ligger dér siden"), "", since_on))
        if stay.expected_on is not None:
            late = stay.expected_on < seen.desk.on
            found.append(Line(_("Ventes tilbage"), "late" if late else "", stay.expected_on))
    if offer is not None:
        told = _("Tilbudt %(unit)s, venter på svar") % {"unit": offer.to_unit}
        found.append(Line(told, "due", formats.local_day(offer.offered_at, moves.zone)))
    where = _("Retten til at udlevere ligger hos %(unit)s.") % {"unit": moves.holder}
    return found or [Line(where)]


async def _page(
    request: Request,
    actor: Actor,
    person_id: int,
    notice: Notice | None = None,
    status: int = 200,
    typed: FormData | None = None,
) -> Response:
    wiring, _ = wiring_of(request), translate(request)
    async with wiring.pool.connection() as connection:
        token = forms.session_token(request)
        seen = await treated(wiring, connection, token, person_id, "moves")
        moves = await load_moves(connection, seen)
        paper = [] if moves.now is None else await on_paper(connection, person_id)
        await connection.commit()
    stay, language = moves.now, render.language_of(request)
    here = ""
    if stay is not None:
        since_on = formats.local_day(stay.since_at, moves.zone)
        here = place_in_words(stay.place, stay.name, since_on, _, language)
    return work_page(
        request,
        actor,
        "treatment/moves.html",
        status,
        person_id=person_id,
        who=seen.who,
        today=seen.desk.on,
        moves=moves,
        stay=stay,
        here=here,
        paper=paper,
        treats=seen.desk.enrolled_unit_id == actor.unit_id and not seen.desk.course_over,
        unsettled=bool(seen.desk.patient.unsettled_claims),
        places=places(_),
        coverages=texts.coverages(_),
        answers=texts.answers(_),
        typed=typed or {},
        notice=notice,
    )


@router.get(PERSON)
async def moves_page(request: Request, person_id: forms.IdInPath) -> Response:
    """Where the person is and was, and what may be written down."""
    return await _page(request, await signed_in(request, *READERS), person_id)


Press = Callable[[Wiring, str, FormData, Actor, str], Awaitable[Any]]


async def _press(request: Request, person_id: int, roles: tuple[str, ...], act: Press) -> Response:
    form = await forms.read_form(request)
    actor = await signed_in(request, *roles)
    try:
        await act(wiring_of(request), forms.session_token(request), form, actor, key_in(form))
    except (Unprocessable, Conflict) as error:
        said = beside(error, request)
        return await _page(request, actor, person_id, said, error.status, form)
    done = Notice("done", translate(request)("Skrevet ned."))
    return await _page(request, actor, person_id, done)


def _hour(form: FormData, name: str) -> time | None:
    typed = forms.text(form, name, 5)
    try:
        return time.fromisoformat(typed) if typed else None
    except ValueError:
        raise Unprocessable("no such hour", field=name) from None


def _going_in(form: FormData, zone: str) -> going.Going:
    day, hour = day_in(form, "since_on"), _hour(form, "since_at")
    if day is None or hour is None:
        raise Unprocessable("a day and an hour", field="since_at")
    return going.Going(
        place=one_of(form, "place", get_args(Place)),
        name=forms.text(form, "name"),
        told_by=forms.text(form, "told_by"),
        since_at=local_moment(day, hour, zone),
        phone=forms.text(form, "phone") or None,
        expected_on=day_in(form, "expected_on"),
        gives=GIVES[one_of(form, "gives", GIVES)],
        note=forms.text(form, "note") or None,
    )


def _back_in(form: FormData, zone: str) -> returning.Back:
    """What the place told; the fields of doses say something only where some were had."""
    coverage: Coverage = one_of(form, "coverage", get_args(Coverage))
    told_by, note = forms.text(form, "told_by"), forms.text(form, "dose_note") or None
    if coverage != "had":
        return returning.Back(told_by, coverage, dose_note=note)
    until_on, hour = day_in(form, "had_until_on"), _hour(form, "last_at")
    return returning.Back(
        told_by,
        coverage,
        day_in(form, "had_from_on"),
        until_on,
        forms.text(form, "product_code", 40) or None,
        amount_in(form, "daily_mg"),
        _moment(until_on, hour, zone),
        ticked(form, "rest_known"),
        note,
    )


def _moment(day: date | None, hour: time | None, zone: str) -> datetime | None:
    return None if day is None or hour is None else local_moment(day, hour, zone)


@router.post(PERSON + "/vaek", dependencies=[PAGE_STEP])
async def press_away(request: Request, person_id: forms.IdInPath) -> Response:
    """Somebody is away from now on."""

    async def act(wiring: Wiring, token: str, form: FormData, actor: Actor, key: str) -> None:
        await going.go_away(wiring, token, person_id, _going_in(form, actor.zone), key)

    return await _press(request, person_id, READERS, act)


@router.post(PERSON + "/tilbage", dependencies=[PAGE_STEP])
async def press_back(request: Request, person_id: forms.IdInPath) -> Response:
    """Somebody is back, with what was had there."""

    async def act(wiring: Wiring, token: str, form: FormData, actor: Actor, key: str) -> None:
        await returning.come_back(wiring, token, person_id, _back_in(form, actor.zone), key)

    return await _press(request, person_id, READERS, act)


@router.post(PERSON + "/brev", dependencies=[PAGE_STEP])
async def press_letter(request: Request, person_id: forms.IdInPath) -> Response:
    """A letter is written as things stand now."""

    async def act(wiring: Wiring, token: str, form: FormData, actor: Actor, key: str) -> None:
        asked = letters.Addressed(
            forms.text(form, "to_name"),
            forms.text(form, "to_phone") or None,
            forms.text(form, "letter_note") or None,
        )
        await letters.write_letter(wiring, token, person_id, asked, key)

    return await _press(request, person_id, READERS, act)


@router.post(PERSON + "/tilbud", dependencies=[PAGE_STEP])
async def press_offer(request: Request, person_id: forms.IdInPath) -> Response:
    """The treatment is offered to another unit."""

    async def act(wiring: Wiring, token: str, form: FormData, actor: Actor, key: str) -> None:
        asked = offering.Offering(
            forms.needed(form, "to_unit_id", 1, 2**15 - 1),
            forms.text(form, "reason"),
            forms.text(form, "letter_note") or None,
        )
        await offering.offer(wiring, token, person_id, asked, key)

    return await _press(request, person_id, DOCTOR, act)


@router.post(PERSON + "/tilbud/{offer_id}/traek", dependencies=[PAGE_STEP])
async def press_withdraw(
    request: Request, person_id: forms.IdInPath, offer_id: forms.IdInPath
) -> Response:
    """An offer is taken back."""

    async def act(wiring: Wiring, token: str, form: FormData, actor: Actor, key: str) -> None:
        reason = forms.text(form, "reason")
        await offering.withdraw(wiring, token, person_id, offer_id, reason, key)

    return await _press(request, person_id, DOCTOR, act)


@router.get("/behandling/overdragelse/{letter_id}.pdf")
async def letter_page(request: Request, letter_id: forms.IdInPath) -> Response:
    """The letter on paper."""
    await signed_in(request, *READERS)
    token = forms.session_token(request)
    return as_pdf(await letters.print_letter(wiring_of(request), token, letter_id))


async def _offers(
    request: Request, actor: Actor, notice: Notice | None = None, status: int = 200
) -> Response:
    token = forms.session_token(request)
    offers = await offering.offered_here(wiring_of(request), token)
    made = await offering.offered_from_here(wiring_of(request), token)
    return work_page(
        request,
        actor,
        "treatment/move_offers.html",
        status,
        offers=offers,
        made=made,
        answers=texts.answers(translate(request)),
        notice=notice,
    )


@router.get(OFFERS)
async def offers_page(request: Request) -> Response:
    """Treatments that are offered here, and what became of those offered elsewhere."""
    return await _offers(request, await signed_in(request, *DOCTOR))


@router.post(OFFERS + "/{offer_id}/svar", dependencies=[PAGE_STEP])
async def press_answer(request: Request, offer_id: forms.IdInPath) -> Response:
    """The treatment is accepted or declined."""
    form = await forms.read_form(request)
    actor, _ = await signed_in(request, *DOCTOR), translate(request)
    struck = [pair.split(":") for pair in form.getlist("struck_out") if isinstance(pair, str)]
    try:
        rows = tuple((int(serial), int(row)) for serial, row in struck)
    except ValueError:
        raise Unprocessable("no such row", field="struck_out") from None
    accept = one_of(form, "answer", ("accepted", "declined")) == "accepted"
    token, reason = forms.session_token(request), forms.text(form, "reason") or None
    try:
        await offering.answer_offer(
            wiring_of(request), token, offer_id, accept, reason, key_in(form), rows
        )
    except (Unprocessable, Conflict) as error:
        return await _offers(request, actor, beside(error, request), error.status)
    return await _offers(request, actor, Notice("done", _("Skrevet ned.")))
