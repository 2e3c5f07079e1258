"""Away at a place outside the service, and back: one place dispenses, and unknown is unknown."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from tests.api.client import MADE_UP_NUMBER, Counter, findings, problem
from tests.api.test_page_relations import Browser
from tests.api.test_replay import loaded_and_told, replayed
from tests.clusters import Database
from tests.scene import Scene
from tests.treatment.moves import WARD, away, back, had, moves, now


def agree(scene: Scene, person: int) -> Any:
    """The tables' facts, which must be those the ledger tells."""
    loaded, told = loaded_and_told(scene, person)
    assert loaded == told
    return loaded


class TestAway:
    def test_whoever_is_in_hospital_gets_nothing_here(self, scene: Scene, nurse: Counter) -> None:
        """H02: a nurse hears it on the telephone; from then on the right lies there."""
        person = scene.person()
        done = away(nurse, scene, person, phone="3531 0000", gives=True)
        assert done.status_code == 201, done.text
        assert "right-elsewhere" in nurse.reserve(person).json()["blocking"]
        assert agree(scene, person).right_holder_unit_id == 0
        assert "person-away" in scene.kinds(person)
        stay = moves(nurse, person)["stays"][0]
        assert (stay["name"], stay["gives"], stay["back"]) == (WARD, True, None)

    def test_the_card_says_where_the_right_lies(self, scene: Scene, nurse: Counter) -> None:
        person = scene.person()
        away(nurse, scene, person)
        browser = Browser(nurse.http, nurse.token)
        page = browser.send("GET /skranke?person={person_id}", {"person_id": person}).text
        assert f"{WARD} (hospital, siden" in page

    @pytest.mark.parametrize("doubtful", [False, True])
    def test_a_dose_nobody_told_the_end_of_is_told_first(
        self, scene: Scene, nurse: Counter, doubtful: bool
    ) -> None:
        """H02, H06"""
        person = scene.person()
        reservation = nurse.reserved(person)
        if doubtful:
            nurse.tell(reservation, "uncertain", note="strømmen gik")
        assert problem(away(nurse, scene, person), 409, "doses-open")
        assert moves(nurse, person)["away"] is False

    def test_nobody_is_at_two_places(self, scene: Scene, nurse: Counter) -> None:
        person = scene.person()
        away(nurse, scene, person)
        assert problem(away(nurse, scene, person), 409, "away-already")
        assert len(moves(nurse, person)["stays"]) == 1

    def test_what_was_swallowed_here_since_contradicts(self, scene: Scene, nurse: Counter) -> None:
        person = scene.person()
        nurse.given(person)
        answer = away(nurse, scene, person, days=1)
        assert problem(answer, 422)["field"] == "since_at"

    @pytest.mark.parametrize(
        ("field", "told"),
        [
            ("name", {"name": " "}),
            ("told_by", {"told_by": "x"}),
            ("since_at", {"since_at": "2999-01-01T00:00:00Z"}),
            ("expected_on", {"expected_on": "2020-01-01"}),
            ("note", {"note": f"cpr {MADE_UP_NUMBER}"}),
        ],
    )
    def test_what_cannot_be_changes_nothing(
        self, scene: Scene, nurse: Counter, field: str, told: dict[str, Any]
    ) -> None:
        person = scene.person()
        assert problem(away(nurse, scene, person, **told), 422)["field"] == field
        assert moves(nurse, person)["stays"] == []

    def test_other_units_do_not_move_our_people(
        self, scene: Scene, nurse: Counter, neighbour: Counter
    ) -> None:
        """H24"""
        person = scene.person()
        assert problem(away(neighbour, scene, person), 404)
        assert problem(neighbour.get(f"/people/{person}/moves"), 404)

    def test_the_paper_list_gives_nothing_to_whoever_is_away(
        self, scene: Scene, nurse: Counter
    ) -> None:
        """H20"""
        person = scene.person()
        away(nurse, scene, person)
        serial = nurse.send("POST", "/emergency-lists", {}).json()["serial"]
        why = scene.one(
            "SELECT x ->> 'why' FROM emergency_list_rows, jsonb_array_elements(rows) x"
            " WHERE serial = %s AND (x ->> 'person_id')::bigint = %s",
            *(serial, person),
        )
        assert why == "right-elsewhere"


class TestBack:
    def test_the_same_day_without_a_dose_there_today_is_given_here(
        self, scene: Scene, nurse: Counter
    ) -> None:
        """Out at nine, back at two: the ward says that nothing was had."""
        person = scene.person()
        away(nurse, scene, person)
        assert back(nurse, person, coverage="none").status_code == 201
        assert agree(scene, person).right_holder_unit_id == 1
        nurse.given(person)
        agree(scene, person)

    def test_the_same_day_with_a_dose_there_nothing_more_is_given(
        self, scene: Scene, nurse: Counter
    ) -> None:
        """H01: the ward's dose takes today's place."""
        person = scene.person()
        away(nurse, scene, person)
        done = back(nurse, person, **had(0, 0))
        assert done.status_code == 201, done.text
        assert "already-given" in findings(nurse.reserve(person))
        facts = agree(scene, person)
        assert facts.last_swallowed_ug == 80_000
        used = "SELECT used_ug FROM person_day WHERE person_id = %s AND day = %s"
        assert scene.one(used, person, nurse.today) == 80_000

    def test_a_dose_of_unknown_size_today_takes_today_and_tomorrow_asks(
        self, scene: Scene, nurse: Counter
    ) -> None:
        """H01, H11: unknown is not zero."""
        person = scene.person()
        away(nurse, scene, person)
        assert back(nurse, person, **had(0, 0, None)).status_code == 201
        assert "already-given" in findings(nurse.reserve(person))
        assert agree(scene, person).last_covered_on is None

    def test_doses_had_there_are_covered_days(self, scene: Scene, nurse: Counter) -> None:
        """H11: five days away, all of them told: nothing was missed."""
        person = scene.person(last_covered_days_ago=6)
        away(nurse, scene, person, days=5)
        last_at = now(scene) - timedelta(days=1)
        done = back(nurse, person, **had(5, 1), last_at=last_at.isoformat())
        assert done.status_code == 201, done.text
        facts = agree(scene, person)
        assert facts.last_covered_on is None or facts.last_covered_on < nurse.today
        told = moves(nurse, person)["stays"][0]["back"]
        assert told["daily_ug"] == 80_000

    @pytest.mark.parametrize(
        "told",
        [
            {"coverage": "unknown"},
            had(3, 1, None),
            had(3, 3),
        ],
        ids=["nothing known", "no dose known", "the last days not known"],
    )
    def test_what_nobody_knows_a_doctor_is_asked(
        self, scene: Scene, nurse: Counter, told: dict[str, Any]
    ) -> None:
        """H11: never as if covered, and never as if one day alone was missed."""
        person = scene.person(last_covered_days_ago=4)
        away(nurse, scene, person, days=3)
        assert back(nurse, person, **told).status_code == 201
        assert "coverage-unknown" in nurse.reserve(person).json()["blocking"]
        assert agree(scene, person).last_covered_on is None

    def test_a_doctor_lifts_it_and_the_next_day_is_known(
        self, scene: Scene, nurse: Counter, doctor: Counter
    ) -> None:
        person = scene.person(last_covered_days_ago=1)
        away(nurse, scene, person)
        back(nurse, person)
        refused = nurse.reserve(person).json()["blocking"]
        assert doctor.decide(person, *refused).status_code == 201
        nurse.given(person)
        facts = agree(scene, person)
        assert facts.last_swallowed_on == nurse.today
        assert facts.planned_pickup_on == nurse.today + timedelta(days=1)

    def test_days_known_to_be_without_are_missed_days(self, scene: Scene, nurse: Counter) -> None:
        person = scene.person(last_covered_days_ago=4)
        away(nurse, scene, person, days=3)
        back(nurse, person, coverage="none")
        asked = findings(nurse.reserve(person))
        assert "missed-days" in asked and "coverage-unknown" not in asked

    @pytest.mark.parametrize(
        ("field", "told"),
        [
            ("had_from_on", had(9, 1)),
            ("had_until_on", had(1, -1)),
            ("product_code", had(1, 1) | {"product_code": "nothing"}),
            ("last_at", had(1, 1) | {"last_at": "2020-01-01T10:00:00Z"}),
            ("coverage", {"coverage": "none", "daily_mg": "80"}),
        ],
    )
    def test_what_cannot_have_been_changes_nothing(
        self, scene: Scene, nurse: Counter, field: str, told: dict[str, Any]
    ) -> None:
        person = scene.person(last_covered_days_ago=4)
        away(nurse, scene, person, days=3)
        assert problem(back(nurse, person, **told), 422)["field"] == field
        assert moves(nurse, person)["away"] is True

    def test_only_whoever_is_away_comes_back(self, scene: Scene, nurse: Counter) -> None:
        assert problem(back(nurse, scene.person()), 409, "not-away")

    def test_a_return_told_twice_is_one(self, scene: Scene, nurse: Counter) -> None:
        person = scene.person()
        away(nurse, scene, person)
        first = back(nurse, person, key="return-of-one", **had(0, 0))
        again = back(nurse, person, key="return-of-one", **had(0, 0))
        assert (first.status_code, again.json()["receipt"]) == (201, first.json()["receipt"])
        claims = "SELECT count(*) FROM claim WHERE person_id = %s AND for_day = %s"
        assert scene.one(claims, person, nurse.today) == 1

    def test_a_return_recorded_by_mistake_is_reversed_like_a_hand_out(
        self, scene: Scene, nurse: Counter
    ) -> None:
        person = scene.person()
        away(nurse, scene, person)
        back(nurse, person, **had(0, 0))
        reservation = scene.one(
            "SELECT reservation_id FROM reservation WHERE person_id = %s AND source = 'elsewhere'",
            person,
        )
        done = nurse.tell(reservation, "reversals", reason="afdelingen havde forvekslet navnet")
        assert done.status_code in (200, 201), done.text
        agree(scene, person)
        nurse.given(person)


def test_a_return_with_a_dose_and_a_reservation_at_once_give_one_dose(
    scene: Scene, nurse: Counter
) -> None:
    """H01, H05: whoever is first, the other finds the day taken or the right elsewhere."""
    for _ in range(3):
        person = scene.person()
        away(nurse, scene, person)
        with ThreadPoolExecutor(3) as pool:
            acts = [
                pool.submit(nurse.reserve, person),
                pool.submit(back, nurse, person, **had(0, 0)),
                pool.submit(back, nurse, person, **had(0, 0)),
            ]
            answers = [act.result() for act in acts]
        reserved, *told = [answer.status_code for answer in answers]
        assert (reserved, sorted(told)) == (409, [201, 409])
        claims = "SELECT count(*) FROM claim WHERE person_id = %s AND for_day = %s"
        assert scene.one(claims, person, nurse.today) == 1
        agree(scene, person)


def test_the_replay_of_a_move_finds_the_same_verdicts(
    scene: Scene, nurse: Counter, shared_database: Database
) -> None:
    """H23: whatever the counter refused or allowed round a stay, the ledger alone says again."""
    person = scene.person(last_covered_days_ago=4)
    nurse.reserve(person)
    away(nurse, scene, person, days=3)
    nurse.reserve(person)
    back(nurse, person)
    nurse.reserve(person)
    found = replayed(shared_database)
    assert not found.found.differences, found.found.differences[:2]


def test_closing_the_day_misses_nobody_who_is_away(scene: Scene, next_door: Counter) -> None:
    """H15: what a ward gives, or does not, is not missed here."""
    there, gone = scene.person(2), scene.person(2)
    away(next_door, scene, gone)
    done = next_door.send("POST", f"/days/{next_door.today.isoformat()}/close", {})
    assert done.status_code in (200, 201), done.text
    missed = "SELECT count(*) FROM missed_dose WHERE person_id = %s"
    assert (scene.one(missed, there), scene.one(missed, gone)) == (1, 0)
