"""Stays and offers at their edges: late closing, merged records, another course, old lists."""

from datetime import timedelta
from typing import Any

from fastapi.testclient import TestClient

from tests.api.client import Counter, findings, problem
from tests.api.closed_days import Closed
from tests.api.test_merging import merge
from tests.api.test_page_relations import Browser
from tests.scene import Scene
from tests.treatment.indkald import Clinic
from tests.treatment.moves import answer, away, back, had, midnight, moves, offered, the_offer
from tests.treatment.test_courses import contact, ended
from tests.treatment.test_moves import agree

MISSED = "SELECT count(*) FROM missed_dose WHERE person_id = %s AND day = %s"


def closed(counter: Counter, days_ago: int) -> str:
    day = (counter.today - timedelta(days=days_ago)).isoformat()
    done = counter.send("POST", f"/days/{day}/close")
    assert done.status_code == 200, done.text
    return day


class TestClosing:
    def test_a_day_closed_after_the_return_misses_nobody_who_was_away_on_it(
        self, http: TestClient, scene: Scene
    ) -> None:
        """H15: nobody knows what was had there; it is not written down as missed."""
        clinic = Clinic.opened(http, scene, None)
        person = scene.person(clinic.unit, last_covered_days_ago=2)
        away(clinic.nurse, scene, person, days=1)
        back(clinic.nurse, person)
        assert scene.one(MISSED, person, closed(clinic.nurse, 1)) == 0
        assert scene.one(MISSED, person, closed(clinic.nurse, 0)) == 1

    def test_a_day_before_the_stay_is_missed_though_it_is_closed_during_it(
        self, http: TestClient, scene: Scene
    ) -> None:
        """H15: who did not come yesterday and is in hospital today did not come yesterday."""
        clinic = Clinic.opened(http, scene, None)
        person = scene.person(clinic.unit, last_covered_days_ago=2)
        away(clinic.nurse, scene, person)
        assert scene.one(MISSED, person, closed(clinic.nurse, 1)) == 1
        assert scene.one(MISSED, person, closed(clinic.nurse, 0)) == 0

    def test_a_day_of_an_indkald_in_a_stay_waits_for_the_doctor_as_away(
        self, http: TestClient, scene: Scene
    ) -> None:
        """H18: no observation was held here; that the person was away is the reason that is said,
        also where a dose of that day was told of."""
        clinic = Clinic.opened(http, scene)
        there, again, at_home = clinic.person(), clinic.person(), clinic.person()
        for person in (there, again, at_home):
            scene.indkald(person)
        for person in (there, again):
            assert away(clinic.nurse, scene, person).status_code == 201
        assert back(clinic.nurse, again, **had(0, 0)).status_code == 201
        clinic.close_today()
        for person, why in ((there, "away"), (again, "away"), (at_home, "no-dose")):
            shown = clinic.period(person)
            assert [one["why"] for one in shown["missed"]] == [why]
            assert shown["waiting"] == [clinic.day(0).isoformat()]


class TestPlanning:
    def test_no_closure_is_planned_for_whoever_is_away(
        self, scene: Scene, nurse: Counter, doctor: Counter
    ) -> None:
        """H02: a dose sent home before the closure would be one beside the ward's."""
        here, gone = scene.person(), scene.person()
        closure = Closed(scene, doctor, 2, 2)
        chosen = closure.chosen(gone)
        away(nurse, scene, gone)
        plan = closure.plan()
        assert here in plan and gone not in plan
        assert problem(closure.decide(chosen), 404)
        back(nurse, gone, coverage="none")
        assert gone in closure.plan()


class TestMerged:
    def test_whoever_is_away_in_one_record_is_away_in_the_merged_one(
        self, scene: Scene, nurse: Counter, doctor: Counter
    ) -> None:
        """H02, H08: a second card opens nothing; one return ends it, and the dose is taken."""
        survivor, absorbed = scene.person(), scene.person()
        away(nurse, scene, absorbed)
        assert merge(doctor, survivor, absorbed).status_code == 201
        assert "right-elsewhere" in nurse.reserve(survivor).json()["blocking"]
        assert moves(nurse, survivor)["away"] is True
        assert problem(away(nurse, scene, survivor), 409, "away-already")
        assert back(nurse, survivor, **had(0, 0)).status_code == 201
        assert moves(nurse, survivor)["away"] is False
        assert "already-given" in findings(nurse.reserve(survivor))

    def test_two_stays_that_a_merge_brings_together_end_one_by_one(
        self, scene: Scene, nurse: Counter, doctor: Counter
    ) -> None:
        """H02: as long as one place has the person, nothing is handed out here."""
        survivor, absorbed = scene.person(), scene.person()
        away(nurse, scene, absorbed, name="Vestre Fængsel", place="prison")
        away(nurse, scene, survivor)
        assert merge(doctor, survivor, absorbed).status_code == 201
        shown = [one for one in moves(nurse, survivor)["stays"] if one["back"] is None]
        assert len(shown) == 2
        assert back(nurse, survivor, coverage="none").status_code == 201
        (left,) = [one for one in moves(nurse, survivor)["stays"] if one["back"] is None]
        assert left["place"] == "hospital", "the older one ends first, as it is shown first"
        assert "right-elsewhere" in nurse.reserve(survivor).json()["blocking"]
        assert back(nurse, survivor).status_code == 201
        assert "coverage-unknown" in nurse.reserve(survivor).json()["blocking"]


class TestAnotherCourse:
    def test_a_stay_that_a_new_course_ends_leaves_its_days_unknown(
        self, scene: Scene, nurse: Counter, doctor: Counter
    ) -> None:
        """H11: discharged while in hospital and enrolled again: what was had there nobody told."""
        person = scene.person(last_covered_days_ago=1)
        away(nurse, scene, person)
        assert ended(doctor, person).status_code == 201
        again = contact(nurse, before="before")
        assert nurse.send("POST", f"/people/{person}/courses", again).status_code == 201
        assert moves(nurse, person)["away"] is False
        facts = agree(scene, person)
        assert (facts.right_holder_unit_id, facts.last_covered_on) == (1, None)

    def test_an_offer_is_over_with_the_course_it_was_made_in(
        self, scene: Scene, nurse: Counter, doctor: Counter, next_door: Counter
    ) -> None:
        """H02, H24: nobody waits for an answer, the letter is read there no more, and it cannot be
        accepted in a later course."""
        person = scene.person()
        offered(doctor, person)
        offer_id = the_offer(doctor, person)
        letter_id = moves(doctor, person)["letters"][0]["letter_id"]

        def waiting() -> list[Any]:
            shown = next_door.get("/move-offers").json()["offers"]
            return [one for one in shown if one["person_id"] == person]

        assert waiting()
        assert ended(doctor, person).status_code == 201
        for _ in range(2):
            assert waiting() == []
            assert problem(answer(next_door, offer_id), 409, "offer-over")
            assert problem(answer(next_door, offer_id, False, reason="nej tak"), 409, "offer-over")
            assert problem(next_door.get(f"/move-letters/{letter_id}"), 404)
            again = contact(nurse, before="before")
            nurse.send("POST", f"/people/{person}/courses", again)
        assert offered(doctor, person).status_code == 201, "the old one is in nobody's way"
        assert waiting()


def test_the_row_of_a_printed_list_is_said_and_new_lists_are_due(
    http: TestClient, scene: Scene
) -> None:
    """H20: what is printed still says that the person may be given from it."""
    clinic = Clinic.opened(http, scene, None)
    person = scene.person(clinic.unit)
    serial = clinic.nurse.send("POST", "/emergency-lists", {}).json()["serial"]
    scene.run(
        "INSERT INTO emergency_run (unit_id, alive_at, made_at) VALUES (%s, now(), now())"
        " ON CONFLICT (unit_id) DO UPDATE SET made_at = now()",
        clinic.unit,
    )
    away(clinic.nurse, scene, person)
    browser = Browser(http, clinic.nurse.token)
    route = "GET /behandling/person/{person_id}/flytning"
    page = browser.send(route, {"person_id": person}).text
    assert f"Liste {serial}, række" in page
    due = "SELECT made_at <= now() - interval '15 minutes' FROM emergency_run WHERE unit_id = %s"
    assert scene.one(due, clinic.unit)


def test_a_stay_since_another_day_asks_midnight_of_the_unit(scene: Scene, nurse: Counter) -> None:
    """The hour of the night belongs to the day it is in, where the unit is."""
    person = scene.person(last_covered_days_ago=3)
    since = midnight(nurse.today - timedelta(days=2))
    away(nurse, scene, person, since_at=since.isoformat())
    assert problem(back(nurse, person, **had(3, 1)), 422)["field"] == "had_from_on"
    assert back(nurse, person, **had(2, 1)).status_code == 201
