"""Dispenses in the shapes HL7 shows: accepted, or refused with the place and a reason."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from integrations.fhir import systems
from tests.api.client import Counter
from tests.api.fhir.sending import Face, dispense, extension
from tests.scene import Scene

MG = {"value": 80, "unit": "mg", "system": systems.UCUM, "code": "mg"}
CONTAINED = {"resourceType": "Medication", "id": "m", "code": {"text": "metadon"}}
# What differs from an ordinary dispense (None leaves it out), and the place of the refusal.
SHAPES: dict[str, tuple[dict[str, Any], str | None]] = {
    "as it is": ({}, None),
    "medication contained": (
        {
            "medicationCodeableConcept": None,
            "contained": [CONTAINED],
            "medicationReference": {"reference": "#m"},
        },
        None,
    ),
    "no medication": ({"medicationCodeableConcept": None}, "medication"),
    "two medications": ({"medicationReference": {"reference": "#m"}}, "medication"),
    "no subject": ({"subject": None}, "subject"),
    "a group": ({"subject": {"reference": "Group/1"}}, "subject"),
    "a name for a subject": ({"subject": {"display": "Donald Duck"}}, "subject"),
    "an absolute subject": ({"subject": {"reference": "https://x.example/Patient/{person}"}}, None),
    "no order": ({"authorizingPrescription": None}, "authorizingPrescription"),
    "two orders": (
        {"authorizingPrescription": [{"reference": "MedicationRequest/1-1"}] * 2},
        "auth",
    ),
    "an order without version": (
        {"authorizingPrescription": [{"reference": "MedicationRequest/10"}]},
        "authorizingPrescription",
    ),
    "no status": ({"status": None}, "status"),
    "a status of another version": ({"status": "dispensed"}, "status"),
    "on hold": ({"status": "on-hold"}, "status"),
    "completed without a moment": ({"status": "completed"}, "whenHandedOver"),
    "completed on a day": (
        {"status": "completed", "whenHandedOver": "2026-12-01"},
        "whenHandedOver",
    ),
    "completed without an offset": (
        {"status": "completed", "whenHandedOver": "2026-12-01T08:00:00"},
        "whenHandedOver",
    ),
    "no dose": ({"dosageInstruction": None}, "dosageInstruction"),
    "a dose in words": ({"dosageInstruction": [{"text": "80 mg hver morgen"}]}, "doseAndRate"),
    "tablets": (
        {"dosageInstruction": [{"doseAndRate": [{"doseQuantity": {"value": 2, "unit": "TAB"}}]}]},
        "doseQuantity",
    ),
    "millilitres": (
        {"dosageInstruction": [{"doseAndRate": [{"doseQuantity": {"value": 80, "code": "mL"}}]}]},
        "doseQuantity",
    ),
    "a range": (
        {"dosageInstruction": [{"doseAndRate": [{"doseRange": {"low": MG, "high": MG}}]}]},
        "doseQuantity",
    ),
    "about so much": (
        {"dosageInstruction": [{"doseAndRate": [{"doseQuantity": MG | {"comparator": "<"}}]}]},
        "doseQuantity",
    ),
    "no day": ({"dosageInstruction": [{"doseAndRate": [{"doseQuantity": MG}]}]}, None),
    "daily": (
        {
            "dosageInstruction": [
                {"timing": {"repeat": {"frequency": 1}}, "doseAndRate": [{"doseQuantity": MG}]}
            ]
        },
        "timing",
    ),
    "no such day": (
        {
            "dosageInstruction": [
                {"timing": {"event": ["2026-02-30"]}, "doseAndRate": [{"doseQuantity": MG}]}
            ]
        },
        "timing",
    ),
    "a quantity that agrees": ({"quantity": MG}, None),
    "a quantity that does not": ({"quantity": MG | {"value": 81}}, "quantity"),
    "a quantity of tablets": ({"quantity": {"value": 90, "code": "TAB"}}, "quantity"),
    "a substitution": ({"substitution": {"wasSubstituted": True}}, "substitution"),
    "part of a procedure": ({"partOf": [{"reference": "Procedure/1"}]}, "partOf"),
    "a modifier": ({"modifierExtension": [{"url": "https://x.example"}]}, "modifier"),
    "implicit rules": ({"implicitRules": "https://x.example"}, "implicitRules"),
    "text and language": (
        {"text": {"status": "generated", "div": "<div/>"}, "language": "da"},
        None,
    ),
    "category and place": (
        {
            "category": {"coding": [{"system": systems.DISPENSE_CATEGORY, "code": "community"}]},
            "location": {"display": "Apoteket"},
            "performer": [{"actor": {"display": "farmaceuten"}}],
        },
        None,
    ),
    "another resource": ({"resourceType": "MedicationStatement"}, "resourceType"),
    "identified by nothing known": (
        {"extension": [extension(systems.IDENTIFIED_BY, valueCode="voice")]},
        "",
    ),
    "carried home, completed at once": (
        {
            "status": "completed",
            "whenHandedOver": "now",
            "dosageInstruction": [
                {
                    "additionalInstruction": [
                        {"coding": [{"system": systems.HOW, "code": "take_home"}]}
                    ],
                    "doseAndRate": [{"doseQuantity": MG}],
                }
            ],
        },
        "status",
    ),
    "no identifier": ({"identifier": None}, "identifier"),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_accepted_or_refused_with_a_reason(nurse: Counter, scene: Scene, shape: str) -> None:
    """No shape ends in a 500, and a refusal says where."""
    person = scene.person()
    changes, place = SHAPES[shape]
    body = dispense(nurse, person, identifier=f"{shape} {person}") | changes
    body = {name: value for name, value in body.items() if value is not None}
    if body.get("whenHandedOver") == "now":
        body["whenHandedOver"] = datetime.now(UTC).isoformat()
    if shape == "an absolute subject":
        body["subject"] = {"reference": f"https://x.example/fhir/Patient/{person}"}
    answer = Face(nurse).tell(body)
    if place is None:
        assert answer.status_code == 201, answer.text
        return
    assert answer.status_code == 422, answer.text
    issue = answer.json()["issue"][0]
    assert issue["diagnostics"] and place in "".join(issue.get("expression", [""]))
    assert (
        scene.one(
            "SELECT count(*) FROM reservation WHERE person_id = %s AND day = %s",
            person,
            scene.today,
        )
        == 0
    )
