"""Errors as RFC 9457 problem documents, for the JSON API.

No answer repeats what was sent, carries a stack trace, or names a person. Anything unforeseen is
a 500 that says only that nothing may be handed out on a guess.
"""

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dispensing.errors import (
    PROBLEM_MEDIA_TYPE,
    BadRequest,
    DispensingError,
    TooLarge,
    Unprocessable,
)

log = logging.getLogger("dispensing")

MOST_BODY_BYTES = 64 * 1024


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
        if any(one["type"] == "json_invalid" for one in found):
            return problem_answer(BadRequest("the body is not valid JSON"))
        return problem_answer(
            Unprocessable("a value cannot be used", errors=[_field(one) for one in found])
        )

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> JSONResponse:
        document = {
            "type": "about:blank",
            "title": str(error.detail),
            "status": error.status_code,
        }
        return JSONResponse(
            document, error.status_code, headers=error.headers, media_type=PROBLEM_MEDIA_TYPE
        )

    @app.exception_handler(Exception)
    async def unforeseen(request: Request, error: Exception) -> JSONResponse:
        # The type alone: a message or a trace may hold what a log must not.
        log.error("unforeseen %s at %s", type(error).__name__, request.scope.get("route"))
        return problem_answer(DispensingError("nothing was handed out; repeat with the same key"))

    app.add_middleware(BodyLimit)


def _field(one: Any) -> dict[str, str]:
    """Where and what is wrong, without what was sent."""
    where = ".".join(str(part) for part in one["loc"][1:] if part != "body")
    return {"field": where, "message": one["msg"].removeprefix("Value error, ")}


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
