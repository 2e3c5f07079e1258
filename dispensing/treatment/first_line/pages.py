"""Buprenorphine first, as pages: one person's offers, and the unit's list with its indicators."""

from collections.abc import Mapping
from typing import Any, get_args

from fastapi import APIRouter, Request, Response
from psycopg import AsyncConnection

from audit.definitions import Definition, Share, definitions
from dispensing.counter.pages import key_in
from dispensing.people.act_steps import PAGE_STEP
from dispensing.people.sessions import Actor
from dispensing.people.working import signed_in, work_page
from dispensing.treatment.courses.fields import day_in, one_of
from dispensing.treatment.deciding import DOCTOR, READERS, Treated, treated
from dispensing.treatment.first_line.offering import FIRST, Answer, Offer, offer
from dispensing.treatment.first_line.overview import OnAnother, load_overview, offers_of
from dispensing.treatment.sections import Line, Say, Section
from dispensing.web import forms
from dispensing.web.notices import Notice
from dispensing.web.routes import PageRoute, translate, wiring_of
from dispensing.wiring import Wiring

router = APIRouter(route_class=PageRoute, include_in_schema=False)


def answers(_: Say) -> Mapping[Answer, str]:
    """What may be answered, in words."""
    return {
        "accepted": _("Tilbudt: ja tak"),
        "declined": _("Tilbudt: nej tak"),
        "not_offered": _("Ikke tilbudt"),
    }


def substances(_: Say) -> Mapping[str, str]:
    """What somebody has instead."""
    return {
        "methadone": _("metadon"),
        "diacetylmorphine": _("heroin (diacetylmorfin)"),
        FIRST: _("buprenorphin"),
    }


async def section(
    wiring: Wiring, connection: AsyncConnection[Any], seen: Treated, _: Say
) -> Section:
    """The newest offer, or that nothing is written."""
    href = f"/behandling/person/{seen.desk.person_id}/foerstevalg"
    offers = await offers_of(connection, seen.desk.person_id)
    order = seen.desk.patient.prescription
    on_first = order is not None and order.product.substance == FIRST
    if not offers:
        line = Line(_("Tilbud om buprenorphin: aldrig skrevet ned"), "" if on_first else "due")
        return Section(_("Buprenorphin først"), href, (line,))
    newest = offers[0]
    found = [Line(answers(_)[newest.answer], "", newest.offered_on)]
    if newest.next_on is not None and not on_first:
        mark = "due" if newest.next_on <= seen.desk.on else ""
        found.append(Line(_("Næste mulighed for at skifte"), mark, newest.next_on))
    return Section(_("Buprenorphin først"), href, tuple(found))


async def _page(
    request: Request, actor: Actor, person_id: int, notice: Notice | None = None
) -> Response:
    wiring, _ = wiring_of(request), translate(request)
    async with wiring.pool.connection() as connection:
        token = forms.session_token(request)
        seen = await treated(wiring, connection, token, person_id, "first-line")
        offers = await offers_of(connection, person_id)
        await connection.commit()
    return work_page(
        request,
        actor,
        "treatment/first_line.html",
        person_id=person_id,
        who=seen.who,
        today=seen.desk.on,
        offers=offers,
        answers=answers(_),
        notice=notice,
    )


@router.get("/behandling/person/{person_id}/foerstevalg")
async def first_line_page(request: Request, person_id: forms.IdInPath) -> Response:
    """What was offered and answered."""
    return await _page(request, await signed_in(request, *READERS), person_id)


@router.post("/behandling/person/{person_id}/foerstevalg", dependencies=[PAGE_STEP])
async def press_offer(request: Request, person_id: forms.IdInPath) -> Response:
    """An offer with its answer is signed."""
    form = await forms.read_form(request)
    actor = await signed_in(request, *DOCTOR)
    asked = Offer(
        one_of(form, "offer_answer", get_args(Answer)),
        forms.text(form, "offer_reason") or None,
        day_in(form, "next_chance_on"),
    )
    token = forms.session_token(request)
    await offer(wiring_of(request), token, person_id, asked, key_in(form))
    _ = translate(request)
    return await _page(request, actor, person_id, Notice("done", _("Skrevet ned.")))


def why_line(_: Say, one: OnAnother, today: Any) -> Line:
    """Why somebody has another substance, and the next chance."""
    if one.answer is None:
        return Line(_("ingen grund skrevet ned"), "late")
    if one.answer == "accepted":
        return Line(_("sagde ja til buprenorphin og har en anden ordination"), "late")
    said = f"{answers(_)[one.answer]}: {one.reason}. " + _("Næste mulighed")
    return Line(said, "due" if one.due(today) else "", one.next_on)


def standing(_: Say, share: Share, definition: Definition) -> Line:
    """An indicator against its target, in words; n is said beside it."""
    said = {
        None: _("ingen endnu"),
        "met": _("målet er nået"),
        "missed": _("målet er ikke nået"),
        "open": _("afhænger af de ukendte"),
    }[share.standing(definition.target)]
    counts = {
        "percent": "–" if share.percent is None else share.percent,
        "yes": share.yes,
        "known": share.yes + share.no,
        "unknown": share.unknown,
        "n": share.n,
        "target": definition.target,
        "said": said,
    }
    text = _(
        "%(percent)s %% (%(yes)s af %(known)s, ukendt %(unknown)s, n = %(n)s), mål %(target)s %%:"
        " %(said)s"
    )
    return Line(text % counts, "due" if share.standing(definition.target) == "missed" else "")


@router.get("/behandling/metadon")
async def overview_page(request: Request) -> Response:
    """Whom the unit treats with something else, why, and how the new began."""
    actor = await signed_in(request, *DOCTOR)
    _, known = translate(request), definitions()
    seen = await load_overview(wiring_of(request), forms.session_token(request))
    names, counted = substances(_), seen.indicators
    return work_page(
        request,
        actor,
        "treatment/why_methadone.html",
        rows=[(one, names[one.substance], why_line(_, one, seen.today)) for one in seen.people],
        due=sum(one.due(seen.today) for one in seen.people),
        since=counted.since,
        unplaced=counted.unplaced,
        indicators=(
            (_("Tilbudt buprenorphin først"), standing(_, counted.offered, known["M7"])),
            (_("Begyndt på buprenorphin"), standing(_, counted.started, known["M8"])),
        ),
    )
