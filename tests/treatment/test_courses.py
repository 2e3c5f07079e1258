"""People registered and enrolled, assessed and planned for: one human, one record."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.api.client import MADE_UP_NUMBER, Counter, problem
from tests.api.matrix.courses import like_nobody
from tests.api.numbers import a_number
from tests.scene import Scene


def contact(by: Counter, **changes: Any) -> dict[str, Any]:
    return {"contact_on": by.today.isoformat(), "came_by": "self", "before": "never"} | changes


def newcomer(by: Counter, **changes: Any) -> dict[str, Any]:
    """Somebody whom nobody is like, never in treatment before."""
    return like_nobody(by.today) | {"contact": contact(by)} | changes


def registered(by: Counter, **changes: Any) -> int:
    done = by.send("POST", "/people", newcomer(by, **changes))
    assert done.status_code == 201, done.text
    return done.json()["person_id"]


def ended(by: Counter, person: int, status: str = "moved", **more: Any) -> Any:
    return by.send(
        "POST", f"/people/{person}/course-ends", {"status": status, "home_doses": 0} | more
    )


def course(by: Counter, person: int) -> dict[str, Any]:
    return by.get(f"/people/{person}/course").json()


def ledger(scene: Scene, person: int) -> list[str]:
    asked = "SELECT kind FROM ledger_payload WHERE person_id = %s AND person_seq > 0 ORDER BY"
    return [kind for (kind,) in scene.run(f"{asked} person_seq", person).fetchall()]


class TestRegistering:
    def test_a_newcomer_is_at_the_counter_at_once_and_has_no_order(
        self, scene: Scene, nurse: Counter
    ) -> None:
        """H07, H10: found by the card; nothing is known, so nothing may be handed out yet."""
        done = nurse.send("POST", "/people", newcomer(nurse, card="k-blank1"))
        assert done.status_code == 201, done.text
        person, card = done.json()["person_id"], done.json()["card"]
        assert card == "K-BLANK1"
        found = nurse.send("POST", "/people/searches", {"text": card}).json()
        assert [one["person_id"] for one in found] == [person]
        assert ledger(scene, person) == [
            "contact-made",
            "person-enrolled",
            "course-begun",
            "care-recorded",
        ]
        assert scene.one("SELECT event_seq FROM person WHERE person_id = %s", person) == 4

    def test_the_same_press_twice_is_one_person(self, scene: Scene, nurse: Counter) -> None:
        body = newcomer(nurse, number=a_number(date(1961, 5, 5)), born_on="1961-05-05")
        first, again = (
            nurse.send("POST", "/people", body, key="registered-twice") for _ in range(2)
        )
        assert first.json()["person_id"] == again.json()["person_id"]

    def test_a_known_number_makes_no_second_record(self, scene: Scene, nurse: Counter) -> None:
        """H07: one human, whatever name is given."""
        number = a_number(date(1962, 6, 6))
        person = registered(nurse, number=number, born_on="1962-06-06")
        again = nurse.send("POST", "/people", newcomer(nurse, number=number, born_on="1962-06-06"))
        assert problem(again, 409, "person-known")["person_id"] == person

    def test_who_is_treated_elsewhere_is_not_registered_here(
        self, scene: Scene, nurse: Counter, neighbour: Counter
    ) -> None:
        """H07, H24: which unit, and the way on; no name, no id."""
        number = a_number(date(1963, 6, 6))
        registered(neighbour, number=number, born_on="1963-06-06")
        again = nurse.send("POST", "/people", newcomer(nurse, number=number, born_on="1963-06-06"))
        told = problem(again, 409, "treated-by-another")
        assert told["unit"] == "Nabohuset" and "person_id" not in told

    def test_a_look_alike_of_the_unit_is_looked_at_before_a_second_record(
        self, scene: Scene, nurse: Counter
    ) -> None:
        """H07: two humans may be alike; that is said by somebody, for those who were shown."""
        first = registered(nurse, given_name="Margrethe", family_name="Svendsborg")
        body = newcomer(nurse, given_name="Margrete", family_name="Svensborg")
        told = problem(nurse.send("POST", "/people", body), 409, "look-alike")
        assert told["people"] == [first]
        wrong = nurse.send("POST", "/people", body | {"other_than": "0" * 16})
        assert problem(wrong, 409, "look-alike")
        done = nurse.send("POST", "/people", body | {"other_than": told["look_alikes"]})
        assert done.status_code == 201

    def test_a_look_alike_of_another_unit_is_named_by_the_unit_alone(
        self, scene: Scene, nurse: Counter, neighbour: Counter
    ) -> None:
        """H07, H24"""
        same = {"given_name": "Ingolf", "born_on": "1959-03-04"}
        registered(neighbour, family_name="Tranekjær", **same)
        told = problem(
            nurse.send("POST", "/people", newcomer(nurse, family_name="Tranekær", **same)),
            409,
            "look-alike",
        )
        assert told["units"] == ["Nabohuset"] and told["people"] == []
        assert "Ingolf" not in str(told)
        born_else = newcomer(
            nurse, given_name="Ingolf", family_name="Tranekær", born_on="1971-03-04"
        )
        assert nurse.send("POST", "/people", born_else).status_code == 201

    @pytest.mark.parametrize(
        ("field", "body"),
        [
            ("born_on", {"born_on": "2999-01-01"}),
            ("born_on", {"born_on": "1850-01-01"}),
            ("given_name", {"given_name": "  "}),
            ("family_name", {"family_name": MADE_UP_NUMBER}),
            ("number", {"number": "123456789012"}),
            ("card", {"card": "B-1001"}),
            ("address", {"address": "Vej 1, 2200 N", "address_protected": True}),
            ("contact_on", {"contact": {"contact_on": "2999-01-01"}}),
            ("contact_on", {"contact": {"contact_on": "2019-01-01"}}),
        ],
    )
    def test_what_cannot_be_is_named_and_changes_nothing(
        self, nurse: Counter, unchanged: None, field: str, body: dict[str, Any]
    ) -> None:
        told = newcomer(nurse)
        told |= {k: told["contact"] | v if k == "contact" else v for k, v in body.items()}
        answer = nurse.send("POST", "/people", told)
        assert problem(answer, 422)["field"] == field
        assert MADE_UP_NUMBER not in answer.text

    def test_a_card_is_one_persons(self, scene: Scene, nurse: Counter) -> None:
        registered(nurse, card="K-ONLYME")
        assert problem(
            nurse.send("POST", "/people", newcomer(nurse, card="K-ONLYME")), 409, "card-taken"
        )

    def test_the_guarantee_counts_from_the_first_contact(
        self, scene: Scene, nurse: Counter
    ) -> None:
        for ago, left in ((0, 14), (14, 0), (15, -1)):
            on = (nurse.today - timedelta(days=ago)).isoformat()
            person = registered(nurse, contact=contact(nurse, contact_on=on))
            assert course(nurse, person)["clock"] == {
                "waited": ago,
                "left": left,
                "stopped": False,
            }

    def test_a_protected_address_is_kept_nowhere(self, scene: Scene, nurse: Counter) -> None:
        """H24: not in the row, not in the ledger, on no page."""
        street = "Rosenvænget 17, 2100 København Ø"
        person = registered(nurse, address=street)
        assert course(nurse, person)["address"]["address"] == street
        body = {"address_protected": True}
        assert nurse.send("POST", f"/people/{person}/address", body).status_code == 201
        assert course(nurse, person)["address"] == {"protected": True, "address": None}
        held = scene.run("SELECT to_jsonb(a)::text FROM person_address a").fetchall()
        assert not [row for (row,) in held if "Rosenvænget" in row]
        payloads = scene.run("SELECT payload FROM ledger_payload").fetchall()
        assert not [1 for (one,) in payloads if one and "Rosenvænget".encode() in bytes(one)]


class TestDeciding:
    def test_assessment_and_plan_are_the_doctors_and_dated(
        self, scene: Scene, nurse: Counter, doctor: Counter
    ) -> None:
        person = registered(nurse)
        found = {
            "diagnosis": "f11.2",
            "wish": "ro i hverdagen",
            "tried": "døgnbehandling to gange",
            "tolerance": "daily",
            "allergies": "none",
            "pregnancy": "yes",
        }
        assert problem(nurse.send("POST", f"/people/{person}/assessments", found), 403)
        done = doctor.send("POST", f"/people/{person}/assessments", found)
        assert done.status_code == 201, done.text
        later = (doctor.today + timedelta(days=90)).isoformat()
        plan = {"aim": "stabil dosis", "agreements": "samtale hver uge", "review_on": later}
        assert problem(nurse.send("POST", f"/people/{person}/plans", plan), 403)
        assert doctor.send("POST", f"/people/{person}/plans", plan).status_code == 201
        stands = course(nurse, person)
        assert stands["assessment"]["diagnosis"] == "F11.2"
        assert stands["assessment"]["on"] == doctor.today.isoformat()
        assert stands["plan"]["review_on"] == later
        assert scene.one("SELECT pregnant FROM care WHERE person_id = %s", person) is True
        assert ledger(scene, person)[-3:] == ["assessment-signed", "care-recorded", "plan-signed"]

    @pytest.mark.parametrize(
        ("path", "field", "body"),
        [
            ("plans", "review_on", {"aim": "mål", "agreements": "alt", "review_on": "2020-01-01"}),
            ("plans", "review_on", {"aim": "mål", "agreements": "alt", "review_on": "2999-01-01"}),
            ("plans", "aim", {"aim": " ", "agreements": "alt", "review_on": "2999-01-01"}),
        ],
    )
    def test_a_plan_that_cannot_be_is_named(
        self, scene: Scene, doctor: Counter, path: str, field: str, body: dict[str, Any]
    ) -> None:
        answer = doctor.send("POST", f"/people/{scene.person()}/{path}", body)
        assert problem(answer, 422)["field"] == field

    def test_only_the_unit_that_treats_decides(
        self, scene: Scene, doctor: Counter, next_door: Counter
    ) -> None:
        """H24"""
        person = scene.person()
        scene.move(person, 2)
        assert problem(ended(next_door, person), 409, "treated-elsewhere")
