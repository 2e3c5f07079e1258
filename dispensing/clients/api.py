"""The token endpoint and the documents by which machine clients find it."""

import logging
import time
from typing import Any
from urllib.parse import parse_qsl

import psycopg
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from dispensing.clients.calls import Machines
from dispensing.clients.limits import SlowDown
from dispensing.clients.tokens import NoToken, issue
from dispensing.errors import TooLarge
from dispensing.people.act_steps import OWN_SIGN_IN
from dispensing.people.scopes import OFFERED
from dispensing.problem_answers import DOCUMENTED
from dispensing.web.routes import wiring_of
from integrations.clients.discovery import TOKEN_PATH, authorization_server, smart_configuration

log = logging.getLogger("dispensing.clients")
router = APIRouter(tags=["clients"])

FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 20
NEVER_KEPT = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class AccessToken(BaseModel):
    """RFC 6749 section 5.1. The token is opaque, good for ``expires_in`` seconds."""

    access_token: str
    token_type: str
    expires_in: int
    scope: str


class OAuthError(BaseModel):
    """RFC 6749 section 5.2. What was wrong with an assertion is not said."""

    error: str
    error_description: str | None = None


ASKED = {
    "requestBody": {
        "required": True,
        "content": {
            FORM: {
                "schema": {
                    "type": "object",
                    "required": [
                        "grant_type",
                        "scope",
                        "client_assertion_type",
                        "client_assertion",
                    ],
                    "properties": {
                        "grant_type": {"const": "client_credentials"},
                        "scope": {"type": "string"},
                        "client_assertion_type": {"type": "string"},
                        "client_assertion": {"type": "string", "description": "a signed JWT"},
                    },
                }
            }
        },
    }
}
NO: dict[int | str, dict[str, Any]] = {
    status: {"model": OAuthError, "description": text}
    for status, text in (
        (400, "The request or its scopes cannot be met"),
        (401, "The client is not believed"),
        (429, "Too many requests; Retry-After says when"),
        (503, "The service cannot tell now"),
    )
}
TOO_LARGE = {413: DOCUMENTED[413]}


def machines_of(request: Request) -> Machines:
    """What this worker keeps about machine clients."""
    return request.app.state.machines


def base_of(request: Request) -> str:
    """The address clients know the service by: the setting, else the socket that was reached.

    Never what the request itself says: an assertion meant for another would fit.
    """
    said = machines_of(request).public_url
    if said is not None:
        return said
    host, port = request.scope.get("server") or ("localhost", None)
    named = f"[{host}]" if ":" in host else host
    plain = port in (None, 80) and request.scope["scheme"] == "http"
    return f"{request.scope['scheme']}://{named}" + ("" if plain else f":{port}")


@router.post(
    TOKEN_PATH,
    response_model=AccessToken,
    responses=NO | TOO_LARGE,
    openapi_extra=ASKED,
    dependencies=[OWN_SIGN_IN],
)
async def post_token(request: Request) -> Response:
    """An access token by client credentials with ``private_key_jwt`` (SMART backend services)."""
    ours, wiring = machines_of(request), wiring_of(request)
    base = base_of(request)
    try:
        form = await _form(request)
        host = request.client.host if request.client is not None else "-"
        ours.limits.tokens.take(host, time.monotonic())
        token = await issue(wiring, ours, form, base + TOKEN_PATH, ours.presented(request.headers))
    except NoToken as no:
        log.info("no token: %s", no.why)
        if no.client is not None:
            who = no.client
            ours.calls.note(who.client_id, who.unit_id, who.now, "POST", TOKEN_PATH, no.status)
        return _error(no.error, no.status)
    except SlowDown as slow:
        return _error("slow_down", 429, {"Retry-After": str(slow.after_s)})
    except psycopg.OperationalError as trouble:
        log.error("database: %s", type(trouble).__name__)
        return _error("temporarily_unavailable", 503, {"Retry-After": "1"})
    who = token.client
    ours.calls.note(who.client_id, who.unit_id, who.now, "POST", TOKEN_PATH, 200)
    return JSONResponse(token.answer(), headers=NEVER_KEPT)


def _error(error: str, status: int, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"error": error}, status, headers=NEVER_KEPT | (headers or {}))


async def _form(request: Request) -> dict[str, str]:
    """The fields of the request, each once. Raises NoToken."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        body = await request.body()
    except TooLarge:
        raise NoToken("invalid_request", "too-large") from None
    if kind != FORM:
        raise NoToken("invalid_request", "content-type")
    try:
        sent = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        raise NoToken("invalid_request", "not-a-form") from None
    found = dict(sent)
    if len(found) != len(sent):
        raise NoToken("invalid_request", "field-twice")
    return {name: value for name, value in found.items() if value}


def _scopes() -> list[str]:
    return [f"system/{resource}.{letters}" for resource, letters in OFFERED.items()]


@router.get("/.well-known/smart-configuration", include_in_schema=False)
@router.get("/fhir/.well-known/smart-configuration", include_in_schema=False)
async def get_smart_configuration(request: Request) -> dict[str, Any]:
    """Where a client asks for tokens, as SMART App Launch describes it."""
    return smart_configuration(base_of(request), _scopes())


@router.get("/.well-known/oauth-authorization-server", include_in_schema=False)
async def get_authorization_server(request: Request) -> dict[str, Any]:
    """The same, as RFC 8414 describes it."""
    bound = machines_of(request).cert_header is not None
    return authorization_server(base_of(request), _scopes(), bound_to_certificates=bound)
