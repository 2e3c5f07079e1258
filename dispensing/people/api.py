"""Sessions over the API: sign-in, switch, lock and unlock, one's own PIN, who is on shift."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Request, Response, Security
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBearer
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from dispensing.errors import NotSignedIn
from dispensing.people import pins, sessions, switching
from dispensing.people.act_steps import OWN_SIGN_IN, SCREEN
from dispensing.problem_answers import DOCUMENTED

router = APIRouter(prefix="/api/v1", tags=["people"])
BEARER = [Security(HTTPBearer(auto_error=False))]


def _plain(text: str) -> str:
    """Text that can be hashed and compared: valid Unicode."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("text is valid Unicode") from None
    return text


Password = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_plain)]
PinText = Annotated[str, Field(pattern=r"^[0-9]{6}$", examples=["481627"])]
CardCode = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[\x21-\x7e]+$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SignInModel(_Strict):
    """Name, password, and the counter of the own unit where the person works."""

    username: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[\w.\-]+$")]
    password: Annotated[str, Field(min_length=1, max_length=500)]
    counter_id: Annotated[int, Field(ge=1, le=32_767, strict=True)] | None = None


class SwitchModel(_Strict):
    """Who takes the screen over: a staff card or a colleague's id, and always the PIN."""

    card: CardCode | None = None
    staff_id: Annotated[int, Field(ge=1, le=2**31 - 1, strict=True)] | None = None
    pin: PinText


class UnlockModel(_Strict):
    """The PIN or the password of the person whose screen it is."""

    pin: PinText | None = None
    password: Password | None = None


class LockModel(_Strict):
    """Nothing, or the person's own card: tapped once more it locks."""

    card: CardCode | None = None


class OwnPinModel(_Strict):
    """A new PIN, and the password that shows who chooses it.

    Not needed in the first minutes after signing in with the identity provider.
    """

    password: Password | None = None
    pin: Annotated[str, Field(min_length=1, max_length=20, pattern=r"^[\x20-\x7e]*$")]


class Session(BaseModel):
    """A session as it is opened; its token is sent as a bearer token from then on.

    ``also_at``: other places where the person's screen is open. ``per_act_step``: whether acts
    must carry the PIN or card; a hand-out in its body (``step_at``: when), every other act in the
    headers ``Step-PIN`` or ``Step-Card``, unless the session stands at no counter.
    """

    token: str
    staff_id: int
    role: str
    unit_id: int
    counter_id: int | None
    also_at: list[str]
    lock_seconds: int
    per_act_step: str
    step_at: str


class Me(BaseModel):
    """Who is signed in, whether the screen is locked, and what the unit has decided."""

    staff_id: int
    role: str
    unit_id: int
    counter_id: int | None
    how: str
    locked: bool
    lock_seconds: int
    hide_seconds: int
    per_act_step: str
    step_at: str


class ColleagueAnswer(BaseModel):
    """Somebody whose shift is open, who may take the screen over by PIN."""

    staff_id: int
    name: str
    role: str


def machine_of(request: Request) -> str:
    """The address tries are counted at."""
    return request.client.host if request.client is not None else "unknown"


def _token(request: Request) -> str:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token:
        raise NotSignedIn("send the session token as a bearer token")
    return token


def _opened(opened: sessions.Opened, token: str) -> JSONResponse:
    actor = opened.actor
    return JSONResponse(
        {
            "token": token,
            "staff_id": actor.staff_id,
            "role": actor.role,
            "unit_id": actor.unit_id,
            "counter_id": actor.counter_id,
            "also_at": list(opened.also_at),
            "lock_seconds": actor.lock_seconds,
            "per_act_step": actor.per_act_step,
            "step_at": actor.step_at,
        },
        201,
        headers={"Cache-Control": "no-store"},
    )


@router.post(
    "/sessions",
    status_code=201,
    response_model=Session,
    responses=DOCUMENTED,
    dependencies=[OWN_SIGN_IN],
)
async def post_session(body: SignInModel, request: Request) -> JSONResponse:
    """Open a session; the token is shown this once."""
    token = secrets.token_urlsafe(32)
    opened = await sessions.sign_in(
        request.app.state.wiring,
        body.username,
        body.password,
        body.counter_id,
        token,
        machine=machine_of(request),
    )
    return _opened(opened, token)


@router.delete("/sessions", status_code=204, responses=DOCUMENTED, dependencies=[*BEARER, SCREEN])
async def delete_session(request: Request) -> Response:
    """End the session of the bearer token, and the shift."""
    token = _token(request)
    async with request.app.state.wiring.pool.connection() as connection:
        await sessions.sign_out(connection, token)
    return Response(status_code=204)


@router.post(
    "/sessions/switch",
    status_code=201,
    response_model=Session,
    responses=DOCUMENTED,
    dependencies=[*BEARER, OWN_SIGN_IN],
)
async def post_switch(body: SwitchModel, request: Request) -> JSONResponse:
    """Another person takes the screen over; the session before is parked."""
    token = secrets.token_urlsafe(32)
    opened = await switching.switch(
        request.app.state.wiring,
        _token(request),
        token,
        body.pin,
        card=body.card,
        staff_id=body.staff_id,
    )
    return _opened(opened, token)


@router.post(
    "/sessions/lock", status_code=204, responses=DOCUMENTED, dependencies=[*BEARER, SCREEN]
)
async def post_lock(body: LockModel, request: Request) -> Response:
    """Lock the screen; acts are refused until its person opens it again."""
    await switching.lock(request.app.state.wiring, _token(request), body.card)
    return Response(status_code=204)


@router.post(
    "/sessions/unlock", status_code=204, responses=DOCUMENTED, dependencies=[*BEARER, OWN_SIGN_IN]
)
async def post_unlock(body: UnlockModel, request: Request) -> Response:
    """Open the own screen again by PIN or password."""
    await switching.unlock(
        request.app.state.wiring,
        _token(request),
        pin=body.pin,
        password=body.password,
        machine=machine_of(request),
    )
    return Response(status_code=204)


@router.get("/me", response_model=Me, responses=DOCUMENTED, dependencies=BEARER)
async def get_me(request: Request) -> JSONResponse:
    """Who is signed in; also answered while the screen is locked."""
    actor = await switching.whose_screen(request.app.state.wiring, _token(request))
    return JSONResponse(
        {name: getattr(actor, name) for name in Me.model_fields},
        headers={"Cache-Control": "no-store"},
    )


@router.put("/me/pin", status_code=204, responses=DOCUMENTED, dependencies=[*BEARER, OWN_SIGN_IN])
async def put_pin(body: OwnPinModel, request: Request) -> Response:
    """Choose a PIN of six digits; what is guessed first (repeats, runs, dates) is refused."""
    house = request.app.state.wiring
    actor = await switching.still_here(house, _token(request))
    pins.refuse_weak(body.pin)
    await switching.prove(house, actor, body.password or "", machine_of(request))
    await pins.set_pin(house, actor.staff_id, body.pin)
    return Response(status_code=204)


@router.get(
    "/colleagues",
    response_model=list[ColleagueAnswer],
    responses=DOCUMENTED,
    dependencies=BEARER,
)
async def get_colleagues(request: Request) -> JSONResponse:
    """Those of the unit whose shift is open today."""
    found = await switching.colleagues(request.app.state.wiring, _token(request))
    return JSONResponse(
        [{"staff_id": one.staff_id, "name": one.name, "role": one.role} for one in found],
        headers={"Cache-Control": "no-store"},
    )
