"""The published description against the running service: generated requests, bounded in number.

Half of the generated requests are bent towards people and reservations that exist, so that more
than the door is tried.
"""

import itertools
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from dispensing.app import create_app
from dispensing.settings import load_settings
from tests.api.client import Counter
from tests.scene import Scene

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
BOUNDED = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
SEEN = {"identifiers": ["photo", "card"], "observed": {"affected": False}}


# Described without a database: nothing connects before the application starts.
DESCRIPTION = create_app(
    replace(load_settings({}), database_url="postgresql://nobody@localhost/none")
).openapi()
OPERATIONS = {
    found.ok().label: found.ok()
    for found in schemathesis.openapi.from_dict(DESCRIPTION).get_all_operations()
}


@pytest.fixture
def description() -> dict[str, Any]:
    return DESCRIPTION


@pytest.fixture(scope="module")
def people(scene: Scene) -> Iterator[int]:
    return itertools.cycle(scene.person() for _ in range(5))


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize("label", OPERATIONS)
def test_the_service_keeps_its_description(
    label: str, mode: GenerationMode, doctor: Counter, scene: Scene, people: Iterator[int]
) -> None:
    """H24: no answer that is not described, none of our own making broken, whatever is sent."""

    @BOUNDED
    @given(case=OPERATIONS[label].as_strategy(mode))
    def sent_and_answered(case: schemathesis.Case) -> None:
        if mode is GenerationMode.POSITIVE:
            _bend(case, doctor, scene, people)
        sent = case.as_transport_kwargs(base_url="http://testserver")
        token = "no-session" if case.method == "DELETE" else doctor.token
        answer = doctor.http.request(
            sent["method"],
            sent["url"],
            headers=dict(sent["headers"]) | {"Authorization": f"Bearer {token}"},
            params=sent.get("params"),
            json=sent.get("json"),
            **_written(sent.get("data")),
        )
        case.validate_response(answer, checks=CHECKS)

    sent_and_answered()


def _written(body: Any) -> dict[str, Any]:
    """A form as fields, everything else as it stands."""
    return {"data": body} if isinstance(body, dict) else {"content": body}


def _bend(case: schemathesis.Case, doctor: Counter, scene: Scene, people: Iterator[int]) -> None:
    """Half of the time: a person or a reservation of the unit instead of any number."""
    chance = random.Random(repr((case.body, case.path_parameters, case.query)))
    if chance.random() < 0.5:
        return
    person = next(people)
    if "reservation_id" in case.path_parameters:
        case.path_parameters["reservation_id"] = scene.one(
            "SELECT max(reservation_id) FROM reservation WHERE person_id = %s", person
        )
    if "person_id" in case.path_parameters:
        case.path_parameters["person_id"] = person
    if case.headers is not None and "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = f"contract-{chance.random()}"
    for body in (case.body, case.body.get("order") if isinstance(case.body, dict) else None):
        if isinstance(body, dict) and isinstance(body.get("person_id"), int):
            body |= {key: doctor.order(person)[key] for key in ("person_id", "prescription_id")}
            if chance.random() < 0.5:
                body |= doctor.order(person)
        if isinstance(body, dict) and "observed" in body and chance.random() < 0.5:
            body |= SEEN


def test_answers_are_described_with_their_members(description: dict[str, Any]) -> None:
    """A client can be generated from the description: no answer is just "an object"."""
    vague = [
        f"{method} {path} {status}"
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
        for status, answer in operation["responses"].items()
        for content in answer.get("content", {}).values()
        if not ({"$ref", "properties", "items"} & content["schema"].keys())
    ]
    assert vague == []


def test_a_refusal_is_described_with_its_verdict(description: dict[str, Any]) -> None:
    refused = description["paths"]["/api/v1/reservations"]["post"]["responses"]["409"]
    schema = refused["content"]["application/problem+json"]["schema"]
    assert {"type", "title", "status", "verdict", "blocking"} <= schema["properties"].keys()
    finding = description["components"]["schemas"]["Finding"]["properties"]
    assert {"rule_id", "severity", "facts", "limits", "liftable_by", "way_on"} == finding.keys()


def test_every_route_says_that_it_needs_a_session(description: dict[str, Any]) -> None:
    open_to_all = {
        f"{method} {path}"
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
        if not operation.get("security")
    }
    # A client signs for itself.
    assert open_to_all == {"post /api/v1/sessions", "post /oauth2/token"}
