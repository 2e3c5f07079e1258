"""Sign-in for machine clients and tests: a session token for a name and password."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Request, Response, Security
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBearer
from pydantic import BaseModel, ConfigDict, Field

from dispensing.errors import NotSignedIn
from dispensing.people import sessions
from dispensing.problem_answers import DOCUMENTED

router = APIRouter(prefix="/api/v1", tags=["people"])


class SignInModel(BaseModel):
    """Name, password, and the counter of the own unit where the person works."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    username: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[\w.\-]+$")]
    password: Annotated[str, Field(min_length=1, max_length=500)]
    counter_id: Annotated[int, Field(ge=1, le=32_767, strict=True)] | None = None


class Session(BaseModel):
    """A session as it is opened; its token is sent as a bearer token from then on."""

    token: str
    staff_id: int
    role: str
    unit_id: int
    counter_id: int | None


@router.post(
    "/sessions",
    status_code=201,
    response_model=Session,
    responses=DOCUMENTED,
)
async def post_session(body: SignInModel, request: Request) -> JSONResponse:
    """Open a session; the token is shown this once."""
    token = secrets.token_urlsafe(32)
    pool = request.app.state.wiring.pool
    actor = await sessions.sign_in(pool, body.username, body.password, body.counter_id, token)
    return JSONResponse(
        {
            "token": token,
            "staff_id": actor.staff_id,
            "role": actor.role,
            "unit_id": actor.unit_id,
            "counter_id": actor.counter_id,
        },
        201,
        headers={"Cache-Control": "no-store"},
    )


@router.delete(
    "/sessions",
    status_code=204,
    responses=DOCUMENTED,
    dependencies=[Security(HTTPBearer(auto_error=False))],
)
async def delete_session(request: Request) -> Response:
    """End the session of the bearer token."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token:
        raise NotSignedIn("send the session token as a bearer token")
    async with request.app.state.wiring.pool.connection() as connection:
        await sessions.sign_out(connection, token)
    return Response(status_code=204)
