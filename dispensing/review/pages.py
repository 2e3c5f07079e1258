"""The audit as pages: how far every report is, one report to read and speak to, its people."""

from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Annotated, Any, Literal

import anyio.to_thread
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup

from audit.medicinsk.model import Report
from audit.medicinsk.report.chapters import Chapter, chapters, find
from audit.medicinsk.report.stands_out import Remark, missing, stands_out
from audit.medicinsk.report.svg import svg
from audit.medicinsk.report.wording import Wording, limits, small_n
from dispensing.counter.pages import key_in
from dispensing.errors import DispensingError, Unprocessable
from dispensing.people.act_steps import DRAFTS, PAGE_STEP
from dispensing.people.working import signed_in, work_page
from dispensing.review import asking, reading, saying, signing
from dispensing.review.api import file_answer, state_of
from dispensing.review.behind import Door, doors
from dispensing.review.reading import PEOPLE, READERS
from dispensing.treatment.courses.fields import day_in
from dispensing.treatment.deciding import DOCTOR
from dispensing.treatment.sections import Say
from dispensing.web import forms, render
from dispensing.web.notices import Notice
from dispensing.web.routes import PageRoute, error_text, field_of, translate, wiring_of
from dosing_rules.rulebook import installed_books

router = APIRouter(route_class=PageRoute, include_in_schema=False)
FigureAsked = Annotated[str, Query(alias="tal", max_length=200)]
PartAsked = Annotated[str, Query(alias="del", max_length=40)]
IndicatorInPath = Annotated[str, Path(pattern=r"^M\d{1,2}$")]


def states(_: Say) -> dict[str, str]:
    """How far a report is, in words."""
    return {
        "asked": _("Kladde bestilt"),
        "drafting": _("Kladden regnes"),
        "failed": _("Kladden kunne ikke regnes"),
        "draft": _("Kladde"),
        "read": _("Læst igennem"),
        "signed": _("Underskrevet"),
    }


def failures(_: Say) -> dict[str, str]:
    """Why the newest draft came to nothing, and the way on."""
    return {
        "ledger-changed": _(
            "Hovedbogen passer ikke med sin egen kæde. Sig det til driften, før nogen regner igen."
        ),
        "unknown-unit": _("Hovedbogen kender ikke enheden. Sig det til driften."),
        "book-missing": _(
            "En regelbog fra perioden er ikke installeret her. Bestil uden foreslået regelbog."
        ),
        "could-not-compute": _("Regningen gik i stå. Bestil en ny; bliver det ved, så sig det."),
    }


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows of a report: drawn in a thread, since it takes its time."""

    remarks: tuple[Remark, ...]
    missing: tuple[Remark, ...]
    chapters: tuple[Chapter, ...]
    drawn: dict[str, list[Markup]]
    doors: dict[str, tuple[Door, ...]]
    first: int


def shown(report: Report, said: Wording, with_people: bool) -> Shown:
    """The whole page's content, in one language."""
    found = chapters(report, said)
    drawn = {
        section.id: [
            Markup(svg(chart, f"{section.id}-{at}")) for at, chart in enumerate(section.charts)
        ]
        for chapter in found
        for section in chapter.sections
    }
    ways = {
        section.id: doors(find(report.figures, section.id), said) if with_people else ()
        for chapter in found
        for section in chapter.sections
    }
    first = limits()["first_page"].value
    return Shown(stands_out(report, said), missing(report, said), found, drawn, ways, first)


def _default_days(today: date) -> tuple[date, date]:
    """The last calendar year."""
    return date(today.year - 1, 1, 1), date(today.year - 1, 12, 31)


async def _list_page(request: Request, notice: Notice | None = None, status: int = 200) -> Response:
    _ = translate(request)
    actor, today, found = await reading.statuses(wiring_of(request), forms.session_token(request))
    names, why = states(_), failures(_)
    whole = notice is not None or not render.is_fragment(request)
    return work_page(
        request,
        actor,
        "review/list.html" if whole else "review/rows.html",
        status,
        own_unit=actor.unit_id,
        rows=[(one, state_of(one), names[state_of(one)], why.get(one.failed, "")) for one in found],
        all_units=actor.role == "auditor",
        may_ask=actor.role in DOCTOR,
        days=_default_days(today),
        books=installed_books(),
        running=any(one.running for one in found),
        notice=notice,
    )


@router.get("/audit")
async def list_page(request: Request) -> Response:
    """How far each report is."""
    await signed_in(request, *READERS)
    return await _list_page(request)


@router.post("/audit/kladder/ny", dependencies=[DRAFTS])
async def press_draft(request: Request) -> Response:
    """A doctor asks for a draft."""
    form = await forms.read_form(request)
    await signed_in(request, *DOCTOR)
    _ = translate(request)
    try:
        first_on, last_on = day_in(form, "first_on"), day_in(form, "last_on")
        if first_on is None or last_on is None:
            missing_one = "first_on" if first_on is None else "last_on"
            raise Unprocessable("a day is needed", field=missing_one)
        token = forms.session_token(request)
        proposed = forms.text(form, "proposed") or None
        key = key_in(form)
        await asking.ask(wiring_of(request), token, first_on, last_on, key, proposed)
    except DispensingError as error:
        return await _list_page(request, _refused(request, error), error.status)
    said = _("Kladden er bestilt. Den regnes ved siden af; siden viser, hvor langt den er.")
    return await _list_page(request, Notice("done", said))


def _refused(request: Request, error: DispensingError, of: str = "") -> Notice:
    """What cannot be, above the page and beside its field. Raises what is no matter of a form."""
    if error.status not in (409, 422):
        raise error
    kind = "refused" if error.status == 409 else "error"
    return Notice(kind, error_text(error, request), field_of(error), of)


async def _report_page(
    request: Request,
    report_id: int,
    notice: Notice | None = None,
    status: int = 200,
    typed: Any = None,
) -> Response:
    _ = translate(request)
    token = forms.session_token(request)
    opened = await reading.open_report(wiring_of(request), token, report_id)
    said = Wording(render.language_of(request))
    standing = opened.standing
    content = None
    if opened.report is not None:
        work = partial(shown, opened.report, said, opened.actor.role in PEOPLE)
        content = await anyio.to_thread.run_sync(work)
    state = state_of(standing)
    holds = signing.reading_holds(standing, opened.said)
    speaks = opened.actor.role in DOCTOR and not standing.signed and content is not None
    return work_page(
        request,
        opened.actor,
        "review/report.html",
        status,
        standing=standing,
        state=state,
        state_name=states(_)[state],
        why=failures(_).get(standing.failed, ""),
        content=content,
        said=opened.said,
        staff=opened.staff,
        speaks=speaks,
        holds=holds,
        open_answers=sum(one.done is None for one in opened.said.carried),
        reads=speaks,
        own_reading=standing.read_by == opened.actor.staff_id,
        today=opened.today,
        ordered=said.text(
            "how_ordered",
            change=limits()["change"].value,
            small=small_n(),
            chance=100 - limits()["certain"].value,
        ),
        words=said,
        typed=typed or {},
        notice=notice,
    )


@router.get("/audit/{report_id}")
async def report_page(request: Request, report_id: forms.IdInPath) -> Response:
    """What stands out, every indicator with its plots, and what was said."""
    await signed_in(request, *READERS)
    return await _report_page(request, report_id)


@router.get("/audit/{report_id}/{indicator}/personer")
async def people_page(
    request: Request,
    report_id: forms.IdInPath,
    indicator: IndicatorInPath,
    figure: FigureAsked = "",
    part: PartAsked = "",
) -> Response:
    """The people behind one number."""
    await signed_in(request, *PEOPLE)
    token = forms.session_token(request)
    found = await reading.open_people(wiring_of(request), token, report_id, indicator, figure, part)
    return work_page(
        request,
        found.actor,
        "review/people.html",
        found=found,
        name=Wording(render.language_of(request)).name(found.figure),
    )


@router.post("/audit/{report_id}/{indicator}/kommentar", dependencies=[PAGE_STEP])
async def press_comment(
    request: Request, report_id: forms.IdInPath, indicator: IndicatorInPath
) -> Response:
    """A comment to an indicator."""
    form = await forms.read_form(request)
    await signed_in(request, *DOCTOR)
    token = forms.session_token(request)
    try:
        text = forms.text(form, "comment")
        await saying.comment(wiring_of(request), token, report_id, indicator, text, key_in(form))
    except DispensingError as error:
        refused = _refused(request, error, indicator)
        return await _report_page(request, report_id, refused, error.status, form)
    return _back(report_id, indicator)


def _back(report_id: int, anchor: str) -> Response:
    """To where it was said, with what is said now."""
    return RedirectResponse(f"/audit/{report_id}#{anchor}", 303)


@router.post("/audit/{report_id}/{indicator}/justering", dependencies=[PAGE_STEP])
async def press_adjustment(
    request: Request, report_id: forms.IdInPath, indicator: IndicatorInPath
) -> Response:
    """An adjustment is decided."""
    form = await forms.read_form(request)
    await signed_in(request, *DOCTOR)
    token = forms.session_token(request)
    try:
        due_on = day_in(form, "due_on")
        if due_on is None:
            raise Unprocessable("a day is needed", field="due_on")
        await saying.adjust(
            wiring_of(request),
            token,
            report_id,
            indicator,
            forms.text(form, "what"),
            forms.needed(form, "owner_id", 1, forms.LARGEST_ID),
            due_on,
            key_in(form),
        )
    except DispensingError as error:
        refused = _refused(request, error, indicator)
        return await _report_page(request, report_id, refused, error.status, form)
    return _back(report_id, indicator)


@router.post("/audit/{report_id}/justering/{adjustment_id}/svar", dependencies=[PAGE_STEP])
async def press_answer(
    request: Request, report_id: forms.IdInPath, adjustment_id: forms.IdInPath
) -> Response:
    """Last year's adjustment: done, or not."""
    form = await forms.read_form(request)
    await signed_in(request, *DOCTOR)
    token = forms.session_token(request)
    try:
        done = forms.text(form, "done", 4)
        if done not in ("ja", "nej"):
            raise Unprocessable("yes or no", field="done")
        note = forms.text(form, "note") or None
        await saying.answer(
            wiring_of(request), token, report_id, adjustment_id, done == "ja", note, key_in(form)
        )
    except DispensingError as error:
        refused = _refused(request, error, str(adjustment_id))
        return await _report_page(request, report_id, refused, error.status, form)
    return _back(report_id, "sidste-aar")


@router.post("/audit/{report_id}/laest", dependencies=[PAGE_STEP])
async def press_read(request: Request, report_id: forms.IdInPath) -> Response:
    """The second reader has read it through."""
    form = await forms.read_form(request)
    await signed_in(request, *DOCTOR)
    token, _ = forms.session_token(request), translate(request)
    try:
        await signing.read_through(wiring_of(request), token, report_id, key_in(form))
    except DispensingError as error:
        return await _report_page(request, report_id, _refused(request, error), error.status)
    said = _("Skrevet ned: du har læst rapporten igennem.")
    return await _report_page(request, report_id, Notice("done", said))


@router.post("/audit/{report_id}/underskrift", dependencies=[PAGE_STEP])
async def press_sign(request: Request, report_id: forms.IdInPath) -> Response:
    """A doctor signs; the file is fixed."""
    form = await forms.read_form(request)
    await signed_in(request, *DOCTOR)
    token, _ = forms.session_token(request), translate(request)
    try:
        await signing.sign(wiring_of(request), token, report_id, key_in(form))
    except DispensingError as error:
        return await _report_page(request, report_id, _refused(request, error), error.status)
    said = _("Underskrevet. Filen ligger fast fra nu af.")
    return await _report_page(request, report_id, Notice("done", said))


@router.get("/audit/{report_id}/rapport.pdf")
async def report_file(request: Request, report_id: forms.IdInPath) -> Response:
    """The report on paper."""
    await signed_in(request, *READERS)
    token = forms.session_token(request)
    standing, content = await reading.printed(wiring_of(request), token, report_id)
    return file_answer(content, "medicinsk-audit", standing)


@router.get("/audit/{report_id}/kort/{name}.pdf")
async def short_file(
    request: Request, report_id: forms.IdInPath, name: Literal["doedelighed", "tabeller"]
) -> Response:
    """A short report on paper."""
    await signed_in(request, *READERS)
    token = forms.session_token(request)
    standing, content = await reading.printed_short(wiring_of(request), token, report_id, name)
    return file_answer(content, name, standing)
