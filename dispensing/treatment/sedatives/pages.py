"""Benzodiazepines and the way down as pages: nurses read them, doctors decide on them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from fastapi import APIRouter, Request, Response
from psycopg import AsyncConnection

from dispensing.counter.outcome import Outcome
from dispensing.counter.pages import key_in, reader_of
from dispensing.counter.panels import finding_views
from dispensing.errors import Conflict, Unprocessable
from dispensing.people.act_steps import PAGE_STEP, READS
from dispensing.people.sessions import Actor
from dispensing.people.working import signed_in, work_page
from dispensing.treatment.deciding import READERS, Treated
from dispensing.treatment.sections import Line, Say, Section
from dispensing.treatment.sedatives import drafting, listing, tapering
from dispensing.treatment.sedatives.case import prescriber_of
from dispensing.treatment.sedatives.following import Went
from dispensing.treatment.sedatives.overview import counted, load_tapers
from dispensing.treatment.sedatives.plan import Step
from dispensing.treatment.sedatives.plot import plot_of, scale_of
from dispensing.treatment.sedatives.proposing import Proposal, propose
from dispensing.treatment.sedatives.reading_forms import (
    list_in,
    needed_dose,
    pause_in,
    plan_in,
)
from dispensing.treatment.sedatives.store import PlanKept, kept_of
from dispensing.treatment.sedatives.tablets import Makeable, Pieces
from dispensing.web import formats, forms
from dispensing.web.notices import Notice
from dispensing.web.routes import PageRoute, beside, translate, wiring_of
from dispensing.web.sedative_words import places, sources, substances
from dispensing.wiring import Wiring
from dosing_rules import Finding, RuleBook, Verdict

router = APIRouter(route_class=PageRoute, include_in_schema=False)
STATES = ("above_guidance", "informed", "agreed", "tapering")
#: Rows beside those on the list: one to choose a medicine in, one to write a code in.
SPARE_ROWS = 2
PATH = "/behandling/person/{person_id}/beroligende"


async def section(
    wiring: Wiring, connection: AsyncConnection[Any], seen: Treated, _: Say
) -> Section:
    """What a person takes and how the taper stands, in a line or two."""
    kept = await kept_of(connection, seen.desk.person_id)
    sedatives, stands, lines = seen.desk.patient.sedatives, kept.stands(seen.desk.on), []
    if sedatives is None:
        lines.append(Line(_("Det vides ikke, om personen får benzodiazepiner."), "due"))
    elif sedatives.diazepam_high_ug == 0:
        lines.append(Line(_("Ingen benzodiazepiner.")))
    else:
        state = {"none": "", **{one: places(_)[one] for one in STATES}}[sedatives.plan]
        high = formats.milligrams(sedatives.diazepam_high_ug, "da")
        text = _("Højst %(high)s diazepam om dagen") % {"high": high}
        lines.append(Line(f"{text} · {state}" if state else text))
    if stands is not None and stands.next_step is not None:
        mark = {"behind": "late", "step-today": "due"}.get(stands.word, "")
        text = f"{_('Nedtrapning')}: {places(_)[stands.word]}. {_('Næste trin')}"
        lines.append(Line(text, mark, stands.next_step.on))  # type: ignore[arg-type]
    href = PATH.format(person_id=seen.desk.person_id)
    return Section(_("Beroligende medicin"), href, tuple(lines))


async def _page(
    request: Request,
    actor: Actor,
    person_id: int,
    notice: Notice | None = None,
    status: int = 200,
    typed: Mapping[str, str] | None = None,
) -> Response:
    """The whole page; ``typed`` fills the form of a plan again."""
    wiring, _ = wiring_of(request), translate(request)
    found = await drafting.load(wiring, forms.session_token(request), person_id)
    kept, desk, book = found.kept, found.seen.desk, found.book
    load, stands, plan = kept.load, kept.stands(desk.on), kept.plan
    counter = desk.patient.sedatives
    shown = plan is not None and (plan.end is None or plan.end.on == desk.on)
    return work_page(
        request,
        actor,
        "sedatives/person.html",
        status,
        person_id=person_id,
        who=found.seen.who,
        today=desk.on,
        kept=kept,
        load=load,
        counter=counter,
        # What the counter knows was not written here: from an older record, or by a merge.
        otherwise=load is not None
        and counter is not None
        and (counter.diazepam_low_ug, counter.diazepam_high_ug) != (load.low_ug, load.high_ug),
        pregnant=desk.patient.pregnant is True,
        scale=None
        if counter is None or book is None
        else scale_of(counter.diazepam_low_ug, counter.diazepam_high_ug, book.diazepam_load_ug),
        guidance_ug=None if book is None else book.diazepam_load_ug,
        book=book,
        stands=stands,
        plan=plan if shown else None,
        rows=_plan_rows(plan) if plan is not None and shown else (),
        plot=_plot(found) if shown else None,
        review_on=_review_on(plan, book),
        states=STATES,
        words=places(_),
        substances=substances(_),
        sources=sources(_),
        spare=SPARE_ROWS,
        typed=typed or {},
        notice=notice,
    )


def _review_on(plan: PlanKept | None, book: RuleBook | None) -> date | None:
    if plan is None or plan.end is not None or book is None:
        return None
    return plan.looked_at_on + timedelta(days=book.taper_plan_days)


def _plot(found: drafting.Found) -> Any:
    plan, today = found.kept.plan, found.seen.desk.on
    assert plan is not None, "asked only where there is one"
    went = [Went(one.on, one.dose_ug) for one in found.kept.went]
    began_ug = found.kept.went[0].before_ug if found.kept.went else None
    return plot_of(plan.from_ug, plan.steps, went, plan.pauses, today, began_ug)


def _plan_rows(plan: PlanKept) -> list[tuple[Step, tuple[Pieces, ...]]]:
    tablets = Makeable(plan.strengths_ug, plan.halves, plan.from_ug)
    return [(step, tablets.pieces(step.dose_ug)) for step in plan.steps]


@router.get(PATH)
async def person_page(request: Request, person_id: forms.IdInPath) -> Response:
    """What is taken, where the person is on the way, and what comes next."""
    return await _page(request, await signed_in(request, *READERS), person_id)


async def _decided(
    request: Request,
    person_id: int,
    decide: Callable[[Any, Wiring, str, str], Awaitable[Outcome]],
    *,
    plan: bool = False,
) -> Response:
    """A doctor's press: done, or what stands in the way, on the page it was pressed on."""
    form = await forms.read_form(request)
    actor = await signed_in(request, "doctor")
    wiring, _ = wiring_of(request), translate(request)
    typed = {name: str(value) for name, value in form.items()} if plan else None
    try:
        outcome = await decide(form, wiring, forms.session_token(request), key_in(form))
    except (Unprocessable, Conflict) as error:
        notice = beside(error, request)
        return await _page(request, actor, person_id, notice, error.status, typed)
    if not outcome.allowed and outcome.verdict is not None:
        reader = await reader_of(request, actor)
        said = finding_views(Verdict.from_dict(outcome.verdict), {}, reader)
        lines = " ".join(one.text for one in said if one.rule_id in outcome.blocking)
        text = _("Ikke skrevet ned. Skriv en begrundelse, eller gå langsommere:")
        notice = Notice("refused", f"{text} {lines}")
        return await _page(request, actor, person_id, notice, outcome.status, typed)
    return await _page(request, actor, person_id, Notice("done", _("Skrevet ned.")))


@router.post(f"{PATH}/liste", dependencies=[PAGE_STEP])
async def press_list(request: Request, person_id: forms.IdInPath) -> Response:
    """What is taken is written, all of it."""

    async def press(form: Any, wiring: Wiring, token: str, key: str) -> Outcome:
        note = forms.text(form, "note") or None
        return await listing.record_list(wiring, token, person_id, list_in(form), note, key)

    return await _decided(request, person_id, press)


@router.post(f"{PATH}/informeret", dependencies=[PAGE_STEP])
async def press_told(request: Request, person_id: forms.IdInPath) -> Response:
    """The person was told."""

    async def press(form: Any, wiring: Wiring, token: str, key: str) -> Outcome:
        return await listing.tell(wiring, token, person_id, forms.text(form, "note"), key)

    return await _decided(request, person_id, press)


@router.post(f"{PATH}/udkast", dependencies=[READS])
async def press_draft(request: Request, person_id: forms.IdInPath) -> Response:
    """A plan is laid out and asked of the book; nothing is signed by that."""
    form = await forms.read_form(request)
    actor = await signed_in(request, "doctor")
    wiring = wiring_of(request)
    typed = {name: str(value) for name, value in form.items()}
    try:
        found = await drafting.load(wiring, forms.session_token(request), person_id)
        if found.book is None:
            raise Conflict("no rule book is in force for this unit")
        asked = plan_in(form, found.kept, found.book)
        # Whether it stands on the card and is agreed is said when it is signed.
        meant = replace(asked, on_medication_card=True, agreed_with_patient=True)
        desk = found.seen.desk
        proposal = propose(meant, found.kept, desk, found.book, prescriber_of(actor))
    except (Unprocessable, Conflict) as error:
        notice = beside(error, request)
        return await _page(request, actor, person_id, notice, error.status, typed)
    return await _draft_page(request, actor, found, proposal, typed)


async def _draft_page(
    request: Request,
    actor: Actor,
    found: drafting.Found,
    proposal: Proposal,
    typed: Mapping[str, str],
) -> Response:
    outline, _ = proposal.outline, translate(request)
    tablets = Makeable(outline.strengths_ug, outline.halves, outline.from_ug)
    today = found.seen.desk.on
    reader = await reader_of(request, actor)
    return work_page(
        request,
        actor,
        "sedatives/draft.html",
        person_id=found.seen.desk.person_id,
        who=found.seen.who,
        proposal=proposal,
        rows=[(step, tablets.pieces(step.dose_ug)) for step in proposal.steps],
        plot=plot_of(outline.from_ug, proposal.steps, (), outline.pauses, today),
        said=[(view, said.steps) for said, view in _views(proposal.findings, proposal, reader)],
        pregnant=found.seen.desk.patient.pregnant is True,
        substance=substances(_).get(proposal.atc, proposal.atc),
        words=places(_),
        typed={k: v for k, v in typed.items() if k not in ("csrf", "key", "reason")},
    )


def _views(findings: Sequence[Finding], proposal: Proposal, reader: Any) -> list[tuple[Any, Any]]:
    severity = max([one.severity for one in findings], default=0)
    verdict = Verdict(severity, tuple(findings))  # type: ignore[arg-type]
    return list(zip(proposal.said, finding_views(verdict, {}, reader), strict=True))


@router.post(f"{PATH}/plan", dependencies=[PAGE_STEP])
async def press_plan(request: Request, person_id: forms.IdInPath) -> Response:
    """The plan is signed as it was laid out."""

    async def press(form: Any, wiring: Wiring, token: str, key: str) -> Outcome:
        found = await drafting.load(wiring, token, person_id)
        if found.book is None:
            raise Conflict("no rule book is in force for this unit")
        asked = plan_in(form, found.kept, found.book)
        return await tapering.agree(wiring, token, person_id, asked, key)

    return await _decided(request, person_id, press, plan=True)


@router.post(f"{PATH}/trin", dependencies=[PAGE_STEP])
async def press_step(request: Request, person_id: forms.IdInPath) -> Response:
    """The dose goes down today."""

    async def press(form: Any, wiring: Wiring, token: str, key: str) -> Outcome:
        asked = tapering.StepAsked(
            needed_dose(form, "dose", "sedative_dose"),
            forms.text(form, "on_card", 3) == "1",
            forms.text(form, "reason") or None,
        )
        return await tapering.take_step(wiring, token, person_id, asked, key)

    return await _decided(request, person_id, press)


@router.post(f"{PATH}/pause", dependencies=[PAGE_STEP])
async def press_pause(request: Request, person_id: forms.IdInPath) -> Response:
    """Nothing changes on these days."""

    async def press(form: Any, wiring: Wiring, token: str, key: str) -> Outcome:
        pause = pause_in(form)
        if pause is None:
            raise Unprocessable("a pause has two days", field="pause_until")
        return await tapering.pause(wiring, token, person_id, pause, key)

    return await _decided(request, person_id, press)


@router.post(f"{PATH}/gennemset", dependencies=[PAGE_STEP])
async def press_looked_at(request: Request, person_id: forms.IdInPath) -> Response:
    """The plan was looked at again and goes on."""

    async def press(form: Any, wiring: Wiring, token: str, key: str) -> Outcome:
        note = forms.text(form, "note") or None
        return await tapering.look_again(wiring, token, person_id, note, key)

    return await _decided(request, person_id, press)


@router.post(f"{PATH}/stop", dependencies=[PAGE_STEP])
async def press_stop(request: Request, person_id: forms.IdInPath) -> Response:
    """The plan ends here."""

    async def press(form: Any, wiring: Wiring, token: str, key: str) -> Outcome:
        return await tapering.stop(wiring, token, person_id, forms.text(form, "reason"), key)

    return await _decided(request, person_id, press)


@router.get("/behandling/nedtrapninger")
async def tapers_page(request: Request, hvor: str = "") -> Response:
    """Everybody of the unit who takes benzodiazepines, behind first; ``hvor`` shows one group."""
    actor = await signed_in(request, *READERS)
    _ = translate(request)
    people = await load_tapers(wiring_of(request), forms.session_token(request))
    counts = counted(people)
    chosen = hvor if hvor in counts else ""
    return work_page(
        request,
        actor,
        "sedatives/tapers.html",
        people=[one for one in people if not chosen or one.where == chosen],
        everybody=len(people),
        counts=counts,
        chosen=chosen,
        words=places(_),
        substances=substances(_),
    )
