"""Adverse events as JSON: drafted in one call, written, exported for reporting."""

from datetime import date, datetime
from typing import Any, get_args

from fastapi import APIRouter, Request, Response, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel

from dispensing.counter import adverse_events
from dispensing.counter.adverse_events import Kind, Text
from dispensing.counter.api import IdInPath, wiring_of
from dispensing.counter.api_answers import REFUSED
from dispensing.looks import look_at_list
from dispensing.people.act_steps import DRAFTS, READS
from dispensing.people.sessions import load_actor
from dispensing.problem_answers import DOCUMENTED
from dispensing.web import json_api
from dispensing.web.json_api import Key, Strict, bearer, json_answer

router = APIRouter(
    prefix="/api/v1",
    tags=["adverse events"],
    dependencies=[Security(HTTPBearer(auto_error=False, description="Token of POST /sessions"))],
)
KINDS = get_args(Kind)


class DraftModel(Strict):
    """What kind of event it was, as far as is known now."""

    kind: Kind


class TextModel(Strict):
    """What happened, what it led to, why, what would prevent it. No names."""

    what: json_api.Text
    consequence: json_api.Text = ""
    cause: json_api.Text = ""
    prevention: json_api.Text = ""


class DraftedModel(BaseModel):
    event_id: int


class WrittenModel(BaseModel):
    event_id: int
    version: int


class ExportedModel(BaseModel):
    """The document, which names nobody, and the hash of its canonical form."""

    sha256: str
    document: dict[str, Any]


class EventModel(BaseModel):
    """An adverse event of the unit with its newest text."""

    event_id: int
    person_id: int
    day: date
    kind: str
    drafted_at: datetime
    version: int | None
    what: str | None
    consequence: str | None
    cause: str | None
    prevention: str | None
    exported_version: int | None
    exported_at: datetime | None


class EventsModel(BaseModel):
    events: list[EventModel]


@router.post(
    "/people/{person_id}/adverse-events",
    status_code=201,
    response_model=DraftedModel,
    responses=REFUSED,
    dependencies=[DRAFTS],
)
async def post_draft(person_id: IdInPath, body: DraftModel, request: Request, key: Key) -> Response:
    """Draft an adverse event about a person today, from what is recorded."""
    _, event_id = await adverse_events.draft(
        wiring_of(request), bearer(request), person_id, body.kind, key
    )
    return json_answer({"event_id": event_id}, 201)


@router.get("/adverse-events", response_model=EventsModel, responses=DOCUMENTED)
async def get_events(request: Request) -> Response:
    """The unit's adverse events, those not exported first."""
    wiring = wiring_of(request)
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, bearer(request), wiring.limits)
        await connection.commit()
    actor.must_be(*adverse_events.WRITERS)
    names = EventModel.model_fields
    found = await adverse_events.load_events(wiring, actor.unit_id)
    await look_at_list(wiring, actor, "adverse-events", [one.person_id for one in found])
    return json_answer({"events": [{name: getattr(one, name) for name in names} for one in found]})


@router.post(
    "/adverse-events/{event_id}/texts",
    response_model=WrittenModel,
    responses=REFUSED,
    dependencies=[DRAFTS],
)
async def post_text(event_id: IdInPath, body: TextModel, request: Request, key: Key) -> Response:
    """Write a new version of the text."""
    text = Text(body.what, body.consequence, body.cause, body.prevention)
    answer = await adverse_events.write(wiring_of(request), bearer(request), event_id, text, key)
    return json_answer(answer.body)


@router.post(
    "/adverse-events/{event_id}/exports",
    response_model=ExportedModel,
    responses=REFUSED,
    dependencies=[READS],
)
async def post_export(event_id: IdInPath, request: Request, key: Key) -> Response:
    """The newest text as a document for reporting."""
    answer = await adverse_events.export(wiring_of(request), bearer(request), event_id, key)
    return json_answer(answer.body)
