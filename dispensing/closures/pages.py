"""The planner's page, the notice for the waiting room (no names), and the slips for each person."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from starlette.datastructures import FormData

from dispensing.closures.deciding import DECIDES, Chosen, decide_closure
from dispensing.closures.elsewhere_words import none_because
from dispensing.closures.planner import Affected, closures_of, load_plan
from dispensing.closures.proposals import Asked
from dispensing.counter.pages import key_in, reader_of
from dispensing.counter.panels import finding_views
from dispensing.errors import DispensingError, NotFound, Unprocessable
from dispensing.people.act_steps import PAGE_STEP
from dispensing.people.sessions import Actor
from dispensing.people.working import signed_in, work_page
from dispensing.units.calendar import SEES as READS_CALENDAR
from dispensing.units.calendar import load_calendar
from dispensing.web import formats, forms
from dispensing.web.notices import Notice
from dispensing.web.routes import PageRoute, error_text, translate, wiring_of
from dosing_rules import Severity

router = APIRouter(route_class=PageRoute, include_in_schema=False)
DayText = Annotated[str, Path(pattern=r"^\d{4}-\d{2}-\d{2}$")]
# The next closures to hang up.
MOST_HUNG = 12
# A form has room for so many people; the next ones follow when these are decided.
MOST_SHOWN = 150


@dataclass(frozen=True, slots=True)
class Row:
    """A person on the page: which rules object now, and which would whatever is arranged.

    ``none`` says, where no other unit can, why not each of them; ``chosen`` is ticked beforehand.
    """

    person: Affected
    breaks: tuple[str, ...]
    stays: tuple[str, ...]
    versions: str
    none: tuple[str, ...]
    chosen: str


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotFound("no such day") from None


async def _rows(request: Request, actor: Actor, people: tuple[Affected, ...]) -> list[Row]:
    reader = await reader_of(request, actor)

    def said(asked: Asked | None) -> tuple[str, ...]:
        if asked is None:
            return ()
        views = finding_views(asked.verdict, {}, reader)
        worst = [finding.severity >= Severity.DOCTOR for finding in asked.verdict.findings]
        return tuple(view.text for view, grave in zip(views, worst, strict=True) if grave)

    return [
        Row(
            one,
            said(one.seen.now),
            said(one.seen.then[0]) if one.seen.proposal == "call" and one.seen.then else (),
            f"{one.arrangement_version}.{one.prescription_version}",
            none_because(one.elsewhere, translate(request)),
            _ticked(one),
        )
        for one in people
    ]


def _ticked(one: Affected) -> str:
    """The proposal: home within the limit, else another unit; an exception is the doctor's own."""
    if one.seen.proposal in ("home", "planned"):
        return "home"
    return "guest" if one.elsewhere is not None and one.elsewhere.offers else ""


async def _page(
    request: Request,
    first: date,
    notice: Notice | None = None,
    status: int = 200,
    typed: FormData | None = None,
) -> Response:
    actor, plan = await load_plan(wiring_of(request), forms.session_token(request), first)
    waiting = plan.in_state("open", "changed", "called")
    return work_page(
        request,
        actor,
        "closures/plan.html",
        status,
        plan=plan,
        rows=await _rows(request, actor, waiting[:MOST_SHOWN]),
        more=max(0, len(waiting) - MOST_SHOWN),
        waiting=len(waiting),
        decided=plan.in_state("decided"),
        planned=plan.in_state("planned"),
        decides=actor.role in DECIDES,
        reason=str(typed.get("reason", "")) if typed else "",
        notice=notice,
    )


@router.get("/lukkedage/{first}")
async def show_plan(request: Request, first: DayText) -> Response:
    """Everyone the closure meets."""
    return await _page(request, _day(first))


def _chosen(form: FormData) -> list[Chosen]:
    """The choices of a form: ``p<person>`` = choice.arrangement.order. Raises Unprocessable."""
    chosen: list[Chosen] = []
    for name, value in form.multi_items():
        if not name.startswith("p") or not name[1:].isdigit() or not value:
            continue
        choice, *versions = str(value).split(".")
        if len(versions) != {"home": 2, "called": 2, "guest": 3}.get(choice):
            raise Unprocessable("no such choice", field=name)
        if not all(one.isascii() and one.isdigit() and len(one) < 7 for one in versions):
            raise Unprocessable("no such choice", field=name)
        if not int(name[1:]) <= forms.LARGEST_ID:
            raise Unprocessable("no such person", field=name)
        numbers = [int(one) for one in versions]
        chosen.append(Chosen(int(name[1:]), choice, *numbers))  # type: ignore[arg-type]
    return chosen


@router.post("/lukkedage/{first}", dependencies=[PAGE_STEP])
async def press_decide(request: Request, first: DayText) -> Response:
    """The doctor decides for everyone chosen."""
    form = await forms.read_form(request)
    await signed_in(request, *DECIDES)
    _ = translate(request)
    day = _day(first)
    try:
        answer = await decide_closure(
            wiring_of(request),
            forms.session_token(request),
            day,
            _day(forms.text(form, "last", 10)),
            _chosen(form),
            forms.text(form, "reason"),
            key_in(form),
        )
    except DispensingError as error:
        if error.status not in (409, 422):
            raise
        kind = "refused" if error.status == 409 else "error"
        return await _page(request, day, Notice(kind, _no(error, request)), error.status, form)
    count = len(answer.body["decided"])
    said = _("Besluttet for %(count)s. Skranken planlægger det selv.") % {"count": count}
    return await _page(request, day, Notice("done", said))


def _no(error: DispensingError, request: Request) -> str:
    _ = translate(request)
    return {
        "decided-meanwhile": _(
            "En anden har besluttet eller ordineret imens. Intet er skrevet; se listen igen."
        ),
        "closure-changed": _("Lukkedagene er ændret imens. Intet er skrevet; se listen igen."),
        "not-proposed": _(
            "For en af personerne kan det ikke lade sig gøre længere. Intet er skrevet; se listen."
        ),
        "paper-in-use": _(
            "Der udleveres fra papir lige nu, eller rækker er ikke skrevet ind. Intet er skrevet."
        ),
        "guest-on-paper": _(
            "En af personerne står på en trykt nødliste for de dage. Stryg rækken, og træk"
            " gæstedagen tilbage under Gæster, eller vent, til listen er udløbet."
        ),
    }.get(error.type_slug) or (
        _("Vælg mindst én person.")
        if error.facts.get("field") == "people"
        else _("Skriv hvorfor, mindst tre bogstaver.")
        if error.facts.get("field") == "reason"
        else error_text(error, request)
    )


@router.get("/lukkedage/{first}/sedler")
async def show_slips(request: Request, first: DayText) -> Response:
    """A slip for each person with a plan: which doses go home when, and when to come again."""
    actor, plan = await load_plan(wiring_of(request), forms.session_token(request), _day(first))
    slips = [
        (one, home)
        for one in plan.in_state("decided", "planned")
        if one.seen.now is not None and ((home := _home(one)) or one.guests)
    ]
    return work_page(request, actor, "closures/slips.html", plan=plan, slips=slips)


def _home(one: Affected) -> tuple[date, ...]:
    """The days whose doses the person carries home before the closure."""
    if one.seen.now is None:
        return ()
    doses = one.seen.now.visit.doses
    return tuple(dict.fromkeys(dose.for_on for dose in doses if dose.how == "take_home"))


@router.get("/kalender/opslag")
async def show_notice(request: Request) -> Response:
    """The coming closures to hang up; it names nobody."""
    actor = await signed_in(request, *READS_CALENDAR)
    wiring = wiring_of(request)
    today = formats.local_day(actor.now, actor.zone)
    async with wiring.pool.connection() as connection:
        found = await closures_of(connection, actor.unit_id, today)
        await connection.commit()
    this_year = await load_calendar(wiring, actor, today.year, today)
    next_year = await load_calendar(wiring, actor, today.year + 1, today)
    names = {one.day: one.name for one in (*this_year.closed, *next_year.closed)}
    rows = [
        (one, tuple(dict.fromkeys(names[day] for day in one.days if day in names)))
        for one in found
        if one.first in names
    ][:MOST_HUNG]
    return work_page(request, actor, "closures/notice.html", rows=rows, hours=this_year)
