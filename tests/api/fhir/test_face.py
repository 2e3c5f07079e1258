"""FHIR as a pharmacy uses it: read the order, reserve, give, tell what became of it."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.fhir import systems
from integrations.fhir.exact import MOST_UG, Refused, mg_of, read_json, ug_of, write_json
from tests.api.client import Counter
from tests.api.fhir.sending import Face, dispense, extension, of
from tests.scene import Scene
from tests.scene_staff import PIN

NURSE = 10


@pytest.fixture(scope="module")
def face(nurse: Counter) -> Face:
    return Face(nurse)


def now() -> str:
    return datetime.now(UTC).isoformat()


def issues(answer: Any) -> list[dict[str, Any]]:
    found = answer.json()
    assert found["resourceType"] == "OperationOutcome", answer.text
    return found["issue"]


def rules(answer: Any) -> set[str]:
    """The rules that an answer names."""
    return {one["details"]["coding"][0]["code"] for one in issues(answer) if "details" in one}


def ended(made: dict[str, Any], status: str, **more: Any) -> dict[str, Any]:
    """What tells the end of a dispense that was answered."""
    return {
        "resourceType": "MedicationDispense",
        "status": status,
        "subject": made["subject"],
        "medicationCodeableConcept": {"text": "metadon"},
        "identifier": [{"value": f"end of {made['id']} {status}"}],
        "extension": [
            of(made["id"]),
            extension(systems.IDENTIFIED_BY, valueCode="birth_date"),
            extension(systems.IDENTIFIED_BY, valueCode="photo"),
            extension(systems.AFFECTED, valueBoolean=False),
        ],
    } | more


def test_an_order_is_read_exactly(face: Face, scene: Scene) -> None:
    """H08: milligrams as written, the product with its strength, who signed, from when to when."""
    person = scene.person()
    (entry,) = face.get(f"/MedicationRequest?patient={person}").json()["entry"]
    order = entry["resource"]
    assert order["status"] == "active" and order["intent"] == "order"
    quantity = order["dosageInstruction"][0]["doseAndRate"][0]["doseQuantity"]
    assert quantity == {"value": 80, "unit": "mg", "system": systems.UCUM, "code": "mg"}
    strength = order["contained"][0]["ingredient"][0]["strength"]["numerator"]["value"]
    assert strength == 1
    assert face.get(f"/MedicationRequest/{order['id']}").json() == order
    requester = order["requester"]["reference"]
    assert face.get(f"/{requester}").json()["resourceType"] == "Practitioner"
    medication = face.get(f"/Medication/{order['contained'][0]['code']['coding'][0]['code']}")
    assert medication.json()["code"]["coding"][1]["system"] == systems.ATC


def test_reserved_given_and_read_back(face: Face, nurse: Counter, scene: Scene) -> None:
    """H02: the same claim, the same ledger; a second dispense of the day is refused by rule."""
    person = scene.person()
    made = face.tell(dispense(nurse, person, identifier=f"a{person}"))
    assert made.status_code == 201, made.text
    assert made.json()["status"] == "in-progress"
    assert made.headers["location"].endswith(f"/fhir/MedicationDispense/{made.json()['id']}")
    done = face.tell(ended(made.json(), "completed", whenHandedOver=now()))
    assert done.status_code == 201, done.text
    assert done.json()["status"] == "completed" and "whenHandedOver" in done.json()
    swallowed = face.get(f"/MedicationAdministration?patient={person}").json()["entry"][0]
    assert swallowed["resource"]["dosage"]["dose"]["value"] == 80
    read = face.get(f"/MedicationAdministration/{swallowed['resource']['id']}")
    assert read.json() == swallowed["resource"]
    proof = face.get(f"/Provenance/{made.json()['id']}").json()
    number, _, digest = proof["entity"][0]["what"]["identifier"]["value"].partition("-")
    assert scene.one("SELECT encode(hash, 'hex') FROM ledger_entry WHERE chain_id = 1 AND seq = %s",
                     int(number)) == digest  # fmt: skip
    again = face.tell(dispense(nurse, person, identifier=f"b{person}"))
    assert again.status_code == 409 and "already-given" in rules(again)
    contained = again.json()["contained"]
    assert {one["resourceType"] for one in contained} == {"DetectedIssue"}


def test_told_as_a_whole_or_not_at_all(face: Face, nurse: Counter, scene: Scene) -> None:
    """A hand-out in one message; told an hour later it is refused, and goes the way of paper."""
    person = scene.person()
    whole = dispense(
        nurse, person, status="completed", identifier=f"w{person}", whenHandedOver=now()
    )
    made = face.tell(whole)
    assert made.status_code == 201 and made.json()["status"] == "completed", made.text
    assert face.tell(whole).json()["id"] == made.json()["id"]
    late = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    other = scene.person()
    told = face.tell(
        dispense(nurse, other, status="completed", identifier="late", whenHandedOver=late)
    )
    assert told.status_code == 422
    assert issues(told)[0]["expression"] == ["MedicationDispense.whenHandedOver"]
    assert (
        scene.one(
            "SELECT count(*) FROM reservation WHERE person_id = %s AND day = %s", other, scene.today
        )
        == 0
    )


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("cancelled", "cancelled"),
        ("declined", "declined"),
        ("stopped", "stopped"),
        ("unknown", "unknown"),
    ],
)
def test_what_became_of_it(
    face: Face, nurse: Counter, scene: Scene, status: str, told: str
) -> None:
    """H04: each fate as the counter knows it; a dose nobody had is free again."""
    person = scene.person()
    made = face.tell(dispense(nurse, person, identifier=f"{status}{person}")).json()
    done = face.tell(ended(made, status, note=[{"text": "flasken væltede"}]))
    assert done.status_code == 201 and done.json()["status"] == told, done.text
    free = (
        scene.one(
            "SELECT count(*) FROM claim WHERE person_id = %s AND for_day = %s", person, scene.today
        )
        == 0
    )
    assert free is (status != "unknown")


def test_an_error_is_told_as_a_resource_of_its_own(
    face: Face, nurse: Counter, scene: Scene
) -> None:
    """H23: nothing is deleted: the hand-out is read as entered in error, with the reason."""
    person = scene.person()
    whole = dispense(
        nurse, person, status="completed", identifier=f"e{person}", whenHandedOver=now()
    )
    made = face.tell(whole).json()
    assert face.tell(ended(made, "entered-in-error")).status_code == 422, "a reason is needed"
    reason = {"text": "forkert person valgt"}
    undone = face.tell(
        ended(made, "entered-in-error", statusReasonCodeableConcept=reason)
        | {"identifier": [{"value": f"undo {person}"}]}
    )
    assert undone.status_code == 201, undone.text
    read = face.get(f"/MedicationDispense/{made['id']}").json()
    assert read["status"] == "entered-in-error"
    assert read["statusReasonCodeableConcept"] == reason


def test_a_step_is_carried_in_headers(face: Face, nurse: Counter, scene: Scene) -> None:
    """H22: where the unit asks for the PIN with each act, an open session alone tells nothing."""
    person = scene.person()
    scene.pin(NURSE)
    scene.policy(1, per_act_step="pin")
    try:
        body = dispense(nurse, person, identifier=f"pin{person}")
        assert face.tell(body).status_code == 428
        made = face.tell(body, step_pin=PIN)
        assert made.status_code == 201, made.text
    finally:
        scene.policy(1)


def test_asked_without_reserving(face: Face, nurse: Counter, scene: Scene) -> None:
    """``$check``: the verdict in words, with who may lift it; nothing is written but the look."""
    person = scene.person(last_covered_days_ago=4)
    asked = face.send(
        "POST", "/MedicationDispense/$check", dispense(nurse, person), accept_language="en"
    )
    assert asked.status_code == 200 and "missed-days" in rules(asked)
    (issue,) = [it for it in asked.json()["contained"] if it["code"]["coding"][0]["code"] ==
                "missed-days"]  # fmt: skip
    assert issue["extension"][0]["url"] == systems.LIFTED_BY
    assert (
        scene.one(
            "SELECT count(*) FROM reservation WHERE person_id = %s AND day = %s",
            person,
            scene.today,
        )
        == 0
    )
    ordinary = face.send("POST", "/MedicationDispense/$check", dispense(nurse, scene.person()))
    assert {one["severity"] for one in issues(ordinary)} == {"information"}


def test_fifty_at_once_with_one_identifier_are_one(
    face: Face, nurse: Counter, scene: Scene
) -> None:
    """H04, hapi-fhir #3141: conditional create does not race."""
    person = scene.person()
    body = dispense(nurse, person, identifier=f"once{person}")
    condition = f"identifier=https://apotek.example/udlevering|once{person}"

    def one(_: int) -> Any:
        return face.tell(body, if_none_exist=condition)

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(one, range(50)))
    assert {answer.status_code for answer in answers} == {201}, {one.text for one in answers}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert (
        scene.one(
            "SELECT count(*) FROM reservation WHERE person_id = %s AND day = %s",
            person,
            scene.today,
        )
        == 1
    )


def test_fifty_identifiers_at_once_are_one_dose(face: Face, nurse: Counter, scene: Scene) -> None:
    """H02: one wins; the others hear the rule."""
    person = scene.person()

    def one(number: int) -> Any:
        return face.tell(dispense(nurse, person, identifier=f"{person} nr {number}"))

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(one, range(20)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 19


def test_pages_lead_on_by_opaque_cursors(face: Face, nurse: Counter, scene: Scene) -> None:
    """Each resource once; a cursor that nobody gave is refused."""
    person = scene.person()
    for number in range(3):
        made = face.tell(dispense(nurse, person, identifier=f"p{person} {number}")).json()
        face.tell(ended(made, "cancelled"))
    seen, path = [], f"/MedicationDispense?patient={person}&_count=2&status=cancelled"
    while path:
        page = face.get(path).json()
        assert page["total"] == 3
        seen += [entry["resource"]["id"] for entry in page["entry"]]
        links = {link["relation"]: link["url"] for link in page["link"]}
        path = links.get("next", "").partition("/fhir")[2]
    assert len(seen) == len(set(seen)) == 3
    assert face.get(f"/MedicationDispense?patient={person}&_cursor=zzz").status_code == 400
    none = face.get(f"/MedicationDispense?patient={person}&_lastUpdated=gt2100-01-01").json()
    assert none["total"] == 0 and "entry" not in none
    every = face.get(f"/MedicationDispense?patient={person}").json()
    assert every["total"] > 3, "those of the days before, too"


def test_who_may_see_whom(
    face: Face, nurse: Counter, neighbour: Counter, scene: Scene, http: TestClient
) -> None:
    """H24: another unit's people are not found, whichever way they are asked for."""
    person = scene.person()
    made = face.tell(dispense(nurse, person, identifier=f"s{person}")).json()
    other = Face(neighbour)
    for path in (
        f"/Patient/{person}",
        f"/MedicationRequest?patient={person}",
        f"/MedicationRequest/{person * 10}-1",
        f"/MedicationDispense/{made['id']}",
        f"/MedicationDispense?patient={person}",
        f"/MedicationAdministration?patient={person}",
        f"/Provenance/{made['id']}",
    ):
        assert face.get(path).status_code in (200, 404), path
        assert other.get(path).status_code == 404, path
    stranger = Face(Counter(http, "no-such-token", nurse.today))
    refused = stranger.get(f"/Patient/{person}")
    assert refused.status_code == 401 and refused.headers["www-authenticate"] == "Bearer"
    taken = other.tell(dispense(nurse, person, identifier="theirs"))
    assert taken.status_code == 404


def test_a_look_is_recorded(face: Face, scene: Scene) -> None:
    """H24: who reads somebody's resources has looked at them."""
    person = scene.person()
    count = "SELECT count(*) FROM ledger_payload WHERE kind = 'person-viewed' AND person_id = %s"
    before = scene.one(count, person)
    face.get(f"/Patient/{person}")
    face.get(f"/MedicationDispense?patient={person}")
    assert scene.one(count, person) == before + 2


def test_a_number_never_travels_in_an_address(face: Face, scene: Scene) -> None:
    """H24: by POST it may; by GET it is refused, and not repeated."""
    for value in (f"{systems.CPR}|1234567890", "123456-7890"):
        refused = face.get(f"/Patient?identifier={value}")
        assert refused.status_code == 400 and "1234567890" not in refused.text
    person = scene.person()
    (found,) = face.get(f"/Patient?identifier=K-{person:04d}").json()["entry"]
    assert found["resource"]["id"] == str(person)
    posted = face.send(
        *("POST", "/Patient/_search", f"identifier=K-{person:04d}".encode()),
        content_type="application/x-www-form-urlencoded",
    )
    assert posted.json()["total"] == 1


def test_what_is_understood_is_said_and_nothing_else_is_done(face: Face) -> None:
    """The CapabilityStatement; other resources, verbs, parameters and kinds of body are refused."""
    told = face.get("/metadata").json()
    assert told["fhirVersion"] == "4.0.1"
    kinds = {one["type"] for one in told["rest"][0]["resource"]}
    assert {"Patient", "MedicationRequest", "MedicationDispense"} <= kinds
    assert face.get("/Observation").status_code == 404
    assert face.send("PUT", "/MedicationDispense/1", {}).status_code == 405
    assert face.send("DELETE", "/MedicationDispense/1").status_code == 405
    assert face.get("/MedicationDispense?patient=1&colour=red").status_code == 400
    lenient = face.get("/Patient?_id=999999999&colour=red", prefer="handling=lenient")
    assert lenient.status_code == 404
    assert face.get("/MedicationDispense").status_code == 400
    xml = face.send("POST", "/MedicationDispense", b"<x/>", content_type="application/fhir+xml")
    assert xml.status_code == 415


@given(st.integers(1, MOST_UG))
def test_milligrams_are_exact_both_ways(amount_ug: int) -> None:
    """H08: every whole microgram, to the digit."""
    written = write_json({"value": mg_of(amount_ug)})
    assert ug_of(read_json(written)["value"], "x") == amount_ug
    assert Decimal(json.loads(written, parse_float=str, parse_int=str)["value"]) * 1000 == amount_ug


@pytest.mark.parametrize(
    "text",
    ["0", "-1", "0.0001", "1e40", "NaN", "Infinity", "true", '"80"', "null", "10000.001", "1E400"],
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    """H08: also what a float would round away."""
    with pytest.raises(Refused):
        ug_of(read_json(b'{"value": %s}' % text.encode())["value"], "x")
    assert mg_of(1_500) == Decimal("1.5") and write_json(mg_of(1)) == b"0.001"


@settings(max_examples=150, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.floats(),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "resourceType",
                        "status",
                        "subject",
                        "extension",
                        "dosageInstruction",
                        "note",
                        "x",
                    ]
                )
                | st.text(max_size=6),
                inner,
                max_size=6,
            )
        ),
        max_leaves=20,
    )
)
def test_whatever_is_sent_is_answered_with_a_reason(face: Face, body: Any) -> None:
    """No 500: malformed, half right, or garbage."""
    answer = face.send("POST", "/MedicationDispense", json.dumps(body).encode())
    assert answer.status_code in (400, 404, 413, 422), answer.text
    assert issues(answer)[0]["diagnostics"]
