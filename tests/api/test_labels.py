"""Labels of doses carried home: only inside a reservation, one live code a dose, scanned back."""

import base64
import io
from datetime import timedelta
from typing import Any

import pytest
from pypdf import PdfReader

from dispensing.labels.codes import RANDOM_BYTES, new_code
from tests.api.client import Counter, problem
from tests.canaries import CANARIES, a_canary
from tests.scene import Scene


def carries_home(scene: Scene, **changes: Any) -> int:
    """A person who swallows today and carries two days home."""
    today = scene.today.isoweekday()
    week = {"supervised_weekdays": [today], "pickup_weekdays": [today], "take_home_days": 6}
    return scene.person(take_home=True, **week, **changes)


@pytest.fixture
def poured(scene: Scene, nurse: Counter) -> int:
    """A reservation with today's dose and two to carry home."""
    return nurse.reserved(carries_home(scene), doses=[nurse.dose(), *nurse.home(1, 2)])


def printed(nurse: Counter, reservation: int, **body: Any) -> Any:
    answer = nurse.tell(reservation, "labels", **body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def codes(answer: Any) -> list[str]:
    return [label["code"] for label in answer["labels"]]


def scan(nurse: Counter, reservation: int, code: str) -> Any:
    return nurse.tell(reservation, "labels/scans", code=code)


def reprint(nurse: Counter, reservation: int, days: int = 1, **body: Any) -> Any:
    for_on = (nurse.today + timedelta(days=days)).isoformat()
    return nurse.tell(reservation, "labels/reprints", for_on=for_on, **body)


def test_one_label_for_each_dose_carried_home(scene: Scene, nurse: Counter, poured: int) -> None:
    """H16: two doses go home, two labels; what is swallowed here has none."""
    answer = printed(nurse, poured)
    days = [(scene.today + timedelta(days=ahead)).isoformat() for ahead in (1, 2)]
    assert [label["for_on"] for label in answer["labels"]] == days
    assert len(set(codes(answer))) == 2
    document = base64.b64decode(answer["document"]["base64"])
    CANARIES.look("the labels", document)
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(document)).pages]
    assert len(pages) == 2
    for page in pages:
        assert "80 mg = 80 ml" in page.replace("\u00a0", " ")
        assert "Prøve Person" in page and "Kan være dødelig" in page


def test_nothing_else_can_be_printed(scene: Scene, nurse: Counter, neighbour: Counter) -> None:
    """H16: not for a dose swallowed here, not when it was given, not by another unit."""
    here = nurse.reserved(scene.person())
    assert problem(nurse.tell(here, "labels"), 409, "nothing-carried-home")
    gone = nurse.given(carries_home(scene), doses=[nurse.dose(), *nurse.home(1)])
    assert problem(nurse.tell(gone, "labels"), 409, "already-resolved")
    other = nurse.reserved(carries_home(scene), doses=[nurse.dose(), *nurse.home(1)])
    assert problem(neighbour.tell(other, "labels"), 404)
    assert problem(nurse.tell(2**40, "labels"), 404)
    assert scene.one("SELECT count(*) FROM label WHERE reservation_id = ANY (%s)", [here]) == 0


def test_a_second_print_is_a_reprint_with_its_reason(
    scene: Scene, nurse: Counter, poured: int
) -> None:
    """H16: printed twice is two codes, of which one is void, and a reason is kept."""
    first = codes(printed(nurse, poured))
    assert problem(nurse.tell(poured, "labels"), 409, "labels-printed")
    assert problem(reprint(nurse, poured, reason="x"), 422)
    assert problem(reprint(nurse, poured, days=9, reason="revnet"), 404)
    again = reprint(nurse, poured, reason="etiketten blev revet i stykker")
    assert again.status_code == 201
    [new] = codes(again.json())
    assert new not in first
    assert problem(scan(nurse, poured, first[0]), 409, "label-voided")
    assert scan(nurse, poured, new).status_code == 200
    person = scene.one("SELECT person_id FROM reservation WHERE reservation_id = %s", poured)
    told = dict(scene.events(person))
    assert told["label-voided"]["label"] == first[0]
    assert told["label-voided"]["reason"] == "etiketten blev revet i stykker"
    assert told["label-printed"]["labels"][0][-1] == 2


def test_a_repeated_key_gives_the_same_codes_until_one_is_void(nurse: Counter, poured: int) -> None:
    """H04, H16: a lost answer is no second print, and a void code never reaches a printer again."""
    first = nurse.tell(poured, "labels", "print-once-1")
    again = nurse.tell(poured, "labels", "print-once-1")
    assert again.json() == first.json()
    assert reprint(nurse, poured, reason="printeren krøllede den").status_code == 201
    assert problem(nurse.tell(poured, "labels", "print-once-1"), 409, "label-voided")


def test_given_only_when_each_live_label_was_scanned_back(
    scene: Scene, nurse: Counter, poured: int
) -> None:
    """H16: one scanned before, one with the act itself; what was scanned stands in the entry."""
    first, second = codes(printed(nurse, poured))
    assert problem(nurse.give(poured), 409, "labels-not-scanned")
    assert scan(nurse, poured, f"h-{first.lower()}").status_code == 200
    assert problem(nurse.give(poured), 409, "labels-not-scanned")
    assert nurse.give(poured, label_codes=[second]).status_code == 200
    person = scene.one("SELECT person_id FROM reservation WHERE reservation_id = %s", poured)
    facts = dict(scene.events(person))["handout-given"]
    assert (facts["labels"], facts["labels_not_scanned"]) == ([first, second], [])
    assert scene.one("SELECT count(*) FROM label_scan WHERE code = ANY (%s)", [first, second]) == 2


def test_a_label_of_another_hand_out_stops_and_names_nobody(scene: Scene, nurse: Counter) -> None:
    """H07, H16: the two packages swapped; whose the other one is, is not said."""
    one = nurse.reserved(carries_home(scene), doses=[nurse.dose(), *nurse.home(1)])
    other_person = carries_home(scene, name=("Naboen", "Bagved"))
    other = nurse.reserved(other_person, doses=[nurse.dose(), *nurse.home(1)])
    [own], [foreign] = codes(printed(nurse, one)), codes(printed(nurse, other))
    assert problem(scan(nurse, one, foreign), 409, "label-of-another")
    stopped = nurse.give(one, label_codes=[own, foreign])
    assert problem(stopped, 409, "label-of-another")
    assert "Naboen" not in stopped.text and "Bagved" not in stopped.text
    # A written reason excuses a label that is missing, never one that is wrong.
    lifted = nurse.give(one, label_codes=[foreign], without_labels="scanneren virker ikke")
    assert problem(lifted, 409, "label-of-another")
    unknown = new_code(bytes(range(RANDOM_BYTES)))
    assert problem(scan(nurse, one, unknown), 409, "label-of-another")
    assert problem(scan(nurse, one, "H-1234"), 422)
    assert nurse.give(one, label_codes=[own]).status_code == 200


def test_the_same_label_twice_is_told(nurse: Counter, poured: int) -> None:
    """H16: two packages with one code; the second scan says so, a repeated press does not."""
    first, _ = codes(printed(nurse, poured))
    body = {"code": first}
    path = f"/reservations/{poured}/labels/scans"
    assert nurse.send("POST", path, body, "scan-label-1").status_code == 200
    assert nurse.send("POST", path, body, "scan-label-1").status_code == 200
    assert problem(scan(nurse, poured, first), 409, "label-scanned-before")


def test_the_printer_breaks_and_the_doses_still_go_home(
    scene: Scene, nurse: Counter, poured: int
) -> None:
    """H16: the way on is a written reason, kept with the labels that were not scanned."""
    both = codes(printed(nurse, poured))
    assert problem(nurse.give(poured, without_labels="x"), 422)
    assert nurse.give(poured, without_labels="printeren gik i stykker").status_code == 200
    person = scene.one("SELECT person_id FROM reservation WHERE reservation_id = %s", poured)
    facts = dict(scene.events(person))["handout-given"]
    assert facts["labels_not_scanned"] == both
    assert facts["without_labels"] == "printeren gik i stykker"


def test_the_ordinary_patient_notices_nothing(scene: Scene, nurse: Counter) -> None:
    """Without labels nothing is scanned, and the entry says nothing of them."""
    person = scene.person()
    nurse.given(person)
    assert "labels" not in dict(scene.events(person))["handout-given"]


@pytest.mark.parametrize("policy, printed_first, given", [
    ("when_printed", False, 200),
    ("when_printed", True, 409),
    ("always", False, 409),
    ("always", True, 409),
    ("never", False, 200),
    ("never", True, 200),
])  # fmt: skip
def test_what_the_unit_has_decided(
    scene: Scene, nurse: Counter, policy: str, printed_first: bool, given: int
) -> None:
    """H16: by default what was printed is scanned; a unit may demand more, or nothing."""
    scene.policy(1, label_scan=policy)
    try:
        reservation = nurse.reserved(carries_home(scene), doses=[nurse.dose(), *nurse.home(1)])
        if printed_first:
            printed(nurse, reservation)
        assert nurse.give(reservation).status_code == given
    finally:
        scene.policy(1)


def test_an_uncertain_dose_is_told_of_without_its_packages(nurse: Counter, poured: int) -> None:
    """H06: nobody stands at the counter any more; what was not scanned is written down."""
    printed(nurse, poured)
    nurse.tell(poured, "doubts")
    assert problem(nurse.tell(poured, "labels"), 409, "uncertain")
    assert nurse.give(poured).status_code == 200


def test_a_printed_label_has_no_number_of_a_person(
    scene: Scene, nurse: Counter, poured: int
) -> None:
    """H24: neither the PDF nor the printer's language carries a CPR number."""
    person = scene.one("SELECT person_id FROM reservation WHERE reservation_id = %s", poured)
    born_on = scene.one("SELECT born_on FROM person WHERE person_id = %s", person)
    kept = nurse.send("POST", f"/people/{person}/identifiers", {"number": a_canary(born_on)})
    assert kept.status_code in (200, 201), kept.text
    answer = printed(nurse, poured, format="zpl")
    assert answer["document"]["media_type"] == "application/zpl"
    CANARIES.look("a label in ZPL", base64.b64decode(answer["document"]["base64"]))
    CANARIES.look("the answer of a print", str(answer))


def test_a_name_that_has_no_room_is_refused_before_anything_is_printed(
    scene: Scene, nurse: Counter
) -> None:
    """H16: never clipped: nothing was recorded, and the way on is said."""
    person = carries_home(scene, name=("名前", "中村"))
    reservation = nurse.reserved(person, doses=[nurse.dose(), *nurse.home(1)])
    assert problem(nurse.tell(reservation, "labels"), 409, "label-does-not-fit")
    counted = "SELECT count(*) FROM label WHERE reservation_id = %s"
    assert scene.one(counted, reservation) == 0
    assert nurse.give(reservation).status_code == 200
