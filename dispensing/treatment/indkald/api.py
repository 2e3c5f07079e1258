"""Indkald as JSON: the unit's year, a person's periods, and every act of the pages."""

from datetime import time
from typing import Any

from fastapi import APIRouter, Request, Response, Security
from fastapi.security import HTTPBearer

from dispensing.counter import api_answers
from dispensing.counter.api import IdInPath, answered, wiring_of
from dispensing.counter.api_answers import REFUSED
from dispensing.people.act_steps import STEP
from dispensing.problem_answers import DOCUMENTED
from dispensing.treatment.indkald import agreeing, running
from dispensing.treatment.indkald.api_models import (
    AgreeingModel,
    ConcludingModel,
    FindingModel,
    InvitingModel,
    MissedChoiceModel,
    PersonModel,
    PlacesAnswer,
    PlacesModel,
    Spoken,
    WishModel,
    YearModel,
)
from dispensing.treatment.indkald.person import invitation_for, load_person
from dispensing.treatment.indkald.places import decide_places
from dispensing.treatment.indkald.proposal import Week, Wish
from dispensing.treatment.indkald.store import Period
from dispensing.treatment.indkald.year import Person, load_year
from dispensing.web.json_api import Key, bearer, json_answer

router = APIRouter(
    prefix="/api/v1",
    tags=["indkald"],
    dependencies=[Security(HTTPBearer(auto_error=False, description="Token of POST /sessions"))],
)
PDF: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "One page A5",
        "content": {
            "application/pdf": {"schema": {"type": "string", "format": "binary", "properties": {}}}
        },
    }
}


def _time(text: str | None) -> time | None:
    return None if text is None else time.fromisoformat(text)


def _hour(at: time | None) -> str | None:
    return None if at is None else at.isoformat("minutes")


def _proposed(one: Person) -> dict[str, Any]:
    return {
        "days": one.proposed.days if one.proposed else (),
        "at": _hour(one.proposed.at) if one.proposed else None,
        "helps": one.unplaced.helps if one.unplaced else (),
    }


def _standing(one: Person) -> dict[str, Any]:
    row = one.row
    return {
        "person_id": row.person_id,
        "name": row.name,
        "born_on": row.born_on,
        "indkald_id": row.indkald_id,
        "days": row.days,
        "completed": row.completed,
        "come_at": _hour(row.come_at),
        "waits": row.waits,
    }


def _due(one: Person) -> dict[str, Any]:
    row = one.row
    return {
        "person_id": row.person_id,
        "name": row.name,
        "born_on": row.born_on,
        "due_on": row.indkald_due_on,
        "overdue": one.overdue,
        "at_pharmacy": bool(row.at_pharmacy),
        "proposed": _proposed(one),
    }


def _week(one: Week, agreed: Week) -> dict[str, Any]:
    return {
        "monday": one.monday,
        "open_days": one.open_days,
        "visits": one.visits,
        "fullest": one.fullest,
        "agreed_visits": agreed.visits,
    }


def _period(one: Period, text: str) -> dict[str, Any]:
    return {
        "indkald_id": one.indkald_id,
        "state": one.state,
        "days": one.days,
        "completed": one.completed,
        "come_at": _hour(one.come_at),
        "observation_minutes": one.observation_minutes,
        "planned_by": one.planned_by,
        "missed": one.missed,
        "waiting": [waits.day for waits in one.waiting],
        "findings": one.findings,
        "held": one.held,
        "conclusion": one.conclusion,
        "text": text,
    }


@router.get("/indkald", response_model=YearModel, responses=DOCUMENTED)
async def get_year(request: Request) -> Response:
    """Who is due, what is agreed on, who waits, and a proposal for the coming year."""
    _, year = await load_year(wiring_of(request), bearer(request))
    lists = {
        name: [_standing(one) for one in getattr(year, name)]
        for name in ("waiting", "running", "agreed", "to_conclude")
    }
    answer = {
        "today": year.today,
        "places": year.places,
        "in_a_row": year.in_a_row,
        "interval_months": year.interval_months,
        **lists,
        "due": [_due(one) for one in year.due],
        "weeks": [_week(*both) for both in zip(year.weeks, year.agreed_weeks, strict=True)],
    }
    return json_answer(answer)


@router.post(
    "/indkald/places",
    response_model=PlacesAnswer,
    status_code=201,
    responses=REFUSED,
    dependencies=[STEP],
)
async def post_places(body: PlacesModel, request: Request, key: Key) -> Response:
    """A doctor says how many the unit can have under observation at once."""
    done = await decide_places(wiring_of(request), bearer(request), body.places, key)
    receipt = {"chain": done.receipt.chain, "seq": done.receipt.seq, "hash": done.receipt.hash}
    return json_answer({**done.body, "receipt": receipt}, done.status)


@router.get("/people/{person_id}/indkald", response_model=PersonModel, responses=DOCUMENTED)
async def get_person(person_id: IdInPath, request: Request) -> Response:
    """A person's periods day by day, the wish, and what the unit's year proposes."""
    shown = await load_person(wiring_of(request), bearer(request), person_id)
    wish = {
        "not_weekdays": sorted(shown.wish.not_weekdays),
        "away": [{"first": first, "last": last} for first, last in shown.wish.away],
        "earliest": _hour(shown.wish.earliest),
        "latest": _hour(shown.wish.latest),
        "note": shown.note,
    }
    return json_answer(
        {
            "due_on": shown.seen.desk.patient.indkald_due_on,
            "wish": wish,
            "proposed": _proposed(shown.planned) if shown.planned else None,
            "periods": [_period(one, shown.message(one, "da")) for one in shown.periods],
        }
    )


@router.post(
    "/people/{person_id}/indkald/wishes",
    response_model=api_answers.Outcome,
    status_code=201,
    responses=REFUSED,
    dependencies=[STEP],
)
async def post_wish(person_id: IdInPath, body: WishModel, request: Request, key: Key) -> Response:
    """Write down what the person says cannot be."""
    said = Wish(
        frozenset(body.not_weekdays),
        tuple((one.first, one.last) for one in body.away),
        _time(body.earliest),
        _time(body.latest),
    )
    wiring, token = wiring_of(request), bearer(request)
    return answered(await agreeing.wish(wiring, token, person_id, said, body.note, key))


@router.post(
    "/people/{person_id}/indkald",
    response_model=api_answers.Outcome,
    status_code=201,
    responses=REFUSED,
    dependencies=[STEP],
)
async def post_agreed(
    person_id: IdInPath, body: AgreeingModel, request: Request, key: Key
) -> Response:
    """Agree on days and hour; the rules know of it at once."""
    asked = agreeing.Agreed(body.first, time.fromisoformat(body.come_at), body.moves)
    wiring, token = wiring_of(request), bearer(request)
    return answered(await agreeing.agree(wiring, token, person_id, asked, key))


@router.post(
    "/people/{person_id}/indkald/{indkald_id}/invitations",
    response_model=api_answers.Outcome,
    status_code=201,
    responses=REFUSED,
    dependencies=[STEP],
)
async def post_invited(
    person_id: IdInPath, indkald_id: IdInPath, body: InvitingModel, request: Request, key: Key
) -> Response:
    """Write down that the person was invited. Nothing is sent by the service."""
    wiring, token = wiring_of(request), bearer(request)
    return answered(
        await agreeing.invite(wiring, token, person_id, indkald_id, body.how, body.language, key)
    )


@router.get(
    "/people/{person_id}/indkald/{indkald_id}/invitation",
    response_class=Response,
    responses=DOCUMENTED | PDF,
)
async def get_invitation(
    person_id: IdInPath, indkald_id: IdInPath, request: Request, language: Spoken = "da"
) -> Response:
    """The invitation, one page A5."""
    return as_pdf(
        await invitation_for(wiring_of(request), bearer(request), person_id, indkald_id, language)
    )


@router.post(
    "/people/{person_id}/indkald/{indkald_id}/findings",
    response_model=api_answers.Outcome,
    status_code=201,
    responses=REFUSED,
    dependencies=[STEP],
)
async def post_finding(
    person_id: IdInPath, indkald_id: IdInPath, body: FindingModel, request: Request, key: Key
) -> Response:
    """Write what was seen on a day of the period."""
    wiring, token = wiring_of(request), bearer(request)
    return answered(
        await running.note_finding(wiring, token, person_id, indkald_id, body.day, body.note, key)
    )


@router.post(
    "/people/{person_id}/indkald/{indkald_id}/missed",
    response_model=api_answers.Outcome,
    status_code=201,
    responses=REFUSED,
    dependencies=[STEP],
)
async def post_missed(
    person_id: IdInPath, indkald_id: IdInPath, body: MissedChoiceModel, request: Request, key: Key
) -> Response:
    """A doctor decides about a day that was not held."""
    asked = running.MissedChoice(
        **(body.model_dump(exclude={"come_at"}) | {"come_at": _time(body.come_at)})
    )
    wiring, token = wiring_of(request), bearer(request)
    return answered(await running.decide_missed(wiring, token, person_id, indkald_id, asked, key))


@router.post(
    "/people/{person_id}/indkald/{indkald_id}/conclusion",
    response_model=api_answers.Outcome,
    status_code=201,
    responses=REFUSED,
    dependencies=[STEP],
)
async def post_conclusion(
    person_id: IdInPath, indkald_id: IdInPath, body: ConcludingModel, request: Request, key: Key
) -> Response:
    """A doctor concludes what the period showed."""
    asked = running.Concluding(**body.model_dump())
    wiring, token = wiring_of(request), bearer(request)
    return answered(await running.conclude(wiring, token, person_id, indkald_id, asked, key))


def as_pdf(document: bytes) -> Response:
    """A PDF beside the page, which no cache keeps."""
    headers = {
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": 'inline; filename="aftale.pdf"',
    }
    return Response(document, 200, headers, "application/pdf")
