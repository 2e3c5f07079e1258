"""The counter as JSON under /api/v1: the same use cases as the pages.

Every act carries an ``Idempotency-Key``; repeating it gives the first answer. A refusal by the
rules is 409 with the whole verdict: it was recorded, and nothing was handed out.
"""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response, Security
from fastapi.security import HTTPBearer
from pydantic import AfterValidator

from dispensing.counter import api_answers, closing, ending, observe, preview, questions
from dispensing.counter.api_answers import REFUSED
from dispensing.counter.api_models import (
    AnswerModel,
    CardDemandModel,
    Day,
    GivingModel,
    NoteModel,
    OrderModel,
    QuestionModel,
    ReservingModel,
    ReversalModel,
    SearchModel,
    SignatureModel,
    VomitModel,
)
from dispensing.counter.api_scopes import ASKS, FINDS, LOOKS, TELLS
from dispensing.counter.card import demand_card
from dispensing.counter.decide import Reason
from dispensing.counter.give import Giving, give
from dispensing.counter.loading import load_desk
from dispensing.counter.outcome import Outcome
from dispensing.counter.reserve import answers, check, reserve
from dispensing.counter.today import load_list, only_allowed
from dispensing.errors import PROBLEM_MEDIA_TYPE, Unprocessable
from dispensing.looks import look_at_list, record_look
from dispensing.people.act_steps import ASKS_OTHERS, READS, STEP, STEP_IN_ACT
from dispensing.people.sessions import HANDS_OUT, load_actor
from dispensing.persons.number import may_be_number
from dispensing.problem_answers import DOCUMENTED
from dispensing.web import routes
from dispensing.web.json_api import LARGEST_ID, Key, bearer, json_answer, plain
from dispensing.wiring import Wiring

router = APIRouter(
    prefix="/api/v1",
    tags=["counter"],
    # For the document only: ``bearer`` reads the token, and every use case asks whose it is.
    dependencies=[Security(HTTPBearer(auto_error=False, description="Token of POST /sessions"))],
)

IdInPath = Annotated[int, Path(ge=1, le=LARGEST_ID)]
SearchText = Annotated[str, Query(min_length=1, max_length=100), AfterValidator(plain)]


def wiring_of(request: Request) -> Wiring:
    """What the composition root made for this process."""
    return routes.wiring_of(request)


def answered(outcome: Outcome, refused: str = "Not to be handed out now") -> Response:
    """An outcome as JSON; a refusal as a problem document with the verdict in it."""
    if outcome.allowed:
        return json_answer(outcome, outcome.status)
    document = msgspec.to_builtins(outcome) | {
        "type": "/problems/refused-by-rules",
        "title": refused,
        "status": outcome.status,
    }
    return json_answer(document, outcome.status, PROBLEM_MEDIA_TYPE)


@router.post(
    "/reservations",
    status_code=201,
    response_model=api_answers.Outcome,
    responses=REFUSED,
    dependencies=[STEP_IN_ACT, TELLS],
)
async def post_reservation(body: ReservingModel, request: Request, key: Key) -> Response:
    """Reserve doses for a person: they are taken everywhere until somebody tells what became."""
    step = body.step.shown() if body.step else None
    return answered(await reserve(wiring_of(request), bearer(request), body.order(), key, step))


@router.post(
    "/checks", response_model=api_answers.Checked, responses=REFUSED, dependencies=[READS, ASKS]
)
async def post_check(body: OrderModel, request: Request) -> Response:
    """Ask the rules without reserving anything; that the person was looked at is recorded."""
    wiring, order = wiring_of(request), body.order()
    async with wiring.pool.connection() as connection:
        actor, desk, _ = await load_desk(
            connection, bearer(request), wiring.limits, person_id=order.person_id, lock=False
        )
        checked = check(order, actor, desk, wiring)
        await record_look(wiring, connection, actor, order.person_id, "check")
        await connection.commit()
    return json_answer(
        {
            "person_id": order.person_id,
            "at": desk.at,
            "book": {"id": checked.book.id, "sha256": checked.book.sha256},
            "verdict": checked.verdict.as_dict(),
            "blocking": [finding.rule_id for finding in checked.decided.blocking],
            "doses": answers(order.doses, checked.bottle, checked.book.measurable_step_ul),
        }
    )


@router.post(
    "/reservations/{reservation_id}/given",
    response_model=api_answers.Outcome,
    responses=REFUSED,
    dependencies=[STEP_IN_ACT, TELLS],
)
async def post_given(
    reservation_id: IdInPath, body: GivingModel, request: Request, key: Key
) -> Response:
    """The reserved doses were swallowed or carried home."""
    giving = Giving(
        identifiers=body.identifiers,
        observed=body.observed.facts(),
        swallowed_ug=body.swallowed_mg,
        observe=body.observe,
        reasons=tuple(Reason(one.rule_id, one.reason) for one in body.reasons),
        card_code=body.card_code,
        without_card=body.without_card,
        collector_id=body.collector_id,
        identity_shown=body.identity_shown,
        label_codes=tuple(body.label_codes),
        without_labels=body.without_labels,
    )
    step = body.step.shown() if body.step else None
    return answered(
        await give(wiring_of(request), bearer(request), reservation_id, giving, key, step)
    )


@router.post(
    "/reservations/{reservation_id}/returned",
    response_model=api_answers.Outcome,
    responses=REFUSED,
    dependencies=[STEP, TELLS],
)
async def post_returned(
    reservation_id: IdInPath, body: NoteModel, request: Request, key: Key
) -> Response:
    """Nobody had the dose: it goes back in the bottle and is free again."""
    return await _end(request, reservation_id, "returned", body, key)


@router.post(
    "/reservations/{reservation_id}/refused",
    response_model=api_answers.Outcome,
    responses=REFUSED,
    dependencies=[STEP, TELLS],
)
async def post_refused(
    reservation_id: IdInPath, body: NoteModel, request: Request, key: Key
) -> Response:
    """The person declined the dose; it is poured back and free again."""
    return await _end(request, reservation_id, "refused", body, key)


@router.post(
    "/reservations/{reservation_id}/spilled",
    response_model=api_answers.Outcome,
    responses=REFUSED,
    dependencies=[STEP, TELLS],
)
async def post_spilled(
    reservation_id: IdInPath, body: NoteModel, request: Request, key: Key
) -> Response:
    """The dose is gone and nobody had it: stock does not return, the dose is free again."""
    return await _end(request, reservation_id, "spilled", body, key)


async def _end(
    request: Request, reservation_id: int, how: ending.Ending, body: NoteModel, key: str
) -> Response:
    return answered(
        await ending.end(wiring_of(request), bearer(request), reservation_id, how, body.note, key)
    )


@router.post(
    "/people/{person_id}/declines",
    response_model=api_answers.Outcome,
    responses=REFUSED,
    dependencies=[STEP],
)
async def post_decline(
    person_id: IdInPath, body: NoteModel, request: Request, key: Key
) -> Response:
    """The person declined before anything was reserved; nothing is taken, nothing poured."""
    return answered(
        await ending.decline(wiring_of(request), bearer(request), person_id, body.note, key)
    )


@router.post(
    "/reservations/{reservation_id}/doubts",
    response_model=api_answers.Outcome,
    responses=REFUSED,
    dependencies=[STEP, TELLS],
)
async def post_doubt(
    reservation_id: IdInPath, body: NoteModel, request: Request, key: Key
) -> Response:
    """Nobody knows what became of the dose; it blocks until somebody tells."""
    return answered(
        await ending.doubt(wiring_of(request), bearer(request), reservation_id, body.note, key)
    )


@router.post(
    "/reservations/{reservation_id}/reversals",
    response_model=api_answers.Outcome,
    responses=REFUSED,
    dependencies=[STEP, TELLS],
)
async def post_reversal(
    reservation_id: IdInPath, body: ReversalModel, request: Request, key: Key
) -> Response:
    """A recorded hand-out never happened: a mirror entry, nothing is deleted."""
    return answered(
        await ending.reverse(wiring_of(request), bearer(request), reservation_id, body.reason, key)
    )


@router.post(
    "/reservations/{reservation_id}/vomits",
    response_model=api_answers.Outcome,
    responses=REFUSED,
    dependencies=[STEP, TELLS],
)
async def post_vomit(
    reservation_id: IdInPath, body: VomitModel, request: Request, key: Key
) -> Response:
    """The person vomited after the dose."""
    return answered(
        await observe.note_vomit(
            wiring_of(request),
            bearer(request),
            reservation_id,
            body.minutes_after,
            body.witnessed,
            key,
        )
    )


@router.post(
    "/reservations/{reservation_id}/observations",
    response_model=api_answers.Outcome,
    responses=REFUSED,
    dependencies=[STEP],
)
async def post_signature(
    reservation_id: IdInPath, body: SignatureModel, request: Request, key: Key
) -> Response:
    """Sign the observation after a hand-out off."""
    return answered(
        await observe.sign_observation(
            wiring_of(request),
            bearer(request),
            reservation_id,
            body.state,
            body.affected,
            body.note,
            key,
        )
    )


@router.post(
    "/questions",
    status_code=201,
    response_model=api_answers.Outcome,
    responses=REFUSED,
    dependencies=[ASKS_OTHERS],
)
async def post_question(body: QuestionModel, request: Request, key: Key) -> Response:
    """Ask the unit's doctors about an order."""
    return answered(
        await questions.ask(wiring_of(request), bearer(request), body.order.order(), body.note, key)
    )


@router.get("/questions", response_model=list[api_answers.Question], responses=DOCUMENTED)
async def get_questions(request: Request) -> Response:
    """The questions that wait for the signed-in doctor."""
    return json_answer(await preview.open_questions(wiring_of(request), bearer(request)))


@router.post(
    "/people/{person_id}/decisions",
    status_code=201,
    response_model=api_answers.Outcome,
    responses=REFUSED,
    dependencies=[STEP],
)
async def post_decision(
    person_id: IdInPath, body: AnswerModel, request: Request, key: Key
) -> Response:
    """A doctor decides for one person and today which findings are lifted."""
    return answered(
        await questions.answer(wiring_of(request), bearer(request), person_id, body.answer(), key)
    )


@router.post(
    "/unit/card-at-given",
    response_model=api_answers.CardDemand,
    responses=REFUSED,
    dependencies=[STEP],
)
async def post_card_demand(body: CardDemandModel, request: Request, key: Key) -> Response:
    """An administrator decides whether the unit demands the card when a dose is given."""
    done = await demand_card(wiring_of(request), bearer(request), body.demanded, key)
    return json_answer(done.body)


@router.get("/people", response_model=list[api_answers.FoundPerson], responses=DOCUMENTED)
async def get_people(request: Request, text: SearchText) -> Response:
    """People of the unit by card code, beginning of a name, or birth date DDMMYY.

    A CPR or replacement number never travels in an address: see ``POST /people/searches``.
    """
    if may_be_number(text):
        raise Unprocessable("send a number in the body: POST /people/searches", field="text")
    return json_answer(await preview.find_people(wiring_of(request), bearer(request), text))


@router.post(
    "/people/searches",
    response_model=list[api_answers.FoundPerson],
    responses=DOCUMENTED,
    dependencies=[READS, FINDS],
)
async def post_search(body: SearchModel, request: Request) -> Response:
    """People of the unit as ``GET /people``, and by CPR or replacement number too."""
    return json_answer(await preview.find_people(wiring_of(request), bearer(request), body.text))


@router.get(
    "/people/{person_id}",
    response_model=api_answers.Person,
    responses=DOCUMENTED,
    dependencies=[LOOKS],
)
async def get_person(person_id: IdInPath, request: Request, night: bool | None = None) -> Response:
    """A person at the counter: facts, today's plan, and its verdict. The look-up is logged.

    ``night`` asks about the dose for the night (or the main order) of whoever has both.
    """
    seen = await preview.preview(wiring_of(request), bearer(request), person_id, night=night)
    return json_answer(
        {
            "person": msgspec.to_builtins(seen.person) | {"look_alikes": seen.look_alikes},
            "at": seen.desk.at,
            "on": seen.desk.on,
            "facts": preview.facts_document(seen.desk),
            "plan": answers(
                seen.order.doses, seen.checked.bottle, seen.checked.book.measurable_step_ul
            ),
            "prescription": [seen.order.prescription_id, seen.order.prescription_version],
            "verdict": seen.checked.verdict.as_dict(),
            "unresolved": [one.reservation_id for one in seen.unresolved],
            "night": preview.night_document(seen),
        }
    )


@router.get("/today", response_model=api_answers.Today, responses=DOCUMENTED, dependencies=[LOOKS])
async def get_today(request: Request) -> Response:
    """Today's list of the unit of the signed-in person."""
    wiring, expectations = wiring_of(request), request.app.state.expectations
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, bearer(request), wiring.limits)
        actor.must_be(*HANDS_OUT)
        found = await load_list(connection, wiring, expectations, actor.unit_id)
        found = await only_allowed(connection, actor, found)
    await look_at_list(wiring, actor, "today", [row.person_id for row in found.rows])
    return json_answer(found)


@router.post(
    "/days/{day}/close",
    response_model=api_answers.ClosedDay,
    responses=REFUSED,
    dependencies=[STEP],
)
async def post_close(day: Day, request: Request) -> Response:
    """Close a clinic day of the unit; what was planned and not fetched is recorded as missed."""
    return json_answer(await closing.close_day(wiring_of(request), bearer(request), day))
