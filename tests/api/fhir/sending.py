"""A client of the FHIR face; every answer is read by a second implementation of R4."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from fhir.resources.R4B import get_fhir_model_class

from integrations.fhir import systems
from tests.api.client import Counter

MEDIA_TYPE = "application/fhir+json"


@dataclass(frozen=True)
class Face:
    """A signed-in client of /fhir."""

    counter: Counter

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The answer, after ``fhir.resources`` has read it."""
        sent = {"Authorization": f"Bearer {self.counter.token}"}
        sent |= {name.replace("_", "-"): text for name, text in headers.items()}
        content = None
        if body is not None:
            sent.setdefault("content-type", MEDIA_TYPE)
            content = body if isinstance(body, bytes) else json.dumps(body, default=str).encode()
        answer = self.counter.http.request(method, f"/fhir{path}", content=content, headers=sent)
        second_opinion(answer)
        return answer

    def get(self, path: str, **headers: str) -> Any:
        return self.send("GET", path, **headers)

    def tell(self, resource: dict[str, Any], **headers: str) -> Any:
        return self.send("POST", "/MedicationDispense", resource, **headers)


def second_opinion(answer: Any) -> None:
    """R4B as another library reads it, of every resource and all that is inside."""
    assert answer.headers["content-type"].startswith(MEDIA_TYPE), answer.text
    found = json.loads(answer.text, parse_float=Decimal)
    for one in [found, *[entry["resource"] for entry in found.get("entry", [])]]:
        model = get_fhir_model_class(one["resourceType"])
        model.model_validate_json(json.dumps(one, default=str))


def extension(url: str, **value: Any) -> dict[str, Any]:
    return {"url": url, **value}


def dispense(
    counter: Counter,
    person_id: int,
    *,
    status: str = "preparation",
    mg: Any = 80,
    identifier: str | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Today's dose, swallowed here, the right person, not affected."""
    made: dict[str, Any] = {
        "resourceType": "MedicationDispense",
        "status": status,
        "medicationCodeableConcept": {"coding": [{"system": systems.PRODUCT, "code": "metadon-1"}]},
        "subject": {"reference": f"Patient/{person_id}"},
        "authorizingPrescription": [{"reference": f"MedicationRequest/{person_id * 10}-1"}],
        "extension": [
            extension(systems.IDENTIFIED_BY, valueCode="birth_date"),
            extension(systems.IDENTIFIED_BY, valueCode="photo"),
            extension(systems.AFFECTED, valueBoolean=False),
        ],
        "dosageInstruction": [
            {
                "timing": {"event": [counter.today.isoformat()]},
                "doseAndRate": [{"doseQuantity": {"value": mg, "unit": "mg"}}],
            }
        ],
    }
    if identifier is not None:
        made["identifier"] = [{"system": "https://apotek.example/udlevering", "value": identifier}]
    return made | more


def of(dispense_id: str) -> dict[str, Any]:
    """The extension that names an earlier dispense."""
    return extension(systems.OF, valueReference={"reference": f"MedicationDispense/{dispense_id}"})
