"""A demonstration stopped and started again goes on at once; the real service asks first."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from dispensing.demo.resuming import resume
from dispensing.downtime import runner
from tests.api.client import problem
from tests.clusters import Database
from tests.downtime.conftest import Clinic

Start = Callable[[], int]


@pytest.fixture
def stopped(clinic: Clinic, http: TestClient) -> Start:
    """A unit that is open and has a list, after ten minutes without the service.

    Answers what every start of the service does before anybody is served.
    """
    clinic.printed()
    portal = http.portal
    assert portal is not None

    def start() -> int:
        return portal.call(runner.look_for_absence, http.app.state.wiring)  # type: ignore[attr-defined]

    clinic.scene.run(
        "UPDATE unit SET opens = '00:00', closes = '23:59:59' WHERE unit_id = %s", clinic.unit
    )
    clinic.person()
    start()
    clinic.scene.run(
        "UPDATE emergency_run SET alive_at = alive_at - interval '10 minutes' WHERE unit_id = %s",
        clinic.unit,
    )
    return start


def test_the_nurse_of_a_demonstration_hands_out_at_once(
    clinic: Clinic, stopped: Start, shared_database: Database
) -> None:
    """H20: the command answers for its own pause, in the ledger, and asks nobody."""
    person = clinic.person()
    assert resume(shared_database.owner_url) >= 1
    assert stopped() == 0
    assert clinic.nurse.get("/downtime").json()["running"] is False
    clinic.nurse.given(person)
    told = "SELECT count(*) FROM ledger_payload WHERE kind = %s AND unit_id = %s"
    assert clinic.scene.one(told, "demonstration-resumed", clinic.unit) == 1
    assert clinic.scene.one(told, "downtime-found", clinic.unit) == 0


def test_a_demonstration_that_slept_goes_on_when_it_is_started_again(
    clinic: Clinic, stopped: Start, shared_database: Database
) -> None:
    """The lid of the laptop was shut: the running service found it, the next start answers it."""
    assert stopped() == 1
    resume(shared_database.owner_url)
    assert clinic.nurse.get("/downtime").json()["running"] is False
    clinic.nurse.given(clinic.person())


def test_what_a_person_reported_is_not_answered_for_them(
    clinic: Clinic, shared_database: Database
) -> None:
    person = clinic.person()
    clinic.down(0)
    resume(shared_database.owner_url)
    problem(clinic.nurse.reserve(person), 409, "down")
    clinic.over()


def test_the_real_service_keeps_asking(clinic: Clinic, stopped: Start) -> None:
    """H20: the same pause of a service with real people."""
    person = clinic.person()
    assert stopped() == 1
    problem(clinic.nurse.reserve(person), 409, "down")
    clinic.over()
