"""Other medicine: the whole list signed by a doctor, known to the counter and the prescriber."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from starlette.datastructures import FormData

from dispensing.errors import Unprocessable
from dispensing.treatment.medicines.listing import MOST_LISTED, checked
from dispensing.treatment.medicines.reading_forms import list_in
from tests.api.client import MADE_UP_NUMBER, Counter, findings, problem
from tests.api.matrix.ground import Ground
from tests.api.matrix.treatment import ordered
from tests.api.test_replay import loaded_and_told, replayed
from tests.scene import Scene

NALTREXONE, QUETIAPINE, RIFAMPICIN = "N07BB04", "N05AH04", "J04AB02"
METFORMIN, LINEZOLID, PREGABALIN = "A10BA02", "J01XX08", "N02BF02"


def item(atc: str | None, name: str | None = None, **more: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {"source": "medication-card", "since_on": "2025-01-01"}
    return {"atc": atc, "name": name} | usual | more


def write(by: Counter, person: int, *items: dict[str, Any], after: int = 0, **more: Any) -> Any:
    body = {"after_version": after, "items": list(items)} | more
    return by.send("POST", f"/people/{person}/medicines", body)


def written(by: Counter, person: int, *items: dict[str, Any], after: int = 0, **more: Any) -> None:
    answer = write(by, person, *items, after=after, **more)
    assert answer.status_code == 201, answer.text


def told(by: Counter, person: int) -> dict[str, Any]:
    return by.get(f"/people/{person}/medicines").json()


def rules(nurse: Counter, person: int) -> list[str]:
    """What the rules say of today's dose; nothing is handed out by asking."""
    order = nurse.order(person)
    return findings(nurse.send("POST", "/checks", order))


def test_an_antagonist_on_the_list_stops_the_very_next_hand_out(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    """H13: naltrexone beside methadone; before the list nobody could know."""
    person = scene.person()
    assert "opioid-antagonist" not in rules(nurse, person)
    written(doctor, person, item(NALTREXONE))
    refused = nurse.reserve(person)
    assert refused.status_code == 409 and "opioid-antagonist" in findings(refused)
    assert scene.kinds(person)[-2:] == ["medicines-recorded", "handout-refused-by-rules"]


@pytest.mark.parametrize(
    ("codes", "rule"),
    [
        ((QUETIAPINE, "N06AB10"), "qt-medicines"),
        ((PREGABALIN,), "sedating-medicines"),
        ((RIFAMPICIN,), "methadone-level-changes"),
        ((LINEZOLID,), "mao-inhibitor"),
        (("N07BC05",), "other-substitution-medicine"),
        (("N07BC01",), "opioid-antagonist"),
    ],
)
def test_each_rule_about_medicine_hears_the_list(
    scene: Scene, nurse: Counter, doctor: Counter, codes: tuple[str, ...], rule: str
) -> None:
    """H13: the list is what these rules ask; none of them can stay silent for want of it."""
    # An ECG taken after both were begun would answer the one about QT.
    person = scene.person(ecg_on=scene.today - timedelta(days=800))
    written(doctor, person, *[item(code, code) for code in codes])
    assert rule in rules(nurse, person)


def test_the_prescriber_is_told_as_well_and_no_longer_that_the_list_is_missing(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    person = scene.person()

    def tried() -> set[str]:
        body = ordered(Ground(scene, nurse))
        answer = doctor.send("POST", f"/people/{person}/orders/tries", body).json()
        return {one["rule_id"] for one in answer["verdict"]["findings"]}

    assert "medicine-list-missing" in tried()
    written(doctor, person, item(RIFAMPICIN))
    assert "medicine-list-missing" not in tried()
    assert "order-with-level-changer" in tried()


def test_an_empty_list_is_asked_and_none_and_no_list_is_unknown(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    person = scene.person()
    assert told(nurse, person)["items"] is None
    written(doctor, person)
    assert told(nurse, person)["items"] == []
    loaded, by_ledger = loaded_and_told(scene, person)
    assert loaded.medicines == () == by_ledger.medicines


def test_what_the_new_list_leaves_out_was_stopped_today_and_is_told_on(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    """H13: a monoamine oxidase inhibitor works on for days; leaving it out does not forget it."""
    person = scene.person()
    written(doctor, person, item(LINEZOLID), item(METFORMIN))
    written(doctor, person, item(METFORMIN), after=1)
    gone = next(one for one in told(nurse, person)["items"] if one["atc"] == LINEZOLID)
    assert gone["stopped_on"] == scene.today.isoformat() and gone["meanings"] == ["maoi"]
    assert "mao-inhibitor" in rules(nurse, person)
    # A third list that says nothing of it carries it on as it was stopped.
    written(doctor, person, item(METFORMIN), item(QUETIAPINE), after=2)
    assert "mao-inhibitor" in rules(nurse, person)


def test_what_was_stopped_long_ago_is_told_no_more(scene: Scene, doctor: Counter) -> None:
    person = scene.person()
    long_ago = (scene.today - timedelta(days=300)).isoformat()
    written(doctor, person, item(LINEZOLID, since_on="2024-01-01", stopped_on=long_ago))
    written(doctor, person, after=1)
    assert told(doctor, person)["items"] == []


def test_what_was_written_by_mistake_was_never_taken(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    """The way on after a slip: otherwise the counter would stop for a fortnight."""
    person = scene.person()
    written(doctor, person, item(LINEZOLID))
    written(doctor, person, after=1, never_taken=[LINEZOLID])
    assert told(doctor, person)["items"] == []
    assert "mao-inhibitor" not in rules(nurse, person)
    assert problem(write(doctor, person, after=2, never_taken=["A10BA02"]), 422)["field"]


def test_a_medicine_nobody_can_name_is_asked_of_a_doctor(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    """Unknown is never harmless: without a code it might be anything."""
    person = scene.person()
    written(doctor, person, item(None, "blå pille fra en ven", source="own-words"))
    assert told(nurse, person)["items"][0]["meanings"] == ["unread"]
    assert "opioid-antagonist" in rules(nurse, person)
    # Its code is found: the same medicine, and nothing of it stands as stopped.
    written(doctor, person, item(METFORMIN, "blå pille fra en ven"), after=1)
    assert [one["atc"] for one in told(nurse, person)["items"]] == [METFORMIN]
    assert "opioid-antagonist" not in rules(nurse, person)


def test_older_lists_stay_and_what_was_decided_before_is_judged_by_them(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    """H21: never retroactive; the hand-out of the morning stands under the facts of its moment."""
    person = scene.person()
    nurse.given(person)
    before, _ = loaded_and_told(scene, person)
    written(doctor, person, item(NALTREXONE))
    written(doctor, person, item(METFORMIN), after=1)
    assert scene.one("SELECT count(*) FROM medicine_list WHERE person_id = %s", person) == 2
    first = "SELECT array_agg(atc) FROM medicine_item WHERE person_id = %s AND version = 1"
    assert scene.one(first, person) == [NALTREXONE]
    assert before.medicines is None


def test_the_ledger_says_the_same_as_the_tables_and_each_verdict_comes_again(
    scene: Scene, nurse: Counter, doctor: Counter, shared_database: Any
) -> None:
    """H21: the replay asks with the list as it was at each moment, byte for byte."""
    person = scene.person(ecg_on=scene.today - timedelta(days=800))
    for after, items in enumerate(
        ([item(PREGABALIN)], [item(NALTREXONE, since_on=None)], [item(RIFAMPICIN)], [])
    ):
        written(doctor, person, *items, after=after)
        loaded, by_ledger = loaded_and_told(scene, person)
        assert loaded == by_ledger and loaded.medicines is not None
        nurse.reserve(person)
    found = replayed(shared_database).found
    assert (found.differing, found.agreed >= 4) == (0, True)


def test_of_two_doctors_at_once_one_is_told_that_the_list_changed(
    scene: Scene, doctor: Counter
) -> None:
    """H21: a list written over one its doctor has not seen would stop a colleague's medicine."""
    person = scene.person()
    with ThreadPoolExecutor(2) as both:
        codes = (QUETIAPINE, RIFAMPICIN)
        answers = list(both.map(lambda code: write(doctor, person, item(code, "et")), codes))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert problem(refused, 409, "medicines-changed")
    assert told(doctor, person)["version"] == 1


def test_the_same_press_twice_is_one_list(scene: Scene, doctor: Counter) -> None:
    person = scene.person()
    body = {"after_version": 0, "items": [item(METFORMIN)]}
    for _ in range(2):
        answer = doctor.send("POST", f"/people/{person}/medicines", body, key="same-list-1")
        assert answer.status_code == 201
    assert scene.one("SELECT count(*) FROM medicine_list WHERE person_id = %s", person) == 1


@pytest.mark.parametrize(
    ("field", "row", "items"),
    [
        ("medicine_atc", 1, [item("N05A", "noget")]),
        ("medicine_atc", 2, [item(METFORMIN), item("NO5AH04", "nul eller O")]),
        ("medicine_atc", 2, [item(METFORMIN), item(METFORMIN)]),
        ("medicine_atc", 1, [item("N05BA01", "diazepam")]),
        ("medicine_atc", 1, [item("N05CF01", "zopiclon")]),
        ("medicine_name", 1, [item(None, None)]),
        ("medicine_name", 1, [item("V03AB99")]),
        ("medicine_name", 1, [item(METFORMIN, f"nr. {MADE_UP_NUMBER}")]),
        ("medicine_dose", 1, [item(METFORMIN, dose=f"nr. {MADE_UP_NUMBER}")]),
        ("medicine_since", 1, [item(METFORMIN, since_on="2999-01-01")]),
        ("medicine_since", 1, [item(METFORMIN, since_on="1066-01-01")]),
        ("medicine_stopped", 1, [item(METFORMIN, stopped_on="2999-01-01")]),
        ("medicine_stopped", 1, [item(METFORMIN, stopped_on="2024-01-01")]),
    ],
)
def test_what_cannot_be_kept_is_named_by_row_and_field_and_changes_nothing(
    scene: Scene,
    doctor: Counter,
    unchanged: None,
    field: str,
    row: int,
    items: list[dict[str, Any]],
) -> None:
    person = scene.one("SELECT min(person_id) FROM person")
    said = problem(write(doctor, person, *items), 422)
    assert (said["field"], said["row"]) == (field, row)


def test_a_benzodiazepine_is_refused_with_the_way_to_its_own_list(
    scene: Scene, doctor: Counter
) -> None:
    """The two lists never contradict: what counts in diazepam stands on one of them alone."""
    answer = write(doctor, scene.person(), item("N03AE01", "clonazepam"))
    assert problem(answer, 422, "medicine-is-sedative")


def test_another_unit_that_hands_out_reads_and_does_not_write(
    scene: Scene, doctor: Counter, neighbour: Counter, next_door: Counter
) -> None:
    """H13: who hands out sees what stops a dose; who treats the person signs."""
    person = scene.person()
    written(doctor, person, item(NALTREXONE))
    scene.move(person, 2)
    assert told(neighbour, person)["items"][0]["atc"] == NALTREXONE
    assert problem(write(next_door, person, after=1), 409, "treated-elsewhere")


def test_a_form_with_more_rows_than_a_list_may_have_is_refused_whole() -> None:
    """H13: two merged lists fill the form; a row that was not read would be told as stopped."""
    rows = range(1, MOST_LISTED + 2)
    fields = [(f"name{number}", f"Medicin {number}") for number in rows]
    fields += [(f"source{number}", "own-words") for number in rows]
    items, _ = list_in(FormData(fields))
    assert len(items) == len(rows)
    with pytest.raises(Unprocessable, match="slip of the key"):
        checked(items, date(2026, 12, 1))
