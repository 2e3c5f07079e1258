"""Our values as FHIR resources."""

from collections.abc import Sequence
from typing import Any

from integrations.fhir import ports, systems
from integrations.fhir.exact import mg_of
from integrations.fhir.ports import Json

SEXES = {"f": "female", "m": "male", "x": "other"}
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: What became of a hand-out, as R4 says it of a MedicationDispense.
STATUS: dict[ports.Told, str] = {
    "reserved": "in-progress",
    "given": "completed",
    "returned": "cancelled",
    "refused": "declined",
    "spilled": "stopped",
    "uncertain": "unknown",
    "reversed": "entered-in-error",
}
ORDER_STATUS = {
    "active": "active",
    "coming": "active",
    "stopped": "stopped",
    "replaced": "completed",
    "ended": "completed",
}
#: HL7 knows three; ours stand beside, as code and extension.
SEVERITY = {"inform": "low", "confirm": "moderate", "doctor": "high", "stop": "high"}
ISSUE = {"inform": "information", "confirm": "warning", "doctor": "error", "stop": "error"}


def _reference(kind: str, id_: object) -> Json:
    return {"reference": f"{kind}/{id_}"}


def _mg(amount_ug: int) -> Json:
    return {"value": mg_of(amount_ug), "unit": "mg", "system": systems.UCUM, "code": "mg"}


def _meta(at: Any) -> Json:
    return {"lastUpdated": at.isoformat(timespec="milliseconds")}


def patient(one: ports.Person) -> Json:
    """Patient: name, birth date and card; no CPR number leaves by this way."""
    return {
        "resourceType": "Patient",
        "id": str(one.person_id),
        "meta": _meta(one.updated_at),
        "identifier": [{"system": systems.CARD, "value": one.card_code}],
        "active": one.active,
        "name": [{"use": "official", "family": one.family_name, "given": one.given_name.split()}],
        "gender": SEXES[one.sex],
        "birthDate": one.born_on.isoformat(),
        "managingOrganization": _reference("Organization", one.unit_id),
    }


def practitioner(one: ports.Staff) -> Json:
    """Practitioner, with the authorisation id where there is one."""
    found: Json = {
        "resourceType": "Practitioner",
        "id": str(one.staff_id),
        "name": [{"family": one.family_name, "given": one.given_name.split()}],
    }
    if one.authorisation_id:
        found["identifier"] = [{"system": systems.AUTHORISATION, "value": one.authorisation_id}]
    return found


def organization(one: ports.Unit) -> Json:
    """Organization: a clinic, pharmacy or practice."""
    found: Json = {
        "resourceType": "Organization",
        "id": str(one.unit_id),
        "identifier": [{"system": systems.UNIT, "value": one.code}],
        "name": one.name,
    }
    if one.phone:
        found["telecom"] = [{"system": "phone", "value": one.phone}]
    return found


def medication(one: ports.Product) -> Json:
    """Medication: our code, the ATC code, and the strength as mg per ml or per piece."""
    per = {"ml": ("ml", "mL"), "unit": ("piece", "1")}[one.per]
    atc, name = systems.ATC_OF[one.substance]
    return {
        "resourceType": "Medication",
        "id": one.code,
        "code": _product_code(one),
        "form": {"text": one.form.replace("_", " ")},
        "ingredient": [
            {
                "itemCodeableConcept": {
                    "coding": [{"system": systems.ATC, "code": atc, "display": name}]
                },
                "isActive": True,
                "strength": {
                    "numerator": _mg(one.strength_ug),
                    "denominator": {
                        "value": 1,
                        "unit": per[0],
                        "system": systems.UCUM,
                        "code": per[1],
                    },
                },
            }
        ],
    }


def _product_code(one: ports.Product) -> Json:
    atc, name = systems.ATC_OF[one.substance]
    return {
        "coding": [
            {"system": systems.PRODUCT, "code": one.code, "display": one.name},
            {"system": systems.ATC, "code": atc, "display": name},
        ],
        "text": one.name,
    }


def request(one: ports.OrderVersion) -> Json:
    """MedicationRequest: one version of an order; its id is number and version."""
    return {
        "resourceType": "MedicationRequest",
        "id": f"{one.prescription_id}-{one.version}",
        "meta": {"versionId": str(one.version), **_meta(one.signed_at)},
        "identifier": [{"system": systems.ORDER, "value": str(one.prescription_id)}],
        "status": ORDER_STATUS[one.state],
        "intent": "order",
        "contained": [medication(one.product) | {"id": "medication"}],
        "medicationReference": {"reference": "#medication"},
        "subject": _reference("Patient", one.person_id),
        "authoredOn": one.signed_at.isoformat(timespec="milliseconds"),
        "requester": _reference("Practitioner", one.signed_by),
        "dosageInstruction": _instructions(one),
        "dispenseRequest": {
            "validityPeriod": {
                "start": one.valid_from.isoformat(),
                "end": one.valid_to.isoformat(),
            }
        },
    }


def _instructions(one: ports.OrderVersion) -> list[Json]:
    if one.weekday_ug is not None:
        return [
            {
                "sequence": place + 1,
                "timing": {"repeat": {"dayOfWeek": [DAYS[place]]}},
                "doseAndRate": [{"doseQuantity": _mg(amount_ug)}],
            }
            for place, amount_ug in enumerate(one.weekday_ug)
            if amount_ug
        ]
    return [
        {
            "sequence": place + 1,
            "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
            "doseAndRate": [{"doseQuantity": _mg(amount_ug)}],
        }
        for place, amount_ug in enumerate(one.parts_ug)
    ]


def dispense(one: ports.Dispense) -> Json:
    """MedicationDispense: one hand-out with each of its doses."""
    total_ug = sum(dose.amount_ug for dose in one.doses)
    found: Json = {
        "resourceType": "MedicationDispense",
        "id": str(one.reservation_id),
        "meta": _meta(one.updated_at),
        "extension": [
            {
                "url": systems.RECORDED,
                "valueDateTime": one.reserved_at.isoformat(timespec="milliseconds"),
            }
        ],
        "status": STATUS[one.told],
        "contained": [medication(one.product) | {"id": "medication"}],
        "medicationReference": {"reference": "#medication"},
        "subject": _reference("Patient", one.person_id),
        "performer": [
            {"actor": _reference("Practitioner", one.told_by or one.reserved_by)},
            {"actor": _reference("Organization", one.unit_id)},
        ],
        "authorizingPrescription": [
            _reference("MedicationRequest", f"{one.order[0]}-{one.order[1]}")
        ],
        "quantity": _mg(total_ug),
        "whenPrepared": one.reserved_at.isoformat(timespec="milliseconds"),
        "dosageInstruction": [dose(number, it) for number, it in enumerate(one.doses, 1)],
    }
    if one.told == "given" and one.told_at is not None:
        found["whenHandedOver"] = one.told_at.isoformat(timespec="milliseconds")
    if one.told in ("returned", "refused", "spilled", "reversed"):
        found["statusReasonCodeableConcept"] = {"text": one.note or one.told}
    return found


def dose(number: int, one: ports.Dose) -> Json:
    """A dose: its day, which part of it, how it is taken, how much."""
    return {
        "sequence": number,
        "additionalInstruction": [{"coding": [{"system": systems.HOW, "code": one.how}]}],
        "timing": {"event": [one.for_on.isoformat()]},
        "doseAndRate": [
            {
                "type": {"coding": [{"system": f"{systems.HOW}-part", "code": str(one.part)}]},
                "doseQuantity": _mg(one.amount_ug),
            }
        ],
    }


def administration(one: ports.Swallowed) -> Json:
    """MedicationAdministration: a dose swallowed before somebody's eyes."""
    return {
        "resourceType": "MedicationAdministration",
        "id": f"{one.reservation_id}-{one.part}",
        "meta": _meta(one.reversed_at or one.swallowed_at),
        "status": "completed" if one.reversed_at is None else "entered-in-error",
        "contained": [medication(one.product) | {"id": "medication"}],
        "medicationReference": {"reference": "#medication"},
        "subject": _reference("Patient", one.person_id),
        "effectiveDateTime": one.swallowed_at.isoformat(timespec="milliseconds"),
        "performer": [{"actor": _reference("Practitioner", one.witnessed_by)}],
        "supportingInformation": [_reference("MedicationDispense", one.reservation_id)],
        "dosage": {"dose": _mg(one.amount_ug)},
    }


def provenance(one: ports.Dispense, entry: ports.Entry) -> Json:
    """Provenance: where in the ledger a hand-out's newest entry stands."""
    return {
        "resourceType": "Provenance",
        "id": str(one.reservation_id),
        "target": [_reference("MedicationDispense", one.reservation_id)],
        "recorded": entry.at.isoformat(timespec="milliseconds"),
        "agent": [{"who": _reference("Practitioner", one.told_by or one.reserved_by)}],
        "entity": [
            {
                "role": "source",
                "what": {
                    "identifier": {
                        "system": f"{systems.OURS}/NamingSystem/ledger-{entry.chain}",
                        "value": f"{entry.seq}-{entry.hash}",
                    }
                },
            }
        ],
    }


def detected(one: ports.Finding, number: int, person_id: int) -> Json:
    """DetectedIssue: an objection of the rules, with who may lift it."""
    found: Json = {
        "resourceType": "DetectedIssue",
        "id": f"issue-{number}",
        "status": "final",
        "code": {"coding": [{"system": systems.RULE, "code": one.rule_id}], "text": one.text},
        "severity": SEVERITY[one.severity],
        "patient": _reference("Patient", person_id),
        "detail": one.why,
    }
    if one.lifted_by:
        found["extension"] = [{"url": systems.LIFTED_BY, "valueString": one.lifted_by}]
    return found


def verdict(findings: Sequence[ports.Finding], person_id: int) -> Json:
    """OperationOutcome with each objection, and the same as DetectedIssue inside."""
    issues = [
        {
            "severity": ISSUE[one.severity],
            "code": "business-rule",
            "details": {
                "coding": [{"system": systems.RULE, "code": one.rule_id}],
                "text": one.text,
            },
            "diagnostics": " ".join(part for part in (one.why, one.lifted_by) if part),
        }
        for one in findings
    ]
    if not issues:
        issues = [{"severity": "information", "code": "informational", "diagnostics": "allow"}]
        return {"resourceType": "OperationOutcome", "issue": issues}
    contained = [detected(one, number, person_id) for number, one in enumerate(findings, 1)]
    return {"resourceType": "OperationOutcome", "contained": contained, "issue": issues}


def still_reserved(reservation_id: int) -> Json:
    """An issue: the dose is not given, and taken everywhere until somebody tells what became."""
    told = f"MedicationDispense/{reservation_id} stays reserved: give it, or tell its end"
    return {"severity": "warning", "code": "incomplete", "diagnostics": told}


def outcome(status: int, code: str, text: str, expression: str = "") -> Json:
    """OperationOutcome of something that went wrong."""
    issue: Json = {
        "severity": "fatal" if status >= 500 else "error",
        "code": code,
        "diagnostics": text,
    }
    if expression:
        issue["expression"] = [expression]
    return {"resourceType": "OperationOutcome", "issue": [issue]}
