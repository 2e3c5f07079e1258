"""The treatment at another unit: two doctors sign, and right and course lie at one place always."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.api.client import Counter, findings, problem
from tests.api.test_replay import replayed
from tests.clusters import Database
from tests.scene import Scene
from tests.treatment.moves import answer, away, back, had, moves, offered, the_offer
from tests.treatment.test_moves import agree

WHERE = "SELECT unit_id, right_holder_unit_id FROM person WHERE person_id = %s"


def where(scene: Scene, person: int) -> tuple[int, int]:
    return scene.run(WHERE, person).fetchone()


class TestOffer:
    def test_an_offer_moves_nothing(
        self, scene: Scene, nurse: Counter, doctor: Counter, neighbour: Counter
    ) -> None:
        """H02: until a doctor there accepts, the sender hands out."""
        person = scene.person()
        assert problem(offered(nurse, person), 403)
        assert offered(doctor, person).status_code == 201
        assert where(scene, person) == (1, 1)
        nurse.given(person)

    def test_accepted_course_order_and_right_move_together(
        self,
        scene: Scene,
        nurse: Counter,
        doctor: Counter,
        neighbour: Counter,
        next_door: Counter,
    ) -> None:
        """H02: the order goes on unchanged; the receiver hands out, the sender no more."""
        person = scene.person()
        offered(doctor, person)
        offer_id = the_offer(doctor, person)
        assert problem(neighbour.get(f"/people/{person}/moves"), 404)
        shown = next_door.get("/move-offers").json()["offers"]
        assert [one["person_id"] for one in shown if one["offer"]["offer_id"] == offer_id]
        assert problem(answer(neighbour, offer_id), 403)
        done = answer(next_door, offer_id)
        assert done.status_code == 201, done.text
        assert where(scene, person) == (2, 2)
        assert problem(nurse.reserve(person), 404)
        neighbour.given(person)
        kinds = scene.kinds(person)
        assert "right-moved" in kinds and "treatment-moved" in kinds
        agree(scene, person)

    def test_who_reads_the_offer_prints_its_letter_until_it_is_answered(
        self,
        scene: Scene,
        doctor: Counter,
        next_door: Counter,
    ) -> None:
        """H24"""
        person = scene.person()
        offered(doctor, person)
        path = f"/move-letters/{moves(doctor, person)['letters'][0]['letter_id']}"
        assert next_door.get(path).content.startswith(b"%PDF")
        assert answer(next_door, the_offer(doctor, person), False, reason="fuldt hus").json()
        assert problem(next_door.get(path), 404)

    def test_a_no_has_a_reason_and_moves_nothing(
        self, scene: Scene, nurse: Counter, doctor: Counter, next_door: Counter
    ) -> None:
        person = scene.person()
        offered(doctor, person)
        offer_id = the_offer(doctor, person)
        assert problem(answer(next_door, offer_id, False), 422)["field"] == "reason"
        assert answer(next_door, offer_id, False, reason="fuldt hus").status_code == 201
        told = moves(doctor, person)["offers"][0]
        assert (told["answer"], told["answer_reason"]) == ("declined", "fuldt hus")
        assert where(scene, person) == (1, 1)
        nurse.given(person)

    def test_withdrawn_it_cannot_be_accepted(
        self, scene: Scene, doctor: Counter, next_door: Counter
    ) -> None:
        person = scene.person()
        offered(doctor, person)
        offer_id = the_offer(doctor, person)
        path = f"/people/{person}/moves/offers/{offer_id}/withdrawals"
        assert doctor.send("POST", path, {"reason": "bliver her"}).status_code == 201
        assert problem(answer(next_door, offer_id), 409, "offer-over")
        assert problem(doctor.send("POST", path, {"reason": "igen"}), 409, "offer-over")
        assert where(scene, person) == (1, 1)

    def test_one_offer_at_a_time_to_a_unit_that_treats(self, scene: Scene, doctor: Counter) -> None:
        person = scene.person()
        assert problem(offered(doctor, person, 1), 422)["field"] == "to_unit_id"
        assert problem(offered(doctor, person, 999), 422)["field"] == "to_unit_id"
        offered(doctor, person)
        assert problem(offered(doctor, person), 409, "move-offered")

    def test_nothing_moves_while_a_dose_is_open(
        self, scene: Scene, nurse: Counter, doctor: Counter, next_door: Counter
    ) -> None:
        """H06"""
        person = scene.person()
        offered(doctor, person)
        reservation = nurse.reserved(person)
        assert problem(answer(next_door, the_offer(doctor, person)), 409, "move-stays")
        assert where(scene, person) == (1, 1)
        nurse.give(reservation)
        assert answer(next_door, the_offer(doctor, person)).status_code == 201

    def test_a_dose_had_today_is_not_had_again_there(
        self,
        scene: Scene,
        nurse: Counter,
        doctor: Counter,
        neighbour: Counter,
        next_door: Counter,
    ) -> None:
        """H01"""
        person = scene.person()
        nurse.given(person)
        offered(doctor, person)
        answer(next_door, the_offer(doctor, person))
        assert "already-given" in findings(neighbour.reserve(person))
        agree(scene, person)

    def test_the_row_of_a_printed_list_is_struck_out_first(
        self, scene: Scene, nurse: Counter, doctor: Counter, next_door: Counter
    ) -> None:
        """H20: what paper still gives there is asked for by telephone, row by row."""
        person = scene.person()
        nurse.send("POST", "/emergency-lists", {})
        offered(doctor, person)
        offer_id = the_offer(doctor, person)
        shown = next_door.get("/move-offers").json()["offers"]
        rows = next(one["giving"] for one in shown if one["offer"]["offer_id"] == offer_id)
        assert rows
        assert problem(answer(next_door, offer_id), 422)["field"] == "struck_out"
        struck = [{"serial": serial, "row": row} for serial, row in rows]
        assert answer(next_door, offer_id, struck_out=struck).status_code == 201

    @pytest.mark.parametrize("other", ["withdraw", "accept"])
    def test_two_answers_at_once_are_one(
        self, scene: Scene, doctor: Counter, next_door: Counter, other: str
    ) -> None:
        person = scene.person()
        offered(doctor, person)
        offer_id = the_offer(doctor, person)
        path = f"/people/{person}/moves/offers/{offer_id}/withdrawals"

        def second() -> Any:
            if other == "withdraw":
                return doctor.send("POST", path, {"reason": "bliver her"})
            return answer(next_door, offer_id, key="accepted-once-more")

        with ThreadPoolExecutor(2) as pool:
            both = [pool.submit(answer, next_door, offer_id), pool.submit(second)]
            codes = [one.result().status_code for one in both]
        assert sorted(codes)[0] == 201 and sorted(codes)[1] in (404, 409)
        moved = where(scene, person)
        assert moved == ((2, 2) if codes[0] == 201 or other == "accept" else (1, 1))
        answers = "SELECT count(*) FROM move_answer WHERE offer_id = %s"
        assert scene.one(answers, offer_id) == 1

    def test_whoever_is_away_comes_back_to_the_new_unit(
        self,
        scene: Scene,
        nurse: Counter,
        doctor: Counter,
        neighbour: Counter,
        next_door: Counter,
    ) -> None:
        person = scene.person()
        away(nurse, scene, person)
        offered(doctor, person)
        assert answer(next_door, the_offer(doctor, person)).status_code == 201
        assert "right-elsewhere" in neighbour.reserve(person).json()["blocking"]
        assert back(neighbour, person, **had(0, 0)).status_code == 201
        assert "already-given" in findings(neighbour.reserve(person))


def test_the_replay_after_a_move_finds_the_same_verdicts(
    scene: Scene,
    nurse: Counter,
    doctor: Counter,
    neighbour: Counter,
    next_door: Counter,
    shared_database: Database,
) -> None:
    """H23"""
    person = scene.person()
    nurse.given(person)
    offered(doctor, person)
    answer(next_door, the_offer(doctor, person))
    neighbour.reserve(person)
    found = replayed(shared_database).found
    assert not found.differences, found.differences[:2]
