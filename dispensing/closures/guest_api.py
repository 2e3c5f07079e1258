"""Guests as JSON: who comes from and goes to other units, and the end of such a day."""

from datetime import date, time
from typing import Any, Literal

from fastapi import APIRouter, Request, Response, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field

from dispensing.closures.calendar_api import ACTS, ReceiptModel, done
from dispensing.closures.guest_store import GuestRight
from dispensing.closures.guests import load_guest_page, withdraw_guest
from dispensing.people.act_steps import STEP
from dispensing.problem_answers import DOCUMENTED
from dispensing.web import forms
from dispensing.web.json_api import Id, Key, Strict, Text, bearer, json_answer
from dispensing.web.routes import wiring_of

MOST_ROWS = 20
router = APIRouter(
    prefix="/api/v1",
    tags=["closures"],
    dependencies=[Security(HTTPBearer(auto_error=False, description="Token of POST /sessions"))],
)


class GuestModel(BaseModel):
    """A person's day at another unit.

    ``problem`` says why it cannot be kept (the person's course ended, the record was merged, the
    right moved, the other unit closes, too, or lacks the preparation) or need not be (``open``: the
    own unit is open again); empty when all is well. ``on_paper`` is the row, as
    (serial, row), of the newest printed list that says that the person may be given there.
    """

    guest_id: int
    person_id: int
    day: date
    from_unit_id: int
    from_name: str
    unit_id: int
    to_name: str
    to_phone: str | None
    opens: time
    closes: time
    reason: str
    decided_by: str
    problem: Literal["", "ended", "merged", "moved", "closed", "stock", "open"]
    taken: bool
    on_paper: list[tuple[int, int]]


class GuestsModel(BaseModel):
    """From today on: who comes to this unit, and who of this unit goes to another."""

    coming: list[GuestModel]
    going: list[GuestModel]


class WithdrawalModel(Strict):
    """The end of a guest's day. ``struck_out`` names the row struck out on a printed list.

    One list is enough, whichever is in somebody's hand.
    """

    reason: Text
    struck_out: list[tuple[Id, Id]] = Field(default=[], max_length=MOST_ROWS)


class WithdrawnModel(BaseModel):
    """It is withdrawn."""

    guest_id: int
    withdrawn: bool
    receipt: ReceiptModel


@router.get("/guests", response_model=GuestsModel, responses=DOCUMENTED)
async def get_guests(request: Request) -> Response:
    """The coming days of guests from and to the session's unit."""
    actor, found, on_paper = await load_guest_page(wiring_of(request), bearer(request))

    def told(one: GuestRight) -> dict[str, Any]:
        names = [name for name in GuestModel.model_fields if name != "on_paper"]
        told_of = {name: getattr(one, name) for name in names}
        return told_of | {"on_paper": on_paper.get(one.guest_id, [])}

    coming = [told(one) for one in found if one.unit_id == actor.unit_id]
    going = [told(one) for one in found if one.from_unit_id == actor.unit_id]
    return json_answer({"coming": coming, "going": going})


@router.post(
    "/guests/{guest_id}/withdrawals",
    status_code=200,
    response_model=WithdrawnModel,
    responses=ACTS,
    dependencies=[STEP],
)
async def post_withdrawal(
    guest_id: forms.IdInPath, body: WithdrawalModel, request: Request, key: Key
) -> Response:
    """End a guest's day; by a doctor of either unit."""
    answer = await withdraw_guest(
        wiring_of(request), bearer(request), guest_id, body.reason, key, body.struck_out
    )
    return done(answer)
