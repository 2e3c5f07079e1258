"""Two persons: nothing is destroyed, broken, taken back or left in a glass by one alone."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from tests.api.client import Counter, problem, sign_in
from tests.api.storeroom import PACKAGES_UG, Storeroom
from tests.scene import PASSWORD, Scene


@pytest.fixture(scope="module")
def store(scene: Scene, nurse: Counter, neighbour: Counter) -> Storeroom:
    made = Storeroom.furnish(scene, nurse)
    made.receive(packages=200)
    return made


@pytest.fixture
def bottle(store: Storeroom) -> int:
    return int(store.opened()["bottle_id"])


def facts(scene: Scene, kind: str) -> dict[str, Any]:
    """The newest entry of a kind."""
    return dict(
        scene.one(
            "SELECT convert_from(payload, 'UTF8')::json->'facts' FROM ledger_payload"
            " WHERE kind = %s ORDER BY seq DESC LIMIT 1",
            kind,
        )
    )


def test_a_rest_is_destroyed_by_two(store: Storeroom, scene: Scene, bottle: int) -> None:
    """H23: both names, the very text and its hash stand in the record and in the ledger."""
    done = store.destroy(bottle, "40.5")
    assert done.status_code == 201, done.text
    body = done.json()
    assert body["text"].startswith("Destrueres: 40,5 ml = 40,5 mg Metadon 1 mg/ml, batch LOT-1")
    assert (body["witnessed_by"], body["kind"]) == (14, "destroyed")
    assert store.balance(bottle) == PACKAGES_UG["metadon-1"] - 40_500
    told = facts(scene, "stock-destroyed")
    assert (told["witness"], told["moves"]) == (14, [["bottle", bottle, -40_500]])
    row = scene.run(
        "SELECT done_by, witnessed_by, encode(seen_sha256, 'hex'), reason FROM stock_act"
        " WHERE act_id = %s",
        body["act_id"],
    ).fetchone()
    assert row == (10, 14, told["seen_sha256"], "rest i flasken")


def test_no_trick_makes_one_person_two(
    store: Storeroom, scene: Scene, bottle: int, http: Any
) -> None:
    """H23: never oneself, never absent, never another unit, never a role that may not."""
    sign_in(http, scene, "nurse2", 2)
    line = {"place": "bottle", "number": bottle, "amount": "1"}
    asked = {"kind": "destroyed", "lines": [line], "reason": "prøver alene"}
    path, tricks = (
        "/stock/disposals",
        {
            "absent": (None, PASSWORD, "witness-absent"),
            "oneself": ("nurse1", PASSWORD, "witness-is-oneself"),
            "oneself in capitals": ("NURSE1", PASSWORD, "witness-is-oneself"),
            "a wrong password": ("nurse1b", "forkert", "witness-wrong-password"),
            "nobody": ("nobody", PASSWORD, "witness-wrong-password"),
            "another unit": ("nurse2", PASSWORD, "witness-of-another-unit"),
            "an auditor": ("auditor1", PASSWORD, "witness-may-not"),
            "an administrator": ("administrator1", PASSWORD, "witness-may-not"),
        },
    )
    before = scene.one("SELECT count(*) FROM stock_movement")
    refused = "SELECT count(*) FROM ledger_payload WHERE kind = 'unit-act-refused'"
    for number, (by, password, slug) in enumerate(tricks.values(), 1):
        told = scene.one(refused)
        problem(store.sign(path, "disposal", asked, by, password), 409, slug)
        assert scene.one(refused) == told + 1, f"trick {number} left no trace"
    assert scene.one("SELECT count(*) FROM stock_movement") == before
    assert store.sign(path, "disposal", asked, "doctor1").status_code == 201


@pytest.mark.parametrize(
    "extra",
    [
        {"witnessed_by": 14},
        {"witness": {"username": "nurse1b"}},
        {"witness": {"staff_id": 14}},
        {"witness": True},
        {"witness": {"username": "nurse1b", "password": PASSWORD, "proven": True}},
        {"disposal": {"kind": "destroyed", "witness": 14}},
        {"seen_sha256": "0" * 63},
        {"seen_sha256": None},
    ],
    ids=str,
)
def test_a_flag_is_no_witness(
    store: Storeroom, bottle: int, extra: dict[str, Any], unchanged: None
) -> None:
    """H23: nothing that a client merely says stands for a second person."""
    line = {"place": "bottle", "number": bottle, "amount": "1"}
    asked = {"kind": "destroyed", "lines": [line], "reason": "prøver alene"}
    body = {"disposal": asked, "seen_sha256": "0" * 64} | extra
    problem(store.nurse.send("POST", "/stock/disposals", body), 422)


def test_the_witness_signs_what_was_shown(store: Storeroom, bottle: int) -> None:
    """H23: another amount than the text said is another text."""
    line = {"place": "bottle", "number": bottle, "amount": "1"}
    asked = {"kind": "destroyed", "lines": [line], "reason": "rest i flasken"}
    shown = store.nurse.send("POST", "/stock/disposals/text", asked).json()
    more = asked | {"lines": [line | {"amount": "10"}]}
    body = {
        "disposal": more,
        "seen_sha256": shown["sha256"],
        "witness": {"username": "nurse1b", "password": PASSWORD},
    }
    problem(store.nurse.send("POST", "/stock/disposals", body), 409, "stale-page")
    assert store.balance(bottle) == PACKAGES_UG["metadon-1"]


def test_a_repeated_key_destroys_once_and_asks_the_witness_again(
    store: Storeroom, bottle: int
) -> None:
    """H04: the password is no part of what is kept; the answer is the first one."""
    first = store.destroy(bottle, "1", key="destroy-key-1")
    again = store.destroy(bottle, "1", key="destroy-key-1")
    assert first.json() == again.json()
    assert store.balance(bottle) == PACKAGES_UG["metadon-1"] - 1_000


def test_the_tables_themselves_refuse_one_person(scene: Scene, store: Storeroom) -> None:
    """H23: also somebody inside the database cannot write an act that has no second person."""
    for witness, constraint in (("10", "stock_act_two_people"), ("NULL", "stock_act_witnessed")):
        with pytest.raises(psycopg.errors.CheckViolation) as refused:
            scene.run(
                "INSERT INTO stock_act (act_id, kind, unit_id, day, reason, done_by, done_at,"
                f" witnessed_by, witnessed_at, seen_sha256) SELECT 10000, 'destroyed', 1, %s,"
                f" 'alene', 10, now(), {witness}, t, s FROM (SELECT CASE WHEN {witness} IS NOT"
                f" NULL THEN now() END t, CASE WHEN {witness} IS NOT NULL THEN"
                f" sha256('x') END s) x",
                scene.today,
            )
        assert refused.value.diag.constraint_name == constraint
    with pytest.raises(psycopg.errors.CheckViolation):
        scene.run(
            "INSERT INTO stock_movement (bottle_id, kind, delta_ug, moved_by, moved_at)"
            " SELECT bottle_id, 'destroyed', -1, 10, now() FROM bottle LIMIT 1"
        )


def test_draw_six_give_three_waste_one_return_two(store: Storeroom, scene: Scene) -> None:
    """Public bug: of 6 mg drawn 3 are swallowed, 1 is wasted, 2 go back, and it all adds up."""
    bottle = store.opened()
    person = scene.person(daily_ug=6_000)
    dose = [store.nurse.dose("6")]
    reservation = store.nurse.reserved(person, doses=dose, bottle_code=bottle["scan_code"])
    given = store.nurse.give(reservation, swallowed_mg="3")
    assert given.status_code == 200, given.text
    number = bottle["bottle_id"]
    assert store.balance(number) == PACKAGES_UG["metadon-1"] - 6_000
    asked = {
        "kind": "rest",
        "reservation_id": reservation,
        "wasted": "1",
        "reason": "spyttede en slurk ud",
    }
    path = "/stock/disposals"
    too_much = asked | {"wasted": "3.001"}
    problem(store.sign(path, "disposal", too_much), 409, "more-than-the-rest")
    problem(store.sign(path, "disposal", asked, None), 409, "witness-absent")
    assert store.sign(path, "disposal", asked).status_code == 201
    assert store.balance(number) == PACKAGES_UG["metadon-1"] - 4_000
    wasted = scene.one(
        "SELECT wasted_ug FROM stock_act WHERE reservation_id = %s AND kind = 'rest'", reservation
    )
    assert wasted == 1_000
    problem(store.sign(path, "disposal", asked), 409, "rest-told")


def test_a_signed_rest_is_not_poured_back_twice(store: Storeroom, scene: Scene) -> None:
    """H06, H23: 80 ml reserved, 50 swallowed, 30 poured back by two; a reversal made 30 of air."""
    bottle = store.opened()
    number = bottle["bottle_id"]
    reservation = store.nurse.reserved(scene.person(), bottle_code=bottle["scan_code"])
    assert store.nurse.give(reservation, swallowed_mg="50").status_code == 200
    asked = {"kind": "rest", "reservation_id": reservation, "wasted": "0", "reason": "hældt op"}
    assert store.sign("/stock/disposals", "disposal", asked).status_code == 201
    left = store.balance(number)
    assert left == PACKAGES_UG["metadon-1"] - 50_000
    refused = store.nurse.tell(reservation, "reversals", reason="forkert person")
    assert "explained by two" in problem(refused, 409, "rest-signed")["detail"]
    assert store.balance(number) == left
    other = store.nurse.reserved(scene.person(), bottle_code=bottle["scan_code"])
    assert store.nurse.give(other, swallowed_mg="50").status_code == 200
    assert store.nurse.tell(other, "reversals", reason="forkert person").status_code == 200
    rest_after = store.sign("/stock/disposals", "disposal", asked | {"reservation_id": other})
    problem(rest_after, 409, "no-rest")
    assert store.balance(number) == left


def test_a_rest_waits_for_whoever_reverses(store: Storeroom, scene: Scene) -> None:
    """H10: the rest takes the person's lock, as a reversal does; neither passes the other."""
    bottle = store.opened()
    person = scene.person()
    reservation = store.nurse.reserved(person, bottle_code=bottle["scan_code"])
    assert store.nurse.give(reservation, swallowed_mg="50").status_code == 200
    asked = {"kind": "rest", "reservation_id": reservation, "wasted": "0", "reason": "hældt op"}
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()"
    with ThreadPoolExecutor(1) as pool:
        with scene.connection.transaction():
            scene.run("SELECT 1 FROM person WHERE person_id = %s FOR UPDATE", person)
            text = pool.submit(store.nurse.send, "POST", "/stock/disposals/text", asked)
            while not scene.one(waiting):
                assert not text.done()
                scene.run("SELECT pg_sleep(0.01)")
        assert text.result().status_code == 200


def test_a_spilled_dose_has_a_rest_and_a_whole_one_has_none(store: Storeroom, scene: Scene) -> None:
    bottle = store.opened()
    spilled = store.nurse.reserved(scene.person(), bottle_code=bottle["scan_code"])
    store.nurse.tell(spilled, "spilled", note="glasset væltede")
    asked = {"kind": "rest", "reservation_id": spilled, "wasted": "80", "reason": "væltet"}
    assert store.sign("/stock/disposals", "disposal", asked).status_code == 201
    assert store.balance(bottle["bottle_id"]) == PACKAGES_UG["metadon-1"] - 80_000
    whole = store.nurse.reserved(scene.person(), bottle_code=bottle["scan_code"])
    assert store.nurse.give(whole).status_code == 200
    answer = store.sign("/stock/disposals", "disposal", asked | {"reservation_id": whole})
    problem(answer, 409, "no-rest")


def test_what_a_person_brings_back_waits_for_destruction(store: Storeroom, scene: Scene) -> None:
    """H17, H23: witnessed in, kept apart from everything that is handed out, witnessed out."""
    person = scene.person()
    asked = {
        "kind": "brought-back",
        "person_id": person,
        "product_code": "bupre-8",
        "amount": "5",
    }
    problem(store.sign("/stock/disposals", "disposal", asked, None), 409, "witness-absent")
    done = store.sign("/stock/disposals", "disposal", asked)
    assert done.status_code == 201, done.text
    assert "Udleveres ikke igen" in done.json()["text"]
    holding = scene.one("SELECT holding_id FROM holding WHERE place = 'returns' AND unit_id = 1")
    assert store.held(holding) == 40_000
    line = {"place": "holding", "number": holding, "amount": "5"}
    out = {"kind": "destroyed", "lines": [line], "reason": "returneret medicin"}
    assert store.sign("/stock/disposals", "disposal", out).status_code == 201
    assert store.held(holding) == 0
    problem(store.sign("/stock/disposals", "disposal", asked | {"person_id": 99_999}), 404)


def test_a_broken_package_and_several_rests_in_one_signature(
    store: Storeroom, scene: Scene, bottle: int
) -> None:
    second = int(store.opened()["bottle_id"])
    holding = store.receive(lot="BROKEN", packages=2)["holding_id"]
    broken = {
        "kind": "broken",
        "lines": [{"place": "holding", "number": holding, "amount": "1"}],
        "reason": "tabt på gulvet",
    }
    assert store.sign("/stock/disposals", "disposal", broken).status_code == 201
    assert store.held(holding) == PACKAGES_UG["metadon-1"]
    rests = {
        "kind": "destroyed",
        "lines": [
            {"place": "bottle", "number": number, "amount": "1000"} for number in (bottle, second)
        ],
        "reason": "dagens rester",
    }
    assert store.sign("/stock/disposals", "disposal", rests).status_code == 201
    closed = "SELECT count(*) FROM bottle WHERE bottle_id IN (%s, %s) AND closed_at IS NOT NULL"
    assert scene.one(closed, bottle, second) == 2
    problem(store.sign("/stock/disposals", "disposal", rests), 409, "stock-too-low")


@pytest.mark.parametrize("amount", ["0", "-1", "1,5", "1e3", "NaN", "1.0001", "", "9" * 9, "1 ml"])
def test_amounts_that_are_none(store: Storeroom, bottle: int, amount: str, unchanged: None) -> None:
    line = {"place": "bottle", "number": bottle, "amount": amount}
    asked = {"kind": "destroyed", "lines": [line], "reason": "rest i flasken"}
    problem(store.nurse.send("POST", "/stock/disposals/text", asked), 422)


def test_another_units_bottle_is_not_there(
    store: Storeroom, scene: Scene, neighbour: Counter, unchanged: None
) -> None:
    theirs = scene.one("SELECT min(bottle_id) FROM bottle WHERE unit_id = 2")
    line = {"place": "bottle", "number": theirs, "amount": "1"}
    asked = {"kind": "destroyed", "lines": [line], "reason": "rest i flasken"}
    problem(store.nurse.send("POST", "/stock/disposals/text", asked), 404)
