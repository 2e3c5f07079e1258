"""Whatever row somebody else has written meanwhile: the answer is a no, and never a fault of ours.

A unique index speaks in every family of acts: the doses of a person, a unit's own acts, numbers and
merges, paper, sign-in. One that always refuses is planted under every table that a route writes,
and each route of the matrix is tried as the role that may.
"""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from tests.api.client import Counter, sign_in, silent
from tests.api.matrix import ROUTES
from tests.api.matrix.downtime import UPSETS
from tests.api.matrix.ground import ROLES, Ground
from tests.api.page_rules import PERSON_PAGES, UNIT_PAGES, fields_for, ids_of
from tests.api.test_page_relations import Browser
from tests.scene import Scene

# What every act writes beside its records: the ledger and the key have a road of their own, and the
# session is only marked as used.
BESIDES = ("ledger", "idempotency", "view", "staff_session", "outbox")
PLANT = """
CREATE OR REPLACE FUNCTION planted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'planted' USING ERRCODE = '23505', CONSTRAINT = 'planted_once';
END $$;
"""
TABLES = """
SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
    AND has_table_privilege('dispensing_app', c.oid, 'INSERT') ORDER BY 1
"""
WRITES = [
    route
    for route, (may, _, _) in ROUTES.items()
    if may and not route.startswith("GET ") and route not in UPSETS
]
# Nothing but a session, or a row of the sign-in's own, is written: met all the same.
NO_RECORD = {
    "POST /sessions",
    "DELETE /sessions",
    "POST /sessions/lock",
    "POST /sessions/unlock",
    "POST /sessions/switch",
}
APART = 9


@pytest.fixture(scope="module")
def people(http: TestClient, scene: Scene, nurse: Counter) -> dict[str, Counter]:
    return {"nurse": nurse} | {
        role: sign_in(http, scene, f"{role}1") for role in ROLES if role not in ("nobody", "nurse")
    }


@pytest.fixture
def planted(scene: Scene) -> Iterator[list[str]]:
    """The tables under which every new row meets one of its kind, once ``armed``."""
    names = [name for (name,) in scene.run(TABLES).fetchall() if not name.startswith(BESIDES)]
    scene.run(PLANT)
    yield names
    for name in names:
        scene.run(f"DROP TRIGGER IF EXISTS planted ON {name}")


def arm(scene: Scene, names: list[str]) -> None:
    for name in names:
        scene.run(
            f"CREATE TRIGGER planted BEFORE INSERT ON {name}"
            " FOR EACH ROW EXECUTE FUNCTION planted()"
        )


@pytest.mark.parametrize("route", WRITES)
def test_a_row_somebody_else_wrote_is_a_no(
    http: TestClient,
    scene: Scene,
    people: dict[str, Counter],
    planted: list[str],
    route: str,
) -> None:
    """H02, H06: a 409 with a published slug, or an act that writes no such row; never a 500."""
    may, _, make = ROUTES[route]
    actor, method = people[may.split()[0]], route.partition(" ")[0]
    if route in NO_RECORD:
        scene.run("INSERT INTO counter VALUES (%s, 1, 'Bagved') ON CONFLICT DO NOTHING", APART)
        actor = sign_in(http, scene, "administrator1", APART)
    path, body = make(Ground(scene, people["nurse"]))
    arm(scene, planted)
    answer = actor.send(method, path, body)
    if answer.status_code < 300:
        return
    silent(answer, 409)


PRESSES = [page for page in PERSON_PAGES | UNIT_PAGES if page.startswith("POST ")]


@pytest.mark.parametrize("page", PRESSES)
def test_a_press_is_told_so_too(
    http: TestClient, scene: Scene, people: dict[str, Counter], planted: list[str], page: str
) -> None:
    """H02: a sentence beside the form, and what was typed stays there."""
    roles = (PERSON_PAGES | UNIT_PAGES)[page].split()
    browser = Browser(http, people[next(one for one in roles if one in people)].token)
    ground = Ground(scene, people["nurse"])
    ids, fields = ids_of(page, ground), fields_for(ground)
    arm(scene, planted)
    answer = browser.send(page, ids, fields)
    assert answer.status_code < 500, answer.text[:300]


def test_the_no_is_recorded_where_the_act_is(scene: Scene, nurse: Counter) -> None:
    """H23: a person's in the person's entries, a unit's in the unit's chain."""
    person = scene.person()
    scene.run(PLANT)
    arm(scene, ["doctor_question", "calendar_decision", "withdrawal_reading"])
    try:
        path = f"/people/{person}/withdrawal-readings"
        refused = nurse.send("POST", path, {"cows": 9})
        assert silent(refused, 409, "recorded-meanwhile")["barrier"] == "planted_once"
        kind, facts = scene.events(person)[-1]
        assert (kind, facts["problem"]) == ("act-refused", "recorded-meanwhile")
    finally:
        for name in ("doctor_question", "calendar_decision", "withdrawal_reading"):
            scene.run(f"DROP TRIGGER planted ON {name}")
