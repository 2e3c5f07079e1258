"""People's numbers as JSON under /api/v1. A number travels in bodies only, never in an address."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request, Response, Security
from fastapi.security import HTTPBearer
from pydantic import AfterValidator, BaseModel, Field

from dispensing.people.act_steps import READS, STEP
from dispensing.persons import merging, register
from dispensing.problem_answers import DOCUMENTED, Problem, documented
from dispensing.unit_acts import UnitAnswer
from dispensing.web.json_api import LARGEST_ID, Flag, Key, Strict, bearer, json_answer, plain
from dispensing.web.routes import wiring_of

router = APIRouter(
    prefix="/api/v1",
    tags=["persons"],
    dependencies=[Security(HTTPBearer(auto_error=False, description="Token of POST /sessions"))],
)
IdInPath = Annotated[int, Path(ge=1, le=LARGEST_ID)]
NumberText = Annotated[
    str, Field(min_length=10, max_length=100, strict=True), AfterValidator(plain)
]
Reason = Annotated[str, Field(min_length=3, max_length=500, strict=True), AfterValidator(plain)]
WRITTEN: dict[int | str, dict[str, Any]] = DOCUMENTED | {
    409: documented(Problem, "The state is another than the request expects")
}


class NumberModel(Strict):
    """A CPR or replacement number, as typed or as the health card's barcode says it."""

    number: NumberText
    birth_date_checked: Flag = False


class ReasonModel(Strict):
    """Why, in words."""

    reason: Reason


class Identifier(BaseModel):
    """A number as it may be shown: masked; null without the keys."""

    identifier_id: int
    kind: Literal["cpr", "replacement_cpr"]
    masked: str | None
    valid_from: str
    valid_to: str | None
    withdrawn: bool


class Recorded(BaseModel):
    """A number was recorded. ``warnings``: ``mod-11``, ``birth-date-differs``."""

    person_id: int
    identifier_id: int
    kind: Literal["cpr", "replacement_cpr"]
    masked: str
    warnings: list[str]
    receipt: dict[str, Any]


class Withdrawn(BaseModel):
    """A number that was somebody else's is gone."""

    person_id: int
    identifier_id: int
    withdrawn: bool
    receipt: dict[str, Any]


class FullNumber(BaseModel):
    """A number in full. That it was shown is recorded with the reason."""

    number: str


def answered(done: UnitAnswer) -> Response:
    """An act's answer with its receipt; no cache on the way may keep it."""
    receipt = {"chain": done.receipt.chain, "seq": done.receipt.seq, "hash": done.receipt.hash}
    return json_answer({**done.body, "receipt": receipt}, done.status)


class OtherModel(Strict):
    """The other record's card code, or its CPR or replacement number."""

    other: Annotated[str, Field(min_length=1, max_length=100, strict=True), AfterValidator(plain)]


class MergeModel(OtherModel):
    """The two event numbers are those of the look: what was seen is what is merged."""

    survivor_seq: Annotated[int, Field(ge=0, strict=True)]
    absorbed_seq: Annotated[int, Field(ge=0, strict=True)]
    reason: Reason


class DoubleDose(BaseModel):
    """A day for which both records had a dose, in whole micrograms."""

    day: date
    survivor_ug: int
    absorbed_ug: int
    substances: list[str]
    within_interval: bool


class Compared(BaseModel):
    """One of two records side by side."""

    person_id: int
    event_seq: int
    given_name: str
    family_name: str
    born_on: date
    card_code: str
    unit_name: str
    numbers: list[str | None]
    daily_ug: int | None
    substance: str | None


class Looked(BaseModel):
    """Both records, and the days on which both had a dose."""

    survivor: Compared
    absorbed: Compared
    double_doses: list[DoubleDose]


class Merged(BaseModel):
    """Two records are one. ``double_doses`` are adverse findings, recorded."""

    merge_id: int
    survivor_id: int
    absorbed_id: int
    double_doses: list[DoubleDose]
    receipt: dict[str, Any]


class Unmerged(BaseModel):
    """The two records are two again."""

    merge_id: int
    survivor_id: int
    absorbed_id: int
    unmerged: bool
    receipt: dict[str, Any]


class MergeLine(BaseModel):
    """A merge into a person."""

    merge_id: int
    absorbed_id: int
    reason: str
    double_doses: list[DoubleDose]
    merged_at: datetime
    unmerged_at: datetime | None


@router.get(
    "/people/{person_id}/identifiers", response_model=list[Identifier], responses=DOCUMENTED
)
async def get_identifiers(person_id: IdInPath, request: Request) -> Response:
    """A person's numbers, masked."""
    wiring = wiring_of(request)
    found = await register.list_numbers(wiring, bearer(request), person_id)
    return json_answer(
        [
            {
                "identifier_id": one.identifier_id,
                "kind": one.kind,
                "masked": one.masked,
                "valid_from": one.valid_from.isoformat(),
                "valid_to": one.valid_to.isoformat() if one.valid_to else None,
                "withdrawn": one.withdrawn,
            }
            for one in found
        ]
    )


@router.post(
    "/people/{person_id}/identifiers",
    status_code=201,
    response_model=Recorded,
    responses=WRITTEN,
    dependencies=[STEP],
)
async def post_identifier(
    person_id: IdInPath, body: NumberModel, request: Request, key: Key
) -> Response:
    """Record a CPR or replacement number; a CPR number takes over from replacement numbers."""
    done = await register.record_number(
        wiring_of(request),
        bearer(request),
        person_id,
        body.number,
        key,
        birth_date_checked=body.birth_date_checked,
    )
    return answered(done)


@router.post(
    "/people/{person_id}/identifiers/{identifier_id}/withdrawn",
    response_model=Withdrawn,
    responses=WRITTEN,
    dependencies=[STEP],
)
async def post_withdrawn(
    person_id: IdInPath, identifier_id: IdInPath, body: ReasonModel, request: Request, key: Key
) -> Response:
    """The number was somebody else's: it finds the person no more and is not kept."""
    done = await register.withdraw_number(
        wiring_of(request), bearer(request), person_id, identifier_id, body.reason, key
    )
    return answered(done)


@router.post(
    "/people/{person_id}/identifiers/{identifier_id}/shown",
    response_model=FullNumber,
    responses=DOCUMENTED,
    dependencies=[STEP],
)
async def post_shown(
    person_id: IdInPath, identifier_id: IdInPath, body: ReasonModel, request: Request
) -> Response:
    """Show a number in full; that it was shown, to whom and why, is recorded first."""
    number = await register.show_number(
        wiring_of(request), bearer(request), person_id, identifier_id, body.reason
    )
    return json_answer({"number": number})


@router.post(
    "/people/{person_id}/merges/looks",
    response_model=Looked,
    responses=WRITTEN,
    dependencies=[READS],
)
async def post_look(person_id: IdInPath, body: OtherModel, request: Request) -> Response:
    """Two records side by side, before anybody says that they are one human; a view of both."""
    seen = await merging.look(wiring_of(request), bearer(request), person_id, body.other)
    return json_answer(
        {
            "survivor": _compared(seen.survivor),
            "absorbed": _compared(seen.absorbed),
            "double_doses": [one.as_dict() for one in seen.joined.double_doses],
        }
    )


def _compared(side: merging.Side) -> dict[str, Any]:
    record = side.record
    return {
        "person_id": record.person_id,
        "event_seq": record.event_seq,
        "given_name": record.given_name,
        "family_name": record.family_name,
        "born_on": record.born_on,
        "card_code": record.card_code,
        "unit_name": record.unit_name,
        "numbers": [one.masked for one in side.numbers],
        "daily_ug": side.ordered.daily_ug if side.ordered else None,
        "substance": side.ordered.substance if side.ordered else None,
    }


@router.post(
    "/people/{person_id}/merges",
    status_code=201,
    response_model=Merged,
    responses=WRITTEN,
    dependencies=[STEP],
)
async def post_merge(person_id: IdInPath, body: MergeModel, request: Request, key: Key) -> Response:
    """Merge the other record into the person's: every dose of both counts from now on."""
    done = await merging.merge(
        wiring_of(request),
        bearer(request),
        person_id,
        body.other,
        (body.survivor_seq, body.absorbed_seq),
        body.reason,
        key,
    )
    return answered(done)


@router.get("/people/{person_id}/merges", response_model=list[MergeLine], responses=DOCUMENTED)
async def get_merges(person_id: IdInPath, request: Request) -> Response:
    """The merges into a person, with the double doses they found."""
    found = await merging.merges_of(wiring_of(request), bearer(request), person_id)
    return json_answer(
        [
            {
                "merge_id": one.merge_id,
                "absorbed_id": one.absorbed_id,
                "reason": one.reason,
                "double_doses": one.findings,
                "merged_at": one.merged_at,
                "unmerged_at": one.unmerged_at,
            }
            for one in found
        ]
    )


@router.post(
    "/merges/{merge_id}/unmerged", response_model=Unmerged, responses=WRITTEN, dependencies=[STEP]
)
async def post_unmerged(
    merge_id: IdInPath, body: ReasonModel, request: Request, key: Key
) -> Response:
    """The two were not one human: a decision of its own, nothing is deleted."""
    done = await merging.unmerge(wiring_of(request), bearer(request), merge_id, body.reason, key)
    return answered(done)
