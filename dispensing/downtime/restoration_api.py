"""What a restore left to be resolved, as JSON under /api/v1: the same use cases as the page."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field

from dispensing.counter.api import wiring_of
from dispensing.counter.api_answers import Receipt
from dispensing.downtime import restoration
from dispensing.downtime.api import ACTS
from dispensing.people.act_steps import STEP
from dispensing.people.sessions import load_actor
from dispensing.problem_answers import DOCUMENTED
from dispensing.web.json_api import Key, Strict, Text, Word, bearer, json_answer

router = APIRouter(
    prefix="/api/v1",
    tags=["downtime"],
    dependencies=[Security(HTTPBearer(auto_error=False, description="Token of POST /sessions"))],
)
EntryNumber = Annotated[int, Field(ge=1, lt=restoration.MOST_ENTRIES, strict=True)]


class NewestList(BaseModel):
    """The newest emergency list that the backup knows, with what was printed on it."""

    serial: int
    for_day: date
    made_at: datetime
    entry: int
    hash: str


class Standing(BaseModel):
    """What is open of the unit's last restore; everything None where nothing is."""

    restored_at: datetime | None
    uncertain_since: datetime | None
    entry: int | None = Field(description="Entries of the unit's ledger in the backup")
    hash: str | None = Field(description="Hash of the last of them, hex")
    downtime_runs: bool = Field(description="Nobody has said what was handed out since")
    rows_missing: int
    newest_list: NewestList | None


class Compared(BaseModel):
    """A printed checkpoint against the backup."""

    state: restoration.Reached
    missing: int = Field(description="At least so many entries are not in the backup")


class ResolveModel(Strict):
    """A named doctor's word; ``printed_*`` of the newest paper found, neither where none was."""

    reason: Text
    printed_entry: EntryNumber | None = None
    printed_hash: Word | None = None


class Resolved(BaseModel):
    closed_at: datetime
    compared: dict[str, object] | None
    receipt: Receipt
    repeated: bool


@router.get("/restoration", response_model=Standing, responses=DOCUMENTED)
async def get_restoration(request: Request) -> Response:
    """Whether the unit waits for somebody to resolve a restore, and what to compare."""
    async with wiring_of(request).pool.connection() as connection:
        actor = await load_actor(connection, bearer(request), wiring_of(request).limits)
        actor.must_be(*restoration.READS)
        found = await restoration.standing(connection, actor.unit_id) or {}
        await connection.commit()
    return json_answer(
        {
            "restored_at": found.get("restored_at"),
            "uncertain_since": found.get("uncertain_since"),
            "entry": found.get("chain_seq"),
            "hash": found.get("chain_hash"),
            "downtime_runs": bool(found.get("downtime_runs")),
            "rows_missing": found.get("missing", 0),
            "newest_list": found.get("newest_list"),
        }
    )


@router.get("/restoration/comparison", response_model=Compared, responses=ACTS)
async def get_comparison(
    request: Request,
    entry: Annotated[int, Query(ge=1, lt=restoration.MOST_ENTRIES)],
    hash: Annotated[str, Query(min_length=16, max_length=64)],
) -> Response:
    """Hold what a paper says of the ledger against the backup; changes nothing."""
    async with wiring_of(request).pool.connection() as connection:
        actor = await load_actor(connection, bearer(request), wiring_of(request).limits)
        actor.must_be(*restoration.READS)
        found = await restoration.open_restoration(connection, actor.unit_id)
        said = await restoration.compare(connection, found, restoration.Printed(entry, hash))
        await connection.commit()
    return json_answer({"state": said.state, "missing": said.missing})


@router.post("/restoration/resolved", response_model=Resolved, responses=ACTS, dependencies=[STEP])
async def post_resolved(body: ResolveModel, request: Request, key: Key) -> Response:
    """A doctor answers for the unit handing out again; without one, the administrator."""
    printed = printed_of(body.printed_entry, body.printed_hash)
    answer = await restoration.resolve(
        wiring_of(request), bearer(request), body.reason, printed, key
    )
    told = {"receipt": answer.receipt, "repeated": answer.repeated}
    return json_answer({**answer.body, **told}, answer.status)


def printed_of(entry: int | None, digest: str | None) -> restoration.Printed | None:
    """The paper, where both or one of its two is told; what lacks is found out by ``compare``."""
    if entry is None and digest is None:
        return None
    return restoration.Printed(entry or 0, digest or "")
