"""The hand-out over HTTP, step by step, as a machine client or the page sees it."""

import pytest

from tests.api.client import Counter, findings, problem
from tests.scene import Scene


def test_the_ordinary_patient_is_reserved_and_given(scene: Scene, nurse: Counter) -> None:
    """H06: two steps, each recorded; the day's dose is then taken."""
    person = scene.person()
    reserved = nurse.reserve(person)
    assert reserved.status_code == 201, reserved.text
    body = reserved.json()
    assert body["verdict"]["severity"] == "allow"
    assert body["doses"][0]["volume_ml"] == "80"
    given = nurse.give(body["reservation_id"])
    assert given.status_code == 200, given.text
    assert given.json()["receipt"]["seq"] > body["receipt"]["seq"]
    again = nurse.reserve(person)
    assert again.status_code == 409
    assert "already-given" in findings(again)
    assert scene.kinds(person) == [
        "handout-reserved",
        "handout-given",
        "handout-refused-by-rules",
    ]


def test_a_reserved_dose_is_taken_everywhere_before_it_is_swallowed(
    scene: Scene, nurse: Counter, colleague: Counter
) -> None:
    """H01: the second counter hears that the first is at it."""
    person = scene.person()
    nurse.reserved(person)
    second = colleague.reserve(person)
    assert second.status_code == 409
    assert second.json()["blocking"][0] == "being-handed-out"


def test_another_unit_hears_that_the_dose_was_had(
    scene: Scene, nurse: Counter, neighbour: Counter
) -> None:
    """H02: a guest today elsewhere, after the dose here; the right to dispense moved meanwhile."""
    person = scene.person()
    nurse.given(person)
    scene.run("UPDATE person SET right_holder_unit_id = 2 WHERE person_id = %s", person)
    scene.run("UPDATE person_day SET right_holder_unit_id = 2 WHERE person_id = %s", person)
    elsewhere = neighbour.reserve(person)
    assert elsewhere.status_code == 409
    assert "already-given" in elsewhere.json()["blocking"]


def test_only_the_place_that_holds_the_right_may_dispense(
    scene: Scene, nurse: Counter, neighbour: Counter
) -> None:
    """H02: the own unit cannot hand out what is to be had elsewhere today."""
    person = scene.person(right_holder=2)
    assert nurse.reserve(person).json()["blocking"] == ["right-elsewhere"]
    assert neighbour.reserve(person).status_code == 201


def test_what_is_given_counts_against_the_day(scene: Scene, nurse: Counter) -> None:
    person = scene.person()
    before = scene.balance()
    nurse.given(person)
    assert scene.used(person) == 80_000
    assert scene.balance() == before - 80_000


def test_less_swallowed_than_reserved_is_recorded_as_swallowed(
    scene: Scene, nurse: Counter
) -> None:
    """H06: half was drunk; the rest is waste, in no one and in no bottle."""
    person = scene.person()
    before = scene.balance()
    reservation = nurse.reserved(person)
    answer = nurse.give(reservation, swallowed_mg="40")
    assert answer.status_code == 200, answer.text
    assert answer.json()["doses"][0]["amount_ug"] == 40_000
    assert scene.used(person) == 40_000
    assert scene.balance() == before - 80_000
    assert (
        scene.one("SELECT amount_ug FROM administration WHERE reservation_id = %s", reservation)
        == 40_000
    )


@pytest.mark.parametrize("swallowed", ["80.1", "800"])
def test_more_cannot_be_swallowed_than_was_reserved(
    scene: Scene, nurse: Counter, swallowed: str
) -> None:
    """H09: 11 entered as 110 after the fact."""
    reservation = nurse.reserved(scene.person())
    problem(nurse.give(reservation, swallowed_mg=swallowed), 422)
    assert nurse.give(reservation).status_code == 200


@pytest.mark.parametrize(
    ("what", "kind"), [("returned", "handout-returned"), ("refused", "handout-declined")]
)
def test_what_nobody_had_goes_back_in_the_bottle_and_the_dose_is_free(
    scene: Scene, nurse: Counter, what: str, kind: str
) -> None:
    """H06: returned by the nurse or declined by the person; either way nobody had it."""
    person = scene.person()
    before = scene.balance()
    reservation = nurse.reserved(person)
    answer = nurse.tell(reservation, what, note="went home without it")
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == what
    assert scene.balance() == before
    assert scene.used(person) == 0
    assert scene.events(person)[-1] == (
        kind,
        scene.events(person)[-1][1] | {"note": "went home without it"},
    )
    nurse.given(person)


def test_a_spilled_dose_is_gone_from_stock_and_may_be_had_anew(
    scene: Scene, nurse: Counter
) -> None:
    """H23: two doses left the bottle, one was swallowed; the ledger says where the other went."""
    person = scene.person()
    before = scene.balance()
    reservation = nurse.reserved(person)
    answer = nurse.tell(reservation, "spilled", note="dropped the glass")
    assert answer.status_code == 200, answer.text
    assert scene.balance() == before - 80_000
    nurse.given(person)
    assert scene.balance() == before - 160_000
    assert scene.used(person) == 80_000


def test_a_spilled_dose_needs_a_note(scene: Scene, nurse: Counter) -> None:
    """H23: waste without a word is not recorded."""
    reservation = nurse.reserved(scene.person())
    problem(nurse.tell(reservation, "spilled"), 422)
    problem(nurse.tell(reservation, "spilled", note="  x "), 422)
    assert nurse.tell(reservation, "returned").status_code == 200


@pytest.mark.parametrize("then", ["given", "returned", "refused", "spilled", "doubts"])
def test_what_is_resolved_is_not_resolved_again(scene: Scene, nurse: Counter, then: str) -> None:
    """H06: one dose has one fate."""
    reservation = nurse.given(scene.person())
    if then == "given":
        answer = nurse.give(reservation)
    else:
        answer = nurse.tell(reservation, then, note="a second fate")
    problem(answer, 409, "already-resolved")


def test_a_refusal_is_recorded_with_its_whole_verdict(scene: Scene, nurse: Counter) -> None:
    """H12: affected people are refused, and what was seen is kept."""
    person = scene.person()
    answer = nurse.reserve(person, observed={"affected": True})
    document = problem(answer, 409, "refused-by-rules")
    assert document["blocking"] == ["affected-now"]
    assert document["verdict"]["findings"][0]["way_on"] == "come-back-later"
    kept = scene.one("SELECT verdict FROM refusal WHERE person_id = %s", person)
    assert kept == document["verdict"]
    assert scene.events(person)[-1][1]["verdict"] == document["verdict"]
    assert scene.used(person) == 0


def test_nothing_is_handed_out_unseen(scene: Scene, nurse: Counter) -> None:
    """H12: there is no road to a hand-out without somebody looking."""
    person = scene.person()
    assert nurse.reserve(person, observed={}).json()["blocking"] == ["not-assessed"]
    reservation = nurse.reserved(person)
    unseen = nurse.give(reservation, observed={})
    assert unseen.status_code == 409
    assert unseen.json()["blocking"] == ["not-assessed"]
    assert nurse.give(reservation).status_code == 200


def test_who_became_affected_after_the_reservation_gets_nothing(
    scene: Scene, nurse: Counter
) -> None:
    """H12: the reservation stands until the dose is poured back."""
    reservation = nurse.reserved(scene.person())
    answer = nurse.give(reservation, observed={"affected": True})
    assert problem(answer, 409)["reservation_id"] == reservation
    assert nurse.tell(reservation, "returned").status_code == 200


def test_two_identifiers_are_asked_for_at_both_steps(scene: Scene, nurse: Counter) -> None:
    """H07: the service refuses where the page was passed by."""
    person = scene.person()
    assert nurse.reserve(person, identifiers=["photo"]).json()["blocking"] == [
        "identity-not-confirmed"
    ]
    reservation = nurse.reserved(person)
    answer = nurse.give(reservation, identifiers=["photo"])
    assert answer.json()["blocking"] == ["identity-not-confirmed"]


def test_a_written_reason_lifts_what_asks_for_confirmation(scene: Scene, nurse: Counter) -> None:
    """A smaller dose than ordered; the reason is in the ledger, with who wrote it."""
    person = scene.person()
    reason = {"rule_id": "amount-below-ordered", "reason": "asked for less today"}
    answer = nurse.reserve(person, doses=[nurse.dose("60")], reasons=[reason])
    assert answer.status_code == 201, answer.text
    lift = {
        "rule": "amount-below-ordered",
        "role": "nurse",
        "staff": 10,
        "reason": "asked for less today",
    }
    assert scene.events(person)[-1][1]["lifts"] == [lift]
    assert nurse.give(answer.json()["reservation_id"]).status_code == 200


@pytest.mark.parametrize("written", ["", "   ", "ok"])
def test_a_reason_says_something(scene: Scene, nurse: Counter, written: str) -> None:
    reason = {"rule_id": "amount-below-ordered", "reason": written}
    answer = nurse.reserve(scene.person(), doses=[nurse.dose("60")], reasons=[reason])
    assert answer.json()["blocking"] == ["amount-below-ordered"]


def test_a_reason_does_not_lift_what_needs_a_doctor(scene: Scene, nurse: Counter) -> None:
    """H11: three days without a dose."""
    person = scene.person(last_covered_days_ago=4)
    reason = {"rule_id": "missed-days", "reason": "says it is fine"}
    answer = nurse.reserve(person, reasons=[reason])
    assert answer.json()["blocking"] == ["missed-days"]


def test_nothing_is_drawn_from_a_bottle_that_holds_too_little(scene: Scene, nurse: Counter) -> None:
    """Stock is never below zero, and the answer says which barrier held."""
    person = scene.person(product="metadon-5")
    bottle = scene.bottle(1, "metadon-5", opening_ug=79_000)
    answer = nurse.reserve(person, bottle_code=f"B-{1000 + bottle}")
    problem(answer, 409, "bottle-too-low")
    assert scene.one("SELECT balance_ug FROM bottle WHERE bottle_id = %s", bottle) == 79_000
    assert scene.kinds(person) == ["act-refused"]


def test_the_volume_comes_from_the_scanned_strength(scene: Scene, nurse: Counter) -> None:
    """H08: 80 mg are 16 ml of 5 mg/ml."""
    person = scene.person(product="metadon-5")
    bottle = scene.bottle(1, "metadon-5")
    answer = nurse.reserve(person, bottle_code=f"B-{1000 + bottle}")
    assert answer.json()["doses"][0]["volume_ml"] == "16"


def test_the_wrong_strength_is_not_poured(scene: Scene, nurse: Counter) -> None:
    """H08, H25: 1 mg/ml is ordered, the 5 mg/ml bottle was scanned."""
    bottle = scene.bottle(1, "metadon-5")
    answer = nurse.reserve(scene.person(), bottle_code=f"B-{1000 + bottle}")
    assert answer.json()["blocking"] == ["wrong-strength", "wrong-product"]


def test_methadone_is_not_poured_where_buprenorphine_is_ordered(
    scene: Scene, nurse: Counter
) -> None:
    """H25: the look-alike choice."""
    person = scene.person(product="bupre-8", daily_ug=16_000)
    methadone = scene.one(
        "SELECT scan_code FROM bottle WHERE product_code = 'metadon-1' AND unit_id = 1"
    )
    answer = nurse.reserve(person, doses=[nurse.dose("16")], bottle_code=methadone)
    assert "wrong-substance" in answer.json()["blocking"]


def test_a_check_records_nothing_but_that_somebody_looked(scene: Scene, nurse: Counter) -> None:
    """H24: no dose, no refusal, no clinical entry; one look in the chain of views."""
    person = scene.person()
    lengths = (
        "SELECT array_agg(seq ORDER BY purpose) FROM ledger_head WHERE institution = 'Prøveenheden'"
    )
    clinical, views = scene.one(lengths)
    answer = nurse.send("POST", "/checks", nurse.order(person))
    assert scene.one(lengths) == [clinical, views + 1]
    assert answer.status_code == 200, answer.text
    assert answer.json()["book"]["id"] == "dk-crk-2026"


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
@pytest.mark.parametrize("how", ["supervised", "take_home"])
def test_a_day_at_the_end_of_time_is_stopped_by_the_rules(
    scene: Scene, nurse: Counter, day: str, how: str
) -> None:
    """H19: a check, so nothing is recorded but the look; a verdict and no crash."""
    person = scene.person()
    dose = nurse.dose(how=how) | {"for_on": day}
    answer = nurse.send("POST", "/checks", nurse.order(person, doses=[dose]))
    assert answer.status_code == 200, answer.text
    assert answer.json()["verdict"]["severity"] == "stop"


def test_a_batch_called_back_after_pouring_is_not_handed_out(scene: Scene, nurse: Counter) -> None:
    """H08, H25: the dose goes back, and the reservation stands until it is told so."""
    person = scene.person()
    bottle = scene.one(
        "SELECT scan_code FROM bottle WHERE product_code = 'metadon-1' AND unit_id = 1"
    )
    reservation = nurse.reserved(person, bottle_code=bottle)
    batch = (
        "SELECT batch_id FROM bottle JOIN reservation USING (bottle_id) WHERE reservation_id = %s"
    )
    batch_id = scene.one(batch, reservation)
    scene.run("UPDATE batch SET state = 'recalled' WHERE batch_id = %s", batch_id)
    try:
        refused = nurse.give(reservation)
        assert problem(refused, 409)["type"].endswith("/batch-called-back")
        assert nurse.tell(reservation, "returned").status_code == 200
    finally:
        scene.run("UPDATE batch SET state = 'released' WHERE batch_id = %s", batch_id)
