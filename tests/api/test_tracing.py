"""A found package led back to its hand-out: who may, what is shown to whom, what is kept."""

import json
from typing import Any

import pytest

from dispensing.labels.codes import RANDOM_BYTES, new_code
from tests.api.client import Counter, problem, sign_in
from tests.api.test_labels import carries_home, codes, printed, reprint
from tests.scene import Scene

WHY = "indleveret af politiet"


@pytest.fixture
def package(scene: Scene, nurse: Counter) -> str:
    """The code on a package that was handed out."""
    person = carries_home(scene, name=("Fundets", "Ejermand"))
    reservation = nurse.reserved(person, doses=[nurse.dose(), *nurse.home(1)])
    [code] = codes(printed(nurse, reservation))
    assert nurse.give(reservation, label_codes=[code]).status_code == 200
    return code


def trace(who: Counter, code: str, reason: str = WHY) -> Any:
    return who.send("POST", "/package-traces", {"code": code, "reason": reason})


def last(scene: Scene, kind: str, chain: int) -> dict[str, Any]:
    row = scene.one(
        "SELECT p.payload FROM ledger_payload p JOIN ledger_entry e USING (chain_id, seq)"
        " WHERE p.kind = %s AND chain_id = %s ORDER BY seq DESC LIMIT 1",
        kind,
        chain,
    )
    return json.loads(row)["facts"] if row else {}


def test_a_doctor_of_the_unit_sees_hand_out_and_person(
    scene: Scene, doctor: Counter, package: str
) -> None:
    """H23: unit, day, preparation, amount, who handed it out; and whose it was."""
    found = trace(doctor, f"H-{package}").json()["package"]
    assert (found["unit_name"], found["product_name"]) == ("Prøveenheden", "Metadon 1 mg/ml")
    assert (found["amount_ug"], found["outcome"]) == (80_000, "given")
    assert found["handed_over_by"] == "A. Holm"
    assert found["person_name"] == "Fundets Ejermand"


def test_nobody_else_learns_whose_it_was(
    scene: Scene, http: Any, package: str, nurse: Counter, neighbour: Counter
) -> None:
    """H24: an administrator and another unit's doctor see the hand-out; a nurse nothing."""
    for username in ("administrator1", "doctor2"):
        answer = trace(sign_in(http, scene, username, None), package)
        assert answer.json()["package"]["amount_ug"] == 80_000
        assert answer.json()["package"].get("person_name") is None
        assert "Ejermand" not in answer.text
    assert problem(trace(nurse, package), 403)


def test_each_use_is_kept_with_its_reason(scene: Scene, doctor: Counter, package: str) -> None:
    """H24: among the events and among the views; without a reason nothing is looked up."""
    assert problem(trace(doctor, package, "x"), 422)
    trace(doctor, package, "fundet på Enghave Plads")
    for chain in (1, 2):
        told = last(scene, "package-traced", chain)
        assert (told["label"], told["reason"]) == (package, "fundet på Enghave Plads")
    row = "SELECT count(*) FROM package_trace WHERE code = %s AND person_shown"
    assert scene.one(row, package) == 1


def test_a_package_whose_label_was_printed_again_says_so(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    """H16: the torn label on the floor is known as the old one, of a dose that was never given."""
    person = carries_home(scene)
    reservation = nurse.reserved(person, doses=[nurse.dose(), *nurse.home(1)])
    [old] = codes(printed(nurse, reservation))
    reprint(nurse, reservation, reason="faldt på gulvet")
    found = trace(doctor, old).json()["package"]
    assert (found["void"], found["outcome"], found["handed_over_at"]) == (True, None, None)


def test_wrong_codes_are_told_kept_and_limited(scene: Scene, http: Any, package: str) -> None:
    """H24: guessing is hopeless, and stops being answered."""
    guesser = sign_in(http, scene, "administrator1", None)
    assert problem(trace(guesser, "H-0000"), 422)
    for number in range(10):
        answer = trace(guesser, new_code(number.to_bytes(RANDOM_BYTES)))
        assert answer.json() == {"found": False, "package": None}
    assert last(scene, "package-traced", 1)["label"] is None
    assert problem(trace(guesser, package), 429, "too-many-wrong-codes")
