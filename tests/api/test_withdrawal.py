"""Withdrawal measured at the counter: a record, an entry, and what the day's checks read."""

from typing import Any

from tests.api.client import Counter, problem, silent
from tests.api.test_merging import merge
from tests.api.test_replay import loaded_and_told, replayed
from tests.clusters import Database
from tests.scene import Scene


def before_the_first(scene: Scene, **changes: Any) -> int:
    """Somebody on methadone until the day before yesterday, whose order is buprenorphine today."""
    person = scene.person(daily_ug=30_000, last_covered_days_ago=2, **changes)
    scene.prescribe(
        person, product="bupre-8", daily_ug=8_000, parts_ug=None, valid_to_days=40,
        high_dose_reason=None, from_days_ago=0,
    )  # fmt: skip
    if not scene.one("SELECT count(*) FROM bottle WHERE product_code = 'bupre-8'"):
        scene.bottle(1, "bupre-8")
    return person


def measure(counter: Counter, person: int, cows: Any, key: str | None = None) -> Any:
    return counter.send("POST", f"/people/{person}/withdrawal-readings", {"cows": cows}, key)


def reserve(counter: Counter, person: int, cows: int | None = None) -> Any:
    seen = {"affected": False, **({} if cows is None else {"withdrawal_cows": cows})}
    doses = [counter.dose("8")]
    return counter.reserve(person, doses=doses, prescription_version=2, observed=seen)


def blocked(answer: Any) -> list[str]:
    return answer.json().get("blocking") or []


def test_it_is_a_record_of_its_own_and_an_entry(scene: Scene, nurse: Counter) -> None:
    """H25: who, when, how many points, for whom; once per key, and never changed."""
    person = before_the_first(scene)
    first = measure(nurse, person, 9, "measured-once")
    again = measure(nurse, person, 9, "measured-once")
    assert first.status_code == again.status_code == 201
    row = scene.run(
        "SELECT cows, measured_by, unit_id, day, measured_at FROM withdrawal_reading"
        " WHERE person_id = %s",
        person,
    ).fetchall()
    assert [(r[0], r[1], r[2], r[3]) for r in row] == [(9, 10, 1, scene.today)]
    kind, facts = scene.events(person)[-1]
    assert kind == "withdrawal-measured" and facts["cows"] == 9
    assert facts["at"] == row[0][4].isoformat()
    may_change = scene.one(
        "SELECT has_table_privilege('dispensing_app', 'withdrawal_reading', 'UPDATE')"
        " OR has_table_privilege('dispensing_app', 'withdrawal_reading', 'DELETE')"
    )
    assert may_change is False


def test_points_off_the_scale_change_nothing(scene: Scene, nurse: Counter) -> None:
    person = before_the_first(scene)
    for wrong in (49, -1, 8.5, "8", None, True):
        problem(measure(nurse, person, wrong), 422)
    assert scene.one("SELECT count(*) FROM withdrawal_reading WHERE person_id = %s", person) == 0


def test_later_checks_of_the_day_read_it_with_its_moment(
    scene: Scene, nurse: Counter, doctor: Counter, shared_database: Database
) -> None:
    """H25: measured before the hand-out, read by it; the ledger alone tells the same verdict."""
    person = before_the_first(scene)
    assert "withdrawal-not-yet" in blocked(reserve(nurse, person))
    measure(nurse, person, 7)
    low = reserve(nurse, person)
    assert "withdrawal-not-yet" in blocked(low)
    measure(nurse, person, 9)
    at = scene.one("SELECT max(measured_at) FROM withdrawal_reading WHERE person_id = %s", person)
    others = blocked(reserve(nurse, person))
    assert "withdrawal-not-yet" not in others
    doctor.decide(person, *others)
    assert reserve(nurse, person).json()["state"] == "reserved"
    kind, facts = scene.events(person)[-1]
    assert kind == "handout-reserved"
    assert facts["observed"][7] == 9 and facts["withdrawal_at"] == at.isoformat()
    loaded, told = loaded_and_told(scene, person)
    assert told == loaded
    found = replayed(shared_database).found
    assert found.differing == found.unknown == 0, found.differences


def test_what_an_order_tells_is_kept_and_goes_before_an_older_record(
    scene: Scene, nurse: Counter
) -> None:
    """H25: a low reading told with an order is not forgotten for an earlier, higher one."""
    person = before_the_first(scene)
    measure(nurse, person, 9)
    assert "withdrawal-not-yet" in blocked(reserve(nurse, person, cows=5))
    assert scene.kinds(person)[-2:] == ["withdrawal-measured", "handout-refused-by-rules"]
    assert "withdrawal-not-yet" in blocked(reserve(nurse, person))


def test_it_ends_with_the_day_and_with_the_next_dose(scene: Scene, nurse: Counter) -> None:
    """H25: yesterday's says nothing today, and what was measured before a dose nothing after it."""
    person = before_the_first(scene)
    measure(nurse, person, 9)
    scene.run(
        "UPDATE withdrawal_reading SET day = day - 1, measured_at = measured_at - interval '1 day'"
        " WHERE person_id = %s",
        person,
    )
    assert "withdrawal-not-yet" in blocked(reserve(nurse, person))
    parts = scene.person(parts_ug=[40_000, 40_000])
    measure(nurse, parts, 20)
    checked = lambda: nurse.send(  # noqa: E731
        "POST", "/checks", nurse.order(parts, doses=[nurse.dose("40", 1)])
    ).json()["verdict"]
    assert "withdrawal-marked" in str(checked())
    nurse.given(parts, doses=[nurse.dose("40", 1)])
    assert "withdrawal-marked" not in str(checked())


def test_the_list_reads_it_and_paper_does_not(scene: Scene, nurse: Counter) -> None:
    """H20, H25: the list of today knows; a paper that may be read hours later does not."""
    person = before_the_first(scene)

    def word() -> str:
        rows = nurse.get("/today").json()["rows"]
        return next(row for row in rows if row["person_id"] == person)["rule_id"]

    assert word() == "withdrawal-not-yet"
    measure(nurse, person, 9)
    assert word() != "withdrawal-not-yet"
    serial = nurse.send("POST", "/emergency-lists", {}).json()["serial"]
    printed = scene.one("SELECT rows FROM emergency_list_rows WHERE serial = %s", serial)
    assert next(row for row in printed if row["person_id"] == person)["why"] != ""


def test_the_doctor_who_is_asked_sees_it(scene: Scene, nurse: Counter, doctor: Counter) -> None:
    """H25: with its moment and by whom, also what raised no finding."""
    person = before_the_first(scene)
    measure(nurse, person, 5)
    order = nurse.order(person, doses=[nurse.dose("8")], prescription_version=2)
    assert nurse.send("POST", "/questions", {"order": order}).status_code == 201
    kind, facts = scene.events(person)[-1]
    assert kind == "question-asked" and facts["withdrawal"][0] == 5
    question = next(q for q in doctor.get("/questions").json() if q["person_id"] == person)
    assert question["withdrawal"]["cows"] == 5 and question["withdrawal"]["by"]
    assert question["withdrawal"]["at"] == facts["withdrawal"][1].replace("+00:00", "Z")


def test_of_a_merged_record_it_is_the_humans(scene: Scene, nurse: Counter, doctor: Counter) -> None:
    """H02: measured of the record that was merged away, it is the survivor's."""
    person, other = before_the_first(scene), scene.person()
    measure(nurse, other, 9)
    assert merge(doctor, person, other).status_code == 201
    assert "withdrawal-not-yet" not in blocked(reserve(nurse, person))


def test_another_units_person_is_not_measured(scene: Scene, nurse: Counter) -> None:
    """H24"""
    scene.unit(2, "Nabohuset")
    silent(measure(nurse, scene.person(2), 9), 404)
