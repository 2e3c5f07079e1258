"""The observation board: everyone who stays, how long still, who must be looked at now.

And the alarm in the bar of every working page, so that nobody under observation is forgotten
because the nurse is on another page. Both read the database: a restart changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from dispensing.counter import observe
from dispensing.counter.board import Observed, book_in_force, load_board
from dispensing.counter.page_store import acting_quietly
from dispensing.counter.pages import key_in, reader_of
from dispensing.counter.panels import finding_views, verdict_of
from dispensing.counter.sedation import BREATHS_COUNTED, POSS_SCALE, check_sedation
from dispensing.counter.views import FindingView
from dispensing.errors import NotFound
from dispensing.looks import look_at, look_at_list
from dispensing.people.act_steps import PAGE_STEP
from dispensing.people.sessions import HANDS_OUT, Actor
from dispensing.people.working import signed_in, work_page
from dispensing.web import forms, render
from dispensing.web.notices import Notice
from dispensing.web.routes import PageRoute, translate, wiring_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)

WATCHERS = HANDS_OUT
# What the board stands on; while one of them is unconfirmed the page says so.
NUMBERS = (
    "sedation_check_minutes",
    "indkald_observation_minutes",
    "raised_dose_observation_minutes",
    "restart_observation_minutes",
)


@dataclass(frozen=True, slots=True)
class Look:
    """The person whose row is open, with the findings of a look just written down."""

    one: Observed
    findings: tuple[FindingView, ...] = ()


async def _board(request: Request, actor: Actor) -> list[Observed]:
    async with wiring_of(request).pool.connection() as connection:
        return await load_board(connection, actor.unit_id)


async def _seen_board(request: Request, actor: Actor) -> list[Observed]:
    """The board to be shown: that its people were seen is recorded first."""
    rows = await _board(request, actor)
    people = [one.person_id for one in rows]
    await look_at_list(wiring_of(request), actor, "observation", people)
    return rows


@router.get("/observation")
async def board_page(request: Request, r: forms.IdAsked = None) -> Response:
    """The whole board; ``r`` is the reservation whose row is open."""
    actor = await signed_in(request, *WATCHERS)
    return await _whole(request, actor, r)


async def _whole(
    request: Request, actor: Actor, reservation_id: int | None, notice: Notice | None = None
) -> Response:
    rows = await _seen_board(request, actor)
    look = next((Look(one) for one in rows if one.reservation_id == reservation_id), None)
    return work_page(
        request,
        actor,
        "counter/board.html",
        rows=rows,
        look=look,
        notice=notice,
        unconfirmed=await _unconfirmed(request, actor),
        poss_scale=POSS_SCALE,
    )


async def _unconfirmed(request: Request, actor: Actor) -> bool:
    """Whether nobody has confirmed the numbers of the board's book yet."""
    async with wiring_of(request).pool.connection() as connection:
        book_id = await book_in_force(connection, actor.unit_id)
    if book_id is None:
        return True
    limits = wiring_of(request).book(book_id).limits
    return not all(limits[name].confirmed for name in NUMBERS)


@router.get("/observation/liste")
async def board_list(request: Request) -> Response:
    """The rows alone; they refresh by themselves and keep no session alive."""
    actor = await acting_quietly(wiring_of(request), forms.session_token(request))
    actor.must_be(*WATCHERS)
    rows = await _seen_board(request, actor)
    return render.page(
        request,
        "counter/board_list.html",
        rows=rows,
        look=None,
        as_of=actor.now,
        zone=actor.zone,
        unconfirmed=await _unconfirmed(request, actor),
    )


@router.get("/observation/alarm")
async def bar_alarm(request: Request) -> Response:
    """What the bar of every page says: how many must be looked at now."""
    # A number and nobody's name: a locked screen must not silence it.
    token = forms.session_token(request)
    actor = await acting_quietly(wiring_of(request), token, also_locked=True)
    actor.must_be(*WATCHERS)
    rows = [one for one in await _board(request, actor) if one.state != "calm"]
    return render.page(request, "counter/bar_alarm.html", rows=rows)


@router.get("/observation/{reservation_id}")
async def open_row(request: Request, reservation_id: forms.IdInPath) -> Response:
    """One person beside the board."""
    actor = await signed_in(request, *WATCHERS)
    return await _row(request, actor, reservation_id)


async def _row(
    request: Request,
    actor: Actor,
    reservation_id: int,
    *,
    notice: Notice | None = None,
    findings: tuple[FindingView, ...] = (),
) -> Response:
    rows = await _seen_board(request, actor)
    found = next((one for one in rows if one.reservation_id == reservation_id), None)
    if not render.is_fragment(request):
        return await _whole(request, actor, reservation_id, notice)
    if found is None and notice is None:
        raise NotFound("no such observation here")
    if found is not None:
        await look_at(wiring_of(request), actor, found.person_id, "observation")
    return work_page(
        request,
        actor,
        "counter/board_row.html",
        look=None if found is None else Look(found, findings),
        notice=notice,
        poss_scale=POSS_SCALE,
    )


@router.post("/observation/{reservation_id}/se-til", dependencies=[PAGE_STEP])
async def press_look(request: Request, reservation_id: forms.IdInPath) -> Response:
    """A look is written down, and answered by the rules."""
    form = await forms.read_form(request)
    actor = await signed_in(request, *WATCHERS)
    outcome = await check_sedation(
        wiring_of(request),
        forms.session_token(request),
        reservation_id,
        forms.needed(form, "poss", POSS_SCALE[0], POSS_SCALE[-1]),
        forms.whole(form, "breaths", BREATHS_COUNTED[0], BREATHS_COUNTED[-1]),
        forms.text(form, "note") or None,
        key_in(form),
    )
    _ = translate(request)
    verdict: Mapping[str, object] = outcome.verdict or {}
    read = finding_views(verdict_of(verdict), {}, await reader_of(request, actor))
    held = verdict.get("severity") == "stop"
    notice = (
        Notice("refused", _("Skrevet ned. Personen går ikke nu, og lægen får besked."))
        if held
        else Notice("done", _("Skrevet ned."))
    )
    return await _row(request, actor, reservation_id, notice=notice, findings=read)


@router.post("/observation/{reservation_id}/slut", dependencies=[PAGE_STEP])
async def press_end(request: Request, reservation_id: forms.IdInPath) -> Response:
    """The observation is signed off, or the person left early."""
    form = await forms.read_form(request)
    actor = await signed_in(request, *WATCHERS)
    early = forms.text(form, "left_early", 1) == "1"
    await observe.sign_observation(
        wiring_of(request),
        forms.session_token(request),
        reservation_id,
        "left_early" if early else "completed",
        forms.text(form, "affected_after", 1) == "1",
        forms.text(form, "note") or None,
        key_in(form),
    )
    _ = translate(request)
    said = (
        _("Skrevet ned: gik før tid. Lægen får besked.")
        if early
        else _("Observationen er underskrevet.")
    )
    return await _row(request, actor, reservation_id, notice=Notice("done", said))
