"""The counter page as it is read: list, person, search, scan; and its forms read back.

Each form carries the doses and the prescription that were shown: what is written down is what the
nurse saw, or it is refused.
"""

from dataclasses import replace
from datetime import timedelta

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from dispensing import clock
from dispensing.counter import preview, questions
from dispensing.counter.card import (
    CardState,
    card_state,
    keep_scan,
    poured_here,
    scanned_since,
)
from dispensing.counter.decide import Reason
from dispensing.counter.page_store import (
    acting_quietly,
    answered_today,
    question_of_person,
    told_today,
    unit_names,
)
from dispensing.counter.panels import Reader, asked_doses, panel, queue
from dispensing.counter.reserve import Order
from dispensing.counter.today import ASSUMED, load_list
from dispensing.counter.views import CounterView, PatientPanel, Queue, Seen
from dispensing.errors import Unprocessable, without_cpr
from dispensing.looks import look_at_list
from dispensing.people.act_steps import READS
from dispensing.people.sessions import HANDS_OUT, Actor
from dispensing.people.working import header, signed_in
from dispensing.web import forms, render
from dispensing.web.notices import Notice
from dispensing.web.routes import PageRoute, translate, wiring_of
from dosing_rules import DoseAsked, Observed
from dosing_rules.amounts import AmountError, parse_mg
from dosing_rules.facts import OUTSIDE

router = APIRouter(route_class=PageRoute, include_in_schema=False)


LIST_KEPT = timedelta(seconds=2)
LONGEST_SEARCH = 80
LESS_THAN_ORDERED = "amount-below-ordered"


async def acting(request: Request) -> Actor:
    """Who presses; the session counts as used. Doctors and nurses only."""
    return await signed_in(request, *HANDS_OUT)


async def reader_of(request: Request, actor: Actor) -> Reader:
    """How this person reads: language, zone, names of units."""
    names, _ = await unit_names(wiring_of(request)), translate(request)
    names[OUTSIDE] = _("Et sted uden for enhederne")
    return Reader(render.language_of(request), actor.zone, names)


async def list_view(request: Request, actor: Actor, query: str = "") -> Queue:
    """Today's list of the actor's unit."""
    wiring = wiring_of(request)
    async with wiring.pool.connection() as connection:
        listed = await load_list(connection, wiring, request.app.state.expectations, actor.unit_id)
    await look_at_list(wiring, actor, "today", [row.person_id for row in listed.rows])
    on = render.formats.local_day(actor.now, actor.zone)
    answered = await answered_today(wiring, actor.unit_id, on)
    return queue(listed, answered, actor.now, query)


async def person_panel(
    request: Request,
    actor: Actor,
    person_id: int,
    *,
    seen: Seen | None = None,
    notice: Notice | None = None,
    bottle_code: str | None = None,
    doses: tuple[DoseAsked, ...] | None = None,
    night: bool | None = None,
) -> PatientPanel:
    """The person as they stand now, with a fresh key for the next press.

    ``night``: the dose for the night is asked for (or the main order) where a person has both.
    """
    wiring = wiring_of(request)
    # Before the verdict: an answer that comes between the two must leave the page still waiting.
    today = render.formats.local_day(actor.now, actor.zone)
    asked_of = {
        of: await question_of_person(wiring, actor.unit_id, person_id, today, night=of)
        for of in (False, True)
    }
    told = await told_today(wiring, actor.unit_id, person_id, today)
    # Who was affected earlier today is so until somebody has looked again.
    seen = seen or Seen(affected=told is not None and told.affected_at is not None)
    shown = await preview.preview(
        wiring,
        forms.session_token(request),
        person_id,
        bottle_code=bottle_code,
        observed=observed(seen),
        doses=doses,
        night=night,
    )
    capped = within_decision(shown) if doses is None else None
    if capped is not None:
        shown = await preview.preview(
            wiring,
            forms.session_token(request),
            person_id,
            bottle_code=bottle_code,
            observed=observed(seen),
            doses=capped,
        )
    reader = await reader_of(request, actor)
    key = str(clock.new_id())
    made = panel(
        shown,
        asked_of[shown.desk.at_night],
        reader,
        key,
        seen,
        notice,
        customised=doses is not None,
        uncertain_after=wiring.uncertain_after,
        told=told,
    )
    return await _with_card(request, actor, shown, made)


async def _with_card(
    request: Request, actor: Actor, shown: preview.Preview, made: PatientPanel
) -> PatientPanel:
    """The panel with what was scanned since the dose was poured, and what else stands poured."""
    wiring = wiring_of(request)
    others = await poured_here(wiring, actor.unit_id, actor.counter_id, made.person_id)
    state: CardState = ""
    if made.stage == "reserved" and made.reservation_id is not None:
        token = forms.session_token(request)
        state = card_state(shown.desk, await scanned_since(wiring, token, made.reservation_id))
    return replace(made, card=state, poured_here=tuple(others))


def within_decision(shown: preview.Preview) -> tuple[DoseAsked, ...] | None:
    """The planned doses lowered to the most a doctor allowed; None if they fit."""
    most = [d.max_ug for d in shown.desk.decisions if d.allow and d.max_ug is not None]
    if not most or all(dose.amount_ug <= most[-1] for dose in shown.order.doses):
        return None
    return tuple(
        replace(dose, amount_ug=min(dose.amount_ug, most[-1])) for dose in shown.order.doses
    )


async def respond(
    request: Request, actor: Actor, shown: PatientPanel | None, status: int = 200
) -> Response:
    """The panel alone for htmx, else the whole page with it."""
    token = forms.csrf_token(request)
    if render.is_fragment(request):
        return render.page(
            request, "counter/panel.html", status, panel=shown, csrf=token, policy=actor.policy
        )
    view = CounterView(header(actor), await list_view(request, actor), shown)
    return render.page(
        request, "counter/page.html", status, view=view, csrf=token, policy=actor.policy
    )


def observed(seen: Seen) -> Observed:
    """What the nurse saw, as the rules ask for it."""
    return Observed(
        affected=seen.affected,
        declined=False,
        sedation_poss=seen.poss,
        breaths_per_minute=seen.breaths,
    )


def seen_in(form: FormData) -> Seen:
    """What the page carried of observations and written reasons."""
    reasons = {
        name.removeprefix("why:"): forms.text(form, name)
        for name in form
        if name.startswith("why:")
    }
    poss = forms.whole(form, "poss_new", 1, 4) or forms.whole(form, "poss", 1, 4)
    return Seen(
        affected=forms.text(form, "affected", 1) == "1",
        poss=poss,
        breaths=forms.whole(form, "breaths_new", 1, 60) or forms.whole(form, "breaths", 1, 60),
        part_mg=forms.text(form, "part_mg", 12),
        reasons=reasons,
    )


def order_in(form: FormData, person_id: int, seen: Seen) -> Order:
    """The order as it was shown."""
    return Order(
        person_id=person_id,
        prescription_id=forms.whole(form, "prescription", 1, forms.LARGEST_ID),
        prescription_version=forms.whole(form, "version", 1, 2**31 - 1),
        doses=doses_in(form),
        identifiers=ASSUMED,
        observed=observed(seen),
        reasons=tuple(Reason(rule_id, why) for rule_id, why in seen.reasons.items() if why),
        bottle_code=forms.text(form, "bottle", 40) or None,
    )


def doses_in(form: FormData) -> tuple[DoseAsked, ...]:
    """The doses that were shown. Raises Unprocessable."""
    try:
        # A scan sends them in one value.
        rows = forms.text(form, "doses", 4_000).split() or form.getlist("dose")
        return asked_doses(str(row) for row in rows)
    except ValueError as error:
        raise Unprocessable("the doses cannot be read", field="dose") from error


def changed_doses_in(form: FormData) -> tuple[DoseAsked, ...] | None:
    """The doses shown when somebody had changed them; None while the plan stands."""
    return doses_in(form) if forms.text(form, "customised", 1) else None


def amount_in(form: FormData, name: str) -> int | None:
    """Micrograms from a field in mg, None when empty. Raises Unprocessable."""
    typed = forms.text(form, name, 12)
    if not typed:
        return None
    try:
        amount_ug = parse_mg(typed)
    except AmountError as error:
        raise Unprocessable("an amount in mg, such as 40 or 2,5", field=name) from error
    if amount_ug == 0:
        raise Unprocessable("more than nothing", field=name)
    return amount_ug


def key_in(form: FormData) -> str:
    """The idempotency key drawn when the form was rendered."""
    return forms.text(form, "key", 200)


def answer_in(form: FormData, rule_ids: frozenset[str], *, night: bool = False) -> questions.Answer:
    """A doctor's decision as typed; ``night``: of the dose for the night beside injections."""
    max_ug = amount_in(form, "max_mg")
    # "At most" is a decision to give less than ordered, too.
    lifted = rule_ids | {LESS_THAN_ORDERED} if max_ug is not None else rule_ids
    return questions.Answer(
        allow=forms.needed(form, "allow", 0, 1) == 1,
        rule_ids=lifted,
        reason=forms.text(form, "reason"),
        max_ug=max_ug,
        extra_ug=amount_in(form, "extra_mg") or 0,
        night=night,
    )


@router.get("/skranke")
async def counter_page(request: Request, person: forms.IdAsked = None) -> Response:
    """The whole page, with a person when asked for."""
    actor = await acting(request)
    shown = await person_panel(request, actor, person) if person else None
    view = CounterView(header(actor), await list_view(request, actor), shown)
    return render.page(
        request,
        "counter/page.html",
        view=view,
        csrf=forms.csrf_token(request),
        policy=actor.policy,
    )


@router.get("/skranke/liste")
async def list_fragment(request: Request) -> Response:
    """The list alone. It refreshes by itself, so it does not count as use of the session."""
    actor = await acting_quietly(wiring_of(request), forms.session_token(request))
    actor.must_be(*HANDS_OUT)
    return await _whole_list(request, actor)


@router.post("/skranke/liste", dependencies=[READS])
async def list_searched(request: Request) -> Response:
    """The list with what stands in the search. In the body: it may be a CPR number."""
    form = await forms.read_form(request)
    actor = await acting_quietly(wiring_of(request), forms.session_token(request))
    actor.must_be(*HANDS_OUT)
    query = forms.text(form, "q", LONGEST_SEARCH)
    if not query:
        return await _whole_list(request, actor)
    found = await list_view(request, actor, query)
    return render.page(request, "counter/list.html", queue=found)


async def _whole_list(request: Request, actor: Actor) -> Response:
    # All counters of a unit ask at once after each change: one of them is rendered for all.
    changes = request.app.state.changes
    key = (actor.unit_id, render.language_of(request), render.private_screen(request))
    kept = request.app.state.rendered_lists.get(key)
    head = changes.heads.get(actor.unit_id) if changes.listeners else None
    if kept and kept[0] == head and head is not None and actor.now - kept[1] < LIST_KEPT:
        await look_at_list(wiring_of(request), actor, "today", kept[3])
        return Response(kept[2], 200, render.PAGE_HEADERS, "text/html")
    found = await list_view(request, actor)
    answer = render.page(request, "counter/list.html", queue=found)
    request.app.state.rendered_lists[key] = (
        head,
        actor.now,
        answer.body,
        [row.person_id for row in found.rows],
    )
    return answer


@router.get("/skranke/tom")
async def nobody(request: Request) -> Response:
    """The panel without a person."""
    return await respond(request, await acting(request), None)


@router.get("/skranke/person/{person_id}")
async def show_person(
    request: Request, person_id: forms.IdInPath, nat: bool | None = None
) -> Response:
    """A person of today's list; ``nat`` chooses the dose for the night, or the main order."""
    actor = await acting(request)
    shown = await person_panel(request, actor, person_id, night=nat)
    return await respond(request, actor, shown)


@router.post("/skranke/find", dependencies=[READS])
async def find(request: Request) -> Response:
    """Enter in the search: the one person it means, or those it may mean."""
    form = await forms.read_form(request)
    return await found_people(request, await acting(request), forms.text(form, "q", LONGEST_SEARCH))


async def found_people(
    request: Request, actor: Actor, query: str, *, scanned: bool = False
) -> Response:
    """The one person a search means, or those it may mean; a card that was scanned is kept."""
    _ = translate(request)
    token = forms.session_token(request)
    people = await preview.find_people(wiring_of(request), token, query)
    if len(people) == 1:
        if scanned:
            async with wiring_of(request).pool.connection() as connection:
                await keep_scan(connection, token, people[0].card_code)
                await connection.commit()
        shown = await person_panel(request, actor, people[0].person_id)
        return await respond(request, actor, shown)
    return render.page(
        request,
        "counter/found.html",
        people=people,
        query=without_cpr(query),
        csrf=forms.csrf_token(request),
    )


@router.get("/skranke/")
async def with_slash() -> Response:
    """The address as people type it."""
    return RedirectResponse("/skranke", 308)
