"""Two clients that others wrote drive the face over real HTTP: fhirpy and SMART's fhirclient."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from fastapi.testclient import TestClient
from fhirclient.models.medicationdispense import MedicationDispense
from fhirclient.models.medicationrequest import MedicationRequest
from fhirclient.models.patient import Patient
from fhirclient.server import FHIRServer
from fhirpy import SyncFHIRClient
from fhirpy.base.exceptions import OperationOutcome, ResourceNotFound

from tests.api.client import Counter
from tests.api.fhir.sending import dispense
from tests.scene import Scene


@pytest.fixture(scope="module")
def base(http: TestClient) -> Iterator[str]:
    """The address of the face on a port of its own; what arrives is handed to the application."""

    class Relay(BaseHTTPRequestHandler):
        def _pass_on(self) -> None:
            length = int(self.headers.get("content-length", "0"))
            sent = {name: text for name, text in self.headers.items() if name != "Connection"}
            answer = http.request(
                self.command, self.path, content=self.rfile.read(length), headers=sent
            )
            self.send_response(answer.status_code)
            for name, text in answer.headers.items():
                self.send_header(name, text)
            self.end_headers()
            self.wfile.write(answer.content)

        do_GET = do_POST = _pass_on

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Relay)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/fhir"
    server.shutdown()
    thread.join()


def test_fhirpy_reads_searches_and_tells(base: str, nurse: Counter, scene: Scene) -> None:
    """H02: the order is read, a dose reserved and given; the next is refused in its own words."""
    person = scene.person()
    client = SyncFHIRClient(base, authorization=f"Bearer {nurse.token}")
    assert client.reference("Patient", str(person)).to_resource()["active"] is True
    (order,) = client.resources("MedicationRequest").search(patient=person).fetch_all()
    assert order["status"] == "active"
    whole = dispense(nurse, person, status="completed", identifier=f"py{person}")
    whole["whenHandedOver"] = datetime.now(UTC).isoformat()
    made = client.resource(whole.pop("resourceType"), **whole)
    made.save()
    assert made["status"] == "completed" and made.id
    paged = client.resources("MedicationDispense").search(patient=person).limit(1).fetch_all()
    assert made.id in {one.id for one in paged} and len(paged) == 2
    second = dispense(nurse, person, identifier=f"py2 {person}")
    with pytest.raises(OperationOutcome) as refused:
        client.resource(second.pop("resourceType"), **second).save()
    named = {one["details"]["coding"][0]["code"] for one in refused.value.resource["issue"]}
    assert "already-given" in named
    with pytest.raises(ResourceNotFound):
        client.reference("Patient", "987654321").to_resource()


def test_smart_fhirclient_reads_and_tells(base: str, nurse: Counter, scene: Scene) -> None:
    """Each resource parses in its models; what they send is reserved."""
    person = scene.person()
    server = FHIRServer(None, base_uri=base)
    server.session.headers["Authorization"] = f"Bearer {nurse.token}"
    assert server.capabilityStatement is None or server.capabilityStatement
    patient = Patient.read(str(person), server)
    assert patient is not None and patient.birthDate is not None
    search = MedicationRequest.where({"patient": str(person)})
    order: Any = search.perform_resources(server)[0]
    assert order.dosageInstruction[0].doseAndRate[0].doseQuantity.value == 80
    sent = MedicationDispense(dispense(nurse, person, identifier=f"smart{person}"))
    answer = sent.create(server)
    made = MedicationDispense(answer)
    assert made.status == "in-progress"
    read: Any = MedicationDispense.read(made.id, server)
    assert read.quantity.value == 80
