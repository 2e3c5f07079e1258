"""Two records of one human: seen side by side, merged in one act, and what then holds."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from dispensing.counter import loading
from tests.api.client import SEEN, Counter, findings, problem, sign_in
from tests.api.closed_days import Closed
from tests.api.numbers import a_number, cpr_like
from tests.night import NIGHT, paired
from tests.scene import Scene

# The replay of the books knows no records that move from one person to another.
MOVES_DAYS = True


def card(person: int) -> str:
    return f"K-{person:04d}"


def look(doctor: Counter, survivor: int, other: str) -> Any:
    return doctor.send("POST", f"/people/{survivor}/merges/looks", {"other": other})


def merge(doctor: Counter, survivor: int, absorbed: int, key: str | None = None) -> Any:
    """Look at both, then merge what was seen."""
    seen = look(doctor, survivor, card(absorbed))
    if seen.status_code != 200:
        return seen
    body = {
        "other": card(absorbed),
        "survivor_seq": seen.json()["survivor"]["event_seq"],
        "absorbed_seq": seen.json()["absorbed"]["event_seq"],
        "reason": "same human, two cards",
    }
    return doctor.send("POST", f"/people/{survivor}/merges", body, key)


def unmerge(doctor: Counter, merge_id: int, key: str | None = None) -> Any:
    return doctor.send("POST", f"/merges/{merge_id}/unmerged", {"reason": "two humans"}, key)


def claims_today(scene: Scene, person: int) -> list[tuple[int, int]]:
    return scene.run(
        "SELECT part, amount_ug FROM claim WHERE person_id = %s AND for_day = %s ORDER BY part",
        person,
        scene.today,
    ).fetchall()


def days_fit(scene: Scene) -> None:
    """What a day has used is what is claimed for it, and a merged record holds nothing."""
    wrong = scene.run(
        "SELECT d.person_id FROM person_day d WHERE d.used_ug > d.limit_ug"
        " OR d.night_ug > d.night_limit_ug OR d.used_ug + d.night_ug <>"
        " coalesce((SELECT sum(c.amount_ug) FROM claim c JOIN reservation r USING (reservation_id)"
        " WHERE c.person_id = d.person_id AND c.for_day = d.day AND r.verdict <> '{}'), 0)"
    ).fetchall()
    assert wrong == []
    left = "SELECT count(*) FROM claim JOIN person USING (person_id) WHERE merged_into_id > 0"
    assert scene.one(left) == 0


class TestTheLook:
    def test_both_records_are_seen_and_both_views_recorded(
        self, scene: Scene, doctor: Counter
    ) -> None:
        """H24"""
        one, two = scene.person(name=("Jan", "Hansen")), scene.person(name=("Jan", "Hanssen"))
        seen = look(doctor, one, card(two)).json()
        assert (seen["survivor"]["family_name"], seen["absorbed"]["family_name"]) == (
            "Hansen",
            "Hanssen",
        )
        viewed = "SELECT count(*) FROM ledger_payload WHERE kind = 'person-compared'"
        assert scene.one(viewed + f" AND person_id IN ({one}, {two})") == 2

    def test_a_number_leads_to_the_other_record_also_of_another_unit(
        self, scene: Scene, doctor: Counter, neighbour: Counter
    ) -> None:
        """H02: clinic and clinic; holding the number is what entitles to the look."""
        ours, theirs, number = scene.person(), scene.person(2), a_number()
        neighbour.send("POST", f"/people/{theirs}/identifiers", {"number": number})
        assert look(doctor, ours, number).json()["absorbed"]["person_id"] == theirs
        problem(look(doctor, theirs, card(ours)), 404)
        problem(look(doctor, ours, "K-9999"), 404)
        problem(look(doctor, ours, card(ours)), 422)

    def test_what_was_not_seen_is_not_merged(
        self, scene: Scene, nurse: Counter, doctor: Counter
    ) -> None:
        """H02: a dose given between the look and the merge is seen first."""
        one, two = scene.person(), scene.person()
        seen = look(doctor, one, card(two)).json()
        nurse.given(two)
        body = {
            "other": card(two),
            "survivor_seq": seen["survivor"]["event_seq"],
            "absorbed_seq": seen["absorbed"]["event_seq"],
            "reason": "same human",
        }
        problem(doctor.send("POST", f"/people/{one}/merges", body), 409, "stale-page")
        assert claims_today(scene, one) == []


class TestTheMerge:
    def test_the_other_records_dose_counts_from_that_moment(
        self, scene: Scene, nurse: Counter, doctor: Counter
    ) -> None:
        """H02: clinic and clinic, two cards: the second dose is refused by the rules."""
        one, two = scene.person(), scene.person()
        nurse.given(two)
        assert nurse.send("POST", "/checks", nurse.order(one)).json()["blocking"] == []
        answer = merge(doctor, one, two)
        assert answer.status_code == 201, answer.text
        refused = nurse.reserve(one)
        assert refused.status_code == 409 and findings(refused)
        assert claims_today(scene, one) == [(1, 80_000)]
        problem(nurse.reserve(two), 409, "merged-person")
        days_fit(scene)

    def test_two_nights_stay_nights_and_other_opioids_are_history(
        self, scene: Scene, nurse: Counter, doctor: Counter
    ) -> None:
        """H02 H25: night and night of one day, and methadone by day beside: all of it is kept."""
        one, two, three = paired(scene), paired(scene), scene.person()
        for person in (one, two):
            doses = [nurse.dose("60", part=NIGHT, how="take_home")]
            shown = {"prescription_id": person * 10 + 5, "prescription_version": 2}
            nurse.given(person, doses=doses, **shown)
        nurse.given(three)
        assert merge(doctor, one, two).status_code == 201
        assert claims_today(scene, one) == [(NIGHT, 60_000), (NIGHT + 1, 60_000)]
        days_fit(scene)
        last = merge(doctor, one, three)
        assert claims_today(scene, one) == [(1, 80_000), (NIGHT, 60_000), (NIGHT + 1, 60_000)]
        day = "SELECT substance, used_ug, night_ug, mixed FROM person_day WHERE person_id = %s"
        found = scene.run(f"{day} AND day = %s", one, scene.today).fetchone()
        assert found == ("methadone", 80_000, 120_000, True)
        assert unmerge(doctor, last.json()["merge_id"]).status_code == 200
        assert claims_today(scene, three) == [(1, 80_000)]
        days_fit(scene)

    def test_a_real_double_dose_is_an_adverse_finding(
        self, scene: Scene, nurse: Counter, doctor: Counter
    ) -> None:
        """H02: shown, recorded, both doses kept, and nothing more to be had that day."""
        one, two = scene.person(), scene.person()
        nurse.given(one)
        nurse.given(two)
        answer = merge(doctor, one, two).json()
        today = [d for d in answer["double_doses"] if d["day"] == scene.today.isoformat()]
        assert [(d["survivor_ug"], d["absorbed_ug"]) for d in today] == [(80_000, 80_000)]
        assert claims_today(scene, one) == [(1, 80_000), (2, 80_000)]
        told = scene.one(
            "SELECT convert_from(payload, 'UTF8')::json->'facts'->'days' FROM ledger_payload"
            " WHERE person_id = %s AND kind = 'double-dose-found'",
            one,
        )
        assert told == answer["double_doses"]
        listed = nurse.get(f"/people/{one}/merges").json()
        assert listed[0]["double_doses"] == answer["double_doses"]
        assert nurse.reserve(one).status_code == 409
        days_fit(scene)

    @pytest.mark.parametrize("which", ["survivor", "absorbed"])
    @pytest.mark.parametrize("doubted", [False, True])
    def test_a_dose_nobody_has_told_of_comes_first(
        self, scene: Scene, nurse: Counter, doctor: Counter, which: str, doubted: bool
    ) -> None:
        """H06"""
        one, two = scene.person(), scene.person()
        number = nurse.reserved(one if which == "survivor" else two)
        if doubted:
            nurse.tell(number, "doubts")
        problem(merge(doctor, one, two), 409, "unresolved-reservations")

    def test_two_cpr_numbers_are_two_humans_until_one_is_withdrawn(
        self, scene: Scene, nurse: Counter, doctor: Counter
    ) -> None:
        """H07: a merge of two humans would mix their doses."""
        one, two = scene.person(), scene.person()
        for person in (one, two):
            nurse.send("POST", f"/people/{person}/identifiers", {"number": cpr_like()})
        problem(merge(doctor, one, two), 409, "two-cpr-numbers")

    def test_old_cards_and_numbers_lead_to_the_survivor(
        self, scene: Scene, nurse: Counter, doctor: Counter
    ) -> None:
        one, two, number = scene.person(), scene.person(), a_number()
        nurse.send("POST", f"/people/{two}/identifiers", {"number": number})
        merge(doctor, one, two)
        for text in (card(two), card(one), number):
            found = nurse.send("POST", "/people/searches", {"text": text}).json()
            assert [line["person_id"] for line in found] == [one]
        rows = [line["person_id"] for line in nurse.get("/today").json()["rows"]]
        assert one in rows and two not in rows

    def test_what_calls_for_care_is_the_stricter_of_both(
        self, scene: Scene, doctor: Counter
    ) -> None:
        """H14, H18: unknown is never milder."""
        one, two = scene.person(pregnant=False), scene.person(pregnant=True)
        scene.run("UPDATE care SET qtc_ms = 510, ecg_on = ecg_on - 400 WHERE person_id = %s", two)
        merge(doctor, one, two)
        care = scene.run(
            "SELECT pregnant, qtc_ms, ecg_on < now()::date - 300 FROM care WHERE person_id = %s",
            one,
        ).fetchone()
        assert care == (True, 510, True)

    def test_a_doctors_yes_before_the_merge_lifts_nothing_after_it(
        self, scene: Scene, nurse: Counter, doctor: Counter
    ) -> None:
        """H02: it was said of one record, without knowing the other's dose."""
        one, two = scene.person(last_covered_days_ago=4), scene.person()
        doctor.decide(one, "missed-days", extra_mg="20")
        nurse.given(two)
        merge(doctor, one, two)
        decisions = "SELECT count(*) FROM doctor_decision WHERE person_id = %s"
        assert scene.one(decisions, one) == 1
        assert nurse.get(f"/people/{one}").json()["facts"]["extra_ug_allowed_today"] == 0

    def test_a_dose_of_the_absorbed_can_still_be_reversed(
        self, scene: Scene, nurse: Counter, doctor: Counter
    ) -> None:
        """H06: found by its reservation, told of the survivor."""
        one, two = scene.person(), scene.person()
        number = nurse.given(two)
        merge(doctor, one, two)
        done = nurse.tell(number, "reversals", reason="never happened")
        assert done.status_code == 200, done.text
        assert claims_today(scene, one) == []
        nurse.given(one)
        days_fit(scene)

    def test_vomiting_before_the_merge_is_known_after_it(
        self, scene: Scene, nurse: Counter, doctor: Counter
    ) -> None:
        one, two = scene.person(), scene.person()
        nurse.tell(nurse.given(two), "vomits", minutes_after=1, witnessed=True)
        merge(doctor, one, two)
        assert len(nurse.get(f"/people/{one}").json()["facts"]["vomits"]) == 1

    def test_a_key_repeated_merges_once(self, scene: Scene, doctor: Counter) -> None:
        """H04"""
        one, two = scene.person(), scene.person()
        seen = look(doctor, one, card(two)).json()
        body = {
            "other": card(two),
            "survivor_seq": seen["survivor"]["event_seq"],
            "absorbed_seq": seen["absorbed"]["event_seq"],
            "reason": "same human",
        }
        first = doctor.send("POST", f"/people/{one}/merges", body, "key-of-this-merge")
        # The card leads to the survivor now, and the first answer is what it was.
        again = doctor.send("POST", f"/people/{one}/merges", body, "key-of-this-merge")
        assert (again.status_code, again.json()) == (201, first.json())

    def test_three_records_become_one(self, scene: Scene, nurse: Counter, doctor: Counter) -> None:
        one, two, three = scene.person(), scene.person(), scene.person()
        nurse.given(three)
        first = merge(doctor, two, three).json()["merge_id"]
        second = merge(doctor, one, two).json()["merge_id"]
        found = nurse.send("POST", "/people/searches", {"text": card(three)}).json()
        assert [line["person_id"] for line in found] == [one]
        assert claims_today(scene, one) == [(1, 80_000)]
        problem(unmerge(doctor, first), 409, "merged-again")
        assert unmerge(doctor, second).status_code == 200
        assert claims_today(scene, two) == [(1, 80_000)] and claims_today(scene, one) == []
        assert unmerge(doctor, first).status_code == 200
        assert claims_today(scene, three) == [(1, 80_000)]
        days_fit(scene)

    def test_only_doctors_and_administrators(
        self, http: TestClient, scene: Scene, nurse: Counter
    ) -> None:
        one, two = scene.person(), scene.person()
        problem(merge(nurse, one, two), 403)
        assert merge(sign_in(http, scene, "administrator1"), one, two).status_code == 201


class TestTakingItBack:
    def test_each_has_the_own_doses_again(
        self, scene: Scene, nurse: Counter, doctor: Counter
    ) -> None:
        """H02: a decision of its own; nothing is deleted."""
        one, two = scene.person(), scene.person()
        nurse.given(one)
        nurse.given(two)
        number = merge(doctor, one, two).json()["merge_id"]
        assert unmerge(doctor, number).json()["unmerged"] is True
        assert claims_today(scene, one) == claims_today(scene, two) == [(1, 80_000)]
        problem(unmerge(doctor, number), 409, "already-unmerged")
        assert scene.one("SELECT count(*) FROM person_merge WHERE merge_id = %s", number) == 1
        assert nurse.reserve(two).status_code == 409
        days_fit(scene)

    def test_not_while_a_dose_is_open(self, scene: Scene, nurse: Counter, doctor: Counter) -> None:
        """H06"""
        one, two = scene.person(), scene.person()
        number = merge(doctor, one, two).json()["merge_id"]
        nurse.reserved(one)
        problem(unmerge(doctor, number), 409, "unresolved-reservations")


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "without the row lock"])
def test_a_merge_racing_a_hand_out_gives_no_second_dose(
    scene: Scene,
    nurse: Counter,
    doctor: Counter,
    locked: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """H02: one record had today's dose; a hand-out on the other meets the merge.

    Either the hand-out came first and the merge finds it open, or the merge came first and the
    hand-out is refused; also when only the database's constraint stands between them.
    """
    if not locked:
        monkeypatch.setattr(loading, "LOCK_PERSON", loading.LOCK_PERSON.replace("FOR UPDATE", ""))
    ended: list[tuple[int, int]] = []
    for turn in range(24):
        one, two = scene.person(), scene.person()
        had, fresh = (one, two) if turn % 2 else (two, one)
        nurse.given(had)
        seen = look(doctor, one, card(two)).json()
        body = {
            "other": card(two),
            "survivor_seq": seen["survivor"]["event_seq"],
            "absorbed_seq": seen["absorbed"]["event_seq"],
            "reason": "same human",
        }
        answers: dict[str, Any] = {}
        start = threading.Barrier(2)

        def press(what: str, path: str, sent: Any, by: Counter, go: threading.Barrier) -> None:
            go.wait()
            answers[what] = by.send("POST", path, sent).status_code  # noqa: B023

        order = nurse.order(fresh) | {"identifiers": SEEN}
        presses = [
            threading.Thread(
                target=press, args=("merge", f"/people/{one}/merges", body, doctor, start)
            ),
            threading.Thread(target=press, args=("reserve", "/reservations", order, nurse, start)),
        ]
        for thread in presses:
            thread.start()
        for thread in presses:
            thread.join()
        ended.append((answers["merge"], answers["reserve"]))
    assert set(ended) <= {(201, 409), (409, 201)}, ended
    days_fit(scene)


def test_a_number_is_no_riddle_to_be_guessed(
    scene: Scene, doctor: Counter, neighbour: Counter
) -> None:
    """H24: without a record of one's own to compare, a registered number and none answer alike."""
    known, unknown = a_number(), a_number()
    holder = scene.person()
    body = {"number": known}
    assert doctor.send("POST", f"/people/{holder}/identifiers", body).status_code < 300
    answers = [look(doctor, 10**6, number) for number in (known, unknown)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json() == answers[1].json()


def test_every_number_searched_for_a_merge_is_recorded(scene: Scene, doctor: Counter) -> None:
    """H24: also one that nobody holds, before the answer leaves; the number itself is not kept."""
    mine = scene.person()
    searched = "SELECT count(*) FROM ledger_payload WHERE kind = 'number-searched'"
    before = scene.one(searched)
    problem(look(doctor, mine, a_number()), 404)
    assert scene.one(searched) == before + 1


def test_a_guests_day_of_the_merged_record_is_shown(
    scene: Scene, doctor: Counter, neighbour: Counter
) -> None:
    """H02, H15: it decides nothing any more, and neither unit loses sight of it."""
    closed = Closed(scene, doctor, 3, 1)
    until = scene.today + timedelta(days=100)
    survivor, absorbed = (
        scene.person(diversion_supervised_until_on=until, product="metadon-1") for _ in range(2)
    )
    chosen = closed.chosen(absorbed, "guest") | {"unit_id": 2}
    assert closed.decide(chosen).status_code == 201
    assert merge(doctor, survivor, absorbed).status_code == 201
    in_force = "SELECT count(*) FROM guest_in_force WHERE person_id = %s"
    assert scene.one(in_force, absorbed) == 0
    for counter, way in ((doctor, "going"), (neighbour, "coming")):
        (shown,) = counter.get("/guests").json()[way]
        assert (shown["person_id"], shown["problem"]) == (absorbed, "merged")
    assert closed.plan()[survivor]["state"] == "open"
