"""The doctor's page: what waits for a decision, most dangerous first, the open case beside it."""

from dataclasses import replace

from fastapi import APIRouter, Request, Response

from dispensing import clock
from dispensing.counter import preview, questions
from dispensing.counter.notices import open_notices, read_notice
from dispensing.counter.page_store import (
    OpenQuestion,
    acting_quietly,
    open_questions,
    paper_conflicts,
    question_of_person,
)
from dispensing.counter.pages import answer_in, key_in, reader_of
from dispensing.counter.panels import finding_views, panel, verdict_of
from dispensing.counter.views import CaseRow, CaseView, DoctorView, Seen, Word
from dispensing.errors import NotFound
from dispensing.looks import look_at, look_at_list
from dispensing.people.act_steps import PAGE_STEP
from dispensing.people.sessions import Actor
from dispensing.people.working import header, signed_in
from dispensing.web import forms, render
from dispensing.web.notices import Notice
from dispensing.web.routes import PageRoute, translate, wiring_of
from dosing_rules import Severity

router = APIRouter(route_class=PageRoute, include_in_schema=False)


async def _doctor(request: Request) -> Actor:
    return await signed_in(request, "doctor")


async def _view(
    request: Request, actor: Actor, question_id: int | None, notice: Notice | None = None
) -> DoctorView:
    wiring = wiring_of(request)
    waiting = await open_questions(wiring, actor.unit_id)
    reader = await reader_of(request, actor)

    def row(question: OpenQuestion) -> CaseRow:
        verdict = verdict_of(question.verdict)
        word: Word = verdict.word  # type: ignore[assignment]
        said = finding_views(verdict, {}, reader)
        return CaseRow(
            question_id=question.question_id,
            name=f"{question.given_name} {question.family_name}",
            initials=f"{question.given_name[:1]}.{question.family_name[:1]}.",
            word=word,
            asked_at=question.asked_at,
            asked_by=f"{question.asker_given_name[:1]}. {question.asker_family_name}",
            summary=said[0].text if said else "",
            unconfirmed=bool(said) and said[0].unconfirmed,
        )

    # Stable: among equals whoever waited longest comes first.
    waiting.sort(key=lambda question: -verdict_of(question.verdict).severity)
    case = None
    chosen = next((q for q in waiting if q.question_id == question_id), None)
    if question_id is not None and chosen is None and notice is None:
        raise NotFound("no such question waits here")
    if chosen is not None:
        case = await _case(request, actor, chosen, row(chosen))
    rows = tuple(row(question) for question in waiting)
    told = tuple(await open_notices(wiring, actor.unit_id))
    people = [one.person_id for one in (*waiting, *told)]
    await look_at_list(wiring, actor, "doctor-questions", people)
    paper = await paper_conflicts(wiring, actor.unit_id)
    return DoctorView(header(actor), rows, actor.now, case, notice, told, paper)


async def _case(request: Request, actor: Actor, asked: OpenQuestion, row: CaseRow) -> CaseView:
    """The person as they stand, with the findings that were asked about."""
    wiring = wiring_of(request)
    reader = await reader_of(request, actor)
    shown = await preview.preview(
        wiring, forms.session_token(request), asked.person_id, night=asked.night
    )
    earlier = await question_of_person(
        wiring, actor.unit_id, asked.person_id, asked.day, night=asked.night
    )
    built = panel(shown, earlier, reader, str(clock.new_id()), Seen())
    verdict = verdict_of(asked.verdict)
    word: Word = verdict.word  # type: ignore[assignment]
    as_asked = replace(
        built,
        stage="check",
        word=word,
        findings=finding_views(verdict, {}, reader),
        question=None,
    )
    return CaseView(row, asked.note or "", as_asked, built.key)


@router.get("/laege")
async def doctor_page(request: Request, sag: forms.IdAsked = None) -> Response:
    """The whole page."""
    view = await _view(request, await _doctor(request), sag)
    return render.page(request, "counter/doctor.html", view=view, csrf=forms.csrf_token(request))


@router.get("/laege/liste")
async def doctor_list(request: Request) -> Response:
    """The list alone; it refreshes by itself."""
    actor = await acting_quietly(wiring_of(request), forms.session_token(request))
    actor.must_be("doctor")
    view = await _view(request, actor, None)
    return render.page(request, "counter/doctor_list.html", view=view)


@router.get("/laege/sag/{question_id}")
async def show_case(request: Request, question_id: forms.IdInPath) -> Response:
    """One case beside the list."""
    view = await _view(request, await _doctor(request), question_id)
    csrf = forms.csrf_token(request)
    return render.page(request, "counter/doctor_case.html", view=view, csrf=csrf)


@router.post("/laege/besked/{notice_id}", dependencies=[PAGE_STEP])
async def press_read(request: Request, notice_id: forms.IdInPath) -> Response:
    """The doctor has read what the counter told, with a word in answer or none."""
    form = await forms.read_form(request)
    actor = await _doctor(request)
    await read_notice(
        wiring_of(request),
        forms.session_token(request),
        notice_id,
        forms.text(form, "answer") or None,
        key_in(form),
    )
    _ = translate(request)
    view = await _view(request, actor, None, Notice("done", _("Læst.")))
    csrf = forms.csrf_token(request)
    if render.is_fragment(request):
        return render.page(
            request, "counter/doctor_case.html", view=view, csrf=csrf, is_fragment=True
        )
    return render.page(request, "counter/doctor.html", view=view, csrf=csrf)


@router.get("/laege/besked/{notice_id}")
async def show_notice(request: Request, notice_id: forms.IdInPath) -> Response:
    """One notice beside the list."""
    actor = await _doctor(request)
    told = await open_notices(wiring_of(request), actor.unit_id, notice_id)
    if not told:
        raise NotFound("no such notice here")
    await look_at(wiring_of(request), actor, told[0].person_id, "doctor-notices")
    csrf, key = forms.csrf_token(request), str(clock.new_id())
    if render.is_fragment(request):
        return render.page(request, "counter/doctor_notice.html", told=told[0], csrf=csrf, key=key)
    view = await _view(request, actor, None)
    return render.page(request, "counter/doctor.html", view=view, csrf=csrf, told=told[0], key=key)


@router.post("/laege/sag/{question_id}", dependencies=[PAGE_STEP])
async def answer_case(request: Request, question_id: forms.IdInPath) -> Response:
    """The doctor's answer; the counter hears of it within a second."""
    form = await forms.read_form(request)
    actor = await _doctor(request)
    waiting = await open_questions(wiring_of(request), actor.unit_id, question_id)
    _ = translate(request)
    if not waiting:
        view = await _view(
            request, actor, None, Notice("error", _("Spørgsmålet er allerede besvaret."))
        )
    else:
        asked = waiting[0]
        rule_ids = frozenset(
            finding.rule_id
            for finding in verdict_of(asked.verdict).findings
            if finding.severity >= Severity.CONFIRM
        )
        answer = answer_in(form, rule_ids, night=asked.night)
        token = forms.session_token(request)
        await questions.answer(wiring_of(request), token, asked.person_id, answer, key_in(form))
        view = await _view(request, actor, None, Notice("done", _("Svaret er ved skranken.")))
    csrf = forms.csrf_token(request)
    if render.is_fragment(request):
        return render.page(
            request, "counter/doctor_case.html", view=view, csrf=csrf, is_fragment=True
        )
    return render.page(request, "counter/doctor.html", view=view, csrf=csrf)
