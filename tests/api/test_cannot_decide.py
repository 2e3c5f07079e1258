"""When a fact, a book, the ledger or the database fails: nothing is handed out, and it says so."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from dispensing.wiring import Wiring
from tests.api.client import MARK, Counter, silent
from tests.scene import Scene

pytestmark = pytest.mark.usefixtures("quiet_log")


@pytest.fixture(scope="module")
def person(scene: Scene) -> int:
    return scene.person()


@pytest.fixture
def rewire(http: TestClient) -> Iterator[Callable[..., None]]:
    """Exchange what the composition root made, for one test."""
    state = http.app.state  # type: ignore[attr-defined]
    made: Wiring = state.wiring

    def exchange(**changes: Any) -> None:
        state.wiring = replace(made, **changes)

    yield exchange
    state.wiring = made


def fails(*_: object) -> Any:
    raise KeyError(MARK)


class _OutOfReach:
    """A pool whose database is gone."""

    def connection(self) -> Any:
        raise psycopg.OperationalError(MARK)


def test_a_bug_is_a_500_that_tells_nothing(
    nurse: Counter, person: int, rewire: Callable[..., None], unchanged: None
) -> None:
    """A broken promise of our own code hands nothing over and shows no trace."""
    rewire(book=fails)
    document = silent(nurse.reserve(person), 500, "internal")
    assert document["detail"] == "nothing was handed out; repeat with the same key"


def test_no_trace_of_a_bug_reaches_the_servers_log(
    nurse: Counter, person: int, rewire: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    """H24: the error ends in the application, with its type alone; a trace may hold a row."""
    rewire(book=fails)
    with TestClient(nurse.http.app, raise_server_exceptions=True) as strict:
        headers = {"Authorization": f"Bearer {nurse.token}", "Idempotency-Key": "trace-0001"}
        rewire(book=fails)
        answer = strict.post("/api/v1/reservations", json=nurse.order(person), headers=headers)
    assert answer.status_code == 500
    said = [record for record in caplog.records if record.name.startswith("dispensing")]
    assert [record.exc_info for record in said] == [None]


@pytest.mark.parametrize("act", ["reserve", "today", "close", "sign in"])
def test_without_the_database_we_cannot_decide(
    nurse: Counter, person: int, rewire: Callable[..., None], unchanged: None, act: str
) -> None:
    """H04: 503 and the same key again later, never a guess."""
    rewire(pool=_OutOfReach())
    answer = {
        "reserve": lambda: nurse.reserve(person),
        "today": lambda: nurse.get("/today"),
        "close": lambda: nurse.send("POST", f"/days/{nurse.today}/close"),
        "sign in": lambda: nurse.http.post(
            "/api/v1/sessions", json={"username": "nurse1", "password": "any"}
        ),
    }[act]()
    silent(answer, 503, "cannot-decide")
    assert answer.headers["retry-after"] == "1"


def test_without_a_rule_book_we_cannot_decide(scene: Scene, nurse: Counter, person: int) -> None:
    """Fail closed: no book in force is no permission."""
    scene.run("UPDATE unit_rule_book SET from_on = from_on + 1000")
    try:
        silent(nurse.reserve(person), 503, "cannot-decide")
    finally:
        scene.run("UPDATE unit_rule_book SET from_on = from_on - 1000")
    assert scene.kinds(person) == []


def test_when_the_databases_clock_went_back_nothing_is_handed_out(
    scene: Scene, nurse: Counter, person: int
) -> None:
    """H19: the last entry is of an hour from now."""
    scene.run("UPDATE ledger_head SET last_at = last_at + interval '1 hour' WHERE chain_id = 1")
    try:
        silent(nurse.reserve(person), 503, "cannot-decide")
    finally:
        scene.run("UPDATE ledger_head SET last_at = last_at - interval '1 hour' WHERE chain_id = 1")
    assert scene.used(person) == 0
    assert scene.kinds(person) == []


@pytest.mark.parametrize("table", ["reservation", "claim", "stock_movement", "idempotency"])
def test_a_commit_that_fails_is_no_answer(
    scene: Scene, nurse: Counter, person: int, table: str
) -> None:
    """H05: whatever fails last, nothing is acknowledged and nothing is left half done."""
    scene.run(
        "CREATE FUNCTION fails_at_commit() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'the disk is full'; END $$"
    )
    scene.run(
        f"CREATE CONSTRAINT TRIGGER fails_at_commit AFTER INSERT ON {table}"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fails_at_commit()"
    )
    try:
        silent(nurse.reserve(person, key=f"commit-{table}"), 500, "internal")
    finally:
        scene.run("DROP FUNCTION fails_at_commit() CASCADE")
    assert scene.used(person) == 0
    assert scene.kinds(person) == []


def test_afterwards_the_same_key_serves(scene: Scene, nurse: Counter) -> None:
    """H04: what was not done is done when it is repeated."""
    person = scene.person()
    scene.run("UPDATE unit_rule_book SET from_on = from_on + 1000")
    try:
        silent(nurse.reserve(person, key="again-later-0001"), 503)
    finally:
        scene.run("UPDATE unit_rule_book SET from_on = from_on - 1000")
    assert nurse.reserve(person, key="again-later-0001").status_code == 201
    assert scene.kinds(person) == ["handout-reserved"]


def test_what_is_not_recorded_is_never_taken_as_good(scene: Scene, nurse: Counter) -> None:
    """H02, H11: no care row, no history: each unknown is an objection, none a permission."""
    person = scene.person(last_covered_days_ago=None)
    scene.run("DELETE FROM care WHERE person_id = %s", person)
    blocked = set(nurse.reserve(person).json()["blocking"])
    assert {"coverage-unknown", "too-soon", "qtc-long"} <= blocked
