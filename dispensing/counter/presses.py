"""Every press on the counter page that does something: reserve, given, ended, asked, closed.

Each form carries an idempotency key drawn when it was rendered; a use case decides, and the panel
is shown again as the person then stands.
"""

from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from dispensing import clock
from dispensing.counter import closing, ending, observe, preview, questions
from dispensing.counter.card import scanned_since
from dispensing.counter.give import Giving, give
from dispensing.counter.outcome import Outcome
from dispensing.counter.page_store import missed_when_closed
from dispensing.counter.pages import (
    acting,
    amount_in,
    answer_in,
    changed_doses_in,
    doses_in,
    key_in,
    list_view,
    observed,
    order_in,
    person_panel,
    respond,
    seen_in,
)
from dispensing.counter.reserve import reserve
from dispensing.counter.today import ASSUMED
from dispensing.counter.views import Seen
from dispensing.errors import Unprocessable
from dispensing.people.act_steps import (
    ASKS_OTHERS,
    OWN_SIGN_IN,
    PAGE_STEP,
    READS,
    STEP_IN_ACT,
    WITHHOLDS,
    step_in,
)
from dispensing.people.api import machine_of
from dispensing.people.sessions import Actor, end_session, sign_in
from dispensing.people.working import header
from dispensing.web import forms, render
from dispensing.web.notices import Notice
from dispensing.web.routes import PageRoute, translate, wiring_of
from dosing_rules import DoseAsked
from dosing_rules.ordered import of_the_night

router = APIRouter(route_class=PageRoute, include_in_schema=False)

# Answers of the Pasero scale at which the person counts as affected.
AFFECTED_FROM_POSS = 2


@router.post("/skranke/person/{person_id}/vurder", dependencies=[READS])
async def assess(request: Request, person_id: forms.IdInPath) -> Response:
    """Ask the rules again with what the nurse saw, or with another amount. Writes nothing."""
    form = await forms.read_form(request)
    actor = await acting(request)
    seen = seen_in(form)
    doses = doses_in(form)
    if forms.text(form, "looked_again", 1):
        seen = replace(seen, affected=False, poss=None, breaths=None)
    if forms.text(form, "changed", 1):
        doses = _changed(form, doses)
    shown = await person_panel(
        request,
        actor,
        person_id,
        seen=seen,
        bottle_code=forms.text(form, "bottle", 40) or None,
        doses=doses,
    )
    return await respond(request, actor, shown)


def _changed(form: FormData, doses: tuple[DoseAsked, ...]) -> tuple[DoseAsked, ...]:
    """The doses with the amount typed for now, and only the take-home days still ticked."""
    amount_ug = amount_in(form, "part_mg")
    kept = {str(row) for row in form.getlist("home")}
    return tuple(
        replace(dose, amount_ug=amount_ug) if dose.how == "supervised" and amount_ug else dose
        for dose in doses
        if dose.how == "supervised" or f"{dose.for_on.isoformat()}/{dose.part}" in kept
    )


@router.post("/skranke/person/{person_id}/reserver", dependencies=[STEP_IN_ACT])
async def press_reserve(request: Request, person_id: forms.IdInPath) -> Response:
    """The first press: these doses are taken, or the verdict says why not."""
    form = await forms.read_form(request)
    actor = await acting(request)
    seen = seen_in(form)
    order = order_in(form, person_id, seen)
    token = forms.session_token(request)
    step = step_in(form)
    outcome = await reserve(wiring_of(request), token, order, key_in(form), step)
    if outcome.allowed:
        return await _after(request, actor, outcome, None)
    _ = translate(request)
    shown = await person_panel(
        request,
        actor,
        person_id,
        seen=seen,
        notice=Notice("refused", _("Ikke reserveret. Se hvorfor og vejen videre.")),
        bottle_code=order.bottle_code,
        doses=changed_doses_in(form),
    )
    return await respond(request, actor, shown, outcome.status)


@router.post("/skranke/person/{person_id}/paavirket", dependencies=[WITHHOLDS])
async def press_affected(request: Request, person_id: forms.IdInPath) -> Response:
    """The person is affected now: the service refuses, and the refusal is written down.

    Wide awake by the scale is not affected; then only the rules are asked again.
    """
    form = await forms.read_form(request)
    actor = await acting(request)
    seen = seen_in(form)
    seen = replace(seen, affected=(seen.poss or AFFECTED_FROM_POSS) >= AFFECTED_FROM_POSS)
    order = order_in(form, person_id, seen)
    doses, notice = changed_doses_in(form), None
    shown = await person_panel(
        request, actor, person_id, seen=seen, bottle_code=order.bottle_code, doses=doses
    )
    # What a doctor allowed in spite of it is not reserved by this press.
    if seen.affected and not shown.may_reserve:
        outcome = await reserve(
            wiring_of(request), forms.session_token(request), order, key_in(form)
        )
        _ = translate(request)
        if not outcome.allowed:
            notice = Notice("told", _("Skrevet ned: påvirket, ikke udleveret."))
        shown = await person_panel(
            request,
            actor,
            person_id,
            seen=seen,
            notice=notice,
            bottle_code=order.bottle_code,
            doses=doses,
        )
    return await respond(request, actor, shown)


@router.post("/skranke/person/{person_id}/afviser", dependencies=[PAGE_STEP])
async def press_declined(request: Request, person_id: forms.IdInPath) -> Response:
    """The person declines before anything is reserved."""
    form = await forms.read_form(request)
    actor = await acting(request)
    note = forms.text(form, "note") or None
    outcome = await ending.decline(
        wiring_of(request), forms.session_token(request), person_id, note, key_in(form)
    )
    _ = translate(request)
    said = _("Skrevet ned: personen afviste dosis. Den kan stadig udleveres i dag.")
    return await _after(request, actor, outcome, Notice("done", said))


@router.post("/skranke/udlevering/{reservation_id}/givet", dependencies=[STEP_IN_ACT])
async def press_given(request: Request, reservation_id: forms.IdInPath) -> Response:
    """The second press: swallowed, or carried home."""
    form = await forms.read_form(request)
    actor = await acting(request)
    token = forms.session_token(request)
    giving = Giving(
        identifiers=ASSUMED,
        observed=observed(seen_in(form)),
        swallowed_ug=amount_in(form, "swallowed_mg"),
        observe=forms.text(form, "observe", 1) == "1",
        scanned_code=await scanned_since(wiring_of(request), token, reservation_id),
        without_card=forms.text(form, "without_card") or None,
        without_labels=forms.text(form, "without_labels") or None,
        collector_id=forms.whole(form, "collector", 1, forms.LARGEST_ID),
        identity_shown=forms.text(form, "identity_shown", 100) or None,
    )
    step = step_in(form)
    outcome = await give(wiring_of(request), token, reservation_id, giving, key_in(form), step)
    _ = translate(request)
    if outcome.allowed:
        return await _after(request, actor, outcome, None)
    said = _("Noget er ændret siden reservationen: udlevér ikke. Sæt dosis tilbage i skabet.")
    return await _after(request, actor, outcome, Notice("refused", said))


@router.post("/skranke/udlevering/{reservation_id}/slut", dependencies=[PAGE_STEP])
async def press_ended(request: Request, reservation_id: forms.IdInPath) -> Response:
    """Returned, refused or spilled."""
    form = await forms.read_form(request)
    actor = await acting(request)
    how = forms.text(form, "outcome", 20)
    if how not in ("returned", "refused", "spilled"):
        raise Unprocessable("unknown ending", field="outcome")
    _ = translate(request)
    note = forms.text(form, "note") or None
    outcome = await ending.end(
        wiring_of(request), forms.session_token(request), reservation_id, how, note, key_in(form)
    )
    said = {
        "returned": _("Dosis er tilbage i skabet."),
        "refused": _("Skrevet ned: personen afviste dosis."),
        "spilled": _("Skrevet ned: dosis er spildt."),
    }
    return await _after(request, actor, outcome, Notice("done", said[how]))


@router.post("/skranke/udlevering/{reservation_id}/usikker", dependencies=[PAGE_STEP])
async def press_uncertain(request: Request, reservation_id: forms.IdInPath) -> Response:
    """Nobody knows whether the dose was swallowed."""
    form = await forms.read_form(request)
    actor = await acting(request)
    note = forms.text(form, "note") or None
    outcome = await ending.doubt(
        wiring_of(request), forms.session_token(request), reservation_id, note, key_in(form)
    )
    return await _after(request, actor, outcome, None)


@router.post("/skranke/udlevering/{reservation_id}/tilbagefoer", dependencies=[PAGE_STEP])
async def press_reverse(request: Request, reservation_id: forms.IdInPath) -> Response:
    """A hand-out recorded by mistake is taken back."""
    form = await forms.read_form(request)
    actor = await acting(request)
    outcome = await ending.reverse(
        wiring_of(request),
        forms.session_token(request),
        reservation_id,
        forms.text(form, "reason"),
        key_in(form),
    )
    _ = translate(request)
    said = _("Tilbageført. Begge dele står i journalen.")
    return await _after(request, actor, outcome, Notice("done", said))


@router.post("/skranke/udlevering/{reservation_id}/opkast", dependencies=[PAGE_STEP])
async def press_vomited(request: Request, reservation_id: forms.IdInPath) -> Response:
    """The person vomited after the dose."""
    form = await forms.read_form(request)
    actor = await acting(request)
    outcome = await observe.note_vomit(
        wiring_of(request),
        forms.session_token(request),
        reservation_id,
        forms.needed(form, "minutes", 0, observe.LONGEST_VOMIT_MINUTES),
        forms.text(form, "witnessed", 1) == "1",
        key_in(form),
    )
    _ = translate(request)
    said = _("Skrevet ned. Giv ikke en ny dosis uden lægen.")
    return await _after(request, actor, outcome, Notice("told", said))


@router.post("/skranke/udlevering/{reservation_id}/observation", dependencies=[PAGE_STEP])
async def press_observed(request: Request, reservation_id: forms.IdInPath) -> Response:
    """Sign an observation off."""
    form = await forms.read_form(request)
    actor = await acting(request)
    affected = forms.needed(form, "affected_after", 0, 1) == 1
    early = forms.text(form, "left_early", 1) == "1"
    outcome = await observe.sign_observation(
        wiring_of(request),
        forms.session_token(request),
        reservation_id,
        "left_early" if early else "completed",
        affected,
        forms.text(form, "note") or None,
        key_in(form),
    )
    _ = translate(request)
    said = _("Observationen er underskrevet.")
    return await _after(request, actor, outcome, Notice("done", said))


async def _after(
    request: Request, actor: Actor, outcome: Outcome, notice: Notice | None
) -> Response:
    shown = await person_panel(request, actor, outcome.person_id, notice=notice)
    return await respond(request, actor, shown, 200 if outcome.allowed else outcome.status)


@router.post("/skranke/person/{person_id}/spoerg", dependencies=[ASKS_OTHERS])
async def press_ask(request: Request, person_id: forms.IdInPath) -> Response:
    """Put the verdict before the unit's doctors."""
    form = await forms.read_form(request)
    actor = await acting(request)
    seen = seen_in(form)
    order = order_in(form, person_id, seen)
    note = forms.text(form, "note") or None
    await questions.ask(wiring_of(request), forms.session_token(request), order, note, key_in(form))
    shown = await person_panel(
        request,
        actor,
        person_id,
        seen=seen,
        bottle_code=order.bottle_code,
        doses=changed_doses_in(form),
    )
    return await respond(request, actor, shown)


@router.post("/skranke/person/{person_id}/laege", dependencies=[OWN_SIGN_IN])
async def doctor_here(request: Request, person_id: forms.IdInPath) -> Response:
    """A doctor decides at the counter with an own sign-in, which ends at once."""
    form = await forms.read_form(request)
    actor = await acting(request)
    wiring = wiring_of(request)
    seen = seen_in(form)
    doses = doses_in(form)
    rules = await blocking_rules(request, person_id, seen, doses)
    night = bool(doses) and all(of_the_night(dose.part) for dose in doses)
    answer = answer_in(form, rules, night=night)
    token = wiring.draw_bytes(32).hex()
    username = forms.text(form, "doctor_username", 60)
    password = forms.text(form, "doctor_password", 200)
    await sign_in(wiring, username, password, None, token, machine=machine_of(request), how="once")
    try:
        await questions.answer(wiring, token, person_id, answer, key_in(form))
    finally:
        async with wiring.pool.connection() as connection:
            await end_session(connection, token)
    shown = await person_panel(
        request, actor, person_id, seen=seen, doses=changed_doses_in(form), night=night
    )
    return await respond(request, actor, shown)


async def blocking_rules(
    request: Request, person_id: int, seen: Seen, doses: tuple[DoseAsked, ...]
) -> frozenset[str]:
    """The findings in the way now: those a decision at the counter speaks of."""
    shown = await preview.preview(
        wiring_of(request),
        forms.session_token(request),
        person_id,
        observed=observed(seen),
        doses=doses,
    )
    return frozenset(finding.rule_id for finding in shown.checked.decided.blocking)


@router.get("/skranke/luk")
async def close_page(request: Request) -> Response:
    """Before the day is closed: what is left open, and how many will be missed."""
    return await _close_page(request, await acting(request), None)


async def _close_page(request: Request, actor: Actor, notice: Notice | None) -> Response:
    wiring = wiring_of(request)
    listed = await list_view(request, actor)
    private = render.private_screen(request)
    unsettled = listed.of("reserved", "uncertain")
    values: dict[str, Any] = {
        "header": header(actor),
        "open_names": [row.initials if private else row.name for row in unsettled],
        "expected": len(listed.of("expected", "asked", "stopped")),
        "closed": await missed_when_closed(
            wiring, actor.unit_id, render.formats.local_day(actor.now, actor.zone)
        )
        is not None,
        "notice": notice,
        "csrf": forms.csrf_token(request),
        "key": str(clock.new_id()),
    }
    return render.page(request, "counter/close.html", **values)


@router.post("/skranke/luk", dependencies=[PAGE_STEP])
async def press_close(request: Request) -> Response:
    """Close today."""
    await forms.read_form(request)
    actor = await acting(request)
    today = render.formats.local_day(actor.now, actor.zone)
    closed = await closing.close_day(wiring_of(request), forms.session_token(request), today)
    _ = translate(request)
    said = _("Dagen er lukket. %s udeblev.") % closed.missed
    return await _close_page(request, actor, Notice("done", said))
