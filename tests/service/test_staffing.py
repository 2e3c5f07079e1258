"""Staff of a unit by its administrator: each change an entry, at once in force, never the app's."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from dispensing.errors import Conflict, NotFound, Unprocessable
from dispensing.people.policy import Policy
from dispensing.units import staffing
from tests.clusters import Database
from tests.scene import Scene
from tests.scene_staff import SECRET

ADMIN = "administrator1"
NURSE, ADMINISTRATOR = 10, 13


@pytest.fixture(scope="module")
def scene(shared_database: Database) -> Iterator[Scene]:
    made = Scene(shared_database.owner_url)
    made.unit(2, "Nabohuset")
    yield made
    made.close()


@pytest.fixture
def owner(shared_database: Database) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(shared_database.owner_url, autocommit=True) as connection:
        yield connection


def newest(scene: Scene) -> tuple[str, int, dict[str, Any]]:
    """Kind, actor and facts of the unit's newest entry."""
    row = scene.run(
        "SELECT kind, actor_id, convert_from(payload, 'UTF8')::json->'facts' FROM ledger_payload"
        " WHERE chain_id = 1 ORDER BY seq DESC LIMIT 1"
    ).fetchone()
    return row[0], row[1], row[2]


def test_somebody_begins(scene: Scene, owner: psycopg.Connection[Any]) -> None:
    """H23: who made whom staff stands in the ledger."""
    new = staffing.NewStaff("Ny.Nurse", "nurse", "Ny", "Nurse", "$argon2id$…", "A1")
    number = staffing.add_staff(owner, ADMIN, new)
    assert scene.one("SELECT username FROM staff WHERE staff_id = %s", number) == "ny.nurse"
    kind, actor, facts = newest(scene)
    assert (kind, actor, facts["staff"], facts["role"]) == (
        "staff-added",
        ADMINISTRATOR,
        number,
        "nurse",
    )
    with pytest.raises(Conflict):
        staffing.add_staff(owner, ADMIN, new)
    with pytest.raises(Unprocessable):
        staffing.add_staff(owner, ADMIN, staffing.NewStaff("x", "king", "X", "Y", "h"))


@pytest.mark.parametrize("by", ["nurse1", "doctor1", "nobody", "administrator2"])
def test_only_the_units_own_administrator_changes_its_staff(
    scene: Scene, owner: psycopg.Connection[Any], by: str
) -> None:
    """H24"""
    before = newest(scene)
    with pytest.raises(NotFound):
        staffing.change_role(owner, by, "nurse1b", "doctor")
    assert newest(scene) == before


def test_nobody_raises_or_removes_themselves(scene: Scene, owner: psycopg.Connection[Any]) -> None:
    """H23"""
    for act in (
        lambda: staffing.change_role(owner, ADMIN, ADMIN, "doctor"),
        lambda: staffing.end_employment(owner, ADMIN, ADMIN),
    ):
        with pytest.raises(Conflict):
            act()
    assert scene.one("SELECT role FROM staff WHERE staff_id = %s", ADMINISTRATOR) == ADMIN[:-1]


def test_whoever_leaves_has_no_session_card_or_subject(
    scene: Scene, owner: psycopg.Connection[Any]
) -> None:
    """H22, H24"""
    scene.shift(15)
    staffing.issue_card(owner, ADMIN, "pharmacist1", "M-AAAA1111", SECRET)
    staffing.add_subject(owner, ADMIN, "pharmacist1", "https://idp.example", "finn")
    staffing.end_employment(owner, ADMIN, "pharmacist1")
    for table in ("staff_session", "staff_card", "staff_subject"):
        assert not scene.one(
            f"SELECT count(*) FROM {table} WHERE staff_id = 15 AND ended_at IS NULL"
        )
    assert newest(scene)[0] == "staff-ended"
    with pytest.raises(NotFound):
        staffing.reset_pin(owner, ADMIN, "pharmacist1")


def test_a_new_card_ends_the_one_before_and_no_two_share_one(
    scene: Scene, owner: psycopg.Connection[Any]
) -> None:
    """H22"""
    live = "SELECT count(*) FROM staff_card WHERE staff_id = 10 AND ended_at IS NULL"
    for code in ("M-BBBB2222", "M-CCCC3333"):
        staffing.issue_card(owner, ADMIN, "nurse1", code, SECRET)
        assert scene.one(live) == 1
    with pytest.raises(Conflict):
        staffing.issue_card(owner, ADMIN, "nurse1b", "M-CCCC3333", SECRET)
    with pytest.raises(Unprocessable):
        staffing.issue_card(owner, ADMIN, "nurse1", "K-0101", SECRET)
    staffing.end_card(owner, ADMIN, "nurse1")
    assert scene.one(live) == 0
    told = "SELECT count(*) FROM ledger_payload WHERE position('CCCC3333'::bytea in payload) > 0"
    assert scene.one(told) == 0


def test_a_subject_belongs_to_one(scene: Scene, owner: psycopg.Connection[Any]) -> None:
    """H22"""
    staffing.add_subject(owner, ADMIN, "nurse1", "https://idp.example", "anne")
    with pytest.raises(Conflict):
        staffing.add_subject(owner, ADMIN, "nurse1b", "https://idp.example", "anne")


def test_a_pin_is_forgotten_and_a_password_renewed(
    scene: Scene, owner: psycopg.Connection[Any]
) -> None:
    scene.shift(NURSE)
    staffing.reset_pin(owner, ADMIN, "nurse1")
    assert scene.one("SELECT count(*) FROM staff_pin WHERE staff_id = %s", NURSE) == 0
    staffing.set_password(owner, ADMIN, "nurse1", "$argon2id$…")
    assert newest(scene)[0] == "staff-password-set" and "argon2" not in str(newest(scene)[2])
    open_ones = "SELECT count(*) FROM staff_session WHERE staff_id = %s AND ended_at IS NULL"
    assert scene.one(open_ones, NURSE) == 0


def test_a_policy_holds_from_a_day_on_and_is_an_entry(
    scene: Scene, owner: psycopg.Connection[Any]
) -> None:
    day = staffing.decide_policy(owner, ADMIN, Policy(90, 30, 60, "card", "given"), None)
    assert day == scene.today
    kind, actor, facts = newest(scene)
    assert (kind, actor, facts["per_act_step"]) == ("unit-policy-decided", ADMINISTRATOR, "card")
    with pytest.raises(Unprocessable):
        staffing.decide_policy(owner, ADMIN, Policy(), scene.today - timedelta(days=1))
    for outside in (Policy(lock_seconds=5), Policy(lock_seconds=30, hide_seconds=40)):
        with pytest.raises(Unprocessable):
            staffing.decide_policy(owner, ADMIN, outside, None)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO staff_card (staff_id, card_hash, issued_at) VALUES (10, sha256('x'), now())",
        "INSERT INTO staff_subject (issuer, subject, staff_id, added_at)"
        " VALUES ('i', 's', 11, now())",
        "UPDATE staff_subject SET staff_id = 11",
        "UPDATE staff SET ended_at = NULL",
        "UPDATE unit_policy SET per_act_step = 'none'",
        "DELETE FROM unit_policy",
        "UPDATE staff_session SET place = NULL",
        "UPDATE staff_session SET started_at = now()",
        "DELETE FROM staff_session",
        "UPDATE oidc_request SET used_at = NULL, nonce = 'x'",
    ],
)
def test_the_applications_role_can_do_none_of_it(
    scene: Scene, shared_database: Database, statement: str
) -> None:
    """H23, H24: whoever breaks in through the application makes nobody staff."""
    with (
        psycopg.connect(shared_database.app_url) as app,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        app.execute(statement)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "statement",
    ["SELECT * FROM staff_pin", "SELECT card_hash FROM staff_card", "SELECT * FROM oidc_request"],
)
def test_the_auditor_reads_no_secret(shared_database: Database, statement: str) -> None:
    """H24"""
    with (
        psycopg.connect(shared_database.auditor_url) as auditor,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        auditor.execute(statement)  # type: ignore[arg-type]


def test_who_begins_treatments_is_decided_by_the_administrator(
    scene: Scene, owner: psycopg.Connection[Any]
) -> None:
    """H23: specialists and approvals stand in the ledger; only a doctor has them."""
    staffing.qualify(owner, ADMIN, "doctor1", False, ["diacetylmorphine"])
    kind, actor, facts = newest(scene)
    assert (kind, actor) == ("staff-qualified", ADMINISTRATOR)
    assert (facts["specialist"], facts["approved_for"]) == (False, ["diacetylmorphine"])
    assert scene.one("SELECT approved_for FROM staff WHERE staff_id = 11") == ["diacetylmorphine"]
    before = newest(scene)
    with pytest.raises(Conflict):
        staffing.qualify(owner, ADMIN, "nurse1", True, [])
    with pytest.raises(Unprocessable):
        staffing.qualify(owner, ADMIN, "doctor1", True, ["morphine"])
    assert newest(scene) == before
