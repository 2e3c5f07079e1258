"""H02, H21: two records of one human, while a paper list names them both."""

from tests.api.client import problem
from tests.api.test_merging import card, merge, unmerge
from tests.downtime.conftest import Clinic

# The replay of the books knows no records that move from one person to another.
MOVES_DAYS = True


def merged(clinic: Clinic, survivor: int, absorbed: int) -> int:
    answer = merge(clinic.doctor, survivor, absorbed)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["merge_id"])


def holds(clinic: Clinic) -> list[tuple[int, str]]:
    return clinic.scene.run(
        "SELECT person_id, kind FROM paper_hold WHERE unit_id = %s ORDER BY hold_id", clinic.unit
    ).fetchall()


def test_nothing_is_merged_while_a_place_of_theirs_hands_out_from_paper(clinic: Clinic) -> None:
    """H21: neither merged nor taken back until every row is typed in."""
    one, two, three = clinic.person(), clinic.person(), clinic.person()
    number = merged(clinic, one, three)
    serial = clinic.printed()
    clinic.down(0)
    problem(merge(clinic.doctor, one, two), 409, "paper-in-use")
    problem(unmerge(clinic.doctor, number), 409, "paper-in-use")
    clinic.over(serial)
    clinic.told(serial, two, happened="not_come")
    problem(merge(clinic.doctor, one, two), 409)
    problem(unmerge(clinic.doctor, number), 409)
    clinic.told(serial, one, happened="not_come")
    assert unmerge(clinic.doctor, number).status_code == 200


def test_a_stranger_row_at_the_unit_is_enough(clinic: Clinic) -> None:
    """H21: rows of anybody are missing, so the paper is not typed in yet."""
    one, two, other = clinic.person(), clinic.person(), clinic.person()
    serial = clinic.printed()
    clinic.down(0)
    clinic.over(serial)
    for person in (one, two):
        clinic.told(serial, person, happened="not_come")
    problem(merge(clinic.doctor, one, two), 409, "paper-in-use")
    clinic.told(serial, other, happened="not_come")
    merged(clinic, one, two)


def test_a_row_of_a_record_merged_since_holds_and_doses_the_survivor(clinic: Clinic) -> None:
    """H01, H02, H21: merged before anybody told of the downtime; one human, two rows, one dose."""
    survivor, absorbed = clinic.person(), clinic.person()
    serial = clinic.printed()
    row = clinic.row(serial, absorbed)
    merged(clinic, survivor, absorbed)
    clinic.down()
    assert clinic.over(serial)["rows_to_tell"] == 2
    assert holds(clinic) == [(survivor, "row"), (survivor, "row")]
    clinic.told(serial, survivor, happened="not_come")
    assert clinic.nurse.reserve(survivor).status_code == 409, "the other row is untold"
    assert clinic.told(serial, absorbed, row_no=row)["conflicts"] == []
    assert clinic.scene.used(survivor) == 80_000
    assert clinic.nurse.reserve(survivor).status_code == 409
    assert holds(clinic) == []


def test_both_rows_given_are_two_doses_of_one_human(clinic: Clinic) -> None:
    """H02: the second is a conflict that holds the one whose next dose it would be."""
    survivor, absorbed = clinic.person(), clinic.person()
    serial = clinic.printed()
    merged(clinic, survivor, absorbed)
    clinic.down()
    clinic.over(serial)
    assert clinic.told(serial, survivor)["conflicts"] == []
    assert clinic.told(serial, absorbed)["conflicts"] == ["already-given", "too-soon"]
    assert holds(clinic) == [(survivor, "conflict")]
    assert [one["person_id"] for one in clinic.conflicts()] == [survivor]


def test_a_row_told_before_the_merge_is_known_after_it(clinic: Clinic) -> None:
    """H01: typed once more, the same row is the same event."""
    survivor, absorbed = clinic.person(), clinic.person()
    serial = clinic.printed()
    clinic.down()
    clinic.over(serial)
    clinic.told(serial, survivor, happened="not_come")
    first = clinic.told(serial, absorbed)
    merged(clinic, survivor, absorbed)
    again = clinic.tell(serial, absorbed).json()
    assert (again["known"], again["event_id"]) == (True, first["event_id"])


def test_an_old_card_is_the_survivors(clinic: Clinic) -> None:
    """H02, H21: off the list, by the card of the record that was merged."""
    survivor, absorbed = clinic.person(), clinic.person()
    merged(clinic, survivor, absorbed)
    serial = clinic.printed()
    clinic.down()
    clinic.over(serial)
    clinic.told(serial, survivor, happened="not_come")
    answer = clinic.told(serial, absorbed, row_no=0, card=card(absorbed), swallowed_mg="80")
    assert answer["conflicts"] == ["not-on-list"]
    assert clinic.scene.used(survivor) == 80_000 and clinic.scene.used(absorbed) == 0
    assert holds(clinic) == [(survivor, "conflict")]


def test_the_list_hears_no_yes_from_before_the_merge(clinic: Clinic) -> None:
    """H11: said of one record without knowing the other; the counter does not hear it either."""
    survivor, absorbed = (clinic.person(last_covered_days_ago=4) for _ in range(2))
    clinic.doctor.decide(survivor, "missed-days")
    assert clinic.rows(clinic.printed())[survivor]["why"] == ""
    merged(clinic, survivor, absorbed)
    assert clinic.nurse.reserve(survivor).status_code == 409
    assert clinic.rows(clinic.printed())[survivor]["why"] == "doctor"


def test_the_list_hears_the_no_said_of_either_record(clinic: Clinic) -> None:
    """H11: a doctor's no of the absorbed record holds for the human, on paper as at the counter."""
    survivor, absorbed = (clinic.person(last_covered_days_ago=4) for _ in range(2))
    merged(clinic, survivor, absorbed)
    clinic.doctor.decide(survivor, "missed-days")
    assert clinic.rows(clinic.printed())[survivor]["why"] == ""
    # As a decision stored last, of the other record: only the table tells them apart.
    clinic.scene.run(
        "INSERT INTO doctor_decision (person_id, day, rule_ids, allow, reason, decided_by,"
        " decided_at) SELECT %s, day, rule_ids, false, reason, decided_by, clock_timestamp()"
        " FROM doctor_decision WHERE person_id = %s",
        *(absorbed, survivor),
    )
    assert clinic.nurse.reserve(survivor).status_code == 409
    assert clinic.rows(clinic.printed())[survivor]["why"] == "doctor"
    clinic.scene.run("DELETE FROM doctor_decision WHERE person_id = %s", absorbed)


def test_a_no_dose_before_that_is_over_holds_nobody(clinic: Clinic) -> None:
    """H21: an expired decision neither keeps records apart nor the right in its place."""
    one, two = clinic.person(), clinic.person()
    serial = clinic.printed()
    clinic.down()
    clinic.over(serial)
    clinic.told(serial, two, happened="not_come")
    conflict = clinic.told(serial, one, happened="lost")["event_id"]
    tomorrow = clinic.scene.one("SELECT (%s + 1)::text", clinic.scene.today)
    assert clinic.decide(conflict, no_dose_before_on=tomorrow).status_code == 200
    problem(merge(clinic.doctor, two, one), 409, "unresolved-reservations")
    clinic.scene.run(
        "UPDATE paper_hold SET until_on = %s WHERE kind = 'decided'", clinic.scene.today
    )
    merged(clinic, two, one)
