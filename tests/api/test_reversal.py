"""A hand-out recorded by mistake is taken back by a mirror entry; nothing is deleted."""

import pytest

from tests.api.client import Counter, problem
from tests.scene import Scene


def reverse(counter: Counter, reservation: int, reason: str = "pressed for the wrong one"):
    return counter.tell(reservation, "reversals", reason=reason)


def yesterday(scene: Scene, reservation: int) -> None:
    """Make a hand-out one of yesterday, in every table that knows its day."""
    scene.hours_earlier(reservation, 24)
    for table in ("reservation", "administration"):
        scene.run(f"UPDATE {table} SET day = day - 1 WHERE reservation_id = %s", reservation)
    scene.run("UPDATE handover SET for_day = for_day - 1 WHERE reservation_id = %s", reservation)
    scene.run(
        "UPDATE reservation SET doses = jsonb_set(doses, '{0,0}', to_jsonb(%s::text))"
        " WHERE reservation_id = %s",
        scene.one("SELECT (day)::text FROM reservation WHERE reservation_id = %s", reservation),
        reservation,
    )
    person = scene.one("SELECT person_id FROM claim WHERE reservation_id = %s", reservation)
    scene.run(
        "DELETE FROM claim WHERE person_id = %s AND reservation_id <> %s", person, reservation
    )
    scene.run("UPDATE claim SET for_day = for_day - 1 WHERE reservation_id = %s", reservation)
    scene.run("UPDATE person_day SET day = day - 1 WHERE person_id = %s", person)


def test_a_mirror_entry_and_nothing_deleted(scene: Scene, nurse: Counter) -> None:
    """H06: reservation, hand-out and swallow stay on record beside their reversal."""
    person = scene.person()
    reservation = nurse.given(person)
    answer = reverse(nurse, reservation)
    assert answer.status_code == 200, answer.text
    assert scene.kinds(person) == ["handout-reserved", "handout-given", "handout-reversed"]
    for table in ("reservation", "resolution", "handover", "administration"):
        kept = f"SELECT count(*) FROM {table} WHERE reservation_id = %s"
        assert scene.one(kept, reservation) == 1, table


def test_stock_returns_and_the_dose_is_free_again(scene: Scene, nurse: Counter) -> None:
    person = scene.person()
    before = scene.balance()
    reverse(nurse, nurse.given(person))
    assert scene.balance() == before
    assert scene.used(person) == 0
    nurse.given(person)
    assert scene.balance() == before - 80_000


def test_a_partial_dose_is_taken_back_whole(scene: Scene, nurse: Counter) -> None:
    """The reservation never happened: what was swallowed and what was wasted both return."""
    person = scene.person()
    before = scene.balance()
    reservation = nurse.reserved(person)
    nurse.give(reservation, swallowed_mg="40")
    reverse(nurse, reservation)
    assert scene.balance() == before
    assert scene.used(person) == 0


def test_every_take_home_day_is_free_again(scene: Scene, nurse: Counter) -> None:
    """H15: today's and both days at home."""
    today = scene.today.isoweekday()
    person = scene.person(
        take_home=True, supervised_weekdays=[today], pickup_weekdays=[today], take_home_days=6
    )
    reverse(nurse, nurse.given(person, doses=[nurse.dose(), *nurse.home(1, 2)]))
    assert [scene.used(person, days) for days in range(3)] == [0, 0, 0]
    nurse.given(person, doses=[nurse.dose(), *nurse.home(1, 2)])


def test_reversing_twice_gives_stock_back_once(scene: Scene, nurse: Counter) -> None:
    """Stock does not inflate, from this screen or another."""
    before = scene.balance()
    reservation = nurse.given(scene.person())
    reverse(nurse, reservation)
    problem(reverse(nurse, reservation), 409, "already-reversed")
    assert scene.balance() == before


def test_a_reversal_is_not_reversed(scene: Scene, nurse: Counter, doctor: Counter) -> None:
    """What was taken back by mistake is handed out anew, never un-reversed."""
    reservation = nurse.given(scene.person())
    reverse(nurse, reservation)
    problem(reverse(doctor, reservation), 409, "already-reversed")
    problem(nurse.give(reservation), 409, "already-resolved")


@pytest.mark.parametrize("what", ["reserved", "returned", "doubts"])
def test_only_what_was_given_can_be_reversed(scene: Scene, nurse: Counter, what: str) -> None:
    reservation = nurse.reserved(scene.person())
    if what != "reserved":
        nurse.tell(reservation, what)
    problem(reverse(nurse, reservation), 409, "not-given")


def test_a_reversal_says_why(scene: Scene, nurse: Counter) -> None:
    reservation = nurse.given(scene.person())
    problem(reverse(nurse, reservation, " "), 422)


def test_another_unit_does_not_reverse(scene: Scene, nurse: Counter, neighbour: Counter) -> None:
    reservation = nurse.given(scene.person())
    problem(reverse(neighbour, reservation), 404, "not-found")


def test_a_running_observation_ends_with_its_hand_out(scene: Scene, nurse: Counter) -> None:
    person = scene.person()
    scene.indkald(person)
    reservation = nurse.given(person)
    reverse(nurse, reservation)
    state = "SELECT state FROM observation WHERE reservation_id = %s"
    assert scene.one(state, reservation) == "cancelled"


def test_a_first_dose_that_never_happened_begins_no_treatment(scene: Scene, nurse: Counter) -> None:
    """H11: the fortnight of daily supervision does not run from a swallow that never was."""
    person = scene.person(
        daily_ug=20_000, last_covered_days_ago=None, first_dose_on=None, new_to_treatment=True
    )
    reservation = nurse.given(person, doses=[nurse.dose("20")])
    began = "SELECT first_dose_on FROM care WHERE person_id = %s"
    assert scene.one(began, person) == scene.today
    reverse(nurse, reservation)
    assert scene.one(began, person) is None


class TestOfAnEarlierDay:
    """These rewrite history behind the ledger's back and mend it, so the books agree again."""

    @pytest.fixture
    def earlier(self, scene: Scene, nurse: Counter):
        """A hand-out of yesterday; afterwards the person's rows are as the ledger says."""
        person = scene.person()
        reservation = nurse.given(person)
        rows = scene.run(
            "SELECT doses, day FROM reservation WHERE reservation_id = %s", reservation
        )
        doses, day = rows.fetchone()
        yesterday(scene, reservation)
        yield person, reservation
        scene.run(
            "UPDATE reservation SET day = %s, doses = (SELECT jsonb_agg(jsonb_set(d, '{0}',"
            " to_jsonb(%s::text))) FROM jsonb_array_elements(doses) d) WHERE reservation_id = %s",
            day,
            day.isoformat(),
            reservation,
        )
        assert len(doses) == 1
        for table, column in (("handover", "for_day"), ("administration", "day")):
            scene.run(
                f"UPDATE {table} SET {column} = %s WHERE reservation_id = %s", day, reservation
            )
        scene.run("UPDATE claim SET for_day = %s WHERE reservation_id = %s", day, reservation)
        scene.run("DELETE FROM person_day WHERE person_id = %s AND day < %s", person, day)
        scene.run(
            "INSERT INTO person_day SELECT person_id, for_day, 'methadone', 80000, amount_ug,"
            " unit_id FROM claim WHERE reservation_id = %s ON CONFLICT DO NOTHING",
            reservation,
        )

    def test_a_nurse_leaves_it_to_the_doctor(
        self, scene: Scene, nurse: Counter, earlier: tuple[int, int]
    ) -> None:
        """H23: yesterday's books are closed to the counter."""
        problem(reverse(nurse, earlier[1]), 403, "forbidden")

    def test_a_doctor_reverses_it(
        self, scene: Scene, doctor: Counter, earlier: tuple[int, int]
    ) -> None:
        person, reservation = earlier
        assert reverse(doctor, reservation).status_code == 200
        assert scene.used(person, -1) == 0

    def test_after_the_next_days_dose_that_dose_stays(
        self, scene: Scene, nurse: Counter, doctor: Counter, earlier: tuple[int, int]
    ) -> None:
        """Stock and day of the later dose are untouched."""
        person, reservation = earlier
        later = nurse.given(person)
        before = scene.balance()
        assert reverse(doctor, reservation).status_code == 200
        assert scene.balance() == before + 80_000
        assert (scene.used(person, -1), scene.used(person)) == (0, 80_000)
        assert "already-given" in nurse.reserve(person).json()["blocking"]
        assert reverse(nurse, later).status_code == 200
