"""CapabilityStatement: what this face understands, said by the table the routes are made from."""

from integrations.fhir.ports import Json

#: Resource: interactions and search parameters with their types.
UNDERSTOOD: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "Patient": (("read", "search-type"), {"_id": "token", "identifier": "token"}),
    "Practitioner": (("read",), {}),
    "Organization": (("read",), {}),
    "Medication": (("read",), {}),
    "MedicationRequest": (
        ("read", "search-type"),
        {"_id": "token", "patient": "reference", "status": "token", "authoredon": "date"},
    ),
    "MedicationDispense": (
        ("create", "read", "search-type"),
        {"_id": "token", "patient": "reference", "status": "token", "whenhandedover": "date"},
    ),
    "MedicationAdministration": (
        ("read", "search-type"),
        {"_id": "token", "patient": "reference", "status": "token", "effective-time": "date"},
    ),
    "Provenance": (("read",), {}),
}
MEDIA_TYPE = "application/fhir+json"


def statement(base: str) -> Json:
    """The CapabilityStatement of this service at ``base``."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-12-01",
        "kind": "instance",
        "software": {"name": "dispensing"},
        "implementation": {"description": "Opioid substitution, handed out", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["json", MEDIA_TYPE],
        "rest": [
            {
                "mode": "server",
                "security": {
                    "service": [
                        {
                            "coding": [
                                {
                                    "system": "http://terminology.hl7.org/CodeSystem/"
                                    "restful-security-service",
                                    "code": "SMART-on-FHIR",
                                }
                            ]
                        }
                    ]
                },
                "resource": [_resource(kind) for kind in UNDERSTOOD],
            }
        ],
    }


def _resource(kind: str) -> Json:
    interactions, searches = UNDERSTOOD[kind]
    found: Json = {
        "type": kind,
        "interaction": [{"code": code} for code in interactions],
        "versioning": "no-version",
    }
    if "create" in interactions:
        found["conditionalCreate"] = True
        found["operation"] = [
            {"name": "check", "definition": "https://dispensing.invalid/fhir/check"}
        ]
    if searches:
        found["searchParam"] = [
            {"name": name, "type": kind_of}
            for name, kind_of in (searches | {"_lastUpdated": "date"}).items()
        ]
    return found
