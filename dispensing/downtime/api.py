"""Downtime as JSON under /api/v1: the same use cases as the pages."""

import base64
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response, Security
from fastapi.security import HTTPBearer
from prometheus_client import CONTENT_TYPE_LATEST

from dispensing.counter.api import IdInPath, wiring_of
from dispensing.downtime import api_models as models
from dispensing.downtime import back_entry, conflicts, lists, periods, right
from dispensing.downtime.account import NOT_LISTED
from dispensing.downtime.codes import row_check
from dispensing.downtime.metrics import metrics_text
from dispensing.errors import Unprocessable
from dispensing.looks import look_at_list
from dispensing.people.act_steps import ASKS_OTHERS, PRINTS, STEP
from dispensing.people.sessions import HANDS_OUT, Actor, load_actor
from dispensing.problem_answers import DOCUMENTED, Problem, documented
from dispensing.unit_acts import UnitAnswer
from dispensing.web.json_api import Key, bearer, json_answer

router = APIRouter(
    prefix="/api/v1",
    tags=["downtime"],
    dependencies=[Security(HTTPBearer(auto_error=False, description="Token of POST /sessions"))],
)
metrics_router = APIRouter(include_in_schema=False)
SerialInPath = Annotated[int, Path(ge=1, le=10**11)]
READS = HANDS_OUT
ACTS: dict[int | str, dict[str, Any]] = DOCUMENTED | {
    409: documented(Problem, "Not now: the problem type says why"),
}


def _acted(answer: UnitAnswer) -> Response:
    told = {"receipt": answer.receipt, "repeated": answer.repeated}
    return json_answer({**answer.body, **told}, answer.status)


async def _reader(request: Request, connection: Any, *roles: str) -> Actor:
    actor = await load_actor(connection, bearer(request), wiring_of(request).limits)
    actor.must_be(*roles)
    return actor


async def _seen(
    request: Request, actor: Actor, page: str, found: Sequence[dict[str, Any]]
) -> Response:
    """A list of people, after it was recorded that they were seen."""
    people = [row["person_id"] for row in found]
    await look_at_list(wiring_of(request), actor, page, people)
    return json_answer(found)


@metrics_router.get("/metrics")
async def get_metrics(request: Request) -> Response:
    """For a monitor inside the house; numbers by unit code."""
    async with wiring_of(request).pool.connection() as connection:
        text = await metrics_text(connection)
        await connection.commit()
    return Response(text, media_type=CONTENT_TYPE_LATEST)


@router.post(
    "/emergency-lists",
    status_code=201,
    response_model=models.MadeList,
    responses=ACTS,
    dependencies=[PRINTS],
)
async def post_list(body: models.ListModel, request: Request, key: Key) -> Response:
    """Make an emergency list of the unit now."""
    return _acted(await lists.make_list(wiring_of(request), bearer(request), body.days_ahead, key))


@router.get("/emergency-lists", response_model=list[models.KnownList], responses=DOCUMENTED)
async def get_lists(request: Request) -> Response:
    """The unit's newest lists."""
    async with wiring_of(request).pool.connection() as connection:
        actor = await _reader(request, connection, *READS)
        found = await lists.recent_lists(connection, actor.unit_id)
        await connection.commit()
    return json_answer(found)


@router.get("/emergency-lists/{serial}", response_model=models.FullList, responses=DOCUMENTED)
async def get_list(serial: SerialInPath, request: Request) -> Response:
    """A list with its PDF; the look is logged."""
    found = await lists.read_list(wiring_of(request), bearer(request), serial)
    pdf = base64.b64encode(found.pdf).decode()
    return json_answer(lists.answer_of(found) | {"pdf_base64": pdf})


@router.get("/downtime", response_model=models.Standing, responses=DOCUMENTED)
async def get_downtime(request: Request) -> Response:
    """Where the unit stands."""
    async with wiring_of(request).pool.connection() as connection:
        actor = await _reader(request, connection, *READS)
        found = await periods.state(connection, actor.unit_id)
        await connection.commit()
    open_now = found.downtime or {}
    return json_answer(
        {
            "running": found.running,
            **{name: open_now.get(name) for name in ("started_at", "over_at", "found_by")},
            "serials": found.serials,
            "missing": found.missing,
            "conflicts": found.conflicts,
            "list_overdue": found.list_overdue,
            "list_made_at": found.list_made_at,
        }
    )


@router.post(
    "/downtime", status_code=201, response_model=models.Began, responses=ACTS, dependencies=[STEP]
)
async def post_begin(body: models.BeginModel, request: Request, key: Key) -> Response:
    """Tell that the unit hands out from paper; nothing is reserved there until it is over."""
    token = bearer(request)
    return _acted(await periods.begin(wiring_of(request), token, body.started_at, body.reason, key))


@router.post("/downtime/over", response_model=models.Ended, responses=ACTS, dependencies=[STEP])
async def post_over(body: models.EndModel, request: Request, key: Key) -> Response:
    """The paper is put away; the rows of the lists used hold their people until they are told."""
    ending = periods.Ending(tuple(body.serials), body.started_at, body.over_at)
    return _acted(await periods.end(wiring_of(request), bearer(request), ending, key))


@router.post("/downtime/lists", response_model=models.Named, responses=ACTS, dependencies=[STEP])
async def post_named(body: models.NamedModel, request: Request, key: Key) -> Response:
    """Another list was in use."""
    return _acted(await periods.name_list(wiring_of(request), bearer(request), body.serial, key))


@router.post("/downtime/left", response_model=models.Left, responses=ACTS, dependencies=[STEP])
async def post_left(request: Request, key: Key) -> Response:
    """Every row is told and the stock is counted."""
    return _acted(await periods.leave(wiring_of(request), bearer(request), key))


@router.get("/paper-rows", response_model=list[models.MissingRow], responses=DOCUMENTED)
async def get_missing(request: Request) -> Response:
    """The rows of lists in use that nobody has told of."""
    async with wiring_of(request).pool.connection() as connection:
        actor = await _reader(request, connection, *READS)
        found = await periods.missing_rows(connection, actor.unit_id)
        await connection.commit()
    return await _seen(request, actor, "paper-rows", found)


@router.post(
    "/emergency-lists/{serial}/rows",
    status_code=201,
    response_model=models.RowTold,
    responses=ACTS | {200: {"model": models.RowTold, "description": "Told before"}},
    dependencies=[STEP],
)
async def post_row(
    serial: SerialInPath, body: models.RowModel, request: Request, key: Key
) -> Response:
    """What the paper says of one row; told once however often it is sent."""
    check = body.check_digit
    if body.row_no != NOT_LISTED and check is not None and check != row_check(serial, body.row_no):
        raise Unprocessable("row and check digit do not belong together", field="check_digit")
    told = body.told(serial)
    return _acted(await back_entry.tell_row(wiring_of(request), bearer(request), told, key))


@router.get("/paper-conflicts", response_model=list[models.OpenConflict], responses=DOCUMENTED)
async def get_conflicts(request: Request) -> Response:
    """Conflicts between paper and record that wait for a doctor."""
    async with wiring_of(request).pool.connection() as connection:
        actor = await _reader(request, connection, *READS)
        found = await conflicts.open_conflicts(connection, actor.unit_id)
        await connection.commit()
    return await _seen(request, actor, "paper-conflicts", found)


@router.post(
    "/paper-conflicts/{event_id}/decision",
    response_model=models.Closed,
    responses=ACTS,
    dependencies=[STEP],
)
async def post_decision(
    event_id: IdInPath, body: models.DecisionModel, request: Request, key: Key
) -> Response:
    """A doctor's written decision; both sides stay as they are."""
    return _acted(
        await conflicts.close(
            wiring_of(request),
            bearer(request),
            event_id,
            body.decision,
            body.no_dose_before_on,
            key,
        )
    )


@router.post(
    "/right-requests",
    status_code=201,
    response_model=models.RightAsked,
    responses=ACTS,
    dependencies=[ASKS_OTHERS],
)
async def post_right(body: models.RightModel, request: Request, key: Key) -> Response:
    """Ask the place that holds a person's right for it."""
    return _acted(
        await right.ask_for_right(wiring_of(request), bearer(request), body.card, body.reason, key)
    )


@router.get("/right-requests", response_model=list[models.RightRequest], responses=DOCUMENTED)
async def get_rights(request: Request) -> Response:
    """Requests that this place can still answer."""
    async with wiring_of(request).pool.connection() as connection:
        actor = await _reader(request, connection, *right.ROLES)
        found = await right.waiting_requests(connection, actor.unit_id)
        await connection.commit()
    return await _seen(request, actor, "right-requests", found)


@router.post(
    "/right-requests/{request_id}/answer",
    response_model=models.RightAnswered,
    responses=ACTS,
    dependencies=[STEP],
)
async def post_right_answer(
    request_id: IdInPath, body: models.RightAnswerModel, request: Request, key: Key
) -> Response:
    """Let the right go to the place that asks, or keep it."""
    return _acted(
        await right.answer_request(
            wiring_of(request),
            bearer(request),
            request_id,
            body.grant,
            key,
            [(row.serial, row.row_no) for row in body.struck_out],
        )
    )
