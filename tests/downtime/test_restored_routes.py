"""After a restore every route that writes is tried, with the step it asks for.

What hands out is refused, recorded and explained; whatever else goes on leaves no dose taken.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from dispensing.downtime.restoring import mark_restored
from tests.api.client import Counter, sign_in, silent
from tests.api.matrix import ROUTES
from tests.api.matrix.downtime import UPSETS
from tests.api.matrix.ground import ROLES, Ground
from tests.api.page_rules import PERSON_PAGES, UNIT_PAGES, fields_for, ids_of
from tests.api.test_act_steps import BESIDES
from tests.api.test_page_relations import Browser
from tests.clusters import Database
from tests.scene import Scene
from tests.scene_staff import PIN

SCREENS = BESIDES["own-sign-in"] | {"DELETE /sessions", "POST /sessions/lock"}
# Nobody of a clinic may those of a pharmacy's own packages.
WRITES = [
    r
    for r, (may, _, _) in ROUTES.items()
    if not r.startswith("GET ") and r not in UPSETS and r not in SCREENS and may
]
PRESSES = [
    page for page in PERSON_PAGES | UNIT_PAGES if page.startswith("POST ") and page not in SCREENS
]
# What is refused, and as what; all the rest says what became of doses, or counts, or withholds.
HANDS_OUT = {
    "POST /reservations": "restored-unresolved",
    "POST /reservations/{reservation_id}/given": "restored-unresolved",
    # A dose that the backup forgot is not to be written down as missed.
    "POST /days/{day}/close": "restored-unresolved",
}
# While nobody has said whether paper was used meanwhile, whose a dose is does not change either.
ON_PAPER = HANDS_OUT | {
    "POST /days/{day}/close": "paper-unresolved",
    "POST /guests/{guest_id}/withdrawals": "paper-in-use",
    "POST /merges/{merge_id}/unmerged": "paper-in-use",
    "POST /people/{person_id}/indkald": "paper-in-use",
    "POST /people/{person_id}/merges": "paper-in-use",
    "POST /people/{person_id}/moves": "move-on-paper",
    "POST /people/{person_id}/supply-order/end": "paper-in-use",
}
HANDED_OUT = """
SELECT (SELECT count(*) FROM claim), (SELECT count(*) FROM handover),
    (SELECT count(*) FROM administration), (SELECT count(*) FROM reservation)
"""
ORDER = "SELECT max(prescription_id) FROM prescription WHERE person_id = %s"
LAST = """
SELECT p.kind, convert_from(p.payload, 'UTF8')::json -> 'facts' ->> 'problem'
FROM ledger_payload p JOIN ledger_head h USING (chain_id)
WHERE h.purpose = 'clinical' AND h.chain_id = 1 AND p.seq = h.seq
"""


@pytest.fixture(scope="module")
def people(http: TestClient, scene: Scene, nurse: Counter) -> dict[str, Counter]:
    made = {"nurse": nurse} | {
        role: sign_in(http, scene, f"{role}1") for role in ROLES if role not in ("nobody", "nurse")
    }
    for (staff_id,) in scene.run("SELECT staff_id FROM staff").fetchall():
        scene.pin(staff_id)
    return made


@pytest.fixture
def restore(scene: Scene, shared_database: Database) -> Iterator[Any]:
    """Restores the unit from a backup, which asks for a PIN with each act; undone afterwards."""

    def restored(paper: str) -> None:
        mark_restored(shared_database.owner_url)
        if paper == "put away":
            scene.run("UPDATE downtime SET over_at = told_at, left_at = told_at")
        scene.policy(1, per_act_step="pin")

    yield restored
    scene.run("DELETE FROM restoration")
    scene.run("DELETE FROM downtime")
    scene.policy(1)


@pytest.mark.parametrize("paper", ["in use", "put away"])
@pytest.mark.parametrize("route", WRITES)
def test_every_act_is_tried_after_a_restore(
    scene: Scene, people: dict[str, Counter], restore: Any, route: str, paper: str
) -> None:
    """H26, H01, H23: nothing is handed out by any road; a no is an entry and names the way on."""
    may, _, make = ROUTES[route]
    actor, method = people[may.split()[0]], route.partition(" ")[0]
    path, body = make(Ground(scene, people["nurse"]))
    restore(paper)
    before = scene.run(HANDED_OUT).fetchone()
    answer = actor.send(method, path, body, step={"PIN": PIN})
    # A dose poured back frees its claim; nothing is taken.
    after = scene.run(HANDED_OUT).fetchone()
    assert after[1:] == before[1:] and after[0] <= before[0]
    refused = ON_PAPER if paper == "in use" else HANDS_OUT
    if route not in refused:
        assert answer.status_code < 300, answer.text
        return
    said = silent(answer, 409, refused[route])
    assert len(said["detail"]) > 20
    assert scene.run(LAST).fetchone()[1] == refused[route]


@pytest.mark.parametrize("page", PRESSES)
def test_every_press_is_tried_after_a_restore(
    http: TestClient, scene: Scene, people: dict[str, Counter], restore: Any, page: str
) -> None:
    """H26, H01: the pages are no other road; what hands out says who can lift it, and where."""
    roles = (PERSON_PAGES | UNIT_PAGES)[page].split()
    browser = Browser(http, people[next(one for one in roles if one in people)].token)
    ground = Ground(scene, people["nurse"])
    ids, fields = ids_of(page, ground), fields_for(ground)
    if page.endswith("/reserver"):
        shown = {"prescription": scene.one(ORDER, ids["person_id"]), "version": 1}
        fields |= {name: str(value) for name, value in shown.items()}
    restore("put away")
    before = scene.run(HANDED_OUT).fetchone()
    answer = browser.send(page, ids, fields | {"step_pin": PIN})
    after = scene.run(HANDED_OUT).fetchone()
    assert after[1:] == before[1:] and after[0] <= before[0]
    assert answer.status_code < 500, answer.text[:300]
    if page.endswith(("/reserver", "/givet")):
        assert answer.status_code == 409
        assert "intet udleveres, før en læge har taget stilling" in answer.text
        assert "Gendannelse" in answer.text
        assert scene.run(LAST).fetchone()[1] == "restored-unresolved"
