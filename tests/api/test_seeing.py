"""What the counter sees before anything is pressed: today's list, the search, the person."""

import pytest

from tests.api.client import Counter
from tests.scene import Scene


def row(nurse: Counter, person: int) -> dict:
    """The person's line on today's list; {} when there is none."""
    rows = nurse.get("/today").json()["rows"]
    return next((line for line in rows if line["person_id"] == person), {})


class TestTodaysList:
    def test_who_is_expected_shows_the_verdicts_word(self, scene: Scene, nurse: Counter) -> None:
        person = scene.person()
        line = row(nurse, person)
        assert (line["state"], line["word"], line["planned_ug"]) == ("expected", "allow", 80_000)

    def test_who_needs_the_doctor_is_seen_before_the_visit(
        self, scene: Scene, nurse: Counter
    ) -> None:
        """H11"""
        line = row(nurse, scene.person(last_covered_days_ago=4))
        assert (line["word"], line["rule_id"]) == ("doctor", "missed-days")

    @pytest.mark.parametrize(
        ("what", "state"),
        [(None, "reserved"), ("doubts", "uncertain"), ("returned", "expected")],
    )
    def test_each_step_shows(
        self, scene: Scene, nurse: Counter, what: str | None, state: str
    ) -> None:
        """H06: what is poured, what is unknown and what came back."""
        person = scene.person()
        reservation = nurse.reserved(person)
        if what:
            nurse.tell(reservation, what)
        assert row(nurse, person)["state"] == state

    def test_who_had_the_dose_shows_as_given(self, scene: Scene, nurse: Counter) -> None:
        person = scene.person()
        nurse.given(person)
        line = row(nurse, person)
        assert (line["state"], line["word"]) == ("given", None)

    def test_who_stays_to_be_observed_shows_until_when(self, scene: Scene, nurse: Counter) -> None:
        """H18"""
        person = scene.person()
        scene.indkald(person)
        nurse.given(person)
        line = row(nurse, person)
        assert line["state"] == "observing"
        assert line["due_at"] is not None

    def test_a_change_of_the_order_shows_at_once(self, scene: Scene, nurse: Counter) -> None:
        """H10: the list remembers verdicts, and forgets them with the person's next event."""
        person = scene.person()
        assert row(nurse, person)["word"] == "allow"
        nurse.reserve(person, observed={"affected": True})
        assert row(nurse, person)["refused_at"] is not None

    def test_another_units_people_are_not_on_it(
        self, scene: Scene, nurse: Counter, neighbour: Counter
    ) -> None:
        """H24"""
        theirs, ours = scene.person(2), scene.person()
        assert row(nurse, theirs) == row(neighbour, ours) == {}
        assert row(neighbour, theirs)["state"] == "expected"


class TestTheSearch:
    @pytest.mark.parametrize("text", ["ært", "ÆRTHOLM", "Øjvind Ær", "øj", "150575", "15-05-75"])
    def test_by_the_beginning_of_a_name_or_the_birth_date(
        self, scene: Scene, nurse: Counter, text: str
    ) -> None:
        person = scene.person(name=("Øjvind", "Ærtholm"))
        answer = nurse.get(f"/people?text={text}").json()
        assert answer and (person in [one["person_id"] for one in answer] or len(answer) == 20)

    def test_by_the_card(self, scene: Scene, nurse: Counter) -> None:
        person = scene.person()
        answer = nurse.get(f"/people?text=k-{person:04d}").json()
        assert [one["person_id"] for one in answer] == [person]

    def test_finds_nobody_of_another_unit(
        self, scene: Scene, nurse: Counter, neighbour: Counter
    ) -> None:
        """H24"""
        person = scene.person(2)
        assert nurse.get(f"/people?text=K-{person:04d}").json() == []


class TestThePerson:
    def test_shows_plan_verdict_and_what_a_reservation_must_send(
        self, scene: Scene, nurse: Counter
    ) -> None:
        """H07, H08: two things to ask about, the dose in mg and ml, and why it may be given."""
        person = scene.person()
        seen = nurse.get(f"/people/{person}").json()
        assert seen["person"]["born_on"] == "1975-05-15"
        assert seen["plan"][0] | {"for_on": None} == {
            "for_on": None,
            "part": 1,
            "amount_ug": 80_000,
            "how": "supervised",
            "volume_ml": "80",
        }
        assert seen["verdict"]["severity"] == "allow"
        assert seen["prescription"] == [person * 10, 1]

    def test_warns_of_people_who_could_be_mistaken(self, scene: Scene, nurse: Counter) -> None:
        """H07: the same birth date, or the same name, in the same unit."""
        person = scene.person()
        other = scene.person()
        warned = nurse.get(f"/people/{person}").json()["person"]["look_alikes"]
        assert [one["same"] for one in warned if one["person_id"] == other] == [
            ["name", "birth_date"]
        ]

    def test_lists_what_nobody_has_told_the_end_of(self, scene: Scene, nurse: Counter) -> None:
        """H06"""
        person = scene.person()
        reservation = nurse.reserved(person)
        assert nurse.get(f"/people/{person}").json()["unresolved"] == [reservation]

    def test_being_looked_at_is_an_entry_of_its_own_chain(
        self, scene: Scene, nurse: Counter
    ) -> None:
        """H24: who looked, at whom, when; the person's own order of events is untouched."""
        person = scene.person()
        nurse.get(f"/people/{person}")
        views = scene.run(
            "SELECT kind, actor_id, person_seq, chain_id FROM ledger_payload WHERE person_id = %s"
            " AND chain_id = 2",
            person,
        ).fetchall()
        assert views == [("person-viewed", 10, None, 2)]
        assert scene.kinds(person) == []

    def test_no_answer_about_people_is_kept_on_the_way(self, scene: Scene, nurse: Counter) -> None:
        """H24"""
        for path in ("/today", f"/people/{scene.person()}", "/people?text=P"):
            assert nurse.get(path).headers["cache-control"] == "no-store"


def test_handing_out_keeps_the_session_alive(scene: Scene, nurse: Counter) -> None:
    """H22: idle means that nothing was done, not that no page was loaded."""
    mine = "session_hash = sha256(%s::bytea)"
    scene.run(
        f"UPDATE staff_session SET seen_at = seen_at - interval '5 minutes' WHERE {mine}",
        nurse.token,
    )
    nurse.given(scene.person())
    ago = scene.one(
        f"SELECT clock_timestamp() - seen_at < interval '1 minute' FROM staff_session WHERE {mine}",
        nurse.token,
    )
    assert ago


@pytest.mark.parametrize("text", ["%25", "_", "\\", "'", "--", "Ærø", "%C3%99", "%FF"])
def test_a_search_is_text_and_nothing_else(nurse: Counter, text: str) -> None:
    """H24: no sign in it means anything to the database."""
    answer = nurse.get(f"/people?text={text}")
    assert (answer.status_code, answer.json()) == (200, [])


def test_a_search_is_kept_without_its_words(scene: Scene, nurse: Counter) -> None:
    """H24: that somebody searched, and whom it showed, stands in the chain of views."""
    scene.person(name=("Ursula", "Sjælden"))
    nurse.get("/people?text=Ursula")
    payload = scene.one(
        "SELECT convert_from(payload, 'UTF8') FROM ledger_payload WHERE kind = 'people-searched'"
        " ORDER BY seq DESC LIMIT 1"
    )
    assert "found" in payload and "Ursula" not in payload
