"""Errors as RFC 9457 problem documents, for the JSON API.

No answer repeats what was sent, carries a stack trace, or names a person. Anything unforeseen is
a 500 that says only that nothing may be handed out on a guess.
"""

import logging
from typing import Any

import psycopg
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dispensing.errors import (
    PROBLEM_MEDIA_TYPE,
    BadRequest,
    CannotDecide,
    DispensingError,
    NotJson,
    TooLarge,
    Unprocessable,
    taken_meanwhile,
)

log = logging.getLogger("dispensing")

MOST_BODY_BYTES = 64 * 1024


class FieldError(BaseModel):
    """Where a request cannot be used, and why; never what was sent."""

    field: str
    message: str


class Problem(BaseModel):
    """A problem document (RFC 9457). ``type`` is stable."""

    type: str
    title: str
    status: int
    detail: str | None = None
    errors: list[FieldError] | None = None


def documented(model: type[BaseModel], description: str) -> dict[str, Any]:
    """A problem answer for the API's description. Other models inside are named, not repeated."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    inside = schema.pop("$defs")
    # Only problems hold it, so nothing else puts it among the description's components.
    schema["properties"]["errors"]["anyOf"][0]["items"] = inside["FieldError"]
    return {"description": description, "content": {PROBLEM_MEDIA_TYPE: {"schema": schema}}}


DOCUMENTED: dict[int | str, dict[str, Any]] = {
    400: documented(Problem, "The request cannot be read"),
    401: documented(Problem, "Not signed in, or the session expired"),
    403: documented(Problem, "Not allowed with this role"),
    404: documented(Problem, "Unknown here"),
    413: documented(Problem, "Too large"),
    415: documented(Problem, "The body is not JSON"),
    422: documented(Problem, "A value cannot be used"),
    423: documented(Problem, "The screen is locked; nothing was done"),
    428: documented(Problem, "The unit asks that this act carries the person's PIN or card"),
    429: documented(Problem, "Too many at once; try again in a moment"),
    503: documented(Problem, "Cannot decide now; repeat with the same key"),
}


def problem_answer(error: DispensingError) -> JSONResponse:
    """The answer for a request that cannot be met."""
    headers = {"Retry-After": "1"} if error.status in (429, 503) else None
    if error.status == 401:
        headers = {"WWW-Authenticate": "Bearer"}
    return JSONResponse(
        error.problem(), error.status, headers=headers, media_type=PROBLEM_MEDIA_TYPE
    )


def install(app: FastAPI) -> None:
    """Answer every error of ``app`` with a problem document."""

    @app.exception_handler(DispensingError)
    async def domain_error(request: Request, error: DispensingError) -> JSONResponse:
        return problem_answer(error)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        found = error.errors()
        if not _says_json(request):
            return problem_answer(NotJson("send the body as application/json"))
        if any(one["type"] == "json_invalid" for one in found):
            return problem_answer(BadRequest("the body is not valid JSON"))
        return problem_answer(
            Unprocessable("a value cannot be used", errors=[_field(one) for one in found])
        )

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> Response:
        # A body cut off for its size arrives here as one that could not be read.
        if isinstance(error.__cause__, DispensingError):
            return problem_answer(error.__cause__)
        if error.status_code == 400:
            return problem_answer(BadRequest("the body cannot be read as JSON"))
        # A press's address opened as a page (a bookmark, a reload): home, which asks who it is.
        page = "text/html" in request.headers.get("accept", "")
        if error.status_code == 405 and request.method == "GET" and page:
            return RedirectResponse("/", 303)
        document = {
            "type": "about:blank",
            "title": str(error.detail),
            "status": error.status_code,
        }
        return JSONResponse(
            document, error.status_code, headers=error.headers, media_type=PROBLEM_MEDIA_TYPE
        )

    @app.exception_handler(psycopg.errors.UniqueViolation)
    async def recorded(request: Request, error: psycopg.errors.UniqueViolation) -> JSONResponse:
        log.info("barrier %s at %s", error.diag.constraint_name, request.scope.get("route"))
        return problem_answer(taken_meanwhile(error.diag.constraint_name))

    @app.exception_handler(psycopg.OperationalError)
    async def out_of_reach(request: Request, error: psycopg.OperationalError) -> JSONResponse:
        log.error("database: %s at %s", type(error).__name__, request.scope.get("route"))
        return problem_answer(CannotDecide("the database is out of reach"))

    app.add_middleware(BodyLimit)
    app.add_middleware(LastResort)


def _says_json(request: Request) -> bool:
    """Whether the body, if there is one, is sent as JSON."""
    kind = request.headers.get("content-type", "application/json").partition(";")[0]
    return request.method == "GET" or kind.strip().lower() == "application/json"


def _field(one: Any) -> dict[str, str]:
    """Where and what is wrong, without what was sent: an unknown member's name was sent too."""
    where = one["loc"][1:-1] if one["type"] == "extra_forbidden" else one["loc"][1:]
    return {
        "field": ".".join(str(part) for part in where),
        "message": one["msg"].removeprefix("Value error, "),
    }


class BodyLimit:
    """Refuse a body above 64 KB, also one that does not say its length."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        said = dict(scope["headers"]).get(b"content-length", b"0")
        if said.isdigit() and int(said) > MOST_BODY_BYTES:
            await problem_answer(TooLarge("at most 64 KB"))(scope, receive, send)
            return
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > MOST_BODY_BYTES:
                raise TooLarge("at most 64 KB")
            return message

        await self.app(scope, counted, send)


class LastResort:
    """Anything unforeseen is a 500 that says nothing, and one line in the log.

    It ends here: the server would log the trace, and a trace may hold the values of a row.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as error:
            route = getattr(scope.get("route"), "path", None)
            log.error("unforeseen %s at %s", type(error).__name__, route)
            if not started:
                sorry = DispensingError("nothing was handed out; repeat with the same key")
                await problem_answer(sorry)(scope, receive, send)
