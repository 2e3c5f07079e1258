"""The FHIR face mounted: its port, whose token a request carries, and errors in FHIR's words."""

import logging
from collections.abc import Callable, Coroutine
from typing import Any

import psycopg
from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from psycopg_pool import PoolTimeout

from dispensing.errors import DispensingError, without_cpr
from dispensing.fhir.adapter import FhirCounter
from dispensing.people.act_steps import READS, STEP
from dispensing.people.scopes import scope
from dispensing.people.steps import Step
from dispensing.web.json_api import bearer
from dispensing.web.routes import wiring_of
from integrations.fhir import resources
from integrations.fhir.endpoints import House, answer, fhir_router
from integrations.fhir.exact import Refused

log = logging.getLogger("dispensing.fhir")

#: HL7's issue type for a status of ours.
CODES = {
    400: "structure",
    401: "login",
    403: "forbidden",
    404: "not-found",
    409: "conflict",
    410: "deleted",
    413: "too-long",
    415: "not-supported",
    422: "value",
    423: "security",
    428: "security",
    429: "throttled",
    503: "transient",
}


def told(status: int, code: str, text: str, expression: str = "") -> Response:
    """An OperationOutcome that repeats nothing of what was sent."""
    headers: dict[str, str] = {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if status in (429, 503):
        headers["Retry-After"] = "1"
    found = resources.outcome(status, code, without_cpr(text), expression)
    return answer(found, status, **headers)


class FhirRoute(APIRoute):
    """Every error of the face is an OperationOutcome."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except Refused as refused:
                return told(refused.status, refused.code, refused.text, refused.expression)
            except DispensingError as error:
                text = f"{error.detail or error.title} ({error.type_slug})"
                return told(error.status, CODES.get(error.status, "processing"), text)
            except psycopg.errors.UniqueViolation:
                return told(409, "conflict", "somebody has recorded this meanwhile")
            except (psycopg.OperationalError, PoolTimeout) as error:
                # The type alone: a message may hold what a log must not.
                log.error("database: %s", type(error).__name__)
                return told(503, "transient", "we cannot decide this now: repeat it with its key")

        return handled


def language(request: Request) -> str:
    """English where it is asked for first; Danish else."""
    return "en" if request.headers.get("accept-language", "").lower().startswith("en") else "da"


def step_of(request: Request) -> Step:
    """The step in the two headers; ``STEP`` has bounded and proven it where the unit asks."""
    return Step(request.headers.get("step-pin"), request.headers.get("step-card"))


def router() -> APIRouter:
    """All routes under /fhir."""
    return fhir_router(
        House(
            lambda request: FhirCounter(wiring_of(request), step_of(request)),
            bearer,
            language,
            FhirRoute,
            scope,
            READS,
            STEP,
        )
    )
