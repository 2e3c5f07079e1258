"""Other medicine, as JSON."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Request, Response, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field

from dispensing.counter import api_answers
from dispensing.counter.api import IdInPath, answered, wiring_of
from dispensing.counter.api_answers import REFUSED
from dispensing.counter.api_models import Day
from dispensing.people.act_steps import STEP
from dispensing.problem_answers import DOCUMENTED
from dispensing.treatment.deciding import treated
from dispensing.treatment.medicines import listing, store
from dispensing.treatment.medicines.listing import MOST_LISTED
from dispensing.treatment.medicines.meaning import Meaning, meanings, own_substances
from dispensing.treatment.sedatives.load import Source
from dispensing.web.json_api import Key, Strict, Text, Word, bearer, json_answer

router = APIRouter(
    prefix="/api/v1",
    tags=["medicines"],
    dependencies=[Security(HTTPBearer(auto_error=False, description="Token of POST /sessions"))],
)


class ItemModel(Strict):
    """One medicine; without a code nobody knows which it is, and the rules ask a doctor."""

    atc: Annotated[Word | None, Field(description="ATC code, as N05AH04")] = None
    name: Annotated[Word | None, Field(description="May be left out with a known code")] = None
    dose: Annotated[Word | None, Field(description="In the words used")] = None
    source: Source
    since_on: Day | None = None
    stopped_on: Annotated[Day | None, Field(description="No longer taken since then")] = None


class ListModel(Strict):
    """All other medicine that is taken; an empty list: asked, and none.

    What the list before names and this one does not was stopped today.
    """

    after_version: Annotated[
        int, Field(ge=0, le=2**31 - 1, strict=True, description="The list seen last; 0: none")
    ]
    items: Annotated[list[ItemModel], Field(max_length=MOST_LISTED)]
    never_taken: Annotated[
        list[Word],
        Field(max_length=MOST_LISTED, description="Codes, or names without one, never taken"),
    ] = Field(default_factory=list)
    note: Text | None = None


class ItemShown(BaseModel):
    """One medicine with what it means beside the ordered opioid, the gravest first."""

    atc: str | None
    name: str
    dose: str | None
    source: Source
    since_on: date | None
    stopped_on: date | None
    meanings: list[Meaning]


class MedicinesModel(BaseModel):
    """``items`` null: nobody ever wrote a list. Empty: asked, and none."""

    version: int
    written_on: date | None
    written_by: str | None
    note: str | None
    items: list[ItemShown] | None


@router.get("/people/{person_id}/medicines", response_model=MedicinesModel, responses=DOCUMENTED)
async def get_medicines(person_id: IdInPath, request: Request) -> Response:
    """What a person takes of other medicine, and what each means by the rules."""
    wiring = wiring_of(request)
    async with wiring.pool.connection() as connection:
        seen = await treated(wiring, connection, bearer(request), person_id, "medicines")
        kept = await store.kept_of(connection, person_id)
        await connection.commit()
    own, newest = own_substances(seen.desk.patient), kept.lists[0] if kept.lists else None
    items = None
    if kept.items is not None:
        items = [
            {name: getattr(one, name) for name in one.__slots__}
            | {"meanings": meanings(one.atc, own, stopped=one.stopped_on is not None)}
            for one in kept.items
        ]
    return json_answer(
        {
            "version": kept.version,
            "written_on": newest and newest.on,
            "written_by": newest and newest.by,
            "note": newest and newest.note,
            "items": items,
        }
    )


@router.post(
    "/people/{person_id}/medicines",
    response_model=api_answers.Outcome,
    status_code=201,
    responses=REFUSED,
    dependencies=[STEP],
)
async def post_medicines(
    person_id: IdInPath, body: ListModel, request: Request, key: Key
) -> Response:
    """Write the whole list; the counter and the prescriber are told at the next check."""
    items = [
        store.Item(one.atc, one.name or "", one.dose, one.source, one.since_on, one.stopped_on)
        for one in body.items
    ]
    return answered(
        await listing.record_list(
            wiring_of(request),
            bearer(request),
            person_id,
            items,
            body.note,
            key,
            after_version=body.after_version,
            never_taken=body.never_taken,
        )
    )
