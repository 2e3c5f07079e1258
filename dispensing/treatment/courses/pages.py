"""A person's course as a page: the guarantee, the assessment, the plan, the address, the end."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from psycopg import AsyncConnection

from dispensing.counter.pages import key_in
from dispensing.errors import Conflict, Unprocessable
from dispensing.people.act_steps import PAGE_STEP
from dispensing.people.sessions import Actor
from dispensing.people.working import signed_in, work_page
from dispensing.treatment.courses import (
    assessing,
    correcting,
    ending,
    fields,
    registering,
    texts,
)
from dispensing.treatment.courses.known import Found
from dispensing.treatment.courses.store import Course, load_course
from dispensing.treatment.deciding import DOCTOR, READERS, Treated, treated
from dispensing.treatment.in_hand import on_paper
from dispensing.treatment.sections import Line, Say, Section
from dispensing.web import forms
from dispensing.web.notices import Notice
from dispensing.web.routes import PageRoute, beside, translate, wiring_of
from dispensing.wiring import Wiring

router = APIRouter(route_class=PageRoute, include_in_schema=False)
CORRECTED = ("given_name", "family_name", "born_on", "correction_reason")


async def section(
    wiring: Wiring, connection: AsyncConnection[Any], seen: Treated, _: Say
) -> Section:
    """How the course stands, and what is missing in it."""
    course = await load_course(connection, seen)
    href = f"/behandling/person/{seen.desk.person_id}/forloeb"
    return Section(_("Forløb"), href, tuple(lines(course, seen, _)))


async def risks_section(
    wiring: Wiring, connection: AsyncConnection[Any], seen: Treated, _: Say
) -> Section:
    """Of the newest assessment what is dangerous to whoever hands out; there is no way in."""
    one = (await load_course(connection, seen)).assessment
    if one is None:
        nothing = Line(_("Lægens vurdering: aldrig skrevet ned"), "due")
        return Section(_("Risici og allergi"), "", (nothing,))
    allergy, tolerance = texts.allergies(_)[one.allergies], texts.tolerances(_)[one.tolerance]
    said = [
        (_("Allergi"), allergy, one.allergies_note),
        (_("Tolerance"), tolerance, one.tolerance_note),
        (_("Graviditet"), texts.pregnancies(_)[one.pregnancy], None),
        (_("Risici"), one.risks or _("ingen skrevet ned"), None),
    ]
    found = [Line(f"{name}: {text}" + (f" · {note}" if note else "")) for name, text, note in said]
    return Section(_("Risici og allergi"), "", tuple(found))


def lines(course: Course, seen: Treated, _: Say) -> list[Line]:
    """A course in a few lines."""
    today = seen.desk.on
    if course.ended_on is not None:
        why = texts.statuses(_)[course.ends[0].status] if course.ends else _("Ukendt")
        return [Line(_("Forløbet er slut: %(why)s") % {"why": why}, "", course.ended_on)]
    found = [Line(_("Kort %(card)s") % {"card": course.card})]
    clock = course.clock(seen.desk.patient.first_dose_on, today)
    if clock is not None and not clock.stopped:
        found.append(texts.clock_line(_, clock))
    if course.address is not None and course.address.protected:
        found.append(Line(_("Adressen er beskyttet: skriv den ingen steder.")))
    if course.assessment is None:
        found.append(Line(_("Lægens vurdering: aldrig skrevet ned"), "due"))
    if course.plan is None:
        found.append(Line(_("Behandlingsplan: aldrig skrevet ned"), "due"))
    else:
        again_on = course.plan.review_on
        mark = "late" if again_on < today else "due" if again_on == today else ""
        found.append(Line(_("Behandlingsplanen ses på igen"), mark, again_on))
    return found


async def _page(
    request: Request,
    actor: Actor,
    person_id: int,
    notice: Notice | None = None,
    *,
    status: int = 200,
    typed: Mapping[str, str] | None = None,
    alike: Found | None = None,
) -> Response:
    wiring, _ = wiring_of(request), translate(request)
    async with wiring.pool.connection() as connection:
        seen = await treated(wiring, connection, forms.session_token(request), person_id, "course")
        course = await load_course(connection, seen)
        paper = await on_paper(connection, person_id) if course.ended_on else []
        await connection.commit()
    today, facts = seen.desk.on, seen.desk.patient
    clock = course.clock(facts.first_dose_on, today)
    return work_page(
        request,
        actor,
        "treatment/course.html",
        status,
        typed=typed,
        alike=alike,
        person_id=person_id,
        who=seen.who,
        today=today,
        course=course,
        paper=paper,
        clock=None if clock is None else texts.clock_line(_, clock),
        at_home=course.at_home(today),
        unsettled=sum(claim.state != "given" for claim in facts.claims),
        treats=seen.desk.enrolled_unit_id == actor.unit_id,
        pregnant=facts.pregnant,
        ways_in=texts.ways_in(_),
        befores=texts.befores(_),
        tolerances=texts.tolerances(_),
        allergies=texts.allergies(_),
        pregnancies=texts.pregnancies(_),
        statuses=texts.statuses(_),
        notice=notice,
    )


@router.get("/behandling/person/{person_id}/forloeb")
async def course_page(request: Request, person_id: forms.IdInPath) -> Response:
    """The course as it stands, and what may be signed in it."""
    return await _page(request, await signed_in(request, *READERS), person_id)


async def _signed(
    request: Request,
    person_id: int,
    roles: tuple[str, ...],
    sign: Callable[[Wiring, str, Any, str], Awaitable[Any]],
) -> Response:
    form = await forms.read_form(request)
    actor = await signed_in(request, *roles)
    await sign(wiring_of(request), forms.session_token(request), form, key_in(form))
    _ = translate(request)
    return await _page(request, actor, person_id, Notice("done", _("Skrevet ned.")))


@router.post("/behandling/person/{person_id}/forloeb/vurdering", dependencies=[PAGE_STEP])
async def press_assess(request: Request, person_id: forms.IdInPath) -> Response:
    """The doctor's assessment is signed."""
    return await _signed(
        request,
        person_id,
        DOCTOR,
        lambda wiring, token, form, key: assessing.assess(
            wiring, token, person_id, fields.assessment_in(form), key
        ),
    )


@router.post("/behandling/person/{person_id}/forloeb/plan", dependencies=[PAGE_STEP])
async def press_plan(request: Request, person_id: forms.IdInPath) -> Response:
    """The treatment plan is signed."""
    return await _signed(
        request,
        person_id,
        DOCTOR,
        lambda wiring, token, form, key: assessing.plan(
            wiring, token, person_id, fields.plan_in(form), key
        ),
    )


@router.post("/behandling/person/{person_id}/forloeb/adresse", dependencies=[PAGE_STEP])
async def press_address(request: Request, person_id: forms.IdInPath) -> Response:
    """An address is kept, or from now on none."""
    return await _signed(
        request,
        person_id,
        READERS,
        lambda wiring, token, form, key: assessing.write_address(
            wiring,
            token,
            person_id,
            forms.text(form, "address") or None,
            fields.ticked(form, "address_protected"),
            key,
        ),
    )


@router.post("/behandling/person/{person_id}/forloeb/ret", dependencies=[PAGE_STEP])
async def press_correct(request: Request, person_id: forms.IdInPath) -> Response:
    """A name or birth date is corrected; what is printed with the old one is told."""
    form = await forms.read_form(request)
    actor, _ = await signed_in(request, *READERS), translate(request)
    wiring, token = wiring_of(request), forms.session_token(request)
    typed = {name: forms.text(form, name) for name in CORRECTED}
    try:
        asked = fields.correction_in(form)
        done = await correcting.correct(wiring, token, person_id, asked, key_in(form))
    except (Unprocessable, Conflict) as error:
        alike = None
        if error.type_slug == "look-alike":
            asked = fields.correction_in(form)
            alike = await correcting.look_alikes(wiring, token, person_id, asked)
        return await _page(
            request,
            actor,
            person_id,
            beside(error, request),
            status=error.status,
            typed=typed,
            alike=alike,
        )
    said = [_("Rettet.")]
    if labels := done.body["labels"]:
        said.append(_("Etiketter med det gamle navn: %(labels)s.") % {"labels": labels})
    for serial, row in done.body["on_paper"]:
        said.append(_("Liste %(serial)s, række %(row)s") % {"serial": serial, "row": row} + ".")
    if len(said) > 1:
        said.append(_("Det trykte retter ikke sig selv: skriv det om i hånden."))
    return await _page(request, actor, person_id, Notice("done", " ".join(said)))


@router.post("/behandling/person/{person_id}/forloeb/slut", dependencies=[PAGE_STEP])
async def press_end(request: Request, person_id: forms.IdInPath) -> Response:
    """The course ends; nothing is ordered from now on."""
    return await _signed(
        request,
        person_id,
        READERS,
        lambda wiring, token, form, key: ending.end_course(
            wiring, token, person_id, fields.ending_in(form), key
        ),
    )


@router.post("/behandling/person/{person_id}/forloeb/igen", dependencies=[PAGE_STEP])
async def press_again(request: Request, person_id: forms.IdInPath) -> Response:
    """A further course begins on the same record."""
    return await _signed(
        request,
        person_id,
        READERS,
        lambda wiring, token, form, key: registering.enrol_again(
            wiring, token, person_id, fields.contact_in(form), key
        ),
    )
