"""Webhooks as JSON: endpoints of the unit, their messages, sending again."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response, Security
from fastapi.security import HTTPBearer
from pydantic import AwareDatetime, BaseModel, Field

from dispensing.counter.api_answers import Receipt
from dispensing.outbox import endpoints
from dispensing.people.act_steps import STEP
from dispensing.problem_answers import DOCUMENTED, Problem, documented
from dispensing.unit_acts import UnitAnswer
from dispensing.web.json_api import LARGEST_ID, Key, Strict, bearer, json_answer
from dispensing.web.routes import wiring_of

router = APIRouter(
    prefix="/api/v1",
    tags=["webhooks"],
    dependencies=[Security(HTTPBearer(auto_error=False, description="Token of POST /sessions"))],
)
ACTS: dict[int | str, dict[str, Any]] = DOCUMENTED | {
    409: documented(Problem, "Not now: the problem type says why; nothing changed"),
}
EndpointId = Annotated[int, Path(ge=1, le=2**31 - 1)]


class EndpointModel(Strict):
    """The address to tell, and whether also of what the unit does itself."""

    url: Annotated[str, Field(min_length=8, max_length=500)]
    own_acts: bool = False


class SwitchModel(Strict):
    """Whether the address is told."""

    enabled: bool


class ReplayModel(Strict):
    """One message, or all since a moment."""

    message_id: Annotated[int, Field(ge=1, le=LARGEST_ID, strict=True)] | None = None
    since: AwareDatetime | None = None


class SecretAnswer(BaseModel):
    """The endpoint with its secret, which is shown this once."""

    endpoint_id: int
    generation: int
    secret: str
    receipt: Receipt


class EndpointAnswer(BaseModel):
    """An address that is told."""

    endpoint_id: int
    url: str
    own_acts: bool
    generation: int
    previous_until: datetime | None
    registered_at: datetime
    registered_by: str
    disabled_at: datetime | None
    disabled_why: str | None
    waiting: int
    last_delivered_at: datetime | None


class MessageAnswer(BaseModel):
    """A message and what became of it."""

    message_id: int
    event: str
    happened_at: datetime
    state: str
    tries: int
    next_at: datetime | None
    last_answer: str | None


class SwitchedAnswer(BaseModel):
    """Whether it is told now."""

    endpoint_id: int
    enabled: bool
    receipt: Receipt


class ReplayedAnswer(BaseModel):
    """How many messages are sent again."""

    endpoint_id: int
    messages: int
    receipt: Receipt


def _done(answer: UnitAnswer, body: dict[str, Any]) -> Response:
    receipt = msgspec.to_builtins(answer.receipt)
    return json_answer({**body, "receipt": receipt}, answer.status)


@router.get("/webhooks", response_model=list[EndpointAnswer], responses=DOCUMENTED)
async def get_webhooks(request: Request) -> Response:
    """The endpoints of the administrator's unit."""
    _, found = await endpoints.endpoints(wiring_of(request), bearer(request))
    return json_answer(found)


@router.post(
    "/webhooks", status_code=201, response_model=SecretAnswer, responses=ACTS, dependencies=[STEP]
)
async def post_webhook(body: EndpointModel, request: Request, key: Key) -> Response:
    """Register an address; the answer holds its secret."""
    wiring = wiring_of(request)
    loopback = request.app.state.settings.webhook_loopback
    answer = await endpoints.register(
        wiring, bearer(request), body.url, key, own_acts=body.own_acts, loopback=loopback
    )
    return _done(answer, endpoints.with_secret(wiring, answer))


@router.post(
    "/webhooks/{endpoint_id}/rotations",
    response_model=SecretAnswer,
    responses=ACTS,
    dependencies=[STEP],
)
async def post_rotation(endpoint_id: EndpointId, request: Request, key: Key) -> Response:
    """A new secret; the one before is good for a day."""
    wiring = wiring_of(request)
    answer = await endpoints.rotate(wiring, bearer(request), endpoint_id, key)
    return _done(answer, endpoints.with_secret(wiring, answer))


@router.post(
    "/webhooks/{endpoint_id}/switch",
    response_model=SwitchedAnswer,
    responses=ACTS,
    dependencies=[STEP],
)
async def post_switch(
    endpoint_id: EndpointId, body: SwitchModel, request: Request, key: Key
) -> Response:
    """Tell the address no more, or again."""
    answer = await endpoints.switch(
        wiring_of(request), bearer(request), endpoint_id, body.enabled, key
    )
    return _done(answer, answer.body)


@router.get(
    "/webhooks/{endpoint_id}/messages", response_model=list[MessageAnswer], responses=DOCUMENTED
)
async def get_messages(
    endpoint_id: EndpointId,
    request: Request,
    before: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
) -> Response:
    """The newest messages to an endpoint; ``before`` goes on further back."""
    found = await endpoints.messages(wiring_of(request), bearer(request), endpoint_id, before)
    return json_answer(
        [{name: getattr(one, name) for name in MessageAnswer.model_fields} for one in found]
    )


@router.post(
    "/webhooks/{endpoint_id}/replays",
    response_model=ReplayedAnswer,
    responses=ACTS,
    dependencies=[STEP],
)
async def post_replay(
    endpoint_id: EndpointId, body: ReplayModel, request: Request, key: Key
) -> Response:
    """Send a message again, or all since a moment."""
    answer = await endpoints.replay(
        wiring_of(request),
        bearer(request),
        endpoint_id,
        key,
        message_id=body.message_id,
        since=body.since,
    )
    return _done(answer, answer.body)
