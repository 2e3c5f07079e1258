"""A course ends, by a doctor or a death, and another begins: nothing is left over or comes back."""

from datetime import date, timedelta

import pytest

from dosing_rules import Patient
from tests.api.client import Counter, findings, problem
from tests.api.matrix.ground import Ground
from tests.api.matrix.treatment import ordered
from tests.api.numbers import a_number
from tests.api.test_collectors import allow, allowed, fetch, home_reservation
from tests.api.test_page_relations import Browser
from tests.api.test_replay import loaded_and_told
from tests.scene import Scene
from tests.treatment.test_courses import contact, course, ended, newcomer, registered


class TestEnding:
    def test_discharge_takes_the_order_away_at_once(
        self, scene: Scene, nurse: Counter, doctor: Counter
    ) -> None:
        """H10: the very next check knows; the ledger tells why and by whom."""
        person = scene.person()
        assert problem(ended(nurse, person), 403)
        assert ended(doctor, person, "expelled", note="trusler").status_code == 201
        kind, told = scene.events(person)[-1]
        assert (kind, told["status"]) == ("person-ended", "expelled")
        assert "prescription-missing" in findings(nurse.reserve(person))
        assert problem(ended(doctor, person), 409, "course-ended")

    @pytest.mark.parametrize("doubtful", [False, True])
    def test_nobody_leaves_with_a_dose_that_nobody_told_the_end_of(
        self, scene: Scene, nurse: Counter, doctor: Counter, doubtful: bool
    ) -> None:
        """H02, H06: reserved or uncertain, what became of it is said first."""
        person = scene.person()
        reservation = nurse.reserved(person)
        if doubtful:
            nurse.tell(reservation, "uncertain", note="strømmen gik")
        assert problem(ended(doctor, person), 409, "doses-open")

    def test_doses_at_home_are_seen_by_who_discharges(
        self, scene: Scene, nurse: Counter, doctor: Counter
    ) -> None:
        """H15: two doses are out; who signs has seen them, and they can still come back."""
        weekday = nurse.today.isoweekday()
        person = scene.person(
            take_home=True,
            supervised_weekdays=[weekday],
            pickup_weekdays=[weekday],
            take_home_days=6,
        )
        nurse.given(person, doses=[nurse.dose(), *nurse.home(1, 2)])
        assert course(doctor, person)["home_doses"] == 2
        assert problem(ended(doctor, person), 409, "home-doses-changed")
        assert ended(doctor, person, home_doses=2).status_code == 201
        assert nurse.bring_back(person, 1).status_code == 200
        assert course(doctor, person)["home_doses"] == 1

    def test_a_death_is_recorded_by_whoever_hears_of_it_and_ends_everything(
        self, scene: Scene, nurse: Counter, doctor: Counter
    ) -> None:
        """H10: also with a dose poured, which is then not given; nobody fetches; no paper row."""
        person = scene.person()
        scene.indkald(person, first_days=3)
        reservation = nurse.reserved(person)
        assert problem(ended(nurse, person, "dead"), 422)["field"] == "ending_note"
        yesterday = (nurse.today - timedelta(days=1)).isoformat()
        done = ended(nurse, person, "dead", note="politiet ringede", died_on=yesterday)
        assert done.status_code == 201, done.text
        assert nurse.give(reservation).status_code == 409
        assert nurse.tell(reservation, "returned").status_code == 200
        stands = course(nurse, person)
        assert stands["dead"] and stands["ends"][0]["died_on"] == yesterday
        assert stands["ends"][0]["by"] and stands["ends"][0]["note"] == "politiet ringede"
        listed = nurse.send("POST", "/people/searches", {"text": f"K-{person:04d}"}).json()
        assert listed == []
        state = "SELECT state FROM indkald WHERE person_id = %s"
        assert scene.one(state, person) == "excused"

    def test_nothing_goes_to_a_collector_of_the_dead(
        self, scene: Scene, nurse: Counter, doctor: Counter
    ) -> None:
        """H17: the permission still has days left, and what was packed stays here."""
        weekday = nurse.today.isoweekday()
        person = scene.person(
            take_home=True,
            supervised_weekdays=[weekday],
            pickup_weekdays=[weekday],
            take_home_days=6,
        )
        allow(doctor, person)
        packed = home_reservation(nurse, doctor, person)
        ended(nurse, person, "dead", note="moren fortalte det")
        assert fetch(nurse, packed, allowed(nurse, person)[0]).status_code == 409
        assert scene.one("SELECT count(*) FROM collection") == 0
        assert nurse.tell(packed, "returned").status_code == 200

    def test_the_dead_stand_on_no_list_from_then_on(self, scene: Scene, nurse: Counter) -> None:
        """H20: and whoever still stands on a printed one is named, to be struck out by hand."""
        person = scene.person()
        rows = "SELECT rows::text FROM emergency_list_rows WHERE serial = %s"
        before = nurse.send("POST", "/emergency-lists", {}).json()["serial"]
        assert f'"person_id": {person}' in scene.one(rows, before)
        ended(nurse, person, "dead", note="politiet ringede")
        after = nurse.send("POST", "/emergency-lists", {}).json()["serial"]
        assert f'"person_id": {person}' not in scene.one(rows, after)
        browser = Browser(nurse.http, nurse.token)
        page = browser.send(
            "GET /behandling/person/{person_id}/forloeb", {"person_id": person}
        ).text
        assert f"Liste {before}, række" in page

    def test_no_day_of_death_lies_ahead(self, scene: Scene, nurse: Counter) -> None:
        answer = ended(nurse, scene.person(), "dead", note="hørt", died_on="2999-01-01")
        assert problem(answer, 422)["field"] == "died_on"


class TestAgain:
    def test_the_ledger_tells_what_the_counter_loads(
        self, scene: Scene, nurse: Counter, doctor: Counter
    ) -> None:
        """H23: registered, ended, enrolled again, with a new order, a dose and a guest's days."""
        weekday = nurse.today.isoweekday()
        person = scene.person(
            take_home=True,
            supervised_weekdays=[weekday],
            pickup_weekdays=[weekday],
            take_home_days=6,
        )
        nurse.given(person, doses=[nurse.dose(), *nurse.home(1, 2)])

        def agree() -> Patient:
            loaded, told = loaded_and_told(scene, person)
            assert loaded == told
            return loaded

        ended(doctor, person, home_doses=2)
        assert agree().prescription is None
        nurse.send("POST", f"/people/{person}/courses", contact(nurse, before="before"))
        again = agree()
        assert (again.prescription, again.arrangement, again.first_dose_on) == (None, None, None)
        assert again.last_swallowed_at is not None and len(again.claims) == 4
        scene.prescribe(
            person,
            product="metadon-1",
            daily_ug=30_000,
            parts_ug=None,
            valid_to_days=90,
            high_dose_reason=None,
            from_days_ago=0,
        )
        order = agree().prescription
        assert order is not None and order.daily_ug == 30_000
        newcomer_id = registered(nurse)
        loaded, told = loaded_and_told(scene, newcomer_id)
        assert loaded == told and loaded.new_to_treatment

    def test_nothing_of_the_earlier_course_holds(
        self, scene: Scene, nurse: Counter, doctor: Counter
    ) -> None:
        """H11: the old order, still within its days, must not come back with the person."""
        person = scene.person()
        plan = (doctor.today + timedelta(days=90)).isoformat()
        body = {"aim": "stabil", "agreements": "ugentlig", "review_on": plan}
        doctor.send("POST", f"/people/{person}/plans", body)
        ended(doctor, person, "left_early")
        again = contact(nurse, before="before")
        done = nurse.send("POST", f"/people/{person}/courses", again)
        assert done.status_code == 201, done.text
        assert done.json()["again"] is True
        assert "prescription-missing" in findings(nurse.reserve(person))
        assert course(nurse, person)["plan"] is None
        assert course(nurse, person)["clock"]["stopped"] is False

    def test_who_is_in_treatment_is_not_enrolled_twice(self, scene: Scene, nurse: Counter) -> None:
        again = contact(nurse, before="before")
        answer = nurse.send("POST", f"/people/{scene.person()}/courses", again)
        assert problem(answer, 409, "in-treatment")

    def test_a_known_record_is_never_new(
        self, scene: Scene, nurse: Counter, doctor: Counter
    ) -> None:
        person = scene.person()
        ended(doctor, person)
        answer = nurse.send("POST", f"/people/{person}/courses", contact(nurse))
        assert problem(answer, 422)["field"] == "before"

    def test_an_ended_course_elsewhere_goes_on_here_on_the_same_record(
        self, scene: Scene, nurse: Counter, neighbour: Counter, next_door: Counter
    ) -> None:
        """H07: found by the number alone; the other unit sees the person no more."""
        number = a_number(date(1964, 6, 6))
        person = registered(neighbour, number=number, born_on="1964-06-06")
        assert ended(next_door, person).status_code == 201
        body = newcomer(
            nurse,
            number=number,
            born_on="1964-06-06",
            contact=contact(nurse, before="before"),
        )
        told = problem(nurse.send("POST", "/people", body), 409, "course-ended-known")
        assert told["unit"] == "Nabohuset"
        done = nurse.send("POST", "/people", body | {"again": True})
        assert done.status_code == 201, done.text
        assert done.json()["person_id"] == person
        assert course(nurse, person)["enrolled_on"] == nurse.today.isoformat()
        assert problem(neighbour.get(f"/people/{person}/course"), 404)

    def test_another_units_ended_person_is_not_enrolled_by_a_guessed_id(
        self, scene: Scene, nurse: Counter, neighbour: Counter, next_door: Counter
    ) -> None:
        """H24"""
        person = registered(neighbour)
        ended(next_door, person)
        again = contact(nurse, before="before")
        assert problem(nurse.send("POST", f"/people/{person}/courses", again), 404)

    def test_a_recorded_death_is_taken_back_by_a_doctor_with_a_reason(
        self, scene: Scene, nurse: Counter, doctor: Counter
    ) -> None:
        person = scene.person()
        ended(nurse, person, "dead", note="forvekslet")
        again = contact(nurse, before="before")
        assert problem(nurse.send("POST", f"/people/{person}/courses", again), 403, "recorded-dead")
        path = f"/people/{person}/courses"
        assert problem(doctor.send("POST", path, again), 422)["field"] == "note"
        done = doctor.send("POST", path, again | {"note": "det var en anden"})
        assert done.status_code == 201
        assert course(doctor, person)["dead"] is False


def test_nothing_is_ordered_for_whom_no_course_runs(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    """An order that would never take effect is refused, not kept; the way on is another course."""
    person = scene.person()
    assert ended(doctor, person, "expelled", note="trusler").status_code == 201
    body = ordered(Ground(scene, nurse))
    assert problem(doctor.send("POST", f"/people/{person}/orders", body), 409, "course-ended")
    assert scene.kinds(person)[-1] == "act-refused"
